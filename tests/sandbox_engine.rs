//! What the engine does around a call: the cache of compiled code, the quick first compiler, and
//! instances that are kept.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::fs;
use std::path::Path;

use priostack_workbench::bundle::Inspection;
use priostack_workbench::sandbox::{Cancel, Engine, Hints, Limits, Origin, Program, Reply, Tier};

const ADA: &[u8] = br#"{"email":"ada@example.org","name":"Ada"}"#;

fn user_service() -> (Vec<u8>, Inspection) {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle/wasm/user-service.wasm")).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    (bytes, inspection)
}

fn answer(program: &Program) -> String {
    match program.invoke("create_user", ADA, &Limits::default(), &Cancel::new()).reply {
        Reply::Json(text) => text,
        other => panic!("{other:?}"),
    }
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some())
        .collect()
}

#[test]
fn compiled_code_is_kept_and_what_is_corrupt_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, inspection) = user_service();
    let engine = Engine::with_cache(folder.path()).unwrap();
    let expected = answer(&engine.load(&bytes, &inspection, Hints::default()).unwrap());
    let kept = entries(folder.path());
    assert_eq!(kept.len(), 1, "{kept:?}");

    let begun = fs::metadata(&kept[0]).unwrap().modified().unwrap();
    let again = Engine::with_cache(folder.path()).unwrap();
    assert_eq!(answer(&again.load(&bytes, &inspection, Hints::default()).unwrap()), expected);
    assert!(fs::metadata(&kept[0]).unwrap().modified().unwrap() >= begun);

    let mut spoilt = fs::read(&kept[0]).unwrap();
    let middle = spoilt.len() / 2;
    spoilt[middle..middle + 64].fill(0xCC);
    fs::write(&kept[0], &spoilt).unwrap();
    let third = Engine::with_cache(folder.path()).unwrap();
    assert_eq!(answer(&third.load(&bytes, &inspection, Hints::default()).unwrap()), expected);
    assert_ne!(fs::read(&kept[0]).unwrap(), spoilt, "the corrupt entry was replaced");
}

#[test]
fn a_cache_that_cannot_be_used_is_said_and_nothing_else_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let engine = Engine::with_cache(&file).unwrap();
    assert!(engine.notes().iter().any(|note| note.contains("are not kept")), "{:?}", engine.notes());
    let (bytes, inspection) = user_service();
    answer(&engine.load(&bytes, &inspection, Hints::default()).unwrap());
}

#[test]
fn the_first_run_has_quick_code_and_later_ones_fast_code() {
    let bytes =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/rust/user-service-0.2.130-mvp.wasm"))
            .unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    let program = sandbox::ENGINE.load_quickly(&bytes, &inspection, Hints::default()).unwrap();
    let first = program.invoke("create_user", ADA, &Limits::default(), &Cancel::new());
    program.settle();
    let later = program.invoke("create_user", ADA, &Limits::default(), &Cancel::new());
    assert_eq!((first.tier, later.tier), (Tier::Baseline, Tier::Optimised));
    assert_eq!(first.reply, later.reply);
}

#[test]
fn a_module_beyond_the_quick_compiler_has_fast_code_at_once() {
    let (bytes, inspection) = user_service();
    assert!(bytes.len() > 48 << 10, "references are what Winch does not know");
    let program = sandbox::ENGINE.load_quickly(&bytes, &inspection, Hints::default()).unwrap();
    let outcome = program.invoke("create_user", ADA, &Limits::default(), &Cancel::new());
    assert_eq!(outcome.tier, Tier::Optimised);
}

#[test]
fn a_session_keeps_its_instance_until_a_fault() {
    let program = sandbox::load_wat(include_str!("modules/wat/counter.wat")).unwrap();
    let (limits, cancel) = (Limits::default(), Cancel::new());
    let fresh: Vec<_> = (0..2).map(|_| program.invoke("count", b"{}", &limits, &cancel)).collect();
    assert!(fresh.iter().all(|outcome| outcome.reply == Reply::Json("1".into()) && outcome.origin == Origin::Fresh));

    let mut session = program.session();
    let mut call = |function: &str| session.invoke(function, b"{}", &limits, &cancel);
    assert_eq!((call("count").reply, call("count").reply), (Reply::Json("1".into()), Reply::Json("2".into())));
    assert_eq!(call("count").origin, Origin::Reused);
    assert!(matches!(call("fail").reply, Reply::Fault(_)));
    let after = call("count");
    assert_eq!((after.reply, after.origin), (Reply::Json("1".into()), Origin::Fresh));
}

#[test]
fn sessions_hold_their_room_and_give_it_back() {
    let program = sandbox::load_wat(include_str!("modules/wat/counter.wat")).unwrap();
    for _ in 0..3 {
        let mut sessions: Vec<_> = (0..40).map(|_| program.session()).collect();
        for session in &mut sessions {
            session.invoke("count", b"{}", &Limits::default(), &Cancel::new());
        }
    }
}

#[test]
fn an_instance_that_is_kept_does_not_grow() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules");
    let input = format!("\"{}\"", "x".repeat(40_000));
    for (file, function) in [
        ("rust/shapes-0.2.130.wasm", "echo"),
        ("rust/shapes-0.2.130-mvp.wasm", "echo"),
        ("rust/shapes-0.2.130.wasm", "js_value_to_js_value"),
        ("assemblyscript/functions-0.19.wasm", "echo"),
        ("assemblyscript/functions-0.28.wasm", "echo"),
        ("assemblyscript/functions-0.28.wasm", "textToText"),
        ("assemblyscript/bytes-0.28-minimal-runtime.wasm", "echo"),
    ] {
        let program = sandbox::load_file(&sandbox::ENGINE, &folder.join(file)).unwrap();
        let mut session = program.session();
        let mut call = || session.invoke(function, input.as_bytes(), &Limits::default(), &Cancel::new());
        let replies: Vec<_> = (0..600).map(|_| call()).collect();
        let [first, .., last] = replies.as_slice() else { panic!("six hundred replies") };
        assert!(matches!(first.reply, Reply::Json(_)), "{file} {function}: {:?}", first.reply);
        assert_eq!(last.reply, first.reply, "{file} {function}");
        assert_eq!(last.origin, Origin::Reused, "{file} {function}");
        assert!(
            last.peak_memory <= 32 << 20,
            "{file} {function}: {} bytes after {} calls",
            last.peak_memory,
            replies.len()
        );
    }
}

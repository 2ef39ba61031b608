//! What loading modules and running saved cases again tells of the functions of a bundle.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod sandbox;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use priostack_workbench::bundle::{Beside, Inspection, Loaded, Overlay, Reader};
use priostack_workbench::platform::survey::{Bounds, Survey, Surveyed, Verdict};
use priostack_workbench::sandbox::{Cancel, Hints, Limits, LoadError};

/// A bundle on a module that takes random numbers, with three cases of the function that does and none of another.
fn dice(folder: &Path) -> Loaded {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules/assemblyscript");
    let write = |file: &str, text: &str| {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("bundle.yaml", "name: dice\nservices:\n  - path: services/dice.yaml\n");
    let intent = |name: &str| format!("  - name: {name}\n    whenSensor: {name}\n    toFunc: wasm:dice:{name}\n");
    write("services/dice.yaml", &format!("name: dice\nintents:\n{}{}", intent("randomNumbers"), intent("echo")));
    for case in ["a", "b", "c"] {
        write(&format!(".workbench/cases/dice/randomNumbers/{case}.json"), "{\"input\": {}}");
    }
    write(".workbench/settings.yaml", "modules:\n  dice:\n    limits:\n      randomNumbers: {time: 900ms}\n");
    fs::create_dir_all(folder.join("wasm")).unwrap();
    for ending in ["d.ts", "wasm"] {
        let to = folder.join(format!("wasm/dice.{ending}"));
        fs::copy(modules.join(format!("functions-0.28.{ending}")), to).unwrap();
    }
    Reader::new(folder).read(&Overlay::new())
}

fn surveyed(loaded: &Loaded, tries: Option<Bounds>, cancel: &Cancel) -> BTreeMap<String, Surveyed> {
    let path = loaded.bundle.root.join("wasm/dice.wasm");
    let bytes = fs::read(&path).unwrap();
    let inspection = Inspection::read(&bytes).unwrap();
    let program = sandbox::ENGINE.load_quickly(&bytes, &inspection, Hints::from(&Beside::of(&path))).map(Arc::new);
    let limits = Limits::default();
    let survey = Survey { bundle: &loaded.bundle, limits: &limits, tries, cancel };
    let found = survey.carry_out(|_| program.clone(), |_, share| assert!((0.0..=1.0).contains(&share)));
    found.into_iter().map(|surveyed| (surveyed.referred.function.clone(), surveyed)).collect()
}

#[test]
fn cases_are_run_again_and_those_without_are_said_to_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = dice(folder.path());
    let found = surveyed(&loaded, Some(Bounds::default()), &Cancel::new());
    let random = found["randomNumbers"].tried.as_ref().unwrap();
    assert_eq!((random.verdict, random.run, random.cases), (Verdict::DependsOnOutside, 3, 3));
    assert!(random.details[0].starts_with("a, b, c: ") && random.details[0].contains("random bytes"), "{random:?}");
    let echo = found["echo"].tried.as_ref().unwrap();
    assert_eq!(
        (echo.verdict, echo.details.as_slice()),
        (Verdict::NotTried, ["there is no saved case".to_owned()].as_slice())
    );
    let convention = found["echo"].convention.as_ref().unwrap();
    assert!(convention.name.starts_with("AssemblyScript") && convention.is_chosen, "{convention:?}");
    assert_eq!(found["randomNumbers"].limits.time, Duration::from_millis(900));
    assert!(found["randomNumbers"].has_own_limits && !found["echo"].has_own_limits);
}

#[test]
fn a_survey_keeps_within_its_bounds_and_ends_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = dice(folder.path());
    let two = Bounds { cases: 2, ..Bounds::default() };
    let tried = surveyed(&loaded, Some(two), &Cancel::new())["randomNumbers"].tried.clone().unwrap();
    assert_eq!((tried.run, tried.cases), (2, 3));
    let no_time = Bounds { time: Duration::ZERO, ..Bounds::default() };
    let tried = surveyed(&loaded, Some(no_time), &Cancel::new())["randomNumbers"].tried.clone().unwrap();
    assert_eq!((tried.verdict, tried.run), (Verdict::NotTried, 0));
    assert!(tried.details[0].contains("time for trying was over"), "{tried:?}");
    let cancelled = Cancel::new();
    cancelled.cancel();
    assert!(surveyed(&loaded, Some(Bounds::default()), &cancelled).is_empty());
    assert!(surveyed(&loaded, None, &Cancel::new())["randomNumbers"].tried.is_none(), "nothing is run unasked");
}

#[test]
fn a_module_that_cannot_be_loaded_has_no_convention() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = dice(folder.path());
    let limits = Limits::default();
    let cancel = Cancel::new();
    let survey = Survey { bundle: &loaded.bundle, limits: &limits, tries: Some(Bounds::default()), cancel: &cancel };
    let broken = || LoadError { message: "broken".into(), help: None };
    let found = survey.carry_out(|_| Err(broken()), |_, _| {});
    let random = found.iter().find(|found| found.referred.function == "randomNumbers").unwrap();
    assert_eq!(random.convention, None);
    assert_eq!(random.tried.as_ref().unwrap().details, ["its module cannot be loaded"]);
}

//! Reading modules without compiling them: what they declare, where they come from, and what is not one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use priostack_workbench::bundle::{ExternKind, Inspection, Toolchain};

fn inspect(wat: &str) -> Inspection {
    Inspection::read(&wat::parse_str(wat).unwrap()).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    Inspection::read(bytes).unwrap_err()
}

fn callable(inspection: &Inspection) -> Vec<&str> {
    inspection.callable_functions().map(|export| export.name.as_str()).collect()
}

#[test]
fn exports_and_imports_come_with_their_types() {
    let inspection = inspect(
        "(module
           (import \"env\" \"log\" (func (param i32 f64) (result i64)))
           (import \"env\" \"table\" (table 1 externref))
           (memory (export \"memory\") 2 5)
           (global (export \"g\") i32 i32.const 1)
           (func (export \"f\") (param externref) (result i32 i32) i32.const 1 i32.const 2))",
    );
    let log = &inspection.imports[0];
    assert_eq!((log.module.as_str(), log.name.as_str()), ("env", "log"));
    let (params, results) = (vec!["i32".to_owned(), "f64".into()], vec!["i64".to_owned()]);
    assert_eq!(log.kind, ExternKind::Function { params, results });
    assert_eq!(inspection.imports[1].kind, ExternKind::Table);
    let (params, results) = (vec!["externref".to_owned()], vec!["i32".to_owned(), "i32".into()]);
    let kinds: Vec<&ExternKind> = inspection.exports.iter().map(|export| &export.kind).collect();
    assert_eq!(kinds, [&ExternKind::Memory, &ExternKind::Global, &ExternKind::Function { params, results }]);
    assert_eq!(inspection.memory, Some((2, Some(5))));
    assert!(!inspection.is_component);
}

#[test]
fn an_imported_memory_counts_as_the_memory() {
    assert_eq!(inspect("(module (import \"env\" \"memory\" (memory 3)))").memory, Some((3, None)));
}

#[test]
fn parts_of_a_runtime_are_not_functions_to_call() {
    let names = [
        "create_user",
        "__wbindgen_malloc",
        "malloc",
        "free",
        "_start",
        "_initialize",
        "stackAlloc",
        "emscripten_stack_init",
        "_emscripten_stack_restore",
        "__new",
        "__pin",
        "_ZN4core3fmt",
        "_Z3addii",
        "__wbg_user_free",
        "__externref_table_alloc",
        "cabi_realloc",
        "allocateStock",
    ];
    let exports: String = names.iter().map(|name| format!("(func (export \"{name}\"))")).collect();
    assert_eq!(callable(&inspect(&format!("(module {exports})"))), ["create_user", "allocateStock"]);
}

#[test]
fn a_function_is_found_in_either_spelling_and_an_exact_match_wins() {
    let inspection =
        inspect("(module (func (export \"create_user\")) (func (export \"findUser\")) (func (export \"find_user\")))");
    let found = |name: &str| inspection.find_function(name).map(|export| export.name.as_str());
    assert_eq!(found("createUser"), Some("create_user"));
    assert_eq!(found("create_user"), Some("create_user"));
    assert_eq!(found("findUser"), Some("findUser"));
    assert_eq!(found("find_user"), Some("find_user"));
    assert_eq!(found("deleteUser"), None);
}

#[test]
fn toolchains_are_recognised_by_what_they_leave_behind() {
    let cases = [
        ("(import \"wbg\" \"__wbindgen_throw\" (func (param i32 i32)))", Toolchain::WasmBindgen),
        ("(import \"./users_bg.js\" \"__wbindgen_init_externref_table\" (func))", Toolchain::WasmBindgen),
        ("(func (export \"__wbindgen_malloc\"))", Toolchain::WasmBindgen),
        ("(import \"gojs\" \"runtime.wasmExit\" (func (param i32)))", Toolchain::GoJs),
        ("(import \"go\" \"runtime.wasmExit\" (func (param i32)))", Toolchain::GoJs),
        ("(import \"env\" \"abort\" (func (param i32 i32 i32 i32)))", Toolchain::AssemblyScript),
        ("(func (export \"__pin\"))", Toolchain::AssemblyScript),
        ("(import \"env\" \"emscripten_notify_memory_growth\" (func (param i32)))", Toolchain::Emscripten),
        ("(func (export \"stackAlloc\"))", Toolchain::Emscripten),
        ("(import \"wasi_snapshot_preview1\" \"proc_exit\" (func (param i32)))", Toolchain::Wasi),
        ("(func (export \"_initialize\"))", Toolchain::Wasi),
        ("(func (export \"add\"))", Toolchain::Unknown),
    ];
    for (declaration, expected) in cases {
        let inspection = inspect(&format!("(module {declaration})"));
        assert_eq!(inspection.toolchain(), expected, "{declaration}");
        assert_eq!(inspection.toolchain_evidence().is_empty(), expected == Toolchain::Unknown, "{declaration}");
    }
    let component = Inspection::read(&wat::parse_str("(component)").unwrap()).unwrap();
    assert_eq!((component.is_component, component.toolchain()), (true, Toolchain::Component));
}

#[test]
fn functions_that_exist_only_at_run_time_are_not_judged() {
    assert!(
        !inspect("(module (import \"gojs\" \"debug\" (func (param i32))) (func (export \"run\")))")
            .functions_are_known()
    );
    assert!(!inspect("(module (func (export \"_start\")))").functions_are_known());
    assert!(inspect("(module (func (export \"_start\")) (func (export \"f\")))").functions_are_known());
    assert!(inspect("(module)").functions_are_known());
}

#[test]
fn producers_and_custom_sections_are_listed_and_broken_ones_ignored() {
    let producers = "\\01\\0cprocessed-by\\01\\0cwasm-bindgen\\070.2.100";
    let inspection =
        inspect(&format!("(module (@custom \"producers\" \"{producers}\") (@custom \"dylink.0\" \"\\ff\"))"));
    assert_eq!(inspection.producers, [("processed-by".into(), "wasm-bindgen".into(), "0.2.100".into())]);
    assert_eq!(inspection.custom_sections, ["producers", "dylink.0"]);
    assert_eq!(inspect("(module (@custom \"producers\" \"\\ff\\ff\"))").producers, []);
}

#[test]
fn what_is_not_a_module_is_named_for_what_it_is() {
    let cases: [(&[u8], &str); 12] = [
        (b"", "empty"),
        (b"(module)", "WebAssembly text"),
        (b"  ;; comment\n(module)", "WebAssembly text"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"\x7fELF\x02\x01", "program for this computer"),
        (b"PK\x03\x04", "archive"),
        (b"import init from './x.js'", "JavaScript"),
        (b"hello there", "a text"),
        (b"\0\0\0\0\0\0\0\0\0", "zero bytes"),
        (b"\0asm", "breaks off"),
        (b"\x01\x02\x03\xff", "unknown kind"),
    ];
    for (bytes, expected) in cases {
        let message = refusal(bytes);
        assert!(message.contains(expected), "{message}");
        assert!(!message.ends_with('.') && message.contains("; "), "{message} says what to do");
    }
}

#[test]
fn a_module_cut_off_or_changed_anywhere_is_read_without_panic() {
    let wat = "(module (memory (export \"memory\") 1) (func (export \"f\") (param i32 i32) (result i64) local.get 0 i64.extend_i32_u))";
    let whole = wat::parse_str(wat).unwrap();
    assert!(Inspection::read(&whole).is_ok());
    for end in 0..whole.len() {
        // A module may end after any of its sections; only the function without its body must be missed.
        let _ = Inspection::read(&whole[..end]);
    }
    assert!(refusal(&whole[..whole.len() - 1]).contains("breaks off"));
    for at in 0..whole.len() {
        for change in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut broken = whole.clone();
            broken[at] ^= change;
            let _ = Inspection::read(&broken);
        }
    }
}

#[test]
fn the_old_form_of_exceptions_comes_with_advice() {
    // try ... catch_all ... end, which no current text assembler writes by default.
    let body = [0x00, 0x06, 0x40, 0x19, 0x0b, 0x0b];
    let mut bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
    bytes.extend([body.len() as u8 + 2, 1, body.len() as u8]);
    bytes.extend(body);
    assert!(refusal(&bytes).contains("-sWASM_EXNREF=1"), "{}", refusal(&bytes));
}

#[test]
fn a_damaged_body_is_refused_with_its_place() {
    let mut bytes = wat::parse_str("(module (func (export \"f\") (result i32) i32.const 7))").unwrap();
    let at = bytes.windows(2).rposition(|pair| pair == [0x41, 0x07]).unwrap();
    bytes[at] = 0x42;
    let message = refusal(&bytes);
    assert!(message.contains("damaged") && message.contains("byte"), "{message}");
}

/// Needs a folder of modules: `PRIOSTACK_MODULES=<folder>`. Lists what is made of each.
#[test]
fn every_module_of_a_folder_is_read_without_panic() {
    let Some(folder) = std::env::var_os("PRIOSTACK_MODULES") else {
        println!("skipped: PRIOSTACK_MODULES names no folder");
        return;
    };
    let (mut folders, mut modules) = (vec![PathBuf::from(folder)], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "wasm") {
                modules += 1;
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                match Inspection::read(&fs::read(&path).unwrap()) {
                    Ok(inspection) => println!(
                        "{name}: {}, {:?}, {}",
                        inspection.toolchain(),
                        callable(&inspection),
                        inspection.toolchain_evidence().join("; ")
                    ),
                    Err(message) => println!("{name}: {message}"),
                }
            }
        }
    }
    assert!(modules > 0, "no module was found");
}

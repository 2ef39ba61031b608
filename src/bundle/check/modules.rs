//! Modules: whether they can be read, whom they belong to, what they ask for and what nobody uses.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Whole, components, references};
use crate::bundle::{
    Code, Diagnostic, ExternKind, FunctionRef, Inspection, Module, Service, Severity, Toolchain, names, toolchain,
};

/// Reports everything that is wrong or odd with the module files.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    for module in &whole.bundle.modules {
        if whole.service(&module.service).is_none() {
            if whole.all_services_known {
                out.push(orphan(whole, module));
            }
            continue;
        }
        match &module.inspection {
            // What could not be opened has been reported where it was read.
            Err(reason) => out.push(Diagnostic::new(Code::ModuleInvalid, module.file.as_str(), reason.as_str())),
            Ok(inspection) => {
                out.extend(unfinished(module, inspection));
                imports(module, inspection, out);
            }
        }
    }
    // While something is broken, a reference may just be misspelt or unreadable.
    if whole.all_services_known && !out.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        let used = used(whole);
        for module in &whole.bundle.modules {
            let Ok(inspection) = &module.inspection else { continue };
            if whole.service(&module.service).is_some() {
                let of_module = used.get(module.service.as_str());
                out.extend(unused(of_module.unwrap_or(&HashSet::new()), module, inspection));
            }
        }
    }
}

/// A module's name without what build tools add, for comparing: `user_service_bg` is `user-service`.
pub(super) fn plain_name(name: &str) -> String {
    let name = name.strip_suffix("_bg").unwrap_or(name).to_lowercase();
    let plain = names::snake_case(&name).replace('_', "-");
    plain.strip_suffix(".wasm").unwrap_or(&plain).to_owned()
}

fn orphan(whole: &Whole, module: &Module) -> Diagnostic {
    let message = format!("no service is named `{}`", names::shown(&module.service));
    let stems = whole.bundle.services.iter().map(|service| crate::bundle::service::stem(&service.file));
    let same = stems.clone().find(|stem| plain_name(stem) == plain_name(&module.service));
    let near = same.or_else(|| names::nearest(&module.service, stems).first().copied());
    let help = match near {
        Some(near) => format!("if it is the module of {0}, name it wasm/{0}.wasm", names::shown(near)),
        None => "name it after its service, or remove it".into(),
    };
    Diagnostic::new(Code::ModuleOrphan, module.file.as_str(), message).with_help(help)
}

/// Products of a toolchain that cannot be called as they are.
fn unfinished(module: &Module, inspection: &Inspection) -> Option<Diagnostic> {
    let problem =
        |code, message: &str, help: &str| Some(Diagnostic::new(code, module.file.as_str(), message).with_help(help));
    if inspection.is_component {
        return Some(components::check(module, inspection));
    }
    if inspection.imports.iter().any(|import| import.module.starts_with("__wbindgen_placeholder__")) {
        return problem(
            Code::ModuleUnfinished,
            "this is the compiler's output before wasm-bindgen",
            "build it with `wasm-pack build --target web` and take the _bg.wasm file from pkg/, or run wasm-bindgen on it",
        );
    }
    if inspection.custom_sections.iter().any(|name| name == "dylink.0" || name == "dylink") {
        return problem(
            Code::ModuleUnfinished,
            "this is a side module for dynamic linking",
            "build it without -sSIDE_MODULE and -shared",
        );
    }
    if toolchain::has_short_names(inspection) {
        return problem(
            Code::ModuleUnfinished,
            "the names of its imports and exports are shortened: it belongs to a JavaScript file",
            "build it with `emcc ... -o NAME.wasm`, which makes a module that runs on its own",
        );
    }
    if inspection.functions_are_known() && inspection.callable_functions().next().is_none() {
        return problem(
            Code::ModuleWithoutFunctions,
            "the module exports no function that a reference could name",
            "export its functions (EMSCRIPTEN_KEEPALIVE with extern \"C\", #[wasm_bindgen], export function) and build it again",
        );
    }
    let is_command = inspection.exports.iter().any(|export| export.name == "_start");
    if is_command && !inspection.functions_are_known() && inspection.toolchain() != Toolchain::GoJs {
        let help = "every call runs the whole program, with the JSON on standard input and the function's name as \
                    argument; to export functions instead, build with EMSCRIPTEN_KEEPALIVE or --no-entry";
        let diagnostic =
            problem(Code::ModuleWithoutFunctions, "the module is a program, not a library of functions", help);
        return diagnostic.map(|diagnostic| diagnostic.with_severity(Severity::Hint));
    }
    let is_plain_assemblyscript = inspection.toolchain() == Toolchain::AssemblyScript
        && !inspection.exports.iter().any(|export| export.name == "__new");
    if is_plain_assemblyscript {
        return problem(
            Code::ModuleWithoutRuntime,
            "the module exports no allocator for its inputs",
            "build it with `asc ... --exportRuntime`",
        );
    }
    if inspection.imports.iter().any(|import| import.module == "env" && import.name.starts_with("invoke_")) {
        return problem(
            Code::ModuleExceptions,
            "the module's C++ exceptions need JavaScript (-fexceptions)",
            "build it without -fexceptions, or with -fwasm-exceptions -sWASM_EXNREF=1",
        );
    }
    if toolchain::puts_inputs_on_the_stack(inspection) {
        return problem(
            Code::ModuleWithoutAllocator,
            "the module exports no allocator, so that its inputs go onto its stack: 32 KiB at most",
            "export malloc: -sEXPORTED_FUNCTIONS=_malloc,_free (Emscripten), -Wl,--export=malloc (clang, zig)",
        );
    }
    None
}

/// Functions that the module asks for and that it will not get.
fn imports(module: &Module, inspection: &Inspection, out: &mut Vec<Diagnostic>) {
    let mut forbidden: BTreeSet<String> = BTreeSet::new();
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    let functions = inspection
        .imports
        .iter()
        .filter(|import| matches!(import.kind, ExternKind::Function { .. } | ExternKind::Interface { .. }));
    for import in functions {
        let name = import.full_name();
        match toolchain::offer(import) {
            toolchain::Offer::Offered => {}
            toolchain::Offer::Forbidden(kind) => {
                kinds.insert(kind);
                forbidden.insert(name);
            }
            toolchain::Offer::Unknown => {
                unknown.insert(name);
            }
        }
    }
    if !forbidden.is_empty() {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let message = format!("the module imports functions for {}", kinds.join(" and "));
        let names = references::list(forbidden.iter().map(String::as_str));
        // A component's library imports whole interfaces, whether or not the program uses them.
        let (help, severity) = if inspection.is_component {
            (format!("these answer with their own errors: {names}"), Severity::Hint)
        } else {
            (format!("calls of these fail: {names}"), Code::ImportForbidden.severity())
        };
        let diagnostic = Diagnostic::new(Code::ImportForbidden, module.file.as_str(), message).with_help(help);
        out.push(diagnostic.with_severity(severity));
    }
    if !unknown.is_empty() {
        let names = references::list(unknown.iter().map(String::as_str));
        let message = format!("the module imports functions that the sandbox does not offer: {names}");
        let help = "it loads, but a call of one of them ends the invocation; check the build options";
        out.push(Diagnostic::new(Code::ImportUnknown, module.file.as_str(), message).with_help(help));
    }
}

/// The functions of each service that the bundle refers to, in their one spelling.
fn used<'a>(whole: &Whole<'a>) -> HashMap<&'a str, HashSet<String>> {
    let mut used: HashMap<&str, HashSet<String>> = HashMap::new();
    for reference in whole.bundle.services.iter().flat_map(Service::references) {
        if let FunctionRef::Wasm { service, function } = &reference.value {
            used.entry(service).or_default().insert(names::snake_case(function));
        }
    }
    used
}

/// Exported functions that no reference of the bundle names.
fn unused(used: &HashSet<String>, module: &Module, inspection: &Inspection) -> Option<Diagnostic> {
    let is_used = |name: &str| used.contains(&names::snake_case(name));
    let unused: Vec<&str> = inspection
        .callable_functions()
        .filter(|export| !export.names().any(is_used))
        .map(|export| export.name.as_str())
        .collect();
    if unused.is_empty() {
        return None;
    }
    let message = format!("nothing refers to {}", references::list(unused.into_iter()));
    let help = "add an endpoint or an intent for it, or leave it";
    Some(Diagnostic::new(Code::ExportUnused, module.file.as_str(), message).with_help(help))
}

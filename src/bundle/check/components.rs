//! Components: what the workbench makes of them, and which have nothing to call.

use crate::bundle::{Code, Diagnostic, Inspection, Module, Severity, wasi};

/// What is to be said of a module that is a component.
pub(super) fn check(module: &Module, inspection: &Inspection) -> Diagnostic {
    let problem =
        |code, message: &str, help: &str| Diagnostic::new(code, module.file.as_str(), message).with_help(help);
    if inspection.callable_functions().next().is_some() {
        return problem(
            Code::ModuleComponent,
            "this is a component, not a core module",
            "the workbench runs it; the platform's documentation describes core modules only",
        );
    }
    if inspection.is_command() {
        let help = "every call runs the whole program, with the JSON on standard input and the function's name as \
                    argument; to offer functions instead, export them in the component's world";
        return problem(Code::ModuleWithoutFunctions, "the component is a program, not a library of functions", help)
            .with_severity(Severity::Hint);
    }
    let serves = |name: &str| name.split_once('#').is_some_and(|(interface, _)| wasi::is_wasi_http_handler(interface));
    if inspection.exports.iter().any(|export| serves(&export.name)) {
        return problem(
            Code::ModuleWithoutFunctions,
            "the component answers HTTP requests (wasi:http/incoming-handler) and exports no function to call with JSON",
            "export a function besides, for instance `process: func(input: list<u8>) -> result<list<u8>, string>`",
        );
    }
    problem(
        Code::ModuleWithoutFunctions,
        "the component exports no function that a reference could name",
        "export functions in its world, for instance `process: func(input: list<u8>) -> result<list<u8>, string>`",
    )
}

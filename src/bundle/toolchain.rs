//! What exports and imports reveal: the toolchain, which functions are meant to be called, and which
//! imports the sandbox can give. Decided by names and signatures only.

use super::{Export, ExternKind, Import, Inspection, Toolchain, wasi};

/// Whether the sandbox gives an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// It does, or answers harmlessly.
    Offered,
    /// The platform forbids it; this is what it is for.
    Forbidden(&'static str),
    /// Nobody here knows it.
    Unknown,
}

/// What in a module speaks for one toolchain; empty where nothing does.
type Observe = fn(&Inspection) -> Vec<String>;

/// Recognises the toolchain, with the observations that led to it.
pub(super) fn detect(inspection: &Inspection) -> (Toolchain, Vec<String>) {
    if inspection.is_component {
        return (Toolchain::Component, component_evidence(inspection));
    }
    let rules: [(Toolchain, Observe); 6] = [
        (Toolchain::GoJs, go_evidence),
        (Toolchain::Extism, extism_evidence),
        (Toolchain::WasmBindgen, wasm_bindgen_evidence),
        (Toolchain::AssemblyScript, assemblyscript_evidence),
        (Toolchain::Emscripten, emscripten_evidence),
        (Toolchain::Wasi, wasi_evidence),
    ];
    for (toolchain, evidence) in rules {
        let evidence = evidence(inspection);
        if !evidence.is_empty() {
            return (toolchain, evidence);
        }
    }
    (Toolchain::Unknown, Vec::new())
}

fn exports<'a>(inspection: &'a Inspection, wanted: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = String> + 'a {
    inspection
        .exports
        .iter()
        .filter(move |export| wanted(&export.name))
        .map(|export| format!("exports {}", export.name))
}

fn import_modules<'a>(inspection: &'a Inspection, wanted: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = String> {
    let found = inspection.imports.iter().find(|import| wanted(&import.module));
    found.map(|import| format!("imports from {}", import.module)).into_iter()
}

fn producers<'a>(inspection: &'a Inspection, wanted: &'a str) -> impl Iterator<Item = String> + 'a {
    let found = inspection.producers.iter().filter(move |(_, name, _)| name == wanted);
    found.map(|(field, name, version)| format!("{field} {name} {version}").trim_end().to_owned())
}

fn component_evidence(inspection: &Inspection) -> Vec<String> {
    let mut evidence = vec!["the file begins as a component".into()];
    let interfaces =
        inspection.exports.iter().filter_map(|export| export.aliases.last().unwrap_or(&export.name).split_once('#'));
    let mut interfaces: Vec<String> = interfaces.map(|(interface, _)| format!("exports {interface}")).collect();
    interfaces.dedup();
    evidence.extend(interfaces.into_iter().take(4));
    evidence
}

/// Extism's kernel had the module name `env` before 1.0, and its functions a prefix.
fn extism_evidence(inspection: &Inspection) -> Vec<String> {
    let old = |import: &&Import| import.module == "env" && import.name.starts_with("extism_");
    let found = inspection.imports.iter().find(|import| is_extism(&import.module) || old(import));
    found.map(|import| format!("imports {}", import.full_name())).into_iter().collect()
}

fn is_extism(module: &str) -> bool {
    module.starts_with("extism:host/")
}

fn go_evidence(inspection: &Inspection) -> Vec<String> {
    import_modules(inspection, |module| module == "go" || module == "gojs").collect()
}

fn wasm_bindgen_evidence(inspection: &Inspection) -> Vec<String> {
    let module = |name: &str| name == "wbg" || is_bindgen_js(name) || name.starts_with("__wbindgen_");
    let export = |name: &str| name.starts_with("__wbindgen_");
    let mut evidence: Vec<String> = import_modules(inspection, module).collect();
    evidence.extend(exports(inspection, export).take(4));
    evidence.extend(producers(inspection, "wasm-bindgen"));
    evidence
}

/// `./user_service_bg.js`: the import module of wasm-bindgen since 0.2.101 or so.
fn is_bindgen_js(module: &str) -> bool {
    module.starts_with("./") && module.ends_with("_bg.js")
}

fn assemblyscript_evidence(inspection: &Inspection) -> Vec<String> {
    let runtime = |name: &str| matches!(name, "__new" | "__pin" | "__unpin" | "__collect" | "__rtti_base");
    let mut evidence: Vec<String> = exports(inspection, runtime).collect();
    // `abort(message, file, line, column)` has four i32 parameters in AssemblyScript alone.
    let abort = inspection.imports.iter().any(|import| {
        let four = matches!(&import.kind, ExternKind::Function { params, .. } if params.len() == 4);
        import.module == "env" && import.name == "abort" && four
    });
    if abort {
        evidence.push("imports env.abort with four parameters".into());
    }
    evidence.extend(producers(inspection, "AssemblyScript"));
    evidence
}

fn emscripten_evidence(inspection: &Inspection) -> Vec<String> {
    let export = |name: &str| {
        name.starts_with("emscripten_")
            || name.starts_with("_emscripten_")
            || matches!(name, "stackAlloc" | "stackSave" | "stackRestore" | "__errno_location" | "_main")
    };
    let mut evidence: Vec<String> = exports(inspection, export).take(4).collect();
    let import = inspection.imports.iter().find(|import| {
        import.name.starts_with("emscripten_")
            || import.name.starts_with("_emscripten_")
            || import.name.starts_with("invoke_")
    });
    evidence.extend(import.map(|import| format!("imports {}.{}", import.module, import.name)));
    evidence
}

fn wasi_evidence(inspection: &Inspection) -> Vec<String> {
    let mut evidence: Vec<String> = import_modules(inspection, is_wasi).collect();
    evidence.extend(exports(inspection, |name| matches!(name, "_start" | "_initialize")));
    evidence
}

fn is_wasi(module: &str) -> bool {
    module == "wasi_unstable" || module.starts_with("wasi_snapshot_")
}

/// Whether an export is a function that a bundle may refer to, and not a part of a language's runtime.
pub(super) fn is_callable(export: &Export, toolchain: Toolchain) -> bool {
    let ExternKind::Function { params, results } = &export.kind else { return false };
    let name = export.name.as_str();
    match toolchain {
        Toolchain::GoJs => return false,
        Toolchain::Component => return is_component_function(name),
        Toolchain::Extism if !params.is_empty() || results.iter().any(|result| result != "i32") => return false,
        _ => {}
    }
    let runtime_prefix = [
        "__",
        "_Z",
        "_R",
        "_emscripten_",
        "emscripten_",
        "asyncify_",
        "dynCall_",
        "legalstub$",
        "fs_",
        "cabi_",
        "orig$",
    ];
    let runtime_names = [
        "_start",
        "_initialize",
        "malloc",
        "free",
        "calloc",
        "realloc",
        "memalign",
        "aligned_alloc",
        "posix_memalign",
        "_malloc",
        "_free",
        "_calloc",
        "_realloc",
        "main",
        "_main",
        "memory",
        "abort",
        "_abort",
        "stackAlloc",
        "stackSave",
        "stackRestore",
        "setThrew",
        "_setThrew",
        "setTempRet0",
        "getTempRet0",
        "fflush",
        "_fflush",
        "strerror",
        "memcpy",
        "memset",
        "memmove",
        "strlen",
        "alloc",
        "dealloc",
        "saveSetjmp",
        "runPostSets",
        "establishStackSpace",
        "stackExtend",
        "rust_eh_personality",
        "htonl",
        "htons",
        "ntohs",
        "errno",
        "_errno",
    ];
    // Methods of AssemblyScript classes and namespaces are exported as `Class#method` and `ns.name`.
    let is_member = name.contains('#');
    !(name.is_empty()
        || is_member
        || runtime_prefix.iter().any(|prefix| name.starts_with(prefix))
        || runtime_names.contains(&name)
        || is_class_glue(name))
}

/// Methods of resources are named `[method]session.touch`; the world's interfaces begin with `wasi:`.
fn is_component_function(name: &str) -> bool {
    let own = name.rsplit('#').next().unwrap_or(name);
    !own.starts_with('[') && !name.starts_with("wasi:")
}

/// wasm-bindgen exports a field or method of a class as `__wbg_...`, older versions as `<class>_free` beside it.
fn is_class_glue(name: &str) -> bool {
    name.starts_with("wbg_") || name.starts_with("__wbg_")
}

/// Whether all imported functions have names of one or two letters: the optimiser shortens them where
/// a JavaScript file goes with the module.
pub(super) fn has_short_names(inspection: &Inspection) -> bool {
    let mut functions =
        inspection.imports.iter().filter(|import| matches!(import.kind, ExternKind::Function { .. })).peekable();
    functions.peek().is_some() && functions.all(|import| import.name.len() <= 2 && import.module.len() <= 3)
}

/// Whether a C or C++ module's inputs have no other place than its stack.
pub(super) fn puts_inputs_on_the_stack(inspection: &Inspection) -> bool {
    let exports = |names: &[&str]| inspection.exports.iter().any(|export| names.contains(&export.name.as_str()));
    let stack = ["stackAlloc", "stackSave", "_emscripten_stack_restore", "__stack_pointer"];
    let takes_words = |export: &Export| matches!(&export.kind, ExternKind::Function { params, .. } if params.iter().any(|param| param == "i32"));
    let toolchain = detect(inspection).0;
    let is_c = matches!(toolchain, Toolchain::Emscripten | Toolchain::Wasi | Toolchain::Unknown);
    is_c && exports(&stack)
        && !exports(&["malloc", "_malloc", "_Znwm", "alloc", "allocate"])
        && inspection.exports.iter().any(|export| is_callable(export, toolchain) && takes_words(export))
}

/// Whether the sandbox gives `import`.
pub(super) fn offer(import: &Import) -> Offer {
    let module = import.module.as_str();
    if module == "go" || module == "gojs" {
        // Go's own glue has nothing else; a program can declare more with `//go:wasmimport`.
        let own = ["runtime.", "syscall/js."].iter().any(|part| import.name.starts_with(part));
        return if own || import.name == "debug" { Offer::Offered } else { Offer::Unknown };
    }
    if module == "wbg" || is_bindgen_js(module) || module.starts_with("__wbindgen_") {
        return offer_bindgen(&import.name);
    }
    if is_wasi(module) {
        return offer_wasi(&import.name);
    }
    if module == "priostack" {
        let ours = ["log", "now_ms", "random"].contains(&import.name.as_str());
        return if ours { Offer::Offered } else { Offer::Unknown };
    }
    if is_extism(module) || (module == "env" && import.name.starts_with("extism_")) {
        return offer_extism(module, import.name.trim_start_matches("extism_"));
    }
    if let Some(interface) = wasi::wasi_interface(module) {
        return interface.denied.map_or(Offer::Offered, Offer::Forbidden);
    }
    if wasi::is_wasi_logging(module) {
        return Offer::Offered;
    }
    if module == "env" || module == "index" || module == "console" || module == "Math" || module == "Date" {
        return offer_env(&import.name);
    }
    Offer::Unknown
}

fn offer_wasi(name: &str) -> Offer {
    if name.starts_with("sock_") {
        return Offer::Forbidden("network access");
    }
    let file = name.starts_with("path_")
        || matches!(
            name,
            "fd_readdir"
                | "fd_allocate"
                | "fd_advise"
                | "fd_datasync"
                | "fd_sync"
                | "fd_pread"
                | "fd_pwrite"
                | "fd_filestat_set_size"
                | "fd_filestat_set_times"
        );
    if file {
        return Offer::Forbidden("file access");
    }
    if name == "proc_raise" {
        return Offer::Forbidden("process control");
    }
    let known = ["args_", "environ_", "clock_", "fd_", "random_get", "proc_exit", "sched_yield", "poll_oneoff"];
    if known.iter().any(|prefix| name.starts_with(prefix)) { Offer::Offered } else { Offer::Unknown }
}

/// The kernel of Extism. What a plug-in's own host would offer (`extism:host/user`) nobody has here.
fn offer_extism(module: &str, name: &str) -> Offer {
    match name {
        _ if module == "extism:host/user" => Offer::Unknown,
        "http_request" | "http_status_code" | "http_headers" => Offer::Forbidden("network access"),
        _ => Offer::Offered,
    }
}

/// AssemblyScript's and Emscripten's own imports.
fn offer_env(name: &str) -> Offer {
    if name.starts_with("__syscall_") {
        let network = ["socket", "connect", "bind", "listen", "accept", "sendto", "recvfrom", "getaddrinfo"];
        return if network.iter().any(|call| name.contains(call)) {
            Offer::Forbidden("network access")
        } else {
            Offer::Forbidden("file access")
        };
    }
    if name.starts_with("emscripten_fetch") || name.starts_with("emscripten_websocket") {
        return Offer::Forbidden("network access");
    }
    // C++ exceptions by way of JavaScript have a check of their own.
    if name.starts_with("invoke_") || name.starts_with("__cxa_") || name.starts_with("__resumeException") {
        return Offer::Offered;
    }
    let known = [
        "abort",
        "_abort_js",
        "__assert_fail",
        "exit",
        "getentropy",
        "setTempRet0",
        "getTempRet0",
        "llvm_eh_typeid_for",
        "emscripten_memcpy_big",
        "emscripten_memcpy_js",
        "_emscripten_memcpy_js",
        "emscripten_resize_heap",
        "emscripten_get_heap_max",
        "emscripten_console_log",
        "emscripten_console_warn",
        "emscripten_console_error",
        "emscripten_out",
        "emscripten_err",
        "seed",
        "trace",
        "Date.now",
        "performance.now",
        "process.exit",
        "emscripten_notify_memory_growth",
        "emscripten_date_now",
        "emscripten_get_now",
        "random",
        "now",
    ];
    if known.contains(&name) || name.starts_with("console.") || name.starts_with("Math.") {
        Offer::Offered
    } else {
        Offer::Unknown
    }
}

/// Glue of wasm-bindgen: intrinsics and plain JavaScript are given, the network and the page are not.
fn offer_bindgen(name: &str) -> Offer {
    let base = name.trim_start_matches("__wbg_").to_ascii_lowercase();
    let network = ["fetch", "xmlhttprequest", "websocket", "eventsource", "sendbeacon"];
    if network.iter().any(|word| base.starts_with(word)) {
        return Offer::Forbidden("network access");
    }
    let storage = ["localstorage", "sessionstorage", "indexeddb", "readfilesync", "writefilesync"];
    if storage.iter().any(|word| base.starts_with(word)) {
        return Offer::Forbidden("file access");
    }
    Offer::Offered
}

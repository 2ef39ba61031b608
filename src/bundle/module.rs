//! What a WebAssembly module says about itself, read without compiling it.

use std::fmt;
use std::path::PathBuf;

use super::{inspect, names, toolchain, wasi};

/// A module file of the bundle.
#[derive(Clone, Debug)]
pub struct Module {
    /// The file, relative to the bundle's root, with `/`.
    pub file: String,
    /// Where the file is.
    pub path: PathBuf,
    /// The service that it belongs to: the file's name without ending.
    pub service: String,
    /// Size in bytes.
    pub size: u64,
    /// Files of the same name beside it, such as a toolchain's declarations (`wasm/shop.d.ts`), relative to the
    /// bundle's root. They are not read here.
    pub beside: Vec<String>,
    /// What the file holds, or why it could not be read (one sentence with what to do).
    pub inspection: Result<Inspection, String>,
}

/// What a module declares.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// Whether this is a component (WASI 0.2) and not a core module.
    pub is_component: bool,
    /// Exports in the module's order.
    pub exports: Vec<Export>,
    /// Imports in the module's order.
    pub imports: Vec<Import>,
    /// Initial and maximal size of the first memory, in pages of 64 KiB.
    pub memory: Option<(u64, Option<u64>)>,
    /// The `producers` section: field, name, version (for instance `processed-by`, `wasm-bindgen`, `0.2.100`).
    pub producers: Vec<(String, String, String)>,
    /// Names of the custom sections.
    pub custom_sections: Vec<String>,
}

/// Something exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name. A function of a component has the shortest name that no other has: its own
    /// (`create-user`), with its interface's (`users#create-user`), or the full one.
    pub name: String,
    /// Longer names that mean it too, the full one (`acme:shop/users@1.0.0#create-user`) last.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: ExternKind,
}

/// Something imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module part of its name; the whole name of what a component imports.
    pub module: String,
    /// The field part of its name; empty for what a component imports.
    pub name: String,
    /// What it is.
    pub kind: ExternKind,
}

/// What an export or import is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternKind {
    /// A function with its parameter and result types in text form (`i32`, `externref`, ...).
    Function {
        /// Parameter types.
        params: Vec<String>,
        /// Result types.
        results: Vec<String>,
    },
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
    /// An interface, which a component imports as a whole.
    Interface {
        /// The names of its functions.
        functions: Vec<String>,
    },
}

/// The toolchain that a module seems to come from, by its exports, imports and producers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toolchain {
    /// Rust through wasm-bindgen (wasm-pack).
    WasmBindgen,
    /// AssemblyScript.
    AssemblyScript,
    /// Go for `GOOS=js`.
    GoJs,
    /// C or C++ by Emscripten.
    Emscripten,
    /// Any language as a WASI program or library.
    Wasi,
    /// A component.
    Component,
    /// A plug-in for Extism's hosts.
    Extism,
    /// Not recognised.
    Unknown,
}

impl Inspection {
    /// Reads a module's declarations.
    ///
    /// # Errors
    /// A sentence that says what the bytes are and what to do, when they are not a valid module.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        inspect::read(bytes)
    }

    /// The toolchain that this module seems to come from.
    pub fn toolchain(&self) -> Toolchain {
        toolchain::detect(self).0
    }

    /// What the toolchain was recognised by, for people: `exports __wbindgen_malloc`.
    pub fn toolchain_evidence(&self) -> Vec<String> {
        toolchain::detect(self).1
    }

    /// The exported functions that a bundle may refer to: no allocators, runtime helpers or mangled names.
    ///
    /// Empty for modules whose functions only exist at run time, see [`Self::functions_are_known`].
    pub fn callable_functions(&self) -> impl Iterator<Item = &Export> {
        let toolchain = self.toolchain();
        self.exports.iter().filter(move |export| toolchain::is_callable(export, toolchain))
    }

    /// Whether the exports tell which functions can be called. They do not for Go's js modules, which
    /// register functions when they run, and for WASI commands, which get the function's name as an argument:
    /// modules that export only `_start`, components that export only `wasi:cli/run`.
    pub fn functions_are_known(&self) -> bool {
        self.toolchain() != Toolchain::GoJs && (!self.is_command() || self.callable_functions().next().is_some())
    }

    /// Whether this is a program of WASI that runs from its beginning to its end.
    pub fn is_command(&self) -> bool {
        self.exports.iter().any(|export| match export.name.split_once('#') {
            Some((interface, "run")) => self.is_component && wasi::is_wasi_run(interface),
            _ => export.name == "_start",
        })
    }

    /// The callable function that `name` means, in either spelling; an exact match wins.
    pub fn find_function(&self, name: &str) -> Option<&Export> {
        let found = names::find(name, self.callable_functions().flat_map(Export::names).collect::<Vec<_>>())?;
        self.callable_functions().find(|export| export.names().any(|name| name == found))
    }
}

impl Export {
    /// Every name that means it, the shortest first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

impl ExternKind {
    /// What it is with an article, where it is no function.
    pub fn in_words(&self) -> Option<&'static str> {
        match self {
            Self::Function { .. } => None,
            Self::Table => Some("a table"),
            Self::Memory => Some("a memory"),
            Self::Global => Some("a global"),
            Self::Tag => Some("an exception tag"),
            Self::Interface { .. } => Some("an interface"),
        }
    }
}

impl Import {
    /// Its whole name: `env.abort`, or an interface's `wasi:io/streams@0.2.3`.
    pub fn full_name(&self) -> String {
        if self.name.is_empty() { self.module.clone() } else { format!("{}.{}", self.module, self.name) }
    }
}

impl fmt::Display for ExternKind {
    /// A function's signature, `(i32, i32) -> (i32)`; a word for anything else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function { params, results } => write!(f, "({}) -> ({})", params.join(", "), results.join(", ")),
            Self::Table => f.write_str("table"),
            Self::Memory => f.write_str("memory"),
            Self::Global => f.write_str("global"),
            Self::Tag => f.write_str("tag"),
            Self::Interface { functions } => write!(f, "({} functions)", functions.len()),
        }
    }
}

impl fmt::Display for Toolchain {
    /// The toolchain's name as people write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WasmBindgen => "Rust (wasm-bindgen)",
            Self::AssemblyScript => "AssemblyScript",
            Self::GoJs => "Go (js/wasm)",
            Self::Emscripten => "C/C++ (Emscripten)",
            Self::Wasi => "WASI",
            Self::Component => "Component",
            Self::Extism => "Extism plug-in",
            Self::Unknown => "not recognised",
        })
    }
}

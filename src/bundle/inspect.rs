//! Reads what a WebAssembly binary declares, with wasmparser: validated, never compiled, never run.

mod component;

use wasmparser::types::Types;
use wasmparser::{
    Encoding, FuncType, FuncValidatorAllocations, Parser, Payload, TypeRef, ValType, ValidPayload, Validator,
    WasmFeatures,
};

use super::{Export, ExternKind, Import, Inspection, names};

/// Most imports and exports that are listed; further ones are of no use to anybody.
const MAX_LISTED: usize = 20_000;
/// Modules up to this size, in bytes, are validated with the code of their functions.
const MAX_VALIDATED: usize = 1 << 20;
/// Longest list of parameter types that is written out.
const MAX_TYPES: usize = 64;

/// Reads `bytes` as a core module or a component.
///
/// # Errors
/// A sentence that says what the bytes are and what to do.
pub(super) fn read(bytes: &[u8]) -> Result<Inspection, String> {
    if let Some(reason) = not_webassembly(bytes) {
        return Err(reason);
    }
    let types = validate(bytes).map_err(|error| invalid(bytes, &error))?;
    let mut declared = Declared::default();
    declared.walk(bytes).map_err(|error| invalid(bytes, &error))?;
    let Declared { mut inspection, component_imports, component_exports, .. } = declared;
    if let Some(types) = types.filter(|_| inspection.is_component) {
        component::declare(&types, &component_imports, &component_exports, &mut inspection);
    }
    Ok(inspection)
}

/// Validates everything but, in large modules, the code of functions: that takes longest, and the
/// compiler does it anyway.
fn validate(bytes: &[u8]) -> wasmparser::Result<Option<Types>> {
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    let mut types = None;
    for payload in Parser::new(0).parse_all(bytes) {
        match validator.payload(&payload?)? {
            ValidPayload::Func(function, body) if bytes.len() <= MAX_VALIDATED => {
                function.into_validator(FuncValidatorAllocations::default()).validate(&body)?;
            }
            ValidPayload::End(found) => types = Some(found),
            _ => {}
        }
    }
    Ok(types)
}

/// What the bytes are, where they do not even begin like WebAssembly.
fn not_webassembly(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\0asm") {
        return (bytes.len() < 8).then(|| "the file breaks off after its first bytes; copy it again".into());
    }
    let head = bytes.get(..bytes.len().min(512)).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower = start.to_ascii_lowercase();
    let says = |what: &str, todo: &str| Some(format!("this is {what}, not a WebAssembly module; {todo}"));
    if bytes.is_empty() {
        return Some("the file is empty; build the module again".into());
    }
    if start.starts_with("(module")
        || start.starts_with("(component")
        || start.starts_with(";;")
        || start.starts_with("(;")
    {
        return says("WebAssembly text (WAT)", "turn it into a binary with `wat2wasm` or `wasm-tools parse`");
    }
    if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml") {
        return says("a web page", "a download probably failed; download the file again");
    }
    if start.starts_with("version https://git-lfs") {
        return says("a Git LFS pointer", "fetch the real file with `git lfs pull`");
    }
    if bytes.starts_with(b"\x7fELF") || bytes.starts_with(b"MZ") || bytes.starts_with(b"\xcf\xfa\xed\xfe") {
        return says("a program for this computer", "build it for a wasm32 target");
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x1f\x8b") {
        return says("an archive", "unpack it first");
    }
    if bytes.starts_with(b"!<arch>") {
        return says("a static library", "link it into a module");
    }
    if bytes.starts_with(b"BC\xc0\xde") {
        return says("LLVM bitcode", "link it into a module, without -c and -flto output");
    }
    let readable = head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    if readable
        && ["import ", "export ", "let ", "const ", "var ", "//", "/*", "\"use", "(function"]
            .iter()
            .any(|word| start.starts_with(word))
    {
        return says("JavaScript or another source text", "put the .wasm file itself here");
    }
    if readable {
        return says("a text", "put the binary that your toolchain built here");
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return says("a file of zero bytes only", "a copy probably failed; copy it again");
    }
    says("an unknown kind of file", "put the binary that your toolchain built here")
}

/// Words for a module that wasmparser refuses.
fn invalid(bytes: &[u8], error: &wasmparser::Error) -> String {
    let detail = names::shown(error.message());
    let at = error.offset();
    let detail = detail.split(" (at offset").next().unwrap_or(&detail);
    if at >= bytes.len() || detail.contains("unexpected end") {
        return format!("the module breaks off ({detail}, byte {at}); copy it again, completely and in binary mode");
    }
    let mut lenient = Validator::new_with_features(WasmFeatures::all());
    if lenient.validate_all(bytes).is_ok() {
        let without_legacy = WasmFeatures::all().difference(WasmFeatures::LEGACY_EXCEPTIONS);
        let legacy = Validator::new_with_features(without_legacy).validate_all(bytes).is_err();
        return if legacy {
            "the module uses the old form of WebAssembly exceptions, which engines have given up; \
             build it with -sWASM_EXNREF=1 or without exceptions"
                .into()
        } else {
            format!("the module uses a WebAssembly feature that the sandbox does not offer: {detail} (byte {at})")
        };
    }
    if detail.contains("version") && at <= 8 {
        return format!("the file has a version of WebAssembly that is not known: {detail}");
    }
    format!("the module is damaged: {detail} (byte {at}); build it again and copy it in binary mode")
}

/// The declarations of a module, as they are gathered section by section.
#[derive(Default)]
struct Declared {
    inspection: Inspection,
    types: Vec<Option<FuncType>>,
    /// The type of every function, imported ones first.
    functions: Vec<u32>,
    memories: usize,
    /// The names that a component imports and exports: the validator knows their types.
    component_imports: Vec<String>,
    component_exports: Vec<String>,
    /// How deep the walk is in modules and components within a component.
    nested: usize,
}

impl Declared {
    fn walk(&mut self, bytes: &[u8]) -> Result<(), wasmparser::Error> {
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match &payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.nested += 1,
                Payload::End(_) => self.nested = self.nested.saturating_sub(1),
                Payload::Version { encoding: Encoding::Component, .. } if self.nested == 0 => {
                    self.inspection.is_component = true;
                }
                _ if self.nested > 0 => {}
                _ => self.section(&payload)?,
            }
        }
        Ok(())
    }

    fn section(&mut self, payload: &Payload<'_>) -> Result<(), wasmparser::Error> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    for sub_type in group?.into_types() {
                        let function = match sub_type.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        };
                        self.types.push(function);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    let kind = self.import_kind(&import.ty);
                    if self.inspection.imports.len() < MAX_LISTED {
                        let (module, name) = (import.module.to_owned(), import.name.to_owned());
                        self.inspection.imports.push(Import { module, name, kind });
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for index in section.clone() {
                    self.functions.push(index?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memory(&memory?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if self.inspection.exports.len() < MAX_LISTED {
                        let kind = self.export_kind(export.kind, export.index);
                        self.inspection.exports.push(Export {
                            name: export.name.to_owned(),
                            aliases: Vec::new(),
                            kind,
                        });
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    let name = import?.name.name;
                    if self.component_imports.len() < MAX_LISTED {
                        self.component_imports.push(name.to_owned());
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let name = export?.name.name;
                    if self.component_exports.len() < MAX_LISTED {
                        self.component_exports.push(name.to_owned());
                    }
                }
            }
            Payload::CustomSection(section) => self.custom(section),
            _ => {}
        }
        Ok(())
    }

    fn import_kind(&mut self, ty: &TypeRef) -> ExternKind {
        match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.functions.push(*index);
                self.signature(*index)
            }
            TypeRef::Table(_) => ExternKind::Table,
            TypeRef::Memory(memory) => {
                self.memory(memory);
                ExternKind::Memory
            }
            TypeRef::Global(_) => ExternKind::Global,
            TypeRef::Tag(_) => ExternKind::Tag,
        }
    }

    fn export_kind(&self, kind: wasmparser::ExternalKind, index: u32) -> ExternKind {
        use wasmparser::ExternalKind as K;
        match kind {
            K::Func | K::FuncExact => {
                let index = usize::try_from(index).ok().and_then(|index| self.functions.get(index));
                index.map_or(ExternKind::Function { params: Vec::new(), results: Vec::new() }, |ty| self.signature(*ty))
            }
            K::Table => ExternKind::Table,
            K::Memory => ExternKind::Memory,
            K::Global => ExternKind::Global,
            K::Tag => ExternKind::Tag,
        }
    }

    fn signature(&self, type_index: u32) -> ExternKind {
        let function = usize::try_from(type_index).ok().and_then(|index| self.types.get(index)?.as_ref());
        let written = |types: &[ValType]| types.iter().take(MAX_TYPES).map(ToString::to_string).collect();
        function.map_or(ExternKind::Function { params: Vec::new(), results: Vec::new() }, |function| {
            ExternKind::Function { params: written(function.params()), results: written(function.results()) }
        })
    }

    fn memory(&mut self, memory: &wasmparser::MemoryType) {
        if self.memories == 0 {
            self.inspection.memory = Some((memory.initial, memory.maximum));
        }
        self.memories += 1;
    }

    fn custom(&mut self, section: &wasmparser::CustomSectionReader<'_>) {
        if self.inspection.custom_sections.len() < MAX_LISTED {
            self.inspection.custom_sections.push(section.name().to_owned());
        }
        // Custom sections are not validated: a broken one is ignored.
        if let wasmparser::KnownCustom::Producers(fields) = section.as_known() {
            for field in fields.into_iter().flatten().take(16) {
                for value in field.values.into_iter().flatten().take(64) {
                    let producer = (field.name.to_owned(), value.name.to_owned(), value.version.to_owned());
                    self.inspection.producers.push(producer);
                }
            }
        }
    }
}

//! What the module imports, and the generated module that offers it: each function leaves its arguments in the slots
//! and has the glue do the rest. It also tells the glue what there is to know, before the module exists.

use std::collections::BTreeSet;

use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalType, ImportSection, MemoryType, Module, StartSection, TypeSection, ValType,
};

use crate::bundle::{ExternKind, Inspection};

use super::Reason;
use super::config::{Import, SLOTS, Type};
use super::references::{References, Slots, encoded};

/// The functions that a module imports, each once.
#[derive(Debug, Default)]
pub(super) struct Imports(pub(super) Vec<Import>);

impl Imports {
    /// Whether JavaScript values cross by reference.
    pub(super) fn have_references(&self) -> bool {
        let mut types = self.0.iter().flat_map(|import| import.params.iter().chain(&import.results));
        types.any(|ty| *ty == Type::Reference)
    }
}

/// Reads them.
///
/// # Errors
/// Those that cannot be offered.
pub(super) fn read(inspection: &Inspection) -> Result<Imports, Vec<Reason>> {
    let (mut imports, mut reasons, mut seen) = (Vec::<Import>::new(), Vec::new(), BTreeSet::new());
    for import in &inspection.imports {
        let full = import.full_name();
        let (params, results) = match &import.kind {
            ExternKind::Function { params, results } => (types(params), types(results)),
            _ => {
                let message = format!("The module imports `{full}`, which is no function");
                reasons.push(Reason::of_import(
                    &full,
                    message,
                    "Build it without imported memories, tables and globals",
                ));
                continue;
            }
        };
        match (params, results) {
            (Some(params), Some(results)) if params.len() <= SLOTS && results.len() <= 1 => {
                if seen.insert((&import.module, &import.name)) {
                    let (module, name) = (import.module.clone(), import.name.clone());
                    imports.push(Import { module, name, params, results, indirect: None });
                }
            }
            _ => {
                let message = format!("The module imports `{full}`, whose type cannot cross to the glue");
                reasons.push(Reason::of_import(&full, message, "Leave out the library that needs it"));
            }
        }
    }
    if reasons.is_empty() { Ok(Imports(imports)) } else { Err(reasons) }
}

/// Types by their names; nothing where one cannot cross.
pub(super) fn types(names: &[String]) -> Option<Vec<Type>> {
    names.iter().map(|name| Type::named(name)).collect()
}

/// The name under which the generated module exports the import at this position.
pub(super) fn export_name(at: usize) -> String {
    format!("import {at}")
}

/// Functions that this module imports of the glue, by their indices.
const IMPORTED: u32 = 0;
const REALLOC: u32 = 1;
const CONFIGURE: u32 = 2;
/// Its own first function.
const FIRST: u32 = 3;

/// Generates the module. `config` is what the glue is told.
pub(super) fn generate(imports: &Imports, config: &[u8]) -> Module {
    let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    types.ty().function([ValType::I32; 2], []);
    types.ty().function([], []);
    let mut asked = ImportSection::new();
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    asked
        .import("glue", "imported", EntityType::Function(0))
        .import("glue", "realloc", EntityType::Function(1))
        .import("glue", "configure", EntityType::Function(2))
        .import("glue", "memory", EntityType::Memory(memory))
        .import("glue", "slots", GlobalType { val_type: ValType::I32, mutable: false, shared: false });
    let mut next = FIRST;
    let references = imports.have_references().then(|| {
        next += 2;
        References::add(FIRST, &mut types, &mut functions, &mut code)
    });
    let slots = Slots { base: 0, references };
    for (at, import) in imports.0.iter().enumerate() {
        functions.function(types.len());
        types.ty().function(encoded(&import.params), encoded(&import.results));
        code.function(&forward(import, at, slots));
        exports.export(&export_name(at), ExportKind::Func, next);
        next += 1;
    }
    functions.function(3);
    code.function(&configure(config.len()));
    let mut data = DataSection::new();
    data.passive(config.iter().copied());
    let mut module = Module::new();
    module.section(&types).section(&asked).section(&functions).section(&exports);
    module.section(&StartSection { function_index: next }).section(&DataCountSection { count: 1 });
    module.section(&code).section(&data);
    module
}

/// Leaves the arguments in the slots, has the glue carry the call out, and takes the result.
fn forward(import: &Import, at: usize, slots: Slots) -> Function {
    let mut body = Function::new([]);
    for (slot, ty) in import.params.iter().enumerate() {
        slots.store(&mut body, slot, *ty, slot as u32);
    }
    body.instructions().i32_const(at as i32).call(IMPORTED);
    for (slot, ty) in import.results.iter().enumerate() {
        slots.load(&mut body, slot, *ty);
    }
    body.instructions().end();
    body
}

/// Copies what the glue is told into its memory and hands it over.
fn configure(length: usize) -> Function {
    let (length, start) = (length as i32, 0);
    let mut body = Function::new([(1, ValType::I32)]);
    body.instructions()
        .i32_const(0)
        .i32_const(0)
        .i32_const(1)
        .i32_const(length)
        .call(REALLOC)
        .local_tee(start)
        .i32_const(0)
        .i32_const(length)
        .memory_init(0, 0)
        .local_get(start)
        .i32_const(length)
        .call(CONFIGURE)
        .end();
    body
}

/// A small module whose function `site` gives these bytes, as the canonical ABI wants a list: the address of its
/// address and length.
pub(super) fn site(bytes: &[u8]) -> Module {
    /// Where the bytes begin, behind address and length.
    const START: u32 = 8;
    let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
    let (mut exports, mut code, mut data) = (ExportSection::new(), CodeSection::new(), DataSection::new());
    types.ty().function([], [ValType::I32]);
    functions.function(0);
    exports.export("memory", ExportKind::Memory, 0).export("site", ExportKind::Func, 0);
    let mut body = Function::new([]);
    body.instructions().i32_const(0).end();
    code.function(&body);
    let mut content = [START.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
    content.extend_from_slice(bytes);
    data.active(0, &ConstExpr::i32_const(0), content);
    let pages = (bytes.len() as u64 + u64::from(START)).div_ceil(64 << 10);
    let memory =
        MemoryType { minimum: pages, maximum: Some(pages), memory64: false, shared: false, page_size_log2: None };
    let mut memories = wasm_encoder::MemorySection::new();
    memories.memory(memory);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memories).section(&exports).section(&code).section(&data);
    module
}

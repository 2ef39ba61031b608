//! What of the module the glue can call: the exports that the recipe names, the table of JavaScript values, the stack
//! pointer, and functions of the module's own table. And the generated module that makes one function of all that:
//! `invoke(entry)`, with arguments and results in the slots.

use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalType, ImportSection, MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};

use crate::bundle::{ExternKind, Inspection};

use super::Reason;
use super::config::{self, SLOTS, Type};
use super::imports::{self, Imports};
use super::recipe::{Bindgen, Means, Place, Recipe, Start};
use super::references::{References, Slots, encoded};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name by which the glue asks for it.
    pub(super) name: String,
    pub(super) params: Vec<Type>,
    pub(super) results: Vec<Type>,
    does: Does,
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Does {
    /// Calls the export of the entry's name.
    Call,
    /// Calls the function in the module's table whose index stands before the entry's own parameters.
    CallIndirectly,
    /// Something with the exported table of this name.
    Table(OfTable, String),
    /// Reads the exported global of this name.
    Get(String),
    /// Sets it.
    Set(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfTable {
    Get,
    Set,
    Grow,
    Size,
}

impl Entry {
    fn has_references(&self) -> bool {
        self.params.iter().chain(&self.results).any(|ty| *ty == Type::Reference)
    }
}

/// The module's table of functions, as C's linkers export it.
const INDIRECT: &str = "__indirect_function_table";

/// The entries that calls by this recipe need.
///
/// # Errors
/// Exports whose types cannot cross.
pub(super) fn of(recipe: &Recipe, imports: &Imports, inspection: &Inspection) -> Result<Vec<Entry>, Vec<Reason>> {
    let (mut entries, mut reasons) = (Vec::<Entry>::new(), Vec::new());
    for name in exports(recipe) {
        if entries.iter().any(|entry| entry.name == name) {
            continue;
        }
        match exported(inspection, name) {
            Some((params, results)) if params.len() <= SLOTS && results.len() <= SLOTS => {
                entries.push(Entry { name: name.to_owned(), params, results, does: Does::Call });
            }
            _ => {
                let message = format!("The module's export `{name}` has a type that cannot cross to the glue");
                reasons.push(Reason::of_module(message, "Take and return bytes"));
            }
        }
    }
    // A table that nothing goes into needs no values, and then the engine needs no garbage collection for them.
    let has_references = imports.have_references() || entries.iter().any(Entry::has_references);
    let mut add = |name: &str, params: &[Type], results: &[Type], does| {
        entries.push(Entry { name: name.into(), params: params.into(), results: results.into(), does });
    };
    match &recipe.means {
        Means::WasmBindgen(Bindgen { table: Some(table), .. }) => {
            let does = |what| Does::Table(what, table.clone());
            add(config::TABLE_GROW, &[Type::I32], &[Type::I32], does(OfTable::Grow));
            add(config::TABLE_SIZE, &[], &[Type::I32], does(OfTable::Size));
            if has_references {
                add(config::TABLE_GET, &[Type::I32], &[Type::Reference], does(OfTable::Get));
                add(config::TABLE_SET, &[Type::I32, Type::Reference], &[], does(OfTable::Set));
            }
        }
        Means::C { place: Place::StackPointer(global), .. } => {
            add(config::STACK_GET, &[], &[Type::I32], Does::Get(global.clone()));
            add(config::STACK_SET, &[Type::I32], &[], Does::Set(global.clone()));
        }
        _ => {}
    }
    let is_table = |export: &crate::bundle::Export| export.name == INDIRECT && export.kind == ExternKind::Table;
    if matches!(recipe.means, Means::C { .. }) && inspection.exports.iter().any(is_table) {
        for import in imports.0.iter().filter(|import| calls_indirectly(import)) {
            let params = import.params.clone();
            add(&format!("*{}", import.name), &params, &import.results.clone(), Does::CallIndirectly);
        }
    }
    if reasons.is_empty() { Ok(entries) } else { Err(reasons) }
}

/// Whether the import asks for a call through the module's table: `invoke_*(function, arguments...)`, by which
/// Emscripten would catch exceptions.
fn calls_indirectly(import: &config::Import) -> bool {
    import.module == "env" && import.name.starts_with("invoke_") && import.params.first() == Some(&Type::I32)
}

/// The entry through which this import calls.
pub(super) fn indirect(entries: &[Entry], import: &config::Import) -> Option<u32> {
    let name = format!("*{}", import.name);
    let is_it = |entry: &Entry| entry.does == Does::CallIndirectly && entry.name == name;
    let at = calls_indirectly(import).then(|| entries.iter().position(is_it)).flatten()?;
    u32::try_from(at).ok()
}

/// The functions that the recipe names.
fn exports(recipe: &Recipe) -> Vec<&str> {
    let mut names: Vec<&String> = recipe.functions.iter().map(|function| &function.export).collect();
    if let Start::Export(start) = &recipe.start {
        names.push(start);
    }
    match &recipe.means {
        Means::Plain { alloc, dealloc } => names.extend([alloc].into_iter().chain(dealloc)),
        Means::C { place, getters, high_half } => {
            names.extend(high_half);
            names.extend(getters.iter().flat_map(|(pointer, length)| [pointer, length]));
            match place {
                Place::Allocator { allocate, free } => names.extend([allocate].into_iter().chain(free)),
                Place::Stack { allocate, save, restore } => names.extend([allocate, save, restore]),
                Place::StackEnd { current, restore } => names.extend([current, restore]),
                Place::StackPointer(_) | Place::Pages | Place::None => {}
            }
        }
        Means::WasmBindgen(module) => {
            names.extend([&module.malloc, &module.free].into_iter().flatten().map(|(name, _)| name));
            let others = [&module.exn_store, &module.table_alloc, &module.table_free, &module.stack_pointer];
            names.extend(others.into_iter().flatten());
        }
        Means::AssemblyScript(objects) => {
            names.extend([&objects.new, &objects.pin, &objects.unpin, &objects.collect].into_iter().flatten());
        }
    }
    names.into_iter().map(String::as_str).collect()
}

fn exported(inspection: &Inspection, name: &str) -> Option<(Vec<Type>, Vec<Type>)> {
    let export = inspection.exports.iter().find(|export| export.name == name)?;
    let ExternKind::Function { params, results } = &export.kind else { return None };
    imports::types(params).zip(imports::types(results))
}

/// What the generated module imports of the user's, with the indices that it has there.
#[derive(Default)]
struct Asked {
    section: ImportSection,
    functions: u32,
    tables: Vec<String>,
    globals: Vec<String>,
}

impl Asked {
    fn function(&mut self, name: &str, ty: u32) -> u32 {
        self.section.import("user", name, EntityType::Function(ty));
        self.functions += 1;
        self.functions - 1
    }

    fn table(&mut self, name: &str, element_type: RefType) -> u32 {
        if let Some(at) = self.tables.iter().position(|known| known == name) {
            return at as u32;
        }
        self.section.import("user", name, table_type(element_type, 0));
        self.tables.push(name.to_owned());
        self.tables.len() as u32 - 1
    }

    /// Global 0 is the address of the slots.
    fn global(&mut self, name: &str) -> u32 {
        if let Some(at) = self.globals.iter().position(|known| known == name) {
            return at as u32 + 1;
        }
        self.section.import("user", name, GlobalType { val_type: ValType::I32, mutable: true, shared: false });
        self.globals.push(name.to_owned());
        self.globals.len() as u32
    }
}

pub(super) fn table_type(element_type: RefType, minimum: u64) -> TableType {
    TableType { element_type, table64: false, minimum, maximum: None, shared: false }
}

/// What an entry's function refers to.
#[derive(Clone, Copy)]
enum Target {
    Function(u32),
    /// The type of the functions in the table.
    Indirect(u32, u32),
    Table(OfTable, u32),
    Get(u32),
    Set(u32),
}

/// Generates the module with `invoke`.
pub(super) fn generate(entries: &[Entry]) -> Module {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    let mut asked = Asked::default();
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    asked.section.import("glue", "memory", EntityType::Memory(memory)).import(
        "glue",
        "slots",
        GlobalType { val_type: ValType::I32, mutable: false, shared: false },
    );
    // Of the functions that follow: the one of an entry, and `invoke`.
    types.ty().function([], []);
    types.ty().function([ValType::I32], []);
    let mut target = |entry: &Entry| {
        let ty = types.len();
        match &entry.does {
            Does::Call => {
                types.ty().function(encoded(&entry.params), encoded(&entry.results));
                Target::Function(asked.function(&entry.name, ty))
            }
            Does::CallIndirectly => {
                let params = entry.params.get(1..).unwrap_or_default();
                types.ty().function(encoded(params), encoded(&entry.results));
                Target::Indirect(ty, asked.table(INDIRECT, RefType::FUNCREF))
            }
            Does::Table(what, table) => Target::Table(*what, asked.table(table, RefType::EXTERNREF)),
            Does::Get(global) => Target::Get(asked.global(global)),
            Does::Set(global) => Target::Set(asked.global(global)),
        }
    };
    let targets: Vec<Target> = entries.iter().map(&mut target).collect();
    let mut next = asked.functions;
    let references = entries.iter().any(Entry::has_references).then(|| {
        next += 2;
        References::add(next - 2, &mut types, &mut functions, &mut code)
    });
    let slots = Slots { base: 0, references };
    let first = next;
    for (entry, target) in entries.iter().zip(targets) {
        functions.function(0);
        code.function(&enter(entry, target, slots));
        next += 1;
    }
    // `invoke` leads through a table of its own.
    let table = asked.tables.len() as u32;
    functions.function(1);
    let mut invoke = Function::new([]);
    invoke.instructions().local_get(0).call_indirect(table, 0).end();
    code.function(&invoke);
    let (mut tables, mut elements, mut exports) = (TableSection::new(), ElementSection::new(), ExportSection::new());
    tables.table(table_type(RefType::FUNCREF, entries.len() as u64));
    let all: Vec<u32> = (first..next).collect();
    elements.active(Some(table), &ConstExpr::i32_const(0), Elements::Functions(all.into()));
    exports.export("invoke", ExportKind::Func, next);
    let mut module = Module::new();
    module.section(&types).section(&asked.section).section(&functions).section(&tables).section(&exports);
    module.section(&elements).section(&code);
    module
}

/// Takes the arguments out of the slots, does what the entry does, and leaves the results there.
fn enter(entry: &Entry, target: Target, slots: Slots) -> Function {
    let mut body = Function::new(entry.results.iter().map(|ty| (1, ty.encoded())));
    let arguments = entry.params.iter().enumerate();
    match target {
        // The table's index is the first argument, and comes last.
        Target::Indirect(ty, table) => {
            arguments.skip(1).for_each(|(slot, ty)| slots.load(&mut body, slot, *ty));
            slots.load(&mut body, 0, Type::I32);
            body.instructions().call_indirect(table, ty);
        }
        // So does the number of entries, behind what they are to hold.
        Target::Table(OfTable::Grow, table) => {
            let nothing = wasm_encoder::HeapType::EXTERN;
            body.instructions().ref_null(nothing);
            slots.load(&mut body, 0, Type::I32);
            body.instructions().table_grow(table);
        }
        _ => {
            arguments.for_each(|(slot, ty)| slots.load(&mut body, slot, *ty));
            let mut code = body.instructions();
            match target {
                Target::Function(function) => code.call(function),
                Target::Table(OfTable::Get, table) => code.table_get(table),
                Target::Table(OfTable::Set, table) => code.table_set(table),
                Target::Table(_, table) => code.table_size(table),
                Target::Get(global) => code.global_get(global),
                Target::Set(global) => code.global_set(global),
                Target::Indirect(..) => code.unreachable(),
            };
        }
    }
    for local in (0..entry.results.len() as u32).rev() {
        body.instructions().local_set(local);
    }
    for (slot, ty) in entry.results.iter().enumerate() {
        slots.store(&mut body, slot, *ty, slot as u32);
    }
    body.instructions().end();
    body
}

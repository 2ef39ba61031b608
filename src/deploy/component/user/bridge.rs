//! The generated modules between the glue and the module's memory: one that copies between both memories, and one
//! through which the glue calls what does not exist yet when it is instantiated.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, MemArg, MemoryType, Module, RefType, TableSection, TypeSection, ValType,
};

use super::entries::table_type;

/// A function that the glue imports from the bridge.
pub(super) struct Bridged {
    pub(super) name: &'static str,
    /// How many parameters it has, all of them i32.
    params: usize,
    /// Whether it returns an i32.
    returns: bool,
    /// Who has it.
    pub(super) of: Of,
}

/// Where a function of the bridge comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The module that copies between the memories.
    Memories,
    /// The module that measures and grows the user's memory.
    Pages,
    /// The module that calls the user's exports.
    Exports,
    /// The host.
    Host,
}

/// All of them, in the order of the table through which they are called.
pub(super) const BRIDGED: [Bridged; 6] = [
    Bridged { name: "read", params: 3, returns: false, of: Of::Memories },
    Bridged { name: "write", params: 3, returns: false, of: Of::Memories },
    Bridged { name: "size", params: 0, returns: true, of: Of::Pages },
    Bridged { name: "grow", params: 1, returns: true, of: Of::Pages },
    Bridged { name: "invoke", params: 1, returns: false, of: Of::Exports },
    Bridged { name: "log", params: 3, returns: false, of: Of::Host },
];

/// The types of the functions of the bridge, in their order.
fn types() -> TypeSection {
    let mut types = TypeSection::new();
    for bridged in &BRIDGED {
        let params = vec![ValType::I32; bridged.params];
        types.ty().function(params, bridged.returns.then_some(ValType::I32));
    }
    types
}

/// The module that the glue imports the bridge from: its functions call through a table that is filled later.
pub(super) fn doors() -> Module {
    let (mut functions, mut tables, mut exports, mut code) =
        (FunctionSection::new(), TableSection::new(), ExportSection::new(), CodeSection::new());
    tables.table(table_type(RefType::FUNCREF, BRIDGED.len() as u64));
    exports.export("table", ExportKind::Table, 0);
    for (at, bridged) in (0_u32..).zip(&BRIDGED) {
        functions.function(at);
        exports.export(bridged.name, ExportKind::Func, at);
        let mut body = Function::new([]);
        for param in 0..bridged.params as u32 {
            body.instructions().local_get(param);
        }
        body.instructions().i32_const(at.cast_signed()).call_indirect(0, at).end();
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&types()).section(&functions).section(&tables).section(&exports).section(&code);
    module
}

/// The module that fills that table when it is instantiated.
pub(super) fn filler() -> Module {
    let (mut imports, mut elements) = (ImportSection::new(), ElementSection::new());
    imports.import("doors", "table", table_type(RefType::FUNCREF, BRIDGED.len() as u64));
    for (at, bridged) in (0_u32..).zip(&BRIDGED) {
        imports.import("bridge", bridged.name, EntityType::Function(at));
    }
    let all: Vec<u32> = (0..BRIDGED.len() as u32).collect();
    elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(all.into()));
    let mut module = Module::new();
    module.section(&types()).section(&imports).section(&elements);
    module
}

/// The memory of the user's module, and the glue's.
const USER: u32 = 0;
const GLUE: u32 = 1;

const MEMORY: MemoryType =
    MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };

/// The module that sees both memories. It has nothing but functions, and these nothing but plain loads and stores:
/// jco replaces those by calls of JavaScript where an engine has no second memory, and understands no more than that.
pub(super) fn memories() -> Module {
    of_memories(
        Of::Memories,
        &["user", "glue"],
        |name| if name == "read" { copy(USER, GLUE) } else { copy(GLUE, USER) },
    )
}

/// The module that tells and changes the size of the user's memory.
pub(super) fn pages() -> Module {
    of_memories(Of::Pages, &["user"], |name| {
        let mut body = Function::new([]);
        match name {
            "size" => body.instructions().memory_size(USER).end(),
            _ => body.instructions().local_get(0).memory_grow(USER).end(),
        };
        body
    })
}

/// A module that imports these memories and has the functions of the bridge that come from it.
fn of_memories(of: Of, memories: &[&str], body: impl Fn(&str) -> Function) -> Module {
    let (mut imports, mut functions) = (ImportSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    for owner in memories {
        imports.import(owner, "memory", EntityType::Memory(MEMORY));
    }
    // The types are those of all functions of the bridge, in their order.
    for (ty, bridged) in (0_u32..).zip(&BRIDGED).filter(|(_, bridged)| bridged.of == of) {
        exports.export(bridged.name, ExportKind::Func, functions.len());
        functions.function(ty);
        code.function(&body(bridged.name));
    }
    let mut module = Module::new();
    module.section(&types()).section(&imports).section(&functions).section(&exports).section(&code);
    module
}

/// `(target, source, length)`: copies from one memory to the other, eight bytes at a time and then the rest.
fn copy(from: u32, to: u32) -> Function {
    let mut body = Function::new([]);
    copy_pieces(&mut body, from, to, 8);
    copy_pieces(&mut body, from, to, 1);
    body.instructions().end();
    body
}

/// Copies pieces of this width as long as there are whole ones.
fn copy_pieces(body: &mut Function, from: u32, to: u32, width: i32) {
    let (target, source, length) = (0, 1, 2);
    let at = |memory_index| MemArg { offset: 0, align: 0, memory_index };
    let mut code = body.instructions();
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(length).i32_const(width).i32_lt_u().br_if(1);
    code.local_get(target).local_get(source);
    if width == 8 {
        code.i64_load(at(from)).i64_store(at(to));
    } else {
        code.i32_load8_u(at(from)).i32_store8(at(to));
    }
    for pointer in [target, source] {
        code.local_get(pointer).i32_const(width).i32_add().local_set(pointer);
    }
    code.local_get(length).i32_const(width).i32_sub().local_set(length);
    code.br(0).end().end();
}

#[cfg(test)]
mod tests {
    use wasmparser::{Operator, Parser, Payload};

    use super::*;

    /// What jco rewrites for engines without a second memory (`crates/js-component-bindgen/src/core.rs`): functions
    /// with plain loads and stores, and no section beside them.
    #[test]
    fn the_module_with_two_memories_is_what_jco_can_rewrite() {
        let module = memories().finish();
        for payload in Parser::new(0).parse_all(&module) {
            match payload.unwrap() {
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().unwrap() {
                        let operator = operator.unwrap();
                        let is_plain = matches!(
                            operator,
                            Operator::I64Load { .. }
                                | Operator::I64Store { .. }
                                | Operator::I32Load8U { .. }
                                | Operator::I32Store8 { .. }
                        );
                        assert!(is_plain || !format!("{operator:?}").contains("mem"), "{operator:?}");
                    }
                }
                Payload::Version { .. }
                | Payload::TypeSection(_)
                | Payload::ImportSection(_)
                | Payload::FunctionSection(_)
                | Payload::ExportSection(_)
                | Payload::CodeSectionStart { .. }
                | Payload::End(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

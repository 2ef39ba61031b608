//! Values in the slots of the glue's memory: how the generated functions read and write them. JavaScript values are
//! numbers there, and references to the module.

use wasm_encoder::{
    AbstractHeapType, BlockType, CodeSection, Function, FunctionSection, HeapType, MemArg, TypeSection, ValType,
};

use super::config::{NULL, Type};

/// The functions that turn numbers into references and back, by their indices.
#[derive(Clone, Copy)]
pub(super) struct References {
    to: u32,
    from: u32,
}

impl References {
    /// Adds both to a module whose next function has this index.
    pub(super) fn add(
        next: u32,
        types: &mut TypeSection,
        functions: &mut FunctionSection,
        code: &mut CodeSection,
    ) -> Self {
        let (to, from) = (types.len(), types.len() + 1);
        types.ty().function([ValType::I32], [ValType::EXTERNREF]);
        types.ty().function([ValType::EXTERNREF], [ValType::I32]);
        functions.function(to).function(from);
        let i31 = HeapType::Abstract { shared: false, ty: AbstractHeapType::I31 };
        let externref = HeapType::Abstract { shared: false, ty: AbstractHeapType::Extern };
        let mut body = Function::new([]);
        body.instructions()
            .local_get(0)
            .i32_const(NULL.cast_signed())
            .i32_eq()
            .if_(BlockType::Result(ValType::EXTERNREF))
            .ref_null(externref)
            .else_()
            .local_get(0)
            .ref_i31()
            .extern_convert_any()
            .end()
            .end();
        code.function(&body);
        let mut body = Function::new([]);
        body.instructions()
            .local_get(0)
            .ref_is_null()
            .if_(BlockType::Result(ValType::I32))
            .i32_const(NULL.cast_signed())
            .else_()
            .local_get(0)
            .any_convert_extern()
            .ref_cast_non_null(i31)
            .i31_get_u()
            .end()
            .end();
        code.function(&body);
        Self { to: next, from: next + 1 }
    }
}

impl Type {
    /// The type by its name in WebAssembly, if values of it can cross.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "i32" => Self::I32,
            "i64" => Self::I64,
            "f32" => Self::F32,
            "f64" => Self::F64,
            "externref" => Self::Reference,
            _ => return None,
        })
    }

    pub(super) fn encoded(self) -> ValType {
        match self {
            Self::I32 => ValType::I32,
            Self::I64 => ValType::I64,
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            Self::Reference => ValType::EXTERNREF,
        }
    }
}

/// The types as WebAssembly has them.
pub(super) fn encoded(types: &[Type]) -> Vec<ValType> {
    types.iter().map(|ty| ty.encoded()).collect()
}

/// Where the slots are: the index of the global with their address, and the functions for references.
#[derive(Clone, Copy)]
pub(super) struct Slots {
    pub(super) base: u32,
    pub(super) references: Option<References>,
}

impl Slots {
    /// Pushes the value of a slot.
    pub(super) fn load(self, body: &mut Function, slot: usize, ty: Type) {
        let (mut code, at) = (body.instructions(), place(slot));
        code.global_get(self.base);
        match ty {
            Type::I32 => code.i32_load(at),
            Type::I64 => code.i64_load(at),
            Type::F32 => code.f32_load(at),
            Type::F64 => code.f64_load(at),
            Type::Reference => {
                code.i32_load(at);
                match self.references {
                    Some(References { to, .. }) => code.call(to),
                    None => code.unreachable(),
                }
            }
        };
    }

    /// Stores a local in a slot.
    pub(super) fn store(self, body: &mut Function, slot: usize, ty: Type, local: u32) {
        let (mut code, at) = (body.instructions(), place(slot));
        code.global_get(self.base).local_get(local);
        match ty {
            Type::I32 => code.i32_store(at),
            Type::I64 => code.i64_store(at),
            Type::F32 => code.f32_store(at),
            Type::F64 => code.f64_store(at),
            Type::Reference => {
                match self.references {
                    Some(References { from, .. }) => code.call(from),
                    None => code.unreachable(),
                };
                code.i32_store(at)
            }
        };
    }
}

fn place(slot: usize) -> MemArg {
    MemArg { offset: slot as u64 * 8, align: 2, memory_index: 0 }
}

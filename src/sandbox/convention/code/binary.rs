//! What has to be known of a module before it runs and what its exports do not say: function bodies,
//! the values of constant globals, and the static data.

use std::collections::HashMap;

use wasmparser::{
    BlockType, CompositeInnerType, ContType, DataKind, ExternalKind, FrameKind, FuncType, FunctionBody, ModuleArity,
    Operator, Parser, Payload, RefType, SubType, TypeRef,
};

/// Most addresses that are looked at.
const MAX_ADDRESSES: usize = 4096;

/// The parts of a module that the analysis reads.
#[derive(Default)]
pub(in super::super) struct Binary<'a> {
    types: Vec<SubType>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// How many functions are imported.
    imported: usize,
    bodies: Vec<FunctionBody<'a>>,
    exports: HashMap<&'a str, (ExternalKind, u32)>,
    /// Values of globals that are constant numbers.
    globals: Vec<Option<u32>>,
    segments: Vec<(u32, &'a [u8])>,
}

impl<'a> Binary<'a> {
    /// Reads a module that the compiler has accepted.
    ///
    /// # Errors
    /// Where the parser disagrees with the compiler.
    pub(in super::super) fn read(bytes: &'a [u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut binary = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            binary.add(payload?)?;
        }
        Ok(binary)
    }

    fn add(&mut self, payload: Payload<'a>) -> Result<(), wasmparser::BinaryReaderError> {
        match payload {
            Payload::TypeSection(groups) => {
                for group in groups {
                    self.types.extend(group?.into_types());
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import?.ty {
                        TypeRef::Func(ty) => {
                            self.functions.push(ty);
                            self.imported += 1;
                        }
                        TypeRef::Global(_) => self.globals.push(None),
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.globals.push(constant(&global?.init_expr));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    self.exports.insert(export.name, (export.kind, export.index));
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment?;
                    if let DataKind::Active { memory_index: 0, offset_expr } = segment.kind
                        && let Some(offset) = constant(&offset_expr)
                    {
                        self.segments.push((offset, segment.data));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether any code asks how large the memory is, or makes it larger: only then could it take pages
    /// for its own that somebody else added.
    pub(in super::super) fn looks_at_its_memory(&self) -> bool {
        let looks = |operator: Operator| matches!(operator, Operator::MemoryGrow { .. } | Operator::MemorySize { .. });
        self.bodies.iter().any(|body| {
            // What cannot be read could do anything.
            body.get_operators_reader()
                .map_or(true, |operators| operators.into_iter().any(|operator| operator.map_or(true, looks)))
        })
    }

    /// The index of the exported function `name`.
    pub(in super::super) fn function(&self, name: &str) -> Option<u32> {
        self.exports.get(name).filter(|(kind, _)| *kind == ExternalKind::Func).map(|(_, index)| *index)
    }

    /// The value of the exported constant `name`.
    pub(in super::super) fn constant(&self, name: &str) -> Option<u32> {
        let (_, index) = self.exports.get(name).filter(|(kind, _)| *kind == ExternalKind::Global)?;
        *self.globals.get(*index as usize)?
    }

    /// Whether a function is imported. Imported functions come first.
    pub(in super::super) fn is_import(&self, function: u32) -> bool {
        (function as usize) < self.imported
    }

    /// The body of a function that the module itself defines.
    pub(in super::super) fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get((function as usize).checked_sub(self.imported)?)
    }

    /// The numbers of parameters and results of a function.
    pub(in super::super) fn arity(&self, function: u32) -> Option<(usize, usize)> {
        self.type_arity(*self.functions.get(function as usize)?)
    }

    /// The numbers of parameters and results of a type.
    pub(in super::super) fn type_arity(&self, ty: u32) -> Option<(usize, usize)> {
        match &self.types.get(ty as usize)?.composite_type.inner {
            CompositeInnerType::Func(ty) => Some((ty.params().len(), ty.results().len())),
            _ => None,
        }
    }

    /// The addresses in static data that are multiples of `step`.
    pub(in super::super) fn static_addresses(&self, step: u32) -> impl Iterator<Item = u32> {
        let spans = self.segments.iter().map(move |(start, data)| {
            let end = start.saturating_add(u32::try_from(data.len()).unwrap_or(u32::MAX));
            (start.next_multiple_of(step), end)
        });
        spans.flat_map(move |(start, end)| (start..end).step_by(step as usize)).take(MAX_ADDRESSES)
    }

    /// The word of static data at an address; where no segment covers it, memory is zero.
    pub(in super::super) fn word(&self, address: u32) -> u32 {
        let byte = |address: u32| {
            let covering = |(start, data): &(u32, &[u8])| data.get(address.checked_sub(*start)? as usize).copied();
            self.segments.iter().rev().find_map(covering).unwrap_or(0)
        };
        u32::from_le_bytes([0, 1, 2, 3].map(|at| byte(address.wrapping_add(at))))
    }
}

/// Enough for the instructions that neither branch nor suspend; the analysis knows the others itself.
impl ModuleArity for Binary<'_> {
    fn sub_type_at(&self, ty: u32) -> Option<&SubType> {
        self.types.get(ty as usize)
    }

    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn type_index_of_function(&self, function: u32) -> Option<u32> {
        self.functions.get(function as usize).copied()
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        0
    }

    fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
        None
    }
}

fn constant(expression: &wasmparser::ConstExpr) -> Option<u32> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value.cast_unsigned()),
        _ => None,
    }
}

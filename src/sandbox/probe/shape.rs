//! What has to be known of a module before its code is rewritten: its types, and whether it catches exceptions.

use wasmparser::{BlockType, CompositeInnerType, FunctionBody, Operator, Parser, Payload, TypeRef, ValType};

/// A module in outline.
#[derive(Default)]
pub(super) struct Shape {
    /// By index; none for those that are no functions.
    types: Vec<Option<Signature>>,
    /// The types of the module's own functions, by index.
    functions: Vec<u32>,
    pub(super) imported_functions: u32,
    /// Whether some function catches exceptions.
    pub(super) catches: bool,
}

struct Signature {
    params: u32,
    results: Vec<ValType>,
}

impl Shape {
    /// # Errors
    /// When the bytes are no module.
    pub(super) fn read(bytes: &[u8]) -> wasmparser::Result<Self> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        shape.types.extend(group?.into_types().map(|ty| signature(&ty.composite_type.inner)));
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            shape.imported_functions += 1;
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    shape.functions = section.into_iter().collect::<wasmparser::Result<_>>()?;
                }
                Payload::CodeSectionEntry(body) => shape.catches = shape.catches || catches(&body)?,
                _ => {}
            }
        }
        Ok(shape)
    }

    /// How many types there are.
    pub(super) fn type_count(&self) -> u32 {
        self.types.len() as u32
    }

    /// Whether there is no function to rewrite.
    pub(super) fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// How many parameters the module's own function at this position has.
    pub(super) fn params(&self, function: u32) -> u32 {
        self.signature(function).map_or(0, |signature| signature.params)
    }

    /// What that function gives.
    pub(super) fn results(&self, function: u32) -> &[ValType] {
        self.signature(function).map_or(&[], |signature| &signature.results)
    }

    /// All lists of several results that functions of the module give, each once.
    pub(super) fn several_results(&self) -> Vec<&[ValType]> {
        let mut lists: Vec<&[ValType]> = Vec::new();
        for function in 0..self.functions.len() as u32 {
            let results = self.results(function);
            if results.len() > 1 && !lists.contains(&results) {
                lists.push(results);
            }
        }
        lists
    }

    fn signature(&self, function: u32) -> Option<&Signature> {
        let ty = self.functions.get(function as usize)?;
        self.types.get(*ty as usize)?.as_ref()
    }
}

fn signature(ty: &CompositeInnerType) -> Option<Signature> {
    match ty {
        CompositeInnerType::Func(function) => {
            Some(Signature { params: function.params().len() as u32, results: function.results().to_vec() })
        }
        _ => None,
    }
}

fn catches(body: &FunctionBody<'_>) -> wasmparser::Result<bool> {
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        if matches!(reader.read()?, Operator::TryTable { .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the exceptions that a function catches lead: to blocks, by the order in which those begin, and to the
/// function's own end.
#[derive(Default)]
pub(super) struct Landings {
    blocks: Vec<usize>,
    pub(super) end: bool,
}

impl Landings {
    pub(super) fn of(body: &FunctionBody<'_>) -> wasmparser::Result<Self> {
        let mut landings = Self::default();
        let (mut open, mut begun) = (Vec::new(), 0);
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if let Operator::TryTable { try_table } = &operator {
                for catch in &try_table.catches {
                    // Labels are counted from outside of the block that catches.
                    match (label(catch) as usize).checked_add(1).and_then(|up| open.len().checked_sub(up)) {
                        Some(at) => landings.blocks.extend(open.get(at).copied()),
                        None => landings.end = true,
                    }
                }
            }
            if begins_block(&operator).is_some() {
                open.push(begun);
                begun += 1;
            } else if matches!(operator, Operator::End) {
                open.pop();
            }
        }
        Ok(landings)
    }

    pub(super) fn contains(&self, block: usize) -> bool {
        self.blocks.contains(&block)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && !self.end
    }
}

fn label(catch: &wasmparser::Catch) -> u32 {
    match catch {
        wasmparser::Catch::One { label, .. }
        | wasmparser::Catch::OneRef { label, .. }
        | wasmparser::Catch::All { label }
        | wasmparser::Catch::AllRef { label } => *label,
    }
}

/// The type of the block that the operator begins.
pub(super) fn begins_block(operator: &Operator<'_>) -> Option<BlockType> {
    match operator {
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => Some(*blockty),
        Operator::TryTable { try_table } => Some(try_table.ty),
        _ => None,
    }
}

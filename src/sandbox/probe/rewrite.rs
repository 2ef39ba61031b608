//! Putting probes into a module: every function begins and ends with one, and so does whatever leaves a function
//! in another way. The module does the same otherwise; indices of functions move, and their names with them.

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, Function, ImportSection, Instruction, Module, SectionId, TypeSection, ValType,
};
use wasmparser::{CustomSectionReader, FunctionBody, KnownCustom, Operator, Parser};

use super::shape::{Landings, Shape, begins_block};
use super::{MODULE, Probe};

/// Which probes a module gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Extent {
    /// Those without which the engine's count is wrong: where exceptions are thrown and caught.
    Exceptions,
    /// All.
    Functions,
}

type Result<T> = std::result::Result<T, reencode::Error>;

/// The module with probes in it; `None` where it needs none.
///
/// # Errors
/// When the bytes are no module, in words.
pub(in crate::sandbox) fn rewritten(bytes: &[u8], extent: Extent) -> std::result::Result<Option<Vec<u8>>, String> {
    let shape = Shape::read(bytes).map_err(|error| error.to_string())?;
    if shape.is_empty() || extent == Extent::Exceptions && !shape.catches {
        return Ok(None);
    }
    let mut module = Module::new();
    let mut rewriter = Rewriter { shape, extent, imported: false, body: 0 };
    rewriter.parse_core_module(&mut module, Parser::new(0), bytes).map_err(|error| error.to_string())?;
    Ok(Some(module.finish()))
}

struct Rewriter {
    shape: Shape,
    extent: Extent,
    /// Whether the probes' imports are written.
    imported: bool,
    /// The position of the next function body.
    body: u32,
}

/// How one function is rewritten.
struct Plan {
    /// Where the depth of the call stack is noted.
    depth: u32,
    landings: Landings,
    /// Whether the body becomes a block, so that all that leads to its end leads to the probe behind it.
    is_wrapped: bool,
}

impl Reencode for Rewriter {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32> {
        let moved = if function < self.shape.imported_functions { 0 } else { Probe::ALL.len() as u32 };
        Ok(function + moved)
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32], []);
        let lists: Vec<Vec<wasmparser::ValType>> =
            self.shape.several_results().into_iter().map(<[_]>::to_vec).collect();
        for results in lists {
            let results = self.val_types(results)?;
            types.ty().function([], results);
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_import_section(self, imports, section)?;
        self.import_probes(imports);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<()> {
        let too_early = matches!(before, Some(SectionId::Type | SectionId::Import));
        if !self.imported && !too_early {
            let mut imports = ImportSection::new();
            self.import_probes(&mut imports);
            module.section(&imports);
        }
        Ok(())
    }

    fn parse_custom_section(&mut self, module: &mut Module, section: CustomSectionReader<'_>) -> Result<()> {
        // Others speak of places in the code, which have moved.
        if let KnownCustom::Name(names) = section.as_known()
            && let Ok(names) = self.custom_name_section(names)
        {
            module.section(&names);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<()> {
        let position = self.body;
        self.body += 1;
        let (locals, plan) = self.plan(&body, position)?;
        let mut function = Function::new(locals);
        self.begin(&mut function, &plan, position)?;
        let (mut open, mut begun) = (Vec::new(), 0);
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if matches!(operator, Operator::End) && open.is_empty() {
                self.end(&mut function, &plan);
                break;
            }
            self.probe_before(&operator, &mut function, &plan);
            let (is_loop, is_end) = (matches!(operator, Operator::Loop { .. }), matches!(operator, Operator::End));
            let (begins, calls_host) = (begins_block(&operator).is_some(), self.calls_host(&operator));
            function.instruction(&self.instruction(operator)?);
            let mut lands = calls_host;
            if begins {
                lands = is_loop && plan.landings.contains(begun);
                open.push((begun, is_loop));
                begun += 1;
            } else if is_end && let Some((block, is_loop)) = open.pop() {
                lands = !is_loop && plan.landings.contains(block);
            }
            if lands {
                self.call(&mut function, Probe::GoOn, &plan);
            }
        }
        code.function(&function);
        Ok(())
    }
}

impl Rewriter {
    fn import_probes(&mut self, imports: &mut ImportSection) {
        self.imported = true;
        for probe in Probe::ALL {
            let ty = self.shape.type_count() + u32::from(probe != Probe::Enter);
            imports.import(MODULE, probe.name(), EntityType::Function(ty));
        }
    }

    /// Every function is looked after, not only those where exceptions pass.
    fn is_full(&self) -> bool {
        self.extent == Extent::Functions
    }

    fn plan(&mut self, body: &FunctionBody<'_>, position: u32) -> Result<(Vec<(u32, ValType)>, Plan)> {
        let mut locals = Vec::new();
        let mut depth = self.shape.params(position);
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            depth = depth.saturating_add(count);
            locals.push((count, self.val_type(ty)?));
        }
        if self.is_full() {
            locals.push((1, ValType::I32));
        }
        let landings = if self.shape.catches { Landings::of(body)? } else { Landings::default() };
        let is_wrapped = self.is_full() || !landings.is_empty();
        Ok((locals, Plan { depth, landings, is_wrapped }))
    }

    fn begin(&mut self, function: &mut Function, plan: &Plan, position: u32) -> Result<()> {
        if self.is_full() {
            let index = self.shape.imported_functions + position;
            function.instruction(&Instruction::I32Const(index.cast_signed()));
            function.instruction(&Instruction::Call(self.index_of(Probe::Enter)));
            function.instruction(&Instruction::LocalSet(plan.depth));
        }
        if plan.is_wrapped {
            let ty = match self.shape.results(position) {
                [] => BlockType::Empty,
                [only] => {
                    let only = *only;
                    BlockType::Result(self.val_type(only)?)
                }
                several => {
                    let at = self.shape.several_results().iter().position(|list| *list == several).unwrap_or(0);
                    BlockType::FunctionType(self.shape.type_count() + 2 + at as u32)
                }
            };
            function.instruction(&Instruction::Block(ty));
        }
        Ok(())
    }

    fn end(&self, function: &mut Function, plan: &Plan) {
        if plan.is_wrapped {
            function.instruction(&Instruction::End);
        }
        if self.is_full() {
            self.call(function, Probe::Leave, plan);
        } else if plan.landings.end {
            self.call(function, Probe::GoOn, plan);
        }
        function.instruction(&Instruction::End);
    }

    fn probe_before(&self, operator: &Operator<'_>, function: &mut Function, plan: &Plan) {
        match operator {
            Operator::Throw { .. } | Operator::ThrowRef => self.call(function, Probe::Throw, plan),
            Operator::Return if self.is_full() => self.call(function, Probe::Leave, plan),
            Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. }
                if self.is_full() =>
            {
                self.call(function, Probe::Pass, plan);
            }
            _ => {}
        }
    }

    /// Whether the host runs next, which may call functions and end them before their time.
    fn calls_host(&self, operator: &Operator<'_>) -> bool {
        let imported = self.shape.imported_functions;
        self.is_full() && matches!(operator, Operator::Call { function_index } if *function_index < imported)
    }

    fn call(&self, function: &mut Function, probe: Probe, plan: &Plan) {
        let depth = if self.is_full() { Instruction::LocalGet(plan.depth) } else { Instruction::I32Const(0) };
        function.instruction(&depth);
        function.instruction(&Instruction::Call(self.index_of(probe)));
    }

    fn index_of(&self, probe: Probe) -> u32 {
        let at = Probe::ALL.iter().position(|known| *known == probe).unwrap_or(0);
        self.shape.imported_functions + at as u32
    }
}

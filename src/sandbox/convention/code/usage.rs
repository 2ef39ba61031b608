//! What a function does with a parameter, read from its code. A pointer to a string, to a byte array
//! or to room for a result, a handle and a number look the same in a signature; how they are used
//! tells them apart.
//!
//! Follows the parameter through locals, constant offsets, calls, and objects that it is stored in. What it does not understand it
//! passes over: then there is no evidence, never a wrong one by intent.

use std::collections::HashMap;

use wasmparser::{BlockType, Operator};

use super::binary::Binary;

/// Deepest chain of calls that is followed.
const MAX_DEPTH: u32 = 12;
/// Instructions looked at for one exported function.
const MAX_INSTRUCTIONS: u32 = 200_000;
/// Where the size of an object's content lies before its pointer.
const SIZE_OFFSET: i64 = -4;

/// What the code does with a parameter.
#[derive(Debug, Default)]
pub(in super::super) struct Usage {
    /// The words at 0, 4 or 8 are read.
    pub(in super::super) reads_fields: bool,
    /// The word before it is read, where AssemblyScript keeps an object's size.
    pub(in super::super) reads_size: bool,
    /// That size is halved, or units of two bytes are read: a string.
    pub(in super::super) reads_text: bool,
    /// Single bytes are read.
    pub(in super::super) reads_bytes: bool,
    /// Words are written at 0 to 12.
    pub(in super::super) writes_words: bool,
    /// It is compared or calculated with as a number.
    pub(in super::super) calculates: bool,
    /// It is handed to imports: their indices, and the position of the argument.
    pub(in super::super) imports: Vec<(u32, usize)>,
}

/// How a parameter of a function is used.
pub(in super::super) fn of_parameter(binary: &Binary, function: u32, parameter: usize) -> Usage {
    let mut search = Search {
        binary,
        seen: HashMap::new(),
        objects: 0,
        holders: HashMap::new(),
        left: MAX_INSTRUCTIONS,
        found: Usage::default(),
    };
    search.follow(function, parameter, Known::Pointer(0), 0);
    search.found
}

struct Search<'a> {
    binary: &'a Binary<'a>,
    /// What functions return that were followed already, by their parameter and what was known of it.
    seen: HashMap<(u32, usize, Known), Known>,
    /// How many values were told apart by a number.
    objects: u32,
    /// Objects that the pointer was stored in, and where in them.
    holders: HashMap<u32, i64>,
    left: u32,
    found: Usage,
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Known {
    Nothing,
    /// The result of a call or of a look at a global: the same number is the same value.
    Object(u32),
    /// An object that holds the pointer so many bytes after its beginning.
    Holder(i64),
    /// The pointer, moved by this many bytes.
    Pointer(i64),
    /// The size that lies before the pointer.
    Size,
    Constant(i64),
}

/// A function's values while its instructions pass by.
struct Frame {
    stack: Vec<Known>,
    locals: Vec<Known>,
    /// Height of the stack below each open block, and how many values the block leaves.
    blocks: Vec<(usize, usize)>,
    /// What the function returns, where all its ends agree.
    returned: Option<Known>,
}

impl Frame {
    fn pop(&mut self) -> Known {
        let floor = self.blocks.last().map_or(0, |(height, _)| *height);
        if self.stack.len() > floor { self.stack.pop().unwrap_or(Known::Nothing) } else { Known::Nothing }
    }

    fn push(&mut self, value: Known) {
        self.stack.push(value);
    }

    fn leave(&mut self) {
        // Code after a `return` reaches the end with nothing on the stack.
        if let Some(value) = self.stack.last().copied() {
            let agreed = self.returned.is_none_or(|returned| returned == value);
            self.returned = Some(if agreed { value } else { Known::Nothing });
        }
    }

    fn end(&mut self) {
        if let Some((height, results)) = self.blocks.pop() {
            self.stack.truncate(height);
            self.stack.resize(height + results, Known::Nothing);
        }
    }
}

impl Search<'_> {
    /// Follows a value into a function's parameter, and tells what comes back.
    fn follow(&mut self, function: u32, parameter: usize, value: Known, depth: u32) -> Known {
        let key = (function, parameter, value);
        if let Some(known) = self.seen.get(&key) {
            return *known;
        }
        let binary = self.binary;
        let (Some(body), Some((params, _)), true) = (binary.body(function), binary.arity(function), depth <= MAX_DEPTH)
        else {
            return Known::Nothing;
        };
        // A function that calls itself returns nothing known.
        self.seen.insert(key, Known::Nothing);
        let mut locals = vec![Known::Nothing; params];
        if let Some(local) = locals.get_mut(parameter) {
            *local = value;
        }
        let mut frame = Frame { stack: Vec::new(), locals, blocks: Vec::new(), returned: None };
        let Ok(mut operators) = body.get_operators_reader() else { return Known::Nothing };
        while let (false, Ok(operator)) = (operators.eof() || self.left == 0, operators.read()) {
            self.left -= 1;
            // The end of the function returns as `return` does.
            if matches!(operator, Operator::Return) || operators.eof() {
                frame.leave();
            }
            self.step(&mut frame, &operator, depth);
        }
        let returned = frame.returned.unwrap_or(Known::Nothing);
        self.seen.insert(key, returned);
        returned
    }

    fn step(&mut self, frame: &mut Frame, operator: &Operator, depth: u32) {
        match operator {
            Operator::LocalGet { local_index } => {
                let value = frame.locals.get(*local_index as usize).copied().unwrap_or(Known::Nothing);
                frame.push(value);
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                let value = frame.pop();
                let at = *local_index as usize;
                // Locals beyond the parameters come into being when they are first set.
                if at >= frame.locals.len() && at < 50_000 {
                    frame.locals.resize(at + 1, Known::Nothing);
                }
                if let Some(local) = frame.locals.get_mut(at) {
                    *local = value;
                }
                if matches!(operator, Operator::LocalTee { .. }) {
                    frame.push(value);
                }
            }
            Operator::I32Const { value } => frame.push(Known::Constant(i64::from(*value))),
            Operator::Call { function_index } => self.call(frame, *function_index, depth),
            Operator::Block { blockty } | Operator::Loop { blockty } => self.open(frame, *blockty),
            Operator::If { blockty } => {
                frame.pop();
                self.open(frame, *blockty);
            }
            Operator::Else => {
                if let Some((height, _)) = frame.blocks.last() {
                    frame.stack.truncate(*height);
                }
            }
            Operator::End => frame.end(),
            Operator::BrIf { .. } => _ = frame.pop(),
            _ => self.compute(frame, operator),
        }
    }

    fn open(&self, frame: &mut Frame, ty: BlockType) {
        let (params, results) = match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(ty) => self.binary.type_arity(ty).unwrap_or_default(),
        };
        frame.blocks.push((frame.stack.len().saturating_sub(params), results));
    }

    fn call(&mut self, frame: &mut Frame, function: u32, depth: u32) {
        let Some((params, results)) = self.binary.arity(function) else { return };
        let mut returned = Known::Nothing;
        for parameter in (0..params).rev() {
            let argument = self.resolved(frame.pop());
            if let Known::Pointer(_) | Known::Holder(_) = argument {
                if argument == Known::Pointer(0) && self.binary.is_import(function) {
                    self.found.imports.push((function, parameter));
                }
                let known = self.follow(function, parameter, argument, depth + 1);
                returned = if returned == Known::Nothing { known } else { returned };
            }
        }
        if results == 1 && returned == Known::Nothing {
            returned = self.object();
        }
        (0..results).for_each(|_| frame.push(returned));
    }

    /// A value of its own.
    fn object(&mut self) -> Known {
        self.objects += 1;
        Known::Object(self.objects)
    }

    /// A value with what was found out about it since it came up.
    fn resolved(&self, value: Known) -> Known {
        match value {
            Known::Object(number) => self.holders.get(&number).map_or(value, |at| Known::Holder(*at)),
            other => other,
        }
    }

    fn compute(&mut self, frame: &mut Frame, operator: &Operator) {
        use Operator as O;
        match operator {
            O::I32Add | O::I32Sub => {
                let (b, a) = (frame.pop(), frame.pop());
                let sign = if matches!(operator, O::I32Sub) { -1 } else { 1 };
                frame.push(match (a, b) {
                    (Known::Pointer(at), Known::Constant(by)) => Known::Pointer(at + sign * by),
                    (Known::Constant(by), Known::Pointer(at)) if sign == 1 => Known::Pointer(at + by),
                    _ => Known::Nothing,
                });
            }
            O::I32Load { memarg } => {
                let address = self.resolved(frame.pop());
                if let (Known::Holder(at), Ok(offset)) = (address, i64::try_from(memarg.offset)) {
                    frame.push(if at == offset { Known::Pointer(0) } else { Known::Nothing });
                    return;
                }
                let at = self.access(address, memarg.offset);
                frame.push(match at {
                    Some(SIZE_OFFSET) => {
                        self.found.reads_size = true;
                        Known::Size
                    }
                    Some(0 | 4 | 8) => {
                        self.found.reads_fields = true;
                        Known::Nothing
                    }
                    _ => Known::Nothing,
                });
            }
            O::I32Load16U { memarg } | O::I32Load16S { memarg } => {
                self.found.reads_text |= self.access(frame.pop(), memarg.offset).is_some_and(|at| at >= 0);
                frame.push(Known::Nothing);
            }
            O::I32Load8U { memarg } | O::I32Load8S { memarg } => {
                self.found.reads_bytes |= self.access(frame.pop(), memarg.offset).is_some_and(|at| at >= 0);
                frame.push(Known::Nothing);
            }
            O::I32Store { memarg } | O::I64Store { memarg } => {
                let (value, address) = (frame.pop(), frame.pop());
                if let (Known::Pointer(0), Known::Object(number), Ok(offset)) =
                    (value, address, i64::try_from(memarg.offset))
                {
                    self.holders.insert(number, offset);
                }
                let at = self.access(address, memarg.offset);
                self.found.writes_words |= at.is_some_and(|at| (0..=12).contains(&at));
            }
            O::I32ShrU | O::I32ShrS | O::I32And => {
                let (b, a) = (frame.pop(), frame.pop());
                self.found.reads_text |= a == Known::Size && matches!(b, Known::Constant(1 | -2));
                frame.push(Known::Nothing);
            }
            O::I32LtS | O::I32LeS | O::I32GtS | O::I32GeS | O::I32Mul | O::I32DivS | O::I32RemS => {
                let (b, a) = (frame.pop(), frame.pop());
                self.found.calculates |= [a, b].contains(&Known::Pointer(0));
                frame.push(Known::Nothing);
            }
            O::F64ConvertI32S | O::F64ConvertI32U | O::F32ConvertI32S | O::F32ConvertI32U | O::I64ExtendI32S => {
                self.found.calculates |= frame.pop() == Known::Pointer(0);
                frame.push(Known::Nothing);
            }
            other => self.pass(frame, other),
        }
    }

    /// Where an access lies from the pointer, if it goes through the pointer.
    fn access(&self, address: Known, offset: u64) -> Option<i64> {
        match address {
            Known::Pointer(at) => at.checked_add(i64::try_from(offset).ok()?),
            _ => None,
        }
    }

    /// Any other instruction: its operands go, its results are unknown.
    fn pass(&mut self, frame: &mut Frame, operator: &Operator) {
        match operator.operator_arity(self.binary) {
            Some((pops, pushes)) => {
                (0..pops).for_each(|_| _ = frame.pop());
                let pushed =
                    if matches!(operator, Operator::GlobalGet { .. }) { self.object() } else { Known::Nothing };
                (0..pushes).for_each(|_| frame.push(pushed));
            }
            // What the stack holds is not known any more.
            None => frame.stack.truncate(frame.blocks.last().map_or(0, |(height, _)| *height)),
        }
    }
}

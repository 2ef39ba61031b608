//! What a function does with the pointer that it gets, read from its code. A string, a buffer and a
//! byte array look the same in a signature; how their fields are read tells them apart.
//!
//! Follows the pointer through locals, constant offsets and calls. What it does not understand it
//! passes over: then there is no evidence, never a wrong one by intent.

use std::collections::HashSet;

use wasmparser::{BlockType, Operator};

use super::binary::Binary;

/// Deepest chain of calls that is followed.
const MAX_DEPTH: u32 = 12;
/// Instructions looked at for one exported function.
const MAX_INSTRUCTIONS: u32 = 200_000;
/// Where the size of an object's content lies before its pointer.
const SIZE_OFFSET: i64 = -4;

/// What the code reveals about a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// The fields of a view are read: `Uint8Array`.
    View,
    /// The size before the pointer is read and halved: `string`.
    Text,
    /// The size before the pointer is read as it is: `ArrayBuffer` or `StaticArray<u8>`.
    Buffer,
    /// It is calculated with and never used as an address.
    Number,
    /// Nothing is.
    Unknown,
}

/// How the first parameter of a function is used.
pub(super) fn of_first_parameter(binary: &Binary, function: u32) -> Usage {
    let mut search = Search { binary, seen: HashSet::new(), left: MAX_INSTRUCTIONS, found: Found::default() };
    search.follow(function, 0, 0);
    search.found.usage()
}

#[derive(Default)]
struct Found {
    fields: bool,
    size: bool,
    half_size: bool,
    bytes: bool,
    calculated: bool,
}

impl Found {
    /// A view's own size is never of interest, so who reads the size has no view.
    fn usage(&self) -> Usage {
        match self {
            Self { half_size: true, .. } => Usage::Text,
            Self { size: true, .. } => Usage::Buffer,
            Self { fields: true, .. } => Usage::View,
            Self { bytes: true, .. } => Usage::Buffer,
            Self { calculated: true, .. } => Usage::Number,
            _ => Usage::Unknown,
        }
    }
}

struct Search<'a> {
    binary: &'a Binary<'a>,
    /// Functions and parameters that were followed already.
    seen: HashSet<(u32, usize)>,
    left: u32,
    found: Found,
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
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
}

impl Frame {
    fn pop(&mut self) -> Known {
        let floor = self.blocks.last().map_or(0, |(height, _)| *height);
        if self.stack.len() > floor { self.stack.pop().unwrap_or(Known::Nothing) } else { Known::Nothing }
    }

    fn push(&mut self, value: Known) {
        self.stack.push(value);
    }

    fn end(&mut self) {
        if let Some((height, results)) = self.blocks.pop() {
            self.stack.truncate(height);
            self.stack.resize(height + results, Known::Nothing);
        }
    }
}

impl Search<'_> {
    fn follow(&mut self, function: u32, parameter: usize, depth: u32) {
        if depth > MAX_DEPTH || !self.seen.insert((function, parameter)) {
            return;
        }
        let binary = self.binary;
        let (Some(body), Some((params, _))) = (binary.body(function), binary.arity(function)) else { return };
        let mut locals = vec![Known::Nothing; params];
        if let Some(local) = locals.get_mut(parameter) {
            *local = Known::Pointer(0);
        }
        let mut frame = Frame { stack: Vec::new(), locals, blocks: Vec::new() };
        let Ok(mut operators) = body.get_operators_reader() else { return };
        while let (false, Ok(operator)) = (operators.eof() || self.left == 0, operators.read()) {
            self.left -= 1;
            self.step(&mut frame, &operator, depth);
        }
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
        for parameter in (0..params).rev() {
            if frame.pop() == Known::Pointer(0) {
                self.follow(function, parameter, depth + 1);
            }
        }
        (0..results).for_each(|_| frame.push(Known::Nothing));
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
                let at = self.access(frame.pop(), memarg.offset);
                frame.push(match at {
                    Some(SIZE_OFFSET) => {
                        self.found.size = true;
                        Known::Size
                    }
                    Some(0 | 4 | 8) => {
                        self.found.fields = true;
                        Known::Nothing
                    }
                    _ => Known::Nothing,
                });
            }
            O::I32Load16U { memarg } | O::I32Load16S { memarg } => {
                self.found.half_size |= self.access(frame.pop(), memarg.offset).is_some_and(|at| at >= 0);
                frame.push(Known::Nothing);
            }
            O::I32Load8U { memarg } | O::I32Load8S { memarg } => {
                self.found.bytes |= self.access(frame.pop(), memarg.offset).is_some_and(|at| at >= 0);
                frame.push(Known::Nothing);
            }
            O::I32ShrU | O::I32ShrS | O::I32And => {
                let (b, a) = (frame.pop(), frame.pop());
                self.found.half_size |= a == Known::Size && matches!(b, Known::Constant(1 | -2));
                frame.push(Known::Nothing);
            }
            O::I32LtS | O::I32LeS | O::I32GtS | O::I32GeS | O::I32Mul | O::I32DivS | O::I32RemS => {
                let (b, a) = (frame.pop(), frame.pop());
                self.found.calculated |= [a, b].contains(&Known::Pointer(0));
                frame.push(Known::Nothing);
            }
            O::F64ConvertI32S | O::F64ConvertI32U | O::F32ConvertI32S | O::F32ConvertI32U | O::I64ExtendI32S => {
                self.found.calculated |= frame.pop() == Known::Pointer(0);
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
    fn pass(&self, frame: &mut Frame, operator: &Operator) {
        match operator.operator_arity(self.binary) {
            Some((pops, pushes)) => {
                (0..pops).for_each(|_| _ = frame.pop());
                (0..pushes).for_each(|_| frame.push(Known::Nothing));
            }
            // What the stack holds is not known any more.
            None => frame.stack.truncate(frame.blocks.last().map_or(0, |(height, _)| *height)),
        }
    }
}

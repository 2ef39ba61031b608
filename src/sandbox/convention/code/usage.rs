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
const MAX_DEPTH: u32 = 32;
/// Instructions looked at for one exported function.
const MAX_INSTRUCTIONS: u32 = 200_000;
/// Bytes of a structure that could hold the pointer.
const STRUCTURE: i64 = 16;
/// Most locals that are kept for each open block.
const MAX_KEPT: usize = 256;
/// Where the size of an object's content lies before its pointer.
const SIZE_OFFSET: i64 = -4;
/// How far from a pointer an access is still one to what it points at. Static data begins at 1024:
/// an access at a constant of that size and more goes through an index, which is a number.
const NEAR: std::ops::Range<i64> = -64..1024;
/// The global in which the linkers of C, C++ and Rust keep the stack pointer. Code that is not
/// optimised keeps its parameters on that stack.
const STACK_POINTER: u32 = 0;

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
    /// Memory that it leads to is read, at it or at some distance from it.
    pub(in super::super) reads: bool,
    /// Memory that it leads to is written, at it or at some distance from it.
    pub(in super::super) writes: bool,
    /// It goes where it is not followed: into memory, into imports, into calls through a table.
    pub(in super::super) escapes: bool,
    /// Something is done with it.
    pub(in super::super) used: bool,
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
    search.found.escapes |= search.left == 0;
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
    /// The pointer, moved by an unknown number of bytes.
    Inside,
    /// A place on the stack, relative to where the function found it.
    Stack(i64),
    /// The size that lies before the pointer.
    Size,
    Constant(i64),
}

/// A function's values while its instructions pass by.
struct Frame {
    stack: Vec<Known>,
    locals: Vec<Known>,
    /// What was put on the stack in memory, by its place.
    slots: HashMap<i64, Known>,
    blocks: Vec<Block>,
    /// Whether the next instruction cannot be reached from the one before.
    dead: bool,
    /// What the function returns, where all its ends agree.
    returned: Option<Known>,
}

/// An open block.
struct Block {
    /// Height of the stack below it.
    height: usize,
    /// How many values it leaves.
    results: usize,
    /// The locals where it begins; none where there are too many to keep.
    locals: Option<Vec<Known>>,
}

impl Known {
    fn is_pointer(self) -> bool {
        matches!(self, Self::Pointer(_) | Self::Inside)
    }
}

impl Frame {
    fn pop(&mut self) -> Known {
        let floor = self.blocks.last().map_or(0, |block| block.height);
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

    /// An address on the stack where the pointer lies, or not far behind it, as in a structure that is
    /// handed over or copied as a whole: it holds the pointer.
    fn holder(&self, address: Known) -> Known {
        let Known::Stack(at) = address else { return address };
        let held = self.slots.iter().filter(|(_, value)| value.is_pointer()).map(|(place, _)| place - at);
        held.filter(|distance| (0..STRUCTURE).contains(distance)).min().map_or(address, Known::Holder)
    }

    /// Whether what is read as a whole at an address on the stack is or holds the pointer.
    fn holds_pointer(&self, address: Known, offset: u64) -> bool {
        let place = slot(address, offset).map_or(Known::Nothing, Known::Stack);
        matches!(self.holder(place), Known::Holder(_))
    }

    /// The second half of an `if` begins with what the first began with.
    fn otherwise(&mut self) {
        self.dead = false;
        if let Some(block) = self.blocks.last_mut() {
            self.stack.truncate(block.height);
            if let Some(locals) = &block.locals {
                self.locals.clone_from(locals);
            }
        }
    }

    fn end(&mut self) {
        let Some(Block { height, results, locals }) = self.blocks.pop() else { return };
        self.stack.truncate(height);
        self.stack.resize(height + results, Known::Nothing);
        // Where nobody comes through the end of the block, what it did last to the locals does not hold.
        if let (true, Some(before)) = (self.dead, locals) {
            for (local, before) in self.locals.iter_mut().zip(before) {
                *local = before;
            }
        }
        self.dead = false;
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
            self.found.escapes = true;
            return Known::Nothing;
        };
        // A function that calls itself returns nothing known.
        self.seen.insert(key, Known::Nothing);
        let mut locals = vec![Known::Nothing; params];
        if let Some(local) = locals.get_mut(parameter) {
            *local = value;
        }
        let mut frame =
            Frame { stack: Vec::new(), locals, slots: HashMap::new(), blocks: Vec::new(), dead: false, returned: None };
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
            Operator::Else => frame.otherwise(),
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
        frame.blocks.push(Block {
            height: frame.stack.len().saturating_sub(params),
            results,
            locals: (frame.locals.len() <= MAX_KEPT).then(|| frame.locals.clone()),
        });
    }

    fn call(&mut self, frame: &mut Frame, function: u32, depth: u32) {
        let Some((params, results)) = self.binary.arity(function) else { return };
        let mut returned = Known::Nothing;
        for parameter in (0..params).rev() {
            let value = frame.pop();
            let argument = frame.holder(self.resolved(value));
            if argument.is_pointer() || matches!(argument, Known::Holder(_)) {
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
                self.found.used |= a.is_pointer() || b.is_pointer();
                frame.push(match (a, b) {
                    (Known::Pointer(at), Known::Constant(by)) => Known::Pointer(at + sign * by),
                    (Known::Constant(by), Known::Pointer(at)) if sign == 1 => Known::Pointer(at + by),
                    (Known::Stack(at), Known::Constant(by)) => Known::Stack(at + sign * by),
                    // The distance of two pointers is a number.
                    (Known::Pointer(_) | Known::Inside, b) if sign == 1 || !b.is_pointer() => Known::Inside,
                    (_, Known::Pointer(_) | Known::Inside) if sign == 1 => Known::Inside,
                    _ => Known::Nothing,
                });
            }
            O::GlobalGet { global_index: STACK_POINTER } => frame.push(Known::Stack(0)),
            O::I32Load { memarg } => {
                let address = self.resolved(frame.pop());
                if let (Known::Holder(at), Ok(offset)) = (address, i64::try_from(memarg.offset)) {
                    frame.push(if at == offset { Known::Pointer(0) } else { Known::Nothing });
                    return;
                }
                if let Some(at) = slot(address, memarg.offset) {
                    frame.push(frame.slots.get(&at).copied().unwrap_or(Known::Nothing));
                    return;
                }
                let at = self.read(address, memarg.offset);
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
                self.found.reads_text |= self.read(frame.pop(), memarg.offset).is_some_and(|at| at >= 0);
                frame.push(Known::Nothing);
            }
            O::I32Load8U { memarg } | O::I32Load8S { memarg } => {
                self.found.reads_bytes |= self.read(frame.pop(), memarg.offset).is_some_and(|at| at >= 0);
                frame.push(Known::Nothing);
            }
            O::I32Store { memarg } | O::I64Store { memarg } => {
                let (value, address) = (frame.pop(), frame.pop());
                if let Some(at) = slot(address, memarg.offset) {
                    frame.slots.insert(at, value);
                    return;
                }
                if let (Known::Pointer(0), Known::Object(number), Ok(offset)) =
                    (value, address, i64::try_from(memarg.offset))
                {
                    self.holders.insert(number, offset);
                }
                self.found.escapes |= value.is_pointer();
                let at = self.write(address, memarg.offset);
                self.found.writes_words |= at.is_some_and(|at| (0..=12).contains(&at));
            }
            O::Select => {
                let (_, b, a) = (frame.pop(), frame.pop(), frame.pop());
                frame.push(if a.is_pointer() { a } else { b });
            }
            O::MemoryCopy { .. } | O::MemoryFill { .. } => {
                let (_, source, target) = (frame.pop(), frame.pop(), frame.pop());
                self.write(target, 0);
                if matches!(operator, O::MemoryCopy { .. }) {
                    self.found.escapes |= frame.holds_pointer(source, 0);
                    self.read(source, 0);
                }
            }
            O::I32Store8 { memarg } | O::I32Store16 { memarg } => {
                self.found.escapes |= frame.pop().is_pointer();
                self.write(frame.pop(), memarg.offset);
            }
            O::I64Load { memarg }
            | O::I64Load8U { memarg }
            | O::I64Load8S { memarg }
            | O::I64Load16U { memarg }
            | O::I64Load16S { memarg }
            | O::I64Load32U { memarg }
            | O::I64Load32S { memarg }
            | O::F32Load { memarg }
            | O::F64Load { memarg }
            | O::V128Load { memarg } => {
                let address = frame.pop();
                self.found.escapes |= frame.holds_pointer(address, memarg.offset);
                self.read(address, memarg.offset);
                frame.push(Known::Nothing);
            }
            O::I64Store8 { memarg }
            | O::I64Store16 { memarg }
            | O::I64Store32 { memarg }
            | O::F32Store { memarg }
            | O::F64Store { memarg }
            | O::V128Store { memarg } => {
                frame.pop();
                self.write(frame.pop(), memarg.offset);
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

    /// Notes a read, and tells where it lies from the pointer, if it goes through the pointer.
    fn read(&mut self, address: Known, offset: u64) -> Option<i64> {
        let at = access(address, offset);
        self.found.reads |= address == Known::Inside || at.is_some_and(|at| NEAR.contains(&at));
        at
    }

    /// Notes a write, and tells where it lies from the pointer, if it goes through the pointer.
    fn write(&mut self, address: Known, offset: u64) -> Option<i64> {
        let at = access(address, offset);
        self.found.writes |= address == Known::Inside || at.is_some_and(|at| NEAR.contains(&at));
        at
    }

    /// Any other instruction: its operands go, its results are unknown.
    fn pass(&mut self, frame: &mut Frame, operator: &Operator) {
        match operator.operator_arity(self.binary) {
            Some((pops, pushes)) => {
                let pointers = (0..pops).filter(|_| frame.pop().is_pointer()).count();
                self.found.used |= pointers > 0;
                self.found.escapes |= pointers > 0 && is_way_out(operator);
                let pushed =
                    if matches!(operator, Operator::GlobalGet { .. }) { self.object() } else { Known::Nothing };
                (0..pushes).for_each(|_| frame.push(pushed));
            }
            // What the stack holds is not known any more.
            None => frame.stack.truncate(frame.blocks.last().map_or(0, |block| block.height)),
        }
        frame.dead |= matches!(
            operator,
            Operator::Unreachable
                | Operator::Br { .. }
                | Operator::BrTable { .. }
                | Operator::Return
                | Operator::Throw { .. }
        );
    }
}

/// Where an access lies from the pointer, if it goes through the pointer.
fn access(address: Known, offset: u64) -> Option<i64> {
    match address {
        Known::Pointer(at) => at.checked_add(i64::try_from(offset).ok()?),
        _ => None,
    }
}

/// The place on the stack that an access goes to.
fn slot(address: Known, offset: u64) -> Option<i64> {
    match address {
        Known::Stack(at) => at.checked_add(i64::try_from(offset).ok()?),
        _ => None,
    }
}

/// Whether what an instruction takes is out of sight after it.
fn is_way_out(operator: &Operator) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::CallIndirect { .. }
            | O::CallRef { .. }
            | O::ReturnCallIndirect { .. }
            | O::ReturnCall { .. }
            | O::GlobalSet { .. }
            | O::I64ExtendI32U
            | O::Br { .. }
            | O::BrTable { .. }
            | O::Throw { .. }
    )
}

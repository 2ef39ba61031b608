//! One call: an instance, the input in, the words that come back, and what they mean.

use wasmtime::{AsContext, Memory, RootScope, Val};

use super::super::super::fault::Stop;
use super::super::super::invocation::{Invocation, Phase};
use super::super::super::json;
use super::super::super::number::number_text;
use super::super::super::outcome::ApplicationError;
use super::super::super::output::error_object;
use super::super::Answer;
use super::super::core::{self, Export, Exports};
use super::glue::{FIRST_HANDLE, Regime};
use super::shape::{Input, Output};
use super::value::{Kind, Value, lock};
use super::{Function, WasmBindgen};

/// Bytes of the area for results: four words, 16-aligned.
const RESULT_AREA: i32 = 16;

/// Written to the result area before the call: words that the function leaves are not part of its
/// result. Odd numbers beyond any memory, so that no pointer or length equals them.
const UNTOUCHED: [u32; 4] = [0xFFF1_5EA1, 0xFFF2_5EA3, 0xFFF3_5EA5, 0xFFF4_5EA7];

impl WasmBindgen {
    pub(super) fn invoke(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let function = self.functions.get(function).ok_or_else(|| Stop::convention("No function at this position"))?;
        let Invocation { store, input, stopwatch, .. } = invocation;
        let memory = core::memory(store)?;
        // References made here end here: an instance may serve many calls.
        let store = &mut RootScope::new(store);

        stopwatch.enter(Phase::CopyIn, &*store);
        let mut arguments = Arguments::new();
        let area = match function.shape.output {
            Output::Words => Some(self.result_area(store)?),
            _ => None,
        };
        if let Some(area) = area {
            arguments.push(Val::I32(area.cast_signed()));
        }
        self.pass_input(store, function, input, &mut arguments)?;

        stopwatch.enter(Phase::Run, &*store);
        let results = run(store, &function.export, &arguments, function.results)?;

        stopwatch.enter(Phase::CopyOut, &*store);
        match area {
            Some(area) => self.words_in_memory(store, memory, area),
            None => self.results(store, memory, function, results.get(..function.results).unwrap_or_default()),
        }
    }

    /// Makes room for the result on the guest's own stack, and marks it.
    fn result_area(&self, store: &mut impl Exports) -> wasmtime::Result<u32> {
        let area = self.move_stack_pointer(store, -RESULT_AREA)?;
        let mut marks = Vec::with_capacity(16);
        UNTOUCHED.iter().for_each(|word| marks.extend(word.to_le_bytes()));
        self.glue.write(store, area, &marks)?;
        Ok(area)
    }

    fn move_stack_pointer(&self, store: &mut impl Exports, by: i32) -> wasmtime::Result<u32> {
        let export = self.stack_pointer.as_ref().ok_or_else(|| Stop::convention("The stack pointer is gone"))?;
        store.call(export, by)
    }

    fn pass_input(
        &self,
        store: &mut impl Exports,
        function: &Function,
        input: &[u8],
        arguments: &mut Arguments,
    ) -> wasmtime::Result<()> {
        match function.shape.input {
            Input::Nothing => {}
            Input::Bytes => {
                let (pointer, length) = self.glue.pass_bytes(store, input)?;
                arguments.push(Val::I32(pointer.cast_signed()));
                arguments.push(Val::I32(length.cast_signed()));
            }
            Input::Value { by_reference } => {
                let value = self.glue.object(store, Kind::Input(input.to_vec()))?;
                arguments.push(self.glue.pass_value(store, value, by_reference)?);
            }
        }
        Ok(())
    }

    /// The result in memory. How many words the function wrote tells its type.
    fn words_in_memory(&self, store: &mut impl Exports, memory: Memory, area: u32) -> wasmtime::Result<Answer> {
        let mut words = [0; 4];
        for (at, word) in (0_u32..).zip(&mut words) {
            *word = core::word(memory.data(&*store), area.saturating_add(at * 4))?;
        }
        self.move_stack_pointer(store, RESULT_AREA)?;
        let written = 4 - words.iter().zip(UNTOUCHED).rev().take_while(|(word, mark)| **word == *mark).count();
        match (written, words) {
            (0, _) => Err(Stop::convention("The function returned nothing at the address for its result")),
            (1 | 2, [first, second, ..]) => self.two_words(store, memory, first, second),
            (3, [value, error, is_error, _]) => {
                if is_error != 0 {
                    return self.error(store, error);
                }
                self.number_or_value(store, value)
            }
            (_, [pointer, length, error, is_error]) => {
                self.bytes_or_error(store, memory, [pointer, length, error, is_error])
            }
        }
    }

    fn results(
        &self,
        store: &mut impl Exports,
        memory: Memory,
        function: &Function,
        results: &[Val],
    ) -> wasmtime::Result<Answer> {
        let word = |at: usize| results.get(at).and_then(Val::i32).map(i32::cast_unsigned);
        match (function.shape.output, results) {
            (Output::Nothing, _) => Ok(Answer::Nothing),
            (Output::Value, [value]) => {
                let value = self.glue.value(store, value)?;
                self.answer(store, memory, &value)
            }
            (Output::Scalar { boolean: true }, [Val::I32(number)]) => {
                Ok(Answer::Text((*number != 0).to_string().into_bytes()))
            }
            // With references, a value would be one: this is a number.
            (Output::Scalar { .. }, [Val::I32(number)]) if self.glue.regime == Regime::Heap => {
                self.number_or_value(store, number.cast_unsigned())
            }
            (Output::Scalar { .. }, [number]) => Ok(scalar(number)),
            (Output::Option, [Val::I32(0), _]) => Ok(Answer::Nothing),
            (Output::Option, [_, number]) => Ok(scalar(number)),
            (Output::ScalarOrError, [number, error, is_error]) => match (error, is_error) {
                (_, Val::I32(0)) => match number {
                    Val::I32(number) => self.number_or_value(store, number.cast_unsigned()),
                    number => Ok(scalar(number)),
                },
                (Val::I32(error), _) => self.error(store, error.cast_unsigned()),
                _ => Err(unexpected()),
            },
            (Output::Results, [_, _]) => {
                let (first, second) = word(0).zip(word(1)).ok_or_else(unexpected)?;
                self.two_words(store, memory, first, second)
            }
            (Output::Results, [_, _, _, _]) => {
                let (first, rest) = word(0).zip(word(1)).zip(word(2).zip(word(3))).ok_or_else(unexpected)?;
                self.bytes_or_error(store, memory, [first.0, first.1, rest.0, rest.1])
            }
            _ => Err(unexpected()),
        }
    }

    /// Pointer and length, or the error of a `Result<(), E>` and whether it is one.
    ///
    /// A length of 1 looks like an error. It is one if the first word names a live JavaScript value:
    /// handles lie beyond all memory, and table indices below all allocations.
    fn two_words(&self, store: &mut impl Exports, memory: Memory, first: u32, second: u32) -> wasmtime::Result<Answer> {
        if (first, second) == (0, 0) {
            return Ok(Answer::Nothing);
        }
        let has_values = self.glue.regime == Regime::Heap || self.glue.table.is_some();
        if second == 1 && has_values && self.glue.peek(store, first)?.is_some() {
            return self.error(store, first);
        }
        self.bytes(store, memory, first, second)
    }

    fn bytes_or_error(&self, store: &mut impl Exports, memory: Memory, words: [u32; 4]) -> wasmtime::Result<Answer> {
        let [pointer, length, error, is_error] = words;
        if is_error != 0 {
            // The pointer is garbage then, and not to be freed.
            return self.error(store, error);
        }
        if (pointer, length) == (0, 0) {
            return Ok(Answer::Nothing);
        }
        self.bytes(store, memory, pointer, length)
    }

    fn bytes(&self, store: &mut impl Exports, memory: Memory, pointer: u32, length: u32) -> wasmtime::Result<Answer> {
        if pointer == 0 {
            return Err(Stop::convention(format!("The function returned {length} bytes at no address")));
        }
        let bytes = core::copy_output(memory, &*store, pointer, length)?;
        self.glue.free_bytes(store, pointer, length)?;
        Ok(Answer::Text(bytes))
    }

    fn error(&self, store: &mut impl Exports, index: u32) -> wasmtime::Result<Answer> {
        let error = self.glue.take(store, index)?;
        Ok(Answer::Error(application_error(&error)))
    }

    /// A number, unless it names a live JavaScript value.
    fn number_or_value(&self, store: &mut impl Exports, number: u32) -> wasmtime::Result<Answer> {
        let may_be_value = match self.glue.regime {
            Regime::Heap => number >= FIRST_HANDLE,
            Regime::Externref => self.glue.table.is_some() && number != 0,
        };
        if may_be_value && let Some(value) = self.glue.peek(store, number)? {
            let memory = self.glue.memory(store)?;
            return self.answer(store, memory, &value);
        }
        Ok(Answer::Text(number.cast_signed().to_string().into_bytes()))
    }

    /// A JavaScript value as JSON text.
    fn answer(&self, store: &mut impl Exports, memory: Memory, value: &Value) -> wasmtime::Result<Answer> {
        let limit = store.as_context().data().output;
        let text = |bytes: &[u8]| {
            let size = bytes.len() as u64;
            if size > limit {
                Err(Stop::OutputTooLarge { size, limit }.into())
            } else {
                Ok(Answer::Text(bytes.to_vec()))
            }
        };
        match value {
            Value::Undefined | Value::Null => Ok(Answer::Nothing),
            Value::Bool(_) | Value::Number(_) | Value::BigInt(_) => text(value.display().as_bytes()),
            Value::Object(object) => match &object.kind {
                Kind::Text(string) | Kind::TextOrView { text: Some(string), .. } => text(string.as_bytes()),
                Kind::Input(bytes) => text(bytes),
                Kind::Bytes(bytes) => text(&lock(bytes)),
                Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. } => {
                    core::copy_output(memory, &*store, *pointer, *length).map(Answer::Text)
                }
                Kind::Json(document) => text(document.to_string().as_bytes()),
                Kind::Error { .. } => Ok(Answer::Error(application_error(value))),
                _ => Err(Stop::convention("The function returned a JavaScript object that is not JSON")),
            },
        }
    }
}

/// The function's own error: a string, an `Error` or an object.
fn application_error(error: &Value) -> ApplicationError {
    match error.kind() {
        Some(Kind::Error { message, .. }) if !message.is_empty() => {
            ApplicationError { message: message.clone(), output: None }
        }
        Some(Kind::Json(document)) => {
            ApplicationError { message: json::error_message(document), output: Some(document.to_string()) }
        }
        _ => {
            let text = error.display();
            match error_object(&text) {
                Some(message) => ApplicationError { message, output: Some(text) },
                None => ApplicationError { message: text, output: None },
            }
        }
    }
}

fn unexpected() -> wasmtime::Error {
    Stop::convention("The function's results are not of the types that it declares")
}

fn scalar(number: &Val) -> Answer {
    let text = match number {
        Val::I32(number) => number.to_string(),
        Val::I64(number) => number.to_string(),
        Val::F32(bits) => number_text(f64::from(f32::from_bits(*bits))),
        Val::F64(bits) => number_text(f64::from_bits(*bits)),
        _ => return Answer::Nothing,
    };
    Answer::Text(text.into_bytes())
}

/// Up to three arguments, without an allocation.
struct Arguments {
    values: [Val; 3],
    count: usize,
}

impl Arguments {
    fn new() -> Self {
        Self { values: [Val::I32(0); 3], count: 0 }
    }

    fn push(&mut self, value: Val) {
        if let Some(slot) = self.values.get_mut(self.count) {
            *slot = value;
            self.count += 1;
        }
    }
}

/// Calls the function itself; results beyond its own count stay as they are.
fn run(store: &mut impl Exports, target: &Export, arguments: &Arguments, count: usize) -> wasmtime::Result<[Val; 4]> {
    let mut results = [Val::I32(0); 4];
    let given = arguments.values.get(..arguments.count).ok_or_else(unexpected)?;
    let taken = results.get_mut(..count).ok_or_else(unexpected)?;
    store.call_values(target, given, taken)?;
    Ok(results)
}

//! One call: the input and room for results go into the guest's memory, the function runs, and the
//! output is copied out. What the guest says about its memory is checked before it is used.

use wasmtime::{Store, Val};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::invocation::{Invocation, Phase};
use super::super::super::json;
use super::super::super::number::number_text;
use super::super::super::outcome::{ApplicationError, Origin};
use super::super::Answer;
use super::super::core::{self, Export, Exports, copy_output, slice, word};
use super::shape::{Gives, Role, Shape};
use super::{C, Place, State, place};

/// What stands in the room for results before the call: no function returns such a length.
const UNTOUCHED: u32 = u32::MAX;
/// Below this address C has no objects: a "pointer" there is a number.
const FIRST_OBJECT: u32 = 1024;

/// A function and its way to take and return bytes.
pub(super) struct Function {
    pub(super) export: Export,
    pub(super) shape: &'static Shape,
    /// What a result starts as, before the function sets it.
    result: Option<Val>,
}

impl Function {
    pub(super) fn new(export: Export, shape: &'static Shape, result: Option<&str>) -> Self {
        let result = result.map(|ty| match ty {
            "i64" => Val::I64(0),
            "f32" => Val::F32(0),
            "f64" => Val::F64(0),
            _ => Val::I32(0),
        });
        Self { export, shape, result }
    }
}

/// Where the results lie: pointer and length, each in its word.
#[derive(Clone, Copy)]
struct Slots {
    pointer: u32,
    length: u32,
}

impl C {
    pub(super) fn invoke(&self, function: usize, invocation: &mut Invocation) -> wasmtime::Result<Answer> {
        let function = self.functions.get(function).ok_or_else(|| Stop::convention("No function at this position"))?;
        let Invocation { store, input, stopwatch, .. } = invocation;

        stopwatch.enter(Phase::CopyIn, &*store);
        let roles = function.shape.parameters();
        let input = if function.shape.takes_input() { *input } else { &[] };
        let room = match function.shape.roles {
            [] => None,
            // Its length is all that the function knows: nothing stands behind it.
            [Role::Allocated] => Some(self.make_room(store, input, false)?),
            _ => Some(self.make_room(store, input, true)?),
        };
        let slots = room.as_ref().map_or(Slots { pointer: 0, length: 0 }, |(_, slots)| *slots);
        let start = room.as_ref().map_or(0, |(room, _)| room.start);
        let arguments = [0, 1, 2, 3].map(|at| {
            let word = match roles.get(at) {
                Some(Role::Input) => start,
                Some(Role::Length) => input.len() as u32,
                Some(Role::OutPointer | Role::OutPair) => slots.pointer,
                Some(Role::OutLength) => slots.length,
                Some(Role::Allocated) | None => 0,
            };
            Val::I32(word.cast_signed())
        });

        stopwatch.enter(Phase::Run, &*store);
        let mut results = [function.result.unwrap_or(Val::I32(0))];
        let given = arguments.get(..roles.len()).unwrap_or_default();
        let taken = results.get_mut(..usize::from(function.result.is_some())).unwrap_or_default();
        store.call_values(&function.export, given, taken)?;

        stopwatch.enter(Phase::CopyOut, &*store);
        let [result] = results;
        let answer = self.answer(store, function.shape, &result, slots)?;
        if let Some((room, _)) = &room {
            // A fresh instance ends with the call. Results are never freed: they may be static.
            if !matches!(self.place, Place::Allocator { .. }) || store.data().origin == Origin::Reused {
                self.place.give_back(store, room)?;
            }
        }
        Ok(answer)
    }

    /// Puts the input and, where there is more, a zero behind it and room for results into the guest's memory.
    fn make_room(&self, store: &mut Store<Host>, input: &[u8], more: bool) -> wasmtime::Result<(place::Room, Slots)> {
        // The zero, then up to the next multiple of 8, then two words.
        let padding = (input.len() + 1).next_multiple_of(8) - input.len();
        let mut tail = [0; 16];
        if let Some(words) = tail.get_mut(padding..) {
            words.fill(0xff);
        }
        let used = if more { padding + 8 } else { 0 };
        let size =
            u32::try_from(input.len() + used).map_err(|_| Stop::convention("More bytes than a guest can hold"))?;
        let room = self.place.make(store, size)?;
        place::fill(store, &room, input, tail.get(..used).unwrap_or_default())?;
        // The room was filled, so that these lie within memory.
        let pointer = room.start.saturating_add(size.saturating_sub(8));
        Ok((room, Slots { pointer, length: pointer.saturating_add(4) }))
    }

    fn answer(&self, store: &mut Store<Host>, shape: &Shape, result: &Val, slots: Slots) -> wasmtime::Result<Answer> {
        let word = result.i32().unwrap_or_default().cast_unsigned();
        let long = result.i64().unwrap_or_default().cast_unsigned();
        let (high, low) = ((long >> 32) as u32, long as u32);
        match shape.gives {
            Gives::Nothing if shape.roles.contains(&Role::OutPair) => {
                let (pointer, length) = written(store, slots, true)?;
                output(store, pointer, length)
            }
            Gives::Nothing => Ok(Answer::Nothing),
            Gives::Number => Ok(Answer::Text(number(result).into_bytes())),
            Gives::Pointer => {
                let (_, length) = written(store, slots, false)?;
                output(store, word, length)
            }
            Gives::Text => text(store, word),
            Gives::Packed => output(store, high, low),
            Gives::PackedLengthFirst => output(store, low, high),
            Gives::Halves => {
                let high = match &self.high_half {
                    Some(getter) => store.call(getter, ())?,
                    None => State::of(store.data_mut())?.high_half,
                };
                output(store, high, word)
            }
            Gives::Status if word == 0 => {
                let (pointer, length) = written(store, slots, true)?;
                output(store, pointer, length)
            }
            // A function that fails may leave its results alone.
            Gives::Status => {
                let output = written(store, slots, true).ok().map(|(pointer, length)| output(store, pointer, length));
                failed(word, output.transpose()?)
            }
            Gives::StatusAndGetters => {
                let Some((pointer, length)) = &self.getters else {
                    return Err(Stop::convention("The module exports no `output_ptr` and `output_len`"));
                };
                let (pointer, length) = (store.call(pointer, ())?, store.call(length, ())?);
                let output = output(store, pointer, length)?;
                if word == 0 { Ok(output) } else { failed(word, Some(output)) }
            }
        }
    }
}

/// Pointer and length that the function wrote into their room.
fn written(store: &Store<Host>, slots: Slots, both: bool) -> wasmtime::Result<(u32, u32)> {
    let memory = core::memory(store)?;
    let data = memory.data(store);
    let (pointer, length) = (word(data, slots.pointer)?, word(data, slots.length)?);
    if length == UNTOUCHED || (both && pointer == UNTOUCHED) {
        return Err(Stop::convention("The function did not write where its output lies"));
    }
    Ok((pointer, length))
}

/// The output at a place in memory. A null pointer without length is no output.
pub(super) fn output(store: &Store<Host>, pointer: u32, length: u32) -> wasmtime::Result<Answer> {
    match (pointer, length) {
        (0, 0) => Ok(Answer::Nothing),
        (0, length) => Err(Stop::convention(format!("The function returned a null pointer to {length} bytes"))),
        _ => copy_output(core::memory(store)?, store, pointer, length).map(Answer::Text),
    }
}

/// Text up to the zero that ends it.
fn text(store: &Store<Host>, pointer: u32) -> wasmtime::Result<Answer> {
    if pointer == 0 {
        let message = "The function returned a null pointer".to_owned();
        return Ok(Answer::Error(ApplicationError { message, output: None }));
    }
    if pointer < FIRST_OBJECT {
        return Err(Stop::Unsupported {
            message: format!("The function returned {pointer}, which is no address of a text"),
            help: "If it returns a number, choose `c-string-number` or `buffer-number` for it in .workbench/settings.yaml",
        }
        .into());
    }
    let memory = core::memory(store)?;
    let data = memory.data(store);
    slice(data, pointer, 1)?;
    let limit = store.data().output;
    let rest = data.get(pointer as usize..).unwrap_or_default();
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    match rest.iter().take(most).position(|byte| *byte == 0) {
        Some(length) => Ok(Answer::Text(rest.get(..length).unwrap_or_default().to_vec())),
        None if rest.len() > most => Err(Stop::OutputTooLarge { size: limit.saturating_add(1), limit }.into()),
        None => Err(Stop::convention("The text that the function returned does not end within memory")),
    }
}

/// A function's own error: its code, and what it wrote about it.
fn failed(code: u32, output: Option<Answer>) -> wasmtime::Result<Answer> {
    let code = code.cast_signed();
    let plain = ApplicationError { message: format!("error code {code}"), output: None };
    let Some(Answer::Text(bytes)) = output else { return Ok(Answer::Error(plain)) };
    Ok(Answer::Error(match json::check(&bytes) {
        Ok(text) => {
            let message = json::top_level_error(text).map(|error| json::error_message(&error));
            ApplicationError {
                message: message.unwrap_or_else(|| format!("error code {code}: {text}")),
                output: Some(text.to_owned()),
            }
        }
        Err(_) if bytes.is_empty() => plain,
        Err(_) => ApplicationError {
            message: format!("error code {code}: {}", String::from_utf8_lossy(&bytes)),
            output: None,
        },
    }))
}

/// A number as JSON; what JSON cannot say is null.
fn number(result: &Val) -> String {
    match result {
        Val::I32(number) => number.to_string(),
        Val::I64(number) => number.to_string(),
        Val::F32(bits) => finite(f64::from(f32::from_bits(*bits))),
        Val::F64(bits) => finite(f64::from_bits(*bits)),
        _ => "null".to_owned(),
    }
}

fn finite(number: f64) -> String {
    if number.is_finite() { number_text(number) } else { "null".to_owned() }
}

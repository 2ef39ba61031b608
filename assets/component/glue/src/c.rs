//! Functions of C and C++: pointers and lengths in the module's memory (`docs/c-functions.md`).

use std::cell::Cell;

use serde::de::IgnoredAny;

use super::answer::{Answer, Stop};
use super::guest::{self, PAGE, Val};
use super::number::number_text;
use super::recipe::{Function, Gives, Means, Place, Role, Way};

/// What stands in the room for results before the call: no function returns such a length.
const UNTOUCHED: u32 = u32::MAX;
/// Below this address C has no objects: a "pointer" there is a number.
const FIRST_OBJECT: u32 = 1024;
/// Most bytes that are put on a stack: half of the smallest one, which has 64 KiB.
const MAX_ON_STACK: u32 = 32 << 10;
const ALIGNMENT: u32 = 16;

thread_local! {
    /// The high half of a 64-bit result, where the module leaves it with its host.
    pub static HIGH_HALF: Cell<u32> = const { Cell::new(0) };
    /// Start and size of pages that were added for inputs.
    static SCRATCH: Cell<Option<(u32, u32)>> = const { Cell::new(None) };
}

/// Room for the input.
struct Room {
    start: u32,
    /// Where the stack ended before.
    stack: Option<u32>,
    /// Where pointer and length of the output go, each in its word.
    slots: (u32, u32),
}

/// Calls a function.
pub fn call(means: &Means, function: &Function, input: &[u8]) -> Result<Answer, Stop> {
    let (Means::C { place, .. }, Way::C { roles, gives }) = (means, &function.way) else {
        return Err(Stop::convention("The component was put together wrongly"));
    };
    let takes_input = roles.iter().any(|role| matches!(role, Role::Input | Role::Allocated));
    let input = if takes_input { input } else { &[] };
    let room = match roles.as_slice() {
        [] => None,
        // Its length is all that the function knows: nothing stands behind it.
        [Role::Allocated] => Some(make_room(place, input, false)?),
        _ => Some(make_room(place, input, true)?),
    };
    let (start, slots) = room.as_ref().map_or((0, (0, 0)), |room| (room.start, room.slots));
    let mut arguments = Vec::new();
    for role in roles {
        arguments.push(Val::I32(match role {
            Role::Input => start,
            Role::Length => guest::length(input)?,
            Role::OutPointer | Role::OutPair => slots.0,
            Role::OutLength => slots.1,
            Role::Allocated => continue,
        }));
    }
    let results = guest::call(&function.export, &arguments)?;
    let by_pair = roles.contains(&Role::OutPair);
    let answer = answer(means, (*gives, by_pair), results.first().copied(), slots);
    if let Some(room) = room {
        give_back(place, &room)?;
    }
    answer
}

/// Puts the input and, where there is more, a zero behind it and room for results into the module's memory.
fn make_room(place: &Place, input: &[u8], more: bool) -> Result<Room, Stop> {
    // The zero, then up to the next multiple of 8, then two words.
    let padding = (input.len() + 1).next_multiple_of(8) - input.len();
    let mut bytes = input.to_vec();
    if more {
        bytes.resize(input.len() + padding, 0);
        bytes.extend([0xff; 8]);
    }
    let size = guest::length(&bytes)?;
    let mut room = make(place, size)?;
    guest::write(room.start, &bytes)?;
    let pointer = room.start.saturating_add(size.saturating_sub(8));
    room.slots = (pointer, pointer.saturating_add(4));
    Ok(room)
}

fn make(place: &Place, size: u32) -> Result<Room, Stop> {
    let room = |start, stack| Ok(Room { start, stack, slots: (0, 0) });
    match place {
        Place::Allocator { allocate, .. } => match guest::call_words(allocate, &[size])? {
            0 => Err(Stop::convention(format!("The module's allocator has no room for an input of {size} bytes"))),
            start => room(start, None),
        },
        Place::Stack { allocate, save, .. } => {
            fits_on_stack(size)?;
            let end = guest::call_words(save, &[])?;
            room(guest::call_words(allocate, &[size.next_multiple_of(ALIGNMENT)])?, Some(end))
        }
        Place::StackEnd { current, restore } => {
            let end = guest::call_words(current, &[])?;
            let start = below(end, size)?;
            guest::call_words(restore, &[start])?;
            room(start, Some(end))
        }
        Place::StackPointer(_) => {
            let end = guest::call_words(super::config::STACK_GET, &[])?;
            let start = below(end, size)?;
            guest::call_words(super::config::STACK_SET, &[start])?;
            room(start, Some(end))
        }
        Place::Pages => room(pages(size)?, None),
        Place::None => {
            Err(Stop::convention("The module has no place for its input: it exports neither malloc nor its stack"))
        }
    }
}

/// Gives the room back, for the next call.
fn give_back(place: &Place, room: &Room) -> Result<(), Stop> {
    let done = match (place, room.stack) {
        (Place::Allocator { free: Some(free), .. }, _) => guest::call_words(free, &[room.start]),
        (Place::Stack { restore, .. } | Place::StackEnd { restore, .. }, Some(end)) => {
            guest::call_words(restore, &[end])
        }
        (Place::StackPointer(_), Some(end)) => guest::call_words(super::config::STACK_SET, &[end]),
        _ => return Ok(()),
    };
    done.map(|_| ())
}

fn fits_on_stack(size: u32) -> Result<(), Stop> {
    if size <= MAX_ON_STACK {
        return Ok(());
    }
    Err(Stop::convention(format!(
        "The input has {size} bytes, and without an allocator it goes onto the module's stack, which takes {MAX_ON_STACK}"
    )))
}

/// The aligned address so many bytes below the stack's end.
fn below(end: u32, size: u32) -> Result<u32, Stop> {
    fits_on_stack(size)?;
    let start = end.checked_sub(size).map(|start| start - start % ALIGNMENT).filter(|start| *start > 0);
    start.ok_or_else(|| Stop::convention(format!("The module's stack at address {end} has no room for {size} bytes")))
}

/// Adds pages to the memory, or takes those of an earlier call.
fn pages(size: u32) -> Result<u32, Stop> {
    if let Some((start, _)) = SCRATCH.get().filter(|(_, room)| *room >= size) {
        return Ok(start);
    }
    let count = size.div_ceil(PAGE);
    let start = guest::grow(count)
        .ok_or_else(|| Stop::convention(format!("The module's memory cannot grow for an input of {size} bytes")))?;
    SCRATCH.set(Some((start, count.saturating_mul(PAGE))));
    Ok(start)
}

fn answer(
    means: &Means,
    (gives, by_pair): (Gives, bool),
    result: Option<Val>,
    slots: (u32, u32),
) -> Result<Answer, Stop> {
    let word = result.and_then(Val::word).unwrap_or(0);
    let long = if let Some(Val::I64(long)) = result { long } else { 0 };
    let (high, low) = ((long >> 32) as u32, long as u32);
    match gives {
        Gives::Nothing if by_pair => {
            let (pointer, length) = written(slots, true)?;
            output(pointer, length)
        }
        Gives::Nothing => Ok(Answer::Nothing),
        Gives::Number => Ok(Answer::Text(number(result).into_bytes())),
        Gives::Pointer => output(word, written(slots, false)?.1),
        Gives::Text => text(word),
        Gives::Packed => output(high, low),
        Gives::PackedLengthFirst => output(low, high),
        Gives::Halves => {
            let high = match means {
                Means::C { high_half: Some(getter), .. } => guest::call_words(getter, &[])?,
                _ => HIGH_HALF.get(),
            };
            output(high, word)
        }
        Gives::Status => match (word, written(slots, true)) {
            (0, written) => written.and_then(|(pointer, length)| output(pointer, length)),
            // A function that fails may leave its results alone.
            (code, Ok((pointer, length))) => Ok(failed(code, output(pointer, length)?)),
            (code, Err(_)) => Ok(failed(code, Answer::Nothing)),
        },
        Gives::StatusAndGetters => {
            let Means::C { getters: Some((pointer, length)), .. } = means else {
                return Err(Stop::convention("The module exports no `output_ptr` and `output_len`"));
            };
            let output = output(guest::call_words(pointer, &[])?, guest::call_words(length, &[])?)?;
            Ok(if word == 0 { output } else { failed(word, output) })
        }
    }
}

/// Pointer and length that the function wrote into their room.
fn written(slots: (u32, u32), both: bool) -> Result<(u32, u32), Stop> {
    let (pointer, length) = (guest::word(slots.0)?, guest::word(slots.1)?);
    if length == UNTOUCHED || (both && pointer == UNTOUCHED) {
        return Err(Stop::convention("The function did not write where its output lies"));
    }
    Ok((pointer, length))
}

/// The output at a place in memory. A null pointer without length is no output.
fn output(pointer: u32, length: u32) -> Result<Answer, Stop> {
    match (pointer, length) {
        (0, 0) => Ok(Answer::Nothing),
        (0, length) => Err(Stop::convention(format!("The function returned a null pointer to {length} bytes"))),
        _ => guest::read(pointer, length).map(Answer::Text),
    }
}

/// Text up to the zero that ends it.
fn text(pointer: u32) -> Result<Answer, Stop> {
    match pointer {
        0 => Ok(Answer::Error(b"The function returned a null pointer".to_vec())),
        1..FIRST_OBJECT => {
            Err(Stop::convention(format!("The function returned {pointer}, which is no address of a text")))
        }
        _ => guest::text(pointer, u32::MAX).map(Answer::Text),
    }
}

/// A function's own error: what it wrote about it, and its code where that is no JSON.
fn failed(code: u32, output: Answer) -> Answer {
    let code = code.cast_signed();
    let Answer::Text(bytes) = output else { return Answer::Error(format!("error code {code}").into_bytes()) };
    if serde_json::from_slice::<IgnoredAny>(&bytes).is_ok() {
        return Answer::Error(bytes);
    }
    let text = match bytes.is_empty() {
        true => format!("error code {code}"),
        false => format!("error code {code}: {}", String::from_utf8_lossy(&bytes)),
    };
    Answer::Error(text.into_bytes())
}

/// A number as JSON; what JSON cannot say is null.
fn number(result: Option<Val>) -> String {
    let finite = |number: f64| if number.is_finite() { number_text(number) } else { "null".to_owned() };
    match result {
        Some(Val::I32(number)) => number.cast_signed().to_string(),
        Some(Val::I64(number)) => number.cast_signed().to_string(),
        Some(Val::F32(number)) => finite(f64::from(number)),
        Some(Val::F64(number)) => finite(number),
        _ => "null".to_owned(),
    }
}

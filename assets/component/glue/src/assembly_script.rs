//! AssemblyScript: objects of the module's runtime, made with its own allocator and read by their headers; and the
//! imports of its standard library.

use std::cell::Cell;

use super::answer::{Answer, Stop};
use super::config::{Import, Type};
use super::guest::{self, Val};
use super::imported::{Call, Handler};
use super::log::{self, Level};
use super::number::number_text;
use super::outside::{self, RANDOM_BYTES};
use super::recipe::{Function, Objects, Takes, Way, Yields};

/// Bytes of an object's header, before its pointer.
const HEADER: u32 = 20;
/// Where the class id lies before the pointer.
const ID: u32 = 8;
/// Where the size of the content lies before the pointer.
const SIZE: u32 = 4;
/// Size of a view's fields: buffer, start and length.
const VIEW: u32 = 12;
/// Objects begin at multiples of this.
const ALIGNMENT: u32 = 16;
/// Longest text of an error, in bytes of UTF-16.
const MAX_ERROR: u32 = 8 << 10;

thread_local! {
    /// Bytes that went into the instance since its objects were last collected.
    static PASSED: Cell<u64> = const { Cell::new(0) };
}

/// Calls a function.
pub fn call(module: &Objects, function: &Function, input: &[u8]) -> Result<Answer, Stop> {
    let Way::AssemblyScript { input: takes, output } = function.way else {
        return Err(Stop::convention("The component was put together wrongly"));
    };
    let argument = match takes {
        Takes::Nothing => None,
        Takes::Uint8Array => Some(module.array(input)?),
        Takes::Text => Some(module.text(input)?),
        Takes::Buffer => Some(module.make(module.array_buffer, input)?),
        // An `ArrayBuffer` is the same to who reads it, where the module has no such class.
        Takes::StaticArray => Some(module.make(module.static_array.unwrap_or(module.array_buffer), input)?),
    };
    let arguments: Vec<Val> = argument.into_iter().map(Val::I32).collect();
    let results = guest::call(&function.export, &arguments)?;
    let answer = module.answer(output, results.first().copied());
    if let Some(argument) = argument {
        module.release(argument)?;
        module.tidy(input.len() as u64)?;
    }
    answer
}

impl Objects {
    /// Makes an object and keeps the collector from it until it is released.
    fn make(&self, id: u32, content: &[u8]) -> Result<u32, Stop> {
        let new = self.new.as_deref().ok_or_else(|| Stop::convention("The module exports no runtime"))?;
        let pointer = guest::call_words(new, &[guest::length(content)?, id])?;
        if let Some(pin) = &self.pin {
            guest::call_words(pin, &[pointer])?;
        }
        guest::write(pointer, content)?;
        Ok(pointer)
    }

    fn release(&self, object: u32) -> Result<(), Stop> {
        if let Some(unpin) = self.pin.as_ref().and(self.unpin.as_deref()) {
            guest::call_words(unpin, &[object])?;
        }
        Ok(())
    }

    /// A string with this text.
    fn text(&self, text: &[u8]) -> Result<u32, Stop> {
        let text = std::str::from_utf8(text).map_err(|_| Stop::convention("The input is not UTF-8"))?;
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.make(self.string, &units)
    }

    /// A `Uint8Array` over a buffer of its own.
    fn array(&self, bytes: &[u8]) -> Result<u32, Stop> {
        let id = self.uint8_array.ok_or_else(|| Stop::convention("The module has no class `Uint8Array`"))?;
        let buffer = self.make(self.array_buffer, bytes)?;
        let fields = [buffer, buffer, guest::length(bytes)?];
        let fields: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        let view = self.make(id, &fields)?;
        // The view holds it from here on.
        self.release(buffer)?;
        Ok(view)
    }

    /// Collects what nobody holds any more, once the inputs since the last time could fill a good part of memory.
    fn tidy(&self, input: u64) -> Result<(), Stop> {
        let Some(collect) = &self.collect else { return Ok(()) };
        // The least that an input takes, with its headers and the function's own answer.
        let passed = PASSED.get().saturating_add(input).saturating_add(256);
        let is_due = passed >= guest::size() / 16;
        PASSED.set(if is_due { 0 } else { passed });
        if is_due {
            guest::call_words(collect, &[])?;
        }
        Ok(())
    }

    fn answer(&self, output: Yields, result: Option<Val>) -> Result<Answer, Stop> {
        let text = |text: String| Ok(Answer::Text(text.into_bytes()));
        match (output, result) {
            (Yields::Nothing, _) => Ok(Answer::Nothing),
            (Yields::Boolean, Some(Val::I32(value))) => text((value != 0).to_string()),
            (Yields::Object | Yields::ObjectOrNumber, Some(Val::I32(0))) => Ok(Answer::Nothing),
            (Yields::Object | Yields::ObjectOrNumber, Some(Val::I32(value))) => match self.read(value)? {
                Some(bytes) => Ok(Answer::Text(bytes)),
                None if output == Yields::ObjectOrNumber => text(value.cast_signed().to_string()),
                None => Err(Stop::convention(format!(
                    "The function returned the address {}, where no object of the runtime lies",
                    value.cast_signed()
                ))),
            },
            (_, Some(Val::I32(number))) => text(number.cast_signed().to_string()),
            (_, Some(Val::I64(number))) => text(number.cast_signed().to_string()),
            (_, Some(Val::F32(number))) => text(number_text(f64::from(number))),
            (_, Some(Val::F64(number))) => text(number_text(number)),
            _ => Err(Stop::convention("The function's result is not of the type that it declares")),
        }
    }

    /// The bytes or the text of the object at this address; nothing where no object of the runtime lies.
    fn read(&self, value: u32) -> Result<Option<Vec<u8>>, Stop> {
        let Some((id, size)) = header(value).filter(|(id, _)| *id < self.classes) else { return Ok(None) };
        if id == self.string {
            return Ok(Some(utf16(&guest::read(value, size)?).into_bytes()));
        }
        if id == self.array_buffer || Some(id) == self.static_array {
            return guest::read(value, size).map(Some);
        }
        if Some(id) == self.uint8_array || (self.guessed && size == VIEW) {
            let (buffer, start, length) = (guest::word(value)?, guest::word(value + 4)?, guest::word(value + 8)?);
            let inside = header(buffer).is_some_and(|(id, size)| {
                let end = u64::from(buffer) + u64::from(size);
                id == self.array_buffer && start >= buffer && u64::from(start) + u64::from(length) <= end
            });
            match inside {
                true => return guest::read(start, length).map(Some),
                // Not every number of 12 bytes before an address is a view's size.
                false if self.guessed => {}
                false => {
                    return Err(Stop::convention("The module returned a Uint8Array that reaches out of its buffer"));
                }
            }
        }
        if self.guessed && id > self.string {
            return guest::read(value, size).map(Some);
        }
        Err(Stop::convention(format!(
            "The function returned an object of class {id}, which is neither a string nor bytes"
        )))
    }
}

/// Class id and size of the object at `pointer`, if there can be one.
fn header(pointer: u32) -> Option<(u32, u32)> {
    if pointer < HEADER || !pointer.is_multiple_of(ALIGNMENT) {
        return None;
    }
    let (id, size) = (guest::word(pointer - ID).ok()?, guest::word(pointer - SIZE).ok()?);
    guest::check(pointer, size).ok().map(|()| (id, size))
}

/// Lone surrogates become replacement characters.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The import, if it is of AssemblyScript's standard library.
pub fn find(import: &Import, module: &Objects) -> Option<Handler> {
    let words = import.takes_words();
    let (float, word, nothing) =
        (import.results == [Type::F64], import.results == [Type::I32], import.results.is_empty());
    let name = match import.module.as_str() {
        "env" => import.name.clone(),
        // Some versions put the namespace in the module's name.
        module => format!("{module}.{}", import.name),
    };
    Some(match (name.as_str(), import.params.len()) {
        ("abort", 4) if words && nothing => Box::new(abort),
        // Between 1 and 2: all bits of the fraction are random, and it is never zero.
        ("seed", 0) if float => Box::new(|call| call.give_float(1.0 + outside::random_unit())),
        ("Math.random", 0) if float => Box::new(|call| call.give_float(outside::random_unit())),
        ("Date.now", 0) if float => Box::new(|call| call.give_float(outside::date_millis())),
        ("performance.now", 0) if float => Box::new(|call| call.give_float(outside::uptime_millis())),
        ("console.log" | "console.info", 1) if words && nothing => Box::new(|call| print(call, Level::Info)),
        ("console.debug", 1) if words && nothing => Box::new(|call| print(call, Level::Debug)),
        ("console.warn", 1) if words && nothing => Box::new(|call| print(call, Level::Warn)),
        ("console.error", 1) if words && nothing => Box::new(|call| print(call, Level::Error)),
        ("console.assert", 2) if words && nothing => Box::new(|call| {
            if call.word(0) == 0 {
                log::line(Level::Error, &format!("Assertion failed: {}", text(call.word(1), MAX_ERROR)?));
            }
            Ok(())
        }),
        ("crypto.getRandomValuesN", 1) if words && word => {
            let module = module.clone();
            Box::new(move |call| random_array(call, &module))
        }
        ("trace", 7) if nothing => Box::new(trace),
        ("process.exit", 1) if words && nothing => Box::new(|call| Err(Stop::exit(call.word(0)))),
        _ => return None,
    })
}

/// The text of a string that the module hands over, no longer than `most` bytes of UTF-16. A null pointer is no text,
/// and neither is anything before the module has started.
fn text(pointer: u32, most: u32) -> Result<String, Stop> {
    if pointer == 0 || !super::is_ready() {
        return Ok(String::new());
    }
    let size = pointer.checked_sub(SIZE).map_or(Ok(0), guest::word)?;
    Ok(utf16(&guest::read(pointer, size.min(most))?))
}

fn print(call: &mut Call, level: Level) -> Result<(), Stop> {
    log::line(level, &text(call.word(0), u32::MAX)?);
    Ok(())
}

/// A `throw`, a failed assertion or a runtime error: nothing inside of the module can catch it.
fn abort(call: &mut Call) -> Result<(), Stop> {
    let (message, file) = (text(call.word(0), MAX_ERROR)?, text(call.word(1), MAX_ERROR)?);
    let (line, column) = (call.word(2), call.word(3));
    let message = if message.is_empty() { "abort".to_owned() } else { message };
    let place = if file.is_empty() { String::new() } else { format!(" ({file}:{line}:{column})") };
    Err(Stop::thrown(format!("The function threw an error: {message}{place}")))
}

/// `trace(message, n, a0..a4)`.
fn trace(call: &mut Call) -> Result<(), Stop> {
    let mut line = text(call.word(0), MAX_ERROR)?;
    let count = call.word(1).min(5) as usize;
    for value in call.arguments.iter().skip(2).take(count) {
        if let Val::F64(number) = value {
            line.push(' ');
            line.push_str(&number_text(*number));
        }
    }
    log::line(Level::Debug, &line);
    Ok(())
}

/// A `Uint8Array` of random bytes.
fn random_array(call: &mut Call, module: &Objects) -> Result<(), Stop> {
    let length = call.word(0) as usize;
    if module.new.is_none() {
        return Err(Stop::convention("The module asks for an array and exports no runtime to make it with"));
    }
    if length > RANDOM_BYTES {
        return Err(Stop::thrown("The function asked for more than 65536 random bytes at once"));
    }
    let array = module.array(&outside::random_bytes(length))?;
    call.give(array)
}

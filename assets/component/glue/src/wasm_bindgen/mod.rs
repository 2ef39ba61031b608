//! Rust modules that wasm-bindgen made, in both regimes of passing values: through memory and handles, or through
//! several results and references.

mod arrays;
mod intrinsics;
mod objects;
mod value;
mod values;

use super::answer::{Answer, Stop};
use super::config::{Import, Type};
use super::guest::{self, Val};
use super::imported::{Call, Handler};
use super::log::{self, Level};
use super::number::number_text;
use super::recipe::{Bindgen, Function, Passes, Regime, Returns, Way};
use value::{Kind, Value};

/// Bytes of the area for results: four words, 16-aligned.
const RESULT_AREA: i32 = 16;

/// Written to the result area before the call: words that the function leaves are not part of its result. Odd numbers
/// beyond any memory, so that no pointer or length equals them.
const UNTOUCHED: [u32; 4] = [0xFFF1_5EA1, 0xFFF2_5EA3, 0xFFF3_5EA5, 0xFFF4_5EA7];

/// Calls a function.
pub fn call(module: &Bindgen, function: &Function, input: &[u8]) -> Result<Answer, Stop> {
    let Way::WasmBindgen { input: passes, output } = function.way else {
        return Err(Stop::convention("The component was put together wrongly"));
    };
    let mut arguments = Vec::new();
    let area = if output == Returns::Words { Some(result_area(module)?) } else { None };
    arguments.extend(area.map(Val::I32));
    match passes {
        Passes::Nothing => {}
        Passes::Bytes => {
            let (pointer, length) = pass_bytes(module, input)?;
            arguments.extend([Val::I32(pointer), Val::I32(length)]);
        }
        Passes::Value { by_reference } => {
            let value = Value::object(Kind::Input(input.to_vec()));
            arguments.push(values::pass(module, value, by_reference)?);
        }
    }
    let results = guest::call(&function.export, &arguments)?;
    let answer = match area {
        Some(area) => words_in_memory(module, area),
        None => answer_of(module, output, &results),
    };
    values::sweep(module)?;
    answer
}

/// Makes room for the result on the module's own stack, and marks it.
fn result_area(module: &Bindgen) -> Result<u32, Stop> {
    let area = move_stack_pointer(module, -RESULT_AREA)?;
    guest::write_words(area, &UNTOUCHED)?;
    Ok(area)
}

fn move_stack_pointer(module: &Bindgen, by: i32) -> Result<u32, Stop> {
    let export = module.stack_pointer.as_deref().ok_or_else(|| Stop::convention("The stack pointer is gone"))?;
    guest::call_words(export, &[by.cast_unsigned()])
}

/// Puts bytes into memory that the module allocates and, by convention, frees.
fn pass_bytes(module: &Bindgen, bytes: &[u8]) -> Result<(u32, u32), Stop> {
    let missing = || Stop::convention("The module exports no `__wbindgen_malloc` to pass bytes through");
    let (malloc, aligned) = module.malloc.as_ref().ok_or_else(missing)?;
    let length = guest::length(bytes)?;
    let pointer =
        if *aligned { guest::call_words(malloc, &[length, 1]) } else { guest::call_words(malloc, &[length]) }?;
    guest::write(pointer, bytes)?;
    Ok((pointer, length))
}

/// The result in memory. How many words the function wrote tells its type.
fn words_in_memory(module: &Bindgen, area: u32) -> Result<Answer, Stop> {
    let mut words = [0; 4];
    for (at, word) in (0_u32..).zip(&mut words) {
        *word = guest::word(area.saturating_add(at * 4))?;
    }
    move_stack_pointer(module, RESULT_AREA)?;
    let written = 4 - words.iter().zip(UNTOUCHED).rev().take_while(|(word, mark)| **word == *mark).count();
    match (written, words) {
        (0, _) => Err(Stop::convention("The function returned nothing at the address for its result")),
        (1 | 2, [first, second, ..]) => two_words(module, first, second),
        (3, [_, error, is_error, _]) if is_error != 0 => error_at(module, error),
        (3, [value, ..]) => number_or_value(module, value),
        (_, words) => bytes_or_error(module, words),
    }
}

fn answer_of(module: &Bindgen, output: Returns, results: &[Val]) -> Result<Answer, Stop> {
    let unexpected = || Stop::convention("The function's results are not of the types that it declares");
    match (output, results) {
        (Returns::Nothing, _) => Ok(Answer::Nothing),
        (Returns::Value, [value]) => answer(&values::of(module, *value)?),
        (Returns::Scalar { boolean: true }, [Val::I32(number)]) => {
            Ok(Answer::Text((*number != 0).to_string().into_bytes()))
        }
        // With references, a value would be one: this is a number.
        (Returns::Scalar { .. }, [Val::I32(number)]) if module.regime == Regime::Heap => {
            number_or_value(module, *number)
        }
        (Returns::Scalar { .. }, [number]) => Ok(scalar(*number)),
        (Returns::Option, [Val::I32(0), _]) => Ok(Answer::Nothing),
        (Returns::Option, [_, number]) => Ok(scalar(*number)),
        (Returns::ScalarOrError, [Val::I32(number), _, Val::I32(0)]) => number_or_value(module, *number),
        (Returns::ScalarOrError, [number, _, Val::I32(0)]) => Ok(scalar(*number)),
        (Returns::ScalarOrError, [_, Val::I32(error), _]) => error_at(module, *error),
        (Returns::Results, [Val::I32(first), Val::I32(second)]) => two_words(module, *first, *second),
        (Returns::Results, [Val::I32(pointer), Val::I32(length), Val::I32(error), Val::I32(is_error)]) => {
            bytes_or_error(module, [*pointer, *length, *error, *is_error])
        }
        _ => Err(unexpected()),
    }
}

/// Pointer and length, or the error of a `Result<(), E>` and whether it is one.
///
/// A length of 1 looks like an error. It is one if the first word names a live JavaScript value.
fn two_words(module: &Bindgen, first: u32, second: u32) -> Result<Answer, Stop> {
    if (first, second) == (0, 0) {
        return Ok(Answer::Nothing);
    }
    let has_values = module.regime == Regime::Heap || values::has_table();
    if second == 1 && has_values && values::peek(module, first)?.is_some() {
        return error_at(module, first);
    }
    bytes(module, first, second)
}

fn bytes_or_error(module: &Bindgen, [pointer, length, error, is_error]: [u32; 4]) -> Result<Answer, Stop> {
    if is_error != 0 {
        // The pointer is garbage then, and not to be freed.
        return error_at(module, error);
    }
    if (pointer, length) == (0, 0) {
        return Ok(Answer::Nothing);
    }
    bytes(module, pointer, length)
}

fn bytes(module: &Bindgen, pointer: u32, length: u32) -> Result<Answer, Stop> {
    if pointer == 0 {
        return Err(Stop::convention(format!("The function returned {length} bytes at no address")));
    }
    let bytes = guest::read(pointer, length)?;
    if let Some((free, aligned)) = module.free.as_ref().filter(|_| length > 0) {
        match aligned {
            true => guest::call_words(free, &[pointer, length, 1])?,
            false => guest::call_words(free, &[pointer, length])?,
        };
    }
    Ok(Answer::Text(bytes))
}

fn error_at(module: &Bindgen, index: u32) -> Result<Answer, Stop> {
    said_no(&values::take(module, index)?)
}

/// The function's own error: a string, an `Error` or an object. Text that is an object of JSON is one to the front; an
/// `Error`'s message is a message, whatever it looks like.
fn said_no(error: &Value) -> Result<Answer, Stop> {
    match error.kind() {
        Some(Kind::Error { message, .. }) if message.trim_ascii_start().starts_with('{') => {
            Err(Stop { code: "application-error", message: message.clone() })
        }
        Some(Kind::Error { message, .. }) if !message.is_empty() => Ok(Answer::Error(message.clone().into_bytes())),
        _ => Ok(Answer::Error(error.display().into_bytes())),
    }
}

/// A number, unless it names a live JavaScript value.
fn number_or_value(module: &Bindgen, number: u32) -> Result<Answer, Stop> {
    let may_be_value = match module.regime {
        Regime::Heap => number >= values::FIRST_HANDLE,
        Regime::Externref => values::has_table() && number != 0,
    };
    if may_be_value && let Some(value) = values::peek(module, number)? {
        return answer(&value);
    }
    Ok(Answer::Text(number.cast_signed().to_string().into_bytes()))
}

/// A JavaScript value as JSON text.
fn answer(value: &Value) -> Result<Answer, Stop> {
    let text = |bytes: &[u8]| Ok(Answer::Text(bytes.to_vec()));
    match value {
        Value::Undefined | Value::Null => Ok(Answer::Nothing),
        Value::Bool(_) | Value::Number(_) | Value::BigInt(_) => text(value.display().as_bytes()),
        Value::Object(object) => match &**object {
            Kind::Text(string) | Kind::TextOrView { text: Some(string), .. } => text(string.as_bytes()),
            Kind::Input(bytes) => text(bytes),
            Kind::Bytes(bytes) => text(&bytes.borrow()),
            Kind::View { pointer, length } | Kind::TextOrView { pointer, length, .. } => {
                guest::read(*pointer, *length).map(Answer::Text)
            }
            Kind::Json(document) => text(document.to_string().as_bytes()),
            Kind::Error { .. } => said_no(value),
            _ => Err(Stop::convention("The function returned a JavaScript object that is not JSON")),
        },
    }
}

fn scalar(number: Val) -> Answer {
    let text = match number {
        Val::I32(number) => number.cast_signed().to_string(),
        Val::I64(number) => number.cast_signed().to_string(),
        Val::F32(number) => number_text(f64::from(number)),
        Val::F64(number) => number_text(number),
        Val::Reference(_) => return Answer::Nothing,
    };
    Answer::Text(text.into_bytes())
}

/// What an import does.
type Body = fn(&mut Call, &Bindgen) -> Result<(), Stop>;

/// What an import returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    Nothing,
    /// A number, a truth value, a handle or a table index.
    Word,
    Float,
    Reference,
}

impl Gives {
    fn of(import: &Import) -> Option<Self> {
        Some(match import.results.as_slice() {
            [] => Self::Nothing,
            [Type::F64] => Self::Float,
            [Type::I32] => Self::Word,
            [Type::Reference] => Self::Reference,
            _ => return None,
        })
    }

    /// Whether a JavaScript value can be returned so.
    fn value(self) -> bool {
        matches!(self, Self::Word | Self::Reference)
    }
}

/// The import, if it is one of wasm-bindgen's or of the libraries that modules without a browser use.
pub fn find(import: &Import) -> Option<Handler> {
    let (name, params, gives) = (base_name(&import.name), import.params.len(), Gives::of(import)?);
    let body = match name.strip_prefix("__wbindgen_") {
        Some(intrinsic) => intrinsics::find(intrinsic, params, gives)?,
        None => console(name, params, gives)
            .or_else(|| objects::find(name, params, gives))
            .or_else(|| arrays::find(name, params, gives))?,
    };
    Some(Box::new(move |call| match &super::glue()?.config.recipe.means {
        super::recipe::Means::WasmBindgen(module) => body(call, module),
        _ => Err(Stop::convention("The component was put together wrongly")),
    }))
}

/// An import's name without what wasm-bindgen puts around it: `__wbg_`, a hash at the end, and for intrinsics of
/// newer versions `__wbindgen_` as well.
fn base_name(name: &str) -> &str {
    let name = match name.strip_prefix("__wbg_") {
        None => name,
        Some(rest) => match rest.rsplit_once('_') {
            Some((base, hash)) if hash.len() == 16 && hash.bytes().all(|c| c.is_ascii_hexdigit()) => base,
            _ => rest,
        },
    };
    // Casts are numbered or hashed.
    match name {
        _ if name.starts_with("__wbindgen_cast_") || name.starts_with("__wbindgen_generic_") => "__wbindgen_cast",
        _ => name,
    }
}

/// `console`: up to eight values or strings become one line.
fn console(name: &str, params: usize, gives: Gives) -> Option<Body> {
    if gives != Gives::Nothing || params == 0 || params > 8 {
        return None;
    }
    Some(match name {
        "log" | "info" => |call, module| print(call, module, Level::Info),
        "debug" | "trace" => |call, module| print(call, module, Level::Debug),
        "warn" => |call, module| print(call, module, Level::Warn),
        "error" => |call, module| print(call, module, Level::Error),
        _ => return None,
    })
}

/// Joins the arguments with spaces, as a console does. Two numbers that are no handles are a string's pointer and length.
fn print(call: &mut Call, module: &Bindgen, level: Level) -> Result<(), Stop> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < call.arguments.len() {
        if call.may_be_value(module, at) {
            parts.push(call.value(module, at)?.display());
            at += 1;
        } else {
            let text = guest::read(call.word(at), call.word(at + 1))?;
            parts.push(String::from_utf8_lossy(&text).into_owned());
            at += 2;
        }
    }
    let line = parts.join(" ");
    // The panic hook ends its text with the stack that JavaScript would show; here is none.
    let text = line.split("\n\nStack:\n\n").next().unwrap_or(&line);
    log::line(level, text.trim_end());
    Ok(())
}

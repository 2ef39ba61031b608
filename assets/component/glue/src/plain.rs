//! Our own plain convention: `docs/plain-convention.md`.

use super::answer::{Answer, Stop};
use super::guest::{self, Val};

/// Calls a function with the input in room that the module gives.
pub fn call(alloc: &str, dealloc: Option<&str>, function: &str, input: &[u8]) -> Result<Answer, Stop> {
    let length = guest::length(input)?;
    let start = guest::call_words(alloc, &[length])?;
    if start == 0 && length > 0 {
        return Err(Stop::memory(format!("The module's alloc found no room for {length} bytes")));
    }
    guest::write(start, input)?;
    let results = guest::call(function, &[Val::I32(start), Val::I32(length)])?;
    let Some(Val::I64(packed)) = results.first() else {
        return Err(Stop::convention("A function of the module is not of the type that its convention gives it"));
    };
    let (output, size) = ((packed >> 32) as u32, *packed as u32);
    let answer = if size == 0 { Answer::Nothing } else { Answer::Text(guest::read(output, size)?) };
    if let Some(dealloc) = dealloc {
        guest::call_words(dealloc, &[start, length])?;
        // A function may answer in the memory of its input.
        if size > 0 && output != start {
            guest::call_words(dealloc, &[output, size])?;
        }
    }
    Ok(answer)
}

//! The constructors of global objects, which have to run before any function is called: which
//! function runs them, and how to reach it in a program that keeps them behind its `main`.

use wasmparser::{BinaryReader, ExternalKind, Operator, Parser, Payload};

use super::super::code::Binary;
use super::{Source, function};

/// How the constructors are run.
pub(super) struct Constructors {
    /// The export that runs them.
    pub(super) function: Option<&'static str>,
    /// The module with another function under that name, where it exports no such function itself.
    pub(super) patched: Option<Vec<u8>>,
    /// What the user is to know about it.
    pub(super) told: &'static str,
}

/// Finds them.
pub(super) fn constructors(source: &Source) -> Constructors {
    let exports = |name: &str| function(source.inspection, name).is_some_and(|ty| ty.is(&[], &[]));
    let plain = |name| Constructors { function: Some(name), patched: None, told: "" };
    if exports("_initialize") {
        return plain("_initialize");
    }
    if exports("__wasm_call_ctors") {
        return plain("__wasm_call_ctors");
    }
    let none = Constructors { function: None, patched: None, told: "" };
    if !exports("_start") {
        return none;
    }
    // A program: `_start` runs the constructors, then `main`, then ends the program for good.
    let Ok(binary) = Binary::read(source.bytes) else { return none };
    let each_for_itself = source.inspection.callable_functions().any(|export| is_whole_program(&export.name, &binary));
    match called_first(&binary, "_start").filter(|_| !each_for_itself) {
        Some(constructors) => Constructors {
            patched: repoint(source.bytes, "_start", constructors),
            function: Some("_start"),
            told: "; the constructors run and `main` does not",
        }
        .if_patched(none),
        None => none,
    }
}

impl Constructors {
    fn if_patched(self, otherwise: Self) -> Self {
        if self.patched.is_some() { self } else { otherwise }
    }
}

/// Whether an exported function is one of a program's that the linker wrapped, so that it runs the
/// constructors before and the destructors after: it can be called once in an instance, and where
/// room for the input comes from such a function too, that was one time too many.
pub(super) fn is_whole_program(name: &str, binary: &Binary) -> bool {
    binary.function("_start").is_some() && called_first(binary, name).is_some()
}

/// The function that `name` calls first, if that is the linker's `__wasm_call_ctors`: it has
/// neither parameters nor results, and stands before all other functions of the module.
fn called_first(binary: &Binary, name: &str) -> Option<u32> {
    let body = binary.body(binary.function(name)?)?;
    let operators = body.get_operators_reader().ok()?;
    let first = operators.into_iter().find_map(|operator| match operator {
        Ok(Operator::Call { function_index }) => Some(function_index),
        _ => None,
    })?;
    let is_first = !binary.is_import(first) && first.checked_sub(1).is_none_or(|before| binary.is_import(before));
    (is_first && binary.arity(first) == Some((0, 0))).then_some(first)
}

/// The module with the export `name` pointing at another function: no byte moves, so that places in
/// the code stay where they are.
fn repoint(bytes: &[u8], name: &str, function: u32) -> Option<Vec<u8>> {
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::ExportSection(exports) = payload.ok()? else { continue };
        for export in exports.into_iter_with_offsets() {
            let (at, export) = export.ok()?;
            if export.name != name || export.kind != ExternalKind::Func {
                continue;
            }
            // The name with its length, the kind, and then the index.
            let mut reader = BinaryReader::new(bytes.get(at..)?, at);
            reader.read_string().ok()?;
            reader.read_u8().ok()?;
            let start = reader.original_position();
            reader.read_var_u32().ok()?;
            let width = reader.original_position() - start;
            let mut patched = bytes.to_vec();
            patched.get_mut(start..start + width)?.copy_from_slice(&leb128(function, width)?);
            return Some(patched);
        }
    }
    None
}

/// A number in exactly `width` bytes.
fn leb128(mut number: u32, width: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(width);
    for at in 1..=width {
        let more = if at < width { 0x80 } else { 0 };
        bytes.push((number & 0x7f) as u8 | more);
        number >>= 7;
    }
    (number == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fills_the_bytes_it_is_given() {
        assert_eq!(leb128(4, 2).unwrap(), [0x84, 0]);
        assert_eq!(leb128(300, 2).unwrap(), [0xac, 2]);
        assert!(leb128(300, 1).is_none());
    }
}

//! What an exported function takes and returns, told from its wasm type and, where that leaves a
//! doubt, from the declarations beside the module. Never guesses between a number and bytes.

use super::super::super::program::{Alternative, Assumption};
pub(super) use super::super::super::recipe::{Passes as Input, Returns as Output};
use super::super::Signature;
use super::super::declarations::Declared;
use super::glue::Regime;

/// What a function's code reveals of its parameters in the heap regime.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Code {
    /// The first parameter goes to an import that takes a JavaScript value there.
    pub(super) first_is_value: bool,
    /// The second one does.
    pub(super) second_is_value: bool,
    /// The third one does: it is the array that a `&mut [u8]` came from.
    pub(super) third_is_value: bool,
    /// Words are written where the first parameter points.
    pub(super) writes_result: bool,
}

/// How a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) input: Input,
    pub(super) output: Output,
    /// What is assumed about it, where its type leaves a doubt.
    pub(super) assumption: Option<Doubt>,
}

/// A doubt that a type leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// What is assumed, as the end of a sentence that begins with the function.
    takes: &'static str,
    /// The word for it, and what else it could be.
    words: &'static [(&'static str, &'static str)],
}

const BYTES: (&str, &str) = ("bytes", "It takes bytes: `&[u8]` or `&str`");
const VALUE: (&str, &str) = ("value", "It takes a JavaScript value: `JsValue`");
const NO_INPUT: (&str, &str) = ("nothing", "It takes no input");

impl Doubt {
    const fn new(takes: &'static str, words: &'static [(&'static str, &'static str)]) -> Self {
        Self { takes, words }
    }

    /// The assumption about the function `name`.
    pub(super) fn of(self, name: &str) -> Assumption {
        let words = self.words.iter().skip(1);
        Assumption {
            function: name.to_owned(),
            message: format!("`{name}` {}: its type does not tell", self.takes),
            assumed: self.words.first().map_or("", |(word, _)| word),
            alternatives: words.map(|(word, label)| Alternative { word, label: (*label).to_owned() }).collect(),
        }
    }
}

/// The declaration that a word of the user's stands for.
pub(super) fn chosen(word: &str) -> Option<Declared> {
    let (param, result) = match word {
        "bytes" => (Some("Uint8Array"), "void"),
        "value" => (Some("any"), "any"),
        "nothing" => (None, "Uint8Array"),
        _ => return None,
    };
    Some(Declared { params: param.into_iter().map(str::to_owned).collect(), result: result.to_owned() })
}

const NUMBERS: &str = "its parameters are numbers or several values, and the sandbox passes one JSON document";
const NUMBERS_OR_BYTES: &str = "its type does not tell whether it takes bytes or two numbers";
const IN_PLACE: &str = "it changes a byte array in place (`&mut [u8]`), and the sandbox passes the input by value";
const VALUE_OR_NUMBER: &str = "its type does not tell whether it takes a JavaScript value or a number";

/// Reads a function's type.
///
/// # Errors
/// Why it cannot be called with JSON.
pub(super) fn read(
    signature: &Signature,
    regime: Regime,
    declared: Option<&Declared>,
    code: &Code,
) -> Result<Shape, &'static str> {
    if declared.is_some_and(|declared| declared.params.iter().any(|param| is_number(param))) {
        return Err(NUMBERS);
    }
    match regime {
        Regime::Heap => heap(signature, declared, code),
        Regime::Externref => externref(signature, declared),
    }
}

fn is_number(ty: &str) -> bool {
    matches!(ty.split('|').next().unwrap_or(ty).trim(), "number" | "bigint" | "boolean")
}

fn shape(input: Input, output: Output) -> Shape {
    Shape { input, output, assumption: None }
}

fn heap(signature: &Signature, declared: Option<&Declared>, code: &Code) -> Result<Shape, &'static str> {
    let value = Input::Value { by_reference: false };
    let boolean = declared.is_some_and(|declared| declared.result == "boolean");
    let scalar = Output::Scalar { boolean };
    let assume =
        |shape, takes, words| Shape { assumption: declared.is_none().then_some(Doubt::new(takes, words)), ..shape };
    let params = signature.params.as_slice();
    match (params, signature.results.as_slice()) {
        // Several results come back as they do with references; the two can be had each by itself.
        ([] | ["i32", "i32"], [_, _, ..]) => externref(signature, declared),
        ([], []) => Ok(shape(Input::Nothing, Output::Nothing)),
        (["i32", "i32", "i32"], []) if code.third_is_value => Err(IN_PLACE),
        (["i32", "i32", "i32"], []) => Ok(shape(Input::Bytes, Output::Words)),
        (["i32", "i32"], []) => match declared {
            // One value and the address for the result, or bytes and no result.
            Some(declared) if declared.result != "void" => Ok(shape(value, Output::Words)),
            None if code.second_is_value => Ok(shape(value, Output::Words)),
            _ => Ok(assume(shape(Input::Bytes, Output::Nothing), "takes bytes and returns nothing", &[BYTES, VALUE])),
        },
        (["i32"], []) => match declared {
            Some(declared) if !declared.params.is_empty() => Ok(shape(value, Output::Nothing)),
            None if code.first_is_value => Ok(shape(value, Output::Nothing)),
            None if code.writes_result => Ok(shape(Input::Nothing, Output::Words)),
            _ => {
                Ok(assume(shape(Input::Nothing, Output::Words), "takes no input and returns bytes", &[NO_INPUT, VALUE]))
            }
        },
        ([], ["i32"]) => {
            Ok(assume(shape(Input::Nothing, scalar), "returns a signed number or a JavaScript value", &[]))
        }
        ([], [_]) => Ok(shape(Input::Nothing, scalar)),
        (["i32"], [_]) => match declared {
            Some(_) => Ok(shape(value, scalar)),
            None if code.first_is_value => Ok(shape(value, scalar)),
            None => Err(VALUE_OR_NUMBER),
        },
        (["i32", "i32"], [_]) => match declared {
            Some(_) => Ok(shape(Input::Bytes, scalar)),
            None => Err(NUMBERS_OR_BYTES),
        },
        _ => Err(NUMBERS),
    }
}

fn externref(signature: &Signature, declared: Option<&Declared>) -> Result<Shape, &'static str> {
    let input = match signature.params.as_slice() {
        [] => Input::Nothing,
        ["i32", "i32"] => Input::Bytes,
        ["externref"] => Input::Value { by_reference: true },
        ["i32", "i32", "externref"] => {
            return Err(IN_PLACE);
        }
        _ => return Err(NUMBERS),
    };
    let boolean = declared.is_some_and(|declared| declared.result == "boolean");
    let mut assumption = None;
    let output = match signature.results.as_slice() {
        [] => Output::Nothing,
        ["externref"] => Output::Value,
        [only] => {
            if input == Input::Bytes && declared.is_none() {
                return Err(NUMBERS_OR_BYTES);
            }
            if *only == "i32" && declared.is_none() {
                assumption = Some(Doubt::new("returns a signed number", &[]));
            }
            Output::Scalar { boolean }
        }
        ["i32", "i32"] | ["i32", "i32", "i32", "i32"] => Output::Results,
        ["i32", _] => Output::Option,
        [only, "i32", "i32"] => {
            if *only == "i32" && declared.is_none() {
                assumption = Some(Doubt::new("returns a number where that names no live JavaScript value", &[]));
            }
            Output::ScalarOrError
        }
        _ => return Err("it returns several values that are not bytes"),
    };
    if declared.is_none() && input == Input::Bytes && output == Output::Nothing {
        assumption = Some(Doubt::new("takes bytes and returns nothing", &[BYTES]));
    }
    Ok(Shape { input, output, assumption })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(params: &[&'static str], results: &[&'static str]) -> Signature<'static> {
        Signature { params: params.to_vec(), results: results.to_vec() }
    }

    fn declared(params: &[&str], result: &str) -> Declared {
        Declared { params: params.iter().map(|param| (*param).to_owned()).collect(), result: result.into() }
    }

    #[test]
    fn bytes_in_and_out_are_told_in_both_regimes() {
        let heap = read(&signature(&["i32", "i32", "i32"], &[]), Regime::Heap, None, &Code::default()).unwrap();
        assert_eq!((heap.input, heap.output), (Input::Bytes, Output::Words));
        let externref =
            read(&signature(&["i32", "i32"], &["i32", "i32"]), Regime::Externref, None, &Code::default()).unwrap();
        assert_eq!((externref.input, externref.output), (Input::Bytes, Output::Results));
        assert_eq!((heap.assumption, externref.assumption), (None, None));
    }

    #[test]
    fn two_numbers_that_may_be_bytes_are_not_guessed() {
        for regime in [Regime::Heap, Regime::Externref] {
            let add = signature(&["i32", "i32"], &["i32"]);
            assert!(read(&add, regime, None, &Code::default()).is_err());
            assert!(read(&add, regime, Some(&declared(&["number", "number"], "number")), &Code::default()).is_err());
            let length = read(&add, regime, Some(&declared(&["Uint8Array"], "number")), &Code::default()).unwrap();
            assert_eq!((length.input, length.output), (Input::Bytes, Output::Scalar { boolean: false }));
        }
    }

    #[test]
    fn a_handle_needs_evidence_and_a_reference_does_not() {
        let handle = signature(&["i32"], &["i32"]);
        assert!(read(&handle, Regime::Heap, None, &Code::default()).is_err());
        let shape = read(&handle, Regime::Heap, Some(&declared(&["any"], "any")), &Code::default()).unwrap();
        assert_eq!(shape.input, Input::Value { by_reference: false });
        let seen = Code { first_is_value: true, ..Code::default() };
        assert_eq!(read(&handle, Regime::Heap, None, &seen).unwrap().input, Input::Value { by_reference: false });
        let reference =
            read(&signature(&["externref"], &["externref"]), Regime::Externref, None, &Code::default()).unwrap();
        assert_eq!((reference.input, reference.output), (Input::Value { by_reference: true }, Output::Value));
    }
}

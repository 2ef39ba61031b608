//! Two words in 64 bits, and 64 bits in two words: how a function's result is put together, which its
//! signature does not tell. Emscripten wraps functions of 64 bits for JavaScript that has none.

use wasmparser::Operator;

use super::binary::Binary;

/// Whether a function computes 64 bits, hands the high half to another function and returns the low
/// one.
pub(in super::super) fn returns_a_half(binary: &Binary, function: u32) -> bool {
    let Some(Ok(operators)) = binary.body(function).map(|body| body.get_operators_reader()) else { return false };
    let (mut splits, mut halved, mut before) = (false, false, false);
    for operator in operators {
        let Ok(operator) = operator else { return false };
        splits |= matches!(operator, Operator::I64ShrU | Operator::I64ShrS);
        // The last instruction before the end.
        halved = before;
        before = matches!(operator, Operator::I32WrapI64);
    }
    splits && halved
}

/// Whether a function puts two words into one result of 64 bits: a shift by 32, and an `or` or a sum.
pub(in super::super) fn packs_two_words(binary: &Binary, function: u32) -> bool {
    let Some(Ok(operators)) = binary.body(function).map(|body| body.get_operators_reader()) else { return false };
    let (mut by_32, mut shifts, mut joins) = (false, false, false);
    for operator in operators {
        let Ok(operator) = operator else { return false };
        // Code that is not optimised has the 32 in a local.
        by_32 |= matches!(operator, Operator::I64Const { value: 32 });
        shifts |= by_32 && matches!(operator, Operator::I64Shl);
        joins |= shifts && matches!(operator, Operator::I64Or | Operator::I64Add);
    }
    joins
}

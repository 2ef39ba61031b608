//! What a module's code reveals beyond its signatures. Reads function bodies, never runs them.

mod binary;
mod usage;
mod words;

pub(super) use self::binary::Binary;
pub(super) use self::usage::{Usage, of_parameter};
pub(super) use self::words::{packs_two_words, returns_a_half};

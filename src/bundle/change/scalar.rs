//! How a text is written as a YAML scalar: in the style of the one in whose place it comes, and otherwise
//! as the documentation writes it.

use std::fmt::Write as _;

use super::fields::Style;
use crate::bundle::yaml::{Meaning, Scalar};

/// How the present value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Single,
    Double,
    /// A block that begins with `|` or `>`.
    Block,
}

/// Where a scalar comes to stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Within brackets, where commas and brackets end a text.
    pub flow: bool,
    /// The column of a block's lines.
    pub column: usize,
    pub newline: &'static str,
}

/// `text` as a scalar of a field, in the present style where there is one and it can hold the text.
pub(super) fn written(text: &str, style: Style, present: Option<Quotes>, place: Place) -> String {
    if style == Style::Number && text.parse::<u32>().is_ok() {
        return text.to_owned();
    }
    let has_lines = text.contains('\n');
    if has_lines && !place.flow && can_be_block(text) && present.is_none_or(|quotes| quotes != Quotes::Double) {
        return block(text, place);
    }
    let quotes = present.unwrap_or(if style == Style::Quoted { Quotes::Double } else { Quotes::None });
    match quotes {
        Quotes::Single if !has_lines && text.chars().all(is_printable) => format!("'{}'", text.replace('\'', "''")),
        Quotes::Double | Quotes::Single => double_quoted(text),
        Quotes::None | Quotes::Block if is_safe_plain(text, place.flow) => text.to_owned(),
        Quotes::None | Quotes::Block => double_quoted(text),
    }
}

/// Whether every reader, old or new, takes the plain `text` for exactly this text.
fn is_safe_plain(text: &str, flow: bool) -> bool {
    let starts_well = text.chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '_' | '$' | '('));
    let breaks_off = text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.trim() != text;
    let fits = text.chars().all(|c| is_printable(c) && (c.is_alphanumeric() || c.is_ascii() || c as u32 > 0xff));
    let ends_early = flow && text.contains([',', '[', ']', '{', '}', ':']);
    let scalar = Scalar { text: text.into(), is_text: false };
    starts_well && fits && !breaks_off && !ends_early && !is_special(text) && scalar.meaning() == Meaning::Text
}

/// Words and numbers that readers of YAML 1.1 take for something else than a text.
fn is_special(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let is_word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&word.as_str());
    let starts_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let is_number =
        starts_with_digit && text.chars().all(|c| c.is_ascii_digit() || "_:-+xoXOabcdefABCDEF,TZ ".contains(c));
    is_word || is_number
}

/// Characters that a scalar may hold as they are: nothing that controls, reverses or cannot be seen.
fn is_printable(c: char) -> bool {
    let hidden = matches!(c, '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
    !c.is_control() && !hidden
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            // Writing into a String cannot fail.
            c if (c as u32) <= 0xffff => drop(write!(out, "\\u{:04x}", c as u32)),
            c => drop(write!(out, "\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

fn can_be_block(text: &str) -> bool {
    let first = text.split('\n').next().unwrap_or_default();
    !first.trim().is_empty()
        && !first.starts_with([' ', '\t'])
        && text.split('\n').all(|line| line.chars().all(|c| is_printable(c) || c == '\t'))
        && !text.ends_with("\n\n")
        && text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}

/// A literal block, from its `|` to the end of its last line.
fn block(text: &str, place: Place) -> String {
    let (header, body) = match text.strip_suffix('\n') {
        Some(body) => ("|", body),
        None => ("|-", text),
    };
    let mut out = header.to_owned();
    for line in body.split('\n') {
        out.push_str(place.newline);
        if !line.is_empty() {
            out.push_str(&" ".repeat(place.column));
            out.push_str(line);
        }
    }
    out
}

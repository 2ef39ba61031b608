//! Problems for people: each with its lines of the file and the offending part underlined.
//!
//! What stands in the file is shown as it can be harmless in a terminal; a long line is shown around the part
//! that is meant, and of a part over many lines the first and the last one.

use std::io::{self, Write};

use crate::bundle::diagnostic::Choice;
use crate::bundle::{Bundle, Diagnostic, LineIndex, Loaded, Span, printable, printable_line};

use super::{shown_file, summary};

/// The most columns of a source line that are shown.
const WIDEST_LINE: usize = 120;
/// How many columns are shown before the marked part of a line that is longer.
const LEAD: usize = 30;

/// All problems with their lines, and a last line that counts them.
pub fn write_text(loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    for diagnostic in &loaded.diagnostics {
        write_diagnostic(&loaded.bundle, diagnostic, out)?;
    }
    writeln!(out, "{}", summary(&loaded.diagnostics))
}

fn write_diagnostic(bundle: &Bundle, diagnostic: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let (severity, code) = (diagnostic.severity.as_str(), diagnostic.code.as_str());
    writeln!(out, "{severity}[{code}]: {}", printable(&diagnostic.message))?;
    let file = printable_line(shown_file(diagnostic), 300);
    match diagnostic.position {
        Some(at) => writeln!(out, "  --> {file}:{}:{}", at.line, at.column)?,
        None => writeln!(out, "  --> {file}")?,
    }
    if let (Some(span), Some(text)) = (diagnostic.span, bundle.sources.get(&diagnostic.file)) {
        write_source(text, span, out)?;
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "   = help: {}", printable(help))?;
    }
    for fix in &diagnostic.fixes {
        writeln!(out, "   = fix: {}", printable(&fix.title))?;
    }
    for choice in &diagnostic.choices {
        let Choice { title, service, function, word } = choice;
        let place = format!("modules: {service}: functions: {function}: {word}");
        writeln!(out, "   = choose `{}`: {}", printable_line(&place, 200), printable_line(title, 200))?;
    }
    writeln!(out)
}

/// The lines of `span` with the offending part underlined: all of up to three, else the first and the last.
fn write_source(text: &str, span: Span, out: &mut dyn Write) -> io::Result<()> {
    let index = LineIndex::new(text);
    let first = index.position(text, span.start).line;
    let last = index.position(text, span.end.saturating_sub(1).max(span.start)).line;
    let margin = " ".repeat(last.to_string().len());
    writeln!(out, "{margin} |")?;
    let lines: Vec<usize> = if last - first < 3 { (first..=last).collect() } else { vec![first, last] };
    let mut before = None;
    for line in lines {
        if before.is_some_and(|before| before + 1 < line) {
            writeln!(out, "{margin} ...")?;
        }
        before = Some(line);
        let Some(place) = index.line_span(text, line) else { continue };
        let (shown, indent, width) = window(text, place, span);
        writeln!(out, "{line:>0$} | {shown}", margin.len())?;
        writeln!(out, "{margin} | {}{}", " ".repeat(indent), "^".repeat(width))?;
    }
    Ok(())
}

/// A line as it is shown, the columns before its marked part, and the columns of that part.
fn window(text: &str, line: Span, span: Span) -> (String, usize, usize) {
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let start = span.start.clamp(line.start, line.end);
    let end = span.end.clamp(start, line.end);
    // On a line after the first one, what is indented is not what is wrong.
    let start = if span.start < line.start {
        let content = part(line.start, end);
        line.start + (content.len() - content.trim_start().len())
    } else {
        start
    };
    let (before, marked, after) = (part(line.start, start), part(start, end), part(end, line.end));
    let lead: String =
        if before.chars().take(WIDEST_LINE).count() + marked.chars().take(WIDEST_LINE).count() < WIDEST_LINE {
            harmless(before)
        } else {
            let skipped = before.chars().count().saturating_sub(LEAD);
            let kept = before.char_indices().nth(skipped).map_or("", |(at, _)| part(line.start + at, start));
            if skipped > 0 { format!("…{}", harmless(kept)) } else { harmless(kept) }
        };
    let indent = columns(&lead);
    let room = WIDEST_LINE.saturating_sub(indent).max(1);
    let marked = cut(
        &harmless(&marked.chars().take(WIDEST_LINE).collect::<String>()),
        room,
        marked.chars().count() > WIDEST_LINE,
    );
    let width = columns(&marked);
    let rest = cut(&harmless(&after.chars().take(WIDEST_LINE).collect::<String>()), room.saturating_sub(width), false);
    (format!("{lead}{marked}{rest}").trim_end().to_owned(), indent, width.max(1))
}

/// A tab becomes four spaces, a control character its escape.
fn harmless(text: &str) -> String {
    printable_line(&text.replace('\t', "    "), usize::MAX)
}

/// As much of `text` as fits into `room` columns, with an ellipsis where something is left out.
fn cut(text: &str, room: usize, is_cut: bool) -> String {
    if columns(text) <= room && !is_cut {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += width(c);
        if used > room {
            break;
        }
        out.push(c);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// How many columns a terminal gives a character: two for those of East Asia and for emoji, none for marks
/// that are put onto the one before.
fn width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f
        | 0x0483..=0x0489
        | 0x0591..=0x05bd
        | 0x064b..=0x065f
        | 0x1ab0..=0x1aff
        | 0x1dc0..=0x1dff
        | 0x200b..=0x200f
        | 0x20d0..=0x20ff
        | 0xfe00..=0xfe0f
        | 0xfe20..=0xfe2f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0x33ff
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf
        | 0xa960..=0xa97f
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

//! `check`: all problems of a bundle, each with the line it is on.

use serde_json::json;

use crate::bundle::diagnostic::Choice;
use crate::bundle::{Bundle, Diagnostic, LineIndex, Loaded, Severity, printable, printable_line};

use super::args::{BundleArgs, Format};
use super::{Status, Streams, open};

/// The most characters of a source line that are shown.
const WIDEST_LINE: usize = 160;

pub fn run(args: &BundleArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let (loaded, readable) = match open::examined(&args.bundle) {
        Ok(loaded) => (loaded, true),
        Err(diagnostics) => (Loaded { diagnostics, ..Loaded::default() }, false),
    };
    match args.format {
        Format::Json => {
            let listed: Vec<_> = loaded.diagnostics.iter().map(to_json).collect();
            serde_json::to_writer_pretty(&mut *streams.out, &json!({ "diagnostics": listed }))?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(&loaded, streams.out)?,
    }
    Ok(match (readable, has_errors(&loaded.diagnostics)) {
        (false, _) => Status::Unusable,
        (true, true) => Status::No,
        (true, false) => Status::Fine,
    })
}

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// All problems with their lines, and a last line that counts them.
pub fn write_text(loaded: &Loaded, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    for diagnostic in &loaded.diagnostics {
        write_diagnostic(&loaded.bundle, diagnostic, out)?;
    }
    writeln!(out, "{}", summary(&loaded.diagnostics))
}

/// `2 errors, 1 warning`, or that there is nothing to mend.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let parts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")]
        .into_iter()
        .map(|(severity, word)| (count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "No problems".into() } else { parts.join(", ") }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn write_diagnostic(bundle: &Bundle, diagnostic: &Diagnostic, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let word = severity_word(diagnostic.severity);
    writeln!(out, "{word}[{}]: {}", diagnostic.code.as_str(), printable(&diagnostic.message))?;
    let file = if diagnostic.file.is_empty() { "." } else { &diagnostic.file };
    match diagnostic.position {
        Some(at) => writeln!(out, "  --> {file}:{}:{}", at.line, at.column)?,
        None => writeln!(out, "  --> {file}")?,
    }
    write_source(bundle, diagnostic, out)?;
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

/// The line of the problem with the offending part underlined.
fn write_source(bundle: &Bundle, diagnostic: &Diagnostic, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let (Some(span), Some(at), Some(text)) =
        (diagnostic.span, diagnostic.position, bundle.sources.get(&diagnostic.file))
    else {
        return Ok(());
    };
    let Some(line) = LineIndex::new(text).line_span(text, at.line) else { return Ok(()) };
    let Some(shown) = text.get(line.start..line.end) else { return Ok(()) };
    let before = text.get(line.start..span.start.clamp(line.start, line.end)).unwrap_or_default();
    let marked =
        text.get(span.start.clamp(line.start, line.end)..span.end.clamp(line.start, line.end)).unwrap_or_default();
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = printable_line(before, WIDEST_LINE).chars().count();
    let width = printable_line(marked, WIDEST_LINE.saturating_sub(indent)).chars().count().max(1);
    writeln!(out, "{margin} |")?;
    writeln!(out, "{number} | {}", printable_line(shown, WIDEST_LINE))?;
    writeln!(out, "{margin} | {}{}", " ".repeat(indent), "^".repeat(width))
}

/// One problem for programs.
pub fn to_json(diagnostic: &Diagnostic) -> serde_json::Value {
    json!({
        "code": diagnostic.code.as_str(),
        "severity": severity_word(diagnostic.severity),
        "file": diagnostic.file,
        "line": diagnostic.position.map(|at| at.line),
        "column": diagnostic.position.map(|at| at.column),
        "span": diagnostic.span.map(|span| [span.start, span.end]),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "fixes": diagnostic.fixes.iter().map(|fix| json!({
            "title": fix.title,
            "edits": fix.edits.iter().map(|edit| json!({
                "span": [edit.span.start, edit.span.end],
                "replacement": edit.replacement,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "choices": diagnostic.choices.iter().map(|choice| json!({
            "title": choice.title,
            "service": choice.service,
            "function": choice.function,
            "word": choice.word,
        })).collect::<Vec<_>>(),
    })
}

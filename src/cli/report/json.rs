//! Problems as JSON, for programs: all that a [`Diagnostic`] holds.

use std::io::Write;

use serde_json::json;

use crate::bundle::{Diagnostic, Loaded};

/// One object with the list of all problems.
pub fn write(loaded: &Loaded, out: &mut dyn Write) -> anyhow::Result<()> {
    let listed: Vec<_> = loaded.diagnostics.iter().map(to_json).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "diagnostics": listed }))?;
    writeln!(out)?;
    Ok(())
}

/// One problem for programs.
pub fn to_json(diagnostic: &Diagnostic) -> serde_json::Value {
    json!({
        "code": diagnostic.code.as_str(),
        "severity": diagnostic.severity.as_str(),
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

//! Problems as SARIF 2.1.0, which code hosts show beside the changed lines.
//!
//! Lines and columns count from 1, columns in Unicode code points, and files are relative to `BUNDLE`, the
//! bundle's folder.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use crate::bundle::{Code, Diagnostic, Fix, LineIndex, Loaded, Severity, Span};

/// The id of the folder that files are relative to.
const BASE: &str = "BUNDLE";

/// One run with a rule for each code and a result for each problem.
pub fn write(loaded: &Loaded, out: &mut dyn Write) -> anyhow::Result<()> {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let mut texts = Texts { loaded, lines: BTreeMap::new() };
    let results: Vec<Value> = loaded.diagnostics.iter().map(|diagnostic| texts.result(diagnostic)).collect();
    let driver = json!({
        "name": "priostack-workbench",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { BASE: { "description": { "text": "The bundle's folder" } } },
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)?;
    Ok(())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "name": name(code),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": code.explanation() },
        "help": { "text": code.explanation() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

/// `function-unknown` as `FunctionUnknown`: rules have names in this spelling.
fn name(code: Code) -> String {
    let words = code.as_str().split('-').map(|word| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    });
    words.collect()
}

/// The texts that places point into.
struct Texts<'a> {
    loaded: &'a Loaded,
    lines: BTreeMap<&'a str, LineIndex>,
}

impl<'a> Texts<'a> {
    fn result(&mut self, diagnostic: &'a Diagnostic) -> Value {
        let text = match &diagnostic.help {
            Some(help) => format!("{}: {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let index = Code::ALL.iter().position(|code| *code == diagnostic.code);
        let mut place = json!({ "artifactLocation": location(&diagnostic.file) });
        if let Some(region) = diagnostic.span.and_then(|span| self.region(&diagnostic.file, span))
            && let Some(place) = place.as_object_mut()
        {
            place.insert("region".into(), region);
        }
        let mut result = json!({
            "ruleId": diagnostic.code.as_str(),
            "ruleIndex": index,
            "level": level(diagnostic.severity),
            "message": { "text": text },
            "locations": [{ "physicalLocation": place }],
            "partialFingerprints": { "problem/v1": fingerprint(diagnostic) },
        });
        let fixes: Vec<Value> = diagnostic.fixes.iter().filter_map(|fix| self.fix(&diagnostic.file, fix)).collect();
        if !fixes.is_empty()
            && let Some(result) = result.as_object_mut()
        {
            result.insert("fixes".into(), fixes.into());
        }
        result
    }

    fn fix(&mut self, file: &'a str, fix: &Fix) -> Option<Value> {
        let mut replacements = Vec::new();
        for edit in &fix.edits {
            replacements.push(json!({
                "deletedRegion": self.region(file, edit.span)?,
                "insertedContent": { "text": edit.replacement },
            }));
        }
        let change = json!({ "artifactLocation": location(file), "replacements": replacements });
        Some(json!({ "description": { "text": fix.title }, "artifactChanges": [change] }))
    }

    /// A place by lines and columns; `None` where the file's text is not known.
    fn region(&mut self, file: &'a str, span: Span) -> Option<Value> {
        let text = self.loaded.bundle.sources.get(file)?;
        let lines = self.lines.entry(file).or_insert_with(|| LineIndex::new(text));
        let (start, end) = (lines.position(text, span.start), lines.position(text, span.end));
        Some(json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }))
    }
}

fn location(file: &str) -> Value {
    // The folder itself has no file; its manifest stands for it.
    let file = if file.is_empty() { "bundle.yaml" } else { file };
    json!({ "uri": uri(file), "uriBaseId": BASE })
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What tells a problem from others when lines have moved.
fn fingerprint(diagnostic: &Diagnostic) -> String {
    let text = format!("{}\n{}\n{}", diagnostic.code, diagnostic.file, diagnostic.message);
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}

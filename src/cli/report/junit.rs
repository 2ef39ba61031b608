//! Problems as a JUnit report, which CI servers show as tests.
//!
//! Each file of the bundle is a suite. A file without errors and warnings is one passed test; every error and
//! every warning is a failed test of its own, named by its code and line, and hints are the suite's output: CI
//! servers show what failed, each with its message, and count what passed.

use std::collections::BTreeMap;
use std::io::Write;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::bundle::{Diagnostic, Loaded, Severity};

use super::shown_file;

/// One suite for each file.
pub fn write(loaded: &Loaded, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut suites: BTreeMap<&str, Vec<&Diagnostic>> = BTreeMap::new();
    for file in loaded.bundle.sources.keys().chain(loaded.bundle.modules.iter().map(|module| &module.file)) {
        suites.entry(file).or_default();
    }
    for diagnostic in &loaded.diagnostics {
        suites.entry(shown_file(diagnostic)).or_default().push(diagnostic);
    }
    let tests: usize = suites.values().map(|found| tests_in(found)).sum();
    let failures: usize = suites.values().map(|found| failures_in(found)).sum();
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let name = clean(&loaded.bundle.display_name());
    let counts = [("tests", tests.to_string()), ("failures", failures.to_string()), ("errors", "0".into())];
    xml.create_element("testsuites")
        .with_attribute(("name", name.as_str()))
        .with_attributes(counts.iter().map(|(key, value)| (*key, value.as_str())))
        .write_inner_content(|xml| suites.iter().try_for_each(|(file, found)| suite(xml, file, found)))?;
    writeln!(out)?;
    Ok(())
}

fn is_failure(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity != Severity::Hint
}

fn failures_in(found: &[&Diagnostic]) -> usize {
    found.iter().filter(|diagnostic| is_failure(diagnostic)).count()
}

fn tests_in(found: &[&Diagnostic]) -> usize {
    failures_in(found).max(1)
}

fn suite<W: Write>(xml: &mut Writer<W>, file: &str, found: &[&Diagnostic]) -> std::io::Result<()> {
    let (tests, failures, file) = (tests_in(found).to_string(), failures_in(found).to_string(), clean(file));
    xml.create_element("testsuite")
        .with_attributes([
            ("name", file.as_str()),
            ("tests", tests.as_str()),
            ("failures", failures.as_str()),
            ("errors", "0"),
        ])
        .write_inner_content(|xml| {
            if failures == "0" {
                xml.create_element("testcase")
                    .with_attributes([("classname", file.as_str()), ("name", "no errors and no warnings")])
                    .write_empty()?;
            }
            found
                .iter()
                .filter(|diagnostic| is_failure(diagnostic))
                .try_for_each(|diagnostic| case(xml, &file, diagnostic))?;
            let hints: Vec<String> =
                found.iter().filter(|diagnostic| !is_failure(diagnostic)).map(|hint| line(hint)).collect();
            if !hints.is_empty() {
                xml.create_element("system-out").write_text_content(BytesText::new(&clean(&hints.join("\n"))))?;
            }
            Ok(())
        })?;
    Ok(())
}

fn case<W: Write>(xml: &mut Writer<W>, file: &str, diagnostic: &Diagnostic) -> std::io::Result<()> {
    let place = diagnostic.position.map_or_else(String::new, |at| format!(" at {}:{}", at.line, at.column));
    let name = format!("{}{place}", diagnostic.code);
    let message = clean(&diagnostic.message);
    let line_number = diagnostic.position.map(|at| at.line.to_string());
    let mut element =
        xml.create_element("testcase").with_attributes([("classname", file), ("name", name.as_str()), ("file", file)]);
    if let Some(number) = &line_number {
        element = element.with_attribute(("line", number.as_str()));
    }
    element.write_inner_content(|xml| {
        xml.create_element("failure")
            .with_attributes([("message", message.as_str()), ("type", diagnostic.severity.as_str())])
            .write_text_content(BytesText::new(&clean(&line(diagnostic))))?;
        Ok(())
    })?;
    Ok(())
}

/// The problem on a line of its own, with what to do below it.
fn line(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.position.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
    let (file, severity) = (shown_file(diagnostic), diagnostic.severity.as_str());
    let mut text = format!("{file}{place}: {severity}[{}]: {}", diagnostic.code, diagnostic.message);
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    for fix in &diagnostic.fixes {
        text.push_str(&format!("\nfix: {}", fix.title));
    }
    text
}

/// Without the characters that XML cannot hold.
pub(in crate::cli) fn clean(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}

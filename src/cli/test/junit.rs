//! The results of cases as a JUnit report: a suite for each function, a test for each case.

use std::collections::BTreeMap;
use std::io::Write;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Results, failure_lines};
use crate::bundle::cases::BrokenCase;
use crate::cli::report::clean;
use crate::platform::CaseRun;

/// One suite for each function, and one for the files that are no cases.
pub fn write(results: &Results, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut suites: BTreeMap<String, Vec<&CaseRun>> = BTreeMap::new();
    for run in &results.runs {
        let name = clean(&format!("{}:{}", run.located.service, run.located.function));
        suites.entry(name).or_default().push(run);
    }
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (tests, failures) = ((results.passed() + results.failed()).to_string(), results.failed().to_string());
    let name = clean(&results.bundle);
    let attributes = [("name", name.as_str()), ("tests", &tests), ("failures", &failures), ("errors", "0")];
    xml.create_element("testsuites").with_attributes(attributes).write_inner_content(|xml| {
        suites.iter().try_for_each(|(name, runs)| suite(xml, name, runs))?;
        if results.broken.is_empty() { Ok(()) } else { unreadable(xml, &results.broken) }
    })?;
    writeln!(out)?;
    Ok(())
}

fn suite<W: Write>(xml: &mut Writer<W>, name: &str, runs: &[&CaseRun]) -> std::io::Result<()> {
    let failures = runs.iter().filter(|run| run.failure.is_some()).count().to_string();
    let tests = runs.len().to_string();
    let seconds: f64 = runs.iter().filter_map(|run| run.took).map(|took| took.as_secs_f64()).sum();
    let time = format!("{seconds:.6}");
    xml.create_element("testsuite")
        .with_attributes([("name", name), ("tests", &tests), ("failures", &failures), ("errors", "0"), ("time", &time)])
        .write_inner_content(|xml| runs.iter().try_for_each(|run| case(xml, name, run)))?;
    Ok(())
}

fn case<W: Write>(xml: &mut Writer<W>, suite: &str, run: &CaseRun) -> std::io::Result<()> {
    let (name, file) = (clean(&run.located.case.name), clean(&run.located.file));
    let time = format!("{:.6}", run.took.unwrap_or_default().as_secs_f64());
    let attributes = [("classname", suite), ("name", &name), ("file", &file), ("time", &time)];
    let element = xml.create_element("testcase").with_attributes(attributes);
    let Some(problem) = &run.failure else { return element.write_empty().map(drop) };
    element.write_inner_content(|xml| failure(xml, &problem.message, &failure_lines(run).join("\n")))?;
    Ok(())
}

fn unreadable<W: Write>(xml: &mut Writer<W>, broken: &[BrokenCase]) -> std::io::Result<()> {
    const NAME: &str = "unreadable cases";
    let count = broken.len().to_string();
    let attributes = [("name", NAME), ("tests", &count), ("failures", &count), ("errors", "0")];
    xml.create_element("testsuite").with_attributes(attributes).write_inner_content(|xml| {
        broken.iter().try_for_each(|case| {
            let file = clean(&case.file);
            let attributes = [("classname", NAME), ("name", file.as_str()), ("file", file.as_str())];
            xml.create_element("testcase")
                .with_attributes(attributes)
                .write_inner_content(|xml| failure(xml, "This is no case", &case.reason))?;
            Ok(())
        })
    })?;
    Ok(())
}

fn failure<W: Write>(xml: &mut Writer<W>, message: &str, text: &str) -> std::io::Result<()> {
    xml.create_element("failure")
        .with_attributes([("message", clean(message).as_str()), ("type", "failed")])
        .write_text_content(BytesText::new(&clean(text)))?;
    Ok(())
}

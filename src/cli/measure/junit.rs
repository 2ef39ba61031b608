//! The report as JUnit: a suite for each function, a test for each of its goals, and one that it is not slower than
//! the baseline. What cannot be decided is skipped, with the reason.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::cli::report::clean;
use crate::measure::{Change, Verdict};

use super::report::{Baseline, Reported};
use super::text::verdict_lines;
use super::words;

/// A test and what became of it.
struct Case {
    name: String,
    result: Outcome,
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
    Broken(String),
}

/// Writes the report.
///
/// # Errors
/// When the stream cannot be written to.
pub fn write(bundle: &str, reported: &[Reported<'_>], out: &mut dyn Write) -> anyhow::Result<()> {
    let suites: Vec<(String, f64, Vec<Case>)> = reported
        .iter()
        .map(|one| {
            let seconds = one.measured.measurement().map_or(0.0, |measurement| measurement.elapsed.as_secs_f64());
            (clean(&one.measured.subject.title()), seconds, cases(one))
        })
        .collect();
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = counts(suites.iter().flat_map(|(_, _, cases)| cases));
    xml.create_element("testsuites")
        .with_attribute(("name", clean(bundle).as_str()))
        .with_attributes(counts.iter().map(|(key, value)| (*key, value.as_str())))
        .write_inner_content(|xml| {
            suites.iter().try_for_each(|(name, seconds, cases)| suite(xml, name, *seconds, cases))
        })?;
    writeln!(out)?;
    Ok(())
}

fn cases(one: &Reported<'_>) -> Vec<Case> {
    let mut cases = Vec::new();
    if let Err(reason) = &one.measured.result {
        cases.push(Case { name: "is measured".into(), result: Outcome::Broken(reason.clone()) });
    }
    for (goal, verdict) in &one.goals {
        let text = verdict_lines(verdict).join("\n");
        let result = match verdict {
            Verdict::Met(_) => Outcome::Passed,
            Verdict::Missed(_) => Outcome::Failed(text),
            Verdict::TooFew { .. } | Verdict::NotMeasurable { .. } => Outcome::Skipped(text),
        };
        cases.push(Case { name: format!("goal {}", words::goal(goal)), result });
    }
    let name = "is not slower than the baseline".to_owned();
    match &one.baseline {
        None => {}
        Some(Baseline::None) => {
            cases.push(Case { name, result: Outcome::Skipped("no baseline of this function".into()) });
        }
        Some(Baseline::Incomparable { label, reason }) => {
            cases.push(Case { name, result: Outcome::Skipped(format!("{label}: {reason}")) });
        }
        Some(Baseline::Compared { with, comparison }) => {
            let text = format!(
                "{} than {}: {}",
                comparison.change.words(),
                with.label,
                words::comparison(comparison).join("\n")
            );
            let result = if comparison.change == Change::Slower { Outcome::Failed(text) } else { Outcome::Passed };
            cases.push(Case { name, result });
        }
    }
    cases
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> [(&'static str, String); 4] {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.result {
            Outcome::Passed => {}
            Outcome::Failed(_) => failures += 1,
            Outcome::Skipped(_) => skipped += 1,
            Outcome::Broken(_) => errors += 1,
        }
    }
    [("tests", tests), ("failures", failures), ("errors", errors), ("skipped", skipped)]
        .map(|(key, count)| (key, count.to_string()))
}

fn suite<W: Write>(xml: &mut Writer<W>, name: &str, seconds: f64, cases: &[Case]) -> io::Result<()> {
    let (counts, time) = (counts(cases.iter()), format!("{seconds:.6}"));
    xml.create_element("testsuite")
        .with_attribute(("name", name))
        .with_attributes(counts.iter().map(|(key, value)| (*key, value.as_str())))
        .with_attribute(("time", time.as_str()))
        .write_inner_content(|xml| cases.iter().try_for_each(|one| case(xml, name, one)))?;
    Ok(())
}

fn case<W: Write>(xml: &mut Writer<W>, class: &str, case: &Case) -> io::Result<()> {
    let name = clean(&case.name);
    let element = xml.create_element("testcase").with_attributes([("classname", class), ("name", name.as_str())]);
    let (kind, text) = match &case.result {
        Outcome::Passed => {
            element.write_empty()?;
            return Ok(());
        }
        Outcome::Failed(text) => ("failure", clean(text)),
        Outcome::Skipped(text) => ("skipped", clean(text)),
        Outcome::Broken(text) => ("error", clean(text)),
    };
    let message = text.lines().next().unwrap_or_default();
    element.write_inner_content(|xml| {
        let element = xml.create_element(kind).with_attribute(("message", message));
        if kind == "skipped" {
            element.write_empty()?;
        } else {
            element.write_text_content(BytesText::new(&text))?;
        }
        Ok(())
    })?;
    Ok(())
}

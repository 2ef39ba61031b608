//! The report as one page for people: no scripts, nothing fetched, readable in light and dark and on paper.

use std::fmt::{self, Display, Write};

use crate::bundle::printable;
use crate::bundle::target::{Dimension, formatted};

use super::{FunctionFacts, GoalFacts, ModuleFacts, Report};

const STYLE: &str = include_str!("page.css");

/// A text that is safe to stand in a page, whoever wrote it.
struct Safe<'a>(&'a str);

impl Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in printable(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The report as an HTML page.
pub fn page(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a text cannot fail.
    let _ = write_page(report, &mut out);
    out
}

fn write_page(report: &Report, out: &mut String) -> fmt::Result {
    let bundle = &report.bundle;
    let version = bundle.version.as_deref().unwrap_or("no version");
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\">")?;
    writeln!(out, "<title>{} {}</title>\n<style>\n{STYLE}</style>", Safe(&bundle.name), Safe(version))?;
    writeln!(out, "<main>\n<h1>{} <small>{}</small></h1>", Safe(&bundle.name), Safe(version))?;
    if let Some(description) = &bundle.description {
        writeln!(out, "<p>{}</p>", Safe(description))?;
    }
    let size = formatted(report.archive.size as f64, Dimension::Bytes);
    writeln!(out, "<p>Archive of {size}, SHA-256 <code>{}</code></p>", Safe(&report.archive.sha256))?;
    goals(&report.goals, out)?;
    problems(report, out)?;
    services(report, out)?;
    functions(&report.functions, out)?;
    modules(&report.modules, out)?;
    files(report, out)?;
    let (workbench, engine) = (Safe(&report.workbench), Safe(&report.engine));
    writeln!(out, "<footer>Written by PrioStack Workbench {workbench}, which runs {engine}</footer>\n</main>\n</html>")
}

/// A table with these headings, or a sentence where there are no rows.
fn table(out: &mut String, title: &str, headings: &[&str], none: &str, rows: &[Vec<String>]) -> fmt::Result {
    writeln!(out, "<section>\n<h2>{title}</h2>")?;
    if rows.is_empty() {
        return writeln!(out, "<p class=\"none\">{none}</p>\n</section>");
    }
    let headings: String = headings.iter().map(|heading| format!("<th scope=\"col\">{heading}</th>")).collect();
    writeln!(out, "<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>")?;
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        writeln!(out, "<tr>{cells}</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>")
}

fn safe(text: &str) -> String {
    Safe(text).to_string()
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", Safe(text))
}

fn list<T: AsRef<str>>(texts: &[T]) -> String {
    texts.iter().map(|text| safe(text.as_ref())).collect::<Vec<_>>().join("<br>")
}

fn goals(goals: &[GoalFacts], out: &mut String) -> fmt::Result {
    let mut rows = Vec::new();
    for goal in goals {
        let first = [safe(&goal.service), safe(&goal.goal), code(&format!("{} {}", goal.metric, goal.target))];
        if goal.findings.is_empty() {
            let rest = [String::new(), verdict("not measured"), String::new(), String::new()];
            rows.push(first.iter().cloned().chain(rest).collect());
        }
        for finding in &goal.findings {
            let measured = match finding.note.as_str() {
                "" => safe(&finding.detail),
                note => format!("{}<br><small>{}</small>", Safe(&finding.detail), Safe(note)),
            };
            let rest = [code(&finding.function), verdict(&finding.verdict), measured, safe(&finding.run)];
            rows.push(first.iter().cloned().chain(rest).collect());
        }
    }
    let headings = ["Service", "Goal", "Target", "Function", "Verdict", "Measured", "Run"];
    table(out, "Goals", &headings, "The bundle states no goals.", &rows)
}

fn verdict(word: &str) -> String {
    let class = match word {
        "met" => "good",
        "missed" => "bad",
        _ => "open",
    };
    format!("<span class=\"{class}\">{}</span>", Safe(word))
}

fn problems(report: &Report, out: &mut String) -> fmt::Result {
    let rows: Vec<Vec<String>> = report
        .problems
        .iter()
        .map(|problem| {
            let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
            let message = match &problem.help {
                Some(help) => format!("{}<br><small>{}</small>", Safe(&problem.message), Safe(help)),
                None => safe(&problem.message),
            };
            let place = code(&format!("{}{line}", problem.file));
            vec![safe(&problem.severity), place, message, code(&problem.code)]
        })
        .collect();
    table(out, "Problems", &["Severity", "Place", "What", "Check"], "None.", &rows)
}

fn services(report: &Report, out: &mut String) -> fmt::Result {
    let rows: Vec<Vec<String>> = report
        .services
        .iter()
        .map(|service| {
            let version = service.version.as_deref().unwrap_or_default();
            vec![safe(&service.name), safe(version), list(&service.endpoints), list(&service.intents)]
        })
        .collect();
    table(out, "Services", &["Service", "Version", "Endpoints", "Intents"], "The bundle names no service.", &rows)
}

fn functions(functions: &[FunctionFacts], out: &mut String) -> fmt::Result {
    let rows: Vec<Vec<String>> = functions
        .iter()
        .map(|function| {
            vec![
                code(&function.function),
                list(&function.referred_by),
                convention(function),
                limits(function),
                determinism(function),
            ]
        })
        .collect();
    let headings = ["Function", "Referred to by", "Called by", "Limits of a call", "Determinism"];
    table(out, "Functions", &headings, "The bundle refers to no function.", &rows)
}

fn convention(function: &FunctionFacts) -> String {
    let Some(facts) = &function.convention else { return safe("not loaded") };
    let chosen = if facts.is_chosen { "; settings or declarations beside the module had a say" } else { "" };
    format!("{}<br><small>{}{chosen}</small>", Safe(&facts.name), Safe(&facts.evidence))
}

fn limits(function: &FunctionFacts) -> String {
    let Some(facts) = &function.limits else { return String::new() };
    let mut parts = vec![
        formatted(facts.memory as f64, Dimension::Bytes),
        formatted(facts.time_ms as f64 / 1000.0, Dimension::Time),
    ];
    parts.extend(facts.instructions.map(|count| format!("{count} instructions")));
    let own = if facts.are_own { "<br><small>its own</small>" } else { "" };
    format!("{}{own}", safe(&parts.join(", ")))
}

fn determinism(function: &FunctionFacts) -> String {
    let Some(facts) = &function.determinism else { return "<span class=\"open\">not tried</span>".to_owned() };
    let class = match facts.verdict.as_str() {
        "deterministic" => "good",
        "not deterministic" => "bad",
        _ => "open",
    };
    let details = list(&facts.details);
    format!(
        "<span class=\"{class}\">{}</span> <small>{} of {} cases</small><br><small>{details}</small>",
        Safe(&facts.verdict),
        facts.run,
        facts.cases
    )
}

fn modules(modules: &[ModuleFacts], out: &mut String) -> fmt::Result {
    let rows: Vec<Vec<String>> = modules
        .iter()
        .map(|module| {
            let producers: Vec<String> =
                module.producers.iter().map(|parts| parts.join(" ").trim_end().to_owned()).collect();
            let imports: Vec<String> = module.imports.iter().map(|(from, count)| format!("{from}: {count}")).collect();
            let memory = module.memory_at_start.map(|bytes| formatted(bytes as f64, Dimension::Bytes));
            vec![
                code(&module.path),
                safe(&module.toolchain),
                list(&producers),
                list(&imports),
                safe(&memory.unwrap_or_default()),
                module.exported_functions.to_string(),
            ]
        })
        .collect();
    let headings = ["Module", "Toolchain", "Producers", "Imports", "Memory at start", "Functions"];
    table(out, "Modules", &headings, "The bundle has no module.", &rows)
}

fn files(report: &Report, out: &mut String) -> fmt::Result {
    let rows: Vec<Vec<String>> =
        report.files.iter().map(|file| vec![code(&file.path), file.size.to_string(), code(&file.sha256)]).collect();
    table(out, "Files", &["File", "Bytes", "SHA-256"], "None.", &rows)
}

//! `explain`: what a code of a problem means; without a code, all codes there are.

use serde_json::json;

use crate::bundle::{Code, Severity, names};

use super::args::{ExplainArgs, Format};
use super::{Status, Streams};

pub fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let Some(wanted) = &args.code else {
        list(args.format, streams)?;
        return Ok(Status::Fine);
    };
    let Some(code) = Code::parse(wanted.trim()) else {
        writeln!(streams.err, "There is no code `{}`", names::shown(wanted))?;
        let near = names::nearest(wanted, Code::ALL.iter().map(|code| code.as_str()));
        match near.as_slice() {
            [] => writeln!(streams.err, "`explain` alone lists all codes")?,
            near => writeln!(streams.err, "Did you mean {}?", near.join(" or "))?,
        }
        return Ok(Status::Unusable);
    };
    match args.format {
        Format::Json => writeln!(streams.out, "{:#}", to_json(code))?,
        Format::Text => {
            writeln!(streams.out, "{}[{code}]: {}\n", code.severity().as_str(), code.title())?;
            writeln!(streams.out, "{}", wrapped(code.explanation(), 80))?;
        }
    }
    Ok(Status::Fine)
}

fn list(format: Format, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if format == Format::Json {
        let all: Vec<_> = Code::ALL.iter().map(|code| to_json(*code)).collect();
        writeln!(streams.out, "{:#}", json!({ "codes": all }))?;
        return Ok(());
    }
    let longest = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or(0);
    for severity in [Severity::Error, Severity::Warning, Severity::Hint] {
        for code in Code::ALL.iter().filter(|code| code.severity() == severity) {
            let (word, text) = (severity.as_str(), code.as_str());
            writeln!(streams.out, "{word:<7} {text:<longest$}  {}", code.title())?;
        }
    }
    Ok(())
}

fn to_json(code: Code) -> serde_json::Value {
    json!({
        "code": code.as_str(),
        "severity": code.severity().as_str(),
        "title": code.title(),
        "explanation": code.explanation(),
    })
}

/// `text` in lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

//! Takes typed fields out of a YAML mapping and reports what is missing, unknown or of the wrong kind.
//!
//! Every field is asked for once; whatever was not asked for is unknown.

use super::yaml::{Entry, Kind, Mapping, Meaning, Node, Scalar, quoted};
use super::{Code, Diagnostic, Fix, Severity, Source, Span, Spanned, names};

/// Most problems that are listed for one file.
const MAX_DIAGNOSTICS: usize = 500;

/// What one file's reading needs and gathers.
pub(super) struct Reading<'a> {
    /// The file.
    pub source: &'a Source,
    /// Whether the whole text was understood: otherwise an absent field may just be unreadable.
    pub complete: bool,
    /// What was found so far.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading<'_> {
    /// A problem at a place of the file, to be completed and [pushed](Self::push).
    pub fn at(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(code, self.source, span, message)
    }

    /// Adds a problem, if there is room for it.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.diagnostics.push(diagnostic);
        } else if self.diagnostics.len() == MAX_DIAGNOSTICS {
            let message = format!("the file has more than {MAX_DIAGNOSTICS} problems; the rest is not listed");
            self.diagnostics.push(Diagnostic::new(Code::TooManyProblems, self.source.file.as_str(), message));
        }
    }

    /// Whether so many problems were found that no more are listed.
    fn is_full(&self) -> bool {
        self.diagnostics.len() >= MAX_DIAGNOSTICS
    }

    /// Adds a problem at a place of the file that needs neither help nor fix.
    pub fn report(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(self.at(code, span, message));
    }

    /// A text, with a report where `node` is something else. `what` names it: `name of endpoint createUser`.
    pub fn text(&mut self, what: &str, node: &Node) -> Option<Spanned<String>> {
        let Kind::Scalar(scalar) = &node.kind else {
            self.report(Code::WrongType, node.span, format!("{what} is {}, not a text", node.kind_name()));
            return None;
        };
        match scalar.meaning() {
            Meaning::Null => return None,
            Meaning::Text => {}
            Meaning::Bool(_) | Meaning::Number(_) => self.looks_like(what, node, scalar),
        }
        if scalar.text.trim().is_empty() { None } else { Some(Spanned::new(scalar.text.to_string(), node.span)) }
    }

    fn looks_like(&mut self, what: &str, node: &Node, scalar: &Scalar) {
        let message = format!("{what} is read as {}, not as a text", node.kind_name());
        let replacement = quoted(&scalar.text);
        let fix = Fix::new(format!("Write {replacement}"), node.span, replacement);
        let diagnostic = self.at(Code::WrongType, node.span, message).with_severity(Severity::Warning);
        self.push(diagnostic.with_help("put it in quotation marks").with_fix(fix));
    }
}

/// The fields of one mapping.
pub(super) struct Fields<'m> {
    mapping: &'m Mapping,
    span: Span,
    /// What the mapping is, in words: `the bundle`, `endpoint createUser`.
    what: String,
    /// Whether the mapping is the file's root: what is missing there is missing in the whole file.
    is_root: bool,
    known: Vec<&'static str>,
}

impl<'m> Fields<'m> {
    /// The fields of the file's root.
    pub fn of_root(mapping: &'m Mapping, span: Span, what: impl Into<String>) -> Self {
        Self { mapping, span, what: what.into(), is_root: true, known: Vec::new() }
    }

    /// The fields of a mapping within the file.
    pub fn of(mapping: &'m Mapping, span: Span, what: impl Into<String>) -> Self {
        Self { is_root: false, ..Self::of_root(mapping, span, what) }
    }

    /// The entry `key`, if it is there.
    pub fn entry(&mut self, key: &'static str) -> Option<&'m Entry> {
        self.known.push(key);
        self.mapping.get(key)
    }

    /// The entry `key` with a value; reports where it is missing or empty.
    pub fn required(&mut self, reading: &mut Reading, key: &'static str) -> Option<&'m Entry> {
        match self.entry(key) {
            None => {
                self.missing(reading, key);
                None
            }
            Some(entry) if entry.value.is_null() => {
                self.empty(reading, entry);
                None
            }
            Some(entry) => Some(entry),
        }
    }

    /// The text `key`; reports where it is missing, empty or no text.
    pub fn required_text(&mut self, reading: &mut Reading, key: &'static str) -> Option<Spanned<String>> {
        let entry = self.required(reading, key)?;
        let before = reading.diagnostics.len();
        let text = reading.text(&format!("`{key}` of {}", self.what), &entry.value);
        if text.is_none() && reading.diagnostics.len() == before {
            self.empty(reading, entry);
        }
        text
    }

    /// The text `key`, if it is there; reports where it is no text.
    pub fn optional_text(&mut self, reading: &mut Reading, key: &'static str) -> Option<Spanned<String>> {
        let entry = self.entry(key)?;
        reading.text(&format!("`{key}` of {}", self.what), &entry.value)
    }

    /// `description`, if it is there.
    pub fn description(&mut self, reading: &mut Reading) -> Option<String> {
        self.optional_text(reading, "description").map(|text| text.value)
    }

    /// The items of the list `key`; reports where it is no list.
    pub fn list(&mut self, reading: &mut Reading, key: &'static str) -> &'m [Node] {
        let Some(entry) = self.entry(key) else { return &[] };
        match &entry.value.kind {
            Kind::Sequence(items) => items,
            _ if entry.value.is_null() => &[],
            _ => {
                let message = format!("`{key}` of {} is {}, not a list", self.what, entry.value.kind_name());
                let help = "write each entry on a line of its own that begins with `- `";
                reading.push(reading.at(Code::WrongType, entry.value.span, message).with_help(help));
                &[]
            }
        }
    }

    /// Reports the fields that nobody asked for. `also` names fields that are known but not used here.
    pub fn finish(mut self, reading: &mut Reading, also: &[&'static str]) {
        self.known.extend(also);
        let absent: Vec<&str> = self.known.iter().copied().filter(|known| self.mapping.get(known).is_none()).collect();
        for entry in self.mapping.own_entries() {
            if !self.known.contains(&&*entry.key) && !entry.key.starts_with("x-") {
                self.unknown(reading, entry, &absent);
            }
        }
    }

    fn unknown(&self, reading: &mut Reading, entry: &Entry, absent: &[&'static str]) {
        let near = names::nearest(&entry.key, absent.iter().copied()).first().copied();
        let message = format!("{} has no field `{}`", self.what, names::shown(&entry.key));
        let known = self.known.join(", ");
        let diagnostic = reading.at(Code::UnknownField, entry.key_span, message);
        reading.push(match near {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")).with_fix(Fix::new(
                format!("Change to {near}"),
                entry.key_span,
                near,
            )),
            None => diagnostic
                .with_severity(Severity::Hint)
                .with_help(format!("it is kept as it is; the fields are: {known}")),
        });
    }

    fn missing(&self, reading: &mut Reading, key: &str) {
        if !reading.complete {
            return;
        }
        let message = format!("{} has no `{key}`", self.what);
        let diagnostic = if self.is_root {
            Diagnostic::new(Code::MissingField, reading.source.file.clone(), message)
        } else {
            reading.at(Code::MissingField, self.head(), message)
        };
        reading.push(diagnostic.with_help(format!("add `{key}: ...`")));
    }

    fn empty(&self, reading: &mut Reading, entry: &Entry) {
        // Where the value could not be read, that has been said.
        let said = reading.diagnostics.iter().any(|earlier| earlier.span == Some(entry.value.span));
        if reading.complete && !said {
            let message = format!("`{}` of {} is empty", entry.key, self.what);
            reading.push(reading.at(Code::EmptyValue, entry.key_span, message).with_help("give it a value"));
        }
    }

    /// Where a problem of the whole mapping is shown: its first key, which is short, or all of it.
    fn head(&self) -> Span {
        self.mapping.own_entries().first().map_or(self.span, |entry| entry.key_span)
    }
}

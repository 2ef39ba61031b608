//! Takes typed fields out of a YAML mapping and reports what is missing, unknown or of the wrong kind.
//!
//! Which fields there are says the table of [`super::schema`]; whatever it does not hold is unknown.

use super::schema::Scope;
use super::yaml::{Entry, Kind, Mapping, Meaning, Node, Scalar, quoted};
use super::{Code, Diagnostic, Fix, Severity, Source, Span, Spanned, mend, names, schema};

/// Most problems that are listed for one file.
const MAX_DIAGNOSTICS: usize = 500;

/// What one file's reading needs and gathers.
pub(super) struct Reading<'a> {
    /// The file.
    pub source: &'a Source,
    /// The name of the bundle's folder.
    pub folder: &'a str,
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
            Meaning::Text if !scalar.is_text && is_old_boolean(&scalar.text) => self.old_boolean(node, scalar),
            Meaning::Text => {}
            Meaning::Bool(_) | Meaning::Number(_) => self.looks_like(what, node, scalar),
        }
        if scalar.text.trim().is_empty() { None } else { Some(Spanned::new(scalar.text.to_string(), node.span)) }
    }

    fn old_boolean(&mut self, node: &Node, scalar: &Scalar) {
        let message = format!("older readers of YAML take `{}` for a boolean", scalar.text);
        let replacement = quoted(&scalar.text);
        let fix = Fix::new(format!("Write {replacement}"), node.span, replacement);
        let diagnostic = self.at(Code::YamlOldBoolean, node.span, message);
        self.push(diagnostic.with_help("put it in quotation marks").with_fix(fix));
    }

    fn looks_like(&mut self, what: &str, node: &Node, scalar: &Scalar) {
        let message = format!("{what} is read as {}, not as a text", node.kind_name());
        let replacement = quoted(&scalar.text);
        let fix = Fix::new(format!("Write {replacement}"), node.span, replacement);
        let diagnostic = self.at(Code::WrongType, node.span, message).with_severity(Severity::Warning);
        self.push(diagnostic.with_help("put it in quotation marks").with_fix(fix));
    }
}

/// Whether YAML 1.1 reads a plain text as a boolean and YAML 1.2 does not.
fn is_old_boolean(text: &str) -> bool {
    ["yes", "no", "on", "off", "y", "n"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The fields of one mapping.
pub(super) struct Fields<'m> {
    mapping: &'m Mapping,
    span: Span,
    /// What the mapping is, in words: `the bundle`, `endpoint createUser`.
    what: String,
    /// Whether the mapping is the file's root: what is missing there is missing in the whole file.
    is_root: bool,
    /// Values that would do for fields that are missing or empty, the likeliest first.
    suggested: Vec<(&'static str, Vec<String>)>,
}

impl<'m> Fields<'m> {
    /// The fields of the file's root.
    pub fn of_root(mapping: &'m Mapping, span: Span, what: impl Into<String>) -> Self {
        Self { mapping, span, what: what.into(), is_root: true, suggested: Vec::new() }
    }

    /// The fields of a mapping within the file.
    pub fn of(mapping: &'m Mapping, span: Span, what: impl Into<String>) -> Self {
        Self { is_root: false, ..Self::of_root(mapping, span, what) }
    }

    /// Notes what could be written where `key` is missing or empty, the likeliest first.
    pub fn suggest(&mut self, key: &'static str, values: Vec<String>) {
        self.suggested.push((key, values));
    }

    /// The text of the field `key`, whatever else may be wrong with it.
    pub fn peek(&self, key: &str) -> Option<&'m str> {
        match &self.mapping.get(key)?.value.kind {
            Kind::Scalar(scalar) => Some(scalar.text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The entry `key`, if it is there.
    pub fn entry(&mut self, key: &'static str) -> Option<&'m Entry> {
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

    /// Reports the fields that a mapping of this kind does not have.
    pub fn finish(self, reading: &mut Reading, scope: Scope) {
        let known: Vec<&str> = schema::fields(scope).map(|field| field.key).collect();
        let absent: Vec<&str> = known.iter().copied().filter(|known| self.mapping.get(known).is_none()).collect();
        for entry in self.mapping.own_entries() {
            if reading.is_full() {
                // One more says that there are too many; to mend them all would take long.
                reading.report(Code::UnknownField, entry.key_span, "");
                return;
            }
            if !known.contains(&&*entry.key) && !entry.key.starts_with("x-") {
                self.unknown(reading, entry, &known, &absent);
            }
        }
    }

    fn unknown(&self, reading: &mut Reading, entry: &Entry, known: &[&str], absent: &[&'static str]) {
        let near = names::nearest(&entry.key, absent.iter().copied());
        let message = format!("{} has no field `{}`", self.what, names::shown(&entry.key));
        let mut diagnostic = reading.at(Code::UnknownField, entry.key_span, message);
        diagnostic = match near.first() {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic
                .with_severity(Severity::Hint)
                .with_help(format!("it is kept as it is; the fields are: {}", known.join(", "))),
        };
        let renamings = near.into_iter().map(|near| Fix::new(format!("Change to {near}"), entry.key_span, near));
        // Where the text is broken, what belongs to the entry is a guess.
        let removal = self.removal(reading.source, entry).filter(|_| reading.complete);
        diagnostic.fixes.extend(renamings.chain(removal));
        reading.push(diagnostic);
    }

    /// The fix that takes `entry` out.
    fn removal(&self, source: &Source, entry: &Entry) -> Option<Fix> {
        let edit = mend::remove_entry(&source.text, self.mapping, self.span, entry)?;
        Some(Fix { title: format!("Remove {}", names::shown(&entry.key)), edits: vec![edit] })
    }

    /// The fix that takes the field `key` out.
    pub fn removal_of(&self, source: &Source, key: &str) -> Option<Fix> {
        self.removal(source, self.mapping.get(key)?)
    }

    fn missing(&self, reading: &mut Reading, key: &str) {
        if !reading.complete {
            return;
        }
        let message = format!("{} has no `{key}`", self.what);
        let mut diagnostic = if self.is_root {
            Diagnostic::new(Code::MissingField, reading.source.file.clone(), message)
        } else {
            reading.at(Code::MissingField, self.head(), message)
        };
        diagnostic.fixes = self.additions(reading.source, key);
        reading.push(diagnostic.with_help(format!("add `{key}: ...`")));
    }

    /// The fixes that put `key` in with each of its suggested values.
    pub fn additions(&self, source: &Source, key: &str) -> Vec<Fix> {
        self.suggestions(key)
            .filter_map(|value| {
                let edit = mend::insert_entry(&source.text, self.mapping, self.span, key, value)?;
                Some(Fix { title: format!("Add {key}: {}", names::shown(value)), edits: vec![edit] })
            })
            .collect()
    }

    fn suggestions(&self, key: &str) -> impl Iterator<Item = &str> {
        let of_key = self.suggested.iter().filter(move |(suggested, _)| *suggested == key);
        of_key.flat_map(|(_, values)| values.iter().map(String::as_str))
    }

    fn empty(&self, reading: &mut Reading, entry: &Entry) {
        // Where the value could not be read, that has been said.
        let said = reading.diagnostics.iter().any(|earlier| earlier.span == Some(entry.value.span));
        if reading.complete && !said {
            let message = format!("`{}` of {} is empty", entry.key, self.what);
            let mut diagnostic = reading.at(Code::EmptyValue, entry.key_span, message).with_help("give it a value");
            diagnostic.fixes = self.fillings(reading.source, entry);
            reading.push(diagnostic);
        }
    }

    /// The fixes that give `entry`, which is empty, each of its suggested values.
    pub fn fillings(&self, source: &Source, entry: &Entry) -> Vec<Fix> {
        self.suggestions(&entry.key)
            .filter_map(|value| {
                let edit = mend::fill_entry(&source.text, entry, value)?;
                Some(Fix { title: format!("Write {}", names::shown(value)), edits: vec![edit] })
            })
            .collect()
    }

    /// Where a problem of the whole mapping is shown: its first key, which is short, or all of it.
    fn head(&self) -> Span {
        self.mapping.own_entries().first().map_or(self.span, |entry| entry.key_span)
    }
}

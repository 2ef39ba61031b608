//! What a change would make of a file before it is made: the edits, the lines that differ, and what the
//! bundle's checks say of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use super::{Editable, List, Refusal, Result, SERVICE, Values};
use crate::bundle::check::{self, Whole};
use crate::bundle::fields::Reading;
use crate::bundle::{Bundle, Code, Diagnostic, Severity, Source, TextEdit, edit, service, yaml};

/// Lines shown around what changes.
const CONTEXT: usize = 1;

/// What is made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The service itself.
    Service,
    /// A new entry of a list.
    New(List),
    /// The entry of this number.
    Entry(List, usize),
}

/// A change that could be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The change. Empty where nothing would differ.
    pub edits: Vec<TextEdit>,
    /// The lines that would differ, with a few around them.
    pub lines: Vec<Line>,
    /// What the checks say of it.
    pub marks: Vec<Mark>,
}

/// A line of the file before or after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it comes, goes or stays.
    pub tag: ChangeTag,
    /// The line without its ending.
    pub text: String,
}

/// What a check says of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The field it is about; `None`: the entry as a whole, or another place.
    pub field: Option<&'static str>,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, and what to do.
    pub text: String,
    /// Whether the value itself is wrong, whatever the rest of the bundle says.
    pub is_invalid: bool,
}

impl Subject {
    /// The fields that have a form.
    pub fn keys(self) -> Vec<&'static str> {
        match self {
            Self::Service => SERVICE.iter().map(|field| field.key).chain(["basePath"]).collect(),
            Self::New(list) | Self::Entry(list, _) => list.fields().iter().map(|field| field.key).collect(),
        }
    }

    /// Whether an entry without the field `key` is incomplete.
    pub fn requires(self, key: &str) -> bool {
        let fields = match self {
            Self::Service => &SERVICE,
            Self::New(list) | Self::Entry(list, _) => list.fields(),
        };
        fields.iter().any(|field| field.key == key && field.required)
    }

    /// The edits that give it `values` in `text`.
    ///
    /// # Errors
    /// When the text cannot be changed in this way.
    pub fn edits(self, text: &str, values: &Values) -> Result<Vec<TextEdit>> {
        let editable = Editable::read(text)?;
        match self {
            Self::Service => editable.change_service(values),
            Self::New(list) => editable.add(list, values),
            Self::Entry(list, at) => editable.change(list, at, values),
        }
    }
}

/// What giving `subject` these values makes of `text`, the present text of `file` in `bundle`.
///
/// # Errors
/// When the text cannot be changed in this way.
pub fn draft(bundle: &Bundle, file: &str, text: &str, subject: Subject, values: &Values) -> Result<Draft> {
    let edits = subject.edits(text, values)?;
    let after = edit::apply(&edits, text).ok_or_else(|| Refusal::new("the text has changed; try again"))?;
    let lines = differences(text, &after);
    let before = Judged::of(bundle, file, text);
    let marks = marks(subject, &after, file, &before, &Judged::of(bundle, file, &after))?;
    Ok(Draft { edits, lines, marks })
}

fn differences(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(CONTEXT);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    changes
        .map(|change| Line { tag: change.tag(), text: change.value().trim_end_matches(['\r', '\n']).into() })
        .collect()
}

/// What is wrong with a bundle in which one file has a certain text.
struct Judged {
    /// What the file alone shows.
    own: Vec<Diagnostic>,
    /// What shows beside the other files.
    whole: Vec<Diagnostic>,
}

impl Judged {
    fn of(bundle: &Bundle, file: &str, text: &str) -> Self {
        let source = Source::new(file, text);
        let document = yaml::parse(text);
        let folder = bundle.root.file_name().unwrap_or_default().to_string_lossy();
        let mut reading =
            Reading { source: &source, folder: &folder, complete: document.complete, diagnostics: Vec::new() };
        let read = document.root.as_ref().map(|root| service::read(&mut reading, root));
        let own = std::mem::take(&mut reading.diagnostics);
        let mut bundle = bundle.clone();
        if let (Some(read), Some(old)) = (read, bundle.services.iter_mut().find(|service| service.file == file)) {
            *old = read;
        }
        bundle.sources.insert(file.to_owned(), text.to_owned());
        let sources: BTreeMap<String, Arc<Source>> = bundle
            .sources
            .iter()
            .map(|(file, text)| (file.clone(), Arc::new(Source::new(file.as_str(), text.as_str()))))
            .collect();
        let all_services_known = bundle.services.len() == bundle.manifest.services.len();
        let mut whole = Vec::new();
        check::check(&Whole::new(&bundle, &sources, all_services_known), &mut whole);
        Self { own, whole }
    }

    /// What was said, without the numbers of lines, which move.
    fn said(&self) -> BTreeSet<(Code, String)> {
        self.own.iter().chain(&self.whole).map(said).collect()
    }
}

fn said(diagnostic: &Diagnostic) -> (Code, String) {
    (diagnostic.code, diagnostic.message.chars().filter(|c| !c.is_ascii_digit()).collect())
}

fn marks(subject: Subject, text: &str, file: &str, before: &Judged, after: &Judged) -> Result<Vec<Mark>> {
    let editable = Editable::read(text)?;
    let at = match subject {
        Subject::New(list) => Some((list, editable.count(list).saturating_sub(1))),
        Subject::Entry(list, at) => Some((list, at)),
        Subject::Service => None,
    };
    let keys = subject.keys();
    let field_of = |diagnostic: &Diagnostic| {
        let place = diagnostic.span?.start;
        keys.iter().copied().find(|key| {
            let span = match at {
                Some((list, at)) => editable.field_span(list, at, key),
                None => editable.service_span(key),
            };
            span.is_some_and(|span| span.start <= place && place <= span.end)
        })
    };
    let is_within = |diagnostic: &Diagnostic| {
        let entry = at.and_then(|(list, at)| editable.span(list, at));
        diagnostic.file == file
            && entry
                .zip(diagnostic.span)
                .is_some_and(|(entry, span)| entry.start <= span.start && span.start < entry.end)
    };
    let known = before.said();
    let own = after.own.iter().map(|diagnostic| (diagnostic, true));
    let whole = after.whole.iter().map(|diagnostic| (diagnostic, false));
    let mark = |(diagnostic, is_own): (&Diagnostic, bool)| {
        // The form says itself what is missing, and offers all there is.
        if matches!(diagnostic.code, Code::MissingField | Code::EmptyValue) {
            return None;
        }
        let here = (diagnostic.file == file).then(|| field_of(diagnostic)).flatten();
        let field = match diagnostic.code {
            Code::PrimitiveMissing if is_within(diagnostic) => Some("primitiveIntent"),
            Code::DuplicateName if at.is_some() => Some("name"),
            Code::RouteConflict if keys.contains(&"path") => Some("path"),
            Code::RouteConflict => Some("basePath"),
            _ => here,
        };
        let concerns = here.is_some() || is_within(diagnostic) || !known.contains(&said(diagnostic));
        concerns.then(|| Mark {
            field,
            severity: diagnostic.severity,
            text: in_words(diagnostic),
            is_invalid: is_own && diagnostic.severity == Severity::Error,
        })
    };
    let mut marks: Vec<Mark> = own.chain(whole).filter_map(mark).collect();
    marks.sort_by_key(|mark| mark.severity);
    Ok(marks)
}

fn in_words(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}; {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

//! Forms: what the user fills in to make or change a service, endpoint, intent or goal, and what became of
//! it so far. Plain data and the jobs that draft a change; drawing is in `panels/forms`.

use std::sync::Arc;

use crate::bundle::change::{self, Draft, Editable, List, Mark, Refusal, Subject, Values};
use crate::bundle::target::{Comparison, formatted};
use crate::bundle::template::{self, Language, NewService};
use crate::bundle::{Loaded, Target, TextEdit};

use super::work::Done;

/// What a form is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormKey {
    /// The service's file.
    pub file: String,
    /// What of it.
    pub subject: Subject,
}

/// What is to be done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rework {
    /// Remove it.
    Remove,
    /// Move it before the one above it.
    MoveUp,
    /// Move it behind the one below it.
    MoveDown,
}

/// An open form.
pub struct Form {
    /// What it is about.
    pub key: FormKey,
    /// What the fields hold.
    pub values: Values,
    /// What they held when the form was opened.
    pub opened_with: Values,
    /// The last draft.
    pub drafted: Option<Drafted>,
    /// Whether the change is to be made as soon as its draft is there.
    pub submitted: bool,
    /// Whether the first field wants the focus.
    pub wants_focus: bool,
}

/// What the fields and the file, as they were, would come to.
pub struct Drafted {
    /// What it was drafted for.
    pub key: FormKey,
    /// What the fields held.
    pub values: Values,
    /// The revision of the file's text.
    pub revision: u64,
    /// The change, or why it cannot be made.
    pub result: Result<Draft, Refusal>,
}

impl Form {
    /// A form whose fields hold `values`.
    pub fn new(key: FormKey, values: Values) -> Self {
        Self { key, opened_with: values.clone(), values, drafted: None, submitted: false, wants_focus: true }
    }

    /// Whether it makes something new.
    pub fn is_new(&self) -> bool {
        matches!(self.key.subject, Subject::New(_))
    }

    /// The values as they are written: without blanks around them.
    pub fn trimmed(&self) -> Values {
        self.values.iter().map(|(key, value)| (*key, value.trim().to_owned())).collect()
    }

    /// Whether the last draft is one of these fields and this text.
    pub fn is_drafted(&self, revision: u64) -> bool {
        let drafted = self.drafted.as_ref();
        drafted.is_some_and(|drafted| {
            drafted.revision == revision && drafted.key == self.key && drafted.values == self.trimmed()
        })
    }

    /// The draft, if there is one.
    pub fn draft(&self) -> Option<&Draft> {
        self.drafted.as_ref()?.result.as_ref().ok()
    }

    /// What the checks say of a field; `None`: of the whole.
    pub fn marks(&self, field: Option<&str>) -> impl Iterator<Item = &Mark> {
        self.draft().into_iter().flat_map(|draft| &draft.marks).filter(move |mark| mark.field == field)
    }

    /// Why the change cannot be made; the first reason.
    pub fn obstacle(&self) -> Option<String> {
        let keys = self.key.subject.keys();
        if let Some(Err(refusal)) = self.drafted.as_ref().map(|drafted| &drafted.result) {
            return Some(refusal.to_string());
        }
        let missing: Vec<&str> = keys.iter().copied().filter(|key| self.is_missing(key)).collect();
        if !missing.is_empty() {
            return Some(format!("Still to be filled in: {}", missing.join(", ")));
        }
        match self.draft()? {
            draft if draft.marks.iter().any(|mark| mark.is_invalid) => Some("Mend what is marked first".into()),
            draft if draft.edits.is_empty() => Some("Nothing was changed".into()),
            _ => None,
        }
    }

    /// Whether a field must still be filled in. What was missing before may stay so: the form is no gate
    /// for the rest of the file.
    fn is_missing(&self, key: &str) -> bool {
        let is_empty = self.values.get(key).is_none_or(|value| value.trim().is_empty());
        is_empty && self.key.subject.requires(key) && (self.is_new() || self.opened_with.contains_key(key))
    }

    /// The form's title.
    pub fn title(&self) -> String {
        match self.key.subject {
            Subject::Service => "Edit service".into(),
            Subject::New(list) => format!("New {}", list.noun()),
            Subject::Entry(list, _) => format!("Edit {}", list.noun()),
        }
    }
}

/// The fields that a new entry begins with.
pub fn starting_values(list: List) -> Values {
    let pairs: &[(&'static str, &str)] = match list {
        List::Endpoints => &[("method", "POST")],
        List::Intents => &[("primitiveIntent", "workflow")],
        List::Goals => &[("metric", "latency")],
        List::Services => &[],
    };
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

/// The dialog for a new service.
#[derive(Debug, Default)]
pub struct NewServiceDialog {
    /// Its name.
    pub name: String,
    /// What its module is to be written in.
    pub language: Language,
    /// Why it was not made.
    pub error: Option<String>,
}

/// The dialog for a new bundle.
#[derive(Debug, Default)]
pub struct NewBundleDialog {
    /// Its folder.
    pub folder: String,
    /// Its name; that of the folder until it is typed.
    pub name: Option<String>,
    /// Why it was not made.
    pub error: Option<String>,
}

impl NewBundleDialog {
    /// The name: what was typed, or the folder's own.
    pub fn name(&self) -> String {
        let own = || {
            let folder = std::path::Path::new(self.folder.trim());
            folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        };
        self.name.clone().unwrap_or_else(own)
    }
}

/// Reads the fields of what is to be changed; `text` is the file's present text, in which the entry of
/// `span` stands.
pub fn open(file: String, text: &str, list: Option<List>, span: usize) -> Done {
    let opened = Editable::read(text).and_then(|editable| {
        let Some(list) = list else { return Ok((Subject::Service, editable.service())) };
        let at = (0..editable.count(list)).find(|at| editable.span(list, *at).is_some_and(|s| s.start == span));
        let entry = at.and_then(|at| Some((Subject::Entry(list, at), editable.entry(list, at)?)));
        entry.ok_or_else(gone)
    });
    let opened = opened.map(|(subject, values)| Form::new(FormKey { file, subject }, values));
    Done::FormOpened(opened.map(Box::new))
}

fn gone() -> Refusal {
    Refusal { reason: "the text has changed; wait until it is checked again".into(), span: None }
}

/// Drafts the change of a form.
pub fn draft(loaded: &Loaded, key: FormKey, text: &str, revision: u64, values: Values) -> Done {
    let result = change::draft(&loaded.bundle, &key.file, text, key.subject, &values);
    Done::Drafted(Box::new(Drafted { key, values, revision, result }))
}

/// An edit of one file, made from its text of a certain revision.
pub struct Reworked {
    /// The file.
    pub file: String,
    /// The revision of its text.
    pub revision: u64,
    /// What was done, as a notice says it.
    pub title: String,
    /// The edits, or why it cannot be done.
    pub result: Result<Vec<TextEdit>, Refusal>,
}

/// Removes or moves the entry of `list` that stands at `span`.
pub fn rework(file: String, text: &str, revision: u64, (list, span): (List, usize), what: Rework) -> Done {
    let found = Editable::read(text).and_then(|editable| {
        let at = (0..editable.count(list)).find(|at| editable.span(list, *at).is_some_and(|s| s.start == span));
        let at = at.ok_or_else(gone)?;
        let name = editable.entry(list, at).and_then(|values| values.get("name").cloned()).unwrap_or_default();
        let edits = match what {
            Rework::Remove => editable.remove(list, at),
            Rework::MoveUp => editable.shift(list, at, false),
            Rework::MoveDown => editable.shift(list, at, true),
        };
        edits.map(|edits| (name, edits))
    });
    let name = found.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
    let verb = if what == Rework::Remove { "Removed" } else { "Moved" };
    let title = format!("{verb} {} {name}", list.noun());
    Done::Reworked(Reworked { file, revision, title, result: found.map(|(_, edits)| edits) })
}

/// Makes the file of a new service; `manifest` is the present text of bundle.yaml.
pub fn create_service(loaded: &Arc<Loaded>, manifest: &str, revision: u64, name: &str, language: Language) -> Done {
    let bundle = &loaded.bundle;
    let made = template::new_service(bundle, manifest, name, language).and_then(|service: NewService| {
        template::create_service_file(&bundle.root, &service)?;
        Ok(service)
    });
    Done::ServiceMade(made.map(|service| (service, revision)).map_err(|error| error.to_string()))
}

/// Makes a new bundle.
pub fn create_bundle(folder: std::path::PathBuf, name: &str) -> Done {
    let made = template::create_bundle(&folder, name);
    Done::BundleMade(made.map(|_| folder).map_err(|error| error.to_string()))
}

/// What a target asks for: `less than 50 ms`.
pub fn target_in_words(target: &Target) -> String {
    match target {
        Target::Range(low, high) => {
            format!("from {} to {}", formatted(low.value, low.dimension), formatted(high.value, high.dimension))
        }
        Target::Compare(comparison, quantity) => {
            let words = match comparison {
                Comparison::Less => "less than",
                Comparison::LessOrEqual => "at most",
                Comparison::Greater => "more than",
                Comparison::GreaterOrEqual => "at least",
                Comparison::Equal => "exactly",
                Comparison::NotEqual => "anything but",
            };
            format!("{words} {}", formatted(quantity.value, quantity.dimension))
        }
    }
}

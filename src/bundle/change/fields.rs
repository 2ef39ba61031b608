//! The fields of the entries that can be changed, in the order in which the documentation writes them.

/// How a field's value is usually written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotation marks where they are not needed.
    Plain,
    /// In quotation marks, as the documentation writes it.
    Quoted,
    /// A number.
    Number,
}

/// A field with a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub key: &'static str,
    /// Whether an entry without it is incomplete.
    pub required: bool,
    /// How it is written.
    pub style: Style,
}

const fn required(key: &'static str, style: Style) -> Field {
    Field { key, required: true, style }
}

const fn optional(key: &'static str, style: Style) -> Field {
    Field { key, required: false, style }
}

use Style::{Number, Plain, Quoted};

/// The single values at the top of a service file.
pub const SERVICE: [Field; 3] = [required("name", Plain), optional("description", Plain), optional("version", Plain)];
/// The single values of `api`.
pub(super) const API: [Field; 1] = [optional("basePath", Quoted)];
/// All keys at the top of a service file or of the manifest, in order.
pub(super) const ROOT_ORDER: [&str; 7] = ["name", "description", "version", "api", "intents", "goals", "services"];
/// All keys of `api`, in order.
pub(super) const API_ORDER: [&str; 2] = ["basePath", "endpoints"];

const ENDPOINT: [Field; 5] = [
    required("name", Plain),
    required("method", Plain),
    required("path", Quoted),
    required("to", Plain),
    optional("description", Plain),
];
const INTENT: [Field; 9] = [
    required("name", Plain),
    required("whenSensor", Plain),
    required("toFunc", Plain),
    optional("primitiveIntent", Plain),
    optional("cooldown", Plain),
    optional("retries", Number),
    optional("expectedDuration", Plain),
    optional("expiresIn", Plain),
    optional("description", Plain),
];
const GOAL: [Field; 4] =
    [required("name", Plain), required("metric", Plain), required("target", Quoted), optional("description", Plain)];
const LISTED: [Field; 1] = [required("path", Plain)];

/// A list whose entries can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// `api.endpoints` of a service file.
    Endpoints,
    /// `intents` of a service file.
    Intents,
    /// `goals` of a service file.
    Goals,
    /// `services` of the manifest.
    Services,
}

impl List {
    /// The list's key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Endpoints => "endpoints",
            Self::Intents => "intents",
            Self::Goals => "goals",
            Self::Services => "services",
        }
    }

    /// What one entry is called: `endpoint`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Endpoints => "endpoint",
            Self::Intents => "intent",
            Self::Goals => "goal",
            Self::Services => "service",
        }
    }

    /// The fields of an entry.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Endpoints => &ENDPOINT,
            Self::Intents => &INTENT,
            Self::Goals => &GOAL,
            Self::Services => &LISTED,
        }
    }
}

//! Every field that the files of a bundle may hold, in one table: where it stands, what it takes, what it
//! means.
//!
//! The readers take unknown fields from it, the editor what it completes and explains, and the JSON
//! Schemas are made of it. Nothing here reads a file.

pub mod json;
mod table;

use super::{Method, Metric, PrimitiveIntent};

pub use table::FIELDS;

/// A kind of mapping in a bundle's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The root of bundle.yaml.
    Bundle,
    /// An entry of `services` in bundle.yaml.
    ListedService,
    /// The root of a service file.
    Service,
    /// `api` of a service.
    Api,
    /// An entry of `api.endpoints`.
    Endpoint,
    /// An entry of `intents`.
    Intent,
    /// An entry of `goals`.
    Goal,
}

/// Whether a field has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it the entry cannot be used.
    Required,
    /// The platform's documentation asks for it, though its own examples leave it out.
    Expected,
    /// It may be left out.
    Optional,
}

/// What a field's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    Text,
    /// The name of a service: a text that a reference can hold.
    ServiceName,
    /// A semantic version.
    Version,
    /// The path of a service file, relative to the bundle.
    ServicePath,
    /// A path of requests, with or without parameters.
    Route,
    /// One of the methods.
    Method,
    /// A reference to a function.
    Reference,
    /// The name of a sensor.
    Sensor,
    /// One of the primitive intents.
    Primitive,
    /// A duration such as `500ms`.
    Duration,
    /// A whole number of attempts.
    Retries,
    /// What a goal speaks of.
    Metric,
    /// What a goal asks for.
    Target,
    /// A mapping.
    Mapping(Scope),
    /// A list of mappings.
    List(Scope),
    /// Whatever it is, it is kept.
    Anything,
}

/// A field of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The mapping that it stands in.
    pub scope: Scope,
    /// Its key.
    pub key: &'static str,
    /// Whether it has to be there.
    pub need: Need,
    /// What its value is.
    pub takes: Takes,
    /// A sentence or two about it.
    pub documentation: &'static str,
    /// A value as YAML writes it; for mappings and lists the first lines below the key.
    pub example: &'static str,
}

/// The fields of a mapping, in the order in which people write them.
pub fn fields(scope: Scope) -> impl Iterator<Item = &'static Field> + Clone {
    FIELDS.iter().filter(move |field| field.scope == scope)
}

/// The field `key` of a mapping.
pub fn field(scope: Scope, key: &str) -> Option<&'static Field> {
    fields(scope).find(|field| field.key == key)
}

impl Scope {
    /// One mapping of this kind in a word or two: `endpoint`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::ListedService => "entry of services",
            Self::Service => "service",
            Self::Api => "api",
            Self::Endpoint => "endpoint",
            Self::Intent => "intent",
            Self::Goal => "goal",
        }
    }
}

impl Need {
    /// In a word or two.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Expected => "expected",
            Self::Optional => "optional",
        }
    }
}

impl Takes {
    /// The kind of value in a few words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::ServiceName => "name",
            Self::Version => "semantic version",
            Self::ServicePath => "path of a service file",
            Self::Route => "path with parameters",
            Self::Method => "HTTP method",
            Self::Reference => "function reference",
            Self::Sensor => "sensor",
            Self::Primitive => "primitive intent",
            Self::Duration => "duration",
            Self::Retries => "whole number",
            Self::Metric => "metric",
            Self::Target => "target",
            Self::Mapping(_) => "mapping",
            Self::List(_) => "list",
            Self::Anything => "anything",
        }
    }

    /// The values to choose from, where there is a fixed set, each with its meaning.
    pub fn values(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Method => Method::ALL.map(|method| (method.as_str(), table::method(method))).to_vec(),
            Self::Primitive => PrimitiveIntent::ALL.map(|intent| (intent.as_str(), table::primitive(intent))).to_vec(),
            Self::Metric => Metric::KNOWN.map(|(name, metric)| (name, table::metric(&metric))).to_vec(),
            _ => Vec::new(),
        }
    }
}

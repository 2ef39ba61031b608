//! The checked values of a bundle: manifest, services, endpoints, intents and goals.
//!
//! A field that is `Option` is absent either because the file leaves it out or because it could not
//! be understood; in the second case a diagnostic says so. Half a file therefore still shows the half
//! that could be read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::method::Method;
use super::settings::{Settings, SettingsError};
use super::{Diagnostic, Dimension, FunctionRef, Module, Span, Spanned, Target};

/// A bundle and everything that is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What could be read.
    pub bundle: Bundle,
    /// All problems found, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A bundle folder as it was read.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// The bundle's folder.
    pub root: PathBuf,
    /// What `bundle.yaml` says.
    pub manifest: Manifest,
    /// The services in the order of the manifest, as far as their files could be read.
    pub services: Vec<Service>,
    /// The modules of `wasm/`, sorted by file.
    pub modules: Vec<Module>,
    /// Service files that lie in the folder but that the manifest does not list, sorted.
    pub unlisted: Vec<String>,
    /// The services that cases are saved for, as the folders in `.workbench/cases` are named, sorted.
    pub with_cases: Vec<String>,
    /// What `.workbench/settings.yaml` says; nothing where there is none, or none that can be used.
    pub settings: Settings,
    /// Why the settings cannot be used.
    pub settings_error: Option<SettingsError>,
    /// The text of every YAML file that was read, by its path relative to the root (with `/`). A file that
    /// is not UTF-8 is not among them: it can be shown, but must not be saved as text.
    pub sources: BTreeMap<String, String>,
    /// As much of each file that is not UTF-8 as is text from its beginning on, to be shown and never saved.
    pub damaged: BTreeMap<String, String>,
}

impl Service {
    /// Every reference to a function, in the order of the file.
    pub fn references(&self) -> impl Iterator<Item = &Spanned<FunctionRef>> {
        let endpoints = self.endpoints.iter().filter_map(|endpoint| endpoint.to.as_ref());
        endpoints.chain(self.intents.iter().filter_map(|intent| intent.to_func.as_ref()))
    }
}

impl Bundle {
    /// The bundle's name, or its folder's name where the manifest gives none.
    pub fn display_name(&self) -> String {
        match &self.manifest.name {
            Some(name) => name.value.clone(),
            None => self.root.file_name().map_or_else(|| "bundle".into(), |name| name.to_string_lossy().into_owned()),
        }
    }

    /// The module that belongs to the service named `service`.
    pub fn module_of(&self, service: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.service == service)
    }

    /// The service named `name`.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.value == name)
    }
}

/// What `bundle.yaml` says.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `description`.
    pub description: Option<String>,
    /// `version`, whether or not it is a semantic version.
    pub version: Option<Spanned<String>>,
    /// The `path` of each entry of `services`, as written.
    pub services: Vec<Spanned<String>>,
}

/// One service file.
#[derive(Clone, Debug)]
pub struct Service {
    /// The file, relative to the bundle's root, with `/`.
    pub file: String,
    /// `name`; the file's name without ending where the file gives none.
    pub name: Spanned<String>,
    /// `description`.
    pub description: Option<String>,
    /// `version`.
    pub version: Option<Spanned<String>>,
    /// `api.basePath`; empty where absent.
    pub base_path: Option<Spanned<String>>,
    /// `api.endpoints`.
    pub endpoints: Vec<Endpoint>,
    /// `intents`.
    pub intents: Vec<Intent>,
    /// `goals`.
    pub goals: Vec<Goal>,
}

/// An entry of `api.endpoints`.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `name`.
    pub name: Spanned<String>,
    /// `method`.
    pub method: Option<Spanned<Method>>,
    /// `path`, relative to the service's base path.
    pub path: Option<Spanned<String>>,
    /// `to`: the function that answers.
    pub to: Option<Spanned<FunctionRef>>,
    /// `description`.
    pub description: Option<String>,
    /// The whole entry.
    pub span: Span,
}

/// A primitive intent that the platform's documentation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrimitiveIntent {
    /// stateMutation
    StateMutation,
    /// validation
    Validation,
    /// workflow
    Workflow,
    /// transaction
    Transaction,
    /// notification
    Notification,
    /// cleanup
    Cleanup,
}

impl PrimitiveIntent {
    /// All primitive intents, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::StateMutation, Self::Validation, Self::Workflow, Self::Transaction, Self::Notification, Self::Cleanup];

    /// The primitive intent as written in YAML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StateMutation => "stateMutation",
            Self::Validation => "validation",
            Self::Workflow => "workflow",
            Self::Transaction => "transaction",
            Self::Notification => "notification",
            Self::Cleanup => "cleanup",
        }
    }
}

/// An entry of `intents`: when a sensor fires, a function runs.
#[derive(Clone, Debug)]
pub struct Intent {
    /// `name`.
    pub name: Spanned<String>,
    /// `whenSensor`.
    pub when_sensor: Option<Spanned<String>>,
    /// `toFunc`.
    pub to_func: Option<Spanned<FunctionRef>>,
    /// `primitiveIntent`.
    pub primitive: Option<Spanned<PrimitiveIntent>>,
    /// `cooldown`: the least time between two executions.
    pub cooldown: Option<Spanned<Duration>>,
    /// `retries` on failure.
    pub retries: Option<Spanned<u32>>,
    /// `expectedDuration`.
    pub expected_duration: Option<Spanned<Duration>>,
    /// `expiresIn`.
    pub expires_in: Option<Spanned<Duration>>,
    /// `description`.
    pub description: Option<String>,
    /// The whole entry.
    pub span: Span,
}

/// What a goal speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// `latency` or `responseTime`.
    Latency,
    /// `throughput`.
    Throughput,
    /// `errorRate`.
    ErrorRate,
    /// `availability` or `successRate`.
    SuccessRate,
    /// `memory`.
    Memory,
    /// Anything else: kept, never measured here.
    Other(String),
}

impl Metric {
    /// The spellings that are understood, each with its metric.
    pub const KNOWN: [(&'static str, Self); 7] = [
        ("latency", Self::Latency),
        ("responseTime", Self::Latency),
        ("throughput", Self::Throughput),
        ("errorRate", Self::ErrorRate),
        ("availability", Self::SuccessRate),
        ("successRate", Self::SuccessRate),
        ("memory", Self::Memory),
    ];

    /// Reads a metric; an unknown one becomes [`Metric::Other`].
    pub fn parse(text: &str) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|(name, _)| *name == text)
            .map_or_else(|| Self::Other(text.into()), |(_, metric)| metric)
    }
}

impl Metric {
    /// Whether a target in this dimension can be compared with the metric.
    pub fn accepts(&self, dimension: Dimension) -> bool {
        match self {
            Self::Latency => dimension == Dimension::Time,
            Self::Throughput => matches!(dimension, Dimension::Rate | Dimension::Plain),
            Self::ErrorRate | Self::SuccessRate => matches!(dimension, Dimension::Share | Dimension::Plain),
            Self::Memory => dimension == Dimension::Bytes,
            Self::Other(_) => true,
        }
    }

    /// What the metric is measured in, with an example.
    pub fn unit_in_words(&self) -> &'static str {
        match self {
            Self::Latency => "a time: write for instance < 50ms",
            Self::Throughput => "a rate: write for instance > 100/s",
            Self::ErrorRate => "a share: write for instance < 0.1%",
            Self::SuccessRate => "a share: write for instance >= 99.9%",
            Self::Memory => "a number of bytes: write for instance < 64MiB",
            Self::Other(_) => "not measured",
        }
    }
}

impl fmt::Display for Metric {
    /// The metric's usual spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latency => "latency",
            Self::Throughput => "throughput",
            Self::ErrorRate => "errorRate",
            Self::SuccessRate => "successRate",
            Self::Memory => "memory",
            Self::Other(name) => name,
        })
    }
}

/// An entry of `goals`.
#[derive(Clone, Debug)]
pub struct Goal {
    /// `name`.
    pub name: Spanned<String>,
    /// `metric`, as written and as understood.
    pub metric: Option<Spanned<Metric>>,
    /// `target`.
    pub target: Option<Spanned<Target>>,
    /// `description`.
    pub description: Option<String>,
    /// The whole entry.
    pub span: Span,
}

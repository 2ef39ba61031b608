//! What is known of an exported bundle, as data: for the report beside an archive and for checking it later.
//! Says nothing that was not read, checked or measured; what was not measured is said to be so.

mod html;
mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bundle::{Bundle, Diagnostic, Inspection, Loaded, Module, Service};
use crate::sandbox::ENGINE;

use super::Layout;

pub use html::page;
pub use read::{ReportError, read};

/// The version of the report's form.
pub const FORM: u32 = 1;

/// Everything that is known of an exported bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of the report's form ([`FORM`]).
    pub report: u32,
    /// The version of the workbench that wrote it.
    pub workbench: String,
    /// The engine that ran what was run: `wasmtime 48.0.8`.
    #[serde(default)]
    pub engine: String,
    /// The bundle's own words about itself.
    pub bundle: BundleFacts,
    /// The archive.
    pub archive: ArchiveFacts,
    /// Every file of the archive, by its path in the bundle.
    pub files: Vec<FileFacts>,
    /// The problems that were left: warnings and hints, for errors stand in the way of an export.
    pub problems: Vec<Problem>,
    /// The services.
    pub services: Vec<ServiceFacts>,
    /// The modules.
    pub modules: Vec<ModuleFacts>,
    /// The functions that the bundle refers to.
    pub functions: Vec<FunctionFacts>,
    /// Verdicts on the goals.
    pub goals: Vec<GoalFacts>,
}

/// The bundle's own words about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// The archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveFacts {
    /// Bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Where it has the service files.
    pub layout: Layout,
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileFacts {
    /// Its path in the bundle, with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
}

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Which check found it.
    pub code: String,
    /// `error`, `warning` or `hint`.
    pub severity: String,
    /// The file, empty for the whole bundle.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its endpoints: `POST /api/v1/users -> wasm:user-service:createUser`.
    pub endpoints: Vec<String>,
    /// Its intents: `userCreated -> wasm:user-service:validateUser`.
    pub intents: Vec<String>,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleFacts {
    /// Its path in the bundle.
    pub path: String,
    /// The service that it belongs to.
    pub service: String,
    /// The toolchain that it seems to come from.
    pub toolchain: String,
    /// What it names as its producers: field, name, version.
    pub producers: Vec<[String; 3]>,
    /// What it imports: how many of each module's names.
    pub imports: BTreeMap<String, usize>,
    /// Bytes of its first memory at start.
    pub memory_at_start: Option<u64>,
    /// How many functions it exports.
    pub exported_functions: usize,
}

/// A function that the bundle refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionFacts {
    /// The reference.
    pub function: String,
    /// What refers to it.
    pub referred_by: Vec<String>,
    /// How it is called; absent where its module was not loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convention: Option<ConventionFacts>,
    /// What one invocation may use; absent where its module was not loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitFacts>,
    /// Whether it gives the same answer again under the same conditions; absent where that was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub determinism: Option<DeterminismFacts>,
}

/// How a function is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConventionFacts {
    /// Its name: `wasm-bindgen`.
    pub name: String,
    /// What it was recognised by.
    pub evidence: String,
    /// Whether settings or declarations had a say in it, which an archive does not hold.
    pub is_chosen: bool,
}

/// What one invocation of a function may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitFacts {
    /// Linear memory in bytes.
    pub memory: u64,
    /// Wall time in milliseconds.
    pub time_ms: u64,
    /// Instructions, where they are limited.
    pub instructions: Option<u64>,
    /// Whether the bundle's settings say so for this function; else these are the limits of all.
    pub are_own: bool,
}

/// Whether a function gives the same answer again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeterminismFacts {
    /// The verdict in words: `deterministic`.
    pub verdict: String,
    /// How many saved cases were run again.
    pub run: usize,
    /// How many there are.
    pub cases: usize,
    /// What was seen, or why nothing was tried.
    pub details: Vec<String>,
}

/// What is known of a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoalFacts {
    /// The service.
    pub service: String,
    /// The goal.
    pub goal: String,
    /// Its metric.
    pub metric: String,
    /// Its target.
    pub target: String,
    /// What was found for each function, in their order; empty where nothing was measured.
    pub findings: Vec<GoalFinding>,
}

/// A verdict on a goal for one function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoalFinding {
    /// The reference of the function that was measured.
    pub function: String,
    /// The verdict in one or two words: `met`, `missed`.
    pub verdict: String,
    /// The statistic with its value, or why there is none.
    pub detail: String,
    /// What else belongs to it.
    pub note: String,
    /// Which run it was drawn from.
    pub run: String,
}

/// What was found out about a bundle beyond reading it.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Verdicts by service and goal.
    pub findings: BTreeMap<(String, String), Vec<GoalFinding>>,
    /// What was found out about functions, by reference.
    pub functions: BTreeMap<String, FunctionEvidence>,
}

/// What was found out about a function by loading its module and running it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionEvidence {
    /// How it is called.
    pub convention: Option<ConventionFacts>,
    /// What one invocation may use.
    pub limits: Option<LimitFacts>,
    /// Whether it gives the same answer again.
    pub determinism: Option<DeterminismFacts>,
}

impl Report {
    /// The report on an archive with these `contents` (by their paths in the bundle).
    pub fn of(
        loaded: &Loaded,
        archive: ArchiveFacts,
        contents: &BTreeMap<String, Vec<u8>>,
        evidence: &Evidence,
    ) -> Self {
        let bundle = &loaded.bundle;
        let text = |value: &Option<crate::bundle::Spanned<String>>| value.as_ref().map(|value| value.value.clone());
        Self {
            report: FORM,
            workbench: env!("CARGO_PKG_VERSION").to_owned(),
            engine: ENGINE.to_owned(),
            bundle: BundleFacts {
                name: bundle.display_name(),
                version: text(&bundle.manifest.version),
                description: bundle.manifest.description.clone(),
            },
            archive,
            files: contents.iter().map(|(path, bytes)| FileFacts::of(path, bytes)).collect(),
            problems: loaded.diagnostics.iter().map(Problem::of).collect(),
            services: bundle.services.iter().map(ServiceFacts::of).collect(),
            modules: bundle
                .modules
                .iter()
                .filter(|module| bundle.service(&module.service).is_some())
                .filter_map(|module| Some(ModuleFacts::of(module, module.inspection.as_ref().ok()?)))
                .collect(),
            functions: functions(bundle, evidence),
            goals: bundle.services.iter().flat_map(|service| goals(service, evidence)).collect(),
        }
    }

    /// The list of the files' digests in the form that `sha256sum --check` reads, for files at the bundle's root.
    pub fn digest_list(&self) -> String {
        self.files.iter().map(|file| format!("{}  {}\n", file.sha256, file.path)).collect()
    }
}

impl FileFacts {
    /// The facts of the file at `path` with these bytes.
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), size: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

/// SHA-256 in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Problem {
    fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code.as_str().to_owned(),
            severity: diagnostic.severity.as_str().to_owned(),
            file: diagnostic.file.clone(),
            line: diagnostic.position.map(|position| position.line),
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
        }
    }
}

impl ServiceFacts {
    fn of(service: &Service) -> Self {
        let base = service.base_path.as_ref().map_or("", |base| base.value.as_str());
        let unknown = || "?".to_owned();
        let endpoints = service.endpoints.iter().map(|endpoint| {
            let method = endpoint.method.as_ref().map_or("?", |method| method.value.as_str());
            let path = endpoint.path.as_ref().map_or("?", |path| path.value.as_str());
            let to = endpoint.to.as_ref().map_or_else(unknown, |to| to.value.to_string());
            format!("{method} {base}{path} -> {to}")
        });
        let intents = service.intents.iter().map(|intent| {
            let sensor = intent.when_sensor.as_ref().map_or("?", |sensor| sensor.value.as_str());
            let to = intent.to_func.as_ref().map_or_else(unknown, |to| to.value.to_string());
            format!("{sensor} -> {to}")
        });
        Self {
            name: service.name.value.clone(),
            version: service.version.as_ref().map(|version| version.value.clone()),
            endpoints: endpoints.collect(),
            intents: intents.collect(),
        }
    }
}

impl ModuleFacts {
    fn of(module: &Module, inspection: &Inspection) -> Self {
        let mut imports = BTreeMap::new();
        for import in &inspection.imports {
            *imports.entry(import.module.clone()).or_default() += 1;
        }
        let producer =
            |(field, name, version): &(String, String, String)| [field.clone(), name.clone(), version.clone()];
        Self {
            path: module.file.clone(),
            service: module.service.clone(),
            toolchain: inspection.toolchain().to_string(),
            producers: inspection.producers.iter().map(producer).collect(),
            imports,
            memory_at_start: inspection.memory.map(|(pages, _)| pages.saturating_mul(65_536)),
            exported_functions: inspection.callable_functions().count(),
        }
    }
}

fn functions(bundle: &Bundle, evidence: &Evidence) -> Vec<FunctionFacts> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for service in &bundle.services {
        let name = &service.name.value;
        for endpoint in &service.endpoints {
            if let Some(to) = &endpoint.to {
                found
                    .entry(to.value.to_string())
                    .or_default()
                    .push(format!("{name}: endpoint {}", endpoint.name.value));
            }
        }
        for intent in &service.intents {
            if let Some(to) = &intent.to_func {
                found.entry(to.value.to_string()).or_default().push(format!("{name}: intent {}", intent.name.value));
            }
        }
    }
    let facts = |(function, referred_by): (String, Vec<String>)| {
        let known = evidence.functions.get(&function).cloned().unwrap_or_default();
        let FunctionEvidence { convention, limits, determinism } = known;
        FunctionFacts { function, referred_by, convention, limits, determinism }
    };
    found.into_iter().map(facts).collect()
}

fn goals(service: &Service, evidence: &Evidence) -> impl Iterator<Item = GoalFacts> {
    service.goals.iter().map(|goal| {
        let key = (service.name.value.clone(), goal.name.value.clone());
        GoalFacts {
            metric: goal.metric.as_ref().map_or_else(|| "?".into(), |metric| metric.value.to_string()),
            target: goal.target.as_ref().map_or_else(|| "?".into(), |target| target.value.to_string()),
            findings: evidence.findings.get(&key).cloned().unwrap_or_default(),
            service: key.0,
            goal: key.1,
        }
    })
}

//! What was exported and what was not, for programs and for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{FileKind, Settings};
use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Bundle, printable_line};
use crate::deploy::component::interfaces::{Interfaces, most_tables};
use crate::deploy::component::{LeftOut, ServiceComponent};
use crate::deploy::{ExportError, report};

/// Longer sentences are cut in texts for people, in characters.
const LONGEST_LINE: usize = 1000;

/// An export for other engines.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The bundle's name.
    pub bundle: String,
    /// The word for whom it was made.
    pub target: String,
    /// Largest body of a request, in bytes.
    pub input_limit: u64,
    /// The services, in the manifest's order.
    pub services: Vec<ServiceRecord>,
    /// The files beside the report, with their digests.
    pub files: Vec<FileRecord>,
}

/// A service in an export.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRecord {
    /// Its name.
    pub service: String,
    /// What is known of its component; nothing where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentFacts>,
    /// Why it has no component.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonRecord>,
    /// What of it is not in its component.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// What is known of a component.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentFacts {
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in lower-case hex.
    pub sha256: String,
    /// The functions that it calls, as the bundle names them.
    pub functions: Vec<String>,
    /// The most tables that one module in it declares; some engines allow more than one only when they are told.
    pub tables_per_module: u32,
    /// The names of its imports and exports.
    #[serde(flatten)]
    pub interfaces: Interfaces,
}

/// Something that keeps a service from being a component.
#[derive(Clone, Debug, Serialize)]
pub struct ReasonRecord {
    /// The function, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The import, as `module.name`, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// What is in the way.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A file of an export.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// SHA-256 of its bytes, in lower-case hex.
    pub sha256: String,
}

impl Record {
    pub(super) fn of(
        bundle: &Bundle,
        settings: &Settings,
        services: &[ServiceComponent],
        files: &BTreeMap<String, (FileKind, Vec<u8>)>,
    ) -> Result<Self, ExportError> {
        let services = services.iter().map(ServiceRecord::of).collect::<Result<_, _>>()?;
        let file = |(path, (_, bytes)): (&String, &(_, Vec<u8>))| FileRecord {
            path: path.clone(),
            sha256: report::sha256(bytes),
        };
        Ok(Self {
            bundle: bundle.display_name(),
            target: settings.target.as_str().into(),
            input_limit: settings.input,
            services,
            files: files.iter().map(file).collect(),
        })
    }

    pub(super) fn json(&self) -> Result<String, ExportError> {
        let failed = |error: serde_json::Error| ExportError::Zip(error.to_string());
        serde_json::to_string_pretty(self).map(|text| format!("{text}\n")).map_err(failed)
    }

    /// What is exported and what is not, service by service, for people.
    pub fn words(&self) -> String {
        let mut out = String::new();
        for service in &self.services {
            service.write(&mut out);
        }
        out
    }
}

impl ServiceRecord {
    fn of(service: &ServiceComponent) -> Result<Self, ExportError> {
        let (mut component, mut reasons) = (None, Vec::new());
        match &service.component {
            Ok(made) => {
                let failed = |reason| ExportError::Component { service: service.service.clone(), reason };
                component = Some(ComponentFacts {
                    size: made.bytes.len() as u64,
                    sha256: report::sha256(&made.bytes),
                    functions: made.functions.clone(),
                    tables_per_module: most_tables(&made.bytes).map_err(failed)?,
                    interfaces: Interfaces::of(&made.bytes).map_err(failed)?,
                });
            }
            Err(found) => reasons.extend(found.iter().map(|reason| ReasonRecord {
                function: reason.function.clone(),
                import: reason.import.clone(),
                message: reason.message.clone(),
                help: reason.help.clone(),
            })),
        }
        Ok(Self { service: service.service.clone(), component, reasons, left_out: service.left_out.clone() })
    }

    fn write(&self, out: &mut String) {
        let name = line(&self.service);
        match &self.component {
            Some(facts) => {
                let (count, size) = (facts.functions.len(), formatted(facts.size as f64, Dimension::Bytes));
                let functions = if count == 1 { "function" } else { "functions" };
                let _ = writeln!(out, "{name}: a component with {count} {functions}, {size}");
                let tables = facts.tables_per_module;
                if tables > 1 {
                    let _ = writeln!(out, "  its module has {tables} tables, which some engines must be told to allow");
                    let _ = writeln!(out, "    wasmtime serve -O pooling-max-tables-per-module={tables}");
                }
            }
            None => {
                let _ = writeln!(out, "{name}: no component");
            }
        }
        for reason in &self.reasons {
            write_reason(out, "", &reason.message, reason.help.as_deref());
        }
        for left_out in &self.left_out {
            write_reason(out, &format!("without {}: ", line(&left_out.what)), &left_out.why, left_out.help.as_deref());
        }
    }
}

fn write_reason(out: &mut String, what: &str, why: &str, help: Option<&str>) {
    let _ = writeln!(out, "  {what}{}", line(why));
    if let Some(help) = help {
        let _ = writeln!(out, "    {}", line(help));
    }
}

fn line(text: &str) -> String {
    printable_line(text, LONGEST_LINE)
}

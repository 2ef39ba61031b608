//! The jobs that export services for other engines: planning, which writes nothing, and writing.

use std::path::{Path, PathBuf};

use crate::bundle::Loaded;
use crate::deploy::report::sha256;
use crate::deploy::{self, ExportError, Plan, Preview, Settings};
use crate::sandbox::LoadError;
use crate::workbench::exporting::{Missing, Planned, PlannedFile, Written};
use crate::workbench::jobs::Control;
use crate::workbench::programs::Programs;
use crate::workbench::text;

use super::Done;
use super::export::{ExportDone, Failure};

/// What would be written for these engines.
pub fn plan(
    loaded: &Loaded,
    settings: &Settings,
    programs: &Programs,
    control: &Control<Done>,
) -> Result<Plan, ExportError> {
    let bundle = &loaded.bundle;
    let count = bundle.services.len().max(1) as f32;
    let mut done = 0.0;
    let load = |service: &str| {
        control.report(format!("Making the component of {}", text::one_line(service)), Some(done / count));
        done += 1.0;
        let missing = || LoadError { message: format!("there is no module for {service}"), help: None };
        let module = bundle.module_of(service).ok_or_else(missing)?;
        programs.get(&module.path).map(|(program, _)| program)
    };
    deploy::plan(loaded, settings, load, &control.cancel)
}

/// Plans anew, so that what is written is what lies on the disk now, and writes the folder `to`.
pub fn write(loaded: &Loaded, settings: &Settings, to: PathBuf, programs: &Programs, control: &Control<Done>) -> Done {
    let written = plan(loaded, settings, programs, control).and_then(|plan| {
        control.report("Writing the folder", Some(1.0));
        plan.write(&to).map(|()| of_plan(&plan))
    });
    Done::Export(ExportDone::Written(match written {
        Ok(planned) => Ok(Box::new(Written::Folder(to, planned))),
        Err(ExportError::Cancelled) => Err(Failure::Cancelled),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }))
}

/// The plan of an archive as it is shown.
pub fn of_archive(preview: &Preview) -> Planned {
    let file = |file: &deploy::FileFacts| PlannedFile {
        path: file.path.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        kind: None,
    };
    let files: Vec<PlannedFile> = preview.files.iter().map(file).collect();
    let summary = format!("{}; packed {}", summary(&files), text::bytes(preview.archive.size));
    Planned { files, summary, missing: Vec::new(), is_empty: false }
}

/// The plan for engines as it is shown.
pub fn of_plan(plan: &Plan) -> Planned {
    let file = |file: &deploy::Planned| PlannedFile {
        path: file.path.clone(),
        size: file.size(),
        sha256: sha256(&file.bytes),
        kind: Some(file.kind.as_str()),
    };
    let files: Vec<PlannedFile> = plan.files.iter().map(file).collect();
    let mut missing = Vec::new();
    for service in &plan.record.services {
        for reason in &service.reasons {
            let part = reason.function.as_deref().or(reason.import.as_deref());
            missing.push(Missing {
                what: part.map_or_else(|| service.service.clone(), |part| format!("{}: {part}", service.service)),
                why: reason.message.clone(),
                help: reason.help.clone(),
            });
        }
        for left_out in &service.left_out {
            missing.push(Missing {
                what: format!("{}: {}", service.service, left_out.what),
                why: left_out.why.clone(),
                help: left_out.help.clone(),
            });
        }
    }
    let is_empty = plan.record.services.iter().all(|service| service.component.is_none());
    Planned { summary: summary(&files), files, missing, is_empty }
}

fn summary(files: &[PlannedFile]) -> String {
    let all: u64 = files.iter().map(|file| file.size).sum();
    format!("{}, {}", text::count(files.len(), "file"), text::bytes(all))
}

/// The report for people in a folder that was written.
pub fn report(folder: &Path) -> PathBuf {
    folder.join("report.txt")
}

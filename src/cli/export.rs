//! `export`: the checked bundle as a ZIP, or its services for other engines.

use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Bundle, Loaded, Severity, printable};
use crate::deploy::{self, Evidence, ExportError, Exported, Options, PrivateKey, Watch};
use crate::measure::Statistic;
use crate::platform::determinism::Referred;
use crate::platform::survey::{Bounds, Survey, Surveyed};
use crate::sandbox::Cancel;

use super::args::{ExportArgs, Format};
use super::open::Programs;
use super::{Status, Streams, export_engines, open, report, signals};

pub fn run(args: &ExportArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    if let Some(misplaced) = args.misplaced() {
        writeln!(streams.err, "nothing was exported: {misplaced}")?;
        return Ok(Status::Unusable);
    }
    let mut programs = Programs::new();
    let loaded = match open::examined_with(&args.bundle, &mut programs) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    if let Some(target) = args.to.engines() {
        return export_engines::run(&loaded, target, programs?, args, streams);
    }
    let key = args.key.as_deref().map(|key| PrivateKey::read_for(key, &loaded.bundle.root)).transpose()?;
    let cancel = Cancel::new();
    let mut evidence = Evidence::of_kept_runs(&loaded.bundle, Statistic::default());
    if let Ok(programs) = &mut programs {
        evidence.add(&survey(args, &loaded.bundle, programs, &cancel, streams));
    }
    let watch = Watch { cancel: Some(&cancel), progress: None };
    let options =
        Options { layout: args.layout.unwrap_or_default().into(), evidence: Some(&evidence), key: key.as_ref(), watch };
    match deploy::export(&loaded, options, &args.output) {
        Ok(exported) => {
            write_done(&exported, args.format, streams)?;
            Ok(Status::Fine)
        }
        Err(error) => refused(&loaded, &error, args.format, streams),
    }
}

/// Says why nothing was exported.
pub fn refused(
    loaded: &Loaded,
    error: &ExportError,
    format: Format,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Status> {
    match error {
        ExportError::Invalid(_) => {
            let mut errors = loaded.clone();
            errors.diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
            refuse(&errors, format, streams)?;
            Ok(Status::No)
        }
        error => {
            writeln!(streams.err, "nothing was exported: {error}")?;
            Ok(Status::Unusable)
        }
    }
}

/// What loading the modules, and running cases again where that is wanted, tells of the functions.
fn survey(
    args: &ExportArgs,
    bundle: &Bundle,
    programs: &mut Programs,
    cancel: &Cancel,
    streams: &mut Streams<'_>,
) -> Vec<Surveyed> {
    let limits = args.limits.limits();
    let survey = Survey { bundle, limits: &limits, tries: args.determinism.then(Bounds::default), cancel };
    if args.determinism {
        let pressed = cancel.clone();
        signals::on_stop(move || pressed.cancel());
    }
    let err = &mut *streams.err;
    let told = |referred: &Referred, share: f32| {
        if args.determinism {
            // What cannot be shown is no reason to stop.
            let name = printable(&format!("{}:{}", referred.service, referred.function)).into_owned();
            let _ = writeln!(err, "{:3.0} %  running cases of {name} again", share * 100.0);
        }
    };
    survey.carry_out(|service| programs.of(bundle, service), told)
}

fn refuse(errors: &Loaded, format: Format, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if format == Format::Json {
        let listed: Vec<_> = errors.diagnostics.iter().map(report::to_json).collect();
        serde_json::to_writer_pretty(&mut *streams.out, &json!({ "exported": false, "errors": listed }))?;
        writeln!(streams.out)?;
    } else {
        report::write_text(errors, streams.err)?;
    }
    writeln!(streams.err, "nothing was exported: mend the errors first")?;
    Ok(())
}

fn write_done(exported: &Exported, format: Format, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if format == Format::Json {
        let object = json!({
            "exported": true,
            "path": exported.path,
            "size": exported.size,
            "sha256": exported.sha256,
            "entries": exported.entries,
            "beside": exported.beside,
        });
        serde_json::to_writer_pretty(&mut *streams.out, &object)?;
        writeln!(streams.out)?;
    } else {
        for entry in &exported.entries {
            writeln!(streams.out, "{entry}")?;
        }
        let size = formatted(exported.size as f64, Dimension::Bytes);
        writeln!(streams.err, "{} ({size}, sha256 {})", exported.path.display(), exported.sha256)?;
        for beside in &exported.beside {
            writeln!(streams.err, "{}", beside.display())?;
        }
    }
    Ok(())
}

//! `export`: the checked bundle as a ZIP, or its services for other engines.

use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Loaded, Severity};
use crate::deploy::{self, Evidence, ExportError, Exported, Options, PrivateKey};
use crate::measure::Statistic;

use super::args::{ExportArgs, Format};
use super::{Status, Streams, export_engines, open, report};

pub fn run(args: &ExportArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    if let Some(misplaced) = args.misplaced() {
        writeln!(streams.err, "nothing was exported: {misplaced}")?;
        return Ok(Status::Unusable);
    }
    let loaded = match open::examined(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    if let Some(target) = args.to.engines() {
        return export_engines::run(&loaded, target, args, streams);
    }
    let key = args.key.as_deref().map(PrivateKey::read).transpose()?;
    let evidence = Evidence::of_kept_runs(&loaded.bundle, Statistic::default());
    let layout = args.layout.unwrap_or_default().into();
    let options = Options { layout, evidence: Some(&evidence), key: key.as_ref() };
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

//! `export`: the checked bundle as a ZIP.

use serde_json::json;

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Loaded, Severity};
use crate::deploy::{self, Evidence, ExportError, Exported, Options, PrivateKey};
use crate::measure::Statistic;

use super::args::{ExportArgs, Format};
use super::{Status, Streams, open, report};

pub fn run(args: &ExportArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::examined(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let key = args.key.as_deref().map(PrivateKey::read).transpose()?;
    let evidence = Evidence::of_kept_runs(&loaded.bundle, Statistic::default());
    let options = Options { layout: args.layout.into(), evidence: Some(&evidence), key: key.as_ref() };
    match deploy::export(&loaded, options, &args.output) {
        Ok(exported) => {
            write_done(&exported, args.format, streams)?;
            Ok(Status::Fine)
        }
        Err(ExportError::Invalid(_)) => {
            let mut errors = loaded.clone();
            errors.diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
            refuse(&errors, args.format, streams)?;
            Ok(Status::No)
        }
        Err(error) => {
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

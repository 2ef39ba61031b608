//! `verify`: whether an exported archive is what its report and its signature say.

use serde_json::json;

use crate::bundle::{Loaded, printable};
use crate::deploy::{self, CheckVerdict, Evidence, PublicKey, Verified};
use crate::platform::survey::Survey;
use crate::sandbox::{Cancel, Limits};

use super::args::{Format, VerifyArgs};
use super::open::Programs;
use super::{Status, Streams, open};

pub fn run(args: &VerifyArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let key = args.key.as_deref().map(PublicKey::read).transpose()?;
    let cancel = Cancel::new();
    let examine = |loaded: Loaded| {
        let mut programs = Programs::new();
        // Where the modules cannot be loaded at all, what reading found still counts.
        let loaded = open::examined_with(&loaded.bundle.root, &mut programs).unwrap_or(loaded);
        let mut evidence = Evidence::default();
        if let Ok(programs) = &mut programs {
            let survey = Survey { bundle: &loaded.bundle, limits: &Limits::default(), tries: None, cancel: &cancel };
            evidence.add(&survey.carry_out(|service| programs.of(&loaded.bundle, service), |_, _| {}));
        }
        (loaded, evidence)
    };
    let verified = deploy::verify(&args.archive, key.as_ref(), &cancel, |_| {}, examine)?;
    match args.format {
        Format::Json => {
            let checks: Vec<_> = verified
                .checks
                .iter()
                .map(|check| json!({ "what": check.what, "verdict": word(check.verdict), "details": check.details }))
                .collect();
            let object = json!({ "fine": verified.is_fine(), "sha256": verified.sha256, "checks": checks });
            serde_json::to_writer_pretty(&mut *streams.out, &object)?;
            writeln!(streams.out)?;
        }
        Format::Text => write_text(&verified, streams.out)?,
    }
    Ok(if verified.is_fine() { Status::Fine } else { Status::No })
}

fn write_text(verified: &Verified, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    for check in &verified.checks {
        writeln!(out, "{:<8} {}", word(check.verdict), check.what)?;
        for detail in &check.details {
            writeln!(out, "         {}", printable(detail))?;
        }
    }
    writeln!(out, "sha256   {}", verified.sha256)
}

fn word(verdict: CheckVerdict) -> &'static str {
    match verdict {
        CheckVerdict::Passed => "passed",
        CheckVerdict::Failed => "failed",
        CheckVerdict::Skipped => "skipped",
    }
}

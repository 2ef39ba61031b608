//! The dialog that verifies an archive: which, with which key, and what came of each check.

use egui::{Label, ProgressBar, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::bundle::printable;
use crate::deploy::{Check, CheckVerdict, Verified};
use crate::workbench::command::{Command, Commands, ExportCommand};
use crate::workbench::exporting::{VerifyDialog, VerifyStage, Wanted};
use crate::workbench::jobs::Kind;
use crate::workbench::state::State;
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

use super::export::{browsed, digest};

/// What the dialog needs besides the table: margins, title, fields and buttons.
const AROUND: f32 = 440.0;
/// Width of the verdicts beside what was checked.
const VERDICTS: f32 = 120.0;

/// Draws the dialog.
pub fn show(ctx: &egui::Context, dialog: &mut VerifyDialog, state: &State, commands: &mut Commands) {
    super::modal(ctx, "Verify archive", 640.0, commands, |ui, commands| {
        let is_running = matches!(dialog.stage, VerifyStage::Running);
        ui.add_enabled_ui(!is_running, |ui| {
            widgets::heading(ui, "Archive");
            let names = ("Archive to verify", "Path of a ZIP, with its report beside it");
            let first = browsed(ui, &mut dialog.archive, names, Wanted::Verified, state, commands);
            ui.add_space(space::S);
            widgets::heading(ui, "Public key");
            let names = ("Public key", "Path of the signer's Ed25519 key (PEM); empty to leave the signature alone");
            let second = browsed(ui, &mut dialog.key, names, Wanted::VerifyKey, state, commands);
            if (first || second) && !is_running {
                // What was found speaks of other files.
                dialog.stage = VerifyStage::Ready;
            }
        });
        ui.add_space(space::L);
        match &dialog.stage {
            VerifyStage::Ready => {}
            VerifyStage::Running => running(ui, state, commands),
            VerifyStage::Failed(reason) => {
                widgets::banner(ui, ICON_GPP_BAD, theme::of(ui).bad, |ui| {
                    ui.add(Label::new(reason.as_str()).wrap());
                });
            }
            VerifyStage::Done { verified, key } => found(ui, verified, key.as_deref(), state, commands),
        }
        if !is_running {
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                widgets::primary_button(ui, Command::Exporting(ExportCommand::Verify), state, commands);
                if ui.button("Close").clicked() {
                    commands.push(Command::CloseDialog);
                }
            });
        }
    });
}

fn running(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let progress = state.activity(Kind::Verify).map(|activity| activity.progress.clone()).unwrap_or_default();
    ui.label(if progress.label.is_empty() { "Verifying the archive" } else { progress.label.as_str() });
    let share = progress.share.unwrap_or(0.0);
    let bar = ProgressBar::new(share).desired_height(8.0).fill(theme::of(ui).accent);
    ui.add(bar).accessible_name(format!("Verified {:.0} %", share * 100.0));
    ui.add_space(space::S);
    widgets::command_button(ui, Command::Exporting(ExportCommand::CancelVerify), state, commands);
}

fn found(ui: &mut Ui, verified: &Verified, key: Option<&str>, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let skipped = verified.checks.iter().filter(|check| check.verdict == CheckVerdict::Skipped).count();
    let (symbol, color, sentence) = match (verified.is_fine(), skipped) {
        (false, _) => (ICON_GPP_BAD, tokens.bad, "This archive is not what it should be".to_owned()),
        (true, 0) => (ICON_VERIFIED, tokens.good, "This archive is what its report and signature say".to_owned()),
        (true, skipped) => (
            ICON_INFO,
            tokens.warn,
            format!("Nothing is wrong, but {} could not be made", text::count(skipped, "check")),
        ),
    };
    widgets::banner(ui, symbol, color, |ui| {
        ui.label(RichText::new(sentence).family(theme::semibold()));
    });
    ui.add_space(space::M);
    let height = (ui.ctx().content_rect().height() - AROUND).max(110.0);
    let area = ScrollArea::vertical().id_salt("checks").max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for check in &verified.checks {
            row(ui, check);
        }
    });
    ui.add_space(space::M);
    digest(ui, "SHA-256", &verified.sha256, state, commands);
    if let Some(key) = key {
        digest(ui, "Fingerprint of the key", key, state, commands);
    }
}

fn row(ui: &mut Ui, check: &Check) {
    let tokens = theme::of(ui);
    let (symbol, color, word) = match check.verdict {
        CheckVerdict::Passed => (ICON_CHECK_CIRCLE, tokens.good, "Passed"),
        CheckVerdict::Failed => (ICON_ERROR, tokens.bad, "Failed"),
        CheckVerdict::Skipped => (ICON_REMOVE_CIRCLE, tokens.muted, "Not checked"),
    };
    ui.horizontal_top(|ui| {
        ui.scope(|ui| {
            ui.set_width(VERDICTS);
            widgets::icon(ui, symbol, color);
            ui.label(RichText::new(word).family(theme::semibold()).color(color));
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add(Label::new(text::sentence(check.what)).wrap());
            for detail in &check.details {
                let detail = RichText::new(printable(detail)).size(size::SMALL).color(tokens.muted);
                ui.add(Label::new(detail).wrap());
            }
        });
    });
    ui.separator();
}

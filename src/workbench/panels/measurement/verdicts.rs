//! The verdict of one measurement on each goal of its service, with the statistic behind it.

use egui::{RichText, Ui};

use crate::bundle::target::formatted;
use crate::bundle::{Dimension, Goal, Service};
use crate::measure::{Finding, Verdict};
use crate::workbench::panels::explorer::verdict_symbol;
use crate::workbench::panels::goals::headroom_text;
use crate::workbench::state::{Measured, Session};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws a row for each verdict.
pub fn show(ui: &mut Ui, session: &Session, measured: &Measured) {
    let service = session.bundle().and_then(|bundle| bundle.service(&measured.run.service));
    let Some(service) = service.filter(|_| !measured.verdicts.is_empty()) else { return };
    ui.add_space(space::S);
    widgets::heading(ui, "Verdicts");
    for (name, verdict) in &measured.verdicts {
        row(ui, goal(service, name), name, verdict);
    }
    ui.add_space(space::S);
}

fn goal<'a>(service: &'a Service, name: &str) -> Option<&'a Goal> {
    service.goals.iter().find(|goal| goal.name.value == name)
}

fn row(ui: &mut Ui, goal: Option<&Goal>, name: &str, verdict: &Verdict) {
    let tokens = theme::of(ui);
    let (symbol, color) = verdict_symbol(verdict, tokens);
    ui.horizontal_top(|ui| {
        widgets::icon(ui, symbol, color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(text::one_line(name)).family(theme::semibold()));
                let target = goal.and_then(|goal| goal.target.as_ref()).map(|target| target.value.to_string());
                ui.label(RichText::new(target.unwrap_or_default()).monospace().color(tokens.muted));
                ui.label(RichText::new(verdict.word()).size(size::SMALL).family(theme::semibold()).color(color));
            });
            let detail = match verdict.finding() {
                Some(finding) => in_words(finding),
                None => text::one_line(&verdict.detail()),
            };
            widgets::remark(ui, detail);
        });
    });
}

/// The statistic with everything that belongs to it, most important first.
fn in_words(finding: &Finding) -> String {
    let mut parts = vec![format!("{} {}", finding.statistic, finding.shown)];
    parts.extend(finding.headroom.map(headroom_text));
    parts.push(text::count(finding.samples as usize, "call"));
    if let Some((low, high)) = finding.interval {
        let [low, high] = [low, high].map(|end| formatted(end, finding.dimension));
        parts.push(format!("95 % interval {low} to {high}"));
    }
    parts.extend(finding.within.map(|within| format!("{} within the target", formatted(within, Dimension::Share))));
    // The interval and the share are said above.
    let is_said = |note: &&String| note.starts_with("95 % interval") || note.ends_with("calls within the target");
    parts.extend(finding.notes.iter().filter(|note| !is_said(note)).cloned());
    text::one_line(&parts.join(" · "))
}

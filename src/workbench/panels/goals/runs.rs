//! The kept runs of a function: their names, figures, the baseline, and what can be done with each; and how the run
//! that is shown differs from another one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use egui::{Grid, RichText, Ui};
use egui_material_icons::icons::*;

use crate::bundle::Percentile;
use crate::measure::runs::ListedRun;
use crate::measure::{Change, Comparison};
use crate::workbench::callable::FunctionKey;
use crate::workbench::charts::latency_text;
use crate::workbench::command::{Command, Commands, GoalCommand};
use crate::workbench::goals::RunComparison;
use crate::workbench::panels::bars;
use crate::workbench::state::State;
use crate::workbench::theme::{self, Tokens, size, space};
use crate::workbench::{text, widgets};

/// The most runs that are listed.
const MOST: usize = 40;

/// Draws the runs of the function that is shown.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    // Taken out while it is drawn, so that buttons may look at the rest of the state.
    let mut name =
        state.session.as_mut().map(|session| std::mem::take(&mut session.goals.run_name)).unwrap_or_default();
    list(ui, state, &mut name, commands);
    if let Some(session) = &mut state.session {
        session.goals.run_name = name;
    }
}

fn list(ui: &mut Ui, state: &State, name: &mut String, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let Some(key) = &session.goals.shown else { return };
    let runs: Vec<&ListedRun> = session.goals.runs.iter().filter(|run| is_of(run, key)).take(MOST).collect();
    if !runs.is_empty() {
        ui.add_space(space::S);
        widgets::heading(ui, "Runs");
    }
    let shown = session.goals.measured.get(key).and_then(|measured| measured.kept.as_ref());
    for run in runs {
        row(ui, run, shown, state, commands);
        if session.goals.naming == Some(run.number) {
            let response = widgets::field(ui, name, "Name of the run", "A name, or nothing for none");
            if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                commands.push(Command::Goals(GoalCommand::NameRun(run.number)));
            }
        }
    }
    if let Some(problem) = &session.goals.runs_problem {
        widgets::remark(ui, text::one_line(problem));
    }
}

/// Whether a run is of this function.
fn is_of(run: &ListedRun, key: &FunctionKey) -> bool {
    let called = &run.head.called;
    key.is_same(&FunctionKey { service: called.service.clone(), function: called.function.clone() })
}

fn row(ui: &mut Ui, run: &ListedRun, shown: Option<&ListedRun>, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let (head, number) = (&run.head, run.number);
    let is_shown = shown.is_some_and(|shown| shown.number == number);
    let when = bars::ago(SystemTime::now(), UNIX_EPOCH + Duration::from_millis(head.at));
    let title = head.name.as_deref().map_or_else(|| format!("Run {number}"), text::one_line);
    ui.horizontal(|ui| {
        let color = if head.is_baseline { tokens.accent } else { tokens.faint };
        widgets::icon(ui, if head.is_baseline { ICON_FLAG } else { ICON_HISTORY }, color);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut actions = vec![GoalCommand::DeleteRun(number), GoalCommand::StartNaming(number)];
            actions.push(GoalCommand::SetBaseline(number, !head.is_baseline));
            if !is_shown && shown.is_some() {
                actions.push(GoalCommand::CompareRun(number));
            }
            for action in actions {
                let text = format!("{} {title}", action.text());
                let button = egui::Button::new(action.icon().rich_text().size(size::ICON).color(tokens.muted));
                widgets::give(ui, button.frame_when_inactive(false), &text, Command::Goals(action), state, commands);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let weight = RichText::new(&title).family(theme::semibold());
                ui.add(egui::Label::new(weight).truncate());
                let summary = &head.summary;
                let [p50, p95] = [summary.p50, summary.p95].map(text::duration);
                let mut facts =
                    format!("p50 {p50}, p95 {p95}, {}, {when}", text::count(summary.calls as usize, "call"));
                if is_shown {
                    facts += ", shown";
                }
                if shown.is_some_and(|shown| shown.head.called.module_sha256 != head.called.module_sha256) {
                    facts += ", another module";
                }
                widgets::muted(ui, facts);
            });
        });
    });
}

/// How the run that is shown differs from an earlier one.
pub fn comparison(ui: &mut Ui, compared: &RunComparison) {
    let tokens = theme::of(ui);
    ui.add_space(space::S);
    let comparison = match &compared.comparison {
        Ok(comparison) => comparison,
        Err(reason) => {
            widgets::heading(ui, &format!("Compared with {}", compared.baseline.name));
            widgets::remark(ui, format!("Cannot be compared: {}", text::one_line(reason)));
            return;
        }
    };
    let color = match comparison.change {
        Change::Slower => tokens.bad,
        Change::Faster => tokens.good,
        Change::NotSignificant => tokens.muted,
    };
    ui.horizontal_wrapped(|ui| {
        widgets::heading(ui, &format!("Compared with {}", compared.baseline.name));
        widgets::chip(ui, comparison.change.words(), color);
    });
    widgets::remark(ui, text::sentence(&comparison.reason()));
    table(ui, comparison, tokens);
    for note in &comparison.notes {
        widgets::remark(ui, text::sentence(note));
    }
}

/// The difference of each percentile, with its interval.
fn table(ui: &mut Ui, comparison: &Comparison, tokens: &Tokens) {
    Grid::new("differences").num_columns(5).spacing([space::XL, space::XS]).show(ui, |ui| {
        for name in ["", "Before", "Now", "Difference", "99 % interval"] {
            ui.label(RichText::new(name).size(size::SMALL).color(tokens.muted));
        }
        ui.end_row();
        for difference in &comparison.percentiles {
            let name = Percentile::new(difference.percent).map(|percentile| percentile.to_string()).unwrap_or_default();
            ui.label(RichText::new(name).family(theme::semibold()));
            ui.label(latency_text(difference.before));
            ui.label(latency_text(difference.after));
            let color = match (difference.is_clear(), difference.after > difference.before) {
                (false, _) => tokens.text,
                (true, true) => tokens.bad,
                (true, false) => tokens.good,
            };
            let relative = difference.relative() * 100.0;
            ui.label(RichText::new(format!("{}{:.1} %", sign(relative), relative.abs())).color(color));
            let interval = difference.interval.map(|(low, high)| format!("{} to {}", signed(low), signed(high)));
            ui.label(RichText::new(interval.unwrap_or_else(|| "too few calls".into())).color(tokens.muted));
            ui.end_row();
        }
    });
}

/// A difference of latencies with its sign.
fn signed(nanos: f64) -> String {
    format!("{}{}", sign(nanos), latency_text(nanos.abs()))
}

fn sign(value: f64) -> &'static str {
    if value < 0.0 { "−" } else { "+" }
}

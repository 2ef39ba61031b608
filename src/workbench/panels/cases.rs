//! Saved cases in the runner: what came of each, and where a failed one differs.

use egui::accesskit::Role;
use egui::{RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::bundle::cases::{Case, Expect};
use crate::bundle::difference::{Difference, Differences};
use crate::bundle::printable;
use crate::platform::CaseRun;
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::runner::{Runner, RunnerPage};
use crate::workbench::state::{Compared, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::work::SavedInput;
use crate::workbench::{text, widgets};

/// Height of the list of cases, in rows.
const ROWS: usize = 12;

/// A case as the list shows it.
struct Row<'a> {
    file: &'a str,
    name: &'a str,
    /// The function, where cases of several are listed, and what is expected.
    detail: String,
    run: Option<&'a CaseRun>,
}

/// Draws the cases of the picked function, or all that were run.
pub fn show(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let runner = &session.runner;
    actions(ui, state, runner, commands);
    let all = runner.page == RunnerPage::AllCases;
    let rows = if all { all_rows(runner) } else { rows_of_picked(runner) };
    if rows.is_empty() && (!all || runner.cases.broken.is_empty()) {
        let hint = if all {
            "\u{201c}Run all cases of the bundle\u{201d} shows them here"
        } else {
            "Run the function, then save the result as a case"
        };
        widgets::empty(ui, if all { "No cases were run yet" } else { "No saved cases" }, hint);
        return;
    }
    summary(ui, &rows, runner);
    list(ui, &rows, runner, commands);
    for broken in &runner.cases.broken {
        let tokens = theme::of(ui);
        widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
            ui.add(egui::Label::new(RichText::new(text::one_line(&broken.file)).monospace()).wrap());
            widgets::remark(ui, format!("This is no case: {}", printable(&broken.reason)));
        });
    }
    let selected = runner.selected_case.as_deref().and_then(|file| rows.iter().find(|row| row.file == file));
    if let Some(row) = selected {
        details(ui, row, state, commands);
    }
}

fn actions(ui: &mut Ui, state: &State, runner: &Runner, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        if state.activity(Kind::Test).is_some() {
            widgets::command_button(ui, Command::CancelRun, state, commands);
        } else if runner.page == RunnerPage::AllCases {
            widgets::command_button(ui, Command::RunAllCases, state, commands);
        } else {
            widgets::command_button(ui, Command::RunCases, state, commands);
        }
        widgets::command_button(ui, Command::ShowSaveCase, state, commands);
        if runner.page == RunnerPage::Cases {
            widgets::command_button(ui, Command::FindHeadroom, state, commands);
        }
    });
    ui.add_space(space::XS);
}

fn rows_of_picked<'a>(runner: &'a Runner) -> Vec<Row<'a>> {
    let cases = runner.picked.as_ref().and_then(|key| runner.cases.of(key));
    let row = |case: &'a SavedInput| Row {
        file: &case.file,
        name: &case.name,
        detail: expects(&case.case),
        run: runner.cases.result(&case.file),
    };
    cases.into_iter().flatten().map(row).collect()
}

/// What failed comes first.
fn all_rows<'a>(runner: &'a Runner) -> Vec<Row<'a>> {
    let of = |(file, run): (&'a String, &'a CaseRun)| {
        let CaseRun { located, .. } = run;
        let function = text::one_line(&format!("{}:{}", located.service, located.function));
        let detail = format!("{function}  ·  {}", expects(&located.case));
        Row { file, name: &located.case.name, detail, run: Some(run) }
    };
    let mut rows: Vec<Row<'_>> = runner.cases.results().map(of).collect();
    rows.sort_by_key(|row| row.run.is_none_or(|run| run.failure.is_none()));
    rows
}

fn summary(ui: &mut Ui, rows: &[Row<'_>], runner: &Runner) {
    let ran = rows.iter().filter(|row| row.run.is_some()).count();
    let failed = rows.iter().filter(|row| row.run.is_some_and(|run| run.failure.is_some())).count();
    let broken = runner.cases.broken.len();
    let mut line = match ran {
        0 => format!("{}, not run yet", text::count(rows.len(), "case")),
        ran => format!("{} passed, {} failed", ran - failed, failed + broken),
    };
    if ran > 0 && ran < rows.len() {
        line = format!("{line}, {} not run", rows.len() - ran);
    }
    widgets::muted(ui, line);
}

fn list(ui: &mut Ui, rows: &[Row<'_>], runner: &Runner, commands: &mut Commands) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let height = rows.len().min(ROWS) as f32 * size::ROW;
        let area = ScrollArea::vertical().id_salt("cases").max_height(height).auto_shrink([false, true]);
        area.show_rows(ui, size::ROW, rows.len(), |ui, range| {
            for row in rows.get(range).unwrap_or_default() {
                case_row(ui, row, runner.selected_case.as_deref() == Some(row.file), commands);
            }
        });
    });
}

/// What a case expects, in a few words.
fn expects(case: &Case) -> String {
    let expected = match &case.expect {
        None => "any answer".to_owned(),
        Some(Expect::Equals(_)) => "equals".to_owned(),
        Some(Expect::Contains(_)) => "contains".to_owned(),
        Some(Expect::Pointers(places)) => text::count(places.len(), "place"),
        Some(Expect::Error(_)) => "an error".to_owned(),
    };
    match case.within {
        Some(within) => format!("{expected}, within {}", text::duration(within)),
        None => expected,
    }
}

/// How a case stands: icon, colour and word.
fn standing(ui: &Ui, run: Option<&CaseRun>) -> (MaterialIcon, egui::Color32, &'static str) {
    let tokens = theme::of(ui);
    match run.map(|run| run.failure.is_some()) {
        None => (ICON_RADIO_BUTTON_UNCHECKED, tokens.faint, "not run"),
        Some(false) => (ICON_CHECK_CIRCLE, tokens.good, "passed"),
        Some(true) => (ICON_CANCEL, tokens.bad, "failed"),
    }
}

fn case_row(ui: &mut Ui, row: &Row<'_>, selected: bool, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let (icon, color, word) = standing(ui, row.run);
    let name = text::one_line(row.name);
    let response = widgets::row(ui, size::ROW, selected, Role::Row, &format!("Case {name}: {word}"));
    let rect = response.rect;
    let place = egui::Rect::from_min_size(rect.min, Vec2::new(size::ROW, rect.height()));
    widgets::paint_icon(ui, place, icon, color);
    let inside = rect.with_min_x(place.right() + space::XS).with_max_x(rect.right() - space::S);
    let took = row.run.and_then(|run| run.took).map(text::duration).unwrap_or_default();
    let width = widgets::paint_text_right(ui, inside, RichText::new(took).size(size::SMALL), tokens.faint);
    let inside = inside.with_max_x(inside.right() - width - space::M);
    let (width, _) = widgets::paint_text(ui, inside, RichText::new(name), tokens.text);
    let rest = inside.with_min_x(inside.left() + width + space::M);
    widgets::paint_text(ui, rest, RichText::new(row.detail.as_str()).size(size::SMALL), tokens.muted);
    let failure = row.run.and_then(|run| run.failure.as_ref());
    let hint = failure.map_or_else(|| text::one_line(row.file), |failure| text::one_line(&failure.message));
    let response = response.on_hover_text(hint);
    if response.clicked() {
        commands.push(Command::SelectCase(row.file.to_owned()));
    }
    if response.double_clicked() {
        commands.push(Command::RunCase(row.file.to_owned()));
    }
}

fn details(ui: &mut Ui, row: &Row<'_>, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.add_space(space::S);
    match row.run.map(|run| &run.failure) {
        None => drop(widgets::muted(ui, "This case was not run yet")),
        Some(None) => {
            widgets::banner(ui, ICON_CHECK_CIRCLE, tokens.good, |ui| {
                ui.label(format!("{} passed", text::one_line(row.name)));
            });
        }
        Some(Some(failure)) => {
            widgets::banner(ui, ICON_CANCEL, tokens.bad, |ui| {
                ui.add(egui::Label::new(printable(&failure.message).into_owned()).wrap());
                differences(ui, &failure.differences, ["expected", "got"]);
            });
        }
    }
    widgets::remark(ui, format!("Expects {}", row.detail));
    ui.horizontal_wrapped(|ui| {
        widgets::command_button(ui, Command::RunCase(row.file.to_owned()), state, commands);
        let has_output = row.run.is_some_and(|run| run.output.is_some() && has_whole(&run.located.case));
        if has_output {
            let compare = Command::Compare(Compared::CaseRun(row.file.to_owned()));
            widgets::command_button(ui, compare, state, commands);
        }
    });
}

/// Whether a case expects something that can be laid beside an output.
fn has_whole(case: &Case) -> bool {
    matches!(case.expect, Some(Expect::Equals(_) | Expect::Contains(_)))
}

/// The places where two values differ, each with both values below it.
pub fn differences(ui: &mut Ui, differences: &Differences, names: [&str; 2]) {
    for difference in &differences.first {
        place(ui, difference, names);
    }
    let more = differences.count - differences.first.len();
    if more > 0 {
        widgets::remark(ui, format!("and {more} more"));
    }
}

fn place(ui: &mut Ui, difference: &Difference, [expected, actual]: [&str; 2]) {
    let tokens = theme::of(ui);
    let pointer = if difference.pointer.is_empty() { "the whole" } else { &difference.pointer };
    ui.add_space(space::XS);
    ui.add(egui::Label::new(RichText::new(text::one_line(pointer)).monospace().color(tokens.text)).wrap());
    for (name, value, color) in
        [(expected, &difference.expected, tokens.good), (actual, &difference.actual, tokens.bad)]
    {
        let shown = value.as_ref().map_or_else(|| "nothing".to_owned(), |value| text::one_line(&value.to_string()));
        let line = RichText::new(format!("{name} {shown}")).monospace().size(size::SMALL).color(color);
        ui.add(egui::Label::new(line).wrap());
    }
}

//! Running one function: which, with what input, and the way it is run. What came of it is in `report`.

use egui::containers::menu::MenuButton;
use egui::{Align, ComboBox, Layout, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::bundle::target::grouped;
use crate::sandbox::{Limits, Mishap};
use crate::workbench::callable::{Callable, FunctionKey};
use crate::workbench::command::{Command, Commands, ONE_HOUR};
use crate::workbench::editor::JsonError;
use crate::workbench::jobs::Kind;
use crate::workbench::outline::toolchain_name;
use crate::workbench::runner::{Input, RunnerPage};
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

const INPUT_ROWS: usize = 8;

/// Draws the runner.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    if session.callables.is_empty() {
        let hint = "Put a compiled module into wasm/, or let an endpoint refer to a function";
        widgets::empty(ui, "There is no function to run", hint);
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(session) = &state.session {
            picker(ui, session, commands);
            about_picked(ui, session, state, commands);
        }
        ui.add_space(space::S);
        input(ui, state, commands);
        ui.add_space(space::XS);
        actions(ui, state, commands);
        ui.add_space(space::S);
        pages(ui, state, commands);
        match state.session.as_ref().map(|session| session.runner.page) {
            Some(RunnerPage::Cases | RunnerPage::AllCases) => super::cases::show(ui, state, commands),
            _ => super::report::show(ui, state, commands),
        }
    });
}

fn pages(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let runner = &session.runner;
    let cases = runner.picked.as_ref().and_then(|key| runner.cases.of(key)).map_or(0, <[_]>::len);
    ui.horizontal(|ui| {
        for page in [RunnerPage::Result, RunnerPage::Cases, RunnerPage::AllCases] {
            let command = Command::ShowRunnerPage(page);
            let name = match page {
                RunnerPage::Cases => format!("{} ({cases})", command.text()),
                _ => command.text().into_owned(),
            };
            if widgets::tab(ui, runner.page == page, &name).clicked() {
                commands.push(command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut on = runner.runs_on_change;
            let command = Command::ToggleRunOnChange;
            let switch = ui.checkbox(&mut on, "On save").accessible_name(command.text());
            if switch.on_hover_text(command.tooltip().unwrap_or_default()).clicked() {
                commands.push(command);
            }
        });
    });
    ui.add_space(space::XS);
}

fn picker(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let picked = session.runner.picked.as_ref();
    let title = picked.map_or("Pick a function".to_owned(), |key| text::one_line(&key.function));
    let label = RichText::new(title).family(theme::semibold());
    let combo =
        ComboBox::from_id_salt("function").selected_text(label).width(ui.available_width()).height(360.0).truncate();
    let response = combo.show_ui(ui, |ui| {
        ui.set_min_width(300.0);
        let mut service: Option<&str> = None;
        for callable in &session.callables {
            if service != Some(callable.key.service.as_str()) {
                service = Some(&callable.key.service);
                widgets::muted(ui, text::one_line(&callable.key.service));
            }
            option(ui, callable, picked, commands);
        }
    });
    response.response.accessible_name("Function to run");
}

fn option(ui: &mut Ui, callable: &Callable, picked: Option<&FunctionKey>, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let name = text::one_line(&callable.key.function);
    let by = callable.referred_by.first().map(|by| text::one_line(by)).unwrap_or_default();
    let color = if callable.obstacle.is_some() { tokens.bad } else { tokens.faint };
    let button = egui::Button::selectable(picked == Some(&callable.key), name.as_str())
        .shortcut_text(RichText::new(by).size(size::SMALL).color(color));
    let mut response = ui.add(button).accessible_name(format!("Pick {name}"));
    if let Some(obstacle) = &callable.obstacle {
        response = response.on_hover_text(obstacle);
    }
    if response.clicked() {
        commands.push(Command::PickFunction(callable.key.clone()));
    }
}

/// Where the picked function comes from, or why it cannot be run.
fn about_picked(ui: &mut Ui, session: &Session, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let Some(key) = &session.runner.picked else { return };
    let callable = session.callable(key);
    let obstacle = session.runner.remark.as_ref().or(callable.and_then(|callable| callable.obstacle.as_ref()));
    if let Some(obstacle) = obstacle {
        widgets::banner(ui, ICON_BLOCK, tokens.warn, |ui| {
            ui.add(egui::Label::new(crate::bundle::printable(obstacle).into_owned()).wrap());
        });
        return;
    }
    let module = session.bundle().and_then(|bundle| bundle.module_of(&key.service));
    let toolchain = module
        .and_then(|module| module.inspection.as_ref().ok())
        .map(|inspection| toolchain_name(inspection.toolchain()));
    let by = callable.map(|callable| callable.referred_by.join(", ")).filter(|by| !by.is_empty());
    let parts = [
        by.or_else(|| Some("not referred to".into())),
        module.map(|module| module.file.clone()),
        toolchain.map(Into::into),
    ];
    let line: Vec<String> = parts.into_iter().flatten().collect();
    let line = RichText::new(text::one_line(&line.join("  ·  "))).size(size::SMALL).color(tokens.muted);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::icon_button(ui, Command::RevealFunction, state, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(egui::Label::new(line).truncate()));
        });
    });
}

fn input(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::heading(ui, "Input");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::icon_button(ui, Command::FormatInput, state, commands);
            if let Some(session) = &state.session {
                cases(ui, session, commands);
            }
        });
    });
    let Some(session) = &mut state.session else { return };
    let Some(input) = session.runner.input_mut() else { return };
    if input.field.show(ui, "input", "Input (JSON)", INPUT_ROWS).changed {
        input.note_change();
    }
    validity(ui, input);
}

/// One line in any case, so that nothing jumps while typing.
pub fn validity(ui: &mut Ui, input: &Input) {
    let tokens = theme::of(ui);
    let length = text::bytes(input.field.text().len() as u64);
    let (line, color) = match &input.error {
        None => match &input.origin {
            Some(origin) => (format!("Valid JSON, {length}  ·  {}", text::one_line(&origin.to_string())), tokens.faint),
            None => (format!("Valid JSON, {length}"), tokens.faint),
        },
        Some(JsonError { line, column, message }) => {
            (format!("Line {line}, column {column}: {}", text::one_line(message)), tokens.bad)
        }
    };
    ui.add(egui::Label::new(RichText::new(line).size(size::SMALL).color(color)).truncate());
}

fn cases(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let cases = session.runner.picked.as_ref().and_then(|key| session.runner.cases.of(key));
    let Some(cases) = cases.filter(|cases| !cases.is_empty()) else { return };
    let tokens = theme::of(ui);
    let label = RichText::new(format!("Saved inputs ({})", cases.len())).size(size::SMALL).color(tokens.muted);
    let combo = ComboBox::from_id_salt("cases").selected_text(label).width(140.0).height(300.0);
    let response = combo.show_ui(ui, |ui| {
        for case in cases {
            let name = text::one_line(&case.name);
            let expects = if case.expects_error { "expects an error" } else { "" };
            let button = egui::Button::selectable(false, name.as_str())
                .shortcut_text(RichText::new(expects).size(size::SMALL).color(tokens.faint));
            if ui.add(button).accessible_name(format!("Saved input {name}")).clicked() {
                commands.push(Command::UseCase(case.name.clone()));
            }
        }
    });
    response.response.accessible_name("Saved inputs");
}

/// The ways to run a function beside the usual one.
const SPECIAL: [Command; 5] = [
    Command::CheckDeterminism,
    Command::RunFailing(Mishap::OutOfMemory),
    Command::RunFailing(Mishap::OutOfTime),
    Command::RunFailing(ONE_HOUR),
    Command::RunFailing(Mishap::NoRandom),
];

fn special_runs(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let symbol = ICON_SCIENCE.rich_text().size(size::ICON).color(theme::of(ui).muted);
    let button = egui::Button::new(symbol).frame_when_inactive(false);
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        for command in SPECIAL {
            if widgets::command_button(ui, command, state, commands).clicked() {
                ui.close();
            }
        }
    });
    response.accessible_name("Other ways to run").on_hover_text("Check determinism, or let something go wrong");
}

/// What an invocation of the picked function may use.
fn effective_limits(state: &State) -> Limits {
    let limits = state.settings.limits.limits();
    let session = state.session.as_ref();
    let picked = session.and_then(|session| session.callable(session.runner.picked.as_ref()?));
    picked.and_then(|callable| callable.limits.as_ref()).map_or(limits.clone(), |own| limits.with(own))
}

fn actions(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        if state.activity(Kind::Invoke).is_some() {
            widgets::command_button(ui, Command::CancelRun, state, commands);
            ui.add(egui::Spinner::new().size(14.0).color(tokens.accent)).accessible_name("Running");
        } else {
            let run = RichText::new("Run").family(theme::semibold()).color(tokens.accent);
            let shortcut = Command::Run.shortcut().map(|s| ui.ctx().format_shortcut(&s)).unwrap_or_default();
            let button = egui::Button::new((ICON_PLAY_ARROW.rich_text().color(tokens.accent), run))
                .shortcut_text(RichText::new(shortcut).size(size::SMALL).color(tokens.faint));
            widgets::give(ui, button, "Run function", Command::Run, state, commands);
            special_runs(ui, state, commands);
        }
        widgets::icon_button(ui, Command::ProfileFunction, state, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let limits = effective_limits(state);
            let mut label = format!("{}, {}", text::duration(limits.time), text::bytes(limits.memory));
            if let Some(count) = limits.instructions {
                label.push_str(&format!(", {} instructions", grouped(count)));
            }
            let label = RichText::new(label).size(size::SMALL).color(tokens.muted);
            let symbol = ICON_TUNE.rich_text().size(size::BODY).color(tokens.muted);
            let button = egui::Button::new((symbol, label)).frame_when_inactive(false);
            widgets::give(ui, button, "Limits", Command::ShowLimits, state, commands);
        });
    });
}

//! What an invocation gave: answer, error or fault, its times and memory, its output and its log.

use std::time::Duration;

use egui::containers::menu::MenuButton;
use egui::{Align, CornerRadius, Frame, Layout, Margin, Rect, RichText, Sense, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::bundle::printable;
use crate::bundle::target::grouped;
use crate::sandbox::{
    ApplicationError, Fault, FaultKind, Limits, LogLevel, LogLine, Metered, Origin, Outcome, Reply,
    SETTLE_AN_ASSUMPTION, Tier, Timings,
};
use crate::workbench::callable::FunctionKey;
use crate::workbench::command::{Command, Commands};
use crate::workbench::output::{Output, OutputMode};
use crate::workbench::runner::Runner;
use crate::workbench::state::{Compared, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::work::count::Count;
use crate::workbench::work::{Answer, Report};
use crate::workbench::{text, widgets};

use super::choices;

/// Log lines drawn at most; the rest is counted.
const MOST_LOG_LINES: usize = 500;
/// From this share of a limit on, it is nearly reached.
const NEARLY_ALL: f64 = 0.8;

/// Draws the last report of the picked function.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let Some(session) = &mut state.session else { return };
    let Some(key) = &session.runner.picked else { return };
    if let Some((checked, is_well, words)) = &session.runner.determinism
        && checked == key
    {
        let tokens = theme::of(ui);
        let (symbol, color) = if *is_well { (ICON_BALANCE, tokens.good) } else { (ICON_BALANCE, tokens.bad) };
        widgets::banner(ui, symbol, color, |ui| wrapped(ui, words));
        ui.add_space(space::S);
    }
    let others = others_to_compare(&session.runner, key);
    let Some(report) = session.runner.reports.get_mut(key) else {
        let hint = "The output, the log, and where the time went are shown here";
        widgets::empty(ui, "Not run yet", hint);
        return;
    };
    // An older report is kept in sight, but dimmed, while the next one is on its way.
    if session.runner.running.as_ref() == Some(key) {
        ui.multiply_opacity(0.5);
    }
    let mode = session.runner.output_mode;
    let Report { result, limits, compiled, past, count, .. } = report;
    if let Some(past) = past {
        let when = super::bars::ago(std::time::SystemTime::now(), *past);
        widgets::remark(ui, format!("From the history, {when}"));
    }
    match result {
        Err(error) => refused(ui, &error.message, error.help.as_deref()),
        Ok(answer) => {
            summary(ui, answer, (limits, count), *compiled, commands);
            details(ui, answer, mode, &others, commands);
        }
    }
}

/// What the output can be compared with: the one before, and what cases expect.
fn others_to_compare(runner: &Runner, key: &FunctionKey) -> Vec<Compared> {
    let previous = runner.previous.contains_key(key).then_some(Compared::PreviousOutput);
    let cases = runner.cases.of(key).into_iter().flatten().filter(|case| case.expected.is_some());
    previous.into_iter().chain(cases.map(|case| Compared::Case(case.name.clone()))).collect()
}

fn refused(ui: &mut Ui, message: &str, help: Option<&str>) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
        wrapped(ui, message);
        if let Some(help) = help {
            widgets::remark(ui, printable(help));
        }
    });
}

fn wrapped(ui: &mut Ui, message: &str) {
    ui.add(egui::Label::new(printable(message).into_owned()).wrap());
}

fn summary(
    ui: &mut Ui,
    answer: &Answer,
    (limits, count): (&Limits, &Count),
    compiled: Option<Duration>,
    commands: &mut Commands,
) {
    let outcome = &answer.outcome;
    status(ui, outcome);
    ui.add_space(space::XS);
    times(ui, &outcome.timings);
    margins(ui, outcome, limits);
    instructions(ui, count, limits);
    let mut line = String::new();
    if let Some(compiled) = compiled {
        line = format!("{line}  ·  compiled in {}", text::duration(compiled));
    }
    if outcome.tier == Tier::Baseline {
        line = format!("{line}  ·  first, slower code");
    }
    if outcome.origin == Origin::Snapshot {
        line = format!("{line}  ·  from a snapshot");
    }
    if let Some(line) = line.strip_prefix("  ·  ") {
        widgets::remark(ui, line);
    }
    let convention = RichText::new(text::one_line(&answer.convention)).size(size::SMALL).color(theme::of(ui).faint);
    if !answer.convention.is_empty() {
        ui.add(egui::Label::new(convention).truncate());
    }
    for assumption in &answer.assumptions {
        let line = format!("Assumed that {}", printable(&assumption.message));
        let label = egui::Label::new(RichText::new(line).size(size::SMALL).color(theme::of(ui).warn)).wrap();
        ui.add(label).on_hover_text(SETTLE_AN_ASSUMPTION);
        // Where the bundle is only looked at, the command itself offers what is needed.
        choices::menu(ui, &assumption.choices, false, commands);
    }
}

/// How much of what it may use an invocation took.
fn margins(ui: &mut Ui, outcome: &Outcome, limits: &Limits) {
    let tokens = theme::of(ui);
    let (took, memory) = (outcome.timings.total(), outcome.peak_memory);
    let parts = [
        ("Time", text::duration(took), text::duration(limits.time), took.as_secs_f64() / limits.time.as_secs_f64()),
        ("Peak memory", text::bytes(memory), text::bytes(limits.memory), memory as f64 / limits.memory as f64),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (name, used, limit, share) in parts {
            let color = if share > NEARLY_ALL { tokens.warn } else { tokens.muted };
            let line = format!("{name} {used} of {limit} ({})", percent(share));
            ui.label(RichText::new(line).size(size::SMALL).color(color));
        }
    });
}

fn percent(share: f64) -> String {
    if share < 0.001 { "below 0.1 %".to_owned() } else { format!("{:.1} %", share * 100.0) }
}

/// How many instructions an invocation ran. A line of its own that is always there, so that nothing moves when the
/// number comes.
fn instructions(ui: &mut Ui, count: &Count, limits: &Limits) {
    let tokens = theme::of(ui);
    let mut color = tokens.muted;
    let (line, hint) = match count {
        Count::Unknown => ("Instructions not counted".to_owned(), COUNTED_HINT.to_owned()),
        Count::Wanted(_) | Count::Pending(_) => ("Instructions counting…".to_owned(), COUNTED_HINT.to_owned()),
        Count::Impossible(reason) => {
            (format!("Instructions not counted, for {}", text::one_line(reason)), COUNTED_HINT.to_owned())
        }
        Count::Known(metered) => {
            let total = metered.instructions.total();
            let is_exceeded = is_over(metered);
            if is_exceeded || limits.instructions.is_some_and(|limit| total as f64 > limit as f64 * NEARLY_ALL) {
                color = if is_exceeded { tokens.bad } else { tokens.warn };
            }
            (count_line(total, limits.instructions, is_exceeded), count_hint(metered))
        }
    };
    let line = RichText::new(line).size(size::SMALL).color(color);
    ui.add(egui::Label::new(line).truncate()).on_hover_text(hint);
}

const COUNTED_HINT: &str = "One for entering a function and for every operator but those that only part blocks, one more for each \
    byte that a bulk operator moves. Counted in a run of its own with the same time and random numbers; no time is taken from it";

fn is_over(metered: &Metered) -> bool {
    matches!(&metered.outcome.reply, Reply::Fault(fault) if fault.kind == FaultKind::InstructionLimit)
}

fn count_line(total: u64, limit: Option<u64>, is_exceeded: bool) -> String {
    match limit {
        Some(limit) if is_exceeded => format!("Instructions more than the limit of {}", grouped(limit)),
        Some(limit) => {
            let share = percent(total as f64 / limit as f64);
            format!("Instructions {} of {} ({share})", grouped(total), grouped(limit))
        }
        None => format!("Instructions {}", grouped(total)),
    }
}

fn count_hint(metered: &Metered) -> String {
    let parts = &metered.instructions;
    let mut hint = format!(
        "Instantiate {}, copy in {}, run {}, copy out {}. {COUNTED_HINT}",
        grouped(parts.instantiate),
        grouped(parts.copy_in),
        grouped(parts.run),
        grouped(parts.copy_out)
    );
    if let Some(departed) = &metered.departed {
        hint.push_str(&format!(". The counted run took something else from outside than the first: {departed}"));
    }
    hint
}

fn details(ui: &mut Ui, answer: &mut Answer, mode: Option<OutputMode>, others: &[Compared], commands: &mut Commands) {
    match &answer.outcome.reply {
        Reply::Json(_) => {}
        Reply::ApplicationError(error) => application_error(ui, error),
        Reply::Fault(broken) => fault(ui, broken),
    }
    if let Some(output) = &mut answer.output {
        output_block(ui, "Output", output, mode, commands, |ui, commands| {
            for command in [Command::CopyOutput, Command::ShowSaveCase] {
                symbol_button(ui, command, commands);
            }
            compare_menu(ui, others, commands);
        });
    }
    if let Some(raw) = &mut answer.raw {
        output_block(ui, "What the function returned", raw, mode, commands, |_, _| {});
    }
    log(ui, &answer.outcome);
}

/// Lists what the output can be compared with.
fn compare_menu(ui: &mut Ui, others: &[Compared], commands: &mut Commands) {
    if others.is_empty() {
        return;
    }
    let symbol = ICON_COMPARE.rich_text().size(size::ICON).color(theme::of(ui).muted);
    let button = egui::Button::new(symbol).frame_when_inactive(false);
    let (response, _) = MenuButton::from_button(button).ui(ui, |ui| {
        for other in others {
            let command = Command::Compare(other.clone());
            let button = ui.button(text::one_line(&command.text()));
            if button.on_hover_text(command.tooltip().unwrap_or_default()).clicked() {
                commands.push(command);
                ui.close();
            }
        }
    });
    response.accessible_name("Compare output").on_hover_text("Compare with the output before, or with a case");
}

fn symbol_button(ui: &mut Ui, command: Command, commands: &mut Commands) {
    let symbol = command.icon().rich_text().size(size::ICON).color(theme::of(ui).muted);
    let button = ui.add(egui::Button::new(symbol).frame_when_inactive(false)).accessible_name(command.text());
    if button.on_hover_text(command.tooltip().unwrap_or_default()).clicked() {
        commands.push(command);
    }
}

fn status(ui: &mut Ui, outcome: &Outcome) {
    let tokens = theme::of(ui);
    let (word, color) = match &outcome.reply {
        Reply::Json(_) => ("Answered", tokens.good),
        Reply::ApplicationError(_) => ("Application error", tokens.warn),
        Reply::Fault(_) => ("Fault", tokens.bad),
    };
    ui.horizontal(|ui| {
        widgets::chip(ui, word, color);
        let total = text::duration(outcome.timings.total());
        ui.label(RichText::new(total).family(theme::semibold()));
    });
}

/// The four parts of an invocation's time, as a bar and in figures.
fn times(ui: &mut Ui, timings: &Timings) {
    let tokens = theme::of(ui);
    let parts = [
        ("Instantiate", timings.instantiate, tokens.syntax_constant),
        ("Copy in", timings.copy_in, tokens.warn),
        ("Run", timings.run, tokens.accent),
        ("Copy out", timings.copy_out, tokens.good),
    ];
    let total = timings.total().as_secs_f32().max(f32::MIN_POSITIVE);
    let (bar, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 6.0), Sense::hover());
    ui.painter().rect_filled(bar, CornerRadius::same(3), tokens.raised);
    let mut left = bar.left();
    for (_, time, color) in parts {
        let width = bar.width() * time.as_secs_f32() / total;
        let part = Rect::from_min_size(egui::pos2(left, bar.top()), Vec2::new(width, bar.height()));
        ui.painter().rect_filled(part, CornerRadius::same(2), color);
        left += width;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (name, time, color) in parts {
            legend(ui, &format!("{name} {}", text::duration(time)), color);
        }
    });
}

/// A dot of the bar's colour and its text, which never part at the end of a line.
fn legend(ui: &mut Ui, label: &str, color: egui::Color32) {
    let font = egui::FontId::proportional(size::SMALL);
    let muted = theme::of(ui).muted;
    let galley = ui.painter().layout_no_wrap(label.to_owned(), font, muted);
    let (rect, response) = ui.allocate_exact_size(galley.size() + Vec2::new(18.0, 2.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, label));
    ui.painter().circle_filled(egui::pos2(rect.left() + 4.0, rect.center().y), 3.0, color);
    ui.painter().galley(egui::pos2(rect.left() + 12.0, rect.top() + 1.0), galley, muted);
}

fn application_error(ui: &mut Ui, error: &ApplicationError) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_WARNING, tokens.warn, |ui| wrapped(ui, &error.message));
}

fn fault(ui: &mut Ui, fault: &Fault) {
    let tokens = theme::of(ui);
    widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| {
        wrapped(ui, &fault.message);
        if let Some(help) = &fault.help {
            widgets::remark(ui, printable(help));
        }
    });
    if fault.backtrace.is_empty() {
        return;
    }
    widgets::heading(ui, "Call stack");
    code(ui, |ui| {
        for (at, frame) in fault.backtrace.iter().enumerate() {
            let offset = frame.offset.map(|offset| format!("  at 0x{offset:x}")).unwrap_or_default();
            let line = format!("{at:>2}  {}{offset}", text::one_line(&frame.function));
            ui.add(egui::Label::new(RichText::new(line).monospace()).wrap());
        }
    });
}

fn output_block(
    ui: &mut Ui,
    title: &str,
    output: &mut Output,
    wanted: Option<OutputMode>,
    commands: &mut Commands,
    actions: impl FnOnce(&mut Ui, &mut Commands),
) {
    let tokens = theme::of(ui);
    let mode = output.mode(wanted);
    ui.horizontal(|ui| {
        widgets::heading(ui, title);
        for other in output.modes() {
            let name = format!("Show as {}", other.name().to_lowercase());
            let label = RichText::new(other.name()).size(size::SMALL);
            if ui.add(egui::Button::selectable(mode == other, label)).accessible_name(name).clicked() {
                commands.push(Command::ShowOutputAs(other));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| actions(ui, commands));
    });
    if let Some(note) = output.show(ui, title, mode, commands) {
        ui.label(RichText::new(note).size(size::SMALL).color(tokens.warn));
    }
}

/// A block of code on the canvas.
fn code(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let tokens = theme::of(ui);
    let frame = Frame::new().fill(tokens.canvas).corner_radius(CornerRadius::same(6)).inner_margin(Margin::same(8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        add(ui);
    });
}

fn log(ui: &mut Ui, outcome: &Outcome) {
    let tokens = theme::of(ui);
    if outcome.logs.is_empty() && outcome.logs_dropped == 0 {
        return;
    }
    widgets::heading(ui, "Log");
    code(ui, |ui| {
        for line in outcome.logs.iter().take(MOST_LOG_LINES) {
            log_line(ui, line);
        }
        let hidden = outcome.logs.len().saturating_sub(MOST_LOG_LINES) as u64 + outcome.logs_dropped;
        if hidden > 0 {
            let note = format!("{} more", text::count(hidden as usize, "line"));
            ui.label(RichText::new(note).size(size::SMALL).color(tokens.warn));
        }
    });
}

/// A line of a function's log, with its level and fields.
pub fn log_line(ui: &mut Ui, line: &LogLine) {
    let tokens = theme::of(ui);
    let (word, color) = match line.level {
        LogLevel::Debug => ("debug", tokens.faint),
        LogLevel::Info => ("info", tokens.accent),
        LogLevel::Warn => ("warn", tokens.warn),
        LogLevel::Error => ("error", tokens.bad),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(RichText::new(word).monospace().color(color));
        ui.label(RichText::new(text::duration(line.at)).size(size::SMALL).color(tokens.faint));
        ui.add(egui::Label::new(RichText::new(printable(&line.message)).monospace()).wrap());
        for (name, value) in &line.fields {
            let field = text::one_line(&format!("{name}={value}"));
            ui.label(RichText::new(field).monospace().color(tokens.muted));
        }
    });
}

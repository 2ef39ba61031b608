//! What happened over virtual time: a line for each intent, a bar for each execution. A bar begins when the
//! intent was triggered and is as long as its function was measured to take.

use std::time::Duration;

use egui::{Align2, CornerRadius, FontId, Pos2, Rect, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::platform::sensors::{Execution, Node, NodeId, date};
use crate::workbench::charts::{multiples, round_step};
use crate::workbench::command::{Command, Commands};
use crate::workbench::simulation::Simulation;
use crate::workbench::text;
use crate::workbench::theme::{self, size, space};

use super::trace::{of_execution, of_state};

/// Width of the names at the left, as a share of the whole.
const NAMES: f32 = 0.3;
const LINE: f32 = 22.0;
/// Most intents that have a line of their own.
const MOST_LINES: usize = 40;
/// The narrowest bar, so that a microsecond within an hour is seen.
const NARROWEST: f32 = 4.0;
/// How near the pointer must be to a bar, in points.
const NEAR: f32 = 5.0;

struct Bar<'a> {
    id: NodeId,
    node: &'a Node,
    execution: &'a Execution,
    line: usize,
    rect: Rect,
}

/// Draws the timeline.
pub fn show(ui: &mut Ui, simulation: &Simulation, commands: &mut Commands) {
    let Some(trace) = simulation.trace() else { return };
    let executions: Vec<(NodeId, &Node, &Execution)> = trace.executions().collect();
    let (Some((_, first, _)), Some(last)) = (
        executions.iter().min_by_key(|(_, node, _)| node.at),
        executions.iter().map(|(_, node, execution)| node.at.saturating_add(execution.measured)).max(),
    ) else {
        crate::workbench::widgets::empty(ui, "No intent was triggered", "Fire a sensor that an intent waits for");
        return;
    };
    let begin = first.at;
    let length = last.saturating_sub(begin).max(Duration::from_micros(10));
    let mut names: Vec<(&str, &str)> = Vec::new();
    for (_, _, execution) in &executions {
        let name = (execution.service.as_str(), execution.intent.as_str());
        if names.len() < MOST_LINES && !names.contains(&name) {
            names.push(name);
        }
    }
    let height = LINE * names.len() as f32 + LINE;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::click());
    let title = format!("Timeline of {}", text::count(executions.len(), "execution"));
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Figure, true, title.clone()));
    let plot = rect.with_min_x(rect.left() + rect.width() * NAMES).with_max_x(rect.right() - space::M);
    let at = |time: Duration| {
        let share = time.saturating_sub(begin).as_secs_f64() / length.as_secs_f64();
        plot.left() + plot.width() * share as f32
    };
    axis(ui, plot, length);
    lines(ui, rect, &names);
    let bars: Vec<Bar<'_>> = executions
        .into_iter()
        .filter_map(|(id, node, execution)| {
            let name = (execution.service.as_str(), execution.intent.as_str());
            let line = names.iter().position(|known| *known == name)?;
            let top = rect.top() + LINE * line as f32 + 4.0;
            let left = at(node.at);
            let right = at(node.at.saturating_add(execution.measured)).max(left + NARROWEST);
            let rect = Rect::from_min_max(pos2(left, top), pos2(right, top + LINE - 8.0));
            Some(Bar { id, node, execution, line, rect })
        })
        .collect();
    let tokens = theme::of(ui);
    for bar in &bars {
        let (_, color) = of_state(bar.execution, tokens);
        ui.painter().rect_filled(bar.rect, CornerRadius::same(2), color);
        if simulation.selected == Some(bar.id) {
            let stroke = Stroke::new(1.5, tokens.text);
            ui.painter().rect_stroke(bar.rect.expand(1.5), CornerRadius::same(3), stroke, egui::StrokeKind::Outside);
        }
    }
    let under = response.hover_pos().and_then(|pointer| nearest(&bars, pointer, rect));
    if let Some(bar) = under {
        let words = format!(
            "{} of {}\n{}\nat {}",
            text::one_line(&bar.execution.intent),
            text::one_line(&bar.execution.service),
            of_execution(bar.execution),
            date::text(bar.node.at)
        );
        let id = bar.id;
        if response.on_hover_text_at_pointer(words).clicked() {
            commands.push(Command::SelectTrace(id));
        }
    }
}

/// The bar of the pointer's line that is nearest to it, if one is near.
fn nearest<'a, 'b>(bars: &'b [Bar<'a>], pointer: Pos2, rect: Rect) -> Option<&'b Bar<'a>> {
    let line = ((pointer.y - rect.top()) / LINE).floor() as usize;
    let distance = |bar: &Bar<'_>| (bar.rect.left() - pointer.x).max(pointer.x - bar.rect.right()).max(0.0);
    let of_line = bars.iter().filter(|bar| bar.line == line);
    of_line.min_by(|a, b| distance(a).total_cmp(&distance(b))).filter(|bar| distance(bar) <= NEAR)
}

fn lines(ui: &Ui, rect: Rect, names: &[(&str, &str)]) {
    let tokens = theme::of(ui);
    for (at, (_, intent)) in names.iter().enumerate() {
        let top = rect.top() + LINE * at as f32;
        let name = Rect::from_min_size(pos2(rect.left(), top), Vec2::new(rect.width() * NAMES - space::S, LINE));
        let label = egui::RichText::new(text::one_line(intent)).size(size::SMALL);
        crate::workbench::widgets::paint_text(ui, name, label, tokens.muted);
        ui.painter().hline(rect.x_range(), top + LINE, Stroke::new(1.0, tokens.border));
    }
}

/// Times since the first execution, below the lines.
fn axis(ui: &Ui, plot: Rect, length: Duration) {
    let tokens = theme::of(ui);
    let seconds = length.as_secs_f64();
    let step = round_step(seconds * 80.0 / f64::from(plot.width().max(80.0)));
    for tick in multiples((0.0, seconds), step) {
        let x = plot.left() + plot.width() * (tick / seconds) as f32;
        ui.painter().vline(x, plot.top()..=plot.bottom() - LINE + 4.0, Stroke::new(1.0, tokens.border));
        let label =
            if tick == 0.0 { "0".to_owned() } else { format!("+{}", text::duration(Duration::from_secs_f64(tick))) };
        let at = pos2(x, plot.bottom() - LINE * 0.4);
        let font = FontId::new(size::TINY, egui::FontFamily::Proportional);
        ui.painter().text(at, Align2::CENTER_CENTER, label, font, tokens.faint);
    }
}

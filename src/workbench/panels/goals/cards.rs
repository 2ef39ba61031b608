//! The goals of the whole bundle at a glance: a card for each, with its verdict and a small chart.

use egui::accesskit::Role;
use egui::{CornerRadius, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2};

use crate::bundle::{Goal, Metric, Percentile, Service, Target};
use crate::measure::{Finding, Verdict};
use crate::workbench::callable::FunctionKey;
use crate::workbench::charts::{bullet, ratio_text};
use crate::workbench::command::{Command, Commands};
use crate::workbench::goals::percentile;
use crate::workbench::panels::explorer::verdict_symbol;
use crate::workbench::state::Session;
use crate::workbench::theme::{self, Tokens, size, space};
use crate::workbench::{text, widgets};

/// The narrowest card.
const NARROWEST: f32 = 236.0;
const HEIGHT: f32 = 128.0;

/// Draws a card for each goal, in as many columns as there is room for; its latency is judged by `statistic` unless the
/// goal has a percentile of its own.
pub fn show(ui: &mut Ui, session: &Session, statistic: Percentile, commands: &mut Commands) {
    let Some(bundle) = session.bundle() else { return };
    let gap = space::M;
    let columns = ((ui.available_width() + gap) / (NARROWEST + gap)).floor().max(1.0);
    let width = ((ui.available_width() - gap * (columns - 1.0)) / columns).floor();
    for service in bundle.services.iter().filter(|service| !service.goals.is_empty()) {
        ui.horizontal(|ui| {
            widgets::heading(ui, &text::one_line(&service.name.value));
            widgets::remark(ui, super::extent(service, session));
        });
        for row in service.goals.chunks(columns as usize) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = gap;
                for goal in row {
                    let percentile = percentile(bundle, &service.name.value, goal, statistic);
                    card(ui, Vec2::new(width, HEIGHT), (service, goal), session, percentile, commands);
                }
            });
        }
        ui.add_space(space::M);
    }
}

fn card(
    ui: &mut Ui,
    area: Vec2,
    (service, goal): (&Service, &Goal),
    session: &Session,
    percentile: Percentile,
    commands: &mut Commands,
) {
    let tokens = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(area, Sense::click());
    let overall = session.goals.overall(&service.name.value, &goal.name.value);
    let verdict = overall.map(|(_, verdict)| verdict);
    let name = text::one_line(&goal.name.value);
    let word = verdict.map_or("not measured", Verdict::word);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Goal {name}: {word}")));
    ground(ui, rect, &response, verdict, tokens);
    let inner = rect.shrink2(Vec2::new(space::L, space::M));
    let line = |top: f32, height: f32| Rect::from_min_size(pos2(inner.left(), top), Vec2::new(inner.width(), height));
    heading(ui, line(inner.top(), 20.0), &name, verdict, tokens);
    let target = goal.target.as_ref().map(|target| target.value);
    let finding = verdict.and_then(Verdict::finding);
    values(ui, line(inner.top() + 24.0, 20.0), finding, target.as_ref(), tokens);
    let chart = line(inner.top() + 50.0, 38.0);
    match (overall, finding, &target) {
        (Some((key, _)), Some(finding), Some(target)) => {
            let is_latency = goal.metric.as_ref().is_some_and(|metric| metric.value == Metric::Latency);
            match session.goals.measured.get(key).filter(|_| is_latency) {
                Some(measured) => measured.miniature.paint(ui.painter(), tokens, chart, target, percentile.percent()),
                None => bullet(ui.painter(), tokens, chart.shrink2(Vec2::new(0.0, 10.0)), finding.value, target),
            }
        }
        _ => {
            let hint =
                verdict.map_or_else(|| "Not measured yet".to_owned(), |verdict| text::one_line(&verdict.detail()));
            widgets::paint_text(ui, chart, RichText::new(hint).size(size::SMALL), tokens.faint);
        }
    }
    let foot = foot(overall.map(|(key, _)| key), finding, session, service, goal);
    widgets::paint_text(ui, line(inner.bottom() - 14.0, 16.0), RichText::new(foot).size(size::SMALL), tokens.muted);
    let detail = verdict.map_or_else(|| "Not measured yet".to_owned(), |verdict| text::one_line(&verdict.detail()));
    let tooltip = super::goal_tooltip(service, goal, session, &detail);
    if response.on_hover_text(tooltip).clicked() {
        commands.push(match overall {
            Some((key, _)) => Command::ShowMeasurement(key.clone()),
            None => super::reveal(service, goal),
        });
    }
}

/// The card itself, with the verdict's colour along its left edge.
fn ground(ui: &Ui, rect: Rect, response: &Response, verdict: Option<&Verdict>, tokens: &Tokens) {
    let radius = CornerRadius::same(8);
    let fill = if response.hovered() { tokens.raised } else { tokens.surface };
    let edge = if response.has_focus() { tokens.accent } else { tokens.border };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    if let Some(verdict) = verdict {
        let (_, color) = verdict_symbol(verdict, tokens);
        let bar = rect.with_max_x(rect.left() + 3.0).shrink2(Vec2::new(0.0, space::M));
        ui.painter().rect_filled(bar, CornerRadius::same(2), color);
    }
}

fn heading(ui: &Ui, line: Rect, name: &str, verdict: Option<&Verdict>, tokens: &Tokens) {
    let (word, color) = match verdict {
        Some(verdict) => (verdict.word(), verdict_symbol(verdict, tokens).1),
        None => ("not measured", tokens.faint),
    };
    let taken = super::paint_chip_right(ui, line, word, color);
    let left = line.with_max_x(line.right() - taken - space::M);
    widgets::paint_text(ui, left, RichText::new(name).family(theme::semibold()), tokens.text);
}

/// What was measured, in large, and the target beside it.
fn values(ui: &Ui, line: Rect, finding: Option<&Finding>, target: Option<&Target>, tokens: &Tokens) {
    let target = target.map(|target| format!("target {target}")).unwrap_or_default();
    let taken = widgets::paint_text_right(ui, line, RichText::new(target).size(size::SMALL), tokens.muted);
    let Some(finding) = finding else { return };
    let left = line.with_max_x(line.right() - taken - space::M);
    let value = RichText::new(&finding.shown).size(size::HEADING).family(theme::semibold());
    let (width, _) = widgets::paint_text(ui, left, value, tokens.text);
    let rest = left.with_min_x(left.left() + width + space::S);
    widgets::paint_text(ui, rest, RichText::new(&finding.statistic).size(size::SMALL), tokens.muted);
}

/// Headroom, calls, and which of several functions it is about.
fn foot(
    key: Option<&FunctionKey>,
    finding: Option<&Finding>,
    session: &Session,
    service: &Service,
    goal: &Goal,
) -> String {
    let (Some(key), Some(finding)) = (key, finding) else { return String::new() };
    let mut parts = Vec::new();
    parts.extend(finding.headroom.map(headroom_text));
    parts.push(text::count(finding.samples as usize, "call"));
    let functions = session.goals.verdicts(&service.name.value, &goal.name.value).count();
    let function = text::one_line(&key.function);
    parts.push(if functions > 1 { format!("{function}, worst of {functions}") } else { function });
    parts.join(" · ")
}

/// By which factor there is room, or by which the target is missed.
pub fn headroom_text(headroom: f64) -> String {
    if headroom >= 1.0 {
        format!("{} × headroom", ratio_text(headroom, 1.0))
    } else {
        format!("{} × too much", ratio_text(1.0, headroom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headroom_is_said_as_a_factor_of_what_there_is_or_of_what_is_too_much() {
        assert_eq!(headroom_text(4096.0), "4,100 × headroom");
        assert_eq!(headroom_text(1.0), "1.0 × headroom");
        assert_eq!(headroom_text(0.5), "2.0 × too much");
    }
}

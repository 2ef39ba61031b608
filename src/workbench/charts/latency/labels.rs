//! What is written into the latency chart: percentiles, target, what lies above the view, the accessible summary.

use egui::{Align2, Painter, pos2};

use super::View;
use super::cloud::Above;
use crate::workbench::charts::aims::Percentile;
use crate::workbench::charts::target::LatencyTarget;
use crate::workbench::charts::units::{count_text, latency_text};
use crate::workbench::charts::{chips, frame};
use crate::workbench::theme::space;

/// Paints the percentiles' lines, with chips beside the plot where `beside` is given.
pub(super) fn percentiles(beside: Option<&Painter>, view: &View<'_>, percentiles: &[Percentile]) {
    let (rect, tokens) = (view.rect, view.tokens);
    let mut lines = Vec::new();
    for line in percentiles.iter().rev() {
        let y = view.y(line.value);
        if rect.y_range().contains(y) {
            let color = if line.is_statistic { tokens.text } else { tokens.muted };
            frame::dashed(&view.painter, pos2(rect.left(), y), pos2(rect.right(), y), color);
            lines.push((y, &line.text, color));
        }
    }
    let mut centres: Vec<f32> = lines.iter().map(|(y, ..)| *y).collect();
    chips::separate(&mut centres, rect.top(), rect.bottom());
    for ((y, text, color), centre) in lines.into_iter().zip(centres) {
        if let Some(outer) = beside {
            let edge = pos2(rect.right() + space::XS, centre);
            outer.line_segment([pos2(rect.right(), y), edge], (1.2, color));
            chips::paint(outer, tokens, edge, Align2::LEFT_CENTER, text, color);
        } else {
            let edge = pos2(rect.right() - space::XS, centre);
            chips::paint(&view.painter, tokens, edge, Align2::RIGHT_CENTER, text, color);
        }
    }
}

/// Paints the target's lines, or a chip at the edge behind which they lie.
pub(super) fn target(view: &View<'_>) {
    let Some(target) = view.target else { return };
    let rect = view.rect;
    let color = target.color(view.statistic, view.tokens);
    let chip = |y: f32, anchor: Align2, text: &str| {
        chips::paint(&view.painter, view.tokens, pos2(rect.left() + space::S, y), anchor, text, color);
    };
    let mut labelled = false;
    for y in target.lines().into_iter().map(|line| view.y(line)).filter(|y| rect.y_range().contains(*y)) {
        view.painter.hline(rect.x_range(), y, (1.8, color));
        let room_above = y - chips::HEIGHT - space::XS > rect.top();
        match std::mem::replace(&mut labelled, true) {
            true => {}
            false if room_above => chip(y - space::XS, Align2::LEFT_BOTTOM, &target.text()),
            false => chip(y + space::XS, Align2::LEFT_TOP, &target.text()),
        }
    }
    if labelled {
        return;
    }
    let text = out_of_view(view, target);
    if view.is_above(target) {
        chip(rect.top() + space::S, Align2::LEFT_TOP, &text);
    } else {
        chip(rect.bottom() - space::S, Align2::LEFT_BOTTOM, &text);
    }
}

/// Where a target lies that is out of view: how far away too, where there is room to say it.
fn out_of_view(view: &View<'_>, target: LatencyTarget<'_>) -> String {
    let arrow = if view.is_above(target) { "↑" } else { "↓" };
    let far = format!("{arrow} {}", target.distance_text(view.statistic));
    let fits = chips::width(&view.painter, &far) + 2.0 * space::S < view.rect.width();
    if fits { far } else { format!("{arrow} {}", target.text()) }
}

/// Says how many samples lie above the view.
pub(super) fn above(view: &View<'_>, above: Above) {
    let highest = latency_text(view.recording.highest());
    let text = match above {
        Above::Exactly(0) | Above::About(0) => return,
        Above::Exactly(count) => format!("↑ {} above, up to {highest}", count_text(count)),
        Above::About(count) => format!("↑ about {} above, up to {highest}", count_text(two_figures(count))),
    };
    let (rect, painter) = (view.rect, &view.painter);
    let taken = view
        .target
        .filter(|target| view.is_above(*target))
        .map_or(0.0, |target| chips::width(painter, &out_of_view(view, target)) + space::M);
    let fits = taken + chips::width(painter, &text) + 2.0 * space::S < rect.width();
    let top = rect.top() + space::S + if fits { 0.0 } else { chips::HEIGHT + space::XS };
    let corner = pos2(rect.right() - space::S, top);
    chips::paint(painter, view.tokens, corner, Align2::RIGHT_TOP, &text, view.tokens.warn);
}

/// An estimate is not more exact than that.
fn two_figures(count: u64) -> u64 {
    let step = 10_u64.pow(count.checked_ilog10().unwrap_or(0).saturating_sub(1));
    (count + step / 2) / step * step
}

/// The chart in words.
pub(super) fn summary(view: &View<'_>, percentiles: &[Percentile]) -> String {
    let mut summary = format!("Latency of {} invocations", count_text(view.recording.count()));
    for line in percentiles {
        summary += &format!(", {}", line.text);
    }
    if view.recording.failed() > 0 {
        summary += &format!(", {} failed", count_text(view.recording.failed() as u64));
    }
    if let Some(target) = view.target {
        let word = target.verdict(view.statistic).map_or("undecided", |holds| if holds { "met" } else { "missed" });
        summary += &format!(", {} {word} by {}", target.text(), view.statistic.name());
    }
    summary
}

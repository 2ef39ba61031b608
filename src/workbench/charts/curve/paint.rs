//! How the percentile curve is painted: interval, line, what the samples do not support, marks, target, readings.

use egui::{Align2, Color32, FontFamily, FontId, Mesh, Pos2, Rect, Shape, pos2};

use super::{Curve, CurvePoint, Curves, View, percent_text, tail, tail_to_percent};
use crate::workbench::charts::units::{count_text, latency_text, ratio_text};
use crate::workbench::charts::{chips, frame};
use crate::workbench::theme::{self, size, space};

/// Paints everything.
pub(super) fn all(view: &View<'_>, curves: &Curves) {
    unsupported(view, &curves.of_run);
    band(view, &curves.of_run, view.tokens.accent);
    if let Some((_, curve)) = &curves.of_baseline {
        line(view, curve, 1.5, view.tokens.muted);
    }
    line(view, &curves.of_run, 2.0, view.tokens.accent);
    let mut taken = chips::Taken::default();
    if let Some(chip) = target(view, curves) {
        taken.take(chip);
    }
    for mark in &curves.marked {
        let at = view.place(tail(mark.percent), mark.value);
        if !view.rect.expand(1.0).contains(at) {
            continue;
        }
        let color = if mark.is_statistic { view.tokens.text } else { view.tokens.muted };
        view.painter.circle(at, 3.5, view.tokens.canvas, (1.8, view.tokens.accent));
        taken.paint_near(&view.painter, view.tokens, at, view.rect.shrink(2.0), &mark.text, color);
    }
}

/// The interval as a band: where the curve may lie, in 95 of 100 such runs.
fn band(view: &View<'_>, curve: &Curve, color: Color32) {
    let fill = theme::tint_strong(color);
    let mut mesh = Mesh::default();
    for point in &curve.points {
        let Some((low, high)) = point.interval else { continue };
        let at = mesh.vertices.len() as u32;
        mesh.colored_vertex(view.place(point.tail, low), fill);
        mesh.colored_vertex(view.place(point.tail, high), fill);
        if at >= 2 {
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    view.painter.add(Shape::mesh(mesh));
}

/// The curve: a line as far as it is supported, dashed beyond.
fn line(view: &View<'_>, curve: &Curve, width: f32, color: Color32) {
    let places = |points: &mut dyn Iterator<Item = &CurvePoint>| -> Vec<Pos2> {
        points.map(|point| view.place(point.tail, point.latency)).collect()
    };
    let supported = places(&mut curve.points.iter().filter(|point| point.tail <= curve.supported));
    let beyond = places(&mut curve.points.iter().filter(|point| point.tail >= curve.supported));
    view.painter.line(supported, (width, color));
    view.painter.extend(Shape::dashed_line(&beyond, (width, color), 3.0, 4.0));
}

/// The ground of what the samples do not support, with the reason.
fn unsupported(view: &View<'_>, curve: &Curve) {
    let left = view.transform.position_from_point_x(curve.supported).max(view.rect.left());
    let area = view.rect.with_min_x(left);
    if area.width() < 1.0 {
        return;
    }
    view.painter.rect_filled(area, 0.0, theme::tint_faint(view.tokens.muted));
    let count = count_text(curve.ranks.count());
    let limit = percent_text(tail_to_percent(curve.supported));
    let texts = [
        format!("{count} samples say little beyond {limit}: too few are slower"),
        format!("little known beyond {limit}"),
    ];
    let font = FontId::new(size::SMALL, FontFamily::Proportional);
    for text in texts {
        let galley = view.painter.layout_no_wrap(text, font.clone(), view.tokens.faint);
        if galley.size().x + 2.0 * space::S < area.width() {
            let at = pos2(area.right() - space::S - galley.size().x, area.top() + space::S);
            view.painter.galley(at, galley, view.tokens.faint);
            return;
        }
    }
}

/// The target's line, or a chip at the edge behind which it lies. Says where the chip is.
fn target(view: &View<'_>, curves: &Curves) -> Option<Rect> {
    let (target, statistic) = (view.target?, &curves.statistic);
    let color = target.color(statistic, view.tokens);
    let left = view.rect.left() + space::S;
    let places: Vec<f32> = target.lines().into_iter().map(|line| view.y(line)).collect();
    let mut chip = None;
    for y in places.iter().copied().filter(|y| view.rect.y_range().contains(*y)) {
        view.painter.hline(view.rect.x_range(), y, (1.8, color));
        let above = y - chips::HEIGHT - space::XS > view.rect.top();
        let (place, anchor) =
            if above { (y - space::XS, Align2::LEFT_BOTTOM) } else { (y + space::XS, Align2::LEFT_TOP) };
        let paint = || chips::paint(&view.painter, view.tokens, pos2(left, place), anchor, &target.text(), color);
        chip = chip.or_else(|| Some(paint()));
    }
    if chip.is_some() {
        return chip;
    }
    let text = target.distance_text(statistic);
    let is_above = places.iter().all(|y| *y < view.rect.top());
    let (sign, place, anchor) = if is_above {
        ("↑", view.rect.top() + space::S, Align2::LEFT_TOP)
    } else {
        ("↓", view.rect.bottom() - space::S, Align2::LEFT_BOTTOM)
    };
    Some(chips::paint(&view.painter, view.tokens, pos2(left, place), anchor, &format!("{sign} {text}"), color))
}

/// Reads out the percentile under the pointer: latency, interval, how many are slower, and the other run's.
pub(super) fn read_out(view: &View<'_>, curves: &Curves, pointer: Pos2) {
    let curve = &curves.of_run;
    let x = view.transform.value_from_position(pointer).x;
    let first = curve.points.first().map_or(0.0, |point| point.tail);
    let at = x.clamp(first, curve.reach().max(first));
    let percent = tail_to_percent(at);
    let latency = curve.ranks.percentile(percent);
    let place = view.place(at, latency);
    let rect: Rect = view.rect;
    view.painter.vline(place.x, rect.y_range(), (1.0, view.tokens.border));
    view.painter.circle_filled(place, 4.0, view.tokens.accent);
    let slower = (curve.ranks.count() as f64 * (1.0 - percent / 100.0)).round() as u64;
    let mut lines = vec![
        (latency_text(latency), view.tokens.text),
        (format!("{} took no longer, {} longer", percent_text(percent), count_text(slower)), view.tokens.muted),
    ];
    lines.push(match curve.ranks.interval(percent) {
        Some((low, high)) => {
            (format!("95 % interval {} to {}", latency_text(low), latency_text(high)), view.tokens.muted)
        }
        None => ("too few samples for an interval".to_owned(), view.tokens.warn),
    });
    if let Some((name, other)) = &curves.of_baseline {
        let value = other.ranks.percentile(percent);
        view.painter.circle_filled(view.place(at, value), 3.0, view.tokens.muted);
        let (factor, word) = if latency >= value {
            (ratio_text(latency, value), "slower than")
        } else {
            (ratio_text(value, latency), "faster than")
        };
        lines.push((format!("{factor} times {word} {name}: {}", latency_text(value)), view.tokens.muted));
    }
    frame::reading(&view.painter, view.tokens, place, rect, &lines);
}

//! What resting the pointer on the text shows: the problems there, with their fixes, and what the bundle
//! knows of what stands there.

use egui::{Button, Grid, Label, Rect, RichText, Sense, Ui};
use egui_material_icons::icons::{ICON_BUILD, ICON_CONTENT_COPY};

use super::assistance::{Asked, Knowledge};
use super::canvas::Canvas;
use super::document::Document;
use super::marks::{self, Mark};
use crate::bundle::assist::{self, Hover};
use crate::bundle::{Span, printable_line};
use crate::workbench::text;
use crate::workbench::theme::{self, Tokens, size, space};

const WIDEST: f32 = 440.0;
/// Characters of a fact that are shown at most.
const LONGEST_FACT: usize = 72;

/// The place that the pointer rests on.
#[derive(Debug, Default)]
pub struct Hovering {
    /// The text's revision and the bytes that are spoken of, with what is known of them.
    place: Option<(u64, Span, Option<Hover>)>,
}

impl Hovering {
    /// Shows what there is to say at the pointer, while it rests there or on what is shown.
    pub fn show(
        &mut self,
        ui: &Ui,
        response: &egui::Response,
        canvas: &Canvas<'_>,
        document: &Document,
        marks: &[Mark],
        knowledge: Option<Knowledge<'_>>,
    ) -> Option<Asked> {
        let revision = document.buffer().revision();
        if self.place.as_ref().is_some_and(|(made_for, ..)| *made_for != revision) {
            self.place = None;
        }
        let pointer = response.hover_pos().filter(|place| canvas.geometry.text_rect().contains(*place));
        if let Some(pointer) = pointer {
            let is_same = |span: Span| canvas.rects(span).iter().any(|rect| rect.contains(pointer));
            if !self.place.as_ref().is_some_and(|(_, span, _)| is_same(*span)) {
                self.place =
                    find(canvas, document, marks, knowledge, pointer).map(|(span, hover)| (revision, span, hover));
            }
        }
        let (_, span, hover) = self.place.as_ref()?;
        let here: Vec<&Mark> = marks.iter().filter(|mark| mark.span.is_some_and(|at| touches(at, *span))).collect();
        let mut asked = None;
        for (part, rect) in canvas.rects(*span).into_iter().enumerate() {
            let rect = widened(rect, canvas).intersect(canvas.geometry.text_rect());
            if !rect.is_positive() {
                continue;
            }
            let id = response.id.with(("hover", span.start, part));
            let place = ui.interact(rect, id, Sense::hover());
            place.on_hover_ui(|ui| asked = contents(ui, &here, hover.as_ref(), knowledge));
        }
        asked
    }
}

fn widened(rect: Rect, canvas: &Canvas<'_>) -> Rect {
    rect.with_max_x(rect.right().max(rect.left() + canvas.geometry.metrics.advance))
}

fn touches(mark: Span, place: Span) -> bool {
    mark.start <= place.start && place.end <= mark.end || (place.start <= mark.start && mark.start <= place.end)
}

/// What is spoken of at the pointer: what the bundle knows there, else the problem there.
fn find(
    canvas: &Canvas<'_>,
    document: &Document,
    marks: &[Mark],
    knowledge: Option<Knowledge<'_>>,
    pointer: egui::Pos2,
) -> Option<(Span, Option<Hover>)> {
    let offset = canvas.position_at(pointer);
    let covers = |span: Span| canvas.rects(span).iter().any(|rect| widened(*rect, canvas).contains(pointer));
    let hover = knowledge.and_then(|knowledge| assist::hover(&knowledge.question(document.buffer().text(), offset)));
    if let Some(hover) = hover.filter(|hover| covers(hover.span)) {
        return Some((hover.span, Some(hover)));
    }
    let mut spans: Vec<Span> = marks.iter().filter_map(|mark| mark.span).filter(|span| covers(*span)).collect();
    spans.sort_by_key(|span| span.end - span.start);
    spans.first().map(|span| (*span, None))
}

fn contents(ui: &mut Ui, marks: &[&Mark], hover: Option<&Hover>, knowledge: Option<Knowledge<'_>>) -> Option<Asked> {
    ui.set_max_width(WIDEST);
    let tokens = theme::of(ui);
    let mut asked = None;
    for (at, mark) in marks.iter().enumerate() {
        if at > 0 {
            ui.separator();
        }
        marks::explain(ui, mark, tokens);
        asked = fixes(ui, mark, tokens).or(asked);
    }
    if let Some(hover) = hover {
        if !marks.is_empty() {
            ui.separator();
        }
        about(ui, hover, knowledge, tokens);
    }
    asked
}

fn fixes(ui: &mut Ui, mark: &Mark, tokens: &Tokens) -> Option<Asked> {
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        for (at, title) in mark.fixes.iter().enumerate() {
            let label = RichText::new(text::one_line(title)).size(size::SMALL);
            let button = Button::new((ICON_BUILD.rich_text().size(size::SMALL).color(tokens.accent), label)).small();
            if ui.add(button).accessible_name(format!("Fix: {}", text::one_line(title))).clicked() {
                asked = Some(Asked::Fix(mark.number, at));
            }
        }
        let copy = Button::new(ICON_CONTENT_COPY.rich_text().size(size::SMALL).color(tokens.muted)).small();
        if ui.add(copy.frame_when_inactive(false)).accessible_name("Copy problem").clicked() {
            asked = Some(Asked::Copy(mark.as_text()));
        }
    });
    asked
}

fn about(ui: &mut Ui, hover: &Hover, knowledge: Option<Knowledge<'_>>, tokens: &Tokens) {
    ui.label(RichText::new(text::one_line(&hover.title)).monospace().size(size::CODE).color(tokens.text));
    let mut facts = hover.facts.clone();
    if let (Some(knowledge), Some(subject)) = (knowledge, &hover.subject) {
        facts.extend((knowledge.facts)(subject));
    }
    if !facts.is_empty() {
        ui.add_space(space::XS);
        ui.spacing_mut().interact_size.y = 0.0;
        Grid::new("facts").num_columns(2).spacing([space::L, space::S]).show(ui, |ui| {
            for (name, value) in &facts {
                let name = RichText::new(text::one_line(name)).size(size::SMALL).color(tokens.muted);
                ui.add(Label::new(name).extend());
                ui.add(Label::new(shown(value).size(size::SMALL).color(tokens.text)).extend());
                ui.end_row();
            }
        });
    }
    if !hover.documentation.is_empty() {
        ui.add_space(space::XS);
        ui.label(RichText::new(text::one_line(&hover.documentation)).color(tokens.muted));
    }
}

/// A value as it is written: several lines are a piece of code.
fn shown(value: &str) -> RichText {
    if value.contains('\n') {
        let lines: Vec<String> = value.lines().take(12).map(text::one_line).collect();
        RichText::new(lines.join("\n")).monospace()
    } else {
        RichText::new(printable_line(value, LONGEST_FACT))
    }
}

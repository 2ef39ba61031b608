//! The editor for assistive technologies: what is on screen as text with the selection, and what they may
//! do to it.

use egui::text::{CCursor, LayoutJob};
use egui::text_selection::{CCursorRange, accesskit_text};
use egui::{Id, Response, Ui, WidgetInfo, accesskit};

use super::canvas::Canvas;
use super::commands;
use super::document::Selection;
use super::history::Kind;
use super::rows;
use super::view::Parts;
use crate::bundle::Span;
use crate::workbench::theme;

/// The most characters that are described.
const MOST: usize = 20_000;

/// Does what assistive technologies ask for, which does not need the focus.
pub fn obey(ui: &Ui, id: Id, parts: &mut Parts<'_>) {
    if parts.options.read_only {
        return;
    }
    let request = |action| {
        ui.input(|input| {
            let requests = input.accesskit_action_requests(id, action);
            requests
                .filter_map(|request| match &request.data {
                    Some(accesskit::ActionData::Value(value)) => Some(value.to_string()),
                    _ => None,
                })
                .last()
        })
    };
    if let Some(text) = request(accesskit::Action::SetValue) {
        let all = Span::new(0, parts.document.buffer().text().len());
        parts.document.edit(Kind::Command, all, &text, Selection::caret(text.len()));
    }
    if let Some(text) = request(accesskit::Action::ReplaceSelectedText) {
        commands::paste(parts.document, &text);
    }
}

/// Tells assistive technologies what is on screen: the label, the visible lines and the selection.
pub fn describe(ui: &Ui, response: &Response, label: &str, parts: &Parts<'_>, canvas: &Canvas<'_>) {
    let buffer = parts.document.buffer();
    let mut text = String::new();
    for line in canvas.lines() {
        text.push_str(buffer.full_line(line));
    }
    response.widget_info(|| WidgetInfo {
        label: Some(label.to_owned()),
        ..WidgetInfo::text_edit(ui.is_enabled(), &text, &text, "")
    });
    let read_only = parts.options.read_only;
    let active = ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(accesskit::Role::MultilineTextInput);
        if read_only {
            node.set_read_only();
        } else {
            node.add_action(accesskit::Action::SetValue);
            node.add_action(accesskit::Action::ReplaceSelectedText);
        }
    });
    if active.is_none() {
        return;
    }
    let mut job = LayoutJob { keep_trailing_whitespace: true, ..Default::default() };
    job.wrap.max_width = f32::INFINITY;
    let shown: String = text.chars().take(MOST).filter(|character| *character != '\r').collect();
    rows::append(&mut job, &shown, &[], theme::of(ui));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    // The number of described characters before a place in the text.
    let cursor = |at: usize| {
        let mut characters = 0;
        for span in canvas.lines().map(|line| buffer.full_line_span(line)).take_while(|span| span.start <= at) {
            let before = buffer.slice(Span::new(span.start, at.min(span.end)));
            characters += before.chars().filter(|character| *character != '\r').count();
        }
        CCursor::new(characters)
    };
    let selection = parts.document.selection();
    let range = response.has_focus().then(|| CCursorRange::two(cursor(selection.anchor), cursor(selection.head)));
    let corner = canvas.geometry.text_rect().min.to_vec2();
    let place = egui::emath::TSTransform::from_translation(corner);
    accesskit_text::update_accesskit_for_text_widget(ui.ctx(), response.id, range, place, &galley);
}

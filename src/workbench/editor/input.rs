//! From egui's events to the document's commands: which key does what.
//!
//! The one place that knows the editor's key bindings. It draws nothing.

use egui::{Event, ImeEvent, Key, Modifiers, Ui};

use super::commands;
use super::document::{Document, Selection};
use super::find::Find;
use super::folds::Folds;
use super::highlight::Language;
use super::history::Kind;
use super::motion;
use crate::bundle::Span;

/// What an editor is for, as far as input goes.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// The language of the text.
    pub language: Language,
    /// Whether the text may only be read and copied.
    pub read_only: bool,
    /// How many lines a page has.
    pub page: usize,
}

/// What an input method is composing at the caret; not yet part of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composition {
    /// The text so far.
    pub text: String,
}

/// What keys act upon.
pub struct Parts<'a> {
    /// The text.
    pub document: &'a mut Document,
    /// Its find bar.
    pub find: &'a mut Find,
    /// Its folded lines.
    pub folds: &'a mut Folds,
}

/// Handles the frame's events for the focused editor. `escape` says that something else of the editor waits
/// for that key. Says whether the caret should be brought into view.
pub fn handle(
    ui: &Ui,
    id: egui::Id,
    parts: Parts<'_>,
    composition: &mut Option<Composition>,
    mode: Mode,
    escape: bool,
) -> bool {
    let Parts { document, find, folds } = parts;
    let filter = egui::EventFilter {
        tab: !mode.read_only,
        horizontal_arrows: true,
        vertical_arrows: true,
        escape: find.is_open() || escape,
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let (events, time) = ui.input(|input| (input.filtered_events(&filter), input.time));
    document.set_time(time);
    let mut handled = false;
    for event in &events {
        handled |= match event {
            Event::Copy => {
                ui.copy_text(commands::copied(document));
                false
            }
            Event::Cut if !mode.read_only => {
                ui.copy_text(commands::copied(document));
                commands::cut(document);
                true
            }
            Event::Paste(text) if !mode.read_only && !text.is_empty() => {
                commands::paste(document, text);
                true
            }
            Event::Text(text) if !mode.read_only && !matches!(text.as_str(), "" | "\n" | "\r") => {
                commands::type_text(document, text);
                true
            }
            Event::Ime(event) if !mode.read_only => compose(document, composition, event),
            Event::Key { key, pressed: true, modifiers, .. } => {
                press(Parts { document, find, folds }, mode, *key, *modifiers, ui.os().is_mac())
            }
            _ => false,
        };
    }
    handled
}

fn compose(document: &mut Document, composition: &mut Option<Composition>, event: &ImeEvent) -> bool {
    match event {
        ImeEvent::Preedit { text, .. } if text.is_empty() => composition.take().is_some(),
        ImeEvent::Preedit { text, .. } => {
            if composition.is_none() && !document.selection().is_empty() {
                document.replace_selection(Kind::Command, "");
            }
            *composition = Some(Composition { text: text.clone() });
            true
        }
        ImeEvent::Commit(text) => {
            *composition = None;
            if !matches!(text.as_str(), "" | "\n" | "\r") {
                commands::type_text(document, text);
            }
            true
        }
        ImeEvent::DeleteSurrounding { before_chars, after_chars } => {
            let (buffer, at) = (document.buffer(), document.selection().head);
            let before = buffer.slice(Span::new(0, at)).char_indices().rev().take(*before_chars).last();
            let after = buffer.slice(Span::new(at, buffer.text().len())).char_indices().nth(*after_chars);
            let start = before.map_or(at, |(start, _)| start);
            let end = after.map_or(buffer.text().len(), |(offset, _)| at + offset);
            document.edit(Kind::Command, Span::new(start, end), "", Selection::caret(start));
            true
        }
        _ => false,
    }
}

/// Handles a key. Says whether the editor knows it.
fn press(parts: Parts<'_>, mode: Mode, key: Key, modifiers: Modifiers, mac: bool) -> bool {
    let Parts { document, find, folds } = parts;
    search(document, find, mode, key, modifiers)
        || fold(document, folds, key, modifiers)
        || go(document, folds, mode, key, modifiers, mac)
        || (!mode.read_only && change(document, mode.language, key, modifiers, mac))
}

fn search(document: &mut Document, find: &mut Find, mode: Mode, key: Key, modifiers: Modifiers) -> bool {
    match key {
        Key::F if modifiers.command_only() => find.open(document.selected_text(), false),
        Key::H if modifiers.command_only() && !mode.read_only => find.open(document.selected_text(), true),
        Key::F3 => find.go(document, !modifiers.shift),
        Key::Escape if find.is_open() => find.close(),
        _ => return false,
    }
    true
}

/// Handles the keys that fold.
fn fold(document: &Document, folds: &mut Folds, key: Key, modifiers: Modifiers) -> bool {
    // With Shift, some keyboards report the brackets as braces.
    let (closes, opens) = (
        matches!(key, Key::OpenBracket | Key::OpenCurlyBracket),
        matches!(key, Key::CloseBracket | Key::CloseCurlyBracket),
    );
    if !(modifiers.command && modifiers.shift && (closes || opens)) {
        return false;
    }
    let line = document.buffer().line_of(document.selection().head);
    if closes { folds.close(document.buffer(), line) } else { folds.open(line) }
}

/// Handles the keys that move the caret or select.
fn go(document: &mut Document, folds: &Folds, mode: Mode, key: Key, modifiers: Modifiers, mac: bool) -> bool {
    let extend = modifiers.shift;
    let by_word = if mac { modifiers.alt } else { modifiers.ctrl };
    let to_ends = modifiers.command;
    if modifiers.alt && !mac {
        return false;
    }
    let (buffer, selection) = (document.buffer(), document.selection());
    let (at, span) = (selection.head, selection.span());
    let collapse = !(selection.is_empty() || extend || by_word || mac && to_ends);
    let to = match key {
        Key::ArrowLeft if mac && to_ends => motion::smart_home(buffer, at),
        Key::ArrowRight if mac && to_ends => buffer.line_span(buffer.line_of(at)).end,
        Key::ArrowLeft if by_word => motion::previous_word(buffer, at),
        Key::ArrowRight if by_word => motion::next_word(buffer, at),
        Key::ArrowLeft if collapse => span.start,
        Key::ArrowRight if collapse => span.end,
        Key::ArrowLeft => motion::previous(buffer, at),
        Key::ArrowRight => motion::next(buffer, at),
        Key::ArrowUp if mac && to_ends => 0,
        Key::ArrowDown if mac && to_ends => buffer.text().len(),
        Key::ArrowUp if modifiers.command => return false,
        Key::ArrowDown if modifiers.command => return false,
        Key::ArrowUp => return vertical(document, folds, -1, extend),
        Key::ArrowDown => return vertical(document, folds, 1, extend),
        Key::PageUp => return vertical(document, folds, -(mode.page as isize), extend),
        Key::PageDown => return vertical(document, folds, mode.page as isize, extend),
        Key::Home if to_ends => 0,
        Key::End if to_ends => buffer.text().len(),
        Key::Home => motion::smart_home(buffer, at),
        Key::End => buffer.line_span(buffer.line_of(at)).end,
        Key::A if modifiers.command_only() => {
            document.select(Selection { anchor: 0, head: document.buffer().text().len() });
            return false;
        }
        Key::L if modifiers.command_only() => {
            let start = buffer.full_line_span(buffer.line_of(span.start)).start;
            let end = buffer.full_line_span(buffer.line_of(span.end)).end;
            document.select(Selection { anchor: start, head: end });
            return true;
        }
        _ => return false,
    };
    document.move_to(to, extend);
    true
}

/// Moves the caret by rows and keeps its column. Beyond the text it goes to the text's end.
fn vertical(document: &mut Document, folds: &Folds, rows: isize, extend: bool) -> bool {
    let (buffer, at) = (document.buffer(), document.selection().head);
    let column = document.preferred_column().unwrap_or_else(|| motion::column(buffer, at));
    let line = buffer.line_of(at);
    let (row, last_row) = (folds.row_of(line), folds.rows(buffer.lines()).saturating_sub(1));
    let to = if rows < 0 && row == 0 {
        0
    } else if rows > 0 && row == last_row {
        buffer.line_span(line).end
    } else {
        let row = row.saturating_add_signed(rows).min(last_row);
        motion::at_column(buffer, folds.line_at(row), column)
    };
    document.move_to(to, extend);
    document.set_preferred_column(column);
    true
}

/// Handles the keys that change the text.
fn change(document: &mut Document, language: Language, key: Key, modifiers: Modifiers, mac: bool) -> bool {
    let by_word = if mac { modifiers.alt } else { modifiers.ctrl };
    let command = modifiers.command;
    match key {
        Key::Enter if !command && !modifiers.alt => commands::new_line(document, language),
        Key::Tab if modifiers.is_none() => commands::indent(document),
        Key::Tab if modifiers.shift_only() => commands::outdent(document),
        Key::Backspace if by_word => commands::delete_to(document, motion::previous_word),
        Key::Delete if by_word => commands::delete_to(document, motion::next_word),
        Key::Backspace => commands::delete_backward(document),
        // Shift+Delete arrives as a cut.
        Key::Delete if !modifiers.shift => commands::delete_forward(document),
        Key::Z if command && modifiers.shift => return document.redo(),
        Key::Z if command => return document.undo(),
        Key::Y if command => return document.redo(),
        Key::Slash if command => commands::toggle_comment(document, language),
        Key::ArrowUp | Key::ArrowDown if modifiers.alt && modifiers.shift => {
            commands::duplicate_lines(document, key == Key::ArrowDown);
        }
        Key::ArrowUp | Key::ArrowDown if modifiers.alt => commands::move_lines(document, key == Key::ArrowDown),
        Key::D if command && modifiers.shift => commands::duplicate_lines(document, true),
        Key::K if command && modifiers.shift => commands::delete_lines(document),
        Key::OpenBracket if command => commands::outdent(document),
        _ => return false,
    }
    true
}

//! Help while editing: completions and quick fixes at the caret, as lists that keys go through.
//!
//! What is proposed comes from the bundle (`bundle::assist`); here is when it opens, what keys do with
//! it, and what taking it does to the text.

use egui::{Event, Id, Key, Rect, Ui};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use super::document::{Document, Selection};
use super::history::Kind;
use super::marks::Mark;
use super::motion;
use super::popup::{self, Answer, Line};
use crate::bundle::assist::{self, Completion, Functions, ItemKind, Question, Subject};
use crate::bundle::{Bundle, Span};

/// What the editor knows of the bundle that its text belongs to.
#[derive(Clone, Copy)]
pub struct Knowledge<'a> {
    /// The bundle as it was last read.
    pub bundle: &'a Bundle,
    /// Functions that only loading the modules revealed.
    pub functions: &'a Functions,
    /// The file that is edited.
    pub file: &'a str,
    /// What else is known of a subject, such as a function's last latency; in two columns.
    pub facts: &'a dyn Fn(&Subject) -> Vec<(String, String)>,
}

impl<'a> Knowledge<'a> {
    /// A question about a place in the text.
    pub fn question<'q>(&self, text: &'q str, offset: usize) -> Question<'q>
    where
        'a: 'q,
    {
        Question { bundle: self.bundle, functions: self.functions, file: self.file, text, offset }
    }
}

/// What the user asked of the editor that others must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To mend the problem of this number by its fix of that number.
    Fix(usize, usize),
    /// To settle the problem of this number by its choice of that number.
    Choose(usize, usize),
    /// To go where that is defined which stands at the caret.
    Definition,
    /// To list where that is used which stands at the caret.
    Usages,
    /// To give that another name which stands at the caret.
    Rename,
    /// To copy a text.
    Copy(String),
}

/// What a command asked the editor to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Completions at the caret.
    Completions,
    /// Fixes of the caret's line.
    Fixes,
}

/// A list that is open at the caret.
#[derive(Debug)]
enum Open {
    Completions(Completion),
    Fixes(Vec<(Line, Asked)>),
}

/// The lists of an editor.
#[derive(Debug, Default)]
pub struct Assistance {
    /// What is to be opened on the next show.
    pub wanted: Option<Wanted>,
    open: Option<Open>,
    chosen: usize,
    /// Where the text stood when the list was made.
    made_for: (u64, usize),
}

impl Assistance {
    /// Whether a list is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Closes what is open.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Takes the keys of an open list before the text sees them. Gives what a fix asks for.
    pub fn keys(&mut self, ui: &Ui, document: &mut Document) -> Option<Asked> {
        let (count, tab) = match self.open.as_ref()? {
            Open::Completions(completion) => (completion.items.len(), true),
            Open::Fixes(fixes) => (fixes.len(), false),
        };
        match popup::keys(ui, &mut self.chosen, count, tab) {
            Answer::None => None,
            Answer::Close => {
                self.close();
                None
            }
            Answer::Take => self.take(self.chosen, document),
        }
    }

    /// Takes a line of the open list.
    fn take(&mut self, at: usize, document: &mut Document) -> Option<Asked> {
        match self.open.take()? {
            Open::Fixes(fixes) => fixes.into_iter().nth(at).map(|(_, asked)| asked),
            Open::Completions(completion) => {
                let item = completion.items.get(at)?;
                let line_ending = document.buffer().line_ending();
                let insert = item.insert.replace('\n', line_ending);
                let before_caret = item.insert.get(..item.caret).unwrap_or(&item.insert);
                let before_caret = before_caret.replace('\n', line_ending);
                let after = Selection::caret(completion.span.start + before_caret.len());
                document.edit(Kind::Command, completion.span, &insert, after);
                if item.goes_on {
                    self.wanted = Some(Wanted::Completions);
                }
                None
            }
        }
    }

    /// After the keys of a frame reached the text: opens, renews or closes the list.
    pub fn follow(&mut self, ui: &Ui, document: &Document, marks: &[Mark], knowledge: Option<Knowledge<'_>>) {
        let now = (document.buffer().revision(), document.selection().head);
        if let Some(wanted) = self.wanted.take() {
            match wanted {
                Wanted::Completions => self.complete(document, knowledge, Trigger::Asked),
                Wanted::Fixes => self.list_fixes(document, marks),
            }
        } else if now != self.made_for {
            let was_completing = matches!(self.open, Some(Open::Completions(_)));
            match typed(ui) {
                Some(trigger) if now.0 != self.made_for.0 && (was_completing || trigger != Trigger::Deleted) => {
                    self.complete(document, knowledge, trigger);
                }
                _ => self.close(),
            }
        }
        self.made_for = now;
    }

    fn complete(&mut self, document: &Document, knowledge: Option<Knowledge<'_>>, trigger: Trigger) {
        self.close();
        let Some(knowledge) = knowledge else { return };
        if !document.selection().is_empty() {
            return;
        }
        let (text, head) = (document.buffer().text(), document.selection().head);
        let completion = assist::complete(&knowledge.question(text, head));
        let typed = document.buffer().slice(Span::new(completion.span.start, head));
        let helps = match (trigger, completion.items.as_slice()) {
            (_, []) => false,
            (Trigger::Asked, _) => true,
            // What stands there already needs no list.
            (_, [only]) if only.insert == typed => false,
            // Where nothing is typed yet, only closed sets of values offer themselves.
            (_, [first, ..]) if typed.is_empty() => !matches!(first.kind, ItemKind::Key | ItemKind::Entry),
            _ => true,
        };
        if helps {
            self.open = Some(Open::Completions(completion));
            self.chosen = 0;
        }
    }

    fn list_fixes(&mut self, document: &Document, marks: &[Mark]) {
        self.close();
        let mut fixes = Vec::new();
        for mark in marks_at_caret(document, marks) {
            let line =
                |icon, title: &str| Line { icon, label: title.to_owned(), detail: String::new(), is_code: false };
            let mend = mark.fixes.iter().enumerate();
            fixes.extend(mend.map(|(at, title)| (line(ICON_BUILD, title), Asked::Fix(mark.number, at))));
            let settle = mark.choices.iter().enumerate();
            fixes.extend(settle.map(|(at, title)| (line(ICON_CHECK, title), Asked::Choose(mark.number, at))));
        }
        for mark in marks_at_caret(document, marks) {
            let detail = mark.code.unwrap_or_default().to_owned();
            let line = Line { icon: ICON_CONTENT_COPY, label: "Copy problem".into(), detail, is_code: false };
            fixes.push((line, Asked::Copy(mark.as_text())));
        }
        if !fixes.is_empty() {
            self.open = Some(Open::Fixes(fixes));
            self.chosen = 0;
        }
    }

    /// Draws the open list beside the caret. A click takes a line.
    pub fn show(&mut self, ui: &Ui, id: Id, caret: Rect, document: &mut Document) -> Option<Asked> {
        let (name, lines, documentation) = match self.open.as_ref()? {
            Open::Fixes(fixes) => ("Quick fixes", fixes.iter().map(|(line, _)| line.clone()).collect(), String::new()),
            Open::Completions(completion) => {
                let line = |item: &assist::Item| Line {
                    icon: icon(item.kind),
                    label: item.label.clone(),
                    detail: item.detail.clone(),
                    is_code: true,
                };
                let about = completion.items.get(self.chosen).map(|item| item.documentation.clone());
                ("Completions", completion.items.iter().map(line).collect::<Vec<_>>(), about.unwrap_or_default())
            }
        };
        let clicked = popup::show(ui, id.with("list"), (caret, name), &lines, self.chosen, &documentation)?;
        self.take(clicked, document)
    }
}

/// The problems on the caret's line, those at the caret first.
pub fn marks_at_caret<'m>(document: &Document, marks: &'m [Mark]) -> Vec<&'m Mark> {
    let (buffer, head) = (document.buffer(), document.selection().head);
    let line = buffer.line_of(head);
    let on_line = |mark: &&Mark| match mark.span {
        Some(span) => buffer.line_of(span.start) <= line && line <= buffer.line_of(span.end),
        None => line == 0,
    };
    let mut found: Vec<&Mark> = marks.iter().filter(on_line).collect();
    let away = |mark: &Mark| mark.span.is_none_or(|span| head < span.start || span.end < head);
    found.sort_by_key(|mark| (away(mark), mark.severity));
    found
}

/// What made the text change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    Asked,
    Typed,
    Deleted,
}

/// What was typed in this frame, where it may begin or go on with a name.
fn typed(ui: &Ui) -> Option<Trigger> {
    ui.input(|input| {
        input.events.iter().rev().find_map(|event| match event {
            Event::Text(text) => {
                let last = text.chars().next_back()?;
                (motion::is_word(last) || matches!(last, '-' | ':' | '/' | '.' | ' ')).then_some(Trigger::Typed)
            }
            Event::Key { key: Key::Backspace | Key::Delete, pressed: true, .. } => Some(Trigger::Deleted),
            _ => None,
        })
    })
}

fn icon(kind: ItemKind) -> MaterialIcon {
    match kind {
        ItemKind::Key => ICON_KEY,
        ItemKind::Value => ICON_DATA_OBJECT,
        ItemKind::Service => ICON_DNS,
        ItemKind::Function => ICON_FUNCTION,
        ItemKind::File => ICON_DESCRIPTION,
        ItemKind::Sensor => ICON_SENSORS,
        ItemKind::Entry => ICON_PLAYLIST_ADD,
    }
}

//! Finding and replacing in an editor: the bar above the text and the matches in it.
//!
//! Patterns run on a regular expression engine whose time grows linearly with the text, so no
//! pattern can hang the window.

use egui::{Align, Key, Layout, Margin, RichText, TextEdit, Ui};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{
    ICON_CLOSE, ICON_KEYBOARD_ARROW_DOWN, ICON_KEYBOARD_ARROW_UP, ICON_MATCH_CASE, ICON_REGULAR_EXPRESSION, ICON_SEARCH,
};
use regex::{Regex, RegexBuilder};

use super::document::{Document, Selection};
use super::history::Kind;
use crate::bundle::Span;
use crate::workbench::theme::{self, size, space};

/// More matches than this are neither counted nor marked.
const MOST_MATCHES: usize = 10_000;

/// The state of an editor's find bar.
#[derive(Debug, Default)]
pub struct Find {
    open: bool,
    replacing: bool,
    take_focus: bool,
    query: String,
    replacement: String,
    case_sensitive: bool,
    is_regex: bool,
    pattern: Option<Regex>,
    invalid: bool,
    matches: Vec<Span>,
    searched: Option<(u64, String, bool, bool)>,
}

/// What the user asked of the find bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Go { forward: bool },
    Replace,
    ReplaceAll,
    Close,
}

impl Find {
    /// Whether the bar is shown.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the bar, with `selected` as the query where it is one line of text.
    pub fn open(&mut self, selected: &str, replacing: bool) {
        if !selected.is_empty() && !selected.contains('\n') {
            selected.clone_into(&mut self.query);
        }
        self.open = true;
        self.replacing |= replacing;
        self.take_focus = true;
    }

    /// Closes the bar and forgets the matches.
    pub fn close(&mut self) {
        self.open = false;
        self.replacing = false;
        self.matches.clear();
        self.searched = None;
    }

    /// The matches in the text, in order; none while the bar is closed.
    pub fn matches(&self) -> &[Span] {
        &self.matches
    }

    /// Selects the next match, or the one before, and goes on at the text's other end.
    pub fn go(&mut self, document: &mut Document, forward: bool) {
        self.search(document);
        let selected = document.selection().span();
        let found = if forward {
            let after = self.matches.iter().find(|span| span.start >= selected.end.max(selected.start + 1));
            let here = self.matches.iter().find(|span| span.start >= selected.start && **span != selected);
            if document.selection().is_empty() { here } else { after }.or(self.matches.first())
        } else {
            self.matches.iter().rev().find(|span| span.start < selected.start).or(self.matches.last())
        };
        if let Some(span) = found {
            document.select(Selection::of(*span));
        }
    }

    /// Searches again where the text or the query changed.
    fn search(&mut self, document: &Document) {
        let key = (document.buffer().revision(), self.query.clone(), self.case_sensitive, self.is_regex);
        if self.searched.as_ref() == Some(&key) {
            return;
        }
        let query = if self.is_regex { self.query.clone() } else { regex::escape(&self.query) };
        let pattern = RegexBuilder::new(&query)
            .case_insensitive(!self.case_sensitive)
            .multi_line(true)
            .crlf(true)
            .size_limit(1 << 20)
            .build();
        self.invalid = pattern.is_err();
        self.pattern = pattern.ok().filter(|_| !self.query.is_empty());
        let text = document.buffer().text();
        let found = self.pattern.iter().flat_map(|pattern| pattern.find_iter(text));
        let found = found.filter(|found| !found.is_empty()).take(MOST_MATCHES);
        self.matches = found.map(|found| Span::new(found.start(), found.end())).collect();
        self.searched = Some(key);
    }

    /// Replaces the selected match and goes to the next one.
    fn replace(&mut self, document: &mut Document) {
        let selected = document.selection().span();
        if self.matches.binary_search(&selected).is_ok() {
            let replacement = self.expanded(document.buffer().text(), selected);
            document.replace_selection(Kind::Command, &replacement);
        }
        self.go(document, true);
    }

    /// Replaces all matches in one undo step.
    fn replace_all(&mut self, document: &mut Document) {
        let (Some(first), Some(last)) = (self.matches.first(), self.matches.last()) else { return };
        let text = document.buffer().text();
        let (mut replaced, mut at) = (String::new(), first.start);
        for span in &self.matches {
            replaced += document.buffer().slice(Span::new(at, span.start));
            replaced += &self.expanded(text, *span);
            at = span.end;
        }
        let whole = Span::new(first.start, last.end);
        document.edit(Kind::Command, whole, &replaced, Selection::caret(whole.start + replaced.len()));
    }

    /// What replaces the match at `span`; a regular expression's groups are `$1`, `$name`.
    fn expanded(&self, text: &str, span: Span) -> String {
        let captures = self.pattern.as_ref().and_then(|pattern| pattern.captures_at(text, span.start));
        match captures {
            Some(captures) if self.is_regex => {
                let mut expanded = String::new();
                captures.expand(&self.replacement, &mut expanded);
                expanded
            }
            _ => self.replacement.clone(),
        }
    }

    /// Shows the bar where it is open. Says whether the caret moved and whether the editor should
    /// have the focus back.
    pub fn show(&mut self, ui: &mut Ui, document: &mut Document, read_only: bool) -> (bool, bool) {
        if !self.open {
            return (false, false);
        }
        let tokens = theme::of(ui);
        let mut action = None;
        let margin = Margin::symmetric(space::M as i8, space::XS as i8);
        egui::Frame::new().fill(tokens.surface).inner_margin(margin).show(ui, |ui| {
            action = self.query_row(ui, document);
            if self.replacing && !read_only {
                action = action.or(self.replace_row(ui));
            }
        });
        let bottom = ui.min_rect().bottom();
        ui.painter().hline(ui.max_rect().x_range(), bottom, (1.0, tokens.border));
        match action {
            Some(Action::Go { forward }) => self.go(document, forward),
            Some(Action::Replace) => self.replace(document),
            Some(Action::ReplaceAll) => self.replace_all(document),
            Some(Action::Close) => self.close(),
            None => return (false, false),
        }
        self.search_if_open(document);
        (true, action == Some(Action::Close))
    }

    /// Searches again while the bar is open.
    pub fn search_if_open(&mut self, document: &Document) {
        if self.open {
            self.search(document);
        }
    }

    fn query_row(&mut self, ui: &mut Ui, document: &mut Document) -> Option<Action> {
        let tokens = theme::of(ui);
        let mut action = None;
        ui.horizontal(|ui| {
            ui.label(ICON_SEARCH.rich_text().color(tokens.faint).size(16.0));
            let color = if self.invalid { tokens.bad } else { tokens.text };
            let field = TextEdit::singleline(&mut self.query).hint_text("Find").text_color(color).desired_width(240.0);
            let field = named(ui.add(field), "Find");
            if std::mem::take(&mut self.take_focus) {
                field.request_focus();
            }
            if field.changed() {
                self.search(document);
                let start = document.selection().span().start;
                document.select(Selection::caret(start));
                self.go(document, true);
            }
            self.search(document);
            if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                action = Some(Action::Go { forward: !ui.input(|input| input.modifiers.shift) });
                field.request_focus();
            }
            if (field.has_focus() || field.lost_focus()) && ui.input(|input| input.key_pressed(Key::Escape)) {
                action = Some(Action::Close);
            }
            toggle(ui, ICON_MATCH_CASE, "Match case", &mut self.case_sensitive);
            toggle(ui, ICON_REGULAR_EXPRESSION, "Regular expression", &mut self.is_regex);
            let color = if self.invalid || self.matches.is_empty() && !self.query.is_empty() {
                tokens.bad
            } else {
                tokens.muted
            };
            ui.label(RichText::new(self.count(document)).size(size::SMALL).color(color));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for (icon, label, then) in [
                    (ICON_CLOSE, "Close find bar", Action::Close),
                    (ICON_KEYBOARD_ARROW_DOWN, "Next match", Action::Go { forward: true }),
                    (ICON_KEYBOARD_ARROW_UP, "Previous match", Action::Go { forward: false }),
                ] {
                    if icon_button(ui, icon, label, false) {
                        action = Some(then);
                    }
                }
            });
        });
        action
    }

    fn replace_row(&mut self, ui: &mut Ui) -> Option<Action> {
        let mut action = None;
        ui.horizontal(|ui| {
            ui.add_space(16.0 + ui.spacing().item_spacing.x);
            let field = TextEdit::singleline(&mut self.replacement).hint_text("Replace with").desired_width(240.0);
            named(ui.add(field), "Replace with");
            let possible = !self.matches.is_empty();
            if ui.add_enabled(possible, egui::Button::new("Replace")).clicked() {
                action = Some(Action::Replace);
            }
            if ui.add_enabled(possible, egui::Button::new("Replace all")).clicked() {
                action = Some(Action::ReplaceAll);
            }
        });
        action
    }

    fn count(&self, document: &Document) -> String {
        if self.query.is_empty() {
            return String::new();
        }
        if self.invalid {
            return "Not a regular expression".into();
        }
        let total = self.matches.len();
        let total_text = if total == MOST_MATCHES { format!("{total}+") } else { total.to_string() };
        match self.matches.binary_search(&document.selection().span()) {
            Ok(index) => format!("{} of {total_text}", index + 1),
            Err(_) if total == 0 => "No match".into(),
            Err(_) if total == 1 => "1 match".into(),
            Err(_) => format!("{total_text} matches"),
        }
    }
}

/// Gives a text field an accessible name.
fn named(response: egui::Response, label: &'static str) -> egui::Response {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(label));
    response
}

fn toggle(ui: &mut Ui, icon: MaterialIcon, label: &'static str, on: &mut bool) {
    if icon_button(ui, icon, label, *on) {
        *on = !*on;
    }
}

fn icon_button(ui: &mut Ui, icon: MaterialIcon, label: &'static str, selected: bool) -> bool {
    let tokens = theme::of(ui);
    let color = if selected { tokens.accent } else { tokens.muted };
    let button =
        egui::Button::new(icon.rich_text().size(16.0).color(color)).selected(selected).frame_when_inactive(selected);
    let response = ui.add(button).on_hover_text(label);
    let info = || egui::WidgetInfo::selected(egui::accesskit::Role::Button, true, selected, label);
    response.widget_info(info);
    response.clicked()
}

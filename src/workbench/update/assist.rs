//! What the editor's language assistance does beyond the text at the caret: going to definitions and
//! usages, and renaming.

use std::time::Duration;

use crate::bundle::Span;
use crate::bundle::assist::{self, Functions, Location, Question, Subject};
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::command::Command;
use crate::workbench::outline::{NodeKind, Place};
use crate::workbench::palette::Palette;
use crate::workbench::state::{Dialog, RenameDialog, Session, Tone};
use crate::workbench::text;

impl App {
    /// Opens or folds something in the file in front.
    pub(super) fn help_editing(&mut self, command: &Command) {
        let Some(session) = &mut self.state.session else { return };
        let Some(file) = session.documents.active_file().map(str::to_owned) else { return };
        let Some(document) = session.documents.get_mut(&file) else { return };
        match command {
            Command::Complete => document.editor.open_completions(),
            Command::ShowFixes => document.editor.open_fixes(),
            Command::FoldAll => document.editor.fold_all(),
            Command::UnfoldAll => document.editor.unfold_all(),
            _ => {}
        }
    }

    pub(super) fn go_to_definition(&mut self) {
        let Some((subject, _)) = self.subject_at_caret() else { return };
        let Some(loaded) = self.state.loaded() else { return };
        let places = assist::definitions(&loaded.bundle, &subject);
        self.go_or_choose(places, format!("Definitions of {}", subject.name()), "is defined nowhere in this bundle");
    }

    pub(super) fn find_usages(&mut self) {
        let Some((subject, _)) = self.subject_at_caret() else { return };
        let Some(loaded) = self.state.loaded() else { return };
        let places = assist::usages(&loaded.bundle, &subject);
        if places.is_empty() {
            let reason = format!("Nothing refers to {}", text::one_line(subject.name()));
            return self.state.toasts.show(Tone::Info, reason);
        }
        let title = format!("{} of {}", text::count(places.len(), "usage"), subject.name());
        self.state.dialog = Some(Dialog::Palette(Palette::of_places(title, places)));
    }

    fn go_or_choose(&mut self, mut places: Vec<Location>, title: String, nothing: &str) {
        match places.len() {
            0 => self.state.toasts.show(Tone::Info, format!("What stands here {nothing}")),
            1 => places.pop().iter().for_each(|place| self.go_to(place)),
            _ => self.state.dialog = Some(Dialog::Palette(Palette::of_places(title, places))),
        }
    }

    /// Goes to a place: in a text, or to the row of a module's function.
    pub(super) fn go_to(&mut self, location: &Location) {
        if !location.file.ends_with(".wasm") {
            return self.reveal(&Place { file: location.file.clone(), span: location.span });
        }
        let Some(session) = &mut self.state.session else { return };
        let key = format!("modules/{}", location.file);
        session.explorer.closed.remove("modules");
        session.explorer.closed.remove(&key);
        session.explorer.filter.clear();
        let of_module = session.outline.nodes().iter().filter(|node| node.key.starts_with(&key));
        let function = location.function.as_ref();
        let is_meant = |name: &FunctionKey| {
            function.is_some_and(|wanted| {
                name.is_same(&FunctionKey { service: name.service.clone(), function: wanted.clone() })
            })
        };
        let mut functions = of_module.clone().filter(|node| node.kind == NodeKind::Function);
        let meant = functions.rfind(|node| node.function.as_ref().is_some_and(is_meant));
        let row = meant.or(of_module.clone().next()).map(|node| node.key.clone());
        self.state.explorer_open = true;
        if let Some(row) = row {
            self.select(&row);
        }
    }

    pub(super) fn show_symbols(&mut self) {
        let Some(session) = &self.state.session else { return };
        let (Some(file), Some(loaded)) = (session.documents.active_file(), &session.loaded) else { return };
        let places: Vec<Location> = assist::symbols(&loaded.bundle, file)
            .into_iter()
            .map(|symbol| Location {
                file: file.to_owned(),
                span: Some(Span::new(symbol.span.start, symbol.span.start)),
                position: None,
                title: format!("{} {}  {}", symbol.kind, symbol.name, symbol.detail),
                line: String::new(),
                function: None,
            })
            .collect();
        if places.is_empty() {
            return self.state.toasts.show(Tone::Info, "This file declares nothing");
        }
        let title = format!("Symbols of {}", text::one_line(file));
        self.state.dialog = Some(Dialog::Palette(Palette::of_places(title, places)));
    }

    pub(super) fn ask_for_name(&mut self) {
        let Some((subject, _)) = self.subject_at_caret() else { return };
        let name = subject.name().to_owned();
        self.state.dialog = Some(Dialog::Rename(RenameDialog { subject, name, preview: None }));
    }

    /// What stands at the caret of the file in front; says so where it is nothing with a name.
    fn subject_at_caret(&mut self) -> Option<(Subject, Span)> {
        let found = self.state.session.as_ref().and_then(subject_in_front);
        if found.is_none() {
            let reason = "Put the caret on a service, a function reference, a sensor or a service file first";
            self.state.toasts.show(Tone::Info, reason);
        }
        found
    }

    /// Reads the bundle again at once, after its texts were changed.
    pub(super) fn check_now(&mut self) {
        if let Some(session) = &mut self.state.session {
            session.check_in(Duration::ZERO);
        }
    }
}

fn subject_in_front(session: &Session) -> Option<(Subject, Span)> {
    let loaded = session.loaded.as_ref()?;
    let file = session.documents.active_file()?;
    let editor = &session.documents.get(file)?.editor;
    let functions: &Functions = &session.functions;
    let (text, offset) = (editor.text(), editor.caret());
    assist::subject_at(&Question { bundle: &loaded.bundle, functions, file, text, offset })
}

//! The open files: their editors, what of them is saved, and the tabs they are shown in.
//!
//! Touches no file: texts come from the bundle that was read, and leave through a save job.

use std::collections::BTreeMap;

use crate::bundle::{Bundle, Overlay};

use super::editor::Editor;

/// A page of the middle area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What the bundle consists of.
    Overview,
    /// A file, by its path relative to the bundle's root.
    File(String),
}

/// An open YAML file.
pub struct Document {
    /// Its editor.
    pub editor: Editor,
    /// The text on disk, as far as it is known.
    pub saved: String,
    /// Counts changes of the text.
    pub revision: u64,
    /// The revision that the diagnostics speak of.
    pub checked: Option<u64>,
    /// Whether the file on disk became another one while there are unsaved changes.
    pub conflict: bool,
    dirty: bool,
    /// Whether the unsaved changes give way to the text on disk at the next reading.
    gives_way: bool,
}

impl Document {
    fn new(text: &str) -> Self {
        let editor = Editor::new(text.to_owned());
        Self {
            editor,
            saved: text.to_owned(),
            revision: 0,
            checked: Some(0),
            conflict: false,
            dirty: false,
            gives_way: false,
        }
    }

    /// Whether it has changes that are not on disk.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Notes that the text changed.
    pub fn note_change(&mut self) {
        self.revision += 1;
        self.dirty = self.editor.text() != self.saved;
        if !self.dirty {
            self.conflict = false;
        }
    }

    /// Notes that `text` is what the disk now holds.
    pub fn note_saved(&mut self, text: String) {
        self.saved = text;
        self.dirty = self.editor.text() != self.saved;
        self.conflict = false;
    }

    /// Lets the unsaved changes give way to the text on disk at the next reading.
    pub fn give_way(&mut self) {
        self.gives_way = true;
    }

    /// Takes over the text on disk and drops what was unsaved.
    pub fn take_from_disk(&mut self, text: &str) {
        self.editor.set_text(text.to_owned());
        self.gives_way = false;
        self.revision += 1;
        self.note_saved(text.to_owned());
    }
}

/// All open files and tabs.
#[derive(Default)]
pub struct Documents {
    files: BTreeMap<String, Document>,
    tabs: Vec<Tab>,
    active: usize,
}

impl Documents {
    /// The tabs in their order.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// The tab in front.
    pub fn active(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    /// The path of the file in front.
    pub fn active_file(&self) -> Option<&str> {
        match self.active() {
            Some(Tab::File(file)) => Some(file),
            _ => None,
        }
    }

    /// An open file.
    pub fn get(&self, file: &str) -> Option<&Document> {
        self.files.get(file)
    }

    /// An open file, to change it.
    pub fn get_mut(&mut self, file: &str) -> Option<&mut Document> {
        self.files.get_mut(file)
    }

    /// Shows a tab, opening it where needed. False when the bundle has no such text.
    pub fn show(&mut self, tab: Tab, bundle: &Bundle) -> bool {
        if let Some(at) = self.tabs.iter().position(|open| *open == tab) {
            self.active = at;
            return true;
        }
        if let Tab::File(file) = &tab {
            let Some(text) = bundle.sources.get(file) else { return false };
            self.files.entry(file.clone()).or_insert_with(|| Document::new(text));
        }
        self.tabs.push(tab);
        self.active = self.tabs.len() - 1;
        true
    }

    /// Opens a file in a tab without showing it. False when the bundle has no such text.
    pub fn open_behind(&mut self, file: &str, bundle: &Bundle) -> bool {
        let active = self.active;
        let opened = self.show(Tab::File(file.to_owned()), bundle);
        self.active = active;
        opened
    }

    /// Shows the next (or, with -1, the previous) tab.
    pub fn step(&mut self, by: isize) {
        let count = self.tabs.len() as isize;
        if count > 0 {
            self.active = (self.active as isize + by).rem_euclid(count) as usize;
        }
    }

    /// Closes a tab together with its text.
    pub fn close(&mut self, tab: &Tab) {
        if let Some(at) = self.tabs.iter().position(|open| open == tab) {
            self.tabs.remove(at);
            if self.active > at || self.active == self.tabs.len() {
                self.active = self.active.saturating_sub(1);
            }
        }
        if let Tab::File(file) = tab {
            self.files.remove(file);
        }
    }

    /// A file has another name now.
    pub fn moved(&mut self, from: &str, to: &str) {
        if let Some(document) = self.files.remove(from) {
            self.files.insert(to.to_owned(), document);
        }
        for tab in &mut self.tabs {
            if *tab == Tab::File(from.to_owned()) {
                *tab = Tab::File(to.to_owned());
            }
        }
    }

    /// The files with unsaved changes.
    pub fn dirty_files(&self) -> Vec<String> {
        self.files.iter().filter(|(_, document)| document.dirty).map(|(file, _)| file.clone()).collect()
    }

    /// The unsaved texts, to be read in the place of what is on disk.
    pub fn overlay(&self) -> Overlay {
        let dirty = self.files.iter().filter(|(_, document)| document.dirty && !document.gives_way);
        dirty.map(|(file, document)| (file.clone(), document.editor.text().to_owned())).collect()
    }

    /// The revision of every open file.
    pub fn revisions(&self) -> BTreeMap<String, u64> {
        self.files.iter().map(|(file, document)| (file.clone(), document.revision)).collect()
    }

    /// Takes in a bundle that was read: `revisions` are those of the texts it was read with. A file
    /// without unsaved changes follows the disk.
    pub fn take_in(&mut self, bundle: &Bundle, revisions: &BTreeMap<String, u64>) {
        for (file, document) in &mut self.files {
            let read = revisions.get(file).copied();
            // A file that was opened after the reading began shows what was read then.
            let as_read = bundle.sources.get(file).is_some_and(|text| text == document.editor.text());
            document.checked = read.or(as_read.then_some(document.revision));
            let follows = document.gives_way || (read == Some(document.revision) && !document.dirty);
            if let Some(text) = bundle.sources.get(file)
                && follows
                && (document.gives_way || document.editor.text() != text)
            {
                document.take_from_disk(text);
                document.checked = Some(document.revision);
            }
        }
    }
}

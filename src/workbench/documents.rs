//! The open files: their editors, what of them is saved, and the tabs they are shown in.
//!
//! Touches no file: texts come from the bundle that was read, and leave through a save job.

use std::collections::BTreeMap;

use crate::bundle::save::Lock;
use crate::bundle::{Bundle, Overlay};

use super::editor::Editor;
use super::journal::Unsaved;

/// A page of the middle area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What the bundle consists of.
    Overview,
    /// The goals, with large charts.
    Goals,
    /// A file, by its path relative to the bundle's root.
    File(String),
}

/// What another program made of a file whose text here is not what it was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The text on disk; `None` where the file is gone.
    pub on_disk: Option<String>,
}

/// What the disk holds of an open file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDisk {
    /// Its text; `None` where there is no such file.
    pub text: Option<String>,
    /// What keeps it from being saved.
    pub lock: Option<Lock>,
}

/// What an open file was at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Counts changes of the text.
    pub revision: u64,
    /// Counts changes of what is known to be on disk.
    pub saves: u64,
}

/// An open YAML file.
pub struct Document {
    /// Its editor.
    pub editor: Editor,
    /// The text on disk that the editor's text began with, as far as it is known.
    pub saved: String,
    /// Counts changes of the text.
    pub revision: u64,
    /// The revision that the diagnostics speak of.
    pub checked: Option<u64>,
    /// What the disk holds, where that is neither what is here nor what this text began with.
    pub conflict: Option<Conflict>,
    /// What keeps the file from being saved.
    pub lock: Option<Lock>,
    /// The text that a job is writing now.
    pub saving: Option<String>,
    dirty: bool,
    saves: u64,
    is_text: bool,
    is_sealed: bool,
}

impl Document {
    fn new(text: &str, is_text: bool, is_sealed: bool) -> Self {
        let mut editor = Editor::new(text.to_owned());
        editor.set_read_only(!is_text || is_sealed);
        Self {
            editor,
            saved: text.to_owned(),
            revision: 0,
            checked: Some(0),
            conflict: None,
            lock: None,
            saving: None,
            dirty: false,
            saves: 0,
            is_text,
            is_sealed,
        }
    }

    fn set_text(&mut self, is_text: bool) {
        self.is_text = is_text;
        self.editor.set_read_only(!is_text || self.is_sealed);
    }

    /// Whether it has changes that are not on disk.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Whether the file is text as a whole. What is shown of another file must not be saved over it.
    pub fn is_text(&self) -> bool {
        self.is_text
    }

    /// Notes that the text changed.
    pub fn note_change(&mut self) {
        self.revision += 1;
        self.dirty = self.is_text() && self.editor.text() != self.saved;
    }

    /// Notes that `text` is what the disk now holds.
    pub fn note_saved(&mut self, text: String) {
        self.dirty = self.is_text() && self.editor.text() != text;
        self.saved = text;
        self.saves += 1;
        self.saving = None;
        self.conflict = None;
    }

    /// Takes over the text on disk, as one step that can be undone.
    pub fn take_from_disk(&mut self, text: &str) {
        self.editor.reload(text);
        self.revision += 1;
        self.note_saved(text.to_owned());
    }

    /// Goes on with the text here: saving it replaces what the disk holds now.
    pub fn keep_mine(&mut self) {
        if let Some(Conflict { on_disk: Some(text) }) = self.conflict.take() {
            self.note_saved(text);
        }
    }

    /// Puts a text that began with `base` in place, as one step that can be undone.
    pub fn restore(&mut self, base: &str, text: &str) {
        self.editor.reload(text);
        self.note_saved(base.to_owned());
        self.note_change();
    }

    /// Compares with what the disk holds.
    fn meet(&mut self, on_disk: &OnDisk) {
        self.lock = on_disk.lock;
        match &on_disk.text {
            Some(text) if *text == self.saved => self.conflict = None,
            // What is being saved here is on disk before that is known.
            Some(text) if self.saving.as_ref() == Some(text) => {}
            Some(text) if text == self.editor.text() => self.note_saved(text.clone()),
            text => self.conflict = Some(Conflict { on_disk: text.clone() }),
        }
    }

    fn version(&self) -> Version {
        Version { revision: self.revision, saves: self.saves }
    }
}

/// All open files and tabs.
#[derive(Default)]
pub struct Documents {
    files: BTreeMap<String, Document>,
    tabs: Vec<Tab>,
    active: usize,
    is_sealed: bool,
}

impl Documents {
    /// Lets no text be changed, now and in files that are opened later.
    pub fn seal(&mut self) {
        self.is_sealed = true;
        for document in self.files.values_mut() {
            document.is_sealed = true;
            document.set_text(document.is_text);
        }
    }

    /// Whether no text may be changed.
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

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
            let text = bundle.sources.get(file);
            let Some(shown) = text.or(bundle.damaged.get(file)) else { return false };
            let is_sealed = self.is_sealed;
            self.files.entry(file.clone()).or_insert_with(|| Document::new(shown, text.is_some(), is_sealed));
        }
        self.tabs.push(tab);
        self.active = self.tabs.len() - 1;
        true
    }

    /// Opens a file in a tab without showing it. False when the bundle has no such text to edit.
    pub fn open_behind(&mut self, file: &str, bundle: &Bundle) -> bool {
        let active = self.active;
        let opened = self.show(Tab::File(file.to_owned()), bundle);
        self.active = active;
        opened && self.get(file).is_some_and(Document::is_text)
    }

    /// Opens a file in a tab without showing it; with `text` where the bundle has none.
    pub fn open_text(&mut self, file: &str, bundle: &Bundle, text: &str) {
        if !self.open_behind(file, bundle) && !self.files.contains_key(file) {
            self.files.insert(file.to_owned(), Document::new(text, true, self.is_sealed));
            self.tabs.push(Tab::File(file.to_owned()));
        }
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
        let dirty = self.files.iter().filter(|(_, document)| document.dirty);
        dirty.map(|(file, document)| (file.clone(), document.editor.text().to_owned())).collect()
    }

    /// The unsaved texts, to be kept in the journal.
    pub fn unsaved(&self) -> Vec<Unsaved> {
        let dirty = self.files.iter().filter(|(_, document)| document.dirty);
        let unsaved = |(file, document): (&String, &Document)| Unsaved {
            file: file.clone(),
            base: document.saved.clone(),
            text: document.editor.text().to_owned(),
        };
        dirty.map(unsaved).collect()
    }

    /// What every open file is now.
    pub fn versions(&self) -> BTreeMap<String, Version> {
        self.files.iter().map(|(file, document)| (file.clone(), document.version())).collect()
    }

    /// Takes in a bundle that was read: `versions` are those of the texts it was read with, `on_disk` what the
    /// disk held of them. A file without unsaved changes follows the disk.
    pub fn take_in(
        &mut self,
        bundle: &Bundle,
        versions: &BTreeMap<String, Version>,
        on_disk: &BTreeMap<String, OnDisk>,
    ) {
        for (file, document) in &mut self.files {
            let read = versions.get(file).copied();
            let source = bundle.sources.get(file);
            // A file that was opened after the reading began shows what was read then.
            let as_read = source.is_some_and(|text| text == document.editor.text());
            document.checked = read.map(|read| read.revision).or(as_read.then_some(document.revision));
            if read != Some(document.version()) {
                continue;
            }
            let Some(on_disk) = on_disk.get(file) else { continue };
            if !document.dirty
                && let Some(text) = source.or(bundle.damaged.get(file)).or(on_disk.text.as_ref())
                && on_disk.text.is_some()
            {
                if document.editor.text() != text {
                    document.take_from_disk(text);
                    document.checked = Some(document.revision);
                }
                document.set_text(source.is_some() || !bundle.damaged.contains_key(file));
            }
            document.meet(on_disk);
        }
    }
}

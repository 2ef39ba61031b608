//! An output made fit to be looked at: as text, as a tree, or as bytes. Made off the UI thread, whatever its
//! size; drawing lays out only what is on screen. Never changes what a copy button hands out.

mod hex;
mod tree;

use egui::Ui;

use super::command::Commands;
use super::editor::{CodeView, Language};
use super::text;
use crate::bundle::printable;

use hex::HexView;
use tree::JsonTree;

/// Longer outputs are shown as text only in part; a copy holds all.
const LONGEST_TEXT: usize = 2 << 20;
/// Longer lines are broken, in bytes: laying one out takes time in every frame.
const LONGEST_LINE: usize = 1_000;
/// Lines shown without scrolling.
const ROWS: usize = 22;

/// How an output is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputMode {
    /// Laid out as text.
    Text,
    /// As a tree whose branches can be closed.
    Tree,
    /// As bytes.
    Hex,
}

impl OutputMode {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 3] = [Self::Tree, Self::Text, Self::Hex];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Tree => "Tree",
            Self::Hex => "Hex",
        }
    }
}

/// An output in all the ways in which it can be looked at.
pub struct Output {
    text: CodeView,
    /// How many bytes the whole has, where the text is not all of it.
    shortened: Option<usize>,
    /// Whether lines are broken that are one line in the output.
    is_broken: bool,
    tree: Option<JsonTree>,
    hex: Option<HexView>,
}

impl Output {
    /// Valid JSON.
    pub fn json(json: &str) -> Self {
        let (text, shortened, is_broken) = head(&text::pretty_json(json), Language::Json);
        Self { text, shortened, is_broken, tree: Some(JsonTree::of(json)), hex: None }
    }

    /// Bytes that are no JSON, or not even text.
    pub fn bytes(bytes: &[u8]) -> Self {
        let (text, shortened, is_broken) = head(&String::from_utf8_lossy(bytes), Language::Plain);
        Self { text, shortened, is_broken, tree: None, hex: Some(HexView::of(bytes)) }
    }

    /// What is shown of it as a text.
    pub fn text(&self) -> &str {
        self.text.text()
    }

    /// The ways in which it can be looked at.
    pub fn modes(&self) -> impl Iterator<Item = OutputMode> {
        let has = |mode: &OutputMode| match mode {
            OutputMode::Text => true,
            OutputMode::Tree => self.tree.is_some(),
            OutputMode::Hex => self.hex.is_some(),
        };
        OutputMode::ALL.into_iter().filter(has).collect::<Vec<_>>().into_iter()
    }

    /// The way that is shown where the user wants `wanted`, or has no wish.
    pub fn mode(&self, wanted: Option<OutputMode>) -> OutputMode {
        let usual = if self.shortened.is_some() && self.tree.is_some() { OutputMode::Tree } else { OutputMode::Text };
        wanted.filter(|wanted| self.modes().any(|mode| mode == *wanted)).unwrap_or(usual)
    }

    /// Shows it, and says where that is not all.
    pub fn show(&mut self, ui: &mut Ui, title: &str, mode: OutputMode, commands: &mut Commands) -> Option<String> {
        match (mode, &mut self.tree, &mut self.hex) {
            (OutputMode::Tree, Some(tree), _) => {
                tree.show(ui, title, ROWS, commands);
                tree.is_cut().then(|| "Shown in part: the rest is copied only".to_owned())
            }
            (OutputMode::Hex, _, Some(hex)) => {
                hex.show(ui, title, ROWS);
                None
            }
            _ => {
                self.text.show(ui, title, title, ROWS);
                let part = |whole: usize| format!("Shown in part: all {} are copied", text::bytes(whole as u64));
                let broken = || "Long lines are broken here, and copied whole".to_owned();
                self.shortened.map(part).or_else(|| self.is_broken.then(broken))
            }
        }
    }
}

/// The beginning of a text, harmless, its whole length where that is not all of it, and whether long lines are broken.
fn head(text: &str, language: Language) -> (CodeView, Option<usize>, bool) {
    let head = text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or_default();
    let shown = printable(head);
    let broken = broken(&shown);
    let is_broken = broken.len() > shown.len();
    (CodeView::new(broken, language), (head.len() < text.len()).then_some(text.len()), is_broken)
}

/// The text with lines that can be laid out within a frame.
fn broken(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / LONGEST_LINE);
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while rest.len() > LONGEST_LINE {
            let (part, after) = rest.split_at(rest.floor_char_boundary(LONGEST_LINE));
            out.push_str(part);
            out.push('\n');
            rest = after;
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_and_nothing_is_lost() {
        let line = "é".repeat(LONGEST_LINE);
        let text = format!("short\n{line}\n{line}");
        let shown = broken(&text);
        assert!(shown.lines().all(|line| line.len() <= LONGEST_LINE));
        assert_eq!(shown.replace('\n', ""), text.replace('\n', ""));
        assert_eq!(broken("a\nb\n"), "a\nb\n");
    }
}

//! JSON as a tree whose branches can be closed. The nodes are places in the text, so that numbers keep their
//! digits, objects their repeated keys, and 10 MB cost no more than a few bytes a node; only the rows on screen
//! are drawn.

use egui::accesskit::Role;
use egui::{Frame, Margin, Rect, RichText, ScrollArea, Ui, pos2};
use egui_material_icons::icons::*;

use crate::workbench::command::{Command, Commands};
use crate::workbench::text;
use crate::workbench::theme::{self, Tokens, size, space};
use crate::workbench::widgets;

/// More nodes are not shown.
const MOST_NODES: usize = 2_000_000;
/// Trees with more nodes begin with only their top branches open.
const MANY: usize = 300;
/// A step to the right for each level.
const INDENT: f32 = 14.0;
/// Deeper nodes are not moved further to the right.
const DEEPEST: u16 = 24;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    Text,
    /// A number, true, false or null.
    Literal,
}

/// A value in the text.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    depth: u16,
    is_open: bool,
    /// The key, with its quotes; empty for items and for the whole.
    key: (u32, u32),
    /// The value's text.
    value: (u32, u32),
    /// Keys or items directly below.
    children: u32,
    /// Its place among its parent's items.
    index: u32,
    /// The node after the last one below.
    end: u32,
}

/// JSON to look at.
pub struct JsonTree {
    text: String,
    nodes: Vec<Node>,
    /// The nodes that are not inside a closed branch.
    visible: Vec<u32>,
    is_cut: bool,
}

impl JsonTree {
    /// The tree of valid JSON.
    pub fn of(json: &str) -> Self {
        let (nodes, is_cut) = Scan::default().nodes(json);
        let mut tree = Self { text: json.to_owned(), nodes, visible: Vec::new(), is_cut };
        let few = tree.nodes.len() <= MANY;
        for node in &mut tree.nodes {
            node.is_open = few || node.depth == 0;
        }
        tree.refresh();
        tree
    }

    /// Whether there are more nodes than are shown.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn refresh(&mut self) {
        self.visible.clear();
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            self.visible.push(at as u32);
            at = if node.is_open { at + 1 } else { node.end as usize };
        }
    }

    fn toggle(&mut self, at: usize) {
        if let Some(node) = self.nodes.get_mut(at).filter(|node| node.children > 0) {
            node.is_open = !node.is_open;
            self.refresh();
        }
    }

    fn set_all(&mut self, open: bool) {
        for node in &mut self.nodes {
            node.is_open = open || node.depth == 0;
        }
        self.refresh();
    }

    fn part(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// What stands before the colon: a key, an item's place, nothing for the whole.
    fn name(&self, node: &Node) -> String {
        let quoted = self.part(node.key);
        match (quoted.is_empty(), node.depth) {
            (true, 0) => String::new(),
            (true, _) => node.index.to_string(),
            (false, _) => {
                let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
                text::one_line(inside)
            }
        }
    }

    fn summary(&self, node: &Node) -> String {
        match node.kind {
            Kind::Object => format!("{{{}}}", text::count(node.children as usize, "field")),
            Kind::Array => format!("[{}]", text::count(node.children as usize, "item")),
            _ => text::one_line(self.part(node.value)),
        }
    }

    /// The node's place as a JSON pointer.
    fn pointer(&self, at: usize) -> String {
        let mut parts = Vec::new();
        let mut depth = u16::MAX;
        for node in self.nodes.iter().take(at + 1).rev() {
            if node.depth < depth {
                depth = node.depth;
                if depth == 0 {
                    break;
                }
                let key: String = serde_json::from_str(self.part(node.key)).unwrap_or_else(|_| node.index.to_string());
                parts.push(key.replace('~', "~0").replace('/', "~1"));
            }
        }
        parts.iter().rev().map(|part| format!("/{part}")).collect()
    }

    /// Shows the tree, at most `rows` lines high.
    pub fn show(&mut self, ui: &mut Ui, title: &str, rows: usize, commands: &mut Commands) {
        let tokens = theme::of(ui);
        self.branches(ui);
        let mut toggled = None;
        let frame = Frame::new().fill(tokens.canvas).corner_radius(6).inner_margin(Margin::same(4));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 0.0;
            let height = rows.min(self.visible.len()) as f32 * size::CODE_LINE;
            let area = ScrollArea::vertical().id_salt((title, "tree")).max_height(height).auto_shrink([false, true]);
            area.show_rows(ui, size::CODE_LINE, self.visible.len(), |ui, range| {
                for at in self.visible.get(range).unwrap_or_default() {
                    if self.row(ui, tokens, *at as usize, commands) {
                        toggled = Some(*at as usize);
                    }
                }
            });
        });
        if let Some(at) = toggled {
            self.toggle(at);
        }
    }

    /// What opens and closes all branches.
    fn branches(&mut self, ui: &mut Ui) {
        let tokens = theme::of(ui);
        if self.nodes.len() > 1 {
            ui.horizontal(|ui| {
                for (name, open) in [("Open all branches", true), ("Close all branches", false)] {
                    let icon = if open { ICON_UNFOLD_MORE } else { ICON_UNFOLD_LESS };
                    let button = egui::Button::new(icon.rich_text().size(size::ICON).color(tokens.muted));
                    let response = ui.add(button.frame_when_inactive(false)).accessible_name(name);
                    if response.on_hover_text(name).clicked() {
                        self.set_all(open);
                    }
                }
                widgets::muted(ui, text::count(self.nodes.len(), "value"));
            });
        }
    }

    /// Draws a row; whether it was asked to open or close.
    fn row(&self, ui: &mut Ui, tokens: &Tokens, at: usize, commands: &mut Commands) -> bool {
        let Some(node) = self.nodes.get(at) else { return false };
        let (name, summary) = (self.name(node), self.summary(node));
        let said = if name.is_empty() { summary.clone() } else { format!("{name}: {summary}") };
        let response = widgets::row(ui, size::CODE_LINE, false, Role::TreeItem, &said);
        let left = response.rect.left() + f32::from(node.depth.min(DEEPEST)) * INDENT;
        if node.children > 0 {
            let icon = if node.is_open { ICON_KEYBOARD_ARROW_DOWN } else { ICON_KEYBOARD_ARROW_RIGHT };
            let rect = Rect::from_min_size(pos2(left, response.rect.top()), egui::Vec2::splat(size::CODE_LINE));
            widgets::paint_icon(ui, rect, icon, tokens.muted);
        }
        let mut rest = response.rect.with_min_x(left + size::CODE_LINE);
        let mono = |text: String| RichText::new(text).monospace().size(size::CODE);
        if !name.is_empty() {
            let color = if self.part(node.key).is_empty() { tokens.faint } else { tokens.accent };
            let (width, _) = widgets::paint_text(ui, rest, mono(name), color);
            rest = rest.with_min_x(rest.left() + width + space::M);
        }
        let color = match node.kind {
            Kind::Object | Kind::Array => tokens.faint,
            Kind::Text => tokens.text,
            Kind::Literal => tokens.syntax_constant,
        };
        widgets::paint_text(ui, rest, mono(summary), color);
        response.context_menu(|ui| {
            if ui.button("Copy value").clicked() {
                commands.push(Command::Copy(self.part(node.value).to_owned()));
                ui.close();
            }
            if ui.button("Copy JSON pointer").clicked() {
                commands.push(Command::Copy(self.pointer(at)));
                ui.close();
            }
        });
        response.clicked()
    }
}

/// Goes through valid JSON once.
#[derive(Default)]
struct Scan {
    nodes: Vec<Node>,
    /// The branches that are not at their end.
    above: Vec<usize>,
    key: (u32, u32),
}

impl Scan {
    /// All nodes, and whether there are more.
    fn nodes(mut self, json: &str) -> (Vec<Node>, bool) {
        let bytes = json.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.nodes.len() >= MOST_NODES {
                break;
            }
            let end = match byte {
                b'"' => end_of_string(bytes, at),
                b'{' | b'[' | b'}' | b']' => at + 1,
                byte if byte.is_ascii_whitespace() || matches!(byte, b',' | b':') => {
                    at += 1;
                    continue;
                }
                _ => end_of_literal(bytes, at),
            };
            match byte {
                b'"' if self.awaits_key() => self.key = (at as u32, end as u32),
                b'"' => self.push(Kind::Text, (at, end)),
                b'{' => self.open(Kind::Object, (at, end)),
                b'[' => self.open(Kind::Array, (at, end)),
                b'}' | b']' => self.close(end),
                _ => self.push(Kind::Literal, (at, end)),
            }
            at = end;
        }
        let is_cut = bytes.get(at..).is_some_and(|rest| !rest.trim_ascii().is_empty());
        while !self.above.is_empty() {
            self.close(json.len());
        }
        (self.nodes, is_cut)
    }

    fn awaits_key(&self) -> bool {
        let above = self.above.last().and_then(|above| self.nodes.get(*above));
        self.key == (0, 0) && above.is_some_and(|above| above.kind == Kind::Object)
    }

    fn push(&mut self, kind: Kind, (start, end): (usize, usize)) {
        let mut index = 0;
        if let Some(above) = self.above.last().and_then(|above| self.nodes.get_mut(*above)) {
            index = above.children;
            above.children += 1;
        }
        let depth = u16::try_from(self.above.len()).unwrap_or(u16::MAX);
        let key = std::mem::take(&mut self.key);
        let next = self.nodes.len() as u32 + 1;
        let value = (start as u32, end as u32);
        self.nodes.push(Node { kind, depth, is_open: false, key, value, children: 0, index, end: next });
    }

    fn open(&mut self, kind: Kind, place: (usize, usize)) {
        self.push(kind, place);
        self.above.push(self.nodes.len() - 1);
    }

    fn close(&mut self, end: usize) {
        let after = self.nodes.len() as u32;
        if let Some(node) = self.above.pop().and_then(|above| self.nodes.get_mut(above)) {
            node.value.1 = end as u32;
            node.end = after;
        }
    }
}

/// The byte after the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn end_of_literal(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}');
    bytes.iter().skip(start).position(ends).map_or(bytes.len(), |length| start + length.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(tree: &JsonTree) -> Vec<String> {
        let row = |at: &u32| {
            let node = &tree.nodes[*at as usize];
            format!("{}{}={}", "-".repeat(node.depth.into()), tree.name(node), tree.summary(node))
        };
        tree.visible.iter().map(row).collect()
    }

    #[test]
    fn every_value_is_a_row_and_keeps_its_digits() {
        let tree = JsonTree::of(r#" {"a": [1.0, 123456789012345678901234567890], "a": "x\"}", "b": {}, "": null} "#);
        let expected = [
            "={4 fields}",
            "-a=[2 items]",
            "--0=1.0",
            "--1=123456789012345678901234567890",
            "-a=\"x\\\"}\"",
            "-b={0 fields}",
            "-=null",
        ];
        assert_eq!(rows(&tree), expected);
        let pointers: Vec<String> = (0..7).map(|at| tree.pointer(at)).collect();
        assert_eq!(pointers, ["", "/a", "/a/0", "/a/1", "/a", "/b", "/"]);
        assert_eq!(rows(&JsonTree::of("7")), ["=7"]);
        assert_eq!(tree.part(tree.nodes[1].value), "[1.0, 123456789012345678901234567890]");
    }

    #[test]
    fn a_closed_branch_hides_all_below_it() {
        let mut tree = JsonTree::of(r#"[[1, [2]], {"k/~": {"d": 3}}]"#);
        tree.toggle(1);
        assert_eq!(rows(&tree), ["=[2 items]", "-0=[2 items]", "-1={1 field}", "--k/~={1 field}", "---d=3"]);
        assert_eq!(tree.pointer(7), "/1/k~1~0/d");
        tree.set_all(false);
        assert_eq!(rows(&tree).len(), 3);
        tree.set_all(true);
        assert_eq!(rows(&tree).len(), 8);
    }

    #[test]
    fn ten_megabytes_and_any_depth_are_read_quickly() {
        let wide = format!("[{}1]", "{\"id\": 12345, \"name\": \"Ada\"}, ".repeat(320_000));
        let begun = std::time::Instant::now();
        let mut tree = JsonTree::of(&wide);
        assert!(!tree.is_cut() && tree.nodes.len() == 960_002, "{}", tree.nodes.len());
        tree.set_all(true);
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(JsonTree::of(&deep).nodes.len(), 100_000);
        assert!(JsonTree::of(&format!("[{}0]", "0,".repeat(MOST_NODES))).is_cut());
    }
}

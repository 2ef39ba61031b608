//! A call tree as a flame graph that hangs from the top: every box a function on one path of calls, as wide as its
//! share of the instructions. Says what was clicked, and changes nothing itself.

mod layout;

use egui::{Align2, CornerRadius, FontId, Key, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2};

use crate::bundle::target::{Dimension, formatted, grouped};
use crate::sandbox::{CallNode, CallTree, FunctionCost};
use crate::workbench::text;
use crate::workbench::theme::{self, Tokens, size};

use self::layout::FlameBox;

/// Height of a row, in points.
const ROW: f32 = 20.0;
/// Between boxes, in points.
const GAP: f32 = 1.0;
/// Narrower boxes have no room for a name.
const ROOM_FOR_A_NAME: f32 = 28.0;

/// A call tree ready to be drawn.
pub struct Flame {
    tree: CallTree,
    starts: Vec<u64>,
    zoom: usize,
    /// The rows of the whole tree.
    whole: usize,
    /// The rows that the picture has.
    rows: usize,
    /// What each function did on all paths, the heaviest first.
    costs: Vec<FunctionCost>,
    search: Search,
}

/// What is searched for.
#[derive(Default)]
struct Search {
    /// In lower case.
    wanted: String,
    /// Which functions have it in their names.
    found: Vec<bool>,
    /// The instructions that those ran themselves.
    own: u64,
}

impl Flame {
    /// A picture of the whole tree.
    pub fn new(tree: CallTree) -> Self {
        let starts = layout::starts(&tree);
        let rows = layout::depth_below(&tree, 0);
        let costs = tree.functions_by_cost();
        Self { tree, starts, zoom: 0, whole: rows, rows, costs, search: Search::default() }
    }

    /// What is drawn.
    pub fn tree(&self) -> &CallTree {
        &self.tree
    }

    /// What each function did on all paths together, the heaviest first.
    pub fn costs(&self) -> &[FunctionCost] {
        &self.costs
    }

    /// The node that takes the whole width.
    pub fn zoom(&self) -> usize {
        self.zoom
    }

    /// Gives the whole width to a node; to the first one if there is no such node.
    pub fn zoom_to(&mut self, node: usize) {
        self.zoom = if node < self.tree.nodes.len() { node } else { 0 };
        let above = self.tree.nodes.get(self.zoom).map_or(0, |node| node.depth);
        self.rows = above + layout::depth_below(&self.tree, self.zoom);
    }

    /// Highlights the functions whose names hold `text`, whatever its case. Empty: none.
    pub fn search(&mut self, text: &str) {
        let wanted = text.trim().to_lowercase();
        if wanted == self.search.wanted {
            return;
        }
        let mut search = Search { wanted, ..Search::default() };
        if !search.wanted.is_empty() {
            let holds = |name: &String| name.to_lowercase().contains(&search.wanted);
            search.found = self.tree.functions.iter().map(holds).collect();
            let is_found = |cost: &&FunctionCost| search.found.get(cost.function) == Some(&true);
            search.own = self.costs.iter().filter(is_found).map(|cost| cost.own).sum();
        }
        self.search = search;
    }

    /// How many functions are highlighted, and the share of all instructions that they ran themselves.
    pub fn found(&self) -> Option<(usize, String)> {
        let Search { wanted, found, own } = &self.search;
        let count = found.iter().filter(|found| **found).count();
        (!wanted.is_empty()).then(|| (count, percent(*own, self.tree.total())))
    }

    /// The height of the whole tree in points, however much of it is zoomed into.
    pub fn height(&self) -> f32 {
        self.whole as f32 * ROW
    }

    /// Draws the picture in a box of this height. Gives the node that was clicked or gone to by an arrow key.
    pub fn show(&self, ui: &mut Ui, height: f32, name: &str) -> Option<usize> {
        let tokens = theme::of(ui);
        let mut asked = None;
        let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false);
        area.show_viewport(ui, |ui, viewport| {
            let wanted = Vec2::new(ui.available_width(), (self.rows as f32 * ROW).max(height));
            let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
            let summary = self.summary(name);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &summary));
            ui.painter().rect_filled(rect, CornerRadius::same(4), tokens.canvas);
            let first = (viewport.top() / ROW).floor().max(0.0) as usize;
            let rows = first..first + (viewport.height() / ROW).ceil() as usize + 1;
            let boxes = layout::boxes(&self.tree, &self.starts, self.zoom, rect.width(), rows);
            let under = response.hover_pos();
            let mut hovered = None;
            for found in &boxes {
                let place = place_of(found, rect);
                let is_under = under.is_some_and(|pointer| place.contains(pointer));
                if is_under {
                    hovered = Some(*found);
                }
                self.paint(ui, found, place, is_under, tokens);
            }
            if response.has_focus() {
                let edge = Stroke::new(1.0, tokens.accent);
                ui.painter().rect_stroke(
                    rect.intersect(ui.clip_rect()),
                    CornerRadius::same(4),
                    edge,
                    StrokeKind::Inside,
                );
                asked = self.key_pressed(ui);
            }
            if let Some(found) = hovered {
                asked = asked.or(found.node.filter(|_| response.clicked()));
                if response.clicked() {
                    response.request_focus();
                }
                self.explain(&response, &found);
            }
        });
        asked
    }

    fn paint(&self, ui: &Ui, found: &FlameBox, place: Rect, is_under: bool, tokens: &Tokens) {
        let Some(node) = found.node.and_then(|at| self.tree.nodes.get(at)) else {
            ui.painter().rect_filled(place, CornerRadius::ZERO, tokens.raised);
            return;
        };
        let name = self.tree.name(node);
        let is_found = node.function.is_some_and(|at| self.search.found.get(at) == Some(&true));
        let is_dimmed = !self.search.wanted.is_empty() && !is_found || found.row < self.depth_of_zoom();
        let ground = match node.function {
            Some(_) => theme::flame(tokens, family(name)),
            None => tokens.raised,
        };
        let ground = if is_dimmed { theme::dimmed(ground) } else { ground };
        let corner = CornerRadius::same(2);
        ui.painter().rect_filled(place, corner, ground);
        if is_under || is_found {
            let edge = if is_under { tokens.text } else { tokens.accent };
            ui.painter().rect_stroke(place, corner, Stroke::new(1.0, edge), StrokeKind::Inside);
        }
        if place.width() >= ROOM_FOR_A_NAME {
            let color = if is_dimmed { tokens.muted } else { tokens.text };
            let room = place.shrink2(Vec2::new(4.0, 0.0));
            let painter = ui.painter().with_clip_rect(room.intersect(ui.clip_rect()));
            let font = FontId::proportional(size::SMALL);
            painter.text(room.left_center(), Align2::LEFT_CENTER, text::one_line(name), font, color);
        }
    }

    fn depth_of_zoom(&self) -> usize {
        self.tree.nodes.get(self.zoom).map_or(0, |node| node.depth)
    }

    fn explain(&self, response: &Response, found: &FlameBox) {
        let lines = match found.node.and_then(|at| self.tree.nodes.get(at)) {
            None => vec!["Calls too small to be told apart; click what called them to see more".to_owned()],
            Some(node) => self.words_of(node),
        };
        response.clone().on_hover_ui_at_pointer(|ui| {
            for (at, line) in lines.iter().enumerate() {
                let line = text::one_line(line);
                if at == 0 {
                    ui.strong(line)
                } else {
                    ui.label(line)
                };
            }
        });
    }

    fn words_of(&self, node: &CallNode) -> Vec<String> {
        let total = self.tree.total();
        let part = |count: u64| format!("{} instructions, {}", grouped(count), percent(count, total));
        let mut lines = vec![self.tree.name(node).to_owned(), format!("With its calls {}", part(node.total))];
        if node.function.is_some() {
            lines.push(format!("Itself {}", part(node.own)));
            let calls =
                if node.calls == 1 { "Called once".into() } else { format!("Called {} times", grouped(node.calls)) };
            lines.push(format!("{calls} on this path"));
        }
        lines
    }

    /// Where an arrow key leads: up to the caller, down to the heaviest call, aside to what the same caller called.
    fn key_pressed(&self, ui: &Ui) -> Option<usize> {
        let node = self.tree.nodes.get(self.zoom)?;
        let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
        if pressed(Key::ArrowUp) {
            return node.parent;
        }
        if pressed(Key::ArrowDown) {
            return Some(self.zoom + 1).filter(|child| *child < node.end);
        }
        if pressed(Key::ArrowRight) {
            let parent = self.tree.nodes.get(node.parent?)?;
            return Some(node.end).filter(|next| *next < parent.end);
        }
        if pressed(Key::ArrowLeft) {
            let siblings = self.tree.nodes.get(node.parent? + 1..self.zoom)?;
            return siblings
                .iter()
                .rposition(|other| other.depth == node.depth)
                .map(|at| at + node.parent.unwrap_or(0) + 1);
        }
        pressed(Key::Home).then_some(0)
    }

    /// The picture in a sentence, for who does not see it.
    fn summary(&self, name: &str) -> String {
        let total = self.tree.total();
        let heaviest: Vec<String> = self
            .costs
            .iter()
            .take(3)
            .filter_map(|cost| {
                Some(format!("{} {}", self.tree.functions.get(cost.function)?, percent(cost.own, total)))
            })
            .collect();
        format!("Flame graph of {name}: {} instructions; heaviest by itself: {}", grouped(total), heaviest.join(", "))
    }
}

fn place_of(found: &FlameBox, rect: Rect) -> Rect {
    let top = rect.top() + found.row as f32 * ROW;
    let size = Vec2::new((found.width - GAP).max(1.0), ROW - GAP);
    Rect::from_min_size(egui::pos2(rect.left() + found.left, top), size)
}

fn share(part: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { part as f64 / total as f64 }
}

/// A part as people read it: `12.3 %`.
pub fn percent(part: u64, total: u64) -> String {
    formatted(share(part, total), Dimension::Share)
}

/// What a function belongs to: a crate, a package, a namespace; or else its own name.
fn family(name: &str) -> &str {
    let name = name.trim_start_matches(['<', '&', '*']);
    let package = name.rsplit_once('/').map_or(name, |(_, last)| last);
    let end = package.find("::").or_else(|| package.find('.')).unwrap_or(package.len());
    package.get(..end).unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_one_library_are_one_family() {
        assert_eq!(family("core::fmt::write"), "core");
        assert_eq!(family("<alloc::vec::Vec<T> as core::fmt::Debug>::fmt"), "alloc");
        assert_eq!(family("encoding/json.Marshal"), "json");
        assert_eq!(family("dlmalloc"), "dlmalloc");
    }
}

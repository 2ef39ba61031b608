//! The tree at the left: services with endpoints, intents and goals; modules with functions; files.

use egui::accesskit::Role;
use egui::{Align, CornerRadius, Key, Layout, Rect, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::bundle::change::{List, Subject};
use crate::bundle::{Method, Severity};
use crate::measure::Verdict;
use crate::workbench::command::{Command, Commands};
use crate::workbench::forms::{FormKey, Rework};
use crate::workbench::outline::{Node, NodeKind};
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, Tokens, size, space};
use crate::workbench::widgets;

const INDENT: f32 = 14.0;
const CHIP: f32 = 40.0;

/// Draws the explorer.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    ui.horizontal(|ui| {
        widgets::heading(ui, "Explorer");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::icon_button(ui, Command::Reload, state, commands);
            widgets::icon_button(ui, Command::ShowOverview, state, commands);
        });
    });
    let Some(session) = &mut state.session else { return };
    widgets::field(ui, &mut session.explorer.filter, "Filter explorer", "Filter");
    ui.add_space(space::XS);
    let state = &*state;
    let Some(session) = &state.session else { return };
    let closed = &session.explorer.closed;
    let nodes = session.outline.visible(&session.explorer.filter, |key| !closed.contains(key));
    if nodes.is_empty() {
        widgets::empty(ui, "Nothing matches", "Clear the filter to see everything");
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::ROW, nodes.len(), |ui, range| {
        for node in nodes.get(range).unwrap_or_default() {
            row(ui, node, session, state, commands);
        }
    });
}

fn row(ui: &mut Ui, node: &Node, session: &Session, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    if node.kind == NodeKind::Remark {
        let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), size::ROW), egui::Sense::hover());
        let inner = rect.with_min_x(rect.left() + 22.0 + f32::from(node.depth) * INDENT);
        widgets::paint_text(ui, inner, RichText::new(&node.label).size(size::SMALL), tokens.faint);
        return;
    }
    let selected = session.explorer.selected.as_deref() == Some(node.key.as_str());
    let response = widgets::row(ui, size::ROW, selected, Role::TreeItem, &accessible_name(node));
    let open = !session.explorer.closed.contains(&node.key);
    let mut rect = response.rect.shrink2(Vec2::new(space::XS, 0.0));
    rect.min.x += f32::from(node.depth.saturating_sub(1)) * INDENT;
    let (arrow, rest) = split(rect, 16.0);
    if node.is_parent {
        let symbol = if open { ICON_KEYBOARD_ARROW_DOWN } else { ICON_KEYBOARD_ARROW_RIGHT };
        widgets::paint_icon(ui, arrow, symbol, tokens.faint);
    }
    let rest = if adds(node) { plus(ui, rest, node, state, commands) } else { rest };
    contents(ui, rest, node, session);
    response.context_menu(|ui| context_menu(ui, node, state, commands));
    if node.is_parent {
        ui.ctx().accesskit_node_builder(response.id, |builder| builder.set_expanded(open));
        let on_arrow = response.interact_pointer_pos().is_some_and(|at| at.x <= arrow.right());
        let keyed = response.has_focus()
            && ui.input(|input| input.key_pressed(if open { Key::ArrowLeft } else { Key::ArrowRight }));
        if keyed || response.double_clicked() || (response.clicked() && on_arrow) {
            commands.push(Command::ToggleNode(node.key.clone()));
            return;
        }
    }
    if response.on_hover_text(&node.tooltip).clicked() {
        commands.push(Command::Select(node.key.clone()));
    }
}

/// Whether something can be added right below a row.
fn adds(node: &Node) -> bool {
    node.kind == NodeKind::Service || node.key == "services"
}

/// The button that adds something below a row. Gives the rest of the row.
fn plus(ui: &mut Ui, rect: Rect, node: &Node, state: &State, commands: &mut Commands) -> Rect {
    let tokens = theme::of(ui);
    let at = rect.with_min_x(rect.right() - size::ROW);
    let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(at).id_salt(("add", &node.key)));
    corner.spacing_mut().button_padding = Vec2::splat(2.0);
    corner.spacing_mut().interact_size.y = 20.0;
    let hovered = ui.rect_contains_pointer(rect.with_min_x(0.0));
    let color = if hovered { tokens.text } else { tokens.faint };
    let button = egui::Button::new(ICON_ADD.rich_text().size(size::ICON).color(color)).frame_when_inactive(false);
    if node.kind == NodeKind::Service {
        let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(&mut corner, |ui| {
            add_menu(ui, node, state, commands);
        });
        response.accessible_name(format!("Add to {}", node.label)).on_hover_text("Add an endpoint, intent or goal");
    } else {
        widgets::give(&mut corner, button, "New service…", Command::NewService, state, commands);
    }
    rect.with_max_x(at.left())
}

fn add_menu(ui: &mut Ui, node: &Node, state: &State, commands: &mut Commands) {
    let Some(place) = &node.place else { return };
    for list in [List::Endpoints, List::Intents, List::Goals] {
        let key = FormKey { file: place.file.clone(), subject: Subject::New(list) };
        give_and_close(ui, Command::ShowForm(key), state, commands);
    }
}

fn give_and_close(ui: &mut Ui, command: Command, state: &State, commands: &mut Commands) {
    if widgets::command_button(ui, command, state, commands).clicked() {
        ui.close();
    }
}

/// What can be done with a row.
fn context_menu(ui: &mut Ui, node: &Node, state: &State, commands: &mut Commands) {
    let key = || node.key.clone();
    match &node.kind {
        NodeKind::Section if node.key == "services" => give_and_close(ui, Command::NewService, state, commands),
        NodeKind::Service => {
            give_and_close(ui, Command::EditNode(key()), state, commands);
            ui.separator();
            add_menu(ui, node, state, commands);
        }
        NodeKind::Endpoint(_) | NodeKind::Intent | NodeKind::Goal { .. } => {
            give_and_close(ui, Command::EditNode(key()), state, commands);
            ui.separator();
            for what in [Rework::MoveUp, Rework::MoveDown, Rework::Remove] {
                give_and_close(ui, Command::Rework(key(), what), state, commands);
            }
        }
        _ => ui.close(),
    }
}

/// What a screen reader says, and a test looks for.
fn accessible_name(node: &Node) -> String {
    match &node.kind {
        NodeKind::Section => node.label.clone(),
        NodeKind::Service => format!("Service {}", node.label),
        NodeKind::Endpoint(_) => format!("Endpoint {}", node.label),
        NodeKind::Intent => format!("Intent {}", node.label),
        NodeKind::Goal { .. } => format!("Goal {}", node.label),
        NodeKind::Module => format!("Module {}", node.label),
        NodeKind::Function => format!("Function {}", node.label),
        NodeKind::File => format!("File {}", node.label),
        NodeKind::Remark => node.label.clone(),
    }
}

fn contents(ui: &Ui, rect: Rect, node: &Node, session: &Session) {
    let tokens = theme::of(ui);
    let mut rest = rect;
    match &node.kind {
        NodeKind::Endpoint(method) => {
            let (chip, after) = split(rest, CHIP);
            method_chip(ui, chip, *method);
            rest = after.with_min_x(after.left() + space::S);
        }
        kind => {
            if let Some((symbol, color)) = symbol(kind, session, tokens) {
                let (icon, after) = split(rest, size::ICON);
                widgets::paint_icon(ui, icon, symbol, color);
                rest = after.with_min_x(after.left() + space::S);
            }
        }
    }
    if let Some(color) = dot(node, session, tokens) {
        let at = egui::pos2(rest.right() - 5.0, rest.center().y);
        ui.painter().circle_filled(at, 3.5, color);
        rest.max.x -= 14.0;
    }
    let label = match node.kind {
        NodeKind::Section => RichText::new(&node.label).family(theme::semibold()).size(size::SMALL),
        NodeKind::Service | NodeKind::Module => RichText::new(&node.label).family(theme::semibold()),
        _ => RichText::new(&node.label),
    };
    let color = if node.kind == NodeKind::Section { tokens.muted } else { tokens.text };
    // The name comes first: the detail gets what is left of the row.
    let (width, _) = widgets::paint_text(ui, rest, label, color);
    let detail = rest.with_min_x(rest.left() + width + space::L);
    if detail.width() > 24.0 {
        widgets::paint_text_right(ui, detail, RichText::new(&node.detail).size(size::SMALL), tokens.faint);
    }
}

fn symbol(kind: &NodeKind, session: &Session, tokens: &Tokens) -> Option<(MaterialIcon, egui::Color32)> {
    Some(match kind {
        NodeKind::Service => (ICON_DNS, tokens.muted),
        NodeKind::Intent => (ICON_BOLT, tokens.warn),
        NodeKind::Goal { service, goal } => match session.goals.overall(service, goal) {
            Some((_, verdict)) => verdict_symbol(verdict, tokens),
            None => (ICON_FLAG, tokens.faint),
        },
        NodeKind::Module => (ICON_DEPLOYED_CODE, tokens.muted),
        NodeKind::Function => (ICON_FUNCTION, tokens.faint),
        NodeKind::File => (ICON_DESCRIPTION, tokens.muted),
        NodeKind::Section | NodeKind::Endpoint(_) | NodeKind::Remark => return None,
    })
}

/// Colour and icon of a verdict.
pub fn verdict_symbol(verdict: &Verdict, tokens: &Tokens) -> (MaterialIcon, egui::Color32) {
    match verdict {
        Verdict::Met(_) => (ICON_CHECK_CIRCLE, tokens.good),
        Verdict::Missed(_) => (ICON_CANCEL, tokens.bad),
        Verdict::TooFew { .. } | Verdict::NotMeasurable { .. } => (ICON_HELP, tokens.muted),
    }
}

fn dot(node: &Node, session: &Session, tokens: &Tokens) -> Option<egui::Color32> {
    let unsaved = || {
        let file = node.place.as_ref().filter(|_| node.kind == NodeKind::File)?;
        session.documents.get(&file.file).filter(|document| document.is_dirty()).map(|_| tokens.accent)
    };
    match node.mark {
        Some(Severity::Error) => Some(tokens.bad),
        Some(Severity::Warning) => Some(tokens.warn),
        _ => unsaved(),
    }
}

fn method_chip(ui: &Ui, rect: Rect, method: Option<Method>) {
    let tokens = theme::of(ui);
    let color = match method {
        Some(Method::Get) => tokens.good,
        Some(Method::Post) => tokens.accent,
        Some(Method::Put) => tokens.warn,
        Some(Method::Delete) => tokens.bad,
        Some(Method::Patch) => tokens.syntax_constant,
        None => tokens.faint,
    };
    let chip = Rect::from_center_size(rect.center(), Vec2::new(rect.width(), 16.0));
    ui.painter().rect_filled(chip, CornerRadius::same(4), theme::tint(color));
    let text = match method {
        Some(Method::Delete) => "DEL",
        Some(method) => method.as_str(),
        None => "?",
    };
    let font = egui::FontId::new(size::TINY, theme::semibold());
    ui.painter().text(chip.center(), egui::Align2::CENTER_CENTER, text, font, color);
}

fn split(rect: Rect, width: f32) -> (Rect, Rect) {
    let at = (rect.left() + width).min(rect.right());
    (rect.with_max_x(at), rect.with_min_x(at))
}

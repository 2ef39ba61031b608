//! The overview: what the bundle is, how much of what it holds, and all its routes at a glance.

use egui::{CornerRadius, Frame, Margin, RichText, ScrollArea, Ui, Vec2};
use egui_material_icons::icons::*;

use crate::bundle::{Bundle, Severity, printable, printable_line};
use crate::workbench::callable;
use crate::workbench::command::{Command, Commands};
use crate::workbench::outline::toolchain_name;
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

/// Draws the overview.
pub fn show(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    let Some(bundle) = session.bundle() else { return };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(space::XL as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, session, bundle);
            ui.add_space(space::M);
            figures(ui, session, bundle);
            ui.add_space(space::L);
            next_steps(ui, session, state, commands);
            ui.add_space(space::L);
            routes(ui, bundle, commands);
            ui.add_space(space::L);
            modules(ui, bundle);
        });
    });
}

fn title(ui: &mut Ui, session: &Session, bundle: &Bundle) {
    let tokens = theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        let name = printable_line(&bundle.display_name(), 120);
        ui.label(RichText::new(name).family(theme::semibold()).size(size::DISPLAY));
        if let Some(version) = &bundle.manifest.version {
            widgets::chip(ui, &printable_line(&version.value, 40), tokens.accent);
        }
    });
    if let Some(description) = &bundle.manifest.description {
        let text = RichText::new(printable(description)).color(tokens.muted);
        ui.add(egui::Label::new(text).wrap());
    }
    let root = RichText::new(session.place().display().to_string()).size(size::SMALL).color(tokens.faint);
    ui.add(egui::Label::new(root).truncate());
}

fn figures(ui: &mut Ui, session: &Session, bundle: &Bundle) {
    let tokens = theme::of(ui);
    let sum = |count: fn(&crate::bundle::Service) -> usize| bundle.services.iter().map(count).sum::<usize>();
    let errors = session.count(Severity::Error);
    let count = |name, count, color| (name, text::grouped(count), color);
    let figures = [
        count("Services", bundle.services.len(), tokens.text),
        count("Endpoints", sum(|service| service.endpoints.len()), tokens.text),
        count("Intents", sum(|service| service.intents.len()), tokens.text),
        count("Goals", sum(|service| service.goals.len()), tokens.text),
        count("Modules", bundle.modules.len(), tokens.text),
        count("Errors", errors, if errors == 0 { tokens.good } else { tokens.bad }),
    ];
    widgets::figures(ui, if ui.available_width() < 520.0 { 3 } else { 6 }, &figures);
}

fn next_steps(ui: &mut Ui, session: &Session, state: &State, commands: &mut Commands) {
    let errors = session.count(Severity::Error);
    widgets::heading(ui, "Next");
    ui.horizontal_wrapped(|ui| {
        if errors > 0 {
            widgets::command_button(ui, Command::NextProblem, state, commands);
        }
        widgets::command_button(ui, Command::ShowRunner, state, commands);
        widgets::command_button(ui, Command::MeasureGoals, state, commands);
        widgets::command_button(ui, Command::ShowExport, state, commands);
        widgets::command_button(ui, Command::NewService, state, commands);
        widgets::command_button(ui, Command::NewEndpoint, state, commands);
        widgets::command_button(ui, Command::NewIntent, state, commands);
        widgets::command_button(ui, Command::NewGoal, state, commands);
    });
}

fn routes(ui: &mut Ui, bundle: &Bundle, commands: &mut Commands) {
    let tokens = theme::of(ui);
    widgets::heading(ui, "Routes");
    if bundle.services.iter().all(|service| service.endpoints.is_empty()) {
        widgets::muted(ui, "No service has an endpoint yet");
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for service in &bundle.services {
        for (at, endpoint) in service.endpoints.iter().enumerate() {
            let key = format!("services/{}/endpoint/{at}", service.file);
            let route = callable::route(service, endpoint);
            let row = widgets::row(ui, size::ROW, false, egui::accesskit::Role::Button, &format!("Route {route}"));
            let inner = row.rect.shrink2(Vec2::new(space::S, 0.0));
            let to = endpoint.to.as_ref().map(|to| text::one_line(&to.value.to_string())).unwrap_or_default();
            let (width, _) = widgets::paint_text(ui, inner, RichText::new(&route).monospace(), tokens.text);
            let rest = inner.with_min_x((inner.left() + width + space::L).min(inner.right()));
            widgets::paint_text_right(ui, rest, RichText::new(&to).size(size::SMALL), tokens.faint);
            if row.on_hover_text(format!("{route}\n{to}")).clicked() {
                commands.push(Command::Select(key));
            }
        }
    }
}

fn modules(ui: &mut Ui, bundle: &Bundle) {
    let tokens = theme::of(ui);
    ui.spacing_mut().item_spacing.y = space::S;
    widgets::heading(ui, "Modules");
    if bundle.modules.is_empty() {
        widgets::muted(ui, "Put compiled modules into wasm/, each named after its service");
    }
    for module in &bundle.modules {
        let frame =
            Frame::new().fill(tokens.surface).corner_radius(CornerRadius::same(8)).inner_margin(Margin::same(10));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                widgets::icon(ui, ICON_DEPLOYED_CODE, tokens.muted);
                ui.label(RichText::new(text::one_line(&module.file)).family(theme::semibold()));
                widgets::muted(ui, text::bytes(module.size));
            });
            match &module.inspection {
                Err(reason) => {
                    let reason = RichText::new(printable(reason)).color(tokens.bad);
                    ui.add(egui::Label::new(reason).wrap());
                }
                Ok(inspection) => {
                    let functions: Vec<&str> =
                        inspection.callable_functions().map(|export| export.name.as_str()).collect();
                    let toolchain = toolchain_name(inspection.toolchain());
                    let line = format!("{toolchain}: {}", text::one_line(&functions.join(", ")));
                    widgets::remark(ui, line);
                }
            }
        });
    }
}

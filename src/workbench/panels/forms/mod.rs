//! The forms: at the side for what is in a service's file, as dialogs for what makes new files.
//!
//! A form shows what it would write while it is filled in, and writes nothing itself.

mod endpoint;
mod fields;
mod goal;
mod intent;
mod new_bundle;
mod new_service;
mod preview;
mod service;

use egui::{Frame, Margin, Panel, RichText, ScrollArea, Ui};
use egui_material_icons::icons::*;

use crate::bundle::change::{List, Subject};
use crate::workbench::command::{Command, Commands};
use crate::workbench::forms::{Form, FormKey};
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};
use fields::Fields;

pub use new_bundle::show as new_bundle;
pub use new_service::show as new_service;

/// Draws the open form.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    // Taken out while it is drawn, so that it may read the rest of the state.
    let Some(mut form) = state.session.as_mut().and_then(|session| session.form.take()) else {
        widgets::empty(ui, "No form is open", "Right-click an entry in the explorer to change it");
        return;
    };
    buttons(ui, &form, state, commands);
    if let Some(session) = &state.session {
        egui::CentralPanel::default().frame(Frame::new()).show(ui, |ui| contents(ui, &mut form, session, commands));
    }
    if let Some(session) = &mut state.session {
        session.form = Some(form);
    }
}

fn contents(ui: &mut Ui, form: &mut Form, session: &Session, commands: &mut Commands) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        // The scroll bar has its own place.
        ui.set_width(ui.available_width() - space::M);
        heading(ui, form, session, commands);
        let before = form.trimmed();
        let mut fields = Fields::new(ui, form);
        match fields.form.key.subject {
            Subject::Service => service::show(&mut fields, session),
            Subject::New(List::Endpoints) | Subject::Entry(List::Endpoints, _) => endpoint::show(&mut fields, session),
            Subject::New(List::Intents) | Subject::Entry(List::Intents, _) => intent::show(&mut fields, session),
            Subject::New(List::Goals) | Subject::Entry(List::Goals, _) => goal::show(&mut fields),
            Subject::New(List::Services) | Subject::Entry(List::Services, _) => {}
        }
        let keys = fields.keys;
        if keys.entered {
            commands.push(Command::SubmitForm);
        } else if keys.escaped {
            commands.push(Command::CloseForm);
        }
        if before != form.trimmed() {
            // The logic of the next frame drafts the change.
            ui.ctx().request_repaint();
        }
        preview::show(ui, form);
    });
}

/// What the form makes, and where.
fn heading(ui: &mut Ui, form: &mut Form, session: &Session, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let Some(bundle) = session.bundle() else { return };
    ui.add_space(space::XS);
    let name = |file: &str| {
        let service = bundle.services.iter().find(|service| service.file == file);
        service.map_or_else(|| text::one_line(file), |service| text::one_line(&service.name.value))
    };
    if !form.is_new() || bundle.services.len() < 2 {
        ui.horizontal(|ui| {
            widgets::icon(ui, ICON_DNS, tokens.muted);
            widgets::muted(ui, format!("{} · {}", name(&form.key.file), text::one_line(&form.key.file)));
        });
        return;
    }
    fields::label(ui, "Service", false);
    let width = ui.available_width();
    let shown = egui::ComboBox::from_id_salt("service of the form").selected_text(name(&form.key.file)).width(width);
    let response = shown.truncate().show_ui(ui, |ui| {
        for service in &bundle.services {
            let chosen = service.file == form.key.file;
            if ui.selectable_label(chosen, text::one_line(&service.name.value)).clicked() && !chosen {
                let values = form.values.clone();
                *form = Form::new(FormKey { file: service.file.clone(), subject: form.key.subject }, values);
                commands.push(Command::ShowForm(form.key.clone()));
            }
        }
    });
    response.response.accessible_name("Service of the new entry");
    ui.add_space(space::S);
}

/// The row at the bottom, with the reason where the change cannot be made.
fn buttons(ui: &mut Ui, form: &Form, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let frame = Frame::new().inner_margin(Margin { top: space::M as i8, ..Margin::ZERO });
    Panel::bottom("form buttons").frame(frame).show_separator_line(false).show(ui, |ui| {
        let obstacle = form.obstacle();
        let name = if form.is_new() { "Create" } else { "Save changes" };
        ui.horizontal(|ui| {
            let color = if obstacle.is_none() { tokens.on_accent } else { tokens.muted };
            let fill = if obstacle.is_none() { tokens.accent } else { tokens.raised };
            let label = RichText::new(name).family(theme::semibold()).color(color);
            let button = egui::Button::new((ICON_CHECK.rich_text().color(color), label)).fill(fill);
            let response = ui.add_enabled(obstacle.is_none(), button).accessible_name(name);
            let response = response.on_disabled_hover_text(obstacle.clone().unwrap_or_default());
            if response.on_hover_text("Write it into the editor; one step to undo (Enter)").clicked() {
                commands.push(Command::SubmitForm);
            }
            widgets::command_button(ui, Command::CloseForm, state, commands);
        });
        let refused = form.drafted.as_ref().is_some_and(|drafted| drafted.result.is_err());
        if let Some(reason) = obstacle {
            let color = if refused { tokens.bad } else { tokens.muted };
            let reason = RichText::new(text::one_line(&reason)).size(size::SMALL).color(color);
            ui.add(egui::Label::new(reason).wrap());
        }
    });
}

//! Requests: writing one, sending it, its answer; and the gateway with its log.

use egui::{Align, ComboBox, Layout, RichText, ScrollArea, TextEdit, Ui};
use egui_material_icons::icons::*;

use crate::bundle::{Method, whole_path};
use crate::platform::Entry;
use crate::workbench::command::{Command, Commands};
use crate::workbench::jobs::Kind;
use crate::workbench::output::OutputMode;
use crate::workbench::requests::{Exchange, Gate, KEPT_PER_SECOND, Page, Requests};
use crate::workbench::state::{Session, State};
use crate::workbench::theme::{self, size, space};
use crate::workbench::{text, widgets};

const BODY_ROWS: usize = 6;
/// Width of the columns of the log: status, method, latency.
const STATUS: f32 = 34.0;
const METHOD: f32 = 62.0;
const LATENCY: f32 = 78.0;
/// Methods that can be sent beside those that endpoints have.
const FURTHER: [&str; 2] = ["HEAD", "OPTIONS"];

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let Some(session) = &mut state.session else { return };
    ui.horizontal(|ui| {
        for (page, name) in [(Page::Send, "Request"), (Page::Gateway, "Gateway")] {
            if widgets::tab(ui, session.requests.page == page, name).clicked() {
                session.requests.page = page;
            }
        }
    });
    ui.add_space(space::S);
    match session.requests.page {
        Page::Gateway => gateway(ui, state, commands),
        Page::Send => {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                write(ui, state, commands);
                ui.add_space(space::M);
                answer(ui, state, commands);
            });
        }
    }
}

fn write(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    if let Some(session) = &state.session {
        endpoints(ui, session, commands);
    }
    if let Some(session) = &mut state.session {
        let requests = &mut session.requests;
        ui.horizontal(|ui| {
            methods(ui, requests);
            let hint = "Path, such as /api/v1/users";
            if widgets::field(ui, &mut requests.path, "Path of the request", hint).changed() {
                requests.note_path();
            }
        });
        parameters(ui, requests);
        widgets::remark(ui, "Query");
        widgets::field(ui, &mut requests.query, "Query of the request", "Such as limit=10&sort=name");
        widgets::remark(ui, "Headers, one a line; functions do not see them");
        lines(ui, &mut requests.headers, "Headers of the request", "Such as accept: application/json", 1);
        widgets::remark(ui, "Body");
        requests.body.show(ui, "request body", "Body of the request (JSON)", BODY_ROWS);
        if let Some(origin) = requests.origin().cloned() {
            widgets::remark(ui, format!("Filled in: {}", text::one_line(&origin.to_string())));
        }
        if let Some(error) = requests.body.error() {
            let line = format!("Line {}, column {}: {}", error.line, error.column, text::one_line(&error.message));
            let color = theme::of(ui).bad;
            ui.add(egui::Label::new(RichText::new(line).size(size::SMALL).color(color)).truncate());
        }
    }
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        widgets::primary_button(ui, Command::SendRequest, state, commands).accessible_name("Send request");
        if state.activity(Kind::Request).is_some() {
            let color = theme::of(ui).accent;
            ui.add(egui::Spinner::new().size(14.0).color(color)).accessible_name("Sending");
        }
        widgets::command_button(ui, Command::CopyAsCurl, state, commands);
    });
    paste(ui, state, commands);
}

fn endpoints(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(bundle) = session.bundle() else { return };
    let requests = &session.requests;
    let label = RichText::new("Pick an endpoint").color(theme::of(ui).muted);
    let combo = ComboBox::from_id_salt("endpoint").selected_text(label).width(ui.available_width()).height(360.0);
    let response = combo.show_ui(ui, |ui| {
        ui.set_min_width(300.0);
        for service in &bundle.services {
            let base = service.base_path.as_ref().map_or("", |base| base.value.as_str());
            if !service.endpoints.is_empty() {
                widgets::muted(ui, text::one_line(&service.name.value));
            }
            for endpoint in &service.endpoints {
                let (Some(method), Some(path)) = (&endpoint.method, &endpoint.path) else { continue };
                let (method, path) = (method.value.as_str(), whole_path(base, &path.value));
                let chosen = requests.method == method && requests.path == path;
                let name = text::one_line(&endpoint.name.value);
                let shown = RichText::new(&name).size(size::SMALL).color(theme::of(ui).faint);
                let label = format!("{method} {}", text::one_line(&path));
                let button = egui::Button::selectable(chosen, label).shortcut_text(shown);
                if ui.add(button).accessible_name(format!("Pick endpoint {name}")).clicked() {
                    commands.push(Command::PickEndpoint(method.to_owned(), path));
                }
            }
        }
        if bundle.services.iter().all(|service| service.endpoints.is_empty()) {
            widgets::muted(ui, "The bundle has no endpoints");
        }
    });
    response.response.accessible_name("Endpoint to ask");
}

fn methods(ui: &mut Ui, requests: &mut Requests) {
    let label = RichText::new(&requests.method).family(theme::semibold());
    let response = ComboBox::from_id_salt("method").selected_text(label).width(86.0).show_ui(ui, |ui| {
        for method in Method::ALL.iter().map(|method| method.as_str()).chain(FURTHER) {
            let chosen = requests.method == method;
            if ui.add(egui::Button::selectable(chosen, method)).accessible_name(format!("Method {method}")).clicked() {
                requests.method = method.to_owned();
            }
        }
    });
    response.response.accessible_name("Method of the request");
}

fn parameters(ui: &mut Ui, requests: &mut Requests) {
    for (name, value) in &mut requests.parameters {
        let shown = text::one_line(name);
        widgets::remark(ui, format!("Path parameter {shown}"));
        widgets::field(ui, value, &format!("Path parameter {shown}"), "value");
    }
}

/// A field for several lines of plain text.
fn lines(ui: &mut Ui, text: &mut String, name: &str, hint: &str, rows: usize) {
    let tokens = theme::of(ui);
    let edit = TextEdit::multiline(text)
        .hint_text(RichText::new(hint).color(tokens.faint))
        .desired_width(f32::INFINITY)
        .desired_rows(rows)
        .background_color(tokens.canvas)
        .font(egui::TextStyle::Monospace);
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, tokens.border);
        ui.add(edit).accessible_name(name);
    });
}

fn paste(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let title = RichText::new("Paste a curl command").size(size::SMALL).color(theme::of(ui).muted);
    egui::CollapsingHeader::new(title).id_salt("curl").show(ui, |ui| {
        if let Some(session) = &mut state.session {
            lines(ui, &mut session.requests.curl, "Curl command", "curl -X POST http://localhost/api/v1/users", 2);
        }
        widgets::command_button(ui, Command::ReadCurl, state, commands).accessible_name("Take over curl command");
    });
    let Some(session) = &state.session else { return };
    for remark in &session.requests.remarks {
        widgets::remark(ui, text::one_line(remark));
    }
}

fn answer(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    let Some(session) = &mut state.session else { return };
    let Some(exchange) = &mut session.requests.exchange else {
        widgets::empty(ui, "No answer yet", "Pick an endpoint, fill in what it needs, and send");
        return;
    };
    head(ui, exchange, commands);
    near_misses(ui, exchange, commands);
    if let Some(body) = &mut exchange.body {
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            widgets::heading(ui, "Body");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let symbol = ICON_CONTENT_COPY.rich_text().size(size::ICON).color(theme::of(ui).muted);
                let button = egui::Button::new(symbol).frame_when_inactive(false);
                let hint = "Copy the body exactly as it was sent";
                if ui.add(button).accessible_name("Copy body of the answer").on_hover_text(hint).clicked() {
                    commands.push(Command::Copy(exchange.raw.clone()));
                }
            });
        });
        let mode = body.mode(None);
        if let Some(note) = body.show(ui, "Body of the answer", mode, commands) {
            widgets::remark(ui, note);
        }
    }
    let headers = RichText::new("Headers").size(size::SMALL).color(theme::of(ui).muted);
    egui::CollapsingHeader::new(headers).id_salt("answer headers").show(ui, |ui| {
        for (name, value) in &exchange.headers {
            widgets::muted(ui, format!("{name}: {}", text::one_line(value)));
        }
    });
    if let Some(input) = &mut exchange.input {
        let title = RichText::new("Input of the function").size(size::SMALL).color(theme::of(ui).muted);
        egui::CollapsingHeader::new(title).id_salt("answer input").show(ui, |ui| {
            input.show(ui, "Input of the function", OutputMode::Text, commands);
        });
    }
    if !exchange.logs.is_empty() {
        let title =
            RichText::new(format!("Logs ({})", exchange.logs.len())).size(size::SMALL).color(theme::of(ui).muted);
        egui::CollapsingHeader::new(title).id_salt("answer logs").show(ui, |ui| {
            for line in exchange.logs.iter().take(200) {
                super::report::log_line(ui, line);
            }
        });
    }
}

fn head(ui: &mut Ui, exchange: &Exchange, commands: &mut Commands) {
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        let status = widgets::chip(ui, &exchange.status.to_string(), status_color(tokens, exchange.status));
        status.on_hover_text(reason(exchange.status));
        widgets::muted(ui, format!("{}  ·  {}", reason(exchange.status), text::duration(exchange.took)));
    });
    widgets::muted(ui, text::one_line(&exchange.request));
    if let Some((endpoint, function)) = &exchange.resolved {
        ui.horizontal(|ui| {
            widgets::muted(ui, format!("Endpoint {}", text::one_line(endpoint)));
            if ui.link(text::one_line(function)).on_hover_text("Show the function in the runner").clicked()
                && let Ok(crate::bundle::FunctionRef::Wasm { service, function }) =
                    crate::bundle::FunctionRef::parse(function)
            {
                commands.push(Command::PickFunction(crate::workbench::callable::FunctionKey { service, function }));
                commands.push(Command::ShowRunner);
            }
        });
    }
    if let Some(timings) = &exchange.timings {
        let parts = [
            ("instantiate", timings.instantiate),
            ("copy in", timings.copy_in),
            ("run", timings.run),
            ("copy out", timings.copy_out),
        ];
        let parts = parts.map(|(name, time)| format!("{name} {}", text::duration(time)));
        widgets::remark(ui, parts.join("  ·  "));
    }
}

fn near_misses(ui: &mut Ui, exchange: &Exchange, commands: &mut Commands) {
    if exchange.near.is_empty() {
        return;
    }
    ui.add_space(space::S);
    let color = theme::of(ui).warn;
    widgets::banner(ui, ICON_SIGNPOST, color, |ui| {
        widgets::heading(ui, "What came near");
        for near in &exchange.near {
            let label = format!("{} {}", near.method.as_str(), text::one_line(&near.path));
            let link = ui.link(label).on_hover_text("Ask this endpoint instead");
            if link.clicked() {
                commands.push(Command::PickEndpoint(near.method.as_str().to_owned(), near.path.clone()));
            }
            widgets::remark(ui, text::one_line(&near.difference));
        }
    });
}

fn status_color(tokens: &theme::Tokens, status: u16) -> egui::Color32 {
    match status {
        0..300 => tokens.good,
        300..500 => tokens.warn,
        _ => tokens.bad,
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No content",
        400 => "Bad request",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Method not allowed",
        408 => "Request timeout",
        413 => "Body too large",
        500 => "Internal error",
        501 => "Not implemented",
        503 => "Over capacity",
        504 => "Timeout",
        _ => "Answered",
    }
}

fn gateway(ui: &mut Ui, state: &mut State, commands: &mut Commands) {
    serving_fields(ui, state);
    switch(ui, state, commands);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        widgets::heading(ui, "Request log");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::icon_button(ui, Command::ClearRequestLog, state, commands);
        });
    });
    let Some(session) = &mut state.session else { return };
    let requests = &mut session.requests;
    widgets::field(ui, &mut requests.filter, "Filter of the request log", "Filter by method, path, status or function");
    let entries = requests.log.entries();
    let shown: Vec<&Entry> = entries.iter().rev().filter(|entry| holds(entry, requests.filter.trim())).collect();
    if shown.is_empty() {
        let hint = match (&requests.serving, entries.is_empty()) {
            (_, false) => "No entry holds the text of the filter",
            (Gate::Open(_), true) => "Send something to the address above",
            _ => "Start the gateway, then send something to its address",
        };
        widgets::empty(ui, "No requests", hint);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::ROW, shown.len(), |ui, range| {
        for entry in shown.get(range).unwrap_or_default() {
            row(ui, entry);
        }
    });
}

/// The fields that say how to serve, while it does not.
fn serving_fields(ui: &mut Ui, state: &mut State) {
    let Some(session) = &mut state.session else { return };
    let requests = &mut session.requests;
    if !matches!(requests.serving, Gate::Closed | Gate::Failed(_)) {
        return;
    }
    widgets::remark(ui, "Port");
    widgets::field(ui, &mut requests.port, "Port of the gateway", "Any that is free");
    widgets::remark(ui, "Origin of pages that may ask (CORS)");
    let hint = "None; such as http://localhost:5173";
    widgets::field(ui, &mut requests.origin_allowed, "Origin that may ask", hint);
    ui.add_space(space::XS);
}

fn switch(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let tokens = theme::of(ui);
    let Some(session) = &state.session else { return };
    ui.horizontal(|ui| match &session.requests.serving {
        Gate::Closed | Gate::Failed(_) => {
            widgets::primary_button(ui, Command::StartGateway, state, commands);
        }
        Gate::Opening | Gate::Closing => {
            ui.add(egui::Spinner::new().size(14.0).color(tokens.accent)).accessible_name("Gateway is busy");
            widgets::muted(ui, "One moment");
        }
        Gate::Open(_) => {
            widgets::command_button(ui, Command::StopGateway, state, commands);
            if let Some(address) = session.requests.address()
                && ui.link(&address).on_hover_text("Copy the address").clicked()
            {
                commands.push(Command::Copy(address));
            }
        }
    });
    if let Gate::Failed(reason) = &session.requests.serving {
        widgets::banner(ui, ICON_ERROR, tokens.bad, |ui| drop(widgets::remark(ui, reason.as_str())));
    }
    let (kept, left_out) = session.requests.kept.counts();
    if left_out > 0 {
        let (kept, left_out) = (text::grouped(kept as usize), text::grouped(left_out as usize));
        let line = format!("The history kept {kept}, and left out {left_out} beyond {KEPT_PER_SECOND} a second");
        widgets::remark(ui, line);
    }
    let about = "Serves this bundle as it is in the editor, on this machine only. See /.workbench/openapi.json";
    widgets::remark(ui, about);
}

fn holds(entry: &Entry, filter: &str) -> bool {
    let filter = filter.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&filter);
    filter.is_empty()
        || holds(&entry.method)
        || holds(&entry.target)
        || holds(&entry.status.to_string())
        || entry.function.as_deref().is_some_and(holds)
}

fn row(ui: &mut Ui, entry: &Entry) {
    let tokens = theme::of(ui);
    let target = text::one_line(&entry.target);
    let name = format!("Request {} {} {target}", entry.status, text::one_line(&entry.method));
    let response = widgets::row(ui, size::ROW, false, egui::accesskit::Role::ListItem, &name);
    let rect = response.rect.shrink2(egui::vec2(space::XS, 0.0));
    let (status, rest) = rect.split_left_right_at_x(rect.left() + STATUS);
    let (method, rest) = rest.split_left_right_at_x(rest.left() + METHOD);
    let (path, latency) = rest.split_left_right_at_x((rest.right() - LATENCY).max(rest.left()));
    let small = |text: String| RichText::new(text).size(size::SMALL);
    let status_text = small(entry.status.to_string()).family(theme::semibold());
    widgets::paint_text(ui, status, status_text, status_color(tokens, entry.status));
    widgets::paint_text(ui, method, small(text::one_line(&entry.method)), tokens.muted);
    widgets::paint_text(ui, path, small(target.clone()), tokens.text);
    widgets::paint_text_right(ui, latency, small(text::duration(entry.latency)), tokens.muted);
    response.on_hover_text(format!(
        "{target}\n{}\n{} in, {} out",
        entry.function.as_deref().map_or_else(|| "no function".into(), text::one_line),
        text::bytes(entry.request_bytes),
        text::bytes(entry.response_bytes),
    ));
}

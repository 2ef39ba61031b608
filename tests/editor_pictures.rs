//! Pictures of the editor in both themes, to be looked at and compared.
//!
//! They are left out, with a message, where there is no wgpu adapter (in software: lavapipe).

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod pictures;

use egui::{Key, Modifiers, Theme, vec2};
use egui_kittest::Harness;
use priostack_workbench::bundle::{Code, Diagnostic, Severity, Span};
use priostack_workbench::workbench::editor::{CodeView, Editor, JsonField, Language};
use priostack_workbench::workbench::theme;

const SERVICE: &str = include_str!("fixtures/pictures/service.yaml");

struct Screen {
    editor: Editor,
    input: JsonField,
    broken: JsonField,
    output: CodeView,
    diagnostics: Vec<Diagnostic>,
}

fn diagnostic(part: &str, severity: Severity, message: &str) -> Diagnostic {
    let start = SERVICE.find(part).unwrap();
    Diagnostic {
        code: Code::ManifestMissing,
        severity,
        file: "services/user-service.yaml".into(),
        span: Some(Span::new(start, start + part.len())),
        position: None,
        message: message.into(),
        help: Some("Did you mean `createUser`?".into()),
        fixes: Vec::new(),
        choices: Vec::new(),
    }
}

fn screen() -> Screen {
    Screen {
        editor: Editor::new(SERVICE.into()),
        input: JsonField::new("{\n  \"email\": \"ada@example.org\",\n  \"age\": 36,\n  \"admin\": true\n}".into()),
        broken: JsonField::new("{\"email\": oops}".into()),
        output: CodeView::new("{\n  \"id\": \"u-1\",\n  \"tags\": [\"new\", null]\n}".into(), Language::Json),
        diagnostics: vec![
            diagnostic("wasm:user-service:creatUser", Severity::Error, "user-service exports no function `creatUser`"),
            diagnostic("latency_p96", Severity::Warning, "`latency_p96` is no metric the platform knows"),
        ],
    }
}

fn draw(ui: &mut egui::Ui, screen: &mut Screen) {
    egui::Panel::right("side").exact_size(300.0).show(ui, |ui| {
        ui.add_space(8.0);
        ui.label("Input");
        screen.input.show(ui, "input", "Input", 6);
        ui.label("Broken input");
        screen.broken.show(ui, "broken", "Broken input", 3);
        ui.label("Output");
        screen.output.show(ui, "output", "Output", 12);
    });
    let frame = egui::Frame::new().fill(theme::of(ui).canvas);
    egui::CentralPanel::default().frame(frame).show(ui, |ui| {
        screen.editor.show(ui, "editor", "services/user-service.yaml", &screen.diagnostics, None);
    });
}

fn picture(theme: Theme, name: &str, finding: bool) {
    let mut harness = Harness::builder()
        .with_size(vec2(1000.0, 640.0))
        .with_theme(theme)
        .with_max_steps(20)
        .with_context_setup(theme::install)
        .build_ui_state(draw, screen());
    let at = SERVICE.find('{').unwrap() + 1;
    harness.state_mut().editor.reveal(Span::new(at, at));
    harness.run();
    if finding {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::H);
        harness.run_steps(4);
        harness.event(egui::Event::Text("user".into()));
        harness.run_steps(4);
        harness.hover_at(egui::pos2(250.0, 296.0));
        harness.run_steps(8);
    }
    pictures::compare(&mut harness, name, 200);
}

#[test]
fn the_editor_in_dark() {
    picture(Theme::Dark, "editor_dark", true);
}

#[test]
fn the_editor_in_light() {
    picture(Theme::Light, "editor_light", false);
}

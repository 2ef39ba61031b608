//! Help while editing as a user meets it: folding, completions, quick fixes and what hovering says.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use priostack_workbench::bundle::assist::{Functions, KnownFunction, Subject};
use priostack_workbench::bundle::{Diagnostic, Loaded, Overlay, Reader};
use priostack_workbench::workbench::editor::{Asked, Editor, Knowledge};
use priostack_workbench::workbench::theme;

const FILE: &str = "services/user-service.yaml";

/// An editor of a file of a real bundle, which is read again with the present text before each frame.
struct Screen {
    editor: Editor,
    reader: Reader,
    loaded: Loaded,
    functions: Functions,
    asked: Vec<Asked>,
    _folder: tempfile::TempDir,
}

impl Screen {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["services", "wasm"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        let manifest = "name: shop\nversion: 1.0.0\nservices:\n  - path: services/user-service.yaml\n";
        std::fs::write(folder.path().join("bundle.yaml"), manifest).unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let module = "(module (memory (export \"memory\") 1)
            (func (export \"create_user\") (param i32 i32) (result i64) i64.const 0)
            (func (export \"delete_user\") (param i32 i32) (result i64) i64.const 0))";
        std::fs::write(folder.path().join("wasm/user-service.wasm"), wat::parse_str(module).unwrap()).unwrap();
        let known = |name: &str| KnownFunction { name: name.into(), signature: "bytes to bytes".into() };
        let functions = Functions::from([("user-service".into(), vec![known("create_user"), known("delete_user")])]);
        let mut reader = Reader::new(folder.path());
        let loaded = reader.read(&Overlay::new());
        Self { editor: Editor::new(text.into()), reader, loaded, functions, asked: Vec::new(), _folder: folder }
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let overlay = Overlay::from([(FILE.to_owned(), self.editor.text().to_owned())]);
        self.loaded = self.reader.read(&overlay);
        let facts = |_: &Subject| vec![("Measured".to_owned(), "p95 12 µs".to_owned())];
        let knowledge =
            Knowledge { bundle: &self.loaded.bundle, functions: &self.functions, file: FILE, facts: &facts };
        let here = |diagnostic: &&Diagnostic| diagnostic.file == FILE;
        let diagnostics = self.loaded.diagnostics.iter().filter(here);
        let shown = self.editor.show(ui, "file", FILE, diagnostics, Some(knowledge));
        self.asked.extend(shown.asked);
    }
}

/// A focused editor with the caret at `|`.
fn editor(text: &str) -> Harness<'static, Screen> {
    let caret = text.find('|').unwrap_or(text.len());
    let mut screen = Screen::new(&text.replacen('|', "", 1));
    screen.editor.reveal(priostack_workbench::bundle::Span::new(caret, caret));
    let mut harness = Harness::builder()
        .with_size(vec2(900.0, 420.0))
        .with_max_steps(20)
        .with_step_dt(0.1)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, screen: &mut Screen| screen.show(ui), screen);
    harness.run();
    harness
}

fn type_text(harness: &mut Harness<'_, Screen>, text: &str) {
    for character in text.chars() {
        harness.event(Event::Text(character.into()));
        harness.run();
    }
}

fn press(harness: &mut Harness<'_, Screen>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run();
}

/// The text with `|` at the caret.
fn text(harness: &Harness<'_, Screen>) -> String {
    let editor = &harness.state().editor;
    let (before, after) = editor.text().split_at(editor.caret());
    format!("{before}|{after}")
}

/// The lines of the open list; empty where none is open.
fn listed(harness: &Harness<'_, Screen>) -> Vec<String> {
    let options = harness.query_all_by_role(egui::accesskit::Role::ListBoxOption);
    options.filter_map(|option| option.accesskit_node().label()).collect()
}

const SERVICE: &str = "name: user-service\napi:\n  basePath: /users\n  endpoints:\n    - name: createUser\n      \
                       method: POST\n      path: /\n      to: wasm:user-service:createUser\n";

#[test]
fn folding_hides_lines_and_the_caret_steps_over_them() {
    let mut harness = editor(&SERVICE.replace("api:", "ap|i:"));
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::OpenBracket);
    let value = |harness: &Harness<'_, Screen>| harness.get_by_label(FILE).value().unwrap();
    assert_eq!(value(&harness), "name: user-service\napi:\n");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    type_text(&mut harness, "x");
    assert!(harness.state().editor.text().ends_with("createUser\nx"), "{}", text(&harness));
    harness.get_by_label_contains("Unfold 6 lines").click();
    harness.run();
    assert!(value(&harness).contains("basePath"));
    harness.state_mut().editor.fold_all();
    harness.run();
    assert!(!value(&harness).contains("basePath"));
    harness.state_mut().editor.reveal(priostack_workbench::bundle::Span::new(60, 60));
    harness.run();
    assert!(value(&harness).contains("endpoints"), "a place that is gone to is unfolded");
}

#[test]
fn typing_a_reference_offers_services_then_the_functions_of_the_module() {
    let mut harness = editor(&SERVICE.replace("wasm:user-service:createUser", "|"));
    type_text(&mut harness, "wasm:");
    assert_eq!(listed(&harness), ["user-service"]);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let functions = listed(&harness);
    assert!(functions.iter().any(|name| name == "createUser"), "{functions:?}");
    assert!(functions.iter().any(|name| name == "deleteUser"), "{functions:?}");
    type_text(&mut harness, "del");
    assert_eq!(listed(&harness), ["deleteUser"]);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert!(text(&harness).contains("to: wasm:user-service:deleteUser|"), "{}", text(&harness));
    assert!(listed(&harness).is_empty());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(text(&harness).contains("to: wasm:user-service:del|"), "taking a proposal is one step of undo");
}

#[test]
fn a_list_can_be_asked_for_left_and_clicked() {
    let mut harness = editor(&SERVICE.replace("POST", "|"));
    harness.state_mut().editor.open_completions();
    harness.run();
    assert_eq!(listed(&harness), ["GET", "POST", "PUT", "DELETE", "PATCH"]);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(listed(&harness).is_empty());
    harness.state_mut().editor.open_completions();
    harness.run();
    press(&mut harness, Modifiers::NONE, Key::ArrowUp);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(text(&harness).contains("method: PATCH|"), "{}", text(&harness));
    harness.state_mut().editor.undo();
    harness.state_mut().editor.open_completions();
    harness.run();
    harness.get_by_label("DELETE").click();
    harness.run();
    assert!(text(&harness).contains("method: DELETE|"), "{}", text(&harness));
}

#[test]
fn typing_words_of_a_description_opens_no_list() {
    let mut harness = editor("name: user-service\ndescription: |");
    for word in ["creates", " ", "POST", " users"] {
        type_text(&mut harness, word);
        assert!(listed(&harness).is_empty(), "after {word:?}");
    }
}

#[test]
fn the_light_bulb_offers_the_fixes_of_the_caret_s_line() {
    let mut harness = editor(&SERVICE.replace("createUser\n      m", "createUser|\n      m").replace("POST", "PSOT"));
    assert!(harness.query_by_label("Quick fixes").is_none(), "this line has no problem");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    harness.get_by_label("Quick fixes").click();
    harness.run();
    let fixes = listed(&harness);
    assert_eq!(fixes.first().map(String::as_str), Some("Change to POST"), "{fixes:?}");
    assert!(fixes.iter().any(|fix| fix == "Copy problem"));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state().asked, [Asked::Fix(0, 0)]);
    assert!(text(&harness).contains("PSOT"), "the editor leaves the change to its owner");
}

#[test]
fn hovering_a_reference_tells_of_its_function() {
    let mut harness = editor(SERVICE);
    let editor = harness.get_by_label(FILE).rect();
    // The eighth line, within `createUser`; see `place` in the tests of the mouse.
    harness.hover_at(editor.min + vec2(66.5 + 7.5 * 30.0, 6.0 + 19.0 * 7.5));
    harness.run_steps(20);
    assert!(harness.query_by_label("p95 12 µs").is_some());
    assert!(harness.query_by_label_contains("wasm/user-service.wasm").is_some());
}

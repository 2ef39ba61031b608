//! The editor as a user meets it: found by its accessible name, clicked, typed into.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, OutputCommand, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use priostack_workbench::bundle::{Code, Diagnostic, Severity, Span};
use priostack_workbench::workbench::editor::Editor;
use priostack_workbench::workbench::theme;

const FILE: &str = "services/user-service.yaml";
const SERVICE: &str = "# The users service\nname: user-service\nport: 8080\nendpoints:\n  - name: createUser\n";

struct Screen {
    editor: Editor,
    diagnostics: Vec<Diagnostic>,
    changes: usize,
}

fn harness(text: &str) -> Harness<'static, Screen> {
    let screen = Screen { editor: Editor::new(text.into()), diagnostics: Vec::new(), changes: 0 };
    let mut harness = Harness::builder()
        .with_size(vec2(640.0, 320.0))
        .with_max_steps(20)
        .with_step_dt(0.1)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, screen: &mut Screen| {
                let shown = screen.editor.show(ui, "file", FILE, &screen.diagnostics, None);
                screen.changes += usize::from(shown.changed);
            },
            screen,
        );
    harness.run();
    harness
}

fn focused(text: &str) -> Harness<'static, Screen> {
    let mut harness = harness(text);
    harness.state_mut().editor.focus();
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

fn text(harness: &Harness<'_, Screen>) -> String {
    harness.state().editor.text().to_owned()
}

fn copied(harness: &Harness<'_, Screen>) -> Option<String> {
    harness.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

fn diagnostic(span: Span) -> Diagnostic {
    Diagnostic {
        code: Code::ManifestMissing,
        severity: Severity::Error,
        file: FILE.into(),
        span: Some(span),
        position: None,
        message: "The port is taken".into(),
        help: Some("Choose another port".into()),
        fixes: Vec::new(),
        choices: Vec::new(),
    }
}

#[test]
fn a_click_puts_the_caret_there_and_typing_changes_the_text() {
    let mut harness = harness(SERVICE);
    let editor = harness.get_by_role_and_label(Role::MultilineTextInput, FILE);
    assert!(editor.value().unwrap().starts_with("# The users service\nname"));
    editor.click();
    harness.run();
    assert_eq!(harness.state().editor.cursor(), (6, 1));
    harness.get_by_label(FILE).type_text("version: 1");
    harness.run();
    assert_eq!(text(&harness), format!("{SERVICE}version: 1"));
    assert_eq!(harness.state().changes, 1);
}

#[test]
fn a_new_line_is_indented_as_its_place_asks_for() {
    let mut harness = focused("");
    for (typed, expected) in [
        ("endpoints:", "endpoints:\n  "),
        ("- name: createUser", "  - name: createUser\n    "),
        ("input: {", "    input: {\n      "),
        ("a: 1", "      a: 1\n      "),
    ] {
        type_text(&mut harness, typed);
        press(&mut harness, Modifiers::NONE, Key::Enter);
        assert!(text(&harness).ends_with(expected), "{:?}", text(&harness));
    }
    type_text(&mut harness, "}");
    assert!(text(&harness).ends_with("a: 1\n    }"), "{:?}", text(&harness));
}

#[test]
fn undo_and_redo_go_through_all_steps() {
    let mut harness = focused("a\n");
    type_text(&mut harness, "xy");
    press(&mut harness, Modifiers::NONE, Key::End);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    type_text(&mut harness, "z");
    assert_eq!(text(&harness), "xya\nz\n");
    for expected in ["xya\n\n", "xya\n", "a\n", "a\n"] {
        press(&mut harness, Modifiers::COMMAND, Key::Z);
        assert_eq!(text(&harness), expected);
    }
    assert!(!harness.state().editor.can_undo());
    for expected in ["xya\n", "xya\n\n", "xya\nz\n"] {
        press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        assert_eq!(text(&harness), expected);
    }
}

#[test]
fn the_keyboard_selects_and_the_clipboard_takes_and_gives() {
    let mut harness = focused("name: a\nport: 1\n");
    press(&mut harness, Modifiers::SHIFT, Key::End);
    harness.event(Event::Copy);
    harness.step();
    assert_eq!(copied(&harness).as_deref(), Some("name: a"));
    press(&mut harness, Modifiers::COMMAND, Key::End);
    harness.event(Event::Paste("x: 1\r\ny: 2".into()));
    harness.run();
    assert_eq!(text(&harness), "name: a\nport: 1\nx: 1\ny: 2");
    harness.event(Event::Cut);
    harness.step();
    assert_eq!(copied(&harness).as_deref(), Some("y: 2\n"));
    assert_eq!(text(&harness), "name: a\nport: 1\nx: 1");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    type_text(&mut harness, "-");
    assert_eq!(text(&harness), "-");
}

/// A place on screen by column and row: beside the gutter of three digits, columns of 7.5 points, rows of 19.
fn place(harness: &Harness<'_, Screen>, column: f32, row: f32) -> egui::Pos2 {
    harness.get_by_label(FILE).rect().min + vec2(66.5 + 7.5 * column, 6.0 + 19.0 * (row + 0.5))
}

#[test]
fn the_mouse_selects_by_dragging_words_and_lines() {
    let mut harness = harness("name: createUser\nport: 1\n");
    let (from, to) = (place(&harness, 0.1, 0.0), place(&harness, 3.1, 1.0));
    harness.drag_at(from);
    harness.run();
    harness.hover_at(to);
    harness.run();
    harness.drop_at(to);
    harness.run();
    assert_eq!(harness.state().editor.selection(), Span::new(0, 20));
    for (clicks, expected) in [(2, Span::new(6, 16)), (3, Span::new(0, 17))] {
        let word = place(&harness, 8.0, 0.0);
        harness.hover_at(word);
        harness.run_steps(20);
        for _ in 0..clicks {
            for pressed in [true, false] {
                let button = egui::PointerButton::Primary;
                harness.event(Event::PointerButton { pos: word, button, pressed, modifiers: Modifiers::NONE });
                harness.step();
            }
        }
        harness.run();
        assert_eq!(harness.state().editor.selection(), expected);
    }
}

#[test]
fn lines_are_indented_commented_moved_and_copied() {
    let mut harness = focused("a: 1\nb: 2\nc: 3\n");
    press(&mut harness, Modifiers::SHIFT, Key::ArrowDown);
    press(&mut harness, Modifiers::SHIFT, Key::End);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!(text(&harness), "  a: 1\n  b: 2\nc: 3\n");
    press(&mut harness, Modifiers::SHIFT, Key::Tab);
    assert_eq!(text(&harness), "a: 1\nb: 2\nc: 3\n");
    press(&mut harness, Modifiers::COMMAND, Key::Slash);
    assert_eq!(text(&harness), "# a: 1\n# b: 2\nc: 3\n");
    press(&mut harness, Modifiers::COMMAND, Key::Slash);
    press(&mut harness, Modifiers::ALT, Key::ArrowDown);
    assert_eq!(text(&harness), "c: 3\na: 1\nb: 2\n");
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    press(&mut harness, Modifiers::ALT | Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(text(&harness), "a: 1\nb: 2\na: 1\nb: 2\nc: 3\n");
}

#[test]
fn line_endings_are_kept_and_new_lines_get_the_same() {
    let mut harness = focused("a: 1\r\nb: 2\r\n");
    press(&mut harness, Modifiers::NONE, Key::End);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    type_text(&mut harness, "x");
    press(&mut harness, Modifiers::NONE, Key::Delete);
    assert_eq!(text(&harness), "a: 1\r\nxb: 2\r\n");
    press(&mut harness, Modifiers::NONE, Key::Backspace);
    press(&mut harness, Modifiers::NONE, Key::Backspace);
    assert_eq!(text(&harness), "a: 1b: 2\r\n");
}

#[test]
fn hovering_a_problem_explains_it_and_its_place_moves_with_the_text() {
    let mut harness = harness(SERVICE);
    let at = SERVICE.find("8080").unwrap();
    harness.state_mut().diagnostics = vec![diagnostic(Span::new(at, at + 4))];
    harness.run();
    harness.state_mut().editor.apply_edit(Span::new(0, 0), "# One more line\n");
    harness.run();
    let port = place(&harness, 7.0, 3.0);
    harness.hover_at(port);
    harness.run_steps(80);
    harness.get_by_label("The port is taken");
    harness.get_by_label("Choose another port");
    harness.get_by_label("manifest-missing");
}

#[test]
fn revealing_scrolls_selects_and_takes_the_focus() {
    let mut harness = harness(&"key: value\n".repeat(3000));
    harness.state_mut().editor.reveal(Span::new(11 * 2000, 11 * 2000 + 3));
    harness.run_steps(40);
    assert_eq!(harness.state().editor.cursor(), (2001, 1));
    assert_eq!(harness.state().editor.selection(), Span::new(22_000, 22_003));
    assert!(harness.get_by_label(FILE).is_focused());
    harness.event(Event::Text("name".into()));
    harness.run();
    let shown = harness.get_by_label(FILE).value().unwrap();
    assert!(shown.contains("name: value") && shown.lines().count() < 30, "{shown}");
}

#[test]
fn finding_counts_goes_round_and_replaces() {
    let mut harness = focused("a: cat\nb: Cat\nc: dog\nd: cat\n");
    press(&mut harness, Modifiers::COMMAND, Key::H);
    harness.get_by_label("Find").type_text("cat");
    harness.run();
    harness.get_by_label("1 of 3");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("2 of 3");
    harness.get_by_label("Previous match").click();
    harness.run();
    harness.get_by_label("1 of 3");
    harness.get_by_label("Match case").click();
    harness.run();
    harness.get_by_label("1 of 2");
    harness.get_by_label("Replace with").click();
    harness.run();
    harness.get_by_label("Replace with").type_text("bird");
    harness.run();
    harness.get_by_label("Replace all").click();
    harness.run();
    assert_eq!(text(&harness), "a: bird\nb: Cat\nc: dog\nd: bird\n");
    harness.get_by_label("Close find bar").click();
    harness.run();
    assert!(harness.get_by_label(FILE).is_focused());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&harness), "a: cat\nb: Cat\nc: dog\nd: cat\n");
}

#[test]
fn an_input_method_composes_before_it_commits() {
    use egui::ImeEvent;
    let mut harness = focused("a: \n");
    press(&mut harness, Modifiers::NONE, Key::End);
    harness.event(Event::Ime(ImeEvent::Preedit { text: "ni".into(), active_range_chars: None }));
    harness.run();
    assert_eq!(text(&harness), "a: \n");
    harness.event(Event::Ime(ImeEvent::Commit("né".into())));
    harness.run();
    assert_eq!(text(&harness), "a: né\n");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&harness), "a: \n");
}

#[test]
fn assistive_technology_can_set_the_text() {
    let mut harness = harness("a: 1\n");
    harness.get_by_label(FILE).set_text_value_accesskit("b: 2\n");
    harness.run();
    assert_eq!(text(&harness), "b: 2\n");
    assert_eq!(harness.state().changes, 1);
}

#[test]
fn a_text_of_one_very_long_line_can_be_edited() {
    let mut harness = focused(&format!("data: {}", "é0123456".repeat(120_000)));
    press(&mut harness, Modifiers::NONE, Key::End);
    type_text(&mut harness, "!");
    assert!(text(&harness).ends_with("6!"));
    press(&mut harness, Modifiers::NONE, Key::Home);
    type_text(&mut harness, "x");
    assert!(text(&harness).starts_with("xdata"));
}

#[test]
fn a_file_that_changed_on_disk_replaces_the_text() {
    let mut harness = focused("a: 1\nb: 2\n");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    type_text(&mut harness, "x");
    let revision = harness.state().editor.revision();
    harness.state_mut().editor.set_text("a: 1\nb: 3\n".into());
    harness.run();
    let editor = &harness.state().editor;
    assert!(editor.revision() > revision && !editor.can_undo());
    assert_eq!(editor.cursor(), (2, 2));
}

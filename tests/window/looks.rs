//! How the window looks and is driven: palette, theme, keyboard, small sizes, rest.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use crate::support::Window;

#[test]
fn the_palette_finds_a_command_and_gives_it() {
    let mut window = Window::on_sample();
    window.press(Modifiers::COMMAND, Key::K);
    window.type_into("Command palette", "light theme");
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.run_steps(3);
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    assert!(!window.has("Command palette"));
}

#[test]
fn the_palette_goes_to_a_function() {
    let mut window = Window::on_sample();
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    window.type_into("Command palette", "function checkPassword");
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::ArrowUp);
    window.press(Modifiers::NONE, Key::Enter);
    let session = window.harness.state().state().session.as_ref().unwrap();
    assert_eq!(session.runner.picked.as_ref().unwrap().function, "checkPassword");
}

#[test]
fn the_theme_is_remembered() {
    let mut window = Window::on_sample();
    let before = window.harness.ctx.theme();
    window.click("Toggle dark and light");
    assert_ne!(window.harness.ctx.theme(), before);
    let path = window.folder.path().join("settings.json");
    window.wait("settings are written", move |_| std::fs::read_to_string(&path).unwrap().contains("\"theme\": \""));
}

#[test]
fn nothing_is_clipped_in_the_smallest_window() {
    let size = egui::vec2(900.0, 600.0);
    let mut window = Window::on_sample_sized(size, "{}");
    window.harness.run_steps(4);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
    for name in [
        "Run picked function",
        "Export…",
        "Toggle dark and light",
        "Search commands",
        "Input (JSON)",
        "Editor of bundle.yaml",
        "Filter explorer",
    ] {
        let rect = window.harness.query_all_by_label(name).next().unwrap_or_else(|| panic!("{name}")).rect();
        assert!(screen.expand(0.5).contains_rect(rect), "{name} lies at {rect:?}");
        assert!(rect.width() > 12.0, "{name} lies at {rect:?}");
    }
}

#[test]
fn the_window_comes_to_rest() {
    let mut window = Window::on_sample();
    window.wait("no job is shown", |harness| harness.state().state().activities.is_empty());
    assert!(window.harness.try_run().is_ok(), "something asks for a repaint again and again");
}

#[test]
fn every_dialog_opens_and_closes_by_keyboard() {
    let mut window = Window::on_sample();
    for (modifiers, key, title) in [
        (Modifiers::COMMAND, Key::E, "Archive path"),
        (Modifiers::COMMAND, Key::Comma, "Limits"),
        (Modifiers::NONE, Key::F1, "Keyboard shortcuts"),
        (Modifiers::COMMAND, Key::O, "Bundle folder"),
    ] {
        window.press(modifiers, key);
        window.wait_for_label(title);
        window.press(Modifiers::NONE, Key::Escape);
        assert!(window.harness.state().state().dialog.is_none(), "{title} is still open");
    }
}

#[test]
fn tab_reaches_the_controls_one_after_the_other() {
    let mut window = Window::on_sample();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..12 {
        window.press(Modifiers::NONE, Key::Tab);
        seen.insert(window.harness.ctx.memory(|memory| memory.focused()));
    }
    assert!(seen.len() > 8, "the focus stays in place: {seen:?}");
}

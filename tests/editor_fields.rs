//! The JSON field and the code view as a user meets them.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use egui::{Event, Key, Modifiers, OutputCommand, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use priostack_workbench::workbench::editor::{CodeView, JsonField, Language};
use priostack_workbench::workbench::theme;

struct Screen {
    input: JsonField,
    output: CodeView,
}

fn harness(input: &str, output: String) -> Harness<'static, Screen> {
    let screen = Screen { input: JsonField::new(input.into()), output: CodeView::new(output, Language::Json) };
    let mut harness = Harness::builder()
        .with_size(vec2(400.0, 400.0))
        .with_max_steps(20)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, screen: &mut Screen| {
                screen.input.show(ui, "input", "Input", 6);
                screen.output.show(ui, "output", "Output", 8);
            },
            screen,
        );
    harness.run();
    harness
}

#[test]
fn typed_json_is_the_value_and_a_mistake_is_explained_where_it_stands() {
    let mut harness = harness("", "{}".into());
    harness.get_by_label("Input").click();
    harness.run();
    harness.get_by_label("Input").type_text("{\"age\": 36}");
    harness.run();
    assert_eq!(harness.state_mut().input.value().unwrap(), serde_json::json!({"age": 36}));

    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness.get_by_label("Input").type_text("{\"age\": oops}");
    harness.run();
    let error = harness.state_mut().input.value().unwrap_err();
    assert_eq!((error.line, error.column, error.to_string().as_str()), (1, 9, "expected value at line 1 column 9"));
    let corner = harness.get_by_label("Input").rect().min;
    harness.hover_at(corner + vec2(8.0 + 7.5 * 9.0, 16.0));
    harness.run_steps(20);
    harness.get_by_label("expected value");
}

#[test]
fn a_megabyte_of_output_is_shown_in_part_and_copied_whole() {
    let lines: Vec<String> = (0..40_000).map(|index| format!("  \"key {index}\": [{index}, null]")).collect();
    let output = format!("{{\n{}\n}}", lines.join(",\n"));
    assert!(output.len() > 1_000_000);
    let mut harness = harness("1", output.clone());
    assert!(harness.get_by_label("Output").value().unwrap().lines().count() <= 9);
    harness.get_by_label("Output").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness.event(Event::Text("typed".into()));
    harness.event(Event::Paste("pasted".into()));
    harness.key_press(Key::Backspace);
    harness.run();
    assert_eq!(harness.state().output.text().len(), output.len());
    harness.event(Event::Copy);
    harness.step();
    let commands = &harness.output().platform_output.commands;
    assert!(commands.iter().any(|command| matches!(command, OutputCommand::CopyText(text) if *text == output)));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::End);
    harness.run();
    assert!(harness.get_by_label("Output").value().unwrap().contains("\"key 39999\""));
}

#[test]
fn text_in_a_code_view_can_be_found() {
    let mut harness = harness("1", "{\n  \"a\": 1,\n  \"b\": 2\n}".into());
    harness.get_by_label("Output").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_label("Find").type_text("[ab]");
    harness.run();
    harness.get_by_label("Regular expression").click();
    harness.run();
    harness.get_by_label("2 matches");
}

//! What a keystroke and a scrolled frame cost, printed as numbers to watch: `cargo test --test editor_speed -- --nocapture`.
//!
//! The bounds are wide, for slow and busy machines: they only catch a cost that grows with the text.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

use std::time::Instant;

use egui::{Event, vec2};
use egui_kittest::Harness;
use priostack_workbench::bundle::Span;
use priostack_workbench::workbench::editor::{Editor, preload};
use priostack_workbench::workbench::theme;

fn yaml(lines: usize) -> String {
    let endpoint = "  - name: createUser # one of many\n    method: POST\n    path: /users/{id}\n    retries: 3\n    input: { a: 1, b: \"two\" }\n";
    format!("endpoints:\n{}", endpoint.repeat(lines / 5))
}

/// Milliseconds of CPU for a frame with a keystroke, and for one without.
fn frame_costs(lines: usize) -> (f64, f64) {
    preload();
    let text = yaml(lines);
    let middle = text.len() / 2;
    let middle = middle + text[middle..].find('\n').unwrap();
    let mut harness = Harness::builder()
        .with_size(vec2(1200.0, 900.0))
        .with_context_setup(theme::install)
        .build_ui_state(|ui, editor: &mut Editor| _ = editor.show(ui, "file", "file", &[], None), Editor::new(text));
    harness.state_mut().reveal(Span::new(middle, middle));
    // Highlighting from the top down to the middle goes on over many frames.
    harness.run_steps(3 + lines / 30);
    let began = Instant::now();
    for _ in 0..60 {
        harness.event(Event::Text("x".into()));
        harness.step();
    }
    let typing = began.elapsed().as_secs_f64() * 1e3 / 60.0;
    let began = Instant::now();
    harness.run_steps(60);
    (typing, began.elapsed().as_secs_f64() * 1e3 / 60.0)
}

#[test]
fn the_cost_of_a_keystroke_hardly_grows_with_the_text() {
    let costs = [500, 5_000, 50_000].map(|lines| {
        let (typing, still) = frame_costs(lines);
        println!("{lines} lines: {typing:.2} ms a frame with a keystroke, {still:.2} ms a still frame");
        typing
    });
    assert!(costs[2] < costs[0] * 10.0 + 20.0, "{costs:?}");
}

#[test]
fn loading_the_syntaxes_is_printed() {
    let began = Instant::now();
    preload();
    println!("loading the syntaxes: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    preload();
    assert!(began.elapsed().as_millis() < 50);
}

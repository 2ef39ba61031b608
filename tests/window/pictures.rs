//! Pictures of the whole window in both themes. They need a wgpu adapter (in software: lavapipe) and
//! are left out, with a message, where there is none. `UPDATE_SNAPSHOTS=1` takes them anew.

use egui_kittest::kittest::Queryable;

use crate::comparison;
use crate::support::Window;

const MANIFEST: &str = "# A bundle for pictures\nname: orders\nversion: 1.4.0\ndescription: Orders of a small shop\n\nservices:\n  - path: services/orders.yaml\n";
const SERVICE: &str = include_str!("orders.yaml");

fn picture(theme: &str) {
    let settings = format!(r#"{{"theme": "{theme}"}}"#);
    let mut window = Window::on_files_with(&settings, &[("bundle.yaml", MANIFEST), ("services/orders.yaml", SERVICE)]);
    window.wait_for_label("Service orders");
    window.click("Endpoint placeOrder");
    window.wait("no job is left", |harness| harness.state().state().activities.is_empty());
    // The folder's path differs from machine to machine, and the caret blinks.
    let path = window.harness.query_all_by_label_contains("orders   ").next().map(|node| node.rect());
    if let Some(rect) = path {
        window.harness.mask(rect.expand(2.0));
    }
    window.harness.run_steps(4);
    comparison::compare(&mut window.harness, &format!("window_{theme}"), 800);
}

#[test]
fn the_window_in_the_dark() {
    picture("dark");
}

#[test]
fn the_window_in_the_light() {
    picture("light");
}

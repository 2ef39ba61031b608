//! Pictures of the whole window in both themes. They need a wgpu adapter (in software: lavapipe) and
//! are left out, with a message, where there is none. `UPDATE_SNAPSHOTS=1` takes them anew.

use egui_kittest::kittest::Queryable;

use crate::comparison;
use crate::support::Window;

const MANIFEST: &str = "# A bundle for pictures\nname: orders\nversion: 1.4.0\ndescription: Orders of a small shop\n\nservices:\n  - path: services/orders.yaml\n";
const SERVICE: &str = include_str!("orders.yaml");

fn picture(name: &str, theme: egui::Theme) {
    let mut window = Window::on_files(&[("bundle.yaml", MANIFEST), ("services/orders.yaml", SERVICE)]);
    window.wait_for_label("Service orders");
    window.click("Endpoint placeOrder");
    window.wait("no job is left", |harness| harness.state().state().activities.is_empty());
    if window.harness.ctx.theme() != theme {
        window.click("Toggle dark and light");
        window.click("Endpoint placeOrder");
    }
    assert_eq!(window.harness.ctx.theme(), theme);
    window.harness.set_render_cursor(false);
    window.harness.run_steps(4);
    // The folder's path differs from machine to machine.
    let path = window.harness.get_by_label_contains("orders   ").rect();
    window.harness.mask(egui::Rect::from_x_y_ranges(path.left()..=900.0, path.y_range()));
    comparison::compare(&mut window.harness, name, 800);
}

#[test]
fn the_window_in_the_dark() {
    picture("window_dark", egui::Theme::Dark);
}

#[test]
fn the_window_in_the_light() {
    picture("window_light", egui::Theme::Light);
}

//! Settling what a module does not tell.

use std::fs;

use crate::support::Window;

const SERVICE: &str = "name: shop\napi:\n  basePath: /shop\n  endpoints:\n    - name: call\n      method: POST\n      path: /\n      to: wasm:shop:ignore\n";

#[test]
fn one_click_settles_how_a_function_is_called_and_is_remembered() {
    let mut window = Window::on_files(&[
        ("bundle.yaml", "name: test\nversion: 1.0.0\nservices:\n  - path: services/shop.yaml\n"),
        ("services/shop.yaml", SERVICE),
    ]);
    let module = wat::parse_str(include_str!("../modules/wat/ignores-its-input.wat")).unwrap();
    fs::create_dir_all(window.bundle().join("wasm")).unwrap();
    fs::write(window.bundle().join("wasm/shop.wasm"), module).unwrap();
    window.click("Reload from disk");
    window.wait_for_label("Function ignore");
    window.wait_for_part("1 warning");
    window.click("Run function");
    window.wait_for_label("Choose how ignore is called");
    window.click("Choose how ignore is called");
    window.click("It takes a `string`");
    window.wait("the warning to go", |harness| {
        use egui_kittest::kittest::Queryable;
        harness.query_all_by_label_contains("1 warning").next().is_none()
    });
    let settings = fs::read_to_string(window.bundle().join(".workbench/settings.yaml")).unwrap();
    assert_eq!(settings, "modules:\n  shop:\n    functions:\n      ignore: string\n");
}

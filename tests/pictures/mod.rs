//! Comparing a picture with the committed one, where the machine can draw it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use egui_kittest::{Harness, SnapshotOptions};

/// Set where a machine without a wgpu adapter is a failure, not an excuse.
const REQUIRED: &str = "PRIOSTACK_PICTURES_REQUIRED";

/// Compares what `harness` shows with `tests/snapshots/<name>.png`; up to `pixels` may differ, for
/// drivers round differently. Leaves it out, with a message, where there is no wgpu adapter (in
/// software: lavapipe). `UPDATE_SNAPSHOTS=1` takes the picture anew.
pub fn compare<State>(harness: &mut Harness<'_, State>, name: &str, pixels: usize) {
    let drawn = catch_unwind(AssertUnwindSafe(|| harness.render()));
    if !matches!(drawn, Ok(Ok(_))) {
        assert!(std::env::var_os(REQUIRED).is_none(), "{name} cannot be drawn: no wgpu adapter on this machine");
        eprintln!("{name} is left out: no wgpu adapter on this machine");
        return;
    }
    harness.snapshot_options(name, &SnapshotOptions::new().threshold(1.2).max_failed_pixels(pixels));
}

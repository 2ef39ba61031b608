//! Opening the window on a desktop, and saying in one sentence why that does not work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command as Process;

use super::app::{App, Options};
use super::archives::ArchiveFolder;
use super::journal::JournalFolder;
use super::settings::SettingsFile;

const TITLE: &str = "PrioStack Workbench";
const APP_ID: &str = "priostack-workbench";
/// Set for the second attempt, so that there is no third.
const RETRIED: &str = "PRIOSTACK_WORKBENCH_WITHOUT_WAYLAND";

/// Why the window did not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no display to open it on.
    #[error("there is no display to open a window on: {reason}")]
    NoDisplay {
        /// What is missing.
        reason: String,
    },
    /// There is a display, but no window on it.
    #[error("cannot open a window: {reason}")]
    Failed {
        /// Why, and what may help.
        reason: String,
    },
}

/// Opens the window and returns when the user has closed it.
///
/// # Errors
/// When there is no display, or the system's graphics do not work.
pub fn start(bundle: Option<PathBuf>) -> Result<(), StartError> {
    if cfg!(target_os = "linux") && !has_display() {
        return Err(StartError::NoDisplay { reason: "neither DISPLAY nor WAYLAND_DISPLAY is set".into() });
    }
    let result = attempt(bundle.clone());
    match &result {
        Err(_) if can_retry_without_wayland() => retry_without_wayland(bundle).unwrap_or(result),
        _ => result,
    }
}

fn attempt(bundle: Option<PathBuf>) -> Result<(), StartError> {
    let options = Options {
        bundle,
        settings: SettingsFile::of_user(),
        journal: JournalFolder::of_user(),
        archives: ArchiveFolder::of_user(),
        native_dialogs: true,
    };
    let run =
        || eframe::run_native(APP_ID, native_options(), Box::new(|creation| Ok(Box::new(App::new(creation, options)))));
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| explain(&error)),
        Err(panic) => Err(explain_panic(&super::jobs::panic_text(panic.as_ref()))),
    }
}

fn native_options() -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id(APP_ID)
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([900.0, 600.0]);
    eframe::NativeOptions { viewport, persist_window: false, centered: true, ..Default::default() }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn has_display() -> bool {
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}

/// A Wayland display that nobody answers at is not given up for X by itself.
fn can_retry_without_wayland() -> bool {
    let wayland = is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET");
    cfg!(target_os = "linux") && wayland && is_set("DISPLAY") && !is_set(RETRIED)
}

/// Starts this program once more without Wayland: one process can have one event loop only.
fn retry_without_wayland(bundle: Option<PathBuf>) -> Option<Result<(), StartError>> {
    let mut process = Process::new(std::env::current_exe().ok()?);
    process.env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET").env(RETRIED, "1").args(bundle);
    let status = process.status().ok()?;
    Some(if status.success() {
        Ok(())
    } else {
        Err(StartError::Failed { reason: "neither Wayland nor X could show it; the reason is given above".into() })
    })
}

fn explain(error: &eframe::Error) -> StartError {
    let text = error.to_string();
    let last = text.rsplit(": ").next().unwrap_or(&text).trim().to_owned();
    match error {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => {
            let display = std::env::var("DISPLAY").or_else(|_| std::env::var("WAYLAND_DISPLAY")).unwrap_or_default();
            StartError::NoDisplay { reason: format!("nothing answers at {display} ({last})") }
        }
        _ => StartError::Failed { reason: format!("{last}; an up to date graphics driver, or Mesa, may help") },
    }
}

fn explain_panic(text: &str) -> StartError {
    let reason = if text.contains("xkbcommon") {
        "the library libxkbcommon-x11 is missing; on Debian and Ubuntu: apt install libxkbcommon-x11-0".into()
    } else {
        format!("a library broke down: {}", super::text::one_line(text))
    };
    StartError::Failed { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_keyboard_library_is_named_with_its_package() {
        let error = explain_panic("Library libxkbcommon-x11.so could not be loaded.");
        assert!(error.to_string().contains("libxkbcommon-x11-0"), "{error}");
    }

    #[test]
    fn no_display_is_one_sentence() {
        let error = StartError::NoDisplay { reason: "neither DISPLAY nor WAYLAND_DISPLAY is set".into() };
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

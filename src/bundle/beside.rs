//! What lies beside a module and tells how its functions are called: the declarations that its
//! toolchain wrote, and what the user chose. Never decides anything by itself.

use std::path::Path;

use super::settings::{Choices, Settings, SettingsError};

/// The largest file of type declarations that is looked at, in bytes.
const LARGEST_DECLARATIONS: u64 = 1 << 20;

/// What is known about a module besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The TypeScript declarations that a toolchain wrote beside the module (`shop.wasm` and
    /// `shop.d.ts`, as asc --bindings does): they tell the types that signatures leave open.
    pub declarations: Option<String>,
    /// What the user chose for the module in the bundle's settings.
    pub choices: Choices,
    /// Why the settings could not be read.
    pub problem: Option<SettingsError>,
}

impl Beside {
    /// Looks beside the module at `path`, `<bundle>/wasm/<service>.wasm`.
    pub fn of(path: &Path) -> Self {
        let root = path.parent().filter(|folder| folder.ends_with("wasm")).and_then(Path::parent);
        let (settings, problem) = match root.map_or(Ok(Settings::default()), Settings::read) {
            Ok(settings) => (settings, None),
            Err(problem) => (Settings::default(), Some(problem)),
        };
        let service = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        Self { declarations: declarations(path), choices: settings.of(service), problem }
    }
}

/// `None` where there are none, or they are too large to be looked at.
fn declarations(path: &Path) -> Option<String> {
    let file = path.with_extension("d.ts");
    let facts = std::fs::symlink_metadata(&file).ok()?;
    if !facts.is_file() || facts.len() > LARGEST_DECLARATIONS {
        return None;
    }
    std::fs::read_to_string(file).ok()
}

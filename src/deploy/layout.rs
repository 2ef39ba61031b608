//! The two layouts of a bundle's service files: all in one folder, or a folder for each service. Moves files
//! on paper only: what it gives is what an archive will hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::edit::{self, TextEdit};
use crate::bundle::{Bundle, files, yaml};

use super::ExportError;

/// Where an archive has the service files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Layout {
    /// Where the bundle has them.
    #[default]
    AsItIs,
    /// `services/user-service.yaml`
    Flat,
    /// `user-service/user-service.yaml`
    Folder,
}

impl Layout {
    /// The place of the service file that now is `file`.
    fn place(self, file: &str) -> String {
        let name = file.rsplit('/').next().unwrap_or(file);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        match self {
            Self::AsItIs => file.to_owned(),
            Self::Flat => format!("services/{name}"),
            Self::Folder => format!("{stem}/{name}"),
        }
    }
}

/// Gives the service files among `contents` their places in `layout`, and tells the manifest.
///
/// # Errors
/// When two files would have one place.
pub(super) fn lay_out(
    bundle: &Bundle,
    layout: Layout,
    contents: BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Vec<u8>>, ExportError> {
    if layout == Layout::AsItIs {
        return Ok(contents);
    }
    let services: BTreeSet<&str> = bundle.services.iter().map(|service| service.file.as_str()).collect();
    let mut placed = BTreeMap::new();
    for (file, bytes) in contents {
        let place = if services.contains(file.as_str()) { layout.place(&file) } else { file.clone() };
        let bytes = if file == "bundle.yaml" { manifest(bundle, layout, bytes)? } else { bytes };
        if placed.insert(place.clone(), bytes).is_some() {
            return Err(ExportError::Layout { place });
        }
    }
    Ok(placed)
}

/// The manifest with the paths of `layout`, each written over the old one; all else stays.
fn manifest(bundle: &Bundle, layout: Layout, bytes: Vec<u8>) -> Result<Vec<u8>, ExportError> {
    let damaged = || ExportError::Changed { file: "bundle.yaml".into() };
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    let moved = bundle.manifest.services.iter().filter_map(|path| {
        let file = files::normal_path(&path.value).ok()?;
        let place = layout.place(&file);
        (place != path.value).then(|| TextEdit::new(path.span, yaml::quoted_if_needed(&place)))
    });
    let edits: Vec<TextEdit> = moved.collect();
    edit::apply(&edits, &text).map(String::into_bytes).ok_or_else(damaged)
}

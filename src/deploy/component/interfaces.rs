//! What a component says of itself: the names of its imports and exports, and what its modules need of an engine. Reads
//! sections, never code.

use serde::Serialize;
use wasmparser::{BinaryReaderError, Parser, Payload};

/// What a component imports and exports, by the names of its interfaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Interfaces {
    /// Exports, in the component's order.
    pub exports: Vec<String>,
    /// Imports, in the component's order.
    pub imports: Vec<String>,
}

impl Interfaces {
    /// Reads a component's own names, not those of the components in it.
    ///
    /// # Errors
    /// In words, where the bytes are no component.
    pub fn of(component: &[u8]) -> Result<Self, String> {
        let mut found = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(in_words)? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        found.imports.push(import.map_err(in_words)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        found.exports.push(export.map_err(in_words)?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

/// The most tables that one module in a component declares. Engines that keep a pool of instances ready, as
/// `wasmtime serve` does, allow one unless they are told otherwise.
///
/// # Errors
/// In words, where the bytes are no component.
pub fn most_tables(component: &[u8]) -> Result<u32, String> {
    let mut most = 0;
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::TableSection(section) = payload.map_err(in_words)? {
            most = most.max(section.count());
        }
    }
    Ok(most)
}

fn in_words(error: BinaryReaderError) -> String {
    error.to_string()
}

//! What the editor knows of a place in a text: completion, hover, definitions, usages, rename, symbols.
//!
//! Texts hold a `|` where the caret stands.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod complete_entries;
mod complete_keys;
mod complete_references;
mod complete_values;
mod hostile;
mod hover;
mod rename;
mod schema;
mod shop;
mod speed;
mod symbols;
mod usages;

#[path = "../triples/mod.rs"]
mod triples;

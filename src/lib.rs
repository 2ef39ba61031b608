//! PrioStack Workbench: open, edit, run, measure and export PrioStack bundles.
//!
//! The folders are layers; a layer uses only those above it in this list.
//!
//! - [`bundle`]: what a bundle is. Reads the folder, checks it, describes its modules. Plain data:
//!   no engine, no window.
//! - [`sandbox`]: runs one function safely. The engine, its limits, the host functions and the
//!   calling convention of each toolchain.
//! - [`platform`]: what the bundle and its loaded modules make of each other.
//! - [`measure`]: calls functions many times, keeps latency histograms, judges goals.
//! - [`deploy`]: takes a checked bundle elsewhere, today as a reproducible ZIP.
//! - [`cli`]: the jobs from a terminal and CI.
//! - `workbench` (feature `gui`): the jobs in a window.

pub mod bundle;
pub mod cli;
pub mod deploy;
pub mod measure;
pub mod platform;
pub mod sandbox;
#[cfg(feature = "gui")]
pub mod workbench;

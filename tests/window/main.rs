//! The window, driven as a person would: by the names that are seen and that a screen reader says.

#![cfg(feature = "gui")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout
)]

mod archives;
mod assistance;
mod cases;
mod choosing;
#[path = "../pictures/mod.rs"]
mod comparison;
mod determinism;
mod editing;
mod exporting;
mod files;
mod forms;
mod history;
mod jobs;
mod kill;
mod looks;
mod measuring;
mod metering;
mod opening;
mod pictures;
mod profiling;
mod requests;
mod sensors;
mod starting;
mod support;

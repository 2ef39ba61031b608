//! The window: state, one enum of commands, jobs off the UI thread, panels that draw and emit commands.

pub mod app;
mod available;
pub mod callable;
pub mod charts;
pub mod command;
mod dialogs;
pub mod documents;
pub mod editor;
pub mod forms;
pub mod goals;
mod jobs;
pub mod journal;
pub mod load;
pub mod outline;
mod output;
mod palette;
mod panels;
mod programs;
pub mod requests;
pub mod runner;
mod saving;
mod settings;
pub mod simulation;
mod start;
pub mod state;
pub mod text;
pub mod theme;
mod update;
mod watch;
mod widgets;
mod work;

pub use app::{App, Options};
pub use command::Command;
pub use journal::JournalFolder;
pub use settings::{Settings, SettingsFile, ThemeChoice};
pub use start::{StartError, start};

//! The window: state, one enum of commands, jobs off the UI thread, panels that draw and emit commands.

pub mod charts;
pub mod editor;
pub mod theme;

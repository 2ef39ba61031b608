//! Public packages that nobody here wrote, called as they are. `tests/public/fetch.sh FOLDER` downloads
//! them; the tests say that they are left out unless PRIOSTACK_PUBLIC_PACKAGES names that folder.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

#[path = "../sandbox/mod.rs"]
mod sandbox;

mod c;
mod packages;

mod component;
mod extism;
mod go;
mod rust;

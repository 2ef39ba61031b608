//! Public packages that nobody here wrote, called as they are. `tests/public/fetch.sh FOLDER` downloads
//! them; the tests say that they are left out unless PRIOSTACK_PUBLIC_PACKAGES names that folder.

#[path = "../sandbox/mod.rs"]
mod sandbox;

mod packages;

mod rust;

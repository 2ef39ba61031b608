//! Where the downloaded packages are.

use std::path::PathBuf;

/// The file `name` among the downloaded packages; `None`, said aloud, where nothing was downloaded.
pub fn file(name: &str) -> Option<PathBuf> {
    match std::env::var_os("PRIOSTACK_PUBLIC_PACKAGES") {
        Some(folder) => {
            let path = PathBuf::from(folder).join(name);
            assert!(path.is_file(), "{} is missing: run tests/public/fetch.sh", path.display());
            Some(path)
        }
        None => {
            eprintln!("left out: {name} (PRIOSTACK_PUBLIC_PACKAGES is not set)");
            None
        }
    }
}

//! Giving files of a bundle other names: all of them, or none.

use std::path::Path;

use super::names;

/// Renames files below `root`, each from and to a path relative to it (with `/`), creating folders as
/// needed and removing those that became empty. Nothing is overwritten.
///
/// # Errors
/// A sentence that names the file which cannot be renamed; what was renamed before it has its old name again.
pub fn move_files(root: &Path, moves: &[(String, String)]) -> Result<(), String> {
    if let Some((_, to)) = moves.iter().find(|(_, to)| root.join(to).symlink_metadata().is_ok()) {
        return Err(format!("{} exists already; remove or rename it first", names::shown(to)));
    }
    for (done, (from, to)) in moves.iter().enumerate() {
        if let Err(error) = move_one(root, from, to) {
            for (from, to) in moves.iter().take(done) {
                // What could be renamed a moment ago can be renamed back, unless the disk itself fails.
                let _ = move_one(root, to, from);
            }
            return Err(format!("{} cannot be renamed to {}: {error}", names::shown(from), names::shown(to)));
        }
    }
    Ok(())
}

fn move_one(root: &Path, from: &str, to: &str) -> std::io::Result<()> {
    let (from, to) = (root.join(from), root.join(to));
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::rename(&from, &to)?;
    if let Some(folder) = from.parent().filter(|folder| *folder != root) {
        // Fails where something else is left in it, which is then wanted.
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(moves: &[(&str, &str)]) -> Vec<(String, String)> {
        moves.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn files_move_together_and_empty_folders_go() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("user")).unwrap();
        std::fs::write(root.path().join("user/user.yaml"), "a").unwrap();
        std::fs::write(root.path().join("user.wasm"), "b").unwrap();
        let moves = list(&[("user/user.yaml", "people/people.yaml"), ("user.wasm", "people.wasm")]);
        move_files(root.path(), &moves).unwrap();
        assert_eq!(std::fs::read_to_string(root.path().join("people/people.yaml")).unwrap(), "a");
        assert!(root.path().join("people.wasm").exists() && !root.path().join("user").exists());
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_is_left_half_done() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a"), "a").unwrap();
        std::fs::write(root.path().join("b"), "b").unwrap();
        let error = move_files(root.path(), &list(&[("a", "b")])).unwrap_err();
        assert!(error.starts_with("b exists already"), "{error}");
        let error = move_files(root.path(), &list(&[("a", "c"), ("missing", "d")])).unwrap_err();
        assert!(error.starts_with("missing cannot be renamed to d"), "{error}");
        assert_eq!(std::fs::read_to_string(root.path().join("a")).unwrap(), "a");
        assert!(!root.path().join("c").exists());
    }
}

//! Saving texts, and reading saved cases.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use priostack_workbench::bundle::cases::read_cases;
use priostack_workbench::bundle::save::Lock;
use priostack_workbench::bundle::{Expect, SaveError, Stamp, cases_of, save};
use serde_json::json;

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_text_is_saved_and_the_new_stamp_allows_the_next_save() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let stamp = save(&path, "one\n", &Stamp::of_nothing()).unwrap();
    let stamp = save(&path, "two\n", &stamp).unwrap();
    assert_eq!(stamp, Stamp::of_file(&path).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
    assert_eq!(names_in(folder.path()), ["a.yaml"], "no temporary file is left");
}

#[test]
fn a_file_changed_by_somebody_else_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let stamp = save(&path, "mine\n", &Stamp::of_nothing()).unwrap();
    fs::write(&path, "theirs\n").unwrap();
    assert!(matches!(save(&path, "mine again\n", &stamp), Err(SaveError::ChangedOnDisk { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\n");
    fs::remove_file(&path).unwrap();
    assert!(matches!(save(&path, "mine again\n", &stamp), Err(SaveError::DeletedOnDisk { .. })));
    assert!(!path.exists());
    fs::write(&path, "new\n").unwrap();
    assert!(matches!(save(&path, "mine\n", &Stamp::of_nothing()), Err(SaveError::ChangedOnDisk { .. })));
}

#[test]
fn a_file_that_was_only_touched_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let stamp = save(&path, "text\n", &Stamp::of_nothing()).unwrap();
    fs::write(&path, "text\n").unwrap();
    assert!(save(&path, "more\n", &stamp).is_ok());
}

#[test]
fn a_read_only_file_and_a_folder_are_refused_with_their_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let stamp = save(&path, "text\n", &Stamp::of_nothing()).unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert!(matches!(save(&path, "more\n", &stamp), Err(SaveError::ReadOnly { .. })));
    assert!(matches!(save(folder.path(), "more\n", &stamp), Err(SaveError::NotAFile { .. })));
    let missing = folder.path().join("no/such/folder/a.yaml");
    let error = save(&missing, "more\n", &Stamp::of_nothing()).unwrap_err();
    assert!(matches!(&error, SaveError::FolderMissing { .. }), "{error}");
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named_before_and_when_saving() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let stamp = save(&path, "text\n", &Stamp::of_nothing()).unwrap();
    assert_eq!(Lock::of(&path), None);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(Lock::of(&path), Some(Lock::Folder));
    let error = save(&path, "more\n", &stamp).unwrap_err();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(error, SaveError::FolderReadOnly { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "text\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    assert_eq!(Lock::of(&path), Some(Lock::File));
    assert_eq!(names_in(folder.path()), ["a.yaml"], "no temporary file is left");
}

/// A file system of its own would need an administrator; a limit on the size of files gives the same refusal.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_costs_nothing() {
    const CHILD: &str = "PRIOSTACK_WORKBENCH_TEST_FULL_DISK";
    if let Some(path) = std::env::var_os(CHILD) {
        let path = Path::new(&path);
        let error = save(path, &"x".repeat(1 << 20), &Stamp::of_content(b"old\n")).unwrap_err();
        assert!(matches!(error, SaveError::NoSpace { .. }), "{error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    fs::write(&path, "old\n").unwrap();
    // Ignored, the signal about the limit becomes an error of the write.
    let script = r#"trap '' XFSZ; ulimit -f 1; exec "$0" --exact a_full_disk_is_said_and_costs_nothing"#;
    let status = std::process::Command::new("bash")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, &path)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
    assert_eq!(names_in(folder.path()), ["a.yaml"], "no temporary file is left");
}

#[cfg(unix)]
#[test]
fn permissions_are_kept_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("a.yaml"), folder.path().join("link.yaml"));
    let stamp = save(&path, "text\n", &Stamp::of_nothing()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.yaml", &link).unwrap();
    save(&link, "through the link\n", &stamp).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap(), "through the link\n");
}

fn write_case(root: &Path, function: &str, name: &str, text: &str) {
    let folder = root.join(".workbench/cases/users").join(function);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn cases_are_read_in_order_and_broken_ones_are_reported_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_case(root, "createUser", "b.json", r#"{"input": {"a": 1}, "expect": {"contains": {"id": "x"}}}"#);
    write_case(root, "create_user", "a.json", r#"{"input": [1, 2]}"#);
    write_case(root, "createUser", "c.json", r#"{"input": null, "expect": {"error": "required"}}"#);
    write_case(root, "createUser", "d.json", r#"{"input": 0, "expect": {"equals": {"ok": true}}}"#);
    write_case(root, "createUser", "notes.txt", "not a case");
    let broken = [
        ("e.json", "{", "not JSON"),
        ("f.json", "[]", "an object"),
        ("g.json", "{}", "no `input`"),
        ("h.json", r#"{"input": 1, "expect": 7}"#, "`expect` is an object"),
        ("i.json", r#"{"input": 1, "expect": {"equal": 7}}"#, "no expectation `equal`"),
        ("j.json", r#"{"input": 1, "expect": {"error": 7}}"#, "is a text"),
        ("k.json", r#"{"input": 1, "expect": {"equals": 7, "error": "x"}}"#, "one of"),
    ];
    for (name, text, _) in broken {
        write_case(root, "createUser", name, text);
    }
    let (cases, refused) = read_cases(root, "users", "createUser");
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(cases[0].expect, None);
    assert_eq!(cases[1].expect, Some(Expect::Contains(json!({"id": "x"}))));
    assert_eq!(cases[2].expect, Some(Expect::Error(Some("required".into()))));
    assert!(cases[2].expects_error() && !cases[3].expects_error());
    assert_eq!(cases, cases_of(root, "users", "create_user"));
    for ((name, _, expected), found) in broken.iter().zip(&refused) {
        assert!(found.file.ends_with(name) && found.reason.contains(expected), "{found:?}");
    }
    assert_eq!(cases_of(root, "../users", "createUser"), []);
    assert_eq!(cases_of(root, "nobody", "createUser"), []);
}

//! Reading whatever a folder may hold: both layouts, unsaved texts, links, huge, broken and hostile files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::time::Instant;

use priostack_workbench::bundle::{Code, Loaded, Overlay, Reader, Severity};

fn write(root: &Path, file: &str, text: impl AsRef<[u8]>) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(root: &Path) -> Loaded {
    Reader::new(root).read(&Overlay::new())
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

fn manifest(files: &[&str]) -> String {
    let entries: String = files.iter().map(|file| format!("  - path: {file}\n")).collect();
    format!("name: shop\nservices:\n{entries}")
}

#[test]
fn a_folder_that_does_not_exist_is_one_error() {
    let loaded = read(Path::new("/no/such/folder"));
    assert_eq!(codes(&loaded), [Code::FolderUnreadable]);
    assert_eq!(loaded.bundle.display_name(), "folder");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_one_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(codes(&read(file.path())), [Code::FolderUnreadable]);
}

#[test]
fn both_layouts_are_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/flat.yaml", "./own/own.yaml"]));
    write(folder.path(), "services/flat.yaml", "name: flat\n");
    write(folder.path(), "own/own.yaml", "name: own\n");
    let loaded = read(folder.path());
    assert_eq!(loaded.diagnostics, []);
    let files: Vec<&str> = loaded.bundle.services.iter().map(|service| service.file.as_str()).collect();
    assert_eq!(files, ["services/flat.yaml", "own/own.yaml"]);
    assert_eq!(loaded.bundle.manifest.services[1].value, "./own/own.yaml");
}

#[test]
fn an_unsaved_text_stands_in_for_the_file_and_may_be_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    write(folder.path(), "services/a.yaml", "name: a\n");
    let overlay = Overlay::from([
        ("bundle.yaml".into(), manifest(&["services/a.yaml", "services/b.yaml"])),
        ("services/b.yaml".into(), "name: b\n".into()),
    ]);
    let mut reader = Reader::new(folder.path());
    let loaded = reader.read(&overlay);
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.bundle.services.len(), 2);
    assert_eq!(reader.read(&Overlay::new()).bundle.services.len(), 1, "the overlay is not remembered");
}

#[test]
fn a_changed_file_and_a_changed_module_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    write(folder.path(), "services/a.yaml", "name: a\n");
    write(folder.path(), "wasm/a.wasm", "not yet");
    let mut reader = Reader::new(folder.path());
    assert!(reader.read(&Overlay::new()).bundle.modules[0].inspection.is_err());
    write(folder.path(), "services/a.yaml", "name: a\ndescription: changed\n");
    write(folder.path(), "wasm/a.wasm", wat::parse_str("(module (func (export \"f\")))").unwrap());
    let loaded = reader.read(&Overlay::new());
    assert_eq!(loaded.bundle.services[0].description.as_deref(), Some("changed"));
    assert!(loaded.bundle.modules[0].inspection.as_ref().unwrap().find_function("f").is_some());
}

#[test]
fn positions_count_characters_and_spans_count_bytes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", "# größe 日本\nname: \"日本\" # ✓\nversion: 'Ω'\nservices: []\n");
    let loaded = read(folder.path());
    let version = loaded.diagnostics.iter().find(|d| d.code == Code::VersionInvalid).unwrap();
    assert_eq!((version.position.unwrap().line, version.position.unwrap().column), (3, 10));
    let text = &loaded.bundle.sources["bundle.yaml"];
    assert_eq!(&text[version.span.unwrap().start..version.span.unwrap().end], "'Ω'");
    let name = loaded.bundle.manifest.name.unwrap();
    assert_eq!((name.value.as_str(), &text[name.span.start..name.span.end]), ("日本", "\"日本\""));
}

#[test]
fn windows_line_endings_are_no_problem_and_positions_stay_right() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", "name: shop\r\nversion: one\r\nservices: []\r\n");
    let loaded = read(folder.path());
    assert_eq!(codes(&loaded), [Code::VersionInvalid, Code::NoServices]);
    let at = loaded.diagnostics[0].position.unwrap();
    assert_eq!((at.line, at.column), (2, 10));
    let span = loaded.diagnostics[0].span.unwrap();
    assert_eq!(&loaded.bundle.sources["bundle.yaml"][span.start..span.end], "one");
}

#[test]
fn after_a_syntax_error_the_rest_of_the_file_is_still_shown() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    let endpoint =
        |name: &str| format!("    - name: {name}\n      method: GET\n      path: /{name}\n      to: func:{name}\n");
    let text = format!("name: a\napi:\n  endpoints:\n{}      half typed\n{}", endpoint("first"), endpoint("second"));
    write(folder.path(), "services/a.yaml", text);
    let loaded = read(folder.path());
    assert_eq!(codes(&loaded), [Code::YamlSyntax]);
    assert_eq!(loaded.diagnostics[0].position.unwrap().line, 8);
    let names: Vec<&str> = loaded.bundle.services[0].endpoints.iter().map(|e| e.name.value.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn anchors_aliases_and_merge_keys_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    let text = "name: a\nx-defaults: &defaults\n  method: POST\n  to: func:echo\napi:\n  endpoints:\n    - <<: *defaults\n      name: one\n      path: /one\n    - {<<: *defaults, name: two, path: /two, method: GET}\n";
    write(folder.path(), "services/a.yaml", text);
    let loaded = read(folder.path());
    assert_eq!(loaded.diagnostics, []);
    let methods: Vec<&str> =
        loaded.bundle.services[0].endpoints.iter().map(|e| e.method.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(methods, ["POST", "GET"]);
}

#[test]
fn a_bomb_of_aliases_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("name: shop\nx-a: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let previous = format!("*a{}", level - 1);
        text.push_str(&format!("x-a{level}: &a{level} [{}]\n", vec![previous; 9].join(", ")));
    }
    text.push_str("services: *a11\n");
    write(folder.path(), "bundle.yaml", &text);
    let began = Instant::now();
    let loaded = read(folder.path());
    assert!(codes(&loaded).contains(&Code::YamlTooComplex), "{:?}", loaded.diagnostics);
    assert!(began.elapsed().as_secs() < 5);
}

#[test]
fn deep_nesting_is_refused_whether_written_out_or_made_of_aliases() {
    let folder = tempfile::tempdir().unwrap();
    for deep in [
        format!("name: shop\nx: {}{}\n", "[".repeat(100), "]".repeat(100)),
        format!("name: shop\nx: {}\n", "[".repeat(100_000)),
        (0..1000).fold("name: shop\nx0: &x0 [a]\n".to_owned(), |text, level| {
            format!("{text}x{0}: &x{0} [*x{level}]\n", level + 1)
        }),
    ] {
        write(folder.path(), "bundle.yaml", &deep);
        let loaded = read(folder.path());
        let found = codes(&loaded);
        assert!(found.contains(&Code::YamlTooComplex) || found.contains(&Code::YamlSyntax), "{:?}", loaded.diagnostics);
        assert_eq!(loaded.bundle.manifest.name.unwrap().value, "shop");
    }
}

#[test]
fn more_problems_than_anybody_reads_are_cut_off_and_still_block_an_export() {
    let folder = tempfile::tempdir().unwrap();
    let fields: String = (0..1000).map(|number| format!("zzz{number}: 1\n")).collect();
    write(folder.path(), "bundle.yaml", format!("name: shop\nservices: []\n{fields}"));
    let loaded = read(folder.path());
    assert_eq!(loaded.diagnostics.len(), 501);
    let last = loaded.diagnostics.iter().find(|d| d.code == Code::TooManyProblems).unwrap();
    assert_eq!(last.severity, Severity::Error);
}

#[test]
fn a_value_that_holds_itself_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", "name: shop\nservices: &s\n  - *s\n");
    assert!(codes(&read(folder.path())).contains(&Code::YamlUnknownAlias));
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    write(folder.path(), "services/a.yaml", vec![b'#'; (4 << 20) + 1]);
    let module = fs::File::create_new({
        fs::create_dir(folder.path().join("wasm")).unwrap();
        folder.path().join("wasm/b.wasm")
    });
    module.unwrap().set_len((64 << 20) + 1).unwrap();
    let loaded = read(folder.path());
    assert_eq!(codes(&loaded), [Code::FileTooLarge, Code::FileTooLarge]);
}

#[test]
fn a_folder_in_the_place_of_a_file_is_reported_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    fs::create_dir_all(folder.path().join("services/a.yaml")).unwrap();
    let loaded = read(folder.path());
    assert_eq!(codes(&loaded), [Code::FileUnreadable]);
    assert_eq!(loaded.diagnostics[0].file, "services/a.yaml");
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_bundle_and_nowhere_else() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(outside.path(), "secret.yaml", "name: secret\n");
    write(outside.path(), "secret.wasm", wat::parse_str("(module (func (export \"f\")))").unwrap());
    let root = folder.path();
    let listed = ["services/real.yaml", "services/alias.yaml", "services/secret.yaml", "linked/secret.yaml"];
    write(root, "bundle.yaml", manifest(&listed));
    write(root, "services/real.yaml", "name: real\n");
    symlink("real.yaml", root.join("services/alias.yaml")).unwrap();
    symlink(outside.path().join("secret.yaml"), root.join("services/secret.yaml")).unwrap();
    symlink(outside.path(), root.join("linked")).unwrap();
    fs::create_dir(root.join("wasm")).unwrap();
    symlink(outside.path().join("secret.wasm"), root.join("wasm/secret.wasm")).unwrap();
    let loaded = read(root);
    let outside = loaded.diagnostics.iter().filter(|d| d.code == Code::PathOutside).count();
    assert_eq!(outside, 3, "{:?}", loaded.diagnostics);
    assert_eq!(loaded.bundle.services.len(), 2);
    assert!(loaded.bundle.modules.iter().all(|module| module.inspection.is_err()));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_does_not_stall_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/pipe.yaml"]));
    fs::create_dir(folder.path().join("services")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("services/pipe.yaml")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: mkfifo is not available");
        return;
    }
    assert_eq!(codes(&read(folder.path())), [Code::FileUnreadable]);
}

#[cfg(unix)]
#[test]
fn a_file_without_read_permission_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "bundle.yaml", manifest(&["services/a.yaml"]));
    write(folder.path(), "services/a.yaml", "name: a\n");
    let path = folder.path().join("services/a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let loaded = read(folder.path());
    assert_eq!(codes(&loaded), [Code::FileUnreadable]);
    assert_eq!(loaded.diagnostics[0].message, "the file cannot be read: permission denied");
}

#[test]
fn a_bundle_cut_off_at_every_byte_is_still_read() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks/base");
    let folder = tempfile::tempdir().unwrap();
    for file in ["bundle.yaml", "services/user-service.yaml", "services/order-service.yaml"] {
        write(folder.path(), file, fs::read(base.join(file)).unwrap());
    }
    let mut reader = Reader::new(folder.path());
    for file in ["bundle.yaml", "services/user-service.yaml"] {
        let text = fs::read_to_string(base.join(file)).unwrap();
        for end in 0..=text.len() {
            let overlay = Overlay::from([(file.to_owned(), text[..end].to_owned())]);
            let loaded = reader.read(&overlay);
            for diagnostic in &loaded.diagnostics {
                let Some(span) = diagnostic.span else { continue };
                let source = &loaded.bundle.sources[&diagnostic.file];
                assert!(source.get(span.start..span.end).is_some(), "{diagnostic:?} at {end}");
            }
            if file == "bundle.yaml" && end > 80 {
                assert!(!loaded.bundle.services.is_empty(), "half a manifest still shows a service ({end})");
            }
        }
    }
}

/// A number generator that gives the same sequence on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[test]
fn a_bundle_damaged_anyhow_is_still_read_and_its_fixes_still_fit() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks/base");
    let folder = tempfile::tempdir().unwrap();
    let files = ["bundle.yaml", "services/user-service.yaml", "services/order-service.yaml"];
    for file in files {
        write(folder.path(), file, fs::read(base.join(file)).unwrap());
    }
    let pieces = [
        "\t",
        "\n",
        "- ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "#",
        " #",
        "&a ",
        "*a ",
        "!!str ",
        "|\n",
        "> ",
        "<<: ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\u{feff}",
        "\0",
        "é",
        "日本",
        "\r\n",
        "~",
        "? ",
        "@",
        "`",
        "\\",
        "  ",
        "name: x\n",
    ];
    let (mut dice, mut reader) = (Dice(7), Reader::new(folder.path()));
    for _ in 0..3000 {
        let file = files[dice.below(files.len())];
        let mut text: Vec<char> = fs::read_to_string(base.join(file)).unwrap().chars().collect();
        for _ in 0..=dice.below(4) {
            let at = dice.below(text.len());
            let until = if dice.below(2) == 0 { at } else { (at + dice.below(12)).min(text.len()) };
            text.splice(at..until, pieces[dice.below(pieces.len())].chars());
        }
        let text: String = text.into_iter().collect();
        let loaded = reader.read(&Overlay::from([(file.to_owned(), text.clone())]));
        for diagnostic in &loaded.diagnostics {
            let Some(source) = loaded.bundle.sources.get(&diagnostic.file) else { continue };
            let fits = diagnostic.span.is_none_or(|span| source.get(span.start..span.end).is_some());
            let mends = diagnostic.fixes.iter().all(|fix| fix.apply(source).is_some());
            assert!(fits && mends, "{diagnostic:?} in\n{text}");
        }
    }
}

#[test]
fn texts_made_to_be_slow_are_read_in_bounded_time() {
    let folder = tempfile::tempdir().unwrap();
    let size = 2 << 20;
    let repeat = |piece: &str| piece.repeat(size / piece.len());
    let numbered =
        |head: &str, line: fn(usize) -> String| (0..60_000).map(line).fold(head.to_owned(), |all, one| all + &one);
    let texts = [
        repeat("a: 1\n"),
        repeat("[]: 1\n"),
        repeat("*a\n"),
        numbered("name: shop\n", |number| format!("field{number}: 1\n")),
        numbered("services:\n", |_| "- path: services/a.yaml\n".into()),
        numbered("services:\n", |number| format!("- path: services/x{number}.yaml\n")),
        numbered("services:\n", |_| "- nonsense\n".into()),
        format!("name: {}\n", repeat("x")),
        format!("name: \"{}\"\n", repeat("\\n")),
        format!("name: |\n{}", repeat("  line\n")),
        format!("name: {}", repeat("\"")),
        repeat("- - - "),
        repeat("? "),
        repeat("&a "),
        repeat("a:\n- "),
        repeat("{a: "),
        repeat("#\n"),
        repeat("\n"),
        repeat("\t"),
        repeat("a\n"),
        repeat("!"),
        repeat("%"),
    ];
    for text in texts {
        write(folder.path(), "bundle.yaml", &text);
        let began = Instant::now();
        let loaded = read(folder.path());
        let (took, head) = (began.elapsed(), text.chars().take(30).collect::<String>());
        println!("{took:?} for {head:?}, {} diagnostics", loaded.diagnostics.len());
        assert!(took.as_secs() < 20, "{took:?} for {head:?}");
        assert!(loaded.diagnostics.len() <= 5000, "{} diagnostics for {head:?}", loaded.diagnostics.len());
    }
}

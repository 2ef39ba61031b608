//! Files made to harm, or broken in odd ways: each gives a diagnostic within bounded time and memory, and
//! nothing panics. What only looks odd is read without an error.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{Code, Loaded, Overlay, Reader, Severity};

/// What is found where the one service file of a bundle holds `bytes`.
fn service(bytes: impl AsRef<[u8]>) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path());
    fs::write(folder.path().join("services/a.yaml"), bytes).unwrap();
    read(folder.path())
}

fn lay(root: &Path) {
    fs::create_dir_all(root.join("services")).unwrap();
    fs::write(root.join("bundle.yaml"), "name: shop\nservices:\n  - path: services/a.yaml\n").unwrap();
}

/// Reads within a time that no file may exceed, and finds that every span and fix fits its text.
fn read(root: &Path) -> Loaded {
    let began = Instant::now();
    let loaded = Reader::new(root).read(&Overlay::new());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    for diagnostic in &loaded.diagnostics {
        let Some(text) = loaded.bundle.sources.get(&diagnostic.file) else { continue };
        assert!(diagnostic.span.is_none_or(|span| text.get(span.start..span.end).is_some()), "{diagnostic:?}");
        assert!(diagnostic.fixes.iter().all(|fix| fix.apply(text).is_some()), "{diagnostic:?}");
        assert!(diagnostic.message.chars().count() < 500, "{}", diagnostic.message);
        assert!(!diagnostic.message.contains(['\u{1b}', '\u{202e}', '\u{0}']), "{:?}", diagnostic.message);
    }
    loaded
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

fn errors(loaded: &Loaded) -> Vec<Code> {
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|diagnostic| diagnostic.code).collect()
}

#[track_caller]
fn assert_found(text: impl AsRef<[u8]>, code: Code) -> Loaded {
    let loaded = service(text);
    assert!(codes(&loaded).contains(&code), "{code} is not in {:?}", loaded.diagnostics);
    loaded
}

#[test]
fn a_tab_in_the_indentation_is_named_and_one_behind_a_value_is_harmless() {
    assert_found("name: a\napi:\n\tbasePath: /a\n", Code::YamlSyntax);
    assert_eq!(codes(&service("name: a\t\napi:\t# none yet\n  basePath: /a\n")), []);
}

#[test]
fn a_key_that_stands_twice_is_named_however_it_is_written() {
    for text in ["name: a\nname: b\n", "{name: a, name: b}\n", "name: a\n\"name\": b\n", "name: a\n? name\n: b\n"] {
        assert_found(text, Code::YamlDuplicateKey);
    }
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path());
    let file = fs::File::create(folder.path().join("services/a.yaml")).unwrap();
    file.set_len(100 << 20).unwrap();
    let began = Instant::now();
    assert_eq!(errors(&read(folder.path())), [Code::FileTooLarge]);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn ten_megabytes_on_one_line_are_refused_and_four_are_read() {
    assert_found(format!("name: a\ndescription: {}\n", "x".repeat(10 << 20)), Code::FileTooLarge);
    assert_eq!(errors(&service(format!("name: a\ndescription: {}\n", "x".repeat(4_000_000)))), []);
    let flow = format!("name: a\nx-note: [{}1]\n", "'a', ".repeat(150_000));
    assert_eq!(errors(&service(flow)), []);
}

#[test]
fn binary_files_and_other_encodings_are_told_from_text() {
    assert_found(b"\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\xff", Code::NotUtf8);
    assert_found(b"\x89PNG\r\n\x1a\n\x00\x00", Code::NotUtf8);
    assert_found(b"PK\x03\x04\x14\x00\x08\x08\xff\xff", Code::NotUtf8);
    let utf16: Vec<u8> = "name: a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let loaded = assert_found([b"\xff\xfe".as_slice(), &utf16].concat(), Code::NotUtf8);
    assert!(loaded.diagnostics[0].help.as_ref().unwrap().contains("UTF-16"));
    assert_found(b"name: a\ndescription: gr\xfc\xdfe\n", Code::NotUtf8);
    // Without a mark every second byte is zero, which is no text either.
    assert!(!errors(&service(utf16)).is_empty());
}

#[test]
fn a_byte_order_mark_is_named_at_the_beginning_and_within() {
    assert_eq!(codes(&service("\u{feff}name: a\n")), [Code::ByteOrderMark]);
    assert_found("name: a\n\u{feff}version: 1.0.0\n", Code::InvisibleCharacter);
}

#[test]
fn line_endings_of_windows_and_of_old_macs_are_read() {
    assert_eq!(codes(&service("name: a\r\nversion: 1.0.0\r\n")), []);
    assert_eq!(errors(&service("name: a\rversion: 1.0.0\r")), []);
}

#[test]
fn deep_nesting_is_refused_in_every_style() {
    let block: String = (0..200).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    let dashes = format!("x-a:\n  {}a\n", "- ".repeat(5000));
    for text in [format!("x-a: {}", "[".repeat(100_000)), format!("x-a: {}", "{a: ".repeat(50_000)), block, dashes] {
        let found = errors(&service(format!("name: a\n{text}")));
        assert!(found.contains(&Code::YamlTooComplex) || found.contains(&Code::YamlSyntax), "{found:?}");
    }
}

#[test]
fn bombs_of_aliases_and_of_merge_keys_are_refused() {
    let bomb = |merge: bool| {
        let first = if merge { "{k: v}" } else { "[x]" };
        let mut text = format!("name: a\nx-0: &a0 {first}\n");
        for level in 1..40 {
            let previous = level - 1;
            text.push_str(&match merge {
                true => format!("x-{level}: &a{level} {{<<: [*a{previous}, *a{previous}], k{level}: *a{previous}}}\n"),
                false => format!("x-{level}: &a{level} [*a{previous}, *a{previous}]\n"),
            });
        }
        text
    };
    assert_found(bomb(false), Code::YamlTooComplex);
    assert_found(bomb(true), Code::YamlTooComplex);
    assert_found("name: a\nx-a: &a [*a]\n", Code::YamlUnknownAlias);
}

#[test]
fn a_second_document_is_named_and_markers_around_one_are_harmless() {
    assert_found("name: a\n---\nname: b\n", Code::YamlSeveralDocuments);
    assert_eq!(codes(&service("%YAML 1.2\n---\nname: a\n...\n")), []);
}

#[test]
fn control_characters_are_refused_or_neutralised() {
    for text in ["name: a\0b\n", "name: a\nversion: \u{1b}[31m\n", "name: a\n\u{7}: 1\n"] {
        assert!(!service(text).diagnostics.is_empty(), "{text:?}");
    }
    assert_found("name: \"a\\0b\"\n", Code::NameInvalid);
    assert_found("name: \"a\\e[31m\"\n", Code::NameInvalid);
}

#[test]
fn escapes_of_lone_surrogates_are_refused() {
    assert_found("name: \"\\uD800\"\n", Code::YamlSyntax);
    assert_found("name: \"\\uDC00x\"\n", Code::YamlSyntax);
    assert_found("name: \"\\U00110000\"\n", Code::YamlSyntax);
}

#[test]
fn characters_that_mislead_are_named_and_those_of_other_scripts_are_not() {
    for text in [
        "name: a # \u{202e}evil\u{202c}\n",
        "name: a\ndescription: pay\u{200b}ment\n",
        "name: \u{a0}a\n",
        "name: \u{430}pi\n",
    ] {
        let found = codes(&service(text));
        assert!(
            found.contains(&Code::InvisibleCharacter) || found.contains(&Code::LookalikeLetter),
            "{text:?} {found:?}"
        );
    }
    for text in [
        "Привет, мир",
        "日本語の説明",
        "مرحبا بالعالم",
        "👩\u{200d}👩\u{200d}👧 family",
        "10\u{a0}000\u{202f}€",
        "Ελληνικά",
        "naïve Zoë",
    ] {
        assert_eq!(codes(&service(format!("name: a\ndescription: {text}\n"))), [], "{text}");
    }
}

#[test]
fn huge_numbers_are_no_numbers_of_anything() {
    let digits = "9".repeat(400);
    let endpoint = "toFunc: func:f\n    whenSensor: s\n    primitiveIntent: workflow";
    let loaded = service(format!(
        "name: a\nversion: {digits}\nintents:\n  - name: i\n    {endpoint}\n    retries: {digits}\n    cooldown: {digits}s\ngoals:\n  - name: g\n    metric: latency\n    target: \"< {digits}ms\"\n  - name: h\n    metric: latency\n    target: \"< 1e999ms\"\n"
    ));
    let found = codes(&loaded);
    for code in [Code::VersionInvalid, Code::RetriesInvalid, Code::DurationInvalid, Code::TargetInvalid] {
        assert!(found.contains(&code), "{code} {found:?}");
    }
}

#[test]
fn keys_that_are_no_texts_are_named() {
    assert_found("name: a\n? [x, y]\n: 1\n", Code::WrongType);
    assert_found("name: a\n{x: y}: 1\n", Code::WrongType);
    assert_found("name: a\n~: 1\n", Code::UnknownField);
    assert_found("- name: a\n", Code::WrongType);
    assert_found("just a text\n", Code::WrongType);
}

#[test]
fn tags_with_a_special_meaning_are_named_and_common_ones_are_read() {
    for tag in ["!!binary", "!include", "!Ref", "!<tag:example.com,2000:x>", "!!python/object/apply:os.system"] {
        assert_found(format!("name: a\ndescription: {tag} hello\n"), Code::YamlTag);
    }
    assert_found("name: a\napi: !custom {basePath: /a}\n", Code::YamlTag);
    assert_eq!(codes(&service("name: !!str a\ndescription: !!str 12\n")), []);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_folders_in_the_place_of_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path());
    let place = folder.path().join("services/a.yaml");
    std::os::unix::fs::symlink("a.yaml", &place).unwrap();
    assert_eq!(errors(&read(folder.path())), [Code::FileUnreadable]);
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    assert_eq!(errors(&read(folder.path())), [Code::FileUnreadable]);
    fs::remove_dir(&place).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &place).unwrap();
    assert_eq!(errors(&read(folder.path())), [Code::PathOutside]);
    let (manifest, root) = (folder.path().join("bundle.yaml"), folder.path());
    fs::remove_file(&manifest).unwrap();
    std::os::unix::fs::symlink("bundle.yaml", &manifest).unwrap();
    assert!(!errors(&read(root)).is_empty());
}

#[test]
fn many_routes_that_overlap_are_compared_in_bounded_time() {
    let mut text = String::from("name: a\napi:\n  endpoints:\n");
    for number in 0..4000 {
        let path = if number % 2 == 0 { format!("/x{number}/{{id}}") } else { format!("/{{a}}/y{number}") };
        text.push_str(&format!("    - {{name: e{number}, method: GET, path: \"{path}\", to: \"func:f\"}}\n"));
    }
    let loaded = service(text);
    assert!(codes(&loaded).contains(&Code::RouteOverlap));
    assert!(loaded.diagnostics.len() < 1000, "{}", loaded.diagnostics.len());
}

#[test]
fn many_goals_names_and_services_alike_are_compared_in_bounded_time() {
    let goals: String =
        (0..5000).map(|number| format!("  - {{name: g, metric: latency, target: \"< {number}ms\"}}\n")).collect();
    assert_found(format!("name: a\ngoals:\n{goals}"), Code::TooManyProblems);
}

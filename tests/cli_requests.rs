//! `request` and `serve` as a user runs them: real processes, real clients, real signals.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod served;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use served::json;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_priostack-workbench"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

fn run(args: &[&str]) -> Output {
    program().args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn laid() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let path = folder.path().to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn the_body_of_the_answer_stands_alone_on_standard_output() {
    let (_folder, bundle) = laid();
    let output = run(&["request", &bundle, "GET", "/shop/items/7?a=b", "--header", "Accept: */*"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "{\"a\":\"b\",\"id\":\"7\"}\n");
    let err = text(&output.stderr);
    assert!(err.contains("endpoint fetch -> wasm:shop:echo") && err.contains("status 200"), "{err}");
}

#[test]
fn the_exit_status_says_how_it_went() {
    let (folder, bundle) = laid();
    let body = folder.path().join("body.json");
    fs::write(&body, "[1, 2]").unwrap();
    let from_file = format!("@{}", body.display());
    for (args, expected) in [
        (["post", "/shop/echo", "--body", from_file.as_str()], 0),
        (["POST", "/shop/refuse", "--body", "{}"], 1),
        (["POST", "/shop/echo", "--body", "{"], 2),
        (["POST", "/shop/echo", "--body", "@nowhere"], 2),
        (["POST", "/shop/elsewhere", "--body", "{}"], 2),
        (["PUT", "/shop/echo", "--body", "{}"], 2),
        (["POST", "/shop/fall", "--body", "{}"], 3),
        (["POST", "/shop/echo", "--header", "nonsense"], 2),
    ] {
        let output = run(&[&["request", bundle.as_str()], args.as_slice()].concat());
        assert_eq!(output.status.code(), Some(expected), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn what_nearly_matched_is_said() {
    let (_folder, bundle) = laid();
    let output = run(&["request", &bundle, "POST", "/shop/ecco"]);
    assert_eq!(output.status.code(), Some(2));
    let err = text(&output.stderr);
    assert!(err.contains("POST /shop/echo (endpoint echo): segment 2 is `echo`, not `ecco`"), "{err}");
    let output = run(&["request", &bundle, "GET", "/shop/echo", "--format", "json"]);
    let answer = json(&text(&output.stdout));
    assert_eq!((answer["status"].as_u64(), answer["headers"]["allow"].as_str()), (Some(405), Some("POST, OPTIONS")));
    assert_eq!(answer["body"]["error"]["near"][0]["endpoint"], "echo");
}

#[test]
fn programs_get_the_whole_of_it() {
    let (_folder, bundle) = laid();
    let output = run(&["request", &bundle, "DELETE", "/shop/items/7", "--body", r#"{"n":1}"#, "--format", "json"]);
    let answer = json(&text(&output.stdout));
    assert_eq!(answer["body"], serde_json::json!({"n": 1, "id": "7"}));
    assert_eq!((&answer["resolved"]["endpoint"], &answer["input"]), (&"remove".into(), &answer["body"]));
    assert_eq!(answer["outcome"]["reply"]["kind"], "json");
}

struct Serving {
    process: Child,
    lines: BufReader<ChildStdout>,
    address: String,
}

impl Serving {
    fn start(bundle: &Path, more: &[&str]) -> Self {
        let mut command = program();
        command.arg("serve").arg(bundle).args(["--port", "0"]).args(more);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut address = String::new();
        lines.read_line(&mut address).unwrap();
        let address = address.trim().strip_prefix("http://").unwrap_or_else(|| panic!("{address}")).to_owned();
        Self { process, lines, address }
    }

    fn post(&self, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    fn wait_for(&self, path: &str, status: &str) {
        let begun = Instant::now();
        while !self.post(path, "{}").starts_with(&format!("HTTP/1.1 {status}")) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{path} is never answered with {status}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn requests_are_served_and_logged_a_line_each() {
    let (folder, _) = laid();
    let mut serving = Serving::start(folder.path(), &["--timeout", "300ms"]);
    assert!(serving.post("/shop/echo", "{\"a\":1}").ends_with("\r\n\r\n{\"a\":1}"));
    assert!(serving.post("/shop/spin", "{}").starts_with("HTTP/1.1 504"), "the runner's limits hold");
    assert!(serving.post("/\u{1b}[31m", "").starts_with("HTTP/1.1 400"));
    let line = serving.next_line();
    assert!(line.starts_with("200 POST /shop/echo wasm:shop:echo ") && line.ends_with(" in 7 out 7\n"), "{line}");
    assert!(serving.next_line().starts_with("504 POST /shop/spin "));
}

#[test]
fn changed_files_are_served_without_a_restart() {
    let (folder, _) = laid();
    let serving = Serving::start(folder.path(), &[]);
    assert!(serving.post("/shop/fresh", "{}").starts_with("HTTP/1.1 404"));
    served::lay_service(folder.path(), &include_str!("served/shop.yaml").replace("/refuse", "/fresh"));
    serving.wait_for("/shop/fresh", "400");
    let module =
        include_str!("modules/wat/served.wat").replace("\"refuse\"", "\"later\"").replace("\"fall\"", "\"refuse\"");
    fs::write(folder.path().join("wasm/shop.wasm"), wat::parse_str(module).unwrap()).unwrap();
    serving.wait_for("/shop/fresh", "500");
    fs::remove_file(folder.path().join("bundle.yaml")).unwrap();
    std::thread::sleep(Duration::from_millis(1600));
    assert!(serving.post("/shop/echo", "{}").starts_with("HTTP/1.1 200"), "what cannot be read replaces nothing");
}

#[cfg(unix)]
#[test]
fn a_signal_lets_the_request_in_flight_end() {
    let (folder, _) = laid();
    for signal in ["-INT", "-TERM"] {
        let mut serving = Serving::start(folder.path(), &[]);
        let address = serving.address.clone();
        let asking = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let body = "{\"last\":1}";
            write!(stream, "POST /shop/linger HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{body}")
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        std::thread::sleep(Duration::from_millis(300));
        let sent = Command::new("kill").arg(signal).arg(serving.process.id().to_string()).status().unwrap();
        assert!(sent.success());
        assert!(asking.join().unwrap().ends_with("{\"last\":1}"));
        assert!(serving.process.wait().unwrap().success(), "{signal}");
        assert!(serving.next_line().starts_with("200 POST /shop/linger "));
    }
}

#[test]
fn a_taken_port_is_said() {
    let (folder, bundle) = laid();
    let serving = Serving::start(folder.path(), &[]);
    let port = serving.address.rsplit(':').next().unwrap();
    let output = run(&["serve", &bundle, "--port", port]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(&format!("port {port} is taken")), "{}", text(&output.stderr));
}

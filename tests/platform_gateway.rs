//! The gateway with real clients: raw TCP, and curl and the load tool wrk where they are installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr, clippy::print_stdout)]

mod served;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use priostack_workbench::bundle::{FunctionRef, Method, cases_of};
use priostack_workbench::platform::{Entry, Gateway, GatewayError, Router, Serving};
use priostack_workbench::sandbox::{Cancel, Reply};
use served::json;

type Log = Arc<Mutex<Vec<Entry>>>;

struct Served {
    folder: tempfile::TempDir,
    gateway: Gateway,
    log: Log,
}

fn serve(serving: Serving) -> Served {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let log = Log::default();
    let entries = Arc::clone(&log);
    let site = served::site(folder.path(), served::limits());
    let gateway = Gateway::start(serving, site, move |entry| entries.lock().unwrap().push(entry)).unwrap();
    Served { folder, gateway, log }
}

impl Served {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.gateway.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends these bytes and reads until the gateway closes the connection.
    fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        rest(stream)
    }

    fn post(&self, path: &str, body: &str) -> String {
        self.raw(&post(path, body, ""))
    }
}

fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // What came before a reset counts.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn post(path: &str, body: &str, headers: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {answer:?}"))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[test]
fn requests_are_answered_and_logged() {
    let served = serve(Serving::default());
    let answer = served.post("/shop/echo?b=2", r#"{"a":1}"#);
    assert_eq!((status(&answer), body(&answer)), (200, r#"{"b":"2","a":1}"#));
    let answer = served.raw("DELETE /shop/echo HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&answer), 405);
    assert!(answer.to_lowercase().contains("allow: post, options"), "{answer}");
    assert_eq!(status(&served.post("/shop/fall", "")), 500);
    assert_eq!(status(&served.post("/elsewhere", "")), 404);
    let log = served.log.lock().unwrap();
    let lines: Vec<_> = log.iter().map(|entry| (entry.number, entry.method.as_str(), entry.status)).collect();
    assert_eq!(lines, [(1, "POST", 200), (2, "DELETE", 405), (3, "POST", 500), (4, "POST", 404)]);
    assert_eq!(log[0].target, "/shop/echo?b=2");
    assert_eq!(log[0].function.as_deref(), Some("wasm:shop:echo"));
    assert_eq!((log[0].request_bytes, log[0].response_bytes), (7, 15));
    assert!(log[0].latency > Duration::ZERO);
    assert_eq!(log[3].function, None);
}

#[test]
fn beyond_its_capacity_it_asks_to_come_back_later() {
    let served = serve(Serving { concurrency: 2, ..Serving::default() });
    let answers: Vec<String> = thread::scope(|scope| {
        let asking: Vec<_> = (0..6).map(|_| scope.spawn(|| served.post("/shop/linger", "{}"))).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect()
    });
    let count = |wanted| answers.iter().filter(|answer| status(answer) == wanted).count();
    assert_eq!((count(200), count(503)), (2, 4), "{answers:?}");
    let full = answers.iter().find(|answer| status(answer) == 503).unwrap();
    assert!(full.to_lowercase().contains("retry-after: 1"), "{full}");
    assert_eq!(json(body(full))["error"]["code"], "over-capacity");
    assert_eq!(status(&served.post("/shop/echo", "{}")), 200, "room again");
}

#[test]
fn large_bodies_are_refused_announced_or_not() {
    let served = serve(Serving::default());
    let announced = served.raw("POST /shop/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n");
    assert_eq!(status(&announced), 413);
    let chunk = format!("{:x}\r\n{}\r\n", 600, "x".repeat(600));
    let chunked = format!(
        "POST /shop/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    let chunked = served.raw(&chunked);
    assert_eq!((status(&chunked), json(body(&chunked))["error"]["code"].as_str()), (413, Some("body-too-large")));
}

#[test]
fn a_body_that_never_ends_is_given_up_and_holds_nobody_else() {
    let served = serve(Serving { body_time: Duration::from_millis(500), concurrency: 1, ..Serving::default() });
    let mut slow = served.connect();
    slow.write_all(b"POST /shop/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{\"a\"").unwrap();
    assert_eq!(status(&served.post("/shop/echo", "{}")), 200, "a slow client takes no room for calls");
    assert_eq!(status(&rest(slow)), 408);
}

#[test]
fn a_call_that_nobody_waits_for_is_ended() {
    let served = serve(Serving { concurrency: 1, ..Serving::default() });
    let mut gone = served.connect();
    gone.write_all(post("/shop/spin", "{}", "").as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(status(&served.post("/shop/echo", "{}")), 503);
    drop(gone);
    let begun = Instant::now();
    while status(&served.post("/shop/echo", "{}")) != 200 {
        assert!(begun.elapsed() < Duration::from_millis(1500), "the room is free before the call's time is up");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_bundle_is_exchanged_without_dropping_a_request_in_flight() {
    let served = serve(Serving::default());
    thread::scope(|scope| {
        let lingering: Vec<_> =
            (0..4).map(|_| scope.spawn(|| served.post("/shop/linger", r#"{"old":true}"#))).collect();
        thread::sleep(Duration::from_millis(250));
        let service =
            include_str!("served/shop.yaml").replace("/linger", "/moved").replace("wasm:shop:fall", "wasm:shop:echo");
        served::lay_service(served.folder.path(), &service);
        served.gateway.replace(served::site(served.folder.path(), served::limits()));
        assert_eq!(status(&served.post("/shop/linger", "{}")), 404, "new requests see the new bundle");
        assert_eq!(status(&served.post("/shop/fall", "{}")), 200);
        for lingering in lingering {
            let answer = lingering.join().unwrap();
            assert_eq!((status(&answer), body(&answer)), (200, r#"{"old":true}"#));
        }
    });
}

#[test]
fn stopping_lets_requests_in_flight_end_and_takes_no_more() {
    let served = serve(Serving::default());
    let address = served.gateway.address();
    let mut stream = served.connect();
    stream.write_all(post("/shop/linger", r#"{"last":1}"#, "").as_bytes()).unwrap();
    // Neither holds up the end: a silent connection and a half-sent head.
    let _silent = served.connect();
    let mut half = served.connect();
    half.write_all(b"POST /shop/ec").unwrap();
    thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    let stopping = thread::spawn(move || served.gateway.stop());
    let answer = rest(stream);
    assert_eq!((status(&answer), body(&answer)), (200, r#"{"last":1}"#));
    stopping.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn foreign_names_and_foreign_pages_are_refused() {
    let served = serve(Serving { cors: Some("http://localhost:5173".into()), ..Serving::default() });
    let with_host = |host: &str| {
        status(&served.raw(&format!("GET /shop/items/1 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")))
    };
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:9"] {
        assert_eq!(with_host(host), 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "", "[::2]", "localhost@evil"] {
        assert!(matches!(with_host(host), 400 | 403), "{host}");
    }
    let from = |origin: &str| served.raw(&post("/shop/echo", "{}", &format!("Origin: {origin}\r\n")));
    assert_eq!(status(&from("https://evil.example")), 403);
    assert_eq!(status(&from("null")), 403);
    assert_eq!(status(&from("http://localhost")), 200, "a page of its own");
    let allowed = from("http://localhost:5173").to_lowercase();
    assert_eq!(status(&allowed), 200);
    assert!(allowed.contains("access-control-allow-origin: http://localhost:5173"), "{allowed}");
    let asked = served
        .raw("OPTIONS /shop/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: http://localhost:5173\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n")
        .to_lowercase();
    assert_eq!(status(&asked), 204, "{asked}");
    assert!(asked.contains("access-control-allow-methods: post, options"), "{asked}");
    assert!(asked.contains("access-control-allow-headers: content-type"), "{asked}");
    drop(served);
    let served = serve(Serving::default());
    let answer = served.raw(&post("/shop/echo", "{}", "Origin: http://localhost:5173\r\n"));
    assert_eq!(status(&answer), 403, "off unless asked for");
}

#[test]
fn its_own_pages_tell_how_it_is_and_what_it_answers() {
    let served = serve(Serving::default());
    let get = |path: &str| served.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    let health = json(body(&get("/.workbench/health")));
    assert_eq!((health["status"].as_str(), health["endpoints"].as_u64()), (Some("degraded"), Some(12)));
    assert_eq!(health["unusable"][0]["service"], "nobody");
    assert_eq!(json(body(&get("/.workbench/openapi.json")))["openapi"], "3.1.0");
    assert_eq!(status(&served.post("/.workbench/health", "")), 405);
    assert_eq!(status(&get("/.workbench/else")), 404);
}

#[test]
fn what_is_no_request_is_refused_and_harms_nobody() {
    let served = serve(Serving::default());
    for nonsense in
        ["\r\n\r\n\r\n", "nonsense\r\n\r\n", "GET /shop HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}", "GET  \r\n\r\n"]
    {
        let mut stream = served.connect();
        stream.write_all(nonsense.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = rest(stream);
        assert!(answer.is_empty() || status(&answer) == 400, "{nonsense:?}: {answer}");
    }
    assert_eq!(status(&served.post("/shop/echo", "{}")), 200);
}

#[test]
fn a_port_that_is_taken_and_an_origin_that_is_none_are_said() {
    let served = serve(Serving::default());
    let start = |serving| {
        let site = served::site(served.folder.path(), served::limits());
        Gateway::start(serving, site, |_| {}).map(drop).unwrap_err()
    };
    let port = served.gateway.address().port();
    assert!(matches!(start(Serving { port, ..Serving::default() }), GatewayError::PortTaken(taken) if taken == port));
    for origin in ["*", "localhost", "http://", "http://a/b", "http://a\r\nb"] {
        let error = start(Serving { cors: Some(origin.into()), ..Serving::default() });
        assert!(matches!(error, GatewayError::Origin(_)), "{origin}: {error}");
    }
}

/// Whether a client is installed. Where it has to be, as in CI, its absence is a failure.
fn has(client: &str) -> bool {
    let is_there = Command::new(client).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    let is_required = std::env::var_os("PRIOSTACK_CLIENTS_REQUIRED").is_some();
    assert!(is_there || !is_required, "{client} is not installed");
    if !is_there {
        eprintln!("left out: {client} is not installed");
    }
    is_there
}

#[test]
fn a_load_tool_gets_every_answer_while_the_bundle_is_exchanged() {
    if !has("wrk") {
        return;
    }
    let served = serve(Serving::default());
    let address = format!("http://{}/shop/items/7?a=b", served.gateway.address());
    let mut wrk = Command::new("wrk")
        .args(["--threads", "2", "--connections", "16", "--duration", "3s", "--timeout", "10s", "--latency", &address])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut exchanged = 0;
    while wrk.try_wait().unwrap().is_none() {
        served.gateway.replace(served::site(served.folder.path(), served::limits()));
        exchanged += 1;
        thread::sleep(Duration::from_millis(50));
    }
    let output = wrk.wait_with_output().unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !report.contains("Socket errors"), "{report}");
    assert!(!report.contains("Non-2xx"), "{report}");
    let requests =
        report.split_whitespace().zip(report.split_whitespace().skip(1)).find(|(_, word)| *word == "requests");
    let requests: usize = requests.and_then(|(count, _)| count.parse().ok()).unwrap_or_else(|| panic!("{report}"));
    println!("{requests} requests, the bundle exchanged {exchanged} times\n{report}");
    assert!(requests > 100 && exchanged > 3, "{report}");
    let Served { gateway, log, .. } = served;
    gateway.stop();
    let log = log.lock().unwrap();
    assert!(log.len() >= requests && log.iter().all(|entry| entry.status == 200), "{} of {requests}", log.len());
}

/// Every saved case that an endpoint without path parameters can carry, by three ways.
#[test]
fn saved_cases_get_one_answer_by_call_by_request_and_by_curl() {
    let has_curl = has("curl");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-bundle");
    let limits = priostack_workbench::sandbox::Limits::default;
    let bundle = served::bundle(&root);
    let site = served::site(&root, limits());
    let gateway = Gateway::start(Serving::default(), served::site(&root, limits()), |_| {}).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for route in Router::of(&bundle).routes() {
        let Some(FunctionRef::Wasm { service, function }) = &route.more.function else { continue };
        if route.parameter_names().next().is_some() || route.method == Method::Get {
            continue;
        }
        let program = served::load(&bundle, service).unwrap();
        for case in cases_of(&root, service, function) {
            let input = case.input.to_string();
            let outcome = program.invoke(function, input.as_bytes(), &limits(), &Cancel::new());
            let (expected, output) = match &outcome.reply {
                Reply::Json(text) => (200, Some(json(text))),
                Reply::ApplicationError(error) => (400, error.output.as_deref().map(json)),
                Reply::Fault(fault) => panic!("{}: {fault:?}", case.name),
            };
            let what = format!("{service} {function} {}", case.name);
            let repeatable =
                program.invoke(function, input.as_bytes(), &limits(), &Cancel::new()).reply == outcome.reply;
            let same = |answer: &serde_json::Value| match &output {
                Some(output) if repeatable => assert_eq!(answer, output, "{what}"),
                Some(_) => {}
                None => assert!(answer["error"]["message"].is_string(), "{what}: {answer}"),
            };
            let response = served::ask(&site, route.method.as_str(), &route.path, &input);
            assert_eq!(response.status, expected, "{what}: {}", response.body);
            same(&json(&response.body));
            if has_curl {
                let file = folder.path().join("body.json");
                fs::write(&file, &input).unwrap();
                let curl = Command::new("curl")
                    .args(["-sS", "-X", route.method.as_str(), "-w", "\n%{http_code}", "--data-binary"])
                    .arg(format!("@{}", file.display()))
                    .arg(format!("http://{}{}", gateway.address(), route.path))
                    .output()
                    .unwrap();
                let text = String::from_utf8(curl.stdout).unwrap();
                let (answer, code) = text.rsplit_once('\n').unwrap();
                assert_eq!(code, expected.to_string(), "{what}: {text}");
                same(&json(answer));
            }
            compared += 1;
        }
    }
    assert!(compared >= 20, "only {compared} cases were compared");
}

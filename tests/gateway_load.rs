//! The gateway and the sandbox under load: no answer is lost or given to another client, memory stays bounded, who
//! comes beyond the capacity is told so, and when it is over everything is as before.
//!
//! `PRIOSTACK_LOAD_SECONDS` says how long each load lasts, `PRIOSTACK_CALLS` how many calls follow each other.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod served;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use priostack_workbench::platform::{Gateway, Serving};
use priostack_workbench::sandbox::{Cancel, Limits, Reply};

/// Memory that may come and go whatever the load, in bytes: buffers, threads, the allocator's own.
const SLACK: u64 = 96 << 20;

fn setting(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn load_time() -> Duration {
    Duration::from_secs(setting("PRIOSTACK_LOAD_SECONDS", 2))
}

/// This process's memory in bytes; nothing where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() << 10
}

struct Desk {
    _folder: tempfile::TempDir,
    gateway: Gateway,
}

fn serve(concurrency: usize) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let site = served::site(folder.path(), served::limits());
    let serving = Serving { concurrency, ..Serving::default() };
    Desk { gateway: Gateway::start(serving, site, |_| {}).unwrap(), _folder: folder }
}

/// A client that keeps its connection.
struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { stream, read: Vec::new() }
    }

    fn send(&mut self, path: &str, body: &str) {
        let length = body.len();
        let request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}");
        self.stream.write_all(request.as_bytes()).unwrap();
    }

    /// The next answer: status, head and body.
    fn answer(&mut self) -> (u16, String, String) {
        let mut buffer = [0; 4096];
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8(self.read[..end].to_vec()).unwrap().to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                let whole = end + 4 + length.parse::<usize>().unwrap();
                if self.read.len() >= whole {
                    let body = String::from_utf8(self.read[end + 4..whole].to_vec()).unwrap();
                    self.read.drain(..whole);
                    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                    return (status, head, body);
                }
            }
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the gateway closed the connection: {}", String::from_utf8_lossy(&self.read));
            self.read.extend_from_slice(&buffer[..count]);
        }
    }
}

/// Lets `clients` ask for `path` for the time of a load, each with bodies of its own. How many were answered, and how
/// many were told to come back later.
fn load(address: SocketAddr, clients: usize, path: &'static str) -> (u64, u64) {
    let until = Instant::now() + load_time();
    let clients: Vec<_> = (0..clients)
        .map(|number| {
            thread::spawn(move || {
                let (mut client, mut answered, mut refused) = (Client::new(address), 0, 0);
                while Instant::now() < until {
                    let body = format!(r#"{{"client":{number},"request":{}}}"#, answered + refused);
                    client.send(path, &body);
                    match client.answer() {
                        (200, _, answer) => {
                            assert_eq!(answer, body, "another one's answer");
                            answered += 1;
                        }
                        (503, head, answer) => {
                            assert!(head.contains("retry-after: 1"), "{head}");
                            assert!(answer.contains("over-capacity"), "{answer}");
                            refused += 1;
                            thread::sleep(Duration::from_millis(20));
                        }
                        other => panic!("{other:?}"),
                    }
                }
                (answered, refused)
            })
        })
        .collect();
    clients.into_iter().map(|client| client.join().unwrap()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Asks once and wants an answer at once.
fn recovers(address: SocketAddr) {
    let begun = Instant::now();
    let mut client = Client::new(address);
    client.send("/shop/echo", "[1]");
    assert_eq!(client.answer().0, 200);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn at_its_capacity_every_client_gets_its_own_answer() {
    let desk = serve(64);
    let address = desk.gateway.address();
    load(address, 64, "/shop/echo");
    let before = memory();
    let (answered, refused) = load(address, 64, "/shop/echo");
    let after = memory();
    println!("64 clients: {answered} answers, {refused} refused, memory {} to {} MiB", before >> 20, after >> 20);
    assert!(answered > 100 && refused == 0);
    assert!(after < before + SLACK, "{before} {after}");
    recovers(address);
}

#[test]
fn beyond_its_capacity_clients_are_told_to_come_back_and_nobody_is_lost() {
    let desk = serve(8);
    let address = desk.gateway.address();
    let before = memory();
    let (answered, refused) = load(address, 16, "/shop/linger");
    let after = memory();
    println!("16 clients of 8: {answered} answers, {refused} refused, memory {} to {} MiB", before >> 20, after >> 20);
    assert!(answered >= 8 && refused > 0);
    assert!(after < before + SLACK, "{before} {after}");
    recovers(address);
}

#[test]
fn silent_slow_and_broken_clients_keep_nobody_waiting() {
    let desk = serve(64);
    let address = desk.gateway.address();
    let silent: Vec<_> = (0..300).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut slow: Vec<_> = (0..100).map(|_| Client::new(address)).collect();
    for client in &mut slow {
        client
            .stream
            .write_all(b"POST /shop/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            .unwrap();
    }
    for _ in 0..100 {
        let mut broken = Client::new(address);
        broken.stream.write_all(b"POST /shop/echo HTTP/1.1\r\nHost: local").unwrap();
    }
    recovers(address);
    let (answered, refused) = load(address, 16, "/shop/echo");
    assert!(answered > 10 && refused == 0, "{answered} {refused}");
    drop((silent, slow));
    recovers(address);
}

#[test]
fn a_thousand_silent_connections_make_room_for_who_asks() {
    let desk = serve(64);
    let address = desk.gateway.address();
    let mut first = Client::new(address);
    first.send("/shop/linger", "[0]");
    // Their clients hold as many file handles as the gateway itself: few machines give a process more at first.
    let silent: Vec<_> = (0..if most_files() > 2200 { 1000 } else { 450 }).map(|_| Client::new(address)).collect();
    recovers(address);
    assert_eq!(first.answer().0, 200, "who is owed an answer is not sent away");
    println!("{} silent connections", silent.len());
}

/// How many files this process may have open.
fn most_files() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(256)
}

#[test]
fn calls_one_after_the_other_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    served::lay(folder.path());
    let program = served::load(&served::bundle(folder.path()), "shop").unwrap();
    let call = || {
        let outcome = program.invoke("echo", br#"{"a":[1,2,3]}"#, &Limits::default(), &Cancel::new());
        assert!(matches!(outcome.reply, Reply::Json(_)));
    };
    let calls = setting("PRIOSTACK_CALLS", 5000);
    (0..calls / 5).for_each(|_| call());
    let before = memory();
    (0..calls).for_each(|_| call());
    let after = memory();
    println!("{calls} calls: memory {} to {} KiB", before >> 10, after >> 10);
    assert!(after < before + (8 << 20), "{before} {after}");
}

//! Functions that ask their host for something, by Rust's standard library.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Instant, SystemTime};

use crate::exports::test::functions::host::Guest;
use crate::Component;

static CALLS: AtomicU32 = AtomicU32::new(0);

impl Guest for Component {
    /// A host that makes a fresh instance for each call always gets 1.
    fn count_calls() -> String {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        format!(r#"{{"calls":{calls}}}"#)
    }

    fn random_numbers() -> String {
        let number = || RandomState::new().build_hasher().finish();
        format!(r#"["{:x}","{:x}"]"#, number(), number())
    }

    fn clocks() -> String {
        let before = Instant::now();
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        format!(r#"{{"unix":{unix},"backwards":{}}}"#, Instant::now() < before)
    }

    fn environment() -> String {
        format!(r#"{{"variables":{},"arguments":{}}}"#, std::env::vars().count(), std::env::args().count())
    }

    fn read_input() -> String {
        let mut input = Vec::new();
        let read = std::io::stdin().read_to_end(&mut input);
        format!(r#"{{"read":{}}}"#, read.map_or(-1, |read| read as i64))
    }

    fn open_file(input: String) -> Result<String, String> {
        let path = input.trim_matches('"');
        std::fs::read_to_string(path).map(|text| format!("{:?}", text.len())).map_err(|error| error.to_string())
    }

    fn open_socket(input: String) -> Result<String, String> {
        let address = input.trim_matches('"');
        TcpStream::connect(address).map(|_| "true".to_string()).map_err(|error| error.to_string())
    }

    fn look_up_name(input: String) -> Result<String, String> {
        let name = input.trim_matches('"');
        (name, 80).to_socket_addrs().map(|found| found.count().to_string()).map_err(|error| error.to_string())
    }

    fn log(input: String) -> String {
        println!("told: {input}");
        eprintln!("warned: {input}");
        println!(r#"{{"level":"warn","message":"structured","ms":12}}"#);
        "null".to_string()
    }

    fn log_without_end_of_line(input: String) -> String {
        print!("{input}");
        let _ = std::io::stdout().flush();
        "null".to_string()
    }
}

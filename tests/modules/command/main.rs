//! A program in Rust: JSON on standard input, JSON on standard output, the function's name as argument.

use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

fn main() {
    let function = std::env::args().nth(1).unwrap_or_default();
    let mut input = String::new();
    if std::io::stdin().read_to_string(&mut input).is_err() {
        eprintln!("the input is not UTF-8");
        std::process::exit(2);
    }
    eprintln!("{function} got {} bytes", input.len());
    match function.as_str() {
        "refuse" => {
            println!("{{\"error\":\"refused\"}}");
            std::process::exit(3);
        }
        "panic" => panic!("told to panic"),
        "file" => println!("{:?}", std::fs::read("/etc/hostname").map_err(|error| error.kind()).is_ok()),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(30));
            println!("true");
        }
        "sleepLong" => std::thread::sleep(Duration::from_secs(3600)),
        "time" => println!("{}", SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()),
        "random" => println!("{:?}", std::collections::hash_map::RandomState::new()),
        _ => {
            let arguments = std::env::args().count();
            let variables = std::env::vars().count();
            print!(
                "{{\"function\":{function:?},\"arguments\":{arguments},\"variables\":{variables},\"input\":{input}}}"
            );
            std::io::stdout().flush().unwrap();
        }
    }
}

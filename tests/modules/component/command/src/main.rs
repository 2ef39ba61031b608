//! A whole program as a component: it does what its argument says with its standard input.

use std::io::{Read, Write};

fn main() {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).expect("the input is readable");
    let arguments: Vec<String> = std::env::args().collect();
    let function = arguments.get(1).map_or("", String::as_str);
    eprintln!("called as {function}");
    match function {
        "refuse" => {
            println!(r#"{{"error":{{"message":"told to refuse"}}}}"#);
            std::process::exit(3);
        }
        "leave" => std::process::exit(4),
        "panic" => panic!("told to panic"),
        "sayNothing" => {}
        "flood" => {
            let line = [b'x'; 4096];
            for _ in 0..input.trim().parse().unwrap_or(0) {
                std::io::stdout().write_all(&line).expect("there is room");
            }
        }
        _ => println!(r#"{{"function":"{function}","arguments":{},"bytes":{}}}"#, arguments.len(), input.len()),
    }
}

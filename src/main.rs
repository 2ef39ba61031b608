//! The program: arguments decide between the terminal and the window.

fn main() {}

//! `console`: what a guest logs. Up to four values or strings become one line.

use super::super::super::super::outcome::LogLevel;
use super::{Body, Call, Gives};

/// Most values of one line.
const MAX_VALUES: usize = 8;

pub(super) fn find(name: &str, params: usize, gives: Gives) -> Option<Body> {
    if gives != Gives::Nothing || params == 0 || params > MAX_VALUES {
        return None;
    }
    Some(match name {
        "log" | "info" => |call| log(call, LogLevel::Info),
        "debug" | "trace" => |call| log(call, LogLevel::Debug),
        "warn" => |call| log(call, LogLevel::Warn),
        "error" => |call| log(call, LogLevel::Error),
        _ => return None,
    })
}

/// Joins the arguments with spaces, as a console does. Two numbers that are no handles are a
/// string's pointer and length; a string that the guest gives away is not freed, for the instance
/// ends with the call.
fn log(call: &mut Call<'_, '_>, level: LogLevel) -> wasmtime::Result<()> {
    let mut line = String::new();
    let mut at = 0;
    while at < call.arguments.len() {
        let part = if call.may_be_value(at) {
            at += 1;
            call.value(at - 1)?.display()
        } else {
            at += 2;
            call.log_text(at - 2)?
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&part);
    }
    // The panic hook ends its text with the stack that JavaScript would show; here is none.
    let text = line.split("\n\nStack:\n\n").next().unwrap_or(&line);
    call.caller.data_mut().log(level, text.trim_end());
    Ok(())
}

//! `console`: what a program says becomes lines of the log.

use super::super::heap::Kind;
use super::super::objects;
use super::super::realm::{self, Completion};
use super::super::value::Value;
use super::super::{heap::Heap, json};
use super::{Call, Class, NAMESPACE, Native, nothing};
use crate::sandbox::outcome::LogLevel;

/// Longest line, in bytes.
const LONGEST: usize = 64 << 10;

pub(super) static CONSOLE: Class = Class {
    name: "console",
    statics: &[
        Native { of: "console", name: "log", run: |call| say(call, LogLevel::Info) },
        Native { of: "console", name: "info", run: |call| say(call, LogLevel::Info) },
        Native { of: "console", name: "dir", run: |call| say(call, LogLevel::Info) },
        Native { of: "console", name: "table", run: |call| say(call, LogLevel::Info) },
        Native { of: "console", name: "debug", run: |call| say(call, LogLevel::Debug) },
        Native { of: "console", name: "trace", run: |call| say(call, LogLevel::Debug) },
        Native { of: "console", name: "warn", run: |call| say(call, LogLevel::Warn) },
        Native { of: "console", name: "error", run: |call| say(call, LogLevel::Error) },
        Native { of: "console", name: "time", run: nothing },
        Native { of: "console", name: "timeEnd", run: nothing },
        Native { of: "console", name: "group", run: |call| say(call, LogLevel::Info) },
        Native { of: "console", name: "groupEnd", run: nothing },
    ],
    ..NAMESPACE
};

fn say(call: &mut Call<'_, '_>, level: LogLevel) -> wasmtime::Result<Completion> {
    let mut line = String::new();
    for (at, value) in call.arguments.iter().enumerate() {
        if at > 0 {
            line.push(' ');
        }
        line.push_str(&shown(&realm::of(call.context.data_mut())?.state.heap, value));
        line.truncate(line.floor_char_boundary(LONGEST));
    }
    realm::log(call.context.data_mut(), level, &line)?;
    Ok(Ok(Value::Undefined))
}

/// A value for people: objects as JSON.
fn shown(heap: &Heap, value: &Value) -> String {
    match heap.kind(value) {
        Some(Kind::Plain | Kind::Array(_)) => {
            json::stringify(heap, value, "", LONGEST).unwrap_or_else(|_| objects::text(heap, value))
        }
        _ => objects::text(heap, value),
    }
}

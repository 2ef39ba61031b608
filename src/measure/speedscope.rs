//! A call tree as a file for Speedscope (https://www.speedscope.app), which shows it as a flame graph. Writes
//! text; reads and draws nothing.
//!
//! The form is the one that Speedscope calls evented (`src/lib/file-format-spec.ts` and the page "Importing from
//! custom sources" of its documentation): frames, and a balanced list of events that open and close them. Where
//! other profiles have time on the axis, this one has instructions.

use serde_json::{Value, json};

use crate::sandbox::CallTree;

/// What the file says it keeps to.
const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

/// The tree as the content of a file; `name` says what was called.
pub fn speedscope(tree: &CallTree, name: &str) -> String {
    let frames: Vec<Value> = tree.functions.iter().map(|function| json!({ "name": function })).collect();
    json!({
        "$schema": SCHEMA,
        "name": name,
        "exporter": concat!("priostack-workbench ", env!("CARGO_PKG_VERSION")),
        "activeProfileIndex": 0,
        "shared": { "frames": frames },
        "profiles": [{
            "type": "evented",
            "name": format!("{name}, instructions"),
            "unit": "none",
            "startValue": 0,
            "endValue": tree.total(),
            "events": events(tree),
        }],
    })
    .to_string()
}

/// A node begins where its caller's calls so far have ended, and ends with its total: its own instructions come last.
fn events(tree: &CallTree) -> Vec<Value> {
    let mut events = Vec::with_capacity(tree.nodes.len() * 2);
    // The nodes that are open: where each ends, in the list and on the axis, and its frame.
    let mut open: Vec<(usize, u64, Option<usize>)> = Vec::new();
    let mut at = 0;
    for (position, node) in tree.nodes.iter().enumerate() {
        while let Some((_, end, frame)) = open.pop_if(|(last, ..)| *last <= position) {
            at = end;
            events.extend(frame.map(|frame| json!({ "type": "C", "frame": frame, "at": end })));
        }
        events.extend(node.function.map(|frame| json!({ "type": "O", "frame": frame, "at": at })));
        open.push((node.end, at.saturating_add(node.total), node.function));
    }
    while let Some((_, end, frame)) = open.pop() {
        events.extend(frame.map(|frame| json!({ "type": "C", "frame": frame, "at": end })));
    }
    events
}

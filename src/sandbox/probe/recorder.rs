//! Notes of one invocation which functions called which, and how many instructions each path took.

use std::collections::HashMap;

use crate::sandbox::call_tree::{CallTree, Path};

/// Most paths that are told apart. Calls beyond belong to the path that they are made on.
const MOST_PATHS: usize = 100_000;
/// Calls within calls that are told apart. Deeper ones belong to the path at this depth.
const DEEPEST: usize = 512;

/// What a running invocation has done so far.
pub(in crate::sandbox) struct Recorder {
    paths: Vec<Path>,
    /// The paths of the calls that are under way, the outermost first.
    stack: Vec<u32>,
    /// Paths by their parents and functions.
    known: HashMap<(u32, u32), u32>,
    /// The fuel at the last probe.
    left: u64,
    merged: u64,
}

impl Recorder {
    /// A recorder for a store with so much fuel.
    pub(in crate::sandbox) fn new(fuel: u64) -> Self {
        Self { paths: vec![Path::default()], stack: Vec::new(), known: HashMap::new(), left: fuel, merged: 0 }
    }

    /// A function begins; one instruction of its own is behind it. Gives the depth of the call stack.
    pub(super) fn enter(&mut self, function: u32, left: u64) -> u32 {
        const ENTRY: u64 = 1;
        self.note(left.saturating_add(ENTRY));
        self.left = left;
        let parent = self.current();
        let told_apart = self.child(parent, function);
        let path = told_apart.unwrap_or(parent);
        if let Some(path) = self.paths.get_mut(path as usize) {
            path.calls += u64::from(told_apart.is_some());
            path.own += ENTRY;
        }
        self.merged += u64::from(told_apart.is_none());
        self.stack.push(path);
        self.stack.len() as u32
    }

    /// The function at this depth ends, and whatever was called from it and has not ended yet.
    pub(super) fn leave(&mut self, depth: u32, left: u64) {
        self.note(left);
        self.stack.truncate((depth as usize).saturating_sub(1));
    }

    /// The same, with an instruction still to come that belongs to it.
    pub(super) fn pass(&mut self, depth: u32, left: u64) {
        self.leave(depth, left);
    }

    /// The function at this depth goes on: whatever was called from it has ended.
    pub(super) fn go_on(&mut self, depth: u32, left: u64) {
        self.note(left);
        self.stack.truncate(depth as usize);
    }

    /// What was spent since the last probe belongs to the function that runs.
    pub(super) fn note(&mut self, left: u64) {
        let spent = self.left.saturating_sub(left);
        let current = self.current();
        if let Some(path) = self.paths.get_mut(current as usize) {
            path.own += spent;
        }
        self.left = left;
    }

    /// Everything, once the invocation has ended with so much fuel left.
    pub(in crate::sandbox) fn finish(mut self, left: u64, names: impl Fn(u32) -> String) -> CallTree {
        self.note(left);
        CallTree::of(&self.paths, names, self.merged)
    }

    fn current(&self) -> u32 {
        self.stack.last().copied().unwrap_or(0)
    }

    /// The path of a call of `function`; none where it is not told apart.
    fn child(&mut self, parent: u32, function: u32) -> Option<u32> {
        if self.stack.len() >= DEEPEST {
            return None;
        }
        if let Some(known) = self.known.get(&(parent, function)) {
            return Some(*known);
        }
        if self.paths.len() >= MOST_PATHS {
            return None;
        }
        let path = self.paths.len() as u32;
        self.paths.push(Path { function: Some(function), parent, own: 0, calls: 0 });
        self.known.insert((parent, function), path);
        Some(path)
    }
}

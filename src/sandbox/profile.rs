//! Where the instructions of one invocation go: a run in code with probes, which gives a tree of calls with exact
//! counts. Never samples, and never gives a time.

use std::collections::HashMap;
use std::thread;

use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload};

use super::call_tree::CallTree;
use super::engine::LoadError;
use super::invocation::{Ended, Invocation};
use super::meter::{Metered, patient};
use super::outcome::Outcome;
use super::outside::Conditions;
use super::probe::Recorder;
use super::{Cancel, Limits, Program};

/// Bytes of stack of the thread that runs a guest with probes: more than code without them needs.
const STACK: usize = 16 << 20;
/// Longest name of a function, in bytes. Names of C++ and Rust can be endless.
const LONGEST_NAME: usize = 400;

/// What profiling an invocation gave.
#[derive(Clone, Debug)]
pub struct Profiled {
    /// How the run ended, and what it took in all.
    pub metered: Metered,
    /// Who called whom.
    pub tree: CallTree,
}

impl Program {
    /// Calls `function` as [`Program::meter`] does, and notes which function called which and what each of them ran.
    /// The sum of all counts is what [`Program::meter`] gives, and they are the same for the same input under the
    /// same conditions.
    ///
    /// # Errors
    /// When the module cannot be compiled so: components cannot.
    pub fn profile_call(
        &self,
        function: &str,
        input: &[u8],
        limits: &Limits,
        cancel: &Cancel,
        conditions: Conditions,
    ) -> Result<Profiled, LoadError> {
        self.profiling()?;
        // Probes make frames larger: what just fits into the usual stack must not overflow this one.
        let run = || self.profile_here(function, input, limits, cancel, conditions);
        thread::scope(|scope| {
            let spawned = thread::Builder::new().name("profile".into()).stack_size(STACK).spawn_scoped(scope, run);
            let failed = |why: String| LoadError::new(why, "Close other programs and try again");
            let thread = spawned.map_err(|error| failed(format!("The profile's thread cannot start: {error}")))?;
            thread.join().map_err(|_| failed("The profile broke down".to_owned()))?
        })
    }

    fn profile_here(
        &self,
        function: &str,
        input: &[u8],
        limits: &Limits,
        cancel: &Cancel,
        conditions: Conditions,
    ) -> Result<Profiled, LoadError> {
        let ready = self.profiling()?;
        let limits = patient(&self.limits(function, limits));
        let at = match ready.check(function, input, &limits) {
            Ok(at) => at,
            Err(fault) => {
                let metered = Metered::not_begun(Outcome::not_begun(fault));
                return Ok(Profiled { metered, tree: CallTree::default() });
            }
        };
        let engine = self.engine();
        let _slot = engine.slot();
        let _running = engine.run();
        let engine = ready.convention.engine();
        let mut invocation = Invocation::begin_counting(engine, (function, input), &limits, cancel);
        let host = invocation.store.data_mut();
        host.recorder = host.fuel.map(|fuel| Box::new(Recorder::new(fuel)));
        let (ended, recording) = ready.call_under(at, invocation, conditions);
        let Ended { outcome, mut store, instructions } = ended;
        let left = store.get_fuel().unwrap_or_default();
        let names = Names::read(self.variants.subject().bytes());
        let recorder = store.data_mut().recorder.take();
        let tree = recorder.map(|recorder| recorder.finish(left, |index| names.of(index))).unwrap_or_default();
        Ok(Profiled { metered: Metered::of(outcome, instructions, recording), tree })
    }
}

/// What functions are called, by their indices.
#[derive(Default)]
struct Names {
    /// From the name section.
    named: HashMap<u32, String>,
    /// From the exports.
    exported: HashMap<u32, String>,
}

impl Names {
    /// Reads what there is; names that are broken are as if they were not there.
    fn read(bytes: &[u8]) -> Self {
        let mut names = Self::default();
        for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
            match payload {
                Payload::ExportSection(section) => {
                    for export in section.into_iter().map_while(Result::ok) {
                        if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                            names.exported.entry(export.index).or_insert_with(|| export.name.to_owned());
                        }
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(sections) = section.as_known() {
                        names.read_functions(sections);
                    }
                }
                _ => {}
            }
        }
        names
    }

    fn read_functions(&mut self, sections: wasmparser::NameSectionReader<'_>) {
        for section in sections.into_iter().map_while(Result::ok) {
            if let Name::Function(functions) = section {
                let functions = functions.into_iter().map_while(Result::ok);
                self.named.extend(functions.map(|naming| (naming.index, naming.name.to_owned())));
            }
        }
    }

    fn of(&self, index: u32) -> String {
        let name = match self.named.get(&index).or_else(|| self.exported.get(&index)) {
            Some(name) => readable(name),
            None => format!("function {index}"),
        };
        match name.get(..name.floor_char_boundary(LONGEST_NAME)) {
            Some(kept) if kept.len() < name.len() => format!("{kept}…"),
            _ => name,
        }
    }
}

/// The name as its programmer wrote it, in Rust and C++.
fn readable(name: &str) -> String {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return format!("{rust:#}");
    }
    // wasm-bindgen writes Rust's names out, with the compiler's hashes in them.
    if name.contains("::") {
        return without_hashes(name);
    }
    let symbol = cpp_demangle::Symbol::new(name);
    symbol.ok().and_then(|symbol| symbol.demangle().ok()).unwrap_or_else(|| name.to_owned())
}

/// Without `::h` and 16 hexadecimal digits at the end, and without such digits in brackets anywhere.
fn without_hashes(name: &str) -> String {
    const DIGITS: usize = 16;
    let is_hash = |text: &str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = name.rsplit_once("::h").filter(|(_, hash)| is_hash(hash)).map_or(name, |(before, _)| before);
    let mut kept = String::with_capacity(name.len());
    for (at, part) in name.split('[').enumerate() {
        match part.split_once(']') {
            Some((hash, rest)) if at > 0 && is_hash(hash) => kept.push_str(rest),
            _ if at > 0 => kept.extend(["[", part]),
            _ => kept.push_str(part),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_were_written() {
        assert_eq!(readable("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(readable("_ZNSt6vectorIiE9push_backEi"), "std::vector<int>::push_back(int)");
        assert_eq!(readable("create_user"), "create_user");
        assert_eq!(readable("shop::user::checked::h05c0f0e4e29a41c6"), "shop::user::checked");
        let allocator = "<dlmalloc[e24a27700634d609]::Dlmalloc<dlmalloc[e24a27700634d609]::sys::System>>::malloc";
        assert_eq!(readable(allocator), "<dlmalloc::Dlmalloc<dlmalloc::sys::System>>::malloc");
        assert_eq!(readable("<[u8]>::concat::hello"), "<[u8]>::concat::hello");
    }
}

//! Invocations that share one instance: faster than fresh ones, and whatever one leaves behind the
//! next one finds. Something that the user chooses and sees, never the default.

use wasmtime::Store;

use super::engine::Slot;
use super::host::Host;
use super::invocation::{Ended, Invocation};
use super::outcome::{Outcome, Tier};
use super::{Cancel, Limits, Program};

/// An instance of a program that is kept between invocations.
///
/// After a fault the instance is thrown away, and the next invocation makes a fresh one; so does
/// every invocation of a module whose instances serve but one call.
pub struct Session {
    program: Program,
    kept: Option<Kept>,
}

struct Kept {
    store: Store<Host>,
    slot: Slot,
    /// Whose code it runs: the program may have got better code meanwhile.
    tier: Tier,
}

impl Session {
    pub(super) fn new(program: Program) -> Self {
        Self { program, kept: None }
    }

    /// Calls `function` with `input` as [`Program::invoke`] does, in the instance of the invocation
    /// before where there is one. [`Outcome::origin`] tells.
    pub fn invoke(&mut self, function: &str, input: &[u8], limits: &Limits, cancel: &Cancel) -> Outcome {
        let engine = self.program.engine().clone();
        let limits = &*self.program.limits(function, limits);
        let ready = self.program.current();
        let at = match ready.check(function, input, limits) {
            Ok(at) => at,
            Err(fault) => return Outcome::not_begun(fault),
        };
        let convention = &ready.convention;
        let _running = engine.run();
        let kept = self.kept.take().filter(|kept| kept.tier == ready.tier);
        let (mut invocation, slot, ready_to_call) = match kept {
            Some(kept) => (Invocation::begin_again(kept.store, (function, input), limits, cancel), kept.slot, Ok(())),
            None => {
                let slot = engine.slot();
                let mut invocation = Invocation::begin(convention.engine(), (function, input), limits, cancel);
                let made = convention.instantiate(&mut invocation.store);
                (invocation, slot, made)
            }
        };
        let answer = ready_to_call.and_then(|()| convention.call(at, &mut invocation));
        let intact = answer.is_ok() && convention.reusable();
        let Ended { outcome, store, .. } = invocation.end(answer, ready.tier);
        if intact {
            self.kept = Some(Kept { store, slot, tier: ready.tier });
        }
        outcome
    }
}

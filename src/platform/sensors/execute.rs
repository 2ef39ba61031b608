//! One intent that was triggered: whether it runs at all (expiry, cooldown), its attempts, and what its output
//! leads to.

use std::sync::Arc;
use std::time::Duration;

use crate::bundle::FunctionRef;
use crate::bundle::target::{Dimension, formatted};
use crate::sandbox::{LoadError, Outcome, Reply};

use super::catalog::Trigger;
use super::emitted;
use super::simulator::{Call, Caller, Origin, Simulator};
use super::trace::{Attempt, Execution, Failure, FailureKind, NodeId, State, What};

/// What the user reads of an intent that was ended by hand.
const CANCELLED: &str = "Cancelled";

impl Simulator {
    /// Triggers an intent with `payload`, after its sensor `waited` for its turn.
    pub(super) fn execute(
        &mut self,
        trigger: &Trigger,
        (sensor, payload): (&str, &Arc<str>),
        waited: Duration,
        cause: Origin,
        caller: &mut Caller<'_>,
    ) {
        let execution = Execution {
            service: trigger.service.clone(),
            intent: trigger.intent.clone(),
            function: trigger.function.clone(),
            file: trigger.file.clone(),
            span: trigger.span,
            state: State::Succeeded,
            measured: Duration::ZERO,
            warnings: Vec::new(),
        };
        let node = self.trace.push(Some(cause.parent), self.now, What::Intent(Box::new(execution)));
        let state = match self.hindrance(trigger, waited, caller) {
            Some(state) => state,
            None => match &trigger.function {
                Some(FunctionRef::Wasm { service, function }) => {
                    self.last.insert((trigger.service.clone(), trigger.intent.clone()), self.now);
                    let call = (service.as_str(), function.as_str());
                    let state =
                        self.attempts(trigger, call, (sensor, payload), Origin { parent: node, ..cause }, caller);
                    self.compare_with_expected(trigger, node);
                    state
                }
                Some(FunctionRef::Platform { .. }) => State::OnPlatform,
                None => State::Failed("The intent names no function that can be understood".into()),
            },
        };
        if let Some(execution) = self.trace.execution_mut(node) {
            execution.state = state;
        }
    }

    /// Why the intent does not run now, if it does not.
    fn hindrance(&self, trigger: &Trigger, waited: Duration, caller: &Caller<'_>) -> Option<State> {
        if caller.cancel.is_cancelled() {
            return Some(State::Stopped(CANCELLED.into()));
        }
        if let Some(limit) = trigger.expires_in.filter(|limit| waited > *limit) {
            return Some(State::Expired { waited, limit });
        }
        let last = *self.last.get(&(trigger.service.clone(), trigger.intent.clone()))?;
        let again = last.saturating_add(trigger.cooldown?);
        (self.now < again).then_some(State::Skipped { last, again })
    }

    /// Calls the function until it answers or the retries are used up.
    fn attempts(
        &mut self,
        trigger: &Trigger,
        (service, function): (&str, &str),
        (sensor, payload): (&str, &Arc<str>),
        origin: Origin,
        caller: &mut Caller<'_>,
    ) -> State {
        let mut reason = "The sensor fired".to_owned();
        for number in 1..=trigger.retries.saturating_add(1) {
            if !self.may_spend(origin.root, origin.parent) {
                return State::Stopped("The simulation's bound on calls was reached".into());
            }
            let call = Call { sensor, service, function, input: payload, date: self.now };
            let attempt = attempt(number, reason, payload, (caller.call)(call));
            if let Some(execution) = self.trace.execution_mut(origin.parent) {
                execution.measured += attempt.measured;
            }
            let (failure, output) = (attempt.failure.clone(), attempt.output.clone());
            let node = self.trace.push(Some(origin.parent), self.now, What::Attempt(Box::new(attempt)));
            let Some(failure) = failure else {
                self.follow(output.as_deref().unwrap_or_default(), payload, Origin { parent: node, ..origin });
                return State::Succeeded;
            };
            if caller.cancel.is_cancelled() {
                return State::Stopped(CANCELLED.into());
            }
            if number > trigger.retries || !failure.is_worth_a_retry() {
                return State::Failed(failure.message);
            }
            reason = format!("Retry {number} of {}: {}", trigger.retries, failure.message);
        }
        State::Stopped(CANCELLED.into())
    }

    /// Fires what an output asks for.
    fn follow(&mut self, output: &str, input: &Arc<str>, from: Origin) {
        let (emitted, problems) = emitted::read(output, input);
        let intent = self.trace.get(from.parent).and_then(|attempt| attempt.parent);
        if let Some(execution) = intent.and_then(|intent| self.trace.execution_mut(intent)) {
            execution.warnings.extend(problems);
        }
        self.emit(emitted, from);
    }

    fn compare_with_expected(&mut self, trigger: &Trigger, node: NodeId) {
        let attempts = self.trace.get(node).map_or(0, |node| node.children.len());
        let Some(execution) = self.trace.execution_mut(node) else { return };
        if let Some(expected) = trigger.expected.filter(|expected| execution.measured > *expected) {
            let attempts = if attempts > 1 { format!(" in {attempts} attempts") } else { String::new() };
            let (took, expected) = (time(execution.measured), time(expected));
            execution.warnings.push(format!("It took {took}{attempts}, longer than the expected {expected}"));
        }
    }
}

/// A time in words.
fn time(duration: Duration) -> String {
    formatted(duration.as_secs_f64(), Dimension::Time)
}

/// What a call gave, as the trace keeps it. A function that says no has failed, as one that faults.
fn attempt(number: u32, reason: String, input: &Arc<str>, result: Result<Outcome, LoadError>) -> Attempt {
    let input = Arc::clone(input);
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => {
            let failure = Failure { kind: FailureKind::NotLoaded, message: error.message, help: error.help };
            let (logs, logs_dropped, measured) = (Vec::new(), 0, Duration::ZERO);
            return Attempt {
                number,
                reason,
                input,
                output: None,
                failure: Some(failure),
                logs,
                logs_dropped,
                measured,
            };
        }
    };
    let (output, failure) = match outcome.reply {
        Reply::Json(output) => (Some(output), None),
        Reply::ApplicationError(error) => {
            (error.output, Some(Failure { kind: FailureKind::Application, message: error.message, help: None }))
        }
        Reply::Fault(fault) => {
            (None, Some(Failure { kind: FailureKind::Fault(fault.kind), message: fault.message, help: fault.help }))
        }
    };
    Attempt {
        number,
        reason,
        input,
        output: output.map(Into::into),
        failure,
        logs: outcome.logs,
        logs_dropped: outcome.logs_dropped,
        measured: outcome.timings.total(),
    }
}

//! Calls between Go and JavaScript, and the event loop around them: promise jobs, timers, and
//! waiting until a promise is settled. Whoever waits here watches the deadline.

use std::time::Duration;

use wasmtime::Trap;

use super::heap::{GO, Kind, Promise, Reaction};
use super::natives::{self, Body, Call, settle};
use super::objects;
use super::realm::{self, Action, Completion, Context, Job, Timer};
use super::value::{ObjectId as Id, Value};
use crate::sandbox::fault::Stop;
use crate::sandbox::outcome::LogLevel;

/// Calls within calls that JavaScript's stack has room for.
const DEEPEST: u32 = 500;
/// How often Go is told of a timer that it does not look after.
const MISSED: u32 = 100;

/// `Reflect.apply(function, this, arguments)`.
pub(super) fn apply(
    context: &mut Context,
    function: &Value,
    this: &Value,
    arguments: &[Value],
) -> wasmtime::Result<Completion> {
    let realm = realm::of(context.data_mut())?;
    let body = match (function, realm.state.heap.kind(function)) {
        (Value::Native(native), _) => Some(native.0.run),
        (_, Some(Kind::GoFunction(id))) => {
            let id = *id;
            let event = call_go(context, id, this, arguments)?;
            return Ok(Ok(result_of(context, event)?.unwrap_or(Value::Undefined)));
        }
        (_, Some(Kind::Settle { promise, rejects })) => {
            let (promise, rejects) = (*promise, *rejects);
            settle(realm, promise, arguments.first().cloned().unwrap_or(Value::Undefined), rejects)?;
            return Ok(Ok(Value::Undefined));
        }
        (_, Some(Kind::Class(at))) => natives::class(*at).and_then(|class| class.convert),
        _ => None,
    };
    match body {
        Some(body) => run(context, body, this, arguments),
        None => not_a(context, function, "a function"),
    }
}

/// `Reflect.construct(class, arguments)`.
pub(super) fn construct(context: &mut Context, class: &Value, arguments: &[Value]) -> wasmtime::Result<Completion> {
    let kind = realm::of(context.data_mut())?.state.heap.kind(class);
    let body = match kind {
        Some(Kind::Class(at)) => natives::class(*at).and_then(|class| class.construct),
        _ => None,
    };
    match body {
        Some(body) => run(context, body, &Value::Undefined, arguments),
        None => not_a(context, class, "a constructor"),
    }
}

fn not_a(context: &mut Context, value: &Value, what: &str) -> wasmtime::Result<Completion> {
    let text: String = objects::text(&realm::of(context.data_mut())?.state.heap, value).chars().take(80).collect();
    realm::throw(context.data_mut(), "TypeError", &format!("{text} is not {what}"))
}

/// Runs a function of the sandbox; what it was given stays alive meanwhile.
fn run(context: &mut Context, body: Body, this: &Value, arguments: &[Value]) -> wasmtime::Result<Completion> {
    let realm = realm::of(context.data_mut())?;
    // Whoever hands the input on has looked at it.
    arguments.iter().for_each(|value| realm.look_at(value));
    let pinned = realm.pinned.len();
    realm.pinned.extend(arguments.iter().chain([this]).cloned());
    enter(realm)?;
    let completion = body(&mut Call { context, this, arguments })?;
    let realm = realm::of(context.data_mut())?;
    realm.depth -= 1;
    realm.pinned.truncate(pinned);
    Ok(completion)
}

fn enter(realm: &mut realm::Realm) -> wasmtime::Result<()> {
    if realm.depth >= DEEPEST {
        return Err(Trap::StackOverflow.into());
    }
    realm.depth += 1;
    Ok(())
}

/// Has Go call the function that it registered under this number. A function that blocks keeps Go
/// from giving control back, so that the event that is returned has its `result`: none where the
/// function was released.
fn call_go(context: &mut Context, id: u32, this: &Value, arguments: &[Value]) -> wasmtime::Result<Id> {
    let realm = realm::of(context.data_mut())?;
    let heap = &mut realm.state.heap;
    let event = heap.make(Kind::Plain)?;
    let list = Value::Object(heap.make(Kind::Array(arguments.to_vec()))?);
    let fields = [("id", Value::number(f64::from(id))), ("this", this.clone()), ("args", list)];
    for (name, value) in fields {
        objects::set(heap, &Value::Object(event), name, value)?;
    }
    objects::set(heap, &Value::Object(GO), "_pendingEvent", Value::Object(event))?;
    let pinned = realm.pinned.len();
    realm.pinned.push(Value::Object(event));
    enter(realm)?;
    resume(context)?;
    let realm = realm::of(context.data_mut())?;
    realm.depth -= 1;
    // The caller still looks into the event, and nothing is freed until then.
    realm.pinned.truncate(pinned);
    Ok(event)
}

fn resume(context: &mut Context) -> wasmtime::Result<()> {
    let go = realm::of(context.data_mut())?.go()?;
    go.resume.call(context)
}

/// What the function returned.
fn result_of(context: &mut Context, event: Id) -> wasmtime::Result<Option<Value>> {
    let heap = &realm::of(context.data_mut())?.state.heap;
    Ok(heap.get(event).and_then(|event| event.properties.get("result")).cloned())
}

/// Calls a function from outside and waits until it and the promise that it returns have come to an end.
pub(super) fn call_and_wait(
    context: &mut Context,
    function: &Value,
    this: &Value,
    arguments: &[Value],
) -> wasmtime::Result<Completion> {
    let result = match apply(context, function, this, arguments)? {
        Ok(value) => value,
        Err(thrown) => return Ok(Err(thrown)),
    };
    realm::of(context.data_mut())?.pinned.push(result.clone());
    run_jobs(context)?;
    loop {
        match realm::of(context.data_mut())?.state.heap.kind(&result) {
            Some(Kind::Promise(Promise::Fulfilled(value))) => return Ok(Ok(value.clone())),
            Some(Kind::Promise(Promise::Rejected(value))) => return Ok(Err(value.clone())),
            Some(Kind::Promise(Promise::Pending(_))) => {}
            _ => return Ok(Ok(result)),
        }
        if !step(context)? {
            return Err(deadlock(context));
        }
    }
}

/// Go has its own words for a deadlock, with the goroutines' stacks: they go into the log.
fn deadlock(context: &mut Context) -> wasmtime::Error {
    // Event 0 makes Go look; it ends the program, and that is the error which is not of interest.
    if let Err(ended) = call_go(context, 0, &Value::Undefined, &[])
        && matches!(ended.downcast_ref::<Stop>(), Some(Stop::Timeout(_) | Stop::Cancelled))
    {
        return ended;
    }
    let message = "The promise that the function returned is never settled: \
         all goroutines are asleep and no timer runs (deadlock)";
    Stop::Thrown(message.into()).into()
}

/// Runs what is due next, after the time until then. False where nothing is.
pub(super) fn step(context: &mut Context) -> wasmtime::Result<bool> {
    run_jobs(context)?;
    let realm = realm::of(context.data_mut())?;
    let Some(timer) = realm.next_timer().cloned() else { return Ok(false) };
    let wait = timer.due.saturating_sub(realm.nanoseconds());
    // Even where there is nothing to wait for, this is where an endless series of timers ends.
    context.data().sleep(Duration::from_nanos(wait))?;
    fire(context, timer)?;
    run_jobs(context)?;
    Ok(true)
}

fn fire(context: &mut Context, timer: Timer) -> wasmtime::Result<()> {
    let Action::Call { function, arguments, every } = timer.action else {
        for _ in 0..MISSED {
            resume(context)?;
            // Go clears its timer when it looks after it.
            if realm::of(context.data_mut())?.state.timers.iter().all(|other| other.id != timer.id) {
                return Ok(());
            }
        }
        realm::of(context.data_mut())?.remove_timer(timer.id);
        return Ok(());
    };
    let realm = realm::of(context.data_mut())?;
    match every {
        Some(every) => {
            let due = realm.nanoseconds().saturating_add(every);
            realm.state.timers.iter_mut().filter(|other| other.id == timer.id).for_each(|other| other.due = due);
        }
        None => realm.remove_timer(timer.id),
    }
    let completion = apply(context, &function, &Value::Undefined, &arguments)?;
    report(context, completion)
}

/// What nobody catches is at least logged.
fn report(context: &mut Context, completion: Completion) -> wasmtime::Result<()> {
    let Err(thrown) = completion else { return Ok(()) };
    let text = objects::text(&realm::of(context.data_mut())?.state.heap, &thrown);
    realm::log(context.data_mut(), LogLevel::Error, &format!("Uncaught {text}"))
}

/// Runs the jobs of promises until there are none.
fn run_jobs(context: &mut Context) -> wasmtime::Result<()> {
    while let Some(job) = realm::of(context.data_mut())?.state.jobs.pop_front() {
        if let Some(ending) = context.data().ending() {
            return Err(Stop::from(ending).into());
        }
        let realm = realm::of(context.data_mut())?;
        let pinned = realm.pinned.len();
        match job {
            Job::React { reaction, value, rejected } => run_reaction(context, reaction, value, rejected)?,
            Job::Adopt { promise, thenable, then } => adopt(context, promise, &thenable, &then)?,
            Job::Call { function } => {
                let completion = apply(context, &function, &Value::Undefined, &[])?;
                report(context, completion)?;
            }
        }
        realm::of(context.data_mut())?.pinned.truncate(pinned);
    }
    Ok(())
}

fn run_reaction(context: &mut Context, reaction: Reaction, value: Value, rejected: bool) -> wasmtime::Result<()> {
    let handler = if rejected { &reaction.rejected } else { &reaction.fulfilled };
    let realm = realm::of(context.data_mut())?;
    if !realm.state.heap.is_function(handler) {
        return settle(realm, reaction.derived, value, rejected);
    }
    realm.pinned.push(Value::Object(reaction.derived));
    let completion = apply(context, handler, &Value::Undefined, &[value])?;
    let realm = realm::of(context.data_mut())?;
    match completion {
        Ok(value) => settle(realm, reaction.derived, value, false),
        Err(thrown) => settle(realm, reaction.derived, thrown, true),
    }
}

fn adopt(context: &mut Context, promise: Id, thenable: &Value, then: &Value) -> wasmtime::Result<()> {
    let realm = realm::of(context.data_mut())?;
    let heap = &mut realm.state.heap;
    let resolve = Value::Object(heap.make(Kind::Settle { promise, rejects: false })?);
    let reject = Value::Object(heap.make(Kind::Settle { promise, rejects: true })?);
    realm.pinned.push(Value::Object(promise));
    match apply(context, then, thenable, &[resolve, reject])? {
        Ok(_) => Ok(()),
        Err(thrown) => settle(realm::of(context.data_mut())?, promise, thrown, true),
    }
}

//! `Promise`: settled by Go, by other promises or by timers. What follows from a settled promise is
//! queued as a job, never called at once.

use super::super::calls;
use super::super::heap::{Kind, Promise, Reaction};
use super::super::objects;
use super::super::realm::{Completion, Job, Realm};
use super::super::value::{ObjectId as Id, Value};
use super::{Call, Class, NAMESPACE, Native};

pub(super) static PROMISE: Class = Class {
    name: "Promise",
    statics: &[
        Native { of: "Promise", name: "resolve", run: |call| settled(call, false) },
        Native { of: "Promise", name: "reject", run: |call| settled(call, true) },
    ],
    methods: &[
        Native { of: "Promise#", name: "then", run: |call| then(call, call.argument(0), call.argument(1)) },
        Native { of: "Promise#", name: "catch", run: |call| then(call, Value::Undefined, call.argument(0)) },
        Native { of: "Promise#", name: "finally", run: |call| then(call, call.argument(0), call.argument(0)) },
    ],
    construct: Some(construct),
    ..NAMESPACE
};

/// A pending promise.
pub(in super::super) fn promise(realm: &mut Realm) -> wasmtime::Result<Id> {
    realm.state.heap.make(Kind::Promise(Promise::Pending(Vec::new())))
}

fn construct(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let executor = call.argument(0);
    if !call.heap()?.is_function(&executor) {
        return call.throw("TypeError", "Promise resolver is not a function");
    }
    let promise = promise(call.realm()?)?;
    let resolve = Value::Object(call.heap()?.make(Kind::Settle { promise, rejects: false })?);
    let reject = Value::Object(call.heap()?.make(Kind::Settle { promise, rejects: true })?);
    call.realm()?.pinned.push(Value::Object(promise));
    if let Err(thrown) = calls::apply(call.context, &executor, &Value::Undefined, &[resolve, reject])? {
        settle(call.realm()?, promise, thrown, true)?;
    }
    Ok(Ok(Value::Object(promise)))
}

/// `Promise.resolve(value)` or `Promise.reject(value)`.
fn settled(call: &mut Call<'_, '_>, rejects: bool) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    if !rejects && matches!(call.heap()?.kind(&value), Some(Kind::Promise(_))) {
        return Ok(Ok(value));
    }
    let realm = call.realm()?;
    let promise = promise(realm)?;
    settle(realm, promise, value, rejects)?;
    Ok(Ok(Value::Object(promise)))
}

/// Settles a promise; one that is settled already stays as it is. What is resolved with another
/// promise follows that one.
pub(in super::super) fn settle(realm: &mut Realm, promise: Id, value: Value, rejects: bool) -> wasmtime::Result<()> {
    if !rejects && matches!(value, Value::Object(_)) {
        if value.as_object() == Some(promise) {
            let error = realm.state.heap.error("TypeError", "Chaining cycle detected for promise #<Promise>")?;
            return settle(realm, promise, error, true);
        }
        if matches!(realm.state.heap.kind(&value), Some(Kind::Promise(_))) {
            let reaction = Reaction { fulfilled: Value::Undefined, rejected: Value::Undefined, derived: promise };
            return react(realm, &value, reaction);
        }
        let then = objects::get(realm, &value, "then")?;
        if realm.state.heap.is_function(&then) {
            return realm.add_job(Job::Adopt { promise, thenable: value, then });
        }
    }
    let Some(Kind::Promise(state)) = realm.state.heap.kind_mut(&Value::Object(promise)) else { return Ok(()) };
    let Promise::Pending(reactions) = state else { return Ok(()) };
    let reactions = std::mem::take(reactions);
    *state = if rejects { Promise::Rejected(value.clone()) } else { Promise::Fulfilled(value.clone()) };
    for reaction in reactions {
        realm.add_job(Job::React { reaction, value: value.clone(), rejected: rejects })?;
    }
    Ok(())
}

/// Has the reaction happen once the promise is settled.
fn react(realm: &mut Realm, promise: &Value, reaction: Reaction) -> wasmtime::Result<()> {
    realm.state.heap.charge(128)?;
    let (value, rejected) = match realm.state.heap.kind_mut(promise) {
        Some(Kind::Promise(Promise::Pending(reactions))) => {
            reactions.push(reaction);
            return Ok(());
        }
        Some(Kind::Promise(Promise::Fulfilled(value))) => (value.clone(), false),
        Some(Kind::Promise(Promise::Rejected(value))) => (value.clone(), true),
        _ => return Ok(()),
    };
    realm.add_job(Job::React { reaction, value, rejected })
}

fn then(call: &mut Call<'_, '_>, fulfilled: Value, rejected: Value) -> wasmtime::Result<Completion> {
    let this = call.this.clone();
    if !matches!(call.heap()?.kind(&this), Some(Kind::Promise(_))) {
        return call.throw("TypeError", "Method Promise.prototype.then called on incompatible receiver");
    }
    let realm = call.realm()?;
    let derived = promise(realm)?;
    react(realm, &this, Reaction { fulfilled, rejected, derived })?;
    Ok(Ok(Value::Object(derived)))
}

//! The JavaScript objects of one Go program. Counts what they take, and frees what nothing reaches
//! any more; never calls anything.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::natives::{self, Class};
use super::properties::Properties;
use super::value::{ObjectId, Text, Value};
use crate::sandbox::fault::Stop;

/// `globalThis`.
pub(super) const GLOBAL: ObjectId = 0;
/// The object of Go's own glue.
pub(super) const GO: ObjectId = 1;
/// The first of the sandbox's classes and namespaces, in the order of [`natives::CLASSES`].
const FIRST_CLASS: ObjectId = 2;

/// What an object costs besides its content, in bytes.
const OBJECT_COST: u64 = 128;
/// What an array's element or a property costs besides its text.
const ELEMENT_COST: u64 = 32;
/// Bytes in use below which nothing is collected.
const COLLECT_FROM: u64 = 1 << 20;
/// Bytes that have to be added between two collections, however close the limit is.
const COLLECT_AFTER: u64 = 64 << 10;

/// All objects, by their ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Heap {
    objects: Vec<Option<Object>>,
    free: Vec<ObjectId>,
    /// Bytes that the objects and strings made since the last collection take, with those that it left.
    used: u64,
    /// Bytes that they may take.
    #[serde(skip)]
    pub(super) limit: u64,
    /// Bytes in use from which to collect.
    collect_at: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) properties: Properties,
}

/// What kind of object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Kind {
    Plain,
    /// A class or namespace of the sandbox: a position in [`natives::CLASSES`].
    Class(usize),
    Array(Vec<Value>),
    /// An `ArrayBuffer`.
    Buffer(Vec<u8>),
    /// A `Uint8Array` or `Uint8ClampedArray` over a buffer.
    Bytes(View),
    /// The input of a function: bytes to who reads bytes, an object to who reads its fields.
    Input {
        bytes: View,
        document: Option<Value>,
    },
    Error {
        class: Text,
        message: Text,
    },
    /// A point in time, in milliseconds since 1970.
    Date(super::value::Double),
    Promise(Promise),
    /// A Go function that was registered with `js.FuncOf`, by its number there.
    GoFunction(u32),
    /// A function that settles a promise.
    Settle {
        promise: ObjectId,
        rejects: bool,
    },
}

/// A part of a buffer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct View {
    pub(super) buffer: ObjectId,
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) clamped: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Promise {
    Pending(Vec<Reaction>),
    Fulfilled(Value),
    Rejected(Value),
}

/// What happens once a promise is settled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reaction {
    pub(super) fulfilled: Value,
    pub(super) rejected: Value,
    /// The promise that `then` returned.
    pub(super) derived: ObjectId,
}

impl Heap {
    /// `globalThis`, the object of Go's glue, and the sandbox's classes.
    pub(super) fn new() -> Self {
        let object = |kind| Some(Object { kind, properties: Properties::default() });
        let mut objects = vec![object(Kind::Class(natives::GLOBAL_CLASS)), object(Kind::Class(natives::GO_CLASS))];
        objects.extend((0..natives::CLASSES.len()).map(|class| object(Kind::Class(class))));
        Self { objects, free: Vec::new(), used: 0, limit: u64::MAX, collect_at: COLLECT_FROM }
    }

    /// The object that stands for a class or namespace.
    pub(super) fn class(at: usize) -> Value {
        Value::Object(FIRST_CLASS + at as ObjectId)
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Counts bytes that are about to be used.
    ///
    /// # Errors
    /// When they are more than may be used.
    pub(super) fn charge(&mut self, bytes: u64) -> wasmtime::Result<()> {
        let after = self.used.saturating_add(bytes);
        if after > self.limit {
            return Err(Stop::MemoryLimit(format!(
                "The function's JavaScript values take more than the {} that its memory limit leaves them",
                crate::sandbox::fault::bytes(self.limit)
            ))
            .into());
        }
        self.used = after;
        Ok(())
    }

    /// Counts one more element or property.
    pub(super) fn charge_element(&mut self) -> wasmtime::Result<()> {
        self.charge(ELEMENT_COST)
    }

    /// Makes an object.
    pub(super) fn make(&mut self, kind: Kind) -> wasmtime::Result<ObjectId> {
        self.charge(OBJECT_COST + kind.size())?;
        let object = Some(Object { kind, properties: Properties::default() });
        if let Some(id) = self.free.pop()
            && let Some(slot) = self.objects.get_mut(id as usize)
        {
            *slot = object;
            return Ok(id);
        }
        self.objects.push(object);
        ObjectId::try_from(self.objects.len() - 1).map_err(|_| Stop::convention("Too many JavaScript objects"))
    }

    /// Makes a string.
    pub(super) fn text(&mut self, text: &str) -> wasmtime::Result<Value> {
        self.charge(text.len() as u64)?;
        Ok(Value::text(text))
    }

    /// Makes a `Uint8Array` with a buffer of its own.
    pub(super) fn bytes(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Value> {
        let length = bytes.len();
        let buffer = self.make(Kind::Buffer(bytes))?;
        self.make(Kind::Bytes(View { buffer, start: 0, length, clamped: false })).map(Value::Object)
    }

    /// Makes an error that JavaScript itself would throw.
    pub(super) fn error(&mut self, class: &str, message: &str) -> wasmtime::Result<Value> {
        let kind = Kind::Error { class: Text(class.into()), message: Text(message.into()) };
        self.make(kind).map(Value::Object)
    }

    pub(super) fn get(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: ObjectId) -> Option<&mut Object> {
        self.objects.get_mut(id as usize)?.as_mut()
    }

    pub(super) fn kind(&self, value: &Value) -> Option<&Kind> {
        self.get(value.as_object()?).map(|object| &object.kind)
    }

    pub(super) fn kind_mut(&mut self, value: &Value) -> Option<&mut Kind> {
        self.get_mut(value.as_object()?).map(|object| &mut object.kind)
    }

    /// Whether the value can be called.
    pub(super) fn is_function(&self, value: &Value) -> bool {
        match value {
            Value::Native(_) => true,
            _ => match self.kind(value) {
                Some(Kind::GoFunction(_) | Kind::Settle { .. }) => true,
                Some(Kind::Class(class)) => natives::class(*class).is_some_and(Class::is_function),
                _ => false,
            },
        }
    }

    /// The part of a buffer that the value shows as bytes: a `Uint8Array`, or the input.
    pub(super) fn view(&self, value: &Value) -> Option<View> {
        match self.kind(value)? {
            Kind::Bytes(view) | Kind::Input { bytes: view, .. } => Some(*view),
            _ => None,
        }
    }

    /// The bytes of a `Uint8Array`, of the input, or of an `ArrayBuffer`.
    pub(super) fn as_bytes(&self, value: &Value) -> Option<&[u8]> {
        if let Some(Kind::Buffer(bytes)) = self.kind(value) {
            return Some(bytes);
        }
        self.slice(self.view(value)?)
    }

    pub(super) fn slice(&self, view: View) -> Option<&[u8]> {
        match &self.get(view.buffer)?.kind {
            Kind::Buffer(bytes) => bytes.get(view.start..view.start.checked_add(view.length)?),
            _ => None,
        }
    }

    pub(super) fn slice_mut(&mut self, view: View) -> Option<&mut [u8]> {
        match &mut self.get_mut(view.buffer)?.kind {
            Kind::Buffer(bytes) => bytes.get_mut(view.start..view.start.checked_add(view.length)?),
            _ => None,
        }
    }

    /// Whether it is time to look for what can be freed.
    pub(super) fn is_full(&self) -> bool {
        self.used > self.collect_at
    }

    /// Frees what cannot be reached from `roots`.
    pub(super) fn collect<'a>(&mut self, roots: impl Iterator<Item = &'a Value>) {
        let mut reached =
            Reached { objects: vec![false; self.objects.len()], texts: HashSet::new(), bytes: 0, left: Vec::new() };
        (0..FIRST_CLASS + natives::CLASSES.len() as ObjectId).for_each(|id| reached.object(id));
        roots.for_each(|value| reached.value(value));
        while let Some(id) = reached.left.pop() {
            if let Some(object) = self.get(id) {
                reached.content(object);
            }
        }
        self.free.clear();
        for (id, (slot, reached)) in self.objects.iter_mut().zip(&reached.objects).enumerate() {
            if !reached {
                *slot = None;
                self.free.push(id as ObjectId);
            }
        }
        self.used = reached.bytes;
        // The closer the limit, the sooner again, yet never so often that nothing else gets done.
        let left = self.limit.saturating_sub(self.used) / 2;
        self.collect_at = self.used + left.clamp(COLLECT_AFTER, self.used.max(COLLECT_FROM));
    }
}

impl Kind {
    /// Bytes of the content.
    fn size(&self) -> u64 {
        match self {
            Self::Array(values) => values.len() as u64 * ELEMENT_COST,
            Self::Buffer(bytes) => bytes.len() as u64,
            Self::Error { message, .. } => message.len() as u64,
            Self::Promise(Promise::Pending(reactions)) => reactions.len() as u64 * OBJECT_COST,
            _ => 0,
        }
    }
}

/// What a collection has reached so far.
struct Reached {
    objects: Vec<bool>,
    /// Long strings by their addresses: one that is used twice takes its bytes once.
    texts: HashSet<usize>,
    bytes: u64,
    left: Vec<ObjectId>,
}

impl Reached {
    fn object(&mut self, id: ObjectId) {
        if let Some(reached @ false) = self.objects.get_mut(id as usize) {
            *reached = true;
            self.left.push(id);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(id) => self.object(*id),
            Value::Text(text) if self.texts.insert(text.as_ptr() as usize) => self.bytes += text.len() as u64,
            _ => {}
        }
    }

    fn content(&mut self, object: &Object) {
        self.bytes += OBJECT_COST + object.kind.size();
        for (name, value) in object.properties.iter() {
            self.bytes += ELEMENT_COST + name.len() as u64;
            self.value(value);
        }
        match &object.kind {
            Kind::Array(values) => values.iter().for_each(|value| self.value(value)),
            Kind::Bytes(view) => self.object(view.buffer),
            Kind::Input { bytes, document } => {
                self.object(bytes.buffer);
                document.iter().for_each(|document| self.value(document));
            }
            Kind::Promise(Promise::Pending(reactions)) => reactions.iter().for_each(|reaction| self.reaction(reaction)),
            Kind::Promise(Promise::Fulfilled(value) | Promise::Rejected(value)) => self.value(value),
            Kind::Settle { promise, .. } => self.object(*promise),
            Kind::Plain
            | Kind::Class(_)
            | Kind::Buffer(_)
            | Kind::Error { .. }
            | Kind::Date(_)
            | Kind::GoFunction(_) => {}
        }
    }

    fn reaction(&mut self, reaction: &Reaction) {
        self.value(&reaction.fulfilled);
        self.value(&reaction.rejected);
        self.object(reaction.derived);
    }
}

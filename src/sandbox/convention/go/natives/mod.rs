//! The JavaScript that Go programs find on `globalThis`: what Go's own libraries need and plain
//! JavaScript around it. No network, no files, no page: those names are undefined, and what needs
//! them fails with Go's own errors.

mod console;
mod dates;
mod lists;
mod promises;
mod system;
mod texts;

pub(super) use self::dates::{date_text, iso_text};
pub(super) use self::promises::settle;
pub(super) use self::system::stream;
pub(super) use self::texts::decoded;

use super::heap::{Heap, Kind};
use super::objects;
use super::realm::{self, Completion, Context, Realm};
use super::value::{NativeRef, Value};
use crate::sandbox::outside::Outside;

/// What a function does.
pub(super) type Body = fn(&mut Call<'_, '_>) -> wasmtime::Result<Completion>;

/// A function of the sandbox's JavaScript.
pub(super) struct Native {
    /// The class or namespace that it belongs to; with a `#` for methods of its objects.
    pub(super) of: &'static str,
    pub(super) name: &'static str,
    pub(super) run: Body,
}

/// A class or namespace.
pub(super) struct Class {
    pub(super) name: &'static str,
    /// The class above it, besides `Object`.
    pub(super) extends: Option<&'static str>,
    pub(super) statics: &'static [Native],
    pub(super) methods: &'static [Native],
    /// Properties that are numbers.
    pub(super) numbers: &'static [(&'static str, f64)],
    pub(super) construct: Option<Body>,
    /// What calling it without `new` does.
    pub(super) convert: Option<Body>,
}

/// One call of a function.
pub(super) struct Call<'a, 'b> {
    pub(super) context: &'a mut Context<'b>,
    pub(super) this: &'a Value,
    pub(super) arguments: &'a [Value],
}

/// The kinds of `globalThis` and of the object of Go's glue: no classes of the list.
pub(super) const GLOBAL_CLASS: usize = usize::MAX;
pub(super) const GO_CLASS: usize = usize::MAX - 1;

/// What has no members of one sort.
const NAMESPACE: Class =
    Class { name: "", extends: None, statics: &[], methods: &[], numbers: &[], construct: None, convert: None };

/// All of them. Snapshots refer to them by their positions.
pub(super) static CLASSES: [&Class; 28] = [
    &lists::OBJECT,
    &lists::ARRAY,
    &lists::UINT8_ARRAY,
    &lists::UINT8_CLAMPED_ARRAY,
    &lists::ARRAY_BUFFER,
    &texts::ERROR,
    &texts::TYPE_ERROR,
    &texts::RANGE_ERROR,
    &texts::SYNTAX_ERROR,
    &texts::FUNCTION,
    &texts::STRING,
    &texts::NUMBER,
    &texts::BOOLEAN,
    &texts::JSON,
    &texts::MATH,
    &texts::TEXT_ENCODER,
    &texts::TEXT_DECODER,
    &texts::REFLECT,
    &dates::DATE,
    &promises::PROMISE,
    &console::CONSOLE,
    &system::PROCESS,
    &system::FS,
    &system::FS_CONSTANTS,
    &system::PATH,
    &system::CRYPTO,
    &system::PERFORMANCE,
    &system::GLOBAL,
];

static GO: Native = Native { of: "Go", name: "_makeFuncWrapper", run: make_function };

impl Class {
    /// Whether it is called or constructed, and no mere namespace.
    pub(super) fn is_function(&self) -> bool {
        self.construct.is_some() || self.convert.is_some()
    }

    pub(super) fn method(&self, name: &str) -> Option<Value> {
        named(self.methods, name)
    }
}

fn named(natives: &'static [Native], name: &str) -> Option<Value> {
    natives.iter().find(|native| native.name == name).map(|native| Value::Native(NativeRef(native)))
}

/// The class at a position of [`CLASSES`].
pub(super) fn class(at: usize) -> Option<&'static Class> {
    CLASSES.get(at).copied()
}

/// The names of all classes and namespaces, in their order.
pub(super) fn class_names() -> Vec<String> {
    CLASSES.iter().map(|class| class.name.to_owned()).collect()
}

/// Where the class or namespace of this name stands.
pub(super) fn position(name: &str) -> Option<usize> {
    CLASSES.iter().position(|class| class.name == name)
}

/// The function of this name, for snapshots.
pub(super) fn find(of: &str, name: &str) -> Option<&'static Native> {
    let all = CLASSES.iter().flat_map(|class| class.statics.iter().chain(class.methods));
    all.chain([&GO]).find(|native| native.of == of && native.name == name)
}

/// What a class, a namespace or `globalThis` has under this name.
pub(super) fn constant(at: usize, name: &str) -> Option<Value> {
    match at {
        GLOBAL_CLASS => return global(name),
        GO_CLASS if name == GO.name => return Some(Value::Native(NativeRef(&GO))),
        GO_CLASS if name == "_pendingEvent" => return Some(Value::Null),
        _ => {}
    }
    let class = class(at)?;
    if let Some((_, number)) = class.numbers.iter().find(|(own, _)| *own == name) {
        return Some(Value::number(*number));
    }
    match (class.name, name) {
        ("fs", "constants") => position("fs.constants").map(Heap::class),
        (_, "name") if class.is_function() => Some(Value::text(class.name)),
        _ => named(class.statics, name),
    }
}

fn global(name: &str) -> Option<Value> {
    match name {
        // A page calls it by either name, Node.js by the third.
        "globalThis" | "self" | "window" | "global" => return Some(Value::Object(super::heap::GLOBAL)),
        "NaN" => return Some(Value::number(f64::NAN)),
        "Infinity" => return Some(Value::number(f64::INFINITY)),
        _ => {}
    }
    if let Some(function) = named(system::GLOBAL.statics, name) {
        return Some(function);
    }
    let at = CLASSES.iter().position(|class| class.name == name && !name.contains(['.', '<']))?;
    Some(Heap::class(at))
}

/// What every object has.
pub(super) fn object_method(name: &str) -> Value {
    lists::OBJECT.method(name).unwrap_or(Value::Undefined)
}

/// `go._makeFuncWrapper(id)`.
fn make_function(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    match call.argument(0).as_index().and_then(|id| u32::try_from(id).ok()) {
        Some(id) => call.make(Kind::GoFunction(id)),
        None => call.throw("TypeError", "a Go function has a number"),
    }
}

impl Call<'_, '_> {
    /// The argument at a position; undefined where there is none.
    pub(super) fn argument(&self, at: usize) -> Value {
        self.arguments.get(at).cloned().unwrap_or(Value::Undefined)
    }

    pub(super) fn realm(&mut self) -> wasmtime::Result<&mut Realm> {
        realm::of(self.context.data_mut())
    }

    /// Where time and random numbers come from.
    pub(super) fn outside(&self) -> Outside {
        self.context.data().outside.clone()
    }

    pub(super) fn heap(&mut self) -> wasmtime::Result<&mut Heap> {
        Ok(&mut self.realm()?.state.heap)
    }

    /// `String(argument)`.
    pub(super) fn text(&mut self, at: usize) -> wasmtime::Result<String> {
        let value = self.argument(at);
        let text = objects::text(self.heap()?, &value);
        self.heap()?.charge(text.len() as u64)?;
        Ok(text)
    }

    /// `Number(argument)`.
    pub(super) fn number(&mut self, at: usize) -> wasmtime::Result<f64> {
        let value = self.argument(at);
        Ok(texts::number_of(self.heap()?, &value))
    }

    /// A start or end among `length` elements, as `slice` counts them: from the end where negative.
    pub(super) fn position(&mut self, at: usize, length: usize, missing: usize) -> wasmtime::Result<usize> {
        if matches!(self.argument(at), Value::Undefined) {
            return Ok(missing);
        }
        let number = self.number(at)?;
        let from_end = if number < 0.0 { length as f64 + number.trunc() } else { number.trunc() };
        // NaN becomes zero.
        Ok(from_end.clamp(0.0, length as f64) as usize)
    }

    /// Returns a new object.
    pub(super) fn make(&mut self, kind: Kind) -> wasmtime::Result<Completion> {
        Ok(Ok(Value::Object(self.heap()?.make(kind)?)))
    }

    /// Returns a new string.
    pub(super) fn make_text(&mut self, text: &str) -> wasmtime::Result<Completion> {
        Ok(Ok(self.heap()?.text(text)?))
    }

    pub(super) fn throw(&mut self, class: &str, message: &str) -> wasmtime::Result<Completion> {
        realm::throw(self.context.data_mut(), class, message)
    }
}

/// Nothing but undefined.
fn nothing(_: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    Ok(Ok(Value::Undefined))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found_by_its_own_name() {
        for class in CLASSES {
            for native in class.statics.iter().chain(class.methods) {
                let found = find(native.of, native.name).unwrap();
                assert!(std::ptr::eq(found, native), "{} {}", native.of, native.name);
            }
        }
    }

    #[test]
    fn neither_network_nor_page_are_there() {
        for name in
            ["fetch", "XMLHttpRequest", "WebSocket", "document", "navigator", "require", "fs.constants", "<global>"]
        {
            assert!(global(name).is_none(), "{name}");
        }
        for name in ["Object", "Uint8Array", "fs", "process", "crypto", "setTimeout", "window"] {
            assert!(global(name).is_some(), "{name}");
        }
    }
}

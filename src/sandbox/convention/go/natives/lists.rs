//! `Object`, `Array` and byte arrays.

use super::super::heap::{Heap, Kind, View};
use super::super::objects;
use super::super::realm::Completion;
use super::super::value::Value;
use super::super::{calls, value::Text};
use super::{Call, Class, NAMESPACE, Native};

/// Longest byte array, in bytes: what JavaScript engines allow is of that order.
const LONGEST_BYTES: f64 = 4_294_967_296.0;

pub(super) static OBJECT: Class = Class {
    name: "Object",
    statics: &[
        Native { of: "Object", name: "keys", run: |call| list(call, |name, _| vec![name]) },
        Native { of: "Object", name: "values", run: |call| list(call, |_, value| vec![value]) },
        Native { of: "Object", name: "entries", run: entries },
        Native { of: "Object", name: "assign", run: assign },
        Native { of: "Object", name: "freeze", run: |call| Ok(Ok(call.argument(0))) },
    ],
    methods: &[
        Native { of: "Object#", name: "toString", run: to_text },
        Native { of: "Object#", name: "toLocaleString", run: to_text },
        Native { of: "Object#", name: "valueOf", run: |call| Ok(Ok(call.this.clone())) },
        Native { of: "Object#", name: "hasOwnProperty", run: has_own },
    ],
    construct: Some(to_object),
    convert: Some(to_object),
    ..NAMESPACE
};

pub(super) static ARRAY: Class = Class {
    name: "Array",
    statics: &[
        Native { of: "Array", name: "isArray", run: is_array },
        Native { of: "Array", name: "from", run: array_from },
        Native { of: "Array", name: "of", run: |call| call.make(Kind::Array(call.arguments.to_vec())) },
    ],
    methods: &[
        Native { of: "Array#", name: "push", run: push },
        Native { of: "Array#", name: "pop", run: |call| take(call, Vec::pop) },
        Native {
            of: "Array#",
            name: "shift",
            run: |call| take(call, |values| (!values.is_empty()).then(|| values.remove(0))),
        },
        Native { of: "Array#", name: "slice", run: array_slice },
        Native { of: "Array#", name: "concat", run: concat },
        Native { of: "Array#", name: "join", run: join },
        Native {
            of: "Array#",
            name: "indexOf",
            run: |call| Ok(Ok(Value::number(index_of(call)?.map_or(-1.0, |at| at as f64)))),
        },
        Native { of: "Array#", name: "includes", run: |call| Ok(Ok(Value::Bool(index_of(call)?.is_some()))) },
        Native { of: "Array#", name: "forEach", run: |call| each(call, false) },
        Native { of: "Array#", name: "map", run: |call| each(call, true) },
    ],
    construct: Some(make_array),
    convert: Some(make_array),
    ..NAMESPACE
};

static BYTES_METHODS: [Native; 4] = [
    Native { of: "Uint8Array#", name: "slice", run: |call| part(call, true) },
    Native { of: "Uint8Array#", name: "subarray", run: |call| part(call, false) },
    Native { of: "Uint8Array#", name: "set", run: set_bytes },
    Native { of: "Uint8Array#", name: "fill", run: fill },
];

pub(super) static UINT8_ARRAY: Class = Class {
    name: "Uint8Array",
    statics: &[Native { of: "Uint8Array", name: "from", run: |call| make_bytes(call, false) }],
    methods: &BYTES_METHODS,
    construct: Some(|call| make_bytes(call, false)),
    ..NAMESPACE
};

pub(super) static UINT8_CLAMPED_ARRAY: Class = Class {
    name: "Uint8ClampedArray",
    methods: &BYTES_METHODS,
    construct: Some(|call| make_bytes(call, true)),
    ..NAMESPACE
};

pub(super) static ARRAY_BUFFER: Class = Class {
    name: "ArrayBuffer",
    methods: &[Native { of: "ArrayBuffer#", name: "slice", run: buffer_slice }],
    construct: Some(|call| match length(call)? {
        Some(length) => {
            call.heap()?.charge(length as u64)?;
            call.make(Kind::Buffer(vec![0; length]))
        }
        None => call.throw("RangeError", "Array buffer allocation failed"),
    }),
    ..NAMESPACE
};

/// `new Object(value)`: the value itself where it is an object.
fn to_object(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    match call.argument(0) {
        value @ (Value::Object(_) | Value::Native(_)) => Ok(Ok(value)),
        _ => call.make(Kind::Plain),
    }
}

/// An array of something of each own property.
fn list(call: &mut Call<'_, '_>, pick: fn(Value, Value) -> Vec<Value>) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    if value.is_nullish() {
        return call.throw("TypeError", "Cannot convert undefined or null to object");
    }
    let entries = seen(call, &value)?;
    let picked = entries.into_iter().flat_map(|(name, value)| pick(Value::Text(name), value)).collect();
    call.make(Kind::Array(picked))
}

/// The value's properties; those of the input are its document's.
fn seen(call: &mut Call<'_, '_>, value: &Value) -> wasmtime::Result<Vec<(Text, Value)>> {
    let heap = call.heap()?;
    let value = match heap.kind(value) {
        Some(Kind::Input { .. }) => objects::input_document(heap, value)?,
        _ => value.clone(),
    };
    let entries = objects::listed(heap, &value);
    heap.charge(entries.len() as u64 * 64)?;
    Ok(entries)
}

fn entries(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    let mut pairs = Vec::new();
    for (name, value) in seen(call, &value)? {
        let pair = call.heap()?.make(Kind::Array(vec![Value::Text(name), value]))?;
        pairs.push(Value::Object(pair));
    }
    call.make(Kind::Array(pairs))
}

fn assign(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let target = call.argument(0);
    for source in call.arguments.iter().skip(1) {
        for (name, value) in seen(call, source)? {
            objects::set(call.heap()?, &target, &name, value)?;
        }
    }
    Ok(Ok(target))
}

fn to_text(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let this = call.this.clone();
    let text = objects::text(call.heap()?, &this);
    call.make_text(&text)
}

fn has_own(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let (this, name) = (call.this.clone(), call.text(0)?);
    let found = seen(call, &this)?.iter().any(|(own, _)| **own == *name);
    Ok(Ok(Value::Bool(found)))
}

fn is_array(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    Ok(Ok(Value::Bool(matches!(call.heap()?.kind(&value), Some(Kind::Array(_))))))
}

/// The elements of an array or byte array.
fn elements(heap: &Heap, value: &Value) -> Vec<Value> {
    match heap.kind(value) {
        Some(Kind::Array(values)) => values.clone(),
        _ => heap
            .view(value)
            .and_then(|view| heap.slice(view))
            .map_or_else(Vec::new, |bytes| bytes.iter().map(|byte| Value::number(f64::from(*byte))).collect()),
    }
}

fn array_from(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    let elements = elements(call.heap()?, &value);
    call.make(Kind::Array(elements))
}

/// A length that memory can hold; none where the argument is no length.
fn length(call: &mut Call<'_, '_>) -> wasmtime::Result<Option<usize>> {
    let length = match call.argument(0) {
        Value::Undefined => 0.0,
        _ => call.number(0)?,
    };
    let fits = length >= 0.0 && length.fract() == 0.0 && length <= LONGEST_BYTES;
    Ok(fits.then_some(length as usize))
}

fn make_array(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let [Value::Number(_)] = call.arguments else { return call.make(Kind::Array(call.arguments.to_vec())) };
    match length(call)?.filter(|length| *length < 1 << 24) {
        Some(length) => {
            call.heap()?.charge(length as u64 * 32)?;
            call.make(Kind::Array(vec![Value::Undefined; length]))
        }
        None => call.throw("RangeError", "Invalid array length"),
    }
}

fn values<'a>(call: &'a mut Call<'_, '_>) -> wasmtime::Result<Option<&'a mut Vec<Value>>> {
    let this = call.this.clone();
    Ok(match call.heap()?.kind_mut(&this) {
        Some(Kind::Array(values)) => Some(values),
        _ => None,
    })
}

fn push(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let added = call.arguments.to_vec();
    call.heap()?.charge(added.len() as u64 * 32)?;
    let length = values(call)?.map_or(0, |values| {
        values.extend(added);
        values.len()
    });
    Ok(Ok(Value::number(length as f64)))
}

fn take(call: &mut Call<'_, '_>, which: fn(&mut Vec<Value>) -> Option<Value>) -> wasmtime::Result<Completion> {
    Ok(Ok(values(call)?.and_then(which).unwrap_or(Value::Undefined)))
}

fn array_slice(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let all = values(call)?.map(|values| values.clone()).unwrap_or_default();
    let (start, end) = (call.position(0, all.len(), 0)?, call.position(1, all.len(), all.len())?);
    call.make(Kind::Array(all.get(start..end.max(start)).unwrap_or_default().to_vec()))
}

fn concat(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let mut all = values(call)?.map(|values| values.clone()).unwrap_or_default();
    for value in call.arguments {
        match call.heap()?.kind(value) {
            Some(Kind::Array(values)) => all.extend_from_slice(values),
            _ => all.push(value.clone()),
        }
    }
    call.make(Kind::Array(all))
}

fn join(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let separator = if matches!(call.argument(0), Value::Undefined) { ",".to_owned() } else { call.text(0)? };
    let all = values(call)?.map(|values| values.clone()).unwrap_or_default();
    let mut text = String::new();
    for (at, value) in all.iter().enumerate() {
        if at > 0 {
            text.push_str(&separator);
        }
        if !value.is_nullish() {
            text.push_str(&objects::text(call.heap()?, value));
        }
        call.heap()?.charge(separator.len() as u64)?;
    }
    call.make_text(&text)
}

/// Where the argument stands, by `===`.
fn index_of(call: &mut Call<'_, '_>) -> wasmtime::Result<Option<usize>> {
    let wanted = call.argument(0);
    Ok(values(call)?.and_then(|values| values.iter().position(|value| same(value, &wanted))))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a.0 == b.0,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Native(a), Value::Native(b)) => std::ptr::eq(a.0, b.0),
        (Value::Object(a), Value::Object(b)) => a == b,
        _ => false,
    }
}

/// `forEach`, or `map` where the results are kept.
fn each(call: &mut Call<'_, '_>, keep: bool) -> wasmtime::Result<Completion> {
    let (function, this) = (call.argument(0), call.this.clone());
    let all = values(call)?.map(|values| values.clone()).unwrap_or_default();
    let results = Value::Object(call.heap()?.make(Kind::Array(Vec::new()))?);
    call.realm()?.pinned.push(results.clone());
    for (at, value) in all.into_iter().enumerate() {
        let arguments = [value, Value::number(at as f64), this.clone()];
        match calls::apply(call.context, &function, &Value::Undefined, &arguments)? {
            Ok(result) if keep => objects::set_index(call.heap()?, &results, at as u64, &result)?,
            Ok(_) => {}
            Err(thrown) => return Ok(Err(thrown)),
        }
    }
    Ok(Ok(if keep { results } else { Value::Undefined }))
}

/// `new Uint8Array(length)`, or of another array's elements, or over a buffer.
fn make_bytes(call: &mut Call<'_, '_>, clamped: bool) -> wasmtime::Result<Completion> {
    let value = call.argument(0);
    let heap = call.heap()?;
    let bytes = match heap.kind(&value) {
        Some(Kind::Buffer(bytes)) => {
            let whole = bytes.len();
            let start = call.position(1, whole, 0)?;
            let length = call.position(2, whole - start, whole - start)?;
            let buffer = value.as_object().unwrap_or_default();
            return call.make(Kind::Bytes(View { buffer, start, length, clamped }));
        }
        Some(Kind::Array(values)) => values.iter().map(|value| objects::byte(value, clamped)).collect(),
        Some(_) => heap.as_bytes(&value).unwrap_or_default().to_vec(),
        None => match length(call)? {
            Some(length) => {
                // Counted before it is taken.
                call.heap()?.charge(length as u64)?;
                vec![0; length]
            }
            None => return call.throw("RangeError", "Invalid typed array length"),
        },
    };
    let length = bytes.len();
    let buffer = call.heap()?.make(Kind::Buffer(bytes))?;
    call.make(Kind::Bytes(View { buffer, start: 0, length, clamped }))
}

/// `slice` copies, `subarray` does not.
fn part(call: &mut Call<'_, '_>, copy: bool) -> wasmtime::Result<Completion> {
    let this = call.this.clone();
    let Some(view) = call.heap()?.view(&this) else { return call.throw("TypeError", "this is not a typed array.") };
    let (start, end) = (call.position(0, view.length, 0)?, call.position(1, view.length, view.length)?);
    let view = View { start: view.start + start, length: end.saturating_sub(start), ..view };
    if !copy {
        return call.make(Kind::Bytes(view));
    }
    let heap = call.heap()?;
    let bytes = heap.slice(view).unwrap_or_default().to_vec();
    Ok(Ok(heap.bytes(bytes)?))
}

fn set_bytes(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let (this, source) = (call.this.clone(), call.argument(0));
    let at = call.position(1, usize::MAX >> 12, 0)?;
    let heap = call.heap()?;
    let bytes: Vec<u8> = match heap.kind(&source) {
        Some(Kind::Array(values)) => values.iter().map(|value| objects::byte(value, false)).collect(),
        _ => heap.as_bytes(&source).unwrap_or_default().to_vec(),
    };
    let target = heap.view(&this).and_then(|view| heap.slice_mut(view));
    match target.and_then(|target| target.get_mut(at..at.checked_add(bytes.len())?)) {
        Some(target) => {
            target.copy_from_slice(&bytes);
            Ok(Ok(Value::Undefined))
        }
        None => call.throw("RangeError", "offset is out of bounds"),
    }
}

fn fill(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let this = call.this.clone();
    let byte = objects::byte(&call.argument(0), false);
    let heap = call.heap()?;
    if let Some(bytes) = heap.view(&this).and_then(|view| heap.slice_mut(view)) {
        bytes.fill(byte);
    }
    Ok(Ok(this))
}

fn buffer_slice(call: &mut Call<'_, '_>) -> wasmtime::Result<Completion> {
    let this = call.this.clone();
    let bytes = call.heap()?.as_bytes(&this).unwrap_or_default().to_vec();
    let (start, end) = (call.position(0, bytes.len(), 0)?, call.position(1, bytes.len(), bytes.len())?);
    call.make(Kind::Buffer(bytes.get(start..end.max(start)).unwrap_or_default().to_vec()))
}

//! How JavaScript values cross between the module and its glue: as handles, as references, and as indices into the
//! module's own table of references. A reference is a number to both sides; the generated part makes an `i31` of it.

use std::cell::RefCell;

use super::super::answer::Stop;
use super::super::config::{NULL, TABLE_GET, TABLE_GROW, TABLE_SET, TABLE_SIZE};
use super::super::guest::{self, Val};
use super::super::imported::Call;
use super::super::recipe::{Bindgen, Regime};
use super::value::{Kind, Value};

/// Handles of the heap regime begin here. Rust takes any index from its own bounds (32, 128 or 1024, by version) up to
/// this; no address of the module's memory reaches so far, so a handle and a pointer can always be told apart.
pub const FIRST_HANDLE: u32 = 0xE000_0000;
/// References to objects begin here; below are the values that need none.
const FIRST_REFERENCE: u32 = 16;

/// Where the fixed values lie in the heap of each generation of wasm-bindgen: undefined, null, true, false.
const FIXED_VALUES: [u32; 3] = [32, 128, 1024];

/// Size of the table from which on its fixed values lie at 1024 instead of in four new slots.
const NEW_TABLE_SIZE: u32 = 1028;

/// References to values that need no object.
const UNDEFINED: u32 = 0;
const TRUE: u32 = 1;
const FALSE: u32 = 2;
/// A constant that only the module's JavaScript knows.
const UNKNOWN: u32 = 3;

/// So many values may pile up before those are sought that nobody holds any more.
const SWEEP_FROM: usize = 256;

/// The values that the module holds, by their numbers.
#[derive(Default)]
struct Slots {
    values: Vec<Option<Value>>,
    free: Vec<u32>,
}

impl Slots {
    fn add(&mut self, value: Value) -> u32 {
        if let Some(at) = self.free.pop() {
            if let Some(slot) = self.values.get_mut(at as usize) {
                *slot = Some(value);
            }
            return at;
        }
        self.values.push(Some(value));
        self.values.len() as u32 - 1
    }

    fn get(&self, at: u32) -> Option<Value> {
        self.values.get(at as usize)?.clone()
    }

    fn release(&mut self, at: u32) {
        if self.values.get_mut(at as usize).and_then(Option::take).is_some() {
            self.free.push(at);
        }
    }
}

thread_local! {
    static SLOTS: RefCell<Slots> = RefCell::default();
}

fn not_live(handle: u32) -> Stop {
    Stop::convention(format!("The module names a JavaScript value {handle} that does not exist"))
}

/// The value whose handle is a constant.
fn fixed_value(handle: u32) -> Option<Value> {
    if handle == 0 {
        return Some(Value::Undefined);
    }
    FIXED_VALUES.iter().find_map(|first| match handle.checked_sub(*first)? {
        0 => Some(Value::Undefined),
        1 => Some(Value::Null),
        2 => Some(Value::Bool(true)),
        3 => Some(Value::Bool(false)),
        _ => None,
    })
}

fn of_handle(handle: u32) -> Option<Value> {
    match handle.checked_sub(FIRST_HANDLE) {
        Some(at) => SLOTS.with_borrow(|slots| slots.get(at)),
        None => fixed_value(handle),
    }
}

fn of_reference(reference: u32) -> Result<Value, Stop> {
    match reference {
        NULL => Ok(Value::Null),
        UNDEFINED => Ok(Value::Undefined),
        TRUE => Ok(Value::Bool(true)),
        FALSE => Ok(Value::Bool(false)),
        UNKNOWN => Err(Stop::convention(
            "The module uses a constant that only the JavaScript beside it knows; build it without static strings",
        )),
        other => {
            let value = other.checked_sub(FIRST_REFERENCE).and_then(|at| SLOTS.with_borrow(|slots| slots.get(at)));
            value.ok_or_else(|| not_live(other))
        }
    }
}

fn reference_to(value: Value) -> u32 {
    match value {
        Value::Null => NULL,
        Value::Undefined => UNDEFINED,
        Value::Bool(true) => TRUE,
        Value::Bool(false) => FALSE,
        value => FIRST_REFERENCE + SLOTS.with_borrow_mut(|slots| slots.add(value)),
    }
}

/// The value that an argument or result stands for.
pub fn of(module: &Bindgen, val: Val) -> Result<Value, Stop> {
    match val {
        Val::Reference(reference) => of_reference(reference),
        Val::I32(handle) if module.regime == Regime::Heap => of_handle(handle).ok_or_else(|| not_live(handle)),
        Val::F64(number) => Ok(Value::Number(number)),
        other => Err(Stop::convention(format!("The module passes {other:?} where a JavaScript value belongs"))),
    }
}

/// A value as a function takes or returns it: by reference, or else by its handle or index.
pub fn pass(module: &Bindgen, value: Value, by_reference: bool) -> Result<Val, Stop> {
    if by_reference { Ok(Val::Reference(reference_to(value))) } else { index(module, value).map(Val::I32) }
}

/// A handle of the heap regime for `value`, or an index into the module's table.
fn index(module: &Bindgen, value: Value) -> Result<u32, Stop> {
    if module.regime == Regime::Heap {
        return Ok(FIRST_HANDLE + SLOTS.with_borrow_mut(|slots| slots.add(value)));
    }
    let missing = || Stop::convention("The module exports no `__externref_table_alloc`");
    let index = guest::call_words(module.table_alloc.as_deref().ok_or_else(missing)?, &[])?;
    guest::call(TABLE_SET, &[Val::I32(index), Val::Reference(reference_to(value))])?;
    Ok(index)
}

/// The value at an index that the module returned, which it gives up with that.
pub fn take(module: &Bindgen, index: u32) -> Result<Value, Stop> {
    let value = peek(module, index)?.ok_or_else(|| not_live(index))?;
    if module.regime == Regime::Heap {
        release(module, index)?;
    } else if let Some(free) = &module.table_free {
        guest::call_words(free, &[index])?;
    }
    Ok(value)
}

/// The value at an index, if the index is in use.
pub fn peek(module: &Bindgen, index: u32) -> Result<Option<Value>, Stop> {
    if module.regime == Regime::Heap {
        return Ok(of_handle(index));
    }
    let size = guest::call_words(TABLE_SIZE, &[])?;
    let slot = |at: u32| if at < size { table_get(at) } else { Ok(NULL) };
    let reference = slot(index)?;
    if reference != NULL {
        return of_reference(reference).map(Some);
    }
    // An empty slot is free, but for the one of null: it lies between undefined and true.
    let Some((before, after)) = index.checked_sub(1).zip(index.checked_add(1)) else { return Ok(None) };
    Ok(((slot(before)?, slot(after)?) == (UNDEFINED, TRUE)).then_some(Value::Null))
}

fn table_get(at: u32) -> Result<u32, Stop> {
    match guest::call(TABLE_GET, &[Val::I32(at)])?.first() {
        Some(Val::Reference(reference)) => Ok(*reference),
        _ => Err(Stop::convention("The module exports no table for JavaScript values")),
    }
}

/// Gives a handle of the heap regime back. Handles of fixed values stay.
pub fn release(module: &Bindgen, handle: u32) -> Result<(), Stop> {
    if module.regime == Regime::Heap {
        of_handle(handle).ok_or_else(|| not_live(handle))?;
        if let Some(at) = handle.checked_sub(FIRST_HANDLE) {
            SLOTS.with_borrow_mut(|slots| slots.release(at));
        }
    }
    Ok(())
}

/// Between two calls: forgets the values that the module does not hold any more. A module does not tell when it drops
/// a reference, but what it keeps lies in its table.
pub fn sweep(module: &Bindgen) -> Result<(), Stop> {
    let live = SLOTS.with_borrow(|slots| slots.values.len() - slots.free.len());
    if module.regime == Regime::Heap || live < SWEEP_FROM {
        return Ok(());
    }
    let count = SLOTS.with_borrow(|slots| slots.values.len());
    let mut held = vec![false; count];
    if has_table() {
        for at in 0..guest::call_words(TABLE_SIZE, &[])? {
            let at = table_get(at)?.checked_sub(FIRST_REFERENCE);
            if let Some(held) = at.and_then(|at| held.get_mut(at as usize)) {
                *held = true;
            }
        }
    }
    SLOTS.with_borrow_mut(|slots| {
        let dropped = held.iter().zip(0_u32..).filter(|(held, _)| !**held);
        dropped.for_each(|(_, at)| slots.release(at));
    });
    Ok(())
}

/// Whether the module's table holds JavaScript values. Where none ever crosses, it is out of reach.
pub fn has_table() -> bool {
    guest::has(TABLE_GET)
}

/// What `__wbindgen_init_externref_table` does: the values with fixed places.
pub fn fill_table() -> Result<(), Stop> {
    let set = |at: u32, reference: u32| guest::call(TABLE_SET, &[Val::I32(at), Val::Reference(reference)]).map(|_| ());
    let size = guest::call_words(TABLE_SIZE, &[])?;
    let first = if size >= NEW_TABLE_SIZE { 1024 } else { guest::call_words(TABLE_GROW, &[4])? };
    if first == u32::MAX {
        return Err(Stop::memory("The module's table for JavaScript values cannot grow"));
    }
    if !has_table() {
        return Ok(());
    }
    for (at, reference) in [(0, UNDEFINED), (first, UNDEFINED), (first + 2, TRUE), (first + 3, FALSE)] {
        set(at, reference)?;
    }
    // Newer versions keep string constants after the fixed values, and only the JavaScript beside the module knows
    // them. Reading one must not pass for null.
    (NEW_TABLE_SIZE..size).try_for_each(|at| set(at, UNKNOWN))
}

/// Leaves `error` where the module finds it after an import that failed.
fn store_exception(module: &Bindgen, error: Value) -> Result<(), Stop> {
    let Some(exn_store) = &module.exn_store else {
        return Err(Stop::thrown(format!("An import failed: {}", error.display())));
    };
    let index = index(module, error)?;
    guest::call_words(exn_store, &[index]).map(|_| ())
}

impl Call {
    /// The JavaScript value at a position.
    pub fn value(&self, module: &Bindgen, at: usize) -> Result<Value, Stop> {
        of(module, self.arguments.get(at).copied().ok_or_else(|| self.wrong("one more argument"))?)
    }

    /// Whether the argument is a JavaScript value, or else a pointer or a length. In the heap regime both are numbers,
    /// but handles lie beyond all memory.
    pub fn is_value(&self, module: &Bindgen, at: usize) -> bool {
        match self.arguments.get(at) {
            Some(Val::Reference(_)) => true,
            Some(Val::I32(word)) => module.regime == Regime::Heap && *word >= FIRST_HANDLE,
            _ => false,
        }
    }

    /// Whether the argument is a JavaScript value and no pointer to a string. Handles of constants are small numbers,
    /// where no string of a Rust program lies.
    pub fn may_be_value(&self, module: &Bindgen, at: usize) -> bool {
        let is_fixed = module.regime == Regime::Heap
            && matches!(self.arguments.get(at), Some(Val::I32(word)) if fixed_value(*word).is_some());
        is_fixed || self.is_value(module, at)
    }

    /// The bytes whose pointer stands at `at` and whose length after it.
    pub fn bytes(&self, at: usize) -> Result<Vec<u8>, Stop> {
        guest::read(self.word(at), self.word(at + 1))
    }

    /// The string whose pointer stands at `at` and whose length after it.
    pub fn text(&self, at: usize) -> Result<String, Stop> {
        String::from_utf8(self.bytes(at)?).map_err(|_| self.wrong("a string in UTF-8"))
    }

    /// Whether a JavaScript value is returned by reference.
    fn gives_reference(&self) -> bool {
        self.import.results == [super::super::config::Type::Reference]
    }

    pub fn give_value(&mut self, module: &Bindgen, value: Value) -> Result<(), Stop> {
        self.result = Some(pass(module, value, self.gives_reference())?);
        Ok(())
    }

    pub fn give_object(&mut self, module: &Bindgen, kind: Kind) -> Result<(), Stop> {
        self.give_value(module, Value::object(kind))
    }

    /// Returns an `Option` of a JavaScript value: where it crosses as a number, 0 is none.
    pub fn give_option(&mut self, module: &Bindgen, value: Option<Value>) -> Result<(), Stop> {
        match value {
            Some(value) => self.give_value(module, value),
            None if self.gives_reference() => self.give_value(module, Value::Undefined),
            None => self.give(0),
        }
    }

    pub fn give_bool(&mut self, value: bool) -> Result<(), Stop> {
        self.give(value.into())
    }

    /// Fails as JavaScript would: the error waits for the module, and the result is nothing.
    pub fn throw(&mut self, module: &Bindgen, message: &str) -> Result<(), Stop> {
        store_exception(module, Value::error(message))?;
        self.result = self.gives_reference().then_some(Val::Reference(UNDEFINED));
        Ok(())
    }

    /// Writes a string's pointer and length to the address at position 0; none is 0.
    pub fn give_text_by_pointer(&mut self, module: &Bindgen, text: Option<&str>) -> Result<(), Stop> {
        let (pointer, length) = match text {
            Some(text) => super::pass_bytes(module, text.as_bytes())?,
            None => (0, 0),
        };
        guest::write_words(self.word(0), &[pointer, length])
    }
}

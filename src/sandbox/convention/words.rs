//! Calls of exported functions whose types are numbers, without a check of types that can be done once:
//! a call of a function that does little takes a third of a microsecond less.
//!
//! The only place that calls into a guest unchecked.

use wasmtime::{AsContextMut, ExternType, Func, Module, Val, ValRaw, ValType};

use super::super::fault::Stop;

/// Most parameters, and most results, of a function that is called so.
const MOST: usize = 8;

/// A type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    I32,
    I64,
    F32,
    F64,
}

impl Kind {
    fn of(ty: &ValType) -> Option<Self> {
        match ty {
            ValType::I32 => Some(Self::I32),
            ValType::I64 => Some(Self::I64),
            ValType::F32 => Some(Self::F32),
            ValType::F64 => Some(Self::F64),
            ValType::V128 | ValType::Ref(_) => None,
        }
    }
}

/// The type of an exported function of numbers, as its module declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    params: Vec<Kind>,
    results: Vec<Kind>,
}

impl Numbers {
    /// The type of the export `name`; `None` where it is no function, or one of other things or too many.
    pub(super) fn of(module: &Module, name: &str) -> Option<Self> {
        let Some(ExternType::Func(ty)) = module.get_export(name) else { return None };
        let params: Vec<Kind> = ty.params().map(|ty| Kind::of(&ty)).collect::<Option<_>>()?;
        let results: Vec<Kind> = ty.results().map(|ty| Kind::of(&ty)).collect::<Option<_>>()?;
        (params.len() <= MOST && results.len() <= MOST).then_some(Self { params, results })
    }

    /// Calls `function`, which is the export that this type was read from.
    pub(super) fn call<P: Words, R: Words>(
        &self,
        store: impl AsContextMut,
        function: Func,
        arguments: P,
    ) -> wasmtime::Result<R> {
        if self.params != P::KINDS || self.results != R::KINDS {
            return Err(Stop::convention("A function of the module is not of the type that its convention gives it"));
        }
        let mut raw = [ValRaw::i32(0); MOST];
        arguments.write(&mut raw);
        run(store, function, &mut raw)?;
        Ok(R::read(&raw))
    }

    /// The same with values; as many of `results` are set as the function has.
    pub(super) fn call_values(
        &self,
        store: impl AsContextMut,
        function: Func,
        arguments: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let mut raw = [ValRaw::i32(0); MOST];
        let fits = arguments.len() == self.params.len() && results.len() == self.results.len();
        let pairs = raw.iter_mut().zip(arguments).zip(&self.params);
        let mut as_declared = fits;
        for ((raw, argument), kind) in pairs {
            *raw = match (kind, argument) {
                (Kind::I32, Val::I32(number)) => ValRaw::i32(*number),
                (Kind::I64, Val::I64(number)) => ValRaw::i64(*number),
                (Kind::F32, Val::F32(bits)) => ValRaw::f32(*bits),
                (Kind::F64, Val::F64(bits)) => ValRaw::f64(*bits),
                _ => {
                    as_declared = false;
                    continue;
                }
            };
        }
        if !as_declared {
            return Err(Stop::convention("A function of the module is not of the type that its convention gives it"));
        }
        run(store, function, &mut raw)?;
        for ((raw, result), kind) in raw.iter().zip(results).zip(&self.results) {
            *result = match kind {
                Kind::I32 => Val::I32(raw.get_i32()),
                Kind::I64 => Val::I64(raw.get_i64()),
                Kind::F32 => Val::F32(raw.get_f32()),
                Kind::F64 => Val::F64(raw.get_f64()),
            };
        }
        Ok(())
    }
}

#[expect(unsafe_code, reason = "checking the types at each call takes as long as many a call")]
fn run(mut store: impl AsContextMut, function: Func, raw: &mut [ValRaw; MOST]) -> wasmtime::Result<()> {
    // SAFETY: the array has room for all parameters and for all results, for `Numbers::of` takes no
    // function with more; the arguments were written with the types that the module declares for this
    // export; and none of them is a reference. `function` is that export, since an index of a module's
    // export leads to nothing else in an instance of it. No guest runs in a store of this engine through
    // an asynchronous call.
    unsafe { function.call_unchecked(store.as_context_mut(), std::ptr::from_mut(raw.as_mut_slice())) }
}

/// Arguments or results of a call.
pub(super) trait Words: Sized {
    const KINDS: &'static [Kind];
    fn write(self, raw: &mut [ValRaw; MOST]);
    fn read(raw: &[ValRaw; MOST]) -> Self;
}

/// One number.
pub(super) trait Word: Sized {
    const KIND: Kind;
    fn to_raw(self) -> ValRaw;
    fn from_raw(raw: &ValRaw) -> Self;
}

macro_rules! word {
    ($($ty:ty, $kind:ident, $to:ident, $from:ident;)*) => {
        $(impl Word for $ty {
            const KIND: Kind = Kind::$kind;
            fn to_raw(self) -> ValRaw { ValRaw::$to(self) }
            fn from_raw(raw: &ValRaw) -> Self { raw.$from() }
        })*
    };
}

word! {
    i32, I32, i32, get_i32;
    u32, I32, u32, get_u32;
    i64, I64, i64, get_i64;
    u64, I64, u64, get_u64;
}

impl Word for f64 {
    const KIND: Kind = Kind::F64;

    fn to_raw(self) -> ValRaw {
        ValRaw::f64(self.to_bits())
    }

    fn from_raw(raw: &ValRaw) -> Self {
        Self::from_bits(raw.get_f64())
    }
}

impl Words for () {
    const KINDS: &'static [Kind] = &[];

    fn write(self, _: &mut [ValRaw; MOST]) {}

    fn read(_: &[ValRaw; MOST]) -> Self {}
}

impl<T: Word> Words for T {
    const KINDS: &'static [Kind] = &[T::KIND];

    fn write(self, raw: &mut [ValRaw; MOST]) {
        let [first, ..] = raw;
        *first = self.to_raw();
    }

    fn read([first, ..]: &[ValRaw; MOST]) -> Self {
        T::from_raw(first)
    }
}

macro_rules! words {
    ($($name:ident $value:ident),*) => {
        impl<$($name: Word),*> Words for ($($name,)*) {
            const KINDS: &'static [Kind] = &[$($name::KIND),*];

            fn write(self, raw: &mut [ValRaw; MOST]) {
                let ($($value,)*) = self;
                let mut slots = raw.iter_mut();
                $(if let Some(slot) = slots.next() { *slot = $value.to_raw(); })*
            }

            fn read([$($value,)* ..]: &[ValRaw; MOST]) -> Self {
                ($($name::from_raw($value),)*)
            }
        }
    };
}

words!(A a, B b);
words!(A a, B b, C c);
words!(A a, B b, C c, D d);

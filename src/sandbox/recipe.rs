//! How a module's functions are called, as plain data: what a host that is not this sandbox has to do for each.
//! Knows no engine. The glue of exported components (`assets/component/glue`) is compiled with this very file.

use serde::{Deserialize, Serialize};

/// How a module is called. Exports are named as the module names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// What runs once, before anything else.
    pub start: Start,
    /// What the module offers to its host.
    pub means: Means,
    /// The functions that can be called, in the order of [`super::Program::functions`].
    pub functions: Vec<Function>,
}

/// What runs in a new instance after the module's own start section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// Nothing.
    Nothing,
    /// An exported function without parameters and results.
    Export(String),
    /// A function that the module calls first in its `_start` and does not export.
    Hidden,
}

impl From<Option<String>> for Start {
    fn from(export: Option<String>) -> Self {
        export.map_or(Self::Nothing, Self::Export)
    }
}

/// A function and the way to call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name in the module.
    pub export: String,
    /// How its input goes in and its output comes out.
    pub way: Way,
}

/// How a function's input goes in and its output comes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Address and length in, `address << 32 | length` out.
    Plain,
    /// One of C's ways.
    C {
        /// The parameters.
        roles: Vec<Role>,
        /// The result.
        gives: Gives,
    },
    /// As wasm-bindgen passes values.
    WasmBindgen {
        /// What goes in.
        input: Passes,
        /// What comes out.
        output: Returns,
    },
    /// Objects of AssemblyScript's runtime.
    AssemblyScript {
        /// What goes in.
        input: Takes,
        /// What comes out.
        output: Yields,
    },
}

/// What a module offers to its host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Means {
    /// Our own convention.
    Plain {
        /// `(length) -> address`.
        alloc: String,
        /// `(address, length)`.
        dealloc: Option<String>,
    },
    /// C and C++.
    C {
        /// Where inputs go.
        place: Place,
        /// `output_ptr` and `output_len`.
        getters: Option<(String, String)>,
        /// What tells the high half of a 64-bit result.
        high_half: Option<String>,
    },
    /// Rust with wasm-bindgen.
    WasmBindgen(Bindgen),
    /// AssemblyScript.
    AssemblyScript(Objects),
}

/// Where C's inputs go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Into memory of the module's allocator.
    Allocator {
        /// `(length) -> address`.
        allocate: String,
        /// `(address)`.
        free: Option<String>,
    },
    /// Onto the stack, by functions that take room, tell where the stack ends, and set that.
    Stack {
        /// `(length) -> address`.
        allocate: String,
        /// `() -> address`.
        save: String,
        /// `(address)`.
        restore: String,
    },
    /// The same without a function that takes room.
    StackEnd {
        /// `() -> address`.
        current: String,
        /// `(address)`.
        restore: String,
    },
    /// Onto the stack, whose pointer is this global.
    StackPointer(String),
    /// Into pages of their own: the module never looks how large its memory is.
    Pages,
    /// Nowhere.
    None,
}

/// What a parameter of a C function is for. All are i32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Nothing: the function knows where its own allocator put the input.
    Allocated,
    /// Points at the input, behind which stands a zero.
    Input,
    /// The input's length.
    Length,
    /// Points at room for a pointer to the output.
    OutPointer,
    /// Points at room for the output's length.
    OutLength,
    /// Points at room for both, the pointer first.
    OutPair,
}

/// What a C function's result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gives {
    /// There is none, or nothing but what the parameters brought.
    Nothing,
    /// A number.
    Number,
    /// A pointer to the output; its length came through a parameter.
    Pointer,
    /// A pointer to text that ends with a zero.
    Text,
    /// Pointer and length in 64 bits, the pointer in the high half.
    Packed,
    /// The same with the length in the high half.
    PackedLengthFirst,
    /// The same in two halves of 32 bits: the function returns the low one, `tempret` keeps the high one.
    Halves,
    /// Zero for success; pointer and length came through parameters.
    Status,
    /// Zero for success; `output_ptr()` and `output_len()` tell where the output lies.
    StatusAndGetters,
}

/// What a module by wasm-bindgen exports for its host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindgen {
    /// How JavaScript values cross.
    pub regime: Regime,
    /// `__wbindgen_malloc`, and whether it takes an alignment.
    pub malloc: Option<(String, bool)>,
    /// `__wbindgen_free`, and whether it takes an alignment.
    pub free: Option<(String, bool)>,
    /// `__wbindgen_exn_store`.
    pub exn_store: Option<String>,
    /// The table of JavaScript values.
    pub table: Option<String>,
    /// `__externref_table_alloc`.
    pub table_alloc: Option<String>,
    /// `__externref_table_dealloc`.
    pub table_free: Option<String>,
    /// `__wbindgen_add_to_stack_pointer`.
    pub stack_pointer: Option<String>,
}

/// How JavaScript values cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Regime {
    /// As numbers that index a heap on the host.
    Heap,
    /// As externref, or as indices into the module's own table.
    Externref,
}

/// What goes into a function by wasm-bindgen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Passes {
    /// Nothing.
    Nothing,
    /// Pointer and length: `&[u8]`, `Vec<u8>`, `&str`, `String` and their options.
    Bytes,
    /// A JavaScript value: `JsValue` or a type of js-sys.
    Value {
        /// By reference, or else by index.
        by_reference: bool,
    },
}

/// What comes out of a function by wasm-bindgen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// A number as the one result.
    Scalar {
        /// A truth value, rather.
        boolean: bool,
    },
    /// Whether there is a number, and the number.
    Option,
    /// A reference to a JavaScript value.
    Value,
    /// Words in memory at the address that the function gets as its first parameter.
    Words,
    /// Several results: pointer and length; or these with an error and whether it is one.
    Results,
    /// A number with an error and whether it is one.
    ScalarOrError,
}

/// AssemblyScript's runtime, as far as the module exports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objects {
    /// `__new(size, id)`.
    pub new: Option<String>,
    /// `__pin(object)`.
    pub pin: Option<String>,
    /// `__unpin(object)`.
    pub unpin: Option<String>,
    /// `__collect()`.
    pub collect: Option<String>,
    /// The id of `ArrayBuffer`.
    pub array_buffer: u32,
    /// The id of `string`.
    pub string: u32,
    /// The id of `Uint8Array`, where the module has that class.
    pub uint8_array: Option<u32>,
    /// The id of `StaticArray<u8>`.
    pub static_array: Option<u32>,
    /// How many classes there are.
    pub classes: u32,
    /// Whether these are what such modules have as a rule, for this one does not tell.
    pub guessed: bool,
}

/// The object that an AssemblyScript function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Takes {
    /// None.
    Nothing,
    /// A `Uint8Array`.
    Uint8Array,
    /// A `string`.
    Text,
    /// An `ArrayBuffer`.
    Buffer,
    /// A `StaticArray<u8>`.
    StaticArray,
}

/// What an AssemblyScript function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Yields {
    /// Nothing.
    Nothing,
    /// A number.
    Number,
    /// A truth value.
    Boolean,
    /// A pointer to an object.
    Object,
    /// A pointer or a number: the object's header tells.
    ObjectOrNumber,
}

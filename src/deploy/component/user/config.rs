//! What the glue of an exported component is told about its module. The glue (`assets/component/glue`) is compiled
//! with this very file.

use serde::{Deserialize, Serialize};

use super::recipe::Recipe;

/// Everything that the glue is told, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Config {
    /// How the module's functions are called: those that are exported, in their order.
    pub recipe: Recipe,
    /// What of the module the glue can reach, in the order of its numbers.
    pub entries: Vec<Entry>,
    /// What the module imports, in the order of its numbers.
    pub imports: Vec<Import>,
}

/// Something of the module that the glue can call.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The name of an exported function, or one of the words below.
    pub name: String,
    /// The types of its results.
    pub results: Vec<Type>,
}

/// `(index) -> reference`: an entry of the table of JavaScript values.
pub const TABLE_GET: &str = "*table.get";
/// `(index, reference)`.
pub const TABLE_SET: &str = "*table.set";
/// `(entries) -> size before`, or -1.
pub const TABLE_GROW: &str = "*table.grow";
/// `() -> size`.
pub const TABLE_SIZE: &str = "*table.size";
/// `() -> address`: the global with the stack pointer.
pub const STACK_GET: &str = "*stack.get";
/// `(address)`.
pub const STACK_SET: &str = "*stack.set";

/// A function that the module imports.
#[derive(Debug, Serialize, Deserialize)]
pub struct Import {
    /// The module that it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// The types of its parameters.
    pub params: Vec<Type>,
    /// The types of its results.
    pub results: Vec<Type>,
    /// The entry through which a function of the module's table is called with all parameters but the first, which is
    /// its index; for imports that ask for that.
    pub indirect: Option<u32>,
}

/// A type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// 32 bits.
    I32,
    /// 64 bits.
    I64,
    /// A float of 32 bits.
    F32,
    /// A float of 64 bits.
    F64,
    /// A JavaScript value.
    Reference,
}

/// How many values can cross at once. Each takes 8 bytes of the glue's `slots`.
pub const SLOTS: usize = 32;

/// How a JavaScript value crosses: references are numbers, and this one stands for `null`.
pub const NULL: u32 = 4;

//! What an editor asks of a bundle: what stands here, what it means, what could stand here, where else
//! it is used, and what would have to change for another name.
//!
//! Pure functions of a bundle that was read and a text that may be newer. Nothing here draws or touches
//! a file; the window, and any other editor, shows the answers.

mod complete;
mod hover;
mod place;
mod rename;
mod sketch;
mod subject;
mod symbols;
mod uses;

use std::collections::BTreeMap;

use super::{Bundle, Position, Span};

pub use complete::complete;
pub use hover::hover;
pub use rename::rename;
pub use subject::subject_at;
pub use symbols::{symbols, symbols_of};
pub use uses::{definitions, usages};

/// A question about a place in a file.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The bundle as it was last read.
    pub bundle: &'a Bundle,
    /// Functions that only loading the modules revealed.
    pub functions: &'a Functions,
    /// The file, relative to the bundle's root, with `/`.
    pub file: &'a str,
    /// Its present text, which may be newer than the bundle.
    pub text: &'a str,
    /// The byte in the text that is asked about.
    pub offset: usize,
}

/// The functions of each service's module that can be called, by service, as far as they are known.
pub type Functions = BTreeMap<String, Vec<KnownFunction>>;

/// A function of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFunction {
    /// Its name as a reference writes it.
    pub name: String,
    /// Its signature or calling convention in words, where known.
    pub signature: String,
}

/// Something with a name that is declared at one place and used at others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A service, by name.
    Service(String),
    /// A service's file, relative to the bundle's root.
    ServiceFile(String),
    /// A function of a module.
    Function {
        /// The module's service.
        service: String,
        /// The function as the reference writes it.
        function: String,
    },
    /// A function of the platform, `func:<function>`.
    PlatformFunction(String),
    /// A sensor, by name.
    Sensor(String),
}

impl Subject {
    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Service(name) | Self::ServiceFile(name) => name,
            Self::PlatformFunction(name) | Self::Sensor(name) => name,
            Self::Function { function, .. } => function,
        }
    }
}

/// A place that is worth going to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, relative to the bundle's root, with `/`. A module's file has no places within.
    pub file: String,
    /// The bytes meant; `None` where the whole file is.
    pub span: Option<Span>,
    /// Line and column of the span's start.
    pub position: Option<Position>,
    /// What stands there, in a few words: `endpoint createUser of user-service`.
    pub title: String,
    /// The line that it stands in, without indentation; empty where the whole file is meant.
    pub line: String,
    /// The exported function that is meant, where the file is a module.
    pub function: Option<String>,
}

/// What could stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that an item takes the place of.
    pub span: Span,
    /// The items that fit what was typed so far, the best first.
    pub items: Vec<Item>,
}

/// One proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the list shows.
    pub label: String,
    /// A few words beside it: a type, a method, a signature.
    pub detail: String,
    /// A sentence or two about it.
    pub documentation: String,
    /// What is put in place. Its lines end with `\n`, whatever those of the text end with.
    pub insert: String,
    /// The byte of `insert` that the caret stands at afterwards; its length, unless something is to be filled in.
    pub caret: usize,
    /// Whether the next thing to choose stands at the caret, so that the list should open again.
    pub goes_on: bool,
    /// What it is, for its icon.
    pub kind: ItemKind,
}

/// What a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A key of a mapping.
    Key,
    /// One of a fixed set of values.
    Value,
    /// A service.
    Service,
    /// A function.
    Function,
    /// A file.
    File,
    /// A sensor.
    Sensor,
    /// A whole entry with its required fields.
    Entry,
}

/// What hovering a place says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The bytes that it speaks of.
    pub span: Span,
    /// What stands there, as code.
    pub title: String,
    /// Facts in two columns, such as `Toolchain`, `wasm-bindgen`.
    pub facts: Vec<(String, String)>,
    /// Sentences about it.
    pub documentation: String,
    /// What it names, where it is a name.
    pub subject: Option<Subject>,
}

/// One line of a file's outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// What it is: `endpoint`, `intent`, `goal`, `service`, or `key` for what stands at the root and for lists.
    pub kind: &'static str,
    /// A few words beside it: `POST /api/v1/users`.
    pub detail: String,
    /// Its whole text.
    pub span: Span,
    /// How deep it lies, from 0.
    pub depth: usize,
}

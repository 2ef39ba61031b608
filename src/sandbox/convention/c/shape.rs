//! The ways in which C functions take and return bytes. The platform fixes none, so that the
//! signature and what the code does with each parameter have to tell which one a function follows.

use super::super::super::program::{Alternative, Assumption};
use super::super::Signature;
use super::super::code::{self, Binary, Usage};

pub(super) use super::super::super::recipe::{Gives, Role};

/// One way to take and return bytes.
#[derive(Debug)]
pub(super) struct Shape {
    /// The word by which the user chooses it.
    pub(super) word: &'static str,
    /// The same in C, for the user.
    pub(super) label: &'static str,
    pub(super) roles: &'static [Role],
    pub(super) gives: Gives,
    /// The type of the result; a number has any.
    result: Option<&'static str>,
}

use Role::{Allocated, Input, Length, OutLength, OutPair, OutPointer};

const fn shape(
    word: &'static str,
    label: &'static str,
    roles: &'static [Role],
    result: Option<&'static str>,
    gives: Gives,
) -> Shape {
    Shape { word, label, roles, gives, result }
}

/// All shapes. Of those that fit a function equally well, the first is taken.
const SHAPES: &[Shape] = &[
    shape("buffer-out-length", "`T* f(in, len, size_t* out_len)`", &[Input, Length, OutLength], I32, Gives::Pointer),
    shape("packed", "`uint64_t f(in, len)`, pointer << 32 | length", &[Input, Length], I64, Gives::Packed),
    shape(
        "packed-length-first",
        "`uint64_t f(in, len)`, length << 32 | pointer",
        &[Input, Length],
        I64,
        Gives::PackedLengthFirst,
    ),
    shape(
        "status-getters",
        "`int f(in, len)`, output by output_ptr() and output_len()",
        &[Input, Length],
        I32,
        Gives::StatusAndGetters,
    ),
    shape("packed-halves", "`uint64_t f(in, len)` in two halves", &[Input, Length], I32, Gives::Halves),
    shape("c-string", "`const char* f(const char*)`", &[Input], I32, Gives::Text),
    shape(
        "status-out",
        "`int f(in, len, T** out, size_t* out_len)`",
        &[Input, Length, OutPointer, OutLength],
        I32,
        Gives::Status,
    ),
    shape("struct-return", "`struct {pointer, length} f(in, len)`", &[OutPair, Input, Length], None, Gives::Nothing),
    shape("buffer-c-string", "`const char* f(in, len)`", &[Input, Length], I32, Gives::Text),
    shape("buffer-number", "`number f(in, len)`", &[Input, Length], ANY, Gives::Number),
    shape("buffer-nothing", "`void f(in, len)`", &[Input, Length], None, Gives::Nothing),
    shape("out-length", "`T* f(size_t* out_len)`", &[OutLength], I32, Gives::Pointer),
    shape("c-string-number", "`number f(const char*)`", &[Input], ANY, Gives::Number),
    shape("struct-return-only", "`struct {pointer, length} f()`", &[OutPair], None, Gives::Nothing),
    shape("c-string-nothing", "`void f(const char*)`", &[Input], None, Gives::Nothing),
    shape("status-out-only", "`int f(T** out, size_t* out_len)`", &[OutPointer, OutLength], I32, Gives::Status),
    shape(
        "allocated-getters",
        "`int f()` on what alloc() gave, output by output_ptr() and output_len()",
        &[Allocated],
        I32,
        Gives::StatusAndGetters,
    ),
    shape("number", "`number f()`", &[], ANY, Gives::Number),
    shape("text", "`const char* f()`", &[], I32, Gives::Text),
    shape("packed-only", "`uint64_t f()`, pointer << 32 | length", &[], I64, Gives::Packed),
    shape("nothing", "`void f()`", &[], None, Gives::Nothing),
];

const I32: Option<&str> = Some("i32");
const I64: Option<&str> = Some("i64");
const ANY: Option<&str> = Some("number");

/// What the module offers besides its functions, on which some shapes depend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means {
    /// Where the high half of a 64-bit result is kept.
    pub(super) halves: bool,
    /// `output_ptr` and `output_len`.
    pub(super) getters: bool,
}

/// How well a shape fits what a function's code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Maybe,
    Yes,
}

/// The shape of a function, with what is assumed about it, or why it has none.
pub(super) type Decided = Result<(&'static Shape, Option<Assumption>), &'static str>;

/// Decides by the signature, the user's choice, and the function's code.
pub(super) fn decide(
    name: &str,
    signature: &Signature,
    chosen: Option<&str>,
    binary: &Binary,
    means: Means,
) -> Decided {
    if signature.results.len() > 1 {
        return Err("it returns several values");
    }
    let halved = |function| means.halves && code::returns_a_half(binary, function);
    let means = Means { halves: binary.function(name).is_some_and(halved), ..means };
    let candidates: Vec<&Shape> = SHAPES.iter().filter(|shape| shape.is_possible(signature, means)).collect();
    if let Some(chosen) = candidates.iter().find(|shape| Some(shape.word) == chosen) {
        return Ok((*chosen, None));
    }
    if chosen.is_some() {
        return Err("the settings choose a way to call it that its type does not allow");
    }
    let Some(function) = binary.function(name) else { return Err("it is imported and exported again") };
    let usages: Vec<Usage> =
        (0..signature.params.len().min(4)).map(|parameter| code::of_parameter(binary, function, parameter)).collect();
    let packs = code::packs_two_words(binary, function);
    let fitting: Vec<(Fit, &'static Shape)> = candidates
        .into_iter()
        .map(|shape| (shape.fit(&usages, packs), shape))
        .filter(|(fit, _)| *fit != Fit::No)
        .collect();
    let best = fitting.iter().map(|(fit, _)| *fit).max();
    let Some((fit, shape)) = fitting.iter().find(|(fit, _)| Some(*fit) == best).copied() else {
        return Err("it takes numbers or several values, and the sandbox passes one JSON document");
    };
    // Without parameters there is no code that could tell a pointer from a number.
    let open = fit == Fit::Maybe || (shape.gives == Gives::Number && shape.roles.is_empty() && fitting.len() > 1);
    Ok((shape, open.then(|| assumption(name, shape, &fitting))))
}

/// The words from which the user can choose.
pub(super) fn words() -> Vec<&'static str> {
    SHAPES.iter().map(|shape| shape.word).collect()
}

fn assumption(name: &str, assumed: &'static Shape, fitting: &[(Fit, &'static Shape)]) -> Assumption {
    let others = fitting.iter().filter(|(_, shape)| shape.word != assumed.word);
    Assumption {
        function: name.to_owned(),
        message: format!("`{name}` is taken for {}: its code does not tell", assumed.label),
        assumed: assumed.word,
        alternatives: others
            .map(|(_, shape)| Alternative { word: shape.word, label: format!("It is {}", shape.label) })
            .collect(),
    }
}

impl Shape {
    pub(super) fn takes_input(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Input | Allocated))
    }

    /// The roles of its parameters.
    pub(super) fn parameters(&self) -> &'static [Role] {
        if self.roles == [Allocated] { &[] } else { self.roles }
    }

    /// The words from which the user can choose for a function with this signature.
    fn is_possible(&self, signature: &Signature, means: Means) -> bool {
        let result = signature.results.first().copied();
        let returns = match (self.result, result) {
            (Some("number"), Some(result)) => matches!(result, "i32" | "i64" | "f32" | "f64"),
            (expected, result) => expected == result,
        };
        let offered = match self.gives {
            Gives::Halves => means.halves,
            Gives::StatusAndGetters => means.getters,
            _ => true,
        };
        returns
            && offered
            && signature.params.len() == self.parameters().len()
            && signature.params.iter().all(|param| *param == "i32")
    }

    /// `packs` is whether the code puts two words into one result.
    fn fit(&self, usages: &[Usage], packs: bool) -> Fit {
        // Where the results are given in the shape's own way, an input may go out of sight or be of no interest.
        let sure = self.returns_by_parameter() || (packs && self.gives == Gives::Packed);
        let mut fits = Fit::Yes;
        for (role, usage) in self.parameters().iter().zip(usages) {
            let fit = role.fit(usage);
            fits = fits.min(if sure && *role == Input && fit == Fit::Maybe { Fit::Yes } else { fit });
        }
        fits
    }

    fn returns_by_parameter(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, OutPointer | OutLength | OutPair))
    }
}

impl Role {
    fn fit(self, usage: &Usage) -> Fit {
        match self {
            Self::Allocated => Fit::Yes,
            Self::Input if usage.reads => Fit::Yes,
            Self::Input if usage.escapes => Fit::Maybe,
            // It is used, and nothing is ever read through it: a number, or room for a result.
            Self::Input if usage.calculates || usage.used || usage.writes => Fit::No,
            Self::Input => Fit::Maybe,
            Self::Length => Fit::Yes,
            Self::OutPointer | Self::OutLength | Self::OutPair if usage.writes_words => Fit::Yes,
            Self::OutPointer | Self::OutLength | Self::OutPair if usage.escapes => Fit::Maybe,
            Self::OutPointer | Self::OutLength | Self::OutPair => Fit::No,
        }
    }
}

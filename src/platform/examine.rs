//! What only loading a module tells: which functions a Go program registers, which ones cannot be
//! called with JSON, what has to be assumed. Compares it with the bundle's references.

use std::collections::BTreeMap;

use crate::bundle::diagnostic::Choice;
use crate::bundle::settings::SETTINGS_FILE;
use crate::bundle::{
    Beside, Bundle, Code, Diagnostic, Fix, FunctionRef, LineIndex, Loaded, Module, Service, Span, Spanned, names,
};
use crate::sandbox::{Assumption, LoadError, Program, Refused};

/// A module after an attempt to load it.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The service that the module belongs to.
    pub service: String,
    /// The module's file, relative to the bundle's root.
    pub file: String,
    /// What it offers, or why it cannot be run.
    pub result: Result<Functions, LoadError>,
}

/// What a module offers.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    /// A line that names the calling convention and what it was recognised by.
    pub convention: String,
    /// The functions that can be called.
    pub callable: Vec<String>,
    /// Further names of these functions, each with the function's own.
    pub aliases: Vec<(String, String)>,
    /// Whether it answers to every name.
    pub any_name: bool,
    /// Exported functions that cannot be called, and why.
    pub refused: Vec<Refused>,
    /// What is assumed about them.
    pub assumptions: Vec<Assumption>,
}

/// Examines the module of a service with what loading it gave.
pub fn examine(module: &Module, program: Result<&Program, LoadError>) -> Examined {
    let result = program.map(|program| Functions {
        convention: program.convention(),
        callable: program.functions(),
        aliases: program.aliases(),
        any_name: program.answers_to_any_name(),
        refused: program.refused().to_vec(),
        assumptions: program.assumptions().to_vec(),
    });
    Examined { service: module.service.clone(), file: module.file.clone(), result }
}

/// The bundle with the problems that its modules revealed, beside those that its files did.
pub fn complete(loaded: Loaded, examined: &[Examined]) -> Loaded {
    let Loaded { bundle, mut diagnostics } = loaded;
    let mut findings = Findings { bundle: &bundle, known: &diagnostics, lines: BTreeMap::new(), found: Vec::new() };
    for examined in examined {
        findings.of_module(examined);
    }
    let found = findings.found;
    diagnostics.extend(found);
    Loaded { diagnostics: crate::bundle::diagnostic::in_order(diagnostics), bundle }
}

struct Findings<'a> {
    bundle: &'a Bundle,
    /// What the files alone gave away already.
    known: &'a [Diagnostic],
    lines: BTreeMap<&'a str, LineIndex>,
    found: Vec<Diagnostic>,
}

/// A reference to a function of the module that is looked at.
struct Reference<'a> {
    from: &'a Service,
    to: &'a Spanned<FunctionRef>,
    function: &'a str,
}

impl<'a> Findings<'a> {
    fn of_module(&mut self, examined: &Examined) {
        if let Some(module) = self.bundle.modules.iter().find(|module| module.file == examined.file)
            && let Some(problem) = Beside::of(&module.path).problem
        {
            let help = "mend it, or remove it: it holds nothing but choices";
            self.found.push(Diagnostic::new(Code::SettingsInvalid, SETTINGS_FILE, problem.to_string()).with_help(help));
            return;
        }
        let references: Vec<Reference<'a>> = self.references_to(&examined.service).collect();
        match &examined.result {
            Err(error) => self.unusable(examined, error, !references.is_empty()),
            Ok(functions) => references.iter().for_each(|reference| self.of_reference(examined, functions, reference)),
        }
    }

    fn references_to(&self, service: &str) -> impl Iterator<Item = Reference<'a>> + use<'a> {
        let service = service.to_owned();
        self.bundle.services.iter().flat_map(move |from| {
            let service = service.clone();
            from.references().filter_map(move |to| match &to.value {
                FunctionRef::Wasm { service: target, function } if *target == service => {
                    Some(Reference { from, to, function })
                }
                _ => None,
            })
        })
    }

    /// A module that cannot be run is an error where it is needed. Files that are no modules were
    /// reported when they were read.
    fn unusable(&mut self, examined: &Examined, error: &LoadError, is_needed: bool) {
        let known = |diagnostic: &&Diagnostic| {
            diagnostic.file == examined.file
                && matches!(diagnostic.code, Code::ModuleInvalid | Code::ModuleUnfinished | Code::FileTooLarge)
        };
        if self.known.iter().any(|diagnostic| known(&diagnostic)) {
            return;
        }
        let severity = if is_needed { crate::bundle::Severity::Error } else { crate::bundle::Severity::Warning };
        let message = sentence_start(&error.message);
        let diagnostic = Diagnostic::new(Code::ModuleUnusable, examined.file.as_str(), message).with_severity(severity);
        self.found.push(match &error.help {
            Some(help) => diagnostic.with_help(sentence_start(help)),
            None => diagnostic,
        });
    }

    fn of_reference(&mut self, examined: &Examined, functions: &Functions, reference: &Reference<'a>) {
        let wanted = reference.function;
        let callable = functions.callable.iter().map(String::as_str);
        let alias = || {
            let known = functions.aliases.iter().find(|(alias, _)| names::same_function(wanted, alias));
            known.map(|(_, name)| name.as_str())
        };
        if let Some(name) = names::find(wanted, callable.clone()).or_else(alias) {
            let about = functions.assumptions.iter().filter(|assumption| assumption.function == name);
            about.for_each(|assumption| self.assumed(examined, reference, assumption));
        } else if let Some(refused) =
            functions.refused.iter().find(|refused| names::same_function(wanted, &refused.function))
        {
            let message = format!("`{}` cannot be called with JSON: {}", names::shown(wanted), refused.reason);
            let diagnostic = self.at(Code::FunctionNotCallable, reference, message);
            self.found.push(match &refused.help {
                Some(help) => diagnostic.with_help(sentence_start(help)),
                None => diagnostic,
            });
        } else if !functions.any_name && !self.is_reported(reference) {
            self.unknown(examined, reference, callable);
        }
    }

    /// Whether the files alone told that the reference is broken.
    fn is_reported(&self, reference: &Reference<'_>) -> bool {
        let place = reference.to.span;
        self.known.iter().any(|diagnostic| {
            diagnostic.code == Code::FunctionUnknown
                && diagnostic.file == reference.from.file
                && diagnostic.span.is_some_and(|span| place.start <= span.start && span.end <= place.end)
        })
    }

    fn unknown<'n>(
        &mut self,
        examined: &Examined,
        reference: &Reference<'a>,
        callable: impl Iterator<Item = &'n str> + Clone,
    ) {
        let message = format!("{} has no function `{}`", examined.file, names::shown(reference.function));
        let diagnostic = self.at(Code::FunctionUnknown, reference, message);
        let near = names::nearest(reference.function, callable.clone());
        let all: Vec<String> = callable.take(8).map(names::shown).collect();
        let Some(first) = near.first() else {
            self.found.push(match all.is_empty() {
                true => diagnostic.with_help("it has no functions to refer to"),
                false => diagnostic.with_help(format!("it has {}", all.join(", "))),
            });
            return;
        };
        let written = |near: &&str| names::as_written(near, reference.function);
        let mut diagnostic = diagnostic.with_help(format!("did you mean `{}`?", names::shown(&written(first))));
        if let Some(span) = self.function_span(reference) {
            diagnostic
                .fixes
                .extend(near.iter().map(written).map(|name| Fix::new(format!("Change to {name}"), span, name)));
        }
        self.found.push(diagnostic);
    }

    fn assumed(&mut self, examined: &Examined, reference: &Reference<'a>, assumption: &Assumption) {
        let choices = choices(&examined.service, assumption);
        if choices.is_empty() {
            return;
        }
        let mut diagnostic = self
            .at(Code::ConventionAmbiguous, reference, format!("it is assumed that {}", assumption.message))
            .with_help(crate::sandbox::SETTLE_AN_ASSUMPTION);
        diagnostic.choices = choices;
        self.found.push(diagnostic);
    }

    /// The function's name within its reference, where it is written literally.
    fn function_span(&self, reference: &Reference<'_>) -> Option<Span> {
        let text = self.bundle.sources.get(&reference.from.file)?;
        let span = reference.to.span;
        let at = text.get(span.start..span.end)?.rfind(&format!(":{}", reference.function))? + 1;
        Some(Span::new(span.start + at, span.start + at + reference.function.len()))
    }

    fn at(&mut self, code: Code, reference: &Reference<'a>, message: String) -> Diagnostic {
        let (file, span) = (reference.from.file.as_str(), reference.to.span);
        let mut diagnostic = Diagnostic::new(code, file, message);
        if let Some(text) = self.bundle.sources.get(file) {
            let span = self.function_span(reference).unwrap_or(span);
            let lines = self.lines.entry(file).or_insert_with(|| LineIndex::new(text));
            diagnostic.span = Some(span);
            diagnostic.position = Some(lines.position(text, span.start));
        }
        diagnostic
    }
}

/// The ways to settle an assumption about a function of `service`'s module, the assumed one first;
/// none where nothing else is possible.
pub fn choices(service: &str, assumption: &Assumption) -> Vec<Choice> {
    if assumption.alternatives.is_empty() {
        return Vec::new();
    }
    let choice = |word: &str, title: String| Choice {
        title,
        service: service.to_owned(),
        function: assumption.function.clone(),
        word: word.to_owned(),
    };
    let mut choices = vec![choice(assumption.assumed, format!("It is right ({})", assumption.assumed))];
    choices.extend(assumption.alternatives.iter().map(|other| choice(other.word, other.label.clone())));
    choices
}

/// Diagnostics begin with a small letter; the sandbox's sentences stand alone and begin with a capital one.
fn sentence_start(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        Some(first) if chars.clone().next().is_some_and(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => sentence.to_owned(),
    }
}

//! Calling an exported function. Bytes and text are copied as a whole; values of all other types go
//! one by one, by way of JSON.

use std::pin::Pin;

use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, Type};
use wasmtime::component::{ComponentNamedList, ComponentType, Func, Lift, Lower, Val};

use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::json;
use super::super::super::outcome::ApplicationError;
use super::super::Answer;
use super::values;

/// A call on its way.
type Calling<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<Answer>> + 'a>>;

/// A call whose types are known to the compiler.
type Typed = for<'a> fn(Func, &'a mut Store<Host>, &'a [u8]) -> Calling<'a>;

/// How a function is called.
pub(super) enum Call {
    Typed(Typed),
    /// Value by value: of these types.
    Dynamic {
        input: Option<Type>,
        output: Option<Type>,
    },
}

/// What the types of a function let it take and give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nothing,
    Bytes,
    Text,
}

impl Call {
    /// How a function of this type is called.
    ///
    /// # Errors
    /// Why JSON cannot be handed to it, or be got from it: the end of a sentence that begins with it.
    pub(super) fn new(function: &ComponentFunc) -> Result<Self, String> {
        if function.async_() {
            return Err("it is asynchronous, which WASI 0.2 does not know".into());
        }
        let mut params = function.params();
        let input = params.next().map(|(_, ty)| ty);
        if params.next().is_some() {
            return Err("it takes several values, and the sandbox passes one JSON document".into());
        }
        let output = function.results().next();
        if let Some(typed) = typed(input.as_ref(), output.as_ref()) {
            return Ok(Self::Typed(typed));
        }
        if let Some(what) = input.as_ref().and_then(values::impossible) {
            return Err(format!("it takes {what}"));
        }
        if let Some(what) = output.as_ref().and_then(values::impossible) {
            return Err(format!("it returns {what}"));
        }
        Ok(Self::Dynamic { input, output })
    }

    /// Calls `function`, which is of this type.
    pub(super) async fn call(&self, function: Func, store: &mut Store<Host>, input: &[u8]) -> wasmtime::Result<Answer> {
        match self {
            Self::Typed(call) => call(function, store, input).await,
            Self::Dynamic { input: ty, output } => {
                let arguments: Vec<Val> = match ty {
                    Some(ty) => vec![values::from_json(input, ty, store.data().limiter.memory_limit)?],
                    None => Vec::new(),
                };
                let mut results = vec![Val::Bool(false); usize::from(output.is_some())];
                function.call_async(&mut *store, &arguments, &mut results).await?;
                Ok(dynamic_answer(results.pop(), output.as_ref()))
            }
        }
    }
}

fn typed(input: Option<&Type>, output: Option<&Type>) -> Option<Typed> {
    match kind(input)? {
        Kind::Nothing => typed_output::<TakesNothing>(output),
        Kind::Bytes => typed_output::<TakesBytes>(output),
        Kind::Text => typed_output::<TakesText>(output),
    }
}

fn typed_output<T: Takes>(output: Option<&Type>) -> Option<Typed> {
    Some(match output {
        None => call_typed::<T, ()>,
        Some(Type::Result(result)) => match (kind(result.ok().as_ref())?, kind(result.err().as_ref())?) {
            (Kind::Nothing, error) => typed_error::<T, ()>(error),
            (Kind::Bytes, error) => typed_error::<T, Vec<u8>>(error),
            (Kind::Text, error) => typed_error::<T, String>(error),
        },
        Some(Type::Option(option)) => match kind(Some(&option.ty()))? {
            Kind::Nothing => return None,
            Kind::Bytes => call_typed::<T, (Option<Vec<u8>>,)>,
            Kind::Text => call_typed::<T, (Option<String>,)>,
        },
        plain => match kind(plain)? {
            Kind::Nothing => return None,
            Kind::Bytes => call_typed::<T, (Vec<u8>,)>,
            Kind::Text => call_typed::<T, (String,)>,
        },
    })
}

fn typed_error<T: Takes, O: Part>(error: Kind) -> Typed {
    match error {
        Kind::Nothing => call_typed::<T, (Result<O, ()>,)>,
        Kind::Bytes => call_typed::<T, (Result<O, Vec<u8>>,)>,
        Kind::Text => call_typed::<T, (Result<O, String>,)>,
    }
}

fn kind(ty: Option<&Type>) -> Option<Kind> {
    match ty {
        None => Some(Kind::Nothing),
        Some(Type::String) => Some(Kind::Text),
        Some(Type::List(list)) if list.ty() == Type::U8 => Some(Kind::Bytes),
        Some(_) => None,
    }
}

fn call_typed<'a, T: Takes, G: Gives>(function: Func, store: &'a mut Store<Host>, input: &'a [u8]) -> Calling<'a> {
    Box::pin(async move {
        let function = function.typed::<T::Params<'a>, G>(&*store)?;
        Ok(function.call_async(store, T::params(input)?).await?.answer())
    })
}

/// A function's parameters.
trait Takes: 'static {
    type Params<'a>: ComponentNamedList + Lower + Send + Sync + 'a;

    fn params(input: &[u8]) -> wasmtime::Result<Self::Params<'_>>;
}

struct TakesNothing;
struct TakesBytes;
struct TakesText;

impl Takes for TakesNothing {
    type Params<'a> = ();

    fn params(_: &[u8]) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl Takes for TakesBytes {
    type Params<'a> = (&'a [u8],);

    fn params(input: &[u8]) -> wasmtime::Result<(&[u8],)> {
        Ok((input,))
    }
}

impl Takes for TakesText {
    type Params<'a> = (&'a str,);

    fn params(input: &[u8]) -> wasmtime::Result<(&str,)> {
        std::str::from_utf8(input).map(|text| (text,)).map_err(|_| Stop::convention("The input is not UTF-8"))
    }
}

/// A function's results.
trait Gives: ComponentNamedList + Lift + Send + Sync + 'static {
    fn answer(self) -> Answer;
}

/// What a result is made of.
trait Part: ComponentType + Lift + Send + Sync + 'static {
    fn bytes(self) -> Option<Vec<u8>>;
}

impl Part for () {
    fn bytes(self) -> Option<Vec<u8>> {
        None
    }
}

impl Part for Vec<u8> {
    fn bytes(self) -> Option<Vec<u8>> {
        Some(self)
    }
}

impl Part for String {
    fn bytes(self) -> Option<Vec<u8>> {
        Some(self.into_bytes())
    }
}

impl Gives for () {
    fn answer(self) -> Answer {
        Answer::Nothing
    }
}

impl<P: Part> Gives for (P,) {
    fn answer(self) -> Answer {
        self.0.bytes().map_or(Answer::Nothing, Answer::Text)
    }
}

impl<P: Part> Gives for (Option<P>,) {
    fn answer(self) -> Answer {
        self.0.and_then(P::bytes).map_or(Answer::Nothing, Answer::Text)
    }
}

impl<O: Part, E: Part> Gives for (Result<O, E>,) {
    fn answer(self) -> Answer {
        match self.0 {
            Ok(part) => part.bytes().map_or(Answer::Nothing, Answer::Text),
            Err(part) => Answer::Error(match part.bytes() {
                Some(bytes) => application_error(String::from_utf8_lossy(&bytes).into_owned()),
                None => without_a_word(),
            }),
        }
    }
}

fn without_a_word() -> ApplicationError {
    ApplicationError { message: "The function failed without a word".to_owned(), output: None }
}

/// The error that is this text: a sentence, or a JSON object with one.
fn application_error(text: String) -> ApplicationError {
    let is_object = text.trim_ascii_start().starts_with('{');
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(value) if is_object => ApplicationError { message: json::error_message(&value), output: Some(text) },
        _ => ApplicationError { message: text, output: None },
    }
}

fn dynamic_answer(result: Option<Val>, ty: Option<&Type>) -> Answer {
    let Some(result) = result else { return Answer::Nothing };
    let (ok, err, some) = match ty {
        Some(Type::Result(ty)) => (ty.ok(), ty.err(), None),
        Some(Type::Option(ty)) => (None, None, Some(ty.ty())),
        _ => (None, None, None),
    };
    match result {
        Val::Result(Err(None)) => Answer::Error(without_a_word()),
        Val::Result(Err(Some(error))) => Answer::Error(dynamic_error(*error, err.as_ref())),
        Val::Result(Ok(None)) | Val::Option(None) => Answer::Nothing,
        Val::Result(Ok(Some(value))) => Answer::Text(dynamic_part(*value, ok.as_ref())),
        Val::Option(Some(value)) => Answer::Text(dynamic_part(*value, some.as_ref())),
        value => Answer::Text(dynamic_part(value, ty)),
    }
}

/// Bytes and text are the JSON itself; all else becomes JSON here.
fn dynamic_part(value: Val, ty: Option<&Type>) -> Vec<u8> {
    match (kind(ty), value) {
        (Some(Kind::Text), Val::String(text)) => text.into_bytes(),
        (Some(Kind::Bytes), Val::List(items)) => {
            items.iter().filter_map(|item| if let Val::U8(byte) = item { Some(*byte) } else { None }).collect()
        }
        (_, value) => values::to_json(&value).to_string().into_bytes(),
    }
}

fn dynamic_error(error: Val, ty: Option<&Type>) -> ApplicationError {
    if matches!(kind(ty), Some(Kind::Text | Kind::Bytes)) {
        return application_error(String::from_utf8_lossy(&dynamic_part(error, ty)).into_owned());
    }
    let value = values::to_json(&error);
    let output = value.is_object().then(|| value.to_string());
    ApplicationError { message: json::error_message(&value), output }
}

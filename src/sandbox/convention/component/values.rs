//! Values of the component model as JSON and back. A field or case is named as in the interface
//! (`user-id`), and in camelCase or snake_case too where it is read. Handles, streams and futures have
//! no JSON.

use serde_json::{Map, Number, Value};
use wasmtime::component::Val;
use wasmtime::component::types::{Record, Type, Variant};

use crate::bundle::names;

use super::super::super::fault::Stop;

/// What in a type has no JSON, in words; `None` where all of it has.
pub(super) fn impossible(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Own(_) | Type::Borrow(_) => Some("a handle to a resource, which has no JSON"),
        Type::Future(_) | Type::Stream(_) => Some("a stream or a future, which has no JSON"),
        Type::ErrorContext => Some("an error context, which has no JSON"),
        Type::List(list) => impossible(&list.ty()),
        Type::FixedLengthList(list) => impossible(&list.ty()),
        Type::Option(option) => impossible(&option.ty()),
        Type::Map(map) => impossible(&map.key()).or_else(|| impossible(&map.value())),
        Type::Record(record) => record.fields().find_map(|field| impossible(&field.ty)),
        Type::Tuple(tuple) => tuple.types().find_map(|ty| impossible(&ty)),
        Type::Variant(variant) => variant.cases().find_map(|case| impossible(&case.ty?)),
        Type::Result(result) => [result.ok(), result.err()].iter().flatten().find_map(impossible),
        _ => None,
    }
}

/// A value as JSON. Numbers that JSON does not know (not a number, infinite) are `null`.
pub(super) fn to_json(value: &Val) -> Value {
    let case = |name: &String, payload: &Option<Box<Val>>| match payload {
        None => Value::String(name.clone()),
        Some(payload) => Value::Object(Map::from_iter([(name.clone(), to_json(payload))])),
    };
    match value {
        Val::Bool(value) => Value::Bool(*value),
        Val::S8(number) => Value::from(*number),
        Val::U8(number) => Value::from(*number),
        Val::S16(number) => Value::from(*number),
        Val::U16(number) => Value::from(*number),
        Val::S32(number) => Value::from(*number),
        Val::U32(number) => Value::from(*number),
        Val::S64(number) => Value::from(*number),
        Val::U64(number) => Value::from(*number),
        Val::Float32(number) => Number::from_f64(f64::from(*number)).map_or(Value::Null, Value::Number),
        Val::Float64(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        Val::Char(char) => Value::String(char.to_string()),
        Val::String(text) => Value::String(text.clone()),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => items.iter().map(to_json).collect(),
        Val::Map(pairs) => {
            let pair = |(key, value): &(Val, Val)| Value::Array(vec![to_json(key), to_json(value)]);
            pairs.iter().map(pair).collect()
        }
        Val::Record(fields) => fields.iter().map(|(name, value)| (name.clone(), to_json(value))).collect(),
        Val::Variant(name, payload) => case(name, payload),
        Val::Enum(name) => Value::String(name.clone()),
        Val::Option(value) => value.as_deref().map_or(Value::Null, to_json),
        Val::Result(Ok(value)) => case(&"ok".to_owned(), value),
        Val::Result(Err(value)) => case(&"err".to_owned(), value),
        Val::Flags(names) => names.iter().cloned().map(Value::String).collect(),
        Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => Value::Null,
    }
}

/// The value of type `ty` that the JSON text `input` tells, if it takes no more than `most` bytes.
///
/// # Errors
/// A [`Stop`] that says where the input is not of this type.
pub(super) fn from_json(input: &[u8], ty: &Type, most: u64) -> wasmtime::Result<Val> {
    let byte = |byte: &u8| Val::U8(*byte);
    // Value by value each byte costs far more than itself.
    if (input.len() as u64).saturating_mul(size_of::<Val>() as u64) > most {
        return Err(Stop::MemoryLimit(
            "The input is too long to be handed over value by value within the limit of memory".to_owned(),
        )
        .into());
    }
    match ty {
        // Bytes and text take the JSON as it is.
        Type::String => match std::str::from_utf8(input) {
            Ok(text) => Ok(Val::String(text.to_owned())),
            Err(_) => Err(Stop::convention("The input is not UTF-8")),
        },
        Type::List(list) if list.ty() == Type::U8 => Ok(Val::List(input.iter().map(byte).collect())),
        _ => {
            let value = serde_json::from_slice(input)
                .map_err(|error| Stop::Input(format!("The input cannot be read: {error}")))?;
            let mut path = Path::default();
            path.read(&value, ty).map_err(|expected| {
                let at = path.place();
                Stop::Input(format!("The input does not fit the function: {at} should be {expected}")).into()
            })
        }
    }
}

/// Where in the input the reader is.
#[derive(Default)]
struct Path(Vec<String>);

/// What was expected, in words: the path stays where it was not found.
type Read = Result<Val, String>;

impl Path {
    fn place(&self) -> String {
        if self.0.is_empty() { "it".to_owned() } else { format!("`{}`", self.0.concat().trim_start_matches('.')) }
    }

    fn inside(&mut self, step: String, value: &Value, ty: &Type) -> Read {
        self.0.push(step);
        let read = self.read(value, ty)?;
        self.0.pop();
        Ok(read)
    }

    fn read(&mut self, value: &Value, ty: &Type) -> Read {
        match ty {
            Type::Bool => value.as_bool().map(Val::Bool).ok_or_else(|| "true or false".into()),
            Type::S8 => integer(value).map(Val::S8),
            Type::U8 => integer(value).map(Val::U8),
            Type::S16 => integer(value).map(Val::S16),
            Type::U16 => integer(value).map(Val::U16),
            Type::S32 => integer(value).map(Val::S32),
            Type::U32 => integer(value).map(Val::U32),
            Type::S64 => integer(value).map(Val::S64),
            Type::U64 => integer(value).map(Val::U64),
            Type::Float32 => value.as_f64().map(|number| Val::Float32(number as f32)).ok_or_else(|| "a number".into()),
            Type::Float64 => value.as_f64().map(Val::Float64).ok_or_else(|| "a number".into()),
            Type::Char => single_char(value).map(Val::Char).ok_or_else(|| "a text of one character".into()),
            Type::String => text(value).map(|text| Val::String(text.to_owned())),
            Type::List(list) => self.list(value, &list.ty()).map(Val::List),
            Type::FixedLengthList(list) => match self.list(value, &list.ty())? {
                items if items.len() == list.len() as usize => Ok(Val::FixedLengthList(items)),
                _ => Err(format!("a list of {}", list.len())),
            },
            Type::Map(map) => self.map(value, &map.key(), &map.value()),
            Type::Record(record) => self.record(value, record),
            Type::Tuple(tuple) => {
                let types: Vec<Type> = tuple.types().collect();
                let expected = || format!("a list of {} values", types.len());
                let items = value.as_array().filter(|items| items.len() == types.len()).ok_or_else(expected)?;
                let items = items.iter().zip(&types).enumerate();
                items
                    .map(|(at, (item, ty))| self.inside(format!("[{at}]"), item, ty))
                    .collect::<Result<_, _>>()
                    .map(Val::Tuple)
            }
            Type::Variant(variant) => self.variant(value, variant),
            Type::Enum(cases) => {
                let wanted = text(value)?;
                let found = names::find(wanted, cases.names().collect::<Vec<_>>());
                found.map(|name| Val::Enum(name.to_owned())).ok_or_else(|| one_of(cases.names()))
            }
            Type::Option(_) if value.is_null() => Ok(Val::Option(None)),
            Type::Option(option) => self.read(value, &option.ty()).map(|value| Val::Option(Some(Box::new(value)))),
            Type::Result(result) => self.result(value, result.ok(), result.err()),
            Type::Flags(flags) => {
                let chosen = value.as_array().ok_or_else(|| one_of(flags.names()))?;
                let name = |item: &Value| {
                    let found = names::find(item.as_str()?, flags.names().collect::<Vec<_>>());
                    found.map(str::to_owned)
                };
                chosen.iter().map(name).collect::<Option<_>>().map(Val::Flags).ok_or_else(|| one_of(flags.names()))
            }
            Type::Own(_) | Type::Borrow(_) | Type::Future(_) | Type::Stream(_) | Type::ErrorContext => {
                Err("something that has no JSON".into())
            }
        }
    }

    /// A list; bytes may be a text as well.
    fn list(&mut self, value: &Value, of: &Type) -> Result<Vec<Val>, String> {
        match value {
            Value::String(text) if *of == Type::U8 => Ok(text.bytes().map(Val::U8).collect()),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(at, item)| self.inside(format!("[{at}]"), item, of)).collect()
            }
            _ => Err("a list".into()),
        }
    }

    /// An object, or pairs of key and value.
    fn map(&mut self, value: &Value, key: &Type, of: &Type) -> Read {
        let pairs: Vec<(Value, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (Value::String(name.clone()), value)).collect(),
            Value::Array(items) => {
                let pair = |item: &'_ Value| matches!(item.as_array().map(Vec::as_slice), Some([_, _]));
                if !items.iter().all(pair) {
                    return Err("an object, or a list of pairs".into());
                }
                items.iter().filter_map(|item| Some((item.get(0)?.clone(), item.get(1)?))).collect()
            }
            _ => return Err("an object, or a list of pairs".into()),
        };
        let mut map = Vec::with_capacity(pairs.len());
        for (at, (name, value)) in pairs.into_iter().enumerate() {
            map.push((self.inside(format!("[{at}]"), &name, key)?, self.inside(format!("[{at}]"), value, of)?));
        }
        Ok(Val::Map(map))
    }

    /// An object with all fields; those that may be missing are `none` then.
    fn record(&mut self, value: &Value, record: &Record) -> Read {
        let fields = value.as_object().ok_or("an object")?;
        let known: Vec<&str> = record.fields().map(|field| field.name).collect();
        if let Some(stranger) = fields.keys().find(|name| names::find(name, known.clone()).is_none()) {
            return Err(format!("without the field `{stranger}`: it has {}", known.join(", ")));
        }
        let mut read = Vec::with_capacity(known.len());
        for field in record.fields() {
            let name = names::find(field.name, fields.keys().map(String::as_str).collect::<Vec<_>>());
            let value = match (name.and_then(|name| fields.get(name)), &field.ty) {
                (Some(value), ty) => self.inside(format!(".{}", field.name), value, ty)?,
                (None, Type::Option(_)) => Val::Option(None),
                (None, _) => return Err(format!("an object with the field `{}`", field.name)),
            };
            read.push((field.name.to_owned(), value));
        }
        Ok(Val::Record(read))
    }

    /// The name of a case, or an object with it as its only field.
    fn variant(&mut self, value: &Value, variant: &Variant) -> Read {
        let (wanted, payload) = case(value).ok_or_else(|| one_of(variant.cases().map(|case| case.name)))?;
        let known: Vec<&str> = variant.cases().map(|case| case.name).collect();
        let found = names::find(wanted, known).and_then(|name| variant.cases().find(|case| case.name == name));
        let case = found.ok_or_else(|| one_of(variant.cases().map(|case| case.name)))?;
        self.payload(case.name, payload, case.ty.as_ref()).map(|payload| Val::Variant(case.name.to_owned(), payload))
    }

    fn result(&mut self, value: &Value, ok: Option<Type>, err: Option<Type>) -> Read {
        match case(value) {
            Some(("ok", payload)) => self.payload("ok", payload, ok.as_ref()).map(|value| Val::Result(Ok(value))),
            Some(("err", payload)) => self.payload("err", payload, err.as_ref()).map(|value| Val::Result(Err(value))),
            _ => Err("an object with the field `ok` or `err`".into()),
        }
    }

    fn payload(&mut self, name: &str, value: Option<&Value>, ty: Option<&Type>) -> Result<Option<Box<Val>>, String> {
        match (ty, value) {
            (None, None | Some(Value::Null)) => Ok(None),
            (None, Some(_)) => Err(format!("\"{name}\" alone")),
            (Some(ty), value) => {
                self.inside(format!(".{name}"), value.unwrap_or(&Value::Null), ty).map(|value| Some(Box::new(value)))
            }
        }
    }
}

/// The case that a value names, and what it holds.
fn case(value: &Value) -> Option<(&str, Option<&Value>)> {
    match value {
        Value::String(name) => Some((name, None)),
        Value::Object(fields) if fields.len() == 1 => {
            fields.iter().next().map(|(name, payload)| (name.as_str(), Some(payload)))
        }
        _ => None,
    }
}

fn integer<T: TryFrom<i128>>(value: &Value) -> Result<T, String> {
    let number = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("a whole number of {} bits", size_of::<T>() * 8))
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "a text".into())
}

fn single_char(value: &Value) -> Option<char> {
    let mut chars = value.as_str()?.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("one of {}", names.take(20).collect::<Vec<_>>().join(", "))
}

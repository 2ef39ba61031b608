//! The table of fields as JSON Schemas (draft 2020-12), with which other editors check a bundle's files.
//!
//! A schema refuses what one file alone shows to be wrong: missing, empty and unknown fields, values of
//! another kind, and texts that break one of the small grammars. What needs other files, or the comparison
//! of two fields, it cannot see.

use serde_json::{Map, Value, json};

use super::{Field, Need, Scope, Takes, fields};
use crate::bundle::{duration, function_ref, target};

/// A segment of a path, as a regular expression.
macro_rules! segment {
    () => {
        concat!(
            r"(?:\{[\p{L}\p{N}_-]+\}|:[\p{L}\p{N}_-]+",
            r"|(?!\.{1,2}(?:/|$))[!$%&'()*+,.0-9;=@A-Z_a-z~\[\]-][!$%&'()*+,.0-9:;=@A-Z_a-z~\[\]-]*)",
        )
    };
}

/// A text with something in it.
const FILLED: &str = r"\S";
/// A name that references and files can hold.
const SERVICE_NAME: &str = r"^[^\s:/\\\p{Cc}]+$";
/// A path below the bundle's folder, with `/`.
const SERVICE_PATH: &str = r"^(?![A-Za-z]:|/|(?:\./)*\.\./)[^\\\p{Cc}]*[^\\\s\p{Cc}][^\\\p{Cc}]*$";
/// Three numbers by the rules of semver.org.
const VERSION: &str = concat!(
    r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}",
    r"(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?",
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
);
/// Segments behind slashes: plain, `{name}` or `:name`.
const ROUTE: &str = concat!(r"/(?:", segment!(), r"(?:/", segment!(), r")*/?)?",);

/// The schema of the files whose root is `scope`, as it is shipped: indented, with a line break at the end.
pub fn text(scope: Scope) -> String {
    format!("{:#}\n", of(scope))
}

/// The schema of the files whose root is `scope`.
pub fn of(scope: Scope) -> Value {
    let (title, about) = match scope {
        Scope::Bundle => ("PrioStack bundle", "bundle.yaml: what a bundle is called and which services it holds."),
        _ => ("PrioStack service", "A service file: the requests, intents and goals of one service."),
    };
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), title.into());
    schema.insert("description".into(), about.into());
    if let Value::Object(root) = mapping(scope) {
        schema.extend(root);
    }
    Value::Object(schema)
}

fn mapping(scope: Scope) -> Value {
    let required: Vec<&str> =
        fields(scope).filter(|field| field.need == Need::Required).map(|field| field.key).collect();
    let properties: Map<String, Value> = fields(scope).map(|field| (field.key.into(), property(field))).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if let (false, Some(schema)) = (required.is_empty(), schema.as_object_mut()) {
        schema.insert("required".into(), required.into());
    }
    if let Some(schema) = schema.as_object_mut() {
        // Whatever begins with x- is somebody's own.
        schema.insert("patternProperties".into(), json!({ "^x-": true }));
        schema.insert("additionalProperties".into(), false.into());
    }
    schema
}

fn property(field: &Field) -> Value {
    let mut schema = Map::new();
    schema.insert("description".into(), described(field).into());
    if let Ok(example) = serde_yaml::from_str::<Value>(field.example) {
        schema.insert("examples".into(), json!([example]));
    }
    if let Value::Object(value) = value(field) {
        schema.extend(value);
    }
    Value::Object(schema)
}

/// The field's documentation, with the meanings of the values to choose from.
fn described(field: &Field) -> String {
    let values = field.takes.values();
    let mut text = field.documentation.to_owned();
    for (value, meaning) in values {
        text.push_str(&format!("\n- {value}: {meaning}"));
    }
    text
}

/// What the field's value may be. A field that may be left out may also be left empty.
fn value(field: &Field) -> Value {
    let is_required = field.need == Need::Required;
    let kind = |name: &str| if is_required { json!(name) } else { json!([name, "null"]) };
    let text = |pattern: String| json!({ "type": kind("string"), "pattern": pattern });
    let anchored = |pattern: &str| format!("^(?:{pattern})$");
    // An optional text without anything in it counts as absent.
    let grammar =
        |pattern: &str| text(if is_required { anchored(pattern) } else { anchored(&format!(r"\s*|{pattern}")) });
    let names = || field.takes.values().into_iter().map(|(value, _)| value).collect::<Vec<_>>();
    match field.takes {
        Takes::Text | Takes::Sensor if is_required => text(FILLED.into()),
        Takes::Text | Takes::Sensor => json!({ "type": kind("string") }),
        Takes::ServiceName => text(SERVICE_NAME.into()),
        Takes::ServicePath => text(SERVICE_PATH.into()),
        Takes::Version => grammar(VERSION),
        Takes::Route => grammar(ROUTE),
        Takes::Reference => text(anchored(function_ref::PATTERN)),
        Takes::Duration => text(anchored(duration::PATTERN)),
        Takes::Method => json!({ "enum": names() }),
        Takes::Primitive => {
            json!({ "anyOf": [{ "enum": names() }, { "type": ["string", "null"], "pattern": r"^\s*$" }] })
        }
        Takes::Retries => json!({ "type": kind("integer"), "minimum": 0, "maximum": 1000 }),
        Takes::Metric => json!({ "anyOf": [{ "enum": names() }, { "type": "string", "pattern": FILLED }] }),
        Takes::Target => json!({ "anyOf": [
            { "type": "string", "pattern": anchored(target::PATTERN) },
            { "type": "number", "minimum": 0 },
        ] }),
        Takes::Mapping(scope) => {
            let mut schema = mapping(scope);
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("type".into(), kind("object"));
            }
            schema
        }
        Takes::List(scope) if is_required => json!({ "type": "array", "minItems": 1, "items": mapping(scope) }),
        Takes::List(scope) => json!({ "type": kind("array"), "items": mapping(scope) }),
        Takes::Anything => json!({}),
    }
}

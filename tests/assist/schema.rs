//! The JSON Schemas: made of the table of fields, and of one mind with the readers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use priostack_workbench::bundle::schema::{Scope, Takes, fields, json};
use priostack_workbench::bundle::{Code, Diagnostic, Loaded, Overlay, Reader};
use serde_json::{Value, json};

use crate::shop::Shop;
use crate::triples;

/// The problems that one value or one key shows: what a schema can see.
const EXPRESSIBLE: [Code; 16] = [
    Code::MissingField,
    Code::EmptyValue,
    Code::WrongType,
    Code::UnknownField,
    Code::NoServices,
    Code::VersionInvalid,
    Code::NameInvalid,
    Code::MethodUnknown,
    Code::PathInvalid,
    Code::FunctionRefInvalid,
    Code::PrimitiveUnknown,
    Code::DurationInvalid,
    Code::RetriesInvalid,
    Code::TargetInvalid,
    Code::PathBackslash,
    Code::PathOutside,
];

fn validator(scope: Scope) -> Validator {
    jsonschema::validator_for(&json::of(scope)).unwrap()
}

fn validator_of(file: &str) -> Validator {
    validator(if file == "bundle.yaml" { Scope::Bundle } else { Scope::Service })
}

/// A YAML text as the JSON value that other programs make of it.
fn as_json(text: &str) -> Option<Value> {
    let mut value: serde_yaml::Value = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    value.apply_merge().ok()?;
    serde_json::to_value(value).ok()
}

fn said(validator: &Validator, value: &Value) -> String {
    let errors = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path()));
    errors.collect::<Vec<_>>().join("\n")
}

fn expressible<'d>(loaded: &'d Loaded, file: &str) -> Vec<&'d Diagnostic> {
    let of_file = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.file == file);
    of_file.filter(|diagnostic| EXPRESSIBLE.contains(&diagnostic.code)).collect()
}

#[test]
fn the_shipped_schemas_are_made_of_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas");
    for (name, scope) in [("bundle", Scope::Bundle), ("service", Scope::Service)] {
        let path = folder.join(format!("{name}.schema.json"));
        let made = json::text(scope);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, &made).unwrap();
        }
        let shipped = fs::read_to_string(&path).unwrap_or_default();
        assert!(shipped == made, "{} is old; UPDATE_EXPECT=1 makes it anew", path.display());
        assert!(jsonschema::meta::is_valid(&json::of(scope)), "{name} is no schema");
    }
}

#[test]
fn every_field_is_documented_and_its_example_is_accepted() {
    let scopes =
        [Scope::Bundle, Scope::ListedService, Scope::Service, Scope::Api, Scope::Endpoint, Scope::Intent, Scope::Goal];
    for scope in scopes {
        for field in fields(scope) {
            assert!(field.documentation.ends_with('.') && !field.example.is_empty(), "{field:?}");
            let example = as_json(field.example).unwrap();
            let validator = jsonschema::validator_for(&property(scope, field.key)).unwrap();
            assert!(validator.is_valid(&example), "{field:?}: {}", said(&validator, &example));
        }
    }
}

/// The part of the schemas that is about a field.
fn property(scope: Scope, key: &str) -> Value {
    let (root, pointer) = match scope {
        Scope::Bundle => (Scope::Bundle, ""),
        Scope::ListedService => (Scope::Bundle, "/properties/services/items"),
        Scope::Service => (Scope::Service, ""),
        Scope::Api => (Scope::Service, "/properties/api"),
        Scope::Endpoint => (Scope::Service, "/properties/api/properties/endpoints/items"),
        Scope::Intent => (Scope::Service, "/properties/intents/items"),
        Scope::Goal => (Scope::Service, "/properties/goals/items"),
    };
    json::of(root).pointer(&format!("{pointer}/properties/{key}")).unwrap().clone()
}

#[test]
fn the_sample_bundle_and_every_sound_file_is_accepted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["sample-bundle", "tests/checks/base"] {
        let loaded = Reader::new(&root.join(folder)).read(&Overlay::new());
        for (file, text) in &loaded.bundle.sources {
            let (validator, value) = (validator_of(file), as_json(text).unwrap());
            assert!(validator.is_valid(&value), "{folder}/{file}: {}", said(&validator, &value));
        }
    }
}

#[test]
fn sick_and_cured_files_are_judged_as_the_checks_judge_them() {
    let mut refused = BTreeSet::new();
    let mut accepted = 0;
    for triple in triples::triples() {
        let (_folder, root) = triples::lay_out(&triple);
        for round in ["sick", "cured"] {
            if round == "cured" {
                triples::lay(triples::files_below(&triple.join("cured")), &root);
            }
            let loaded = Reader::new(&root).read(&Overlay::new());
            for (file, text) in &loaded.bundle.sources {
                // What is no YAML, other editors tell by themselves.
                let Some(value) = as_json(text).filter(|value| !value.is_null()) else { continue };
                let (validator, found) = (validator_of(file), expressible(&loaded, file));
                let broken = loaded.diagnostics.iter().any(|d| d.file == *file && d.code.as_str().starts_with("yaml-"));
                // A path that looks sound may still lead outside by a link, and one route is compared with another.
                let of_one_value = found.iter().any(|d| !matches!(d.code, Code::PathOutside | Code::PathInvalid));
                // The ends of a range are compared by the reader alone.
                let of_one_value = of_one_value && triples::name_of(&triple) != "target-invalid.turned";
                let name = format!("{} {round} {file}", triples::name_of(&triple));
                if found.is_empty() && !broken {
                    assert!(validator.is_valid(&value), "{name}: {}", said(&validator, &value));
                    accepted += 1;
                } else if of_one_value && !broken {
                    assert!(!validator.is_valid(&value), "{name} is accepted, but: {found:?}");
                    refused.extend(found.iter().map(|diagnostic| diagnostic.code));
                }
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
    for code in EXPRESSIBLE.iter().filter(|code| !matches!(code, Code::PathInvalid | Code::PathOutside)) {
        assert!(refused.contains(code), "no triple of {code} was refused");
    }
}

/// A service file and a manifest in which every field stands.
fn complete_files() -> [(&'static str, Value); 2] {
    let service = json!({
        "name": "user-service", "description": "a", "version": "1.0.0",
        "api": { "basePath": "/api", "endpoints": [
            { "name": "a", "method": "GET", "path": "/", "to": "wasm:user-service:createUser", "description": "a" }
        ] },
        "intents": [{
            "name": "a", "whenSensor": "a", "toFunc": "wasm:user-service:createUser", "primitiveIntent": "validation",
            "cooldown": "1s", "retries": 1, "expectedDuration": "1s", "expiresIn": "5s", "description": "a"
        }],
        "goals": [{ "name": "a", "metric": "latency", "target": "< 50ms", "description": "a" }],
        "priority": "normal", "futures": []
    });
    let manifest = json!({
        "name": "shop", "description": "a", "version": "1.0.0",
        "services": [{ "path": "services/user-service.yaml", "name": "a", "description": "a" }]
    });
    [("services/user-service.yaml", service), ("bundle.yaml", manifest)]
}

/// Values of all kinds, right in one place and wrong in others.
fn probes() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "text",
        "two words",
        "a:b",
        "a/b",
        "50ms",
        "1h 30m",
        "30m1h",
        "5",
        "1.5s",
        "-5s",
        "ms",
        "GET",
        "get",
        "/",
        "/a/{id}/",
        "/:id",
        "/{a b}",
        "/{a",
        "/a}b",
        "a",
        "/a?b",
        "/a//b",
        "/..",
        "/a/./b",
        "/ä",
        "wasm:a:b",
        "wasm:a",
        "wasm::b",
        "wasm:a:",
        "func:f",
        "func:",
        "wasm:a:b:c",
        "WASM:a:b",
        "validation",
        "Validation",
        "latency",
        "< 50ms",
        "<50 ms",
        ">= 99.9%",
        "50..100ms",
        "50ms-100ms",
        "10 apples",
        "0",
        "< ",
        "=< 5ms",
        "1e3/s",
        "100 req/s",
        "100 requests per minute",
        "5 ms/s",
        "5 KB",
        "5 kb",
        ".5s",
        "2",
        "1001",
        "1.0.0",
        "1.0",
        "v1.0.0",
        "01.0.0",
        "1.0.0-beta.1+5",
        "1.0.0-",
        "services/user-service.yaml",
        "./services/user-service.yaml",
        "../a.yaml",
        "a\\b.yaml",
        "/a.yaml",
        "C:/a.yaml",
        "true",
        "12",
        "null",
        "~",
        "x-y",
    ];
    let others = [
        json!(null),
        json!(true),
        json!(12),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1001),
        json!([]),
        json!(["a"]),
        json!({}),
        json!({ "a": 1 }),
    ];
    texts.into_iter().map(Value::from).chain(others).collect()
}

/// The pointers to all values below `value`, the mappings' keys alone.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| {
            out.push(format!("{at}/{key}"));
            pointers(value, &format!("{at}/{key}"), out);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(number, value)| {
            out.push(format!("{at}/{number}"));
            pointers(value, &format!("{at}/{number}"), out);
        }),
        _ => {}
    }
}

/// Whether schema and reader agree on `value`; else what they say.
fn agree(shop: &Shop, validator: &Validator, file: &str, value: &Value) -> Result<(), String> {
    let text = serde_yaml::to_string(value).unwrap();
    let overlay = Overlay::from([(file.to_owned(), text.clone())]);
    let loaded = Reader::new(shop.folder.path()).read(&overlay);
    let found = expressible(&loaded, file);
    // A root that is no mapping and the like is reported for the whole file.
    if found.is_empty() == validator.is_valid(value) {
        return Ok(());
    }
    let found: Vec<String> = found.iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
    Err(format!("the reader says {found:?}, the schema {:?}, of\n{text}", said(validator, value)))
}

#[test]
fn schema_and_reader_agree_on_every_field_with_every_kind_of_value() {
    let shop = Shop::new();
    let mut disagreements = Vec::new();
    let mut judged = 0;
    for (file, complete) in complete_files() {
        let validator = validator_of(file);
        agree(&shop, &validator, file, &complete).unwrap();
        let mut all = Vec::new();
        pointers(&complete, "", &mut all);
        for pointer in all {
            for probe in probes() {
                let mut value = complete.clone();
                *value.pointer_mut(&pointer).unwrap() = probe.clone();
                judged += 1;
                if let Err(reason) = agree(&shop, &validator, file, &value) {
                    disagreements.push(format!("{pointer} = {probe}: {}", reason.lines().next().unwrap()));
                }
            }
            for changed in [without(&complete, &pointer), renamed(&complete, &pointer)].into_iter().flatten() {
                judged += 1;
                if let Err(reason) = agree(&shop, &validator, file, &changed) {
                    disagreements.push(format!("{pointer}: {reason}"));
                }
            }
        }
    }
    assert!(judged > 2000, "{judged}");
    assert!(disagreements.is_empty(), "{} of {judged}:\n{}", disagreements.len(), disagreements.join("\n"));
}

fn without(value: &Value, pointer: &str) -> Option<Value> {
    let mut value = value.clone();
    let (parent, key) = pointer.rsplit_once('/')?;
    value.pointer_mut(parent)?.as_object_mut()?.remove(key)?;
    Some(value)
}

fn renamed(value: &Value, pointer: &str) -> Option<Value> {
    let mut value = value.clone();
    let (parent, key) = pointer.rsplit_once('/')?;
    let parent = value.pointer_mut(parent)?.as_object_mut()?;
    let content = parent.get(key)?.clone();
    parent.insert(format!("{key}x"), content.clone());
    parent.insert(format!("x-{key}"), content);
    Some(value)
}

#[test]
fn the_readers_know_exactly_the_fields_of_the_table() {
    // Every field of the complete files is known, and these hold every field.
    for (file, complete) in complete_files() {
        let shop = Shop::new();
        let text = serde_yaml::to_string(&complete).unwrap();
        let loaded = Reader::new(shop.folder.path()).read(&Overlay::from([(file.to_owned(), text)]));
        assert!(expressible(&loaded, file).is_empty(), "{:?}", expressible(&loaded, file));
    }
    let [(_, service), (_, manifest)] = complete_files();
    let held = |value: &Value, scope: Scope| fields(scope).all(|field| value.get(field.key).is_some());
    assert!(held(&manifest, Scope::Bundle) && held(&manifest["services"][0], Scope::ListedService));
    assert!(held(&service, Scope::Service) && held(&service["api"], Scope::Api));
    assert!(held(&service["api"]["endpoints"][0], Scope::Endpoint));
    assert!(held(&service["intents"][0], Scope::Intent) && held(&service["goals"][0], Scope::Goal));
    assert!(fields(Scope::Goal).any(|field| field.takes == Takes::Target));
}

//! The endpoints of a bundle as an OpenAPI 3.1 document, with examples from the saved cases. Says only
//! what the bundle says: input and output of a function are any JSON.

use serde_json::{Map, Value, json};

use crate::bundle::{Bundle, Expect, FunctionRef, Method, cases_of};

use super::router::{Route, Router};

/// Larger examples are left out, in bytes.
const LARGEST_EXAMPLE: usize = 16 << 10;

/// The document.
pub fn document(bundle: &Bundle, router: &Router) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut operations = std::collections::BTreeSet::new();
    for route in router.routes() {
        let item = paths.entry(route.template()).or_insert_with(|| json!({}));
        let method = route.method.as_str().to_lowercase();
        if item.get(&method).is_none() {
            // Names are unique in a service only.
            let own = route.endpoint.clone();
            let id = if operations.contains(&own) { format!("{}.{own}", route.service) } else { own };
            let operation = operation(bundle, route, &id);
            operations.insert(id);
            if let Some(item) = item.as_object_mut() {
                item.insert(method, operation);
            }
        }
    }
    let mut info = Map::new();
    info.insert("title".into(), bundle.display_name().into());
    // The format asks for a version.
    let version = bundle.manifest.version.as_ref().map_or("0.0.0", |version| version.value.as_str());
    info.insert("version".into(), version.into());
    if let Some(description) = &bundle.manifest.description {
        info.insert("description".into(), description.as_str().into());
    }
    let tags = bundle.services.iter().filter(|service| !service.endpoints.is_empty()).map(|service| {
        let mut tag = json!({ "name": service.name.value });
        if let (Some(description), Some(tag)) = (&service.description, tag.as_object_mut()) {
            tag.insert("description".into(), description.as_str().into());
        }
        tag
    });
    json!({
        "openapi": "3.1.0",
        "info": info,
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "components": { "schemas": { "Error": error_schema() } },
    })
}

fn operation(bundle: &Bundle, route: &Route, id: &str) -> Value {
    let example = Example::of(bundle, route);
    let mut operation = Map::new();
    operation.insert("operationId".into(), id.into());
    operation.insert("tags".into(), json!([route.service]));
    if let Some(description) = &route.more.description {
        operation.insert("description".into(), description.as_str().into());
    }
    if let Some(function) = &route.more.function {
        operation.insert("x-priostack-function".into(), function.to_string().into());
    }
    let parameters: Vec<Value> = route
        .parameter_names()
        .map(|name| {
            let mut parameter = json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
            let value = example.input.as_ref().and_then(|input| input.get(name)?.as_str());
            if let (Some(value), Some(parameter)) = (value, parameter.as_object_mut()) {
                parameter.insert("example".into(), value.into());
            }
            parameter
        })
        .collect();
    if !parameters.is_empty() {
        operation.insert("parameters".into(), parameters.into());
    }
    if !matches!(route.method, Method::Get | Method::Delete) {
        let mut body = example.input.clone();
        if let Some(Value::Object(body)) = &mut body {
            route.parameter_names().for_each(|name| _ = body.shift_remove(name));
        }
        operation.insert("requestBody".into(), json!({ "content": content(json!({}), body) }));
    }
    operation.insert("responses".into(), responses(example.output));
    Value::Object(operation)
}

fn responses(output: Option<Value>) -> Value {
    let error = |description: &str| {
        let schema = json!({ "$ref": "#/components/schemas/Error" });
        json!({ "description": description, "content": content(schema, None) })
    };
    json!({
        "200": { "description": "The function's output", "content": content(json!({}), output) },
        // A function's own error object is passed on as it is.
        "400": {
            "description": "The function said no, or the body is not JSON", "content": content(json!({}), None),
        },
        "413": error("The body is too large"),
        "500": error("The function failed"),
        "501": error("The function only runs on the platform"),
        "503": error("Too many requests at once"),
        "504": error("The function took too long"),
    })
}

fn content(schema: Value, example: Option<Value>) -> Value {
    let mut media = json!({ "schema": schema });
    if let (Some(example), Some(media)) = (example, media.as_object_mut()) {
        media.insert("example".into(), example);
    }
    json!({ "application/json": media })
}

fn error_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": text,
                    "message": text,
                    "help": text,
                    "near": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "endpoint": text, "service": text, "method": text, "path": text, "difference": text,
                            },
                        },
                    },
                },
            },
        },
    })
}

/// Input and output of the first saved case that the function is to answer.
#[derive(Default)]
struct Example {
    input: Option<Value>,
    output: Option<Value>,
}

impl Example {
    fn of(bundle: &Bundle, route: &Route) -> Self {
        let Some(FunctionRef::Wasm { service, function }) = &route.more.function else { return Self::default() };
        let cases = cases_of(&bundle.root, service, function);
        let Some(case) = cases.into_iter().find(|case| !case.expects_error()) else { return Self::default() };
        let fits = |value: &Value| value.to_string().len() <= LARGEST_EXAMPLE;
        let output = match case.expect {
            Some(Expect::Equals(output)) => Some(output).filter(fits),
            _ => None,
        };
        Self { input: Some(case.input).filter(fits), output }
    }
}

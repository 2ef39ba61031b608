//! Endpoints under load: a gateway of its own serves the bundle on this machine, each worker keeps a connection,
//! and a second gateway with an endpoint that does nothing tells what the way there and back costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bundle::{Bundle, Endpoint as Declared, FunctionRef, Method, Service, Span, Spanned, path_parameter};
use crate::platform::http::encoded;
use crate::platform::router::{Route, Router};
use crate::platform::{Gateway, Request, Serving, Site};
use crate::sandbox::{Cancel, Limits, Program};

use super::StartingInput;
use super::callee::{Called, Callee, Caller};
use super::http::{self, Connection, HttpError};
use super::load::Instances;
use super::measurement::{Means, RunError};

/// How much longer than a call may take an answer is waited for.
const BEYOND_THE_CALL: Duration = Duration::from_secs(10);
/// The longest text of a failure that is kept, in bytes.
const LONGEST_FAILURE: usize = 500;

/// A bundle served to be measured, and beside it something that does nothing.
pub struct Served {
    gateway: Gateway,
    router: Router,
    patience: Duration,
    nothing: Gateway,
}

impl Served {
    /// Serves `site` on a free port until it is dropped. Waits until its modules run as fast as they will.
    ///
    /// # Errors
    /// When the machine gives no port or thread.
    pub fn start(mut site: Site, no_op: Program) -> Result<Self, RunError> {
        // Counting would be part of every time; whoever measures looks at the instructions before (`Callee::admit`).
        site.limits.instructions = None;
        site.limits.given.instructions = true;
        let start = |site: Site| {
            Gateway::start(Serving::default(), site, |_| {}).map_err(|error| RunError::Callee(error.to_string()))
        };
        site.settle();
        let (router, limits) = (site.router.clone(), site.limits.clone());
        let patience = limits.time + BEYOND_THE_CALL;
        Ok(Self { gateway: start(site)?, router, patience, nothing: start(nothing(limits, no_op))? })
    }

    /// The endpoint named `name` of `service`, to be asked with what gives its function `inputs`.
    ///
    /// # Errors
    /// When there is no such endpoint with a method and a path, or an input lacks a parameter of the path.
    pub fn endpoint(&self, service: &str, name: &str, inputs: &[StartingInput]) -> Result<Endpoint<'_>, RunError> {
        let route = self.router.routes().iter().find(|route| route.service == service && route.endpoint == name);
        let unknown = || RunError::Callee(format!("{service} has no endpoint {name} with a method and a path"));
        let route = route.ok_or_else(unknown)?;
        let prepared = |input: &StartingInput| {
            let request = request_for(route, &input.json)
                .map_err(|reason| RunError::Callee(format!("{} cannot be sent to {name}: {reason}", input.origin)))?;
            Ok((input.origin.to_string(), http::encoded(&request, self.gateway.address())))
        };
        let requests = inputs.iter().map(prepared).collect::<Result<_, RunError>>()?;
        Ok(Endpoint { served: self, gateway: &self.gateway, requests })
    }
}

/// An endpoint of the gateway.
pub struct Endpoint<'a> {
    served: &'a Served,
    gateway: &'a Gateway,
    /// The names of the inputs with the requests that carry them.
    requests: Vec<(String, Vec<u8>)>,
}

impl Callee for Endpoint<'_> {
    fn means(&self) -> Means {
        Means::Gateway
    }

    fn inputs(&self) -> Vec<String> {
        self.requests.iter().map(|(name, _)| name.clone()).collect()
    }

    fn caller(&self, instances: Instances) -> Result<Box<dyn Caller + '_>, RunError> {
        if instances == Instances::Kept {
            let reason = "the gateway makes a fresh instance for each request; measure the function itself to keep one";
            return Err(RunError::Callee(reason.into()));
        }
        let connection = Connection::new(self.gateway.address(), self.served.patience);
        Ok(Box::new(Client { requests: &self.requests, connection }))
    }

    fn no_op(&self) -> Result<Box<dyn Callee + '_>, String> {
        let request = Request { method: "POST".into(), target: "/".into(), headers: json_body(), body: b"{}".to_vec() };
        let gateway = &self.served.nothing;
        let requests = vec![("nothing".into(), http::encoded(&request, gateway.address()))];
        Ok(Box::new(Endpoint { served: self.served, gateway, requests }))
    }
}

struct Client<'a> {
    requests: &'a [(String, Vec<u8>)],
    connection: Connection,
}

impl Caller for Client<'_> {
    fn call(&mut self, input: usize, cancel: &Cancel) -> Called {
        let request = self.requests.get(input).map_or(&[][..], |(_, request)| request);
        let begun = Instant::now();
        let answer = self.connection.exchange(request, cancel);
        let latency = begun.elapsed();
        let is_cancelled = matches!(answer, Err(HttpError::Cancelled));
        let answer = match answer {
            Ok(answer) if answer.status < 400 => Ok(()),
            Ok(answer) => Err(failure(answer.status, &answer.body)),
            Err(error) => Err(error.to_string()),
        };
        Called { is_cancelled, ..Called::after(latency, answer) }
    }
}

/// Status and message of an answer that is an error.
fn failure(status: u16, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = body.get("error").unwrap_or(&Value::Null);
    let message = error.as_str().or_else(|| error.get("message")?.as_str()).unwrap_or("without a message");
    let end = message.floor_char_boundary(LONGEST_FAILURE);
    format!("status {status}: {}", message.get(..end).unwrap_or_default())
}

/// The request that makes the endpoint call its function with `input`: fields that are parameters of the path go
/// there; of a GET or DELETE the rest goes into the query where it is all texts, and else into the body.
///
/// # Errors
/// When the input lacks a parameter of the path, in words.
pub fn request_for(route: &Route, input: &str) -> Result<Request, String> {
    let mut headers = json_body();
    let method = route.method.as_str().to_owned();
    if route.parameter_names().next().is_none() && !matches!(route.method, Method::Get | Method::Delete) {
        return Ok(Request { method, target: encoded_path(&route.path), headers, body: input.as_bytes().to_vec() });
    }
    let value: Value = serde_json::from_str(input).map_err(|error| format!("it is not JSON: {error}"))?;
    let Value::Object(fields) = value else {
        return Err("it is no object, and only objects have room for parameters".into());
    };
    let mut rest = fields.clone();
    let mut segments = Vec::new();
    for part in route.path.split('/') {
        let Some(name) = path_parameter(part) else {
            segments.push(encoded_path(part));
            continue;
        };
        rest.shift_remove(name);
        segments.push(match fields.get(name) {
            Some(Value::String(text)) if !text.is_empty() => encoded(text),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => encoded(&value.to_string()),
            Some(_) => return Err(format!("its `{name}`, a parameter of the path, is no text and no number")),
            None => return Err(format!("it has no `{name}`, which is a parameter of the path")),
        });
    }
    let mut target = segments.join("/");
    let fits_query = rest.values().all(Value::is_string);
    let body = if rest.is_empty() {
        headers.clear();
        Vec::new()
    } else if fits_query && matches!(route.method, Method::Get | Method::Delete) {
        let pairs =
            rest.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value.as_str().unwrap_or(""))));
        target = format!("{target}?{}", pairs.collect::<Vec<_>>().join("&"));
        headers.clear();
        Vec::new()
    } else {
        Value::Object(rest).to_string().into_bytes()
    };
    Ok(Request { method, target, headers, body })
}

fn json_body() -> Vec<(String, String)> {
    vec![("Content-Type".into(), "application/json".into())]
}

/// A path that may hold characters which a request line may not.
fn encoded_path(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#');
    path.chars().map(|c| if is_plain(c) { c.to_string() } else { encoded(&c.to_string()) }).collect()
}

/// A site with one endpoint whose function does nothing.
fn nothing(limits: Limits, no_op: Program) -> Site {
    const NAME: &str = "nothing";
    let here = Span::new(0, 0);
    let to = FunctionRef::Wasm { service: NAME.into(), function: "no_op".into() };
    let endpoint = Declared {
        name: Spanned::new(NAME.to_owned(), here),
        method: Some(Spanned::new(Method::Post, here)),
        path: Some(Spanned::new("/".to_owned(), here)),
        to: Some(Spanned::new(to, here)),
        description: None,
        span: here,
    };
    let service = Service {
        file: String::new(),
        name: Spanned::new(NAME.to_owned(), here),
        description: None,
        version: None,
        base_path: None,
        endpoints: vec![endpoint],
        intents: Vec::new(),
        goals: Vec::new(),
    };
    let bundle = Bundle { services: vec![service], ..Bundle::default() };
    let no_op = Arc::new(no_op);
    Site::new(&bundle, limits, |_| Ok(Arc::clone(&no_op)))
}

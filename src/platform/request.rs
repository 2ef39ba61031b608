//! Requests in plain values: from method, target and body to the input of a function, and from what the
//! function gave to status, headers and body. Knows no network; the gateway, the terminal and the window
//! all come through here.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::bundle::{Bundle, FunctionRef, Method, names};
use crate::sandbox::{
    ApplicationError, Cancel, Conditions, Fault, FaultKind, Limits, LoadError, Outcome, Program, Reply,
};

use super::keep::{Invocation, Keeper};
use super::openapi;
use super::router::{NearMiss, Route, Router, Unmatched, decoded};

/// A request as a client sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, percent-encoded; a scheme and host before them are left out of account.
    pub target: String,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a request is answered with.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, in order; their names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, or empty.
    pub body: String,
    /// The endpoint that answered.
    pub resolved: Option<Resolved>,
    /// The input that the function was called with.
    pub input: Option<String>,
    /// What the invocation gave; `None` where no function was called.
    pub outcome: Option<Outcome>,
}

/// The endpoint that answered a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The service that declares it.
    pub service: String,
    /// Its name.
    pub endpoint: String,
    /// Its function.
    pub function: Option<FunctionRef>,
}

/// A bundle ready to answer requests: its routes, its loaded modules, its limits.
pub struct Site {
    /// The routes.
    pub router: Router,
    /// The description of the routes for clients, as JSON text.
    pub openapi: String,
    /// The limits of each invocation.
    pub limits: Limits,
    programs: BTreeMap<String, Result<Arc<Program>, LoadError>>,
    /// Who keeps the invocations, and the word for what asks for them.
    keeper: Option<(Arc<dyn Keeper>, &'static str)>,
}

impl Site {
    /// The site of a bundle. `load` is asked once for the program of each service that an endpoint refers to.
    pub fn new(bundle: &Bundle, limits: Limits, mut load: impl FnMut(&str) -> Result<Arc<Program>, LoadError>) -> Self {
        let router = Router::of(bundle);
        let mut programs = BTreeMap::new();
        for route in router.routes() {
            if let Some(FunctionRef::Wasm { service, .. }) = &route.function
                && !programs.contains_key(service)
            {
                programs.insert(service.clone(), load(service));
            }
        }
        let openapi = openapi::document(bundle, &router);
        Self { router, openapi: format!("{openapi:#}"), limits, programs, keeper: None }
    }

    /// The same, with `keeper` keeping the invocations; `word` says by which way requests come.
    #[must_use]
    pub fn kept_by(self, keeper: Arc<dyn Keeper>, word: &'static str) -> Self {
        Self { keeper: Some((keeper, word)), ..self }
    }

    /// Waits until every module runs as fast as it will ([`Program::settle`]).
    pub fn settle(&self) {
        self.programs.values().filter_map(|program| program.as_ref().ok()).for_each(|program| program.settle());
    }

    /// The services whose modules cannot be used, with the reasons.
    pub fn unusable(&self) -> impl Iterator<Item = (&str, &LoadError)> {
        self.programs.iter().filter_map(|(service, program)| Some((service.as_str(), program.as_ref().err()?)))
    }
}

/// Something that is answered with an error of the documented shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    pub near: Vec<NearMiss>,
    pub allow: Vec<&'static str>,
}

impl Problem {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), ..Self::default() }
    }

    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn response(self) -> Response {
        let mut error = Map::new();
        error.insert("code".into(), self.code.into());
        error.insert("message".into(), self.message.into());
        if let Some(help) = self.help {
            error.insert("help".into(), help.into());
        }
        if !self.near.is_empty() {
            let near = self.near.iter().map(|near| {
                json!({
                    "endpoint": near.endpoint, "service": near.service, "method": near.method.as_str(),
                    "path": near.path, "difference": near.difference,
                })
            });
            error.insert("near".into(), near.collect());
        }
        let mut response = Response::json(self.status, json!({ "error": error }).to_string());
        if !self.allow.is_empty() {
            response.headers.push(("allow".into(), self.allow.join(", ")));
        }
        response
    }
}

impl Response {
    pub(super) fn json(status: u16, body: String) -> Self {
        let headers = vec![("content-type".into(), "application/json".into())];
        Self { status, headers, body, resolved: None, input: None, outcome: None }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), resolved: None, input: None, outcome: None }
    }

    /// The value of the header `name`, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers a request: finds its endpoint, calls the function, and turns what comes of it into a response.
/// Blocks until the function has ended.
pub fn answer(site: &Site, request: &Request, cancel: &Cancel) -> Response {
    let (path, query) = split_target(&request.target);
    if request.method == "OPTIONS" {
        return options(site, path);
    }
    let is_head = request.method == "HEAD";
    let method = if is_head { "GET" } else { request.method.as_str() };
    let mut response = match site.router.resolve(method, path) {
        Err(unmatched) => unmatched_problem(unmatched, &request.method, path).response(),
        Ok(matched) => {
            let route = matched.route;
            let mut response = match input(request, &matched.parameters, query, site.limits.input) {
                Ok(input) => call(site, route, request, input, cancel),
                Err(problem) => problem.response(),
            };
            response.resolved = Some(Resolved {
                service: route.service.clone(),
                endpoint: route.endpoint.clone(),
                function: route.function.clone(),
            });
            response
        }
    };
    if is_head {
        response.headers.push(("content-length".into(), response.body.len().to_string()));
        response.body.clear();
    }
    response
}

/// Path and query of a target, which may begin with a scheme and host.
pub fn split_target(target: &str) -> (&str, &str) {
    let target = target.split_once('#').map_or(target, |(before, _)| before);
    let after_scheme = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme));
    let target = match after_scheme {
        Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => target,
    };
    target.split_once('?').unwrap_or((target, ""))
}

/// The parameters of a query, decoded, in order.
pub fn query_parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let plain = |text: &str| decoded(&text.replace('+', " "));
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (plain(key), plain(value)))
        .collect()
}

fn options(site: &Site, path: &str) -> Response {
    let methods = site.router.methods(path);
    if methods.is_empty() && path != "*" {
        return match site.router.resolve("OPTIONS", path) {
            Err(unmatched) => unmatched_problem(unmatched, "OPTIONS", path).response(),
            Ok(_) => Response::empty(204),
        };
    }
    let methods = if path == "*" { Method::ALL.to_vec() } else { methods };
    let mut response = Response::empty(204);
    response.headers.push(("allow".into(), allowed(&methods).join(", ")));
    response
}

/// The methods that are answered where endpoints have `methods`.
pub(super) fn allowed(methods: &[Method]) -> Vec<&'static str> {
    let mut allowed: Vec<&'static str> = methods.iter().map(|method| method.as_str()).collect();
    if methods.contains(&Method::Get) {
        allowed.push("HEAD");
    }
    allowed.push("OPTIONS");
    allowed
}

fn unmatched_problem(unmatched: Unmatched, method: &str, path: &str) -> Problem {
    let (shown, method) = (names::shown(path), names::shown(method));
    match unmatched {
        Unmatched::NotFound(near) => {
            let problem = Problem::new(404, "route-unknown", format!("no endpoint has the path {shown}"));
            let problem = match near.first() {
                Some(first) => problem.with_help(format!(
                    "the nearest one is {} {}: {}",
                    first.method.as_str(),
                    names::shown(&first.path),
                    first.difference
                )),
                None => problem.with_help("/.workbench/openapi.json lists all endpoints"),
            };
            Problem { near, ..problem }
        }
        Unmatched::MethodNotAllowed(methods, near) => {
            let allow = allowed(&methods);
            let message = format!("{shown} is not answered for {method}, only for {}", allow.join(", "));
            Problem { near, allow, ..Problem::new(405, "method-not-allowed", message) }
        }
    }
}

/// The function's input: the body, and where there are parameters, one object of query, body and path,
/// each beating the ones before it.
fn input(request: &Request, path: &[(String, String)], query: &str, most: u64) -> Result<String, Problem> {
    let size = request.body.len() as u64;
    if size > most {
        return Err(too_large(size, most));
    }
    let not_json = |why: String| {
        Problem::new(400, "body-not-json", format!("the body is not JSON: {why}")).with_help("send a JSON object")
    };
    let text = std::str::from_utf8(&request.body)
        .map_err(|error| not_json(format!("it is not UTF-8 from byte {}", error.valid_up_to())))?;
    let text = if text.trim_ascii().is_empty() { "{}" } else { text };
    let query = query_parameters(query);
    let whole = |text| serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(error.to_string()));
    if path.is_empty() && query.is_empty() {
        // As it came: big numbers and the order of keys stay what they are.
        whole(text)?;
        return Ok(text.to_owned());
    }
    let body = match serde_json::from_str(text).map_err(|error| not_json(error.to_string()))? {
        Value::Object(body) => body,
        _ => {
            let message = "the body is no JSON object, so the parameters of path and query have no place in it";
            let help = "send an object, or leave the parameters out";
            return Err(Problem::new(400, "body-not-object", message).with_help(help));
        }
    };
    Ok(merged(query, body, path).to_string())
}

fn merged(query: Vec<(String, String)>, body: Map<String, Value>, path: &[(String, String)]) -> Value {
    let mut input = Map::new();
    for (key, value) in query {
        // A parameter that is given several times is a list.
        match input.get_mut(&key) {
            None => _ = input.insert(key, value.into()),
            Some(Value::Array(values)) => values.push(value.into()),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    input.extend(body);
    input.extend(path.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    Value::Object(input)
}

pub(super) fn too_large(size: u64, most: u64) -> Problem {
    let message = format!("the body has {size} bytes, and {most} are allowed");
    Problem::new(413, "body-too-large", message).with_help("send less, or raise the input limit")
}

fn call(site: &Site, route: &Route, request: &Request, input: String, cancel: &Cancel) -> Response {
    let endpoint = names::shown(&route.endpoint);
    let (service, function) = match &route.function {
        Some(FunctionRef::Wasm { service, function }) => (service, function),
        Some(FunctionRef::Platform { function }) => {
            let message = format!(
                "endpoint {endpoint} is answered by func:{}, which only runs on the platform",
                names::shown(function)
            );
            return Problem::new(501, "platform-function", message).response();
        }
        None => {
            let message = format!("endpoint {endpoint} names no function that could be read");
            let help = format!("mend the endpoint's `to` in {}", names::shown(&route.file));
            return Problem::new(501, "function-unreadable", message).with_help(help).response();
        }
    };
    let program = match site.programs.get(service) {
        Some(Ok(program)) => program,
        other => {
            let why = other.and_then(|result| result.as_ref().err());
            let message = why.map_or_else(|| "it was not loaded".to_owned(), |error| error.message.clone());
            let message = format!("the module of {} cannot be used: {message}", names::shown(service));
            let problem = Problem::new(500, "module-unusable", message);
            return Problem { help: why.and_then(|error| error.help.clone()), ..problem }.response();
        }
    };
    let (limits, conditions) = (&site.limits, Conditions::default());
    let invocation = Invocation { service, function, input: &input, limits, cancel, conditions };
    let (keeper, word) = site.keeper.as_ref().map(|(keeper, word)| (&**keeper, *word)).unzip();
    let origin = || Some(format!("{} {} {}", word.unwrap_or_default(), request.method, names::shown(&request.target)));
    let outcome = invocation.invoke(program, keeper, origin);
    let mut response = match &outcome.reply {
        Reply::Json(text) => Response::json(200, text.clone()),
        Reply::ApplicationError(error) => said_no(error),
        Reply::Fault(fault) => fault_problem(fault).response(),
    };
    let time = format!("run;dur={:.3}, total;dur={:.3}", millis(outcome.timings.run), millis(outcome.timings.total()));
    response.headers.push(("server-timing".into(), time));
    response.input = Some(input);
    response.outcome = Some(outcome);
    response
}

fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The function's own error object where it gave one, else its message in the documented shape.
fn said_no(error: &ApplicationError) -> Response {
    match &error.output {
        Some(output) => Response::json(400, output.clone()),
        None => Problem::new(400, "application-error", error.message.clone()).response(),
    }
}

fn fault_problem(fault: &Fault) -> Problem {
    let (status, code) = match fault.kind {
        FaultKind::Timeout => (504, "timeout"),
        FaultKind::InputTooLarge => (413, "body-too-large"),
        FaultKind::InputNotJson => (400, "input-refused"),
        FaultKind::Cancelled => (503, "cancelled"),
        FaultKind::NoSuchFunction => (500, "function-missing"),
        FaultKind::Trap => (500, "trap"),
        FaultKind::MemoryLimit => (500, "memory-limit"),
        FaultKind::InstructionLimit => (500, "instruction-limit"),
        FaultKind::StackOverflow => (500, "stack-overflow"),
        FaultKind::OutputTooLarge => (500, "output-too-large"),
        FaultKind::OutputNotJson => (500, "output-not-json"),
        FaultKind::Convention => (500, "convention"),
        FaultKind::MissingImport => (500, "import-missing"),
    };
    Problem { help: fault.help.clone(), ..Problem::new(status, code, fault.message.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_of(body: &str, path: &[(&str, &str)], query: &str) -> Result<String, (u16, &'static str)> {
        let request = Request { body: body.as_bytes().to_vec(), ..Request::default() };
        let path: Vec<_> = path.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        input(&request, &path, query, 1000).map_err(|problem| (problem.status, problem.code))
    }

    #[test]
    fn the_path_beats_the_body_and_the_body_beats_the_query() {
        let merged = input_of(r#"{"b":2,"c":3}"#, &[("c", "path")], "a=query&b=query&c=query").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), json!({"a": "query", "b": 2, "c": "path"}));
    }

    #[test]
    fn a_body_without_parameters_reaches_the_function_as_it_came() {
        for body in ["[1]", "null", " {\"a\": 123456789012345678901234567890, \"a\": 1e400} "] {
            assert_eq!(input_of(body, &[], ""), Ok(body.to_owned()));
        }
        assert_eq!(input_of(" \n", &[], "&"), Ok("{}".to_owned()), "an empty body is an empty object");
    }

    #[test]
    fn what_cannot_be_an_input_is_refused() {
        assert_eq!(input_of("[1]", &[("a", "1")], ""), Err((400, "body-not-object")));
        assert_eq!(input_of("7", &[], "a=1"), Err((400, "body-not-object")));
        for body in ["{", "{} {}", "a=1&b=2", "\u{feff}{}"] {
            assert_eq!(input_of(body, &[], ""), Err((400, "body-not-json")), "{body}");
            assert_eq!(input_of(body, &[], "a=1"), Err((400, "body-not-json")), "{body}");
        }
        assert_eq!(input_of(&format!("\"{}\"", "x".repeat(999)), &[], ""), Err((413, "body-too-large")));
    }

    #[test]
    fn queries_are_decoded_and_repeated_parameters_are_lists() {
        let merged = input_of("", &[], "a=1&b=x+y%21&a=2&c&=e&a=3").unwrap();
        let expected = json!({"a": ["1", "2", "3"], "b": "x y!", "c": "", "": "e"});
        assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), expected);
    }

    #[test]
    fn targets_may_be_whole_addresses() {
        for (target, expected) in [
            ("/a/b?c=d#e", ("/a/b", "c=d")),
            ("http://localhost:1/a?b", ("/a", "b")),
            ("https://host", ("", "")),
            ("http://host?x", ("", "x")),
            ("/a?b?c", ("/a", "b?c")),
        ] {
            assert_eq!(split_target(target), expected, "{target}");
        }
    }
}

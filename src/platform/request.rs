//! Requests in plain values: from method, target and body to the input of a function, and from what the
//! function gave to status, headers and body. Knows no network; the gateway, the terminal and the window
//! all come through here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bundle::{Bundle, FunctionRef, names};
use crate::sandbox::{Cancel, Conditions, Fault, FaultKind, Limits, LoadError, Outcome, Program, Reply};

use super::http::{self, Answer, Code, Problem, split_target};
use super::keep::{Invocation, Keeper};
use super::openapi;
use super::router::{Route, Router};

/// Where a client finds the descriptions of all endpoints.
const OPENAPI: &str = "/.workbench/openapi.json";

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
            if let Some(FunctionRef::Wasm { service, .. }) = &route.more.function
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

impl From<Answer> for Response {
    fn from(Answer { status, headers, body }: Answer) -> Self {
        Self { status, headers, body, resolved: None, input: None, outcome: None }
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.answer().into()
    }
}

impl Response {
    /// The value of the header `name`, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers a request: finds its endpoint, calls the function, and turns what comes of it into a response.
/// Blocks until the function has ended.
pub fn answer(site: &Site, request: &Request, cancel: &Cancel) -> Response {
    let mut response = match http::route(&site.router, &request.method, &request.target, OPENAPI) {
        Err(answer) => Response::from(*answer),
        Ok(matched) => {
            let (route, query) = (matched.route, split_target(&request.target).1);
            let mut response = match http::input(&request.body, &matched.parameters, query, site.limits.input) {
                Ok(input) => call(site, route, request, input, cancel),
                Err(problem) => problem.into(),
            };
            response.resolved = Some(Resolved {
                service: route.service.clone(),
                endpoint: route.endpoint.clone(),
                function: route.more.function.clone(),
            });
            response
        }
    };
    if request.method == "HEAD" {
        response.headers.push(("content-length".into(), response.body.len().to_string()));
        response.body.clear();
    }
    response
}

fn call(site: &Site, route: &Route, request: &Request, input: String, cancel: &Cancel) -> Response {
    let (service, function) = match function_of(route) {
        Ok(function) => function,
        Err(problem) => return problem.into(),
    };
    let program = match site.programs.get(service) {
        Some(Ok(program)) => program,
        other => {
            let why = other.and_then(|result| result.as_ref().err());
            let message = why.map_or_else(|| "it was not loaded".to_owned(), |error| error.message.clone());
            let message = format!("the module of {} cannot be used: {message}", names::shown(service));
            let problem = Problem::new(Code::ModuleUnusable, message);
            return Problem { help: why.and_then(|error| error.help.clone()), ..problem }.into();
        }
    };
    let (limits, conditions) = (&site.limits, Conditions::default());
    let invocation = Invocation { service, function, input: &input, limits, cancel, conditions };
    let (keeper, word) = site.keeper.as_ref().map(|(keeper, word)| (&**keeper, *word)).unzip();
    let origin = || Some(format!("{} {} {}", word.unwrap_or_default(), request.method, names::shown(&request.target)));
    let outcome = invocation.invoke_within(program, keeper, origin);
    let mut response: Response = match &outcome.reply {
        Reply::Json(text) => Answer::json(200, text.clone()).into(),
        Reply::ApplicationError(error) => http::application_error(&error.message, error.output.clone()).into(),
        Reply::Fault(fault) => fault_problem(fault).into(),
    };
    let time = format!("run;dur={:.3}, total;dur={:.3}", millis(outcome.timings.run), millis(outcome.timings.total()));
    response.headers.push(("server-timing".into(), time));
    response.input = Some(input);
    response.outcome = Some(outcome);
    response
}

/// The function of a module that answers a route: its service's name and its own.
///
/// # Errors
/// The answer where there is none.
pub fn function_of(route: &Route) -> Result<(&String, &String), Problem> {
    let endpoint = names::shown(&route.endpoint);
    match &route.more.function {
        Some(FunctionRef::Wasm { service, function }) => Ok((service, function)),
        Some(FunctionRef::Platform { function }) => {
            let function = names::shown(function);
            let message =
                format!("endpoint {endpoint} is answered by func:{function}, which only runs on the platform");
            Err(Problem::new(Code::PlatformFunction, message))
        }
        None => {
            let message = format!("endpoint {endpoint} names no function that could be read");
            let help = format!("mend the endpoint's `to` in {}", names::shown(&route.more.file));
            Err(Problem::new(Code::FunctionUnreadable, message).with_help(help))
        }
    }
}

fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn fault_problem(fault: &Fault) -> Problem {
    let code = match fault.kind {
        FaultKind::Timeout => Code::Timeout,
        FaultKind::InputTooLarge => Code::BodyTooLarge,
        FaultKind::InputNotJson => Code::InputRefused,
        FaultKind::Cancelled => Code::Cancelled,
        FaultKind::NoSuchFunction => Code::FunctionMissing,
        FaultKind::Trap => Code::Trap,
        FaultKind::MemoryLimit => Code::MemoryLimit,
        FaultKind::InstructionLimit => Code::InstructionLimit,
        FaultKind::StackOverflow => Code::StackOverflow,
        FaultKind::OutputTooLarge => Code::OutputTooLarge,
        FaultKind::OutputNotJson => Code::OutputNotJson,
        FaultKind::Convention => Code::Convention,
        FaultKind::MissingImport => Code::ImportMissing,
    };
    Problem { help: fault.help.clone(), ..Problem::new(code, fault.message.clone()) }
}

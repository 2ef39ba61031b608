//! Services as components that answer HTTP on any engine with `wasi:http`.
//!
//! Each component holds the service's module untouched with what calls it by its convention (`user/`), and two more
//! prebuilt parts (`assets/component`): one speaks HTTP by the rules of requests, one gives the module log, time and random
//! numbers. Nothing is compiled here. What a component cannot answer is said, with the reason.

pub mod compose;
pub mod interfaces;
pub mod site;
pub mod user;

use crate::bundle::{Service, names};
use crate::platform::http::{Code, Problem};
use crate::platform::request::function_of;
use crate::platform::router::{Route, routes};
use crate::sandbox::{LoadError, Program};

use site::{Endpoint, Site, To};
pub use user::Reason;

/// A service on its way to other engines.
#[derive(Clone, Debug)]
pub struct ServiceComponent {
    /// The service's name.
    pub service: String,
    /// What it says of itself.
    pub description: Option<String>,
    /// Its version, or where it says none the bundle's.
    pub version: Option<String>,
    /// The path that all of its endpoints begin with; empty where there is none.
    pub base_path: String,
    /// The whole path templates of its endpoints, in the order of its file.
    pub paths: Vec<String>,
    /// The component, or why there is none.
    pub component: Result<Component, Vec<Reason>>,
    /// What of the service is not in the component.
    pub left_out: Vec<LeftOut>,
}

/// A component that answers a service's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The functions that it calls, as the bundle names them.
    pub functions: Vec<String>,
}

/// A part of a service that other engines do not get.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// What: `endpoint fetch`, `intent notify`.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A service's component. `program` is its loaded module and `module` that module's bytes; `input` is the largest
/// body of a request in bytes.
///
/// # Errors
/// In words, when the parts do not fit each other: a fault of the workbench.
pub fn component(
    service: &Service,
    program: Result<&Program, &LoadError>,
    module: &[u8],
    input: u64,
) -> Result<ServiceComponent, String> {
    let routes = routes(service);
    let mut left_out = Vec::new();
    let component = match program {
        Err(error) => Err(vec![Reason {
            function: None,
            import: None,
            message: format!("the module cannot be used: {}", error.message),
            help: error.help.clone(),
        }]),
        Ok(program) => assemble(&service.name.value, &routes, input, &mut left_out, |functions, site| {
            user::component(program, module, functions, site).map_err(|error| error.reasons)
        })?,
    };
    left_out.extend(service.intents.iter().map(|intent| LeftOut {
        what: format!("intent {}", names::shown(&intent.name.value)),
        why: "a component answers HTTP requests; sensors and intents are the platform's".into(),
        help: None,
    }));
    Ok(ServiceComponent {
        service: service.name.value.clone(),
        description: service.description.clone(),
        version: service.version.as_ref().map(|version| version.value.clone()),
        base_path: service.base_path.as_ref().map(|base| base.value.trim_matches('/').to_owned()).unwrap_or_default(),
        paths: routes.iter().map(|route| route.path.clone()).collect(),
        component,
        left_out,
    })
}

/// The component for these routes. `generate` makes the part that calls the module, of the functions' names and
/// the site. A function that it refuses is left out and its endpoints say so.
fn assemble(
    service: &str,
    routes: &[Route],
    input: u64,
    left_out: &mut Vec<LeftOut>,
    mut generate: impl FnMut(&[&str], &[u8]) -> Result<Vec<u8>, Vec<Reason>>,
) -> Result<Result<Component, Vec<Reason>>, String> {
    let mut refused: Vec<Reason> = Vec::new();
    let result = loop {
        let (site, functions) = site(service, routes, input, &refused);
        if functions.is_empty() {
            let message = "no endpoint of the service is answered by a function that can be exported".to_owned();
            let whole = Reason { function: None, import: None, message, help: None };
            return Ok(Err(if refused.is_empty() { vec![whole] } else { refused }));
        }
        let text = serde_json::to_vec(&site).map_err(|error| error.to_string())?;
        match generate(&functions, &text) {
            Ok(user) => {
                let bytes = compose::compose(&user)?;
                left_out.extend(site.routes.iter().filter_map(left_out_endpoint));
                break Component { bytes, functions: functions.into_iter().map(str::to_owned).collect() };
            }
            Err(reasons) => {
                // Only a function that was asked for and is refused makes the next attempt a smaller one.
                let of_functions = |reason: &Reason| {
                    reason.function.as_ref().is_some_and(|function| functions.contains(&function.as_str()))
                };
                if reasons.is_empty() || !reasons.iter().all(of_functions) {
                    return Ok(Err([refused, reasons].concat()));
                }
                refused.extend(reasons);
            }
        }
    };
    Ok(Ok(result))
}

/// What the front needs to know, and the functions that it calls, in the order of their numbers there.
fn site<'a>(service: &str, routes: &'a [Route], input: u64, refused: &[Reason]) -> (Site, Vec<&'a str>) {
    let mut functions: Vec<&str> = Vec::new();
    let endpoints = routes.iter().map(|route| {
        let to = match answering(service, route, refused) {
            Ok(function) => {
                let known = functions.iter().position(|known| *known == function);
                let at = known.unwrap_or_else(|| {
                    functions.push(function);
                    functions.len() - 1
                });
                u32::try_from(at).map_or_else(|_| nothing(&Problem::new(Code::NotExported, "")), To::Function)
            }
            Err(problem) => nothing(&problem),
        };
        let (method, path) = (route.method.as_str().to_owned(), route.path.clone());
        Endpoint { endpoint: route.endpoint.clone(), method, path, to }
    });
    let routes = endpoints.collect();
    (Site { service: service.to_owned(), input, routes }, functions)
}

/// The function of the service's own module that answers a route, or what is answered in its place.
fn answering<'a>(service: &str, route: &'a Route, refused: &[Reason]) -> Result<&'a str, Problem> {
    let (of, function) = function_of(route)?;
    let endpoint = names::shown(&route.endpoint);
    if of != service {
        let of = names::shown(of);
        let message =
            format!("endpoint {endpoint} is answered by a function of {of}, which is no part of this component");
        let help = format!("declare the endpoint in {of}, whose component has the function");
        return Err(Problem::new(Code::NotExported, message).with_help(help));
    }
    match refused.iter().find(|reason| reason.function.as_deref() == Some(function)) {
        None => Ok(function),
        Some(reason) => {
            let problem =
                Problem::new(Code::NotExported, format!("endpoint {endpoint} is not exported: {}", reason.message));
            Err(Problem { help: reason.help.clone(), ..problem })
        }
    }
}

fn nothing(problem: &Problem) -> To {
    let (code, message) = (problem.code.as_str().to_owned(), problem.message.clone());
    To::Nothing { code, message, help: problem.help.clone() }
}

fn left_out_endpoint(endpoint: &Endpoint) -> Option<LeftOut> {
    match &endpoint.to {
        To::Function(_) => None,
        To::Nothing { message, help, .. } => Some(LeftOut {
            what: format!("endpoint {}", names::shown(&endpoint.endpoint)),
            why: message.clone(),
            help: help.clone(),
        }),
    }
}

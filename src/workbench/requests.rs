//! The request that is being written, its answer, and the gateway with its log. Holds values only: what they
//! are made of is in `platform`, and `update` changes them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bundle::{Loaded, path_parameter};
use crate::platform::request::split_target;
use crate::platform::router::encoded;
use crate::platform::{Entry, Gateway, NearMiss, Request, Router, Serving, Site, Unmatched, answer};
use crate::sandbox::{Limits, LoadError, LogLine, Timings};

use super::editor::JsonField;
use super::jobs::Control;
use super::output::Output;
use super::programs::Programs;
use super::text;
use super::work::Done;

/// Most entries that the log keeps.
const MOST_ENTRIES: usize = 1000;

/// Requests and the gateway.
pub struct Requests {
    /// Which part is shown.
    pub page: Page,
    /// The method.
    pub method: String,
    /// The path, with parameters in braces, and perhaps a query.
    pub path: String,
    /// Values of the path's parameters.
    pub parameters: Vec<(String, String)>,
    /// The query, without the question mark.
    pub query: String,
    /// Headers, one a line.
    pub headers: String,
    /// The body.
    pub body: JsonField,
    /// A curl command to be read.
    pub curl: String,
    /// What was left out of the command that was read last.
    pub remarks: Vec<String>,
    /// The last answer.
    pub exchange: Option<Box<Exchange>>,
    /// The gateway.
    pub serving: Gate,
    /// What the gateway answered.
    pub log: RequestLog,
    /// Only entries that hold this text are shown.
    pub filter: String,
    /// Whether the gateway serves an older bundle than the one shown.
    pub is_stale: bool,
}

/// A part of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Writing and sending one request.
    Send,
    /// The gateway and its log.
    Gateway,
}

/// Whether the gateway serves.
#[derive(Default)]
pub enum Gate {
    /// It does not.
    #[default]
    Closed,
    /// It is being started.
    Opening,
    /// It serves.
    Open(Box<Gateway>),
    /// Requests in flight come to their end.
    Closing,
    /// It could not be started, and why.
    Failed(String),
}

/// What the gateway answered, the last entries of it. Cheap to clone; all clones are one log.
#[derive(Clone, Default)]
pub struct RequestLog(Arc<Mutex<VecDeque<Entry>>>);

impl RequestLog {
    fn push(&self, entry: Entry) {
        let mut entries = self.entries();
        if entries.len() == MOST_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// The entries, the oldest first. Held only while they are drawn.
    pub fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answered request, ready to be shown.
pub struct Exchange {
    /// The request's method and target, as it was sent.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body, laid out for reading; nothing where it is empty.
    pub body: Option<Output>,
    /// The body as it is, to be copied.
    pub raw: String,
    /// Endpoint and function that answered.
    pub resolved: Option<(String, String)>,
    /// The function's input, laid out for reading.
    pub input: Option<Output>,
    /// Endpoints that nearly matched, where none did.
    pub near: Vec<NearMiss>,
    /// Where the function's time went.
    pub timings: Option<Timings>,
    /// What the function logged.
    pub logs: Vec<LogLine>,
    /// The whole time, loading of the module left out.
    pub took: Duration,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            page: Page::Send,
            method: "GET".into(),
            path: String::new(),
            parameters: Vec::new(),
            query: String::new(),
            headers: String::new(),
            body: JsonField::new(String::new()).optional(),
            curl: String::new(),
            remarks: Vec::new(),
            exchange: None,
            serving: Gate::default(),
            log: RequestLog::default(),
            filter: String::new(),
            is_stale: false,
        }
    }
}

impl Requests {
    /// Gives each parameter of the path a value to be filled in, and keeps those that have one.
    pub fn note_path(&mut self) {
        let path = split_target(&self.path).0;
        let names = path.split('/').filter_map(path_parameter).filter(|name| !name.is_empty());
        let value =
            |name: &str| self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        self.parameters = names.map(|name| (name.to_owned(), value(name).unwrap_or_default())).collect();
    }

    /// The request as it is written.
    pub fn request(&self) -> Request {
        let (path, own_query) = split_target(self.path.trim());
        let part = |part: &str| {
            let value = path_parameter(part).and_then(|name| self.parameters.iter().find(|(known, _)| known == name));
            value.map_or_else(|| part.to_owned(), |(_, value)| encoded(value))
        };
        let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
        let queries = [own_query, self.query.trim().trim_start_matches('?')];
        let query = queries.into_iter().filter(|query| !query.is_empty()).collect::<Vec<_>>().join("&");
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let headers = self.headers.lines().filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        Request {
            method: self.method.clone(),
            target,
            headers: headers.filter(|(name, _)| !name.is_empty()).collect(),
            body: self.body.text().trim().as_bytes().to_vec(),
        }
    }

    /// Where the gateway listens.
    pub fn address(&self) -> Option<String> {
        match &self.serving {
            Gate::Open(gateway) => Some(format!("http://{}", gateway.address())),
            _ => None,
        }
    }
}

/// Answers one request by the bundle as it was read last.
pub(super) fn send(
    programs: &Programs,
    loaded: &Loaded,
    limits: Limits,
    request: &Request,
    control: &Control<Done>,
) -> Done {
    control.report(format!("Sending {}", text::one_line(&request.method)), None);
    let router = Router::of(&loaded.bundle);
    let method = if request.method == "HEAD" { "GET" } else { &request.method };
    let path = split_target(&request.target).0;
    let (wanted, near) = match router.resolve(method, path) {
        Ok(matched) => (matched.route.function.clone(), Vec::new()),
        Err(Unmatched::NotFound(near) | Unmatched::MethodNotAllowed(_, near)) => (None, near),
    };
    let site = Site::new(&loaded.bundle, limits, |service| match &wanted {
        Some(crate::bundle::FunctionRef::Wasm { service: wanted, .. }) if wanted == service => {
            program(programs, loaded, service)
        }
        _ => Err(LoadError { message: "it was not loaded".into(), help: None }),
    });
    let begun = Instant::now();
    let response = answer(&site, request, &control.cancel);
    let took = begun.elapsed();
    let (timings, logs) = response.outcome.map_or((None, Vec::new()), |outcome| (Some(outcome.timings), outcome.logs));
    Done::Answered(Box::new(Exchange {
        request: format!("{} {}", request.method, request.target),
        status: response.status,
        headers: response.headers,
        body: (!response.body.is_empty()).then(|| Output::json(&response.body)),
        raw: response.body,
        resolved: response.resolved.map(|resolved| {
            (resolved.endpoint, resolved.function.map_or_else(|| "no function".into(), |function| function.to_string()))
        }),
        input: response.input.as_deref().map(Output::json),
        near,
        timings,
        logs,
        took,
    }))
}

fn program(programs: &Programs, loaded: &Loaded, service: &str) -> Result<Arc<crate::sandbox::Program>, LoadError> {
    let module = loaded.bundle.module_of(service).ok_or_else(|| LoadError {
        message: format!("the bundle has no module for `{}`", text::one_line(service)),
        help: Some("put the compiled module into wasm/, under the service's name".into()),
    })?;
    programs.get(&module.path).map(|(program, _)| program)
}

/// What the gateway is to serve: the bundle as it was read last, all its modules loaded.
fn site(programs: &Programs, loaded: &Loaded, limits: Limits) -> Site {
    Site::new(&loaded.bundle, limits, |service| program(programs, loaded, service))
}

/// Starts the gateway; what it answers goes to `log`, and the window is told.
pub(super) fn start(programs: &Programs, loaded: &Loaded, limits: Limits, log: RequestLog, ctx: egui::Context) -> Done {
    let site = site(programs, loaded, limits);
    let started = Gateway::start(Serving::default(), site, move |entry| {
        log.push(entry);
        ctx.request_repaint_after(Duration::from_millis(100));
    });
    Done::GatewayStarted(loaded.bundle.root.clone(), started.map(Box::new).map_err(|error| error.to_string()))
}

/// Builds what the gateway is to serve from now on.
pub(super) fn renew(programs: &Programs, loaded: &Loaded, limits: Limits) -> Done {
    Done::SiteBuilt(loaded.bundle.root.clone(), Box::new(site(programs, loaded, limits)))
}

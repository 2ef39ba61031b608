//! The request that is being written, its answer, and the gateway with its log. Holds values only: what they
//! are made of is in `platform`, and `update` changes them.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bundle::history::Record;
use crate::bundle::{Loaded, path_parameter};
use crate::platform::gateway::is_origin;
use crate::platform::http::encoded;
use crate::platform::http::split_target;
use crate::platform::{
    AtMost, Counts, Entry, Gateway, InputOrigin, NearMiss, Request, Router, Serving, Site, StartingInput, Unmatched,
    answer,
};
use crate::sandbox::{Limits, LoadError, LogLine, Timings};

use super::editor::JsonField;
use super::jobs::Control;
use super::output::Output;
use super::programs::Programs;
use super::text;
use super::work::{self, Done};

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
    /// What was filled in for the user.
    pub filled: Filled,
    /// The last answer.
    pub exchange: Option<Box<Exchange>>,
    /// The gateway.
    pub serving: Gate,
    /// What the gateway answered.
    pub log: RequestLog,
    /// What of it the history keeps.
    pub kept: Kept,
    /// The port that the gateway listens on; empty for any that is free.
    pub port: String,
    /// The origin whose pages may ask; empty for none.
    pub origin_allowed: String,
    /// Only entries that hold this text are shown.
    pub filter: String,
    /// Whether the gateway serves an older bundle than the one shown.
    pub is_stale: bool,
}

/// The endpoint that a request was begun for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Its method.
    pub method: String,
    /// Its whole path, with parameters in braces.
    pub path: String,
}

impl Picked {
    /// Whether it has this method and path.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}

/// What was filled in for the user, to be taken back where another endpoint is picked. What the user wrote stays.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// The body.
    pub body: String,
    /// The query.
    pub query: String,
    /// The values of parameters.
    pub parameters: BTreeMap<String, String>,
    /// Where they come from.
    pub origin: Option<InputOrigin>,
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

/// The most requests a second that the history keeps of those that the gateway answers.
pub const KEPT_PER_SECOND: u32 = 20;

/// What the history keeps of the requests that the gateway answers.
#[derive(Default)]
pub struct Kept {
    counts: Option<Arc<Counts>>,
    keeper: Weak<AtMost>,
}

impl Kept {
    /// Begins anew, and gives the keeper with what it keeps.
    pub fn begin(&mut self, is_on: bool) -> (Arc<AtMost>, Receiver<Record>) {
        let counts = Arc::new(Counts::new(is_on));
        let (keeper, records) = AtMost::new(KEPT_PER_SECOND, Arc::clone(&counts));
        let keeper = Arc::new(keeper);
        *self = Self { counts: Some(counts), keeper: Arc::downgrade(&keeper) };
        (keeper, records)
    }

    /// The keeper, as long as the gateway has it.
    pub fn keeper(&self) -> Option<Arc<AtMost>> {
        self.keeper.upgrade()
    }

    /// Switches keeping on or off.
    pub fn switch(&self, is_on: bool) {
        if let Some(counts) = &self.counts {
            counts.switch(is_on);
        }
    }

    /// How many invocations were kept, and how many were too many for a second.
    pub fn counts(&self) -> (u64, u64) {
        self.counts.as_ref().map_or((0, 0), |counts| counts.get())
    }
}

/// Keeps what comes from the gateway, until it is gone.
pub(super) fn keep(root: PathBuf, records: &Receiver<Record>, control: &Control<Done>) -> Done {
    while let Ok(first) = records.recv() {
        // A few at a time: the folder is looked through once for all of them.
        std::thread::sleep(Duration::from_millis(250));
        let part: Vec<Record> = std::iter::once(first).chain(records.try_iter()).collect();
        control.send(work::history::keep(root.clone(), &part));
    }
    Done::Kept(root, Ok(Vec::new()))
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
            filled: Filled::default(),
            exchange: None,
            serving: Gate::default(),
            log: RequestLog::default(),
            kept: Kept::default(),
            port: String::new(),
            origin_allowed: String::new(),
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

    /// Fills an input in where the user has written nothing: its fields into the path's parameters, and the rest
    /// into the body, or into the query of requests that have none.
    pub fn fill_in(&mut self, starting: StartingInput) {
        let StartingInput { json, origin } = starting;
        let mut filled = Filled::default();
        let mut value = serde_json::from_str::<Value>(&json).unwrap_or(Value::Null);
        let mut taken =
            |name: &str| value.as_object_mut().and_then(|fields| fields.shift_remove(name)).map(|it| plain(&it));
        for (name, text) in &mut self.parameters {
            let is_free = text.is_empty() || self.filled.parameters.get(name) == Some(text);
            let found = taken(name);
            if let Some(found) = found.filter(|_| is_free) {
                text.clone_from(&found);
                filled.parameters.insert(name.clone(), found);
            }
        }
        let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
        if ["GET", "HEAD"].contains(&self.method.as_str()) {
            let fields =
                value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_object() && !value.is_array());
            let pairs = fields.map(|(name, value)| format!("{}={}", encoded(name), encoded(&plain(value))));
            filled.query = pairs.collect::<Vec<_>>().join("&");
        } else if !is_empty {
            filled.body = format!("{value:#}");
        }
        if self.query.is_empty() || self.query == self.filled.query {
            self.query.clone_from(&filled.query);
        }
        if self.body.text().is_empty() || self.body.text() == self.filled.body {
            self.body.set_text(filled.body.clone());
        }
        let is_something = !filled.body.is_empty() || !filled.query.is_empty() || !filled.parameters.is_empty();
        filled.origin = Some(origin).filter(|_| is_something);
        self.filled = filled;
    }

    /// Where what stands in the fields comes from, as long as the user has changed none of them.
    pub fn origin(&self) -> Option<&InputOrigin> {
        let Filled { body, query, parameters, origin } = &self.filled;
        let same = |(name, text): &(String, String)| parameters.get(name).map_or("", String::as_str) == text;
        let is_unchanged = self.body.text() == body && self.query == *query && self.parameters.iter().all(same);
        origin.as_ref().filter(|_| is_unchanged)
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

    /// How the gateway is to serve, by the fields.
    ///
    /// # Errors
    /// When a field cannot be understood.
    pub fn serving(&self) -> Result<Serving, &'static str> {
        let port = match self.port.trim() {
            "" => 0,
            port => port.parse().map_err(|_| "The port is a number from 1 to 65535, or empty for any that is free")?,
        };
        let cors = Some(self.origin_allowed.trim().to_owned()).filter(|origin| !origin.is_empty());
        if cors.as_deref().is_some_and(|origin| !is_origin(origin)) {
            return Err("An origin is a scheme and a host, such as http://localhost:5173");
        }
        Ok(Serving { port, cors, ..Serving::default() })
    }

    /// Where the gateway listens.
    pub fn address(&self) -> Option<String> {
        match &self.serving {
            Gate::Open(gateway) => Some(format!("http://{}", gateway.address())),
            _ => None,
        }
    }
}

/// A value as a path or a query writes it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Answers one request by the bundle as it was read last.
pub(super) fn send(
    programs: &Programs,
    loaded: &Loaded,
    (limits, is_kept): (Limits, bool),
    request: &Request,
    control: &Control<Done>,
) -> Done {
    control.report(format!("Sending {}", text::one_line(&request.method)), None);
    let router = Router::of(&loaded.bundle);
    let method = if request.method == "HEAD" { "GET" } else { &request.method };
    let path = split_target(&request.target).0;
    let (wanted, near) = match router.resolve(method, path) {
        Ok(matched) => (matched.route.more.function.clone(), Vec::new()),
        Err(Unmatched::NotFound(near) | Unmatched::MethodNotAllowed(_, near)) => (None, near),
    };
    let site = Site::new(&loaded.bundle, limits, |service| match &wanted {
        Some(crate::bundle::FunctionRef::Wasm { service: wanted, .. }) if wanted == service => {
            program(programs, loaded, service)
        }
        _ => Err(LoadError { message: "it was not loaded".into(), help: None }),
    });
    let kept = Arc::new(Mutex::new(Vec::new()));
    let site = if is_kept { site.kept_by(Arc::<Mutex<Vec<Record>>>::clone(&kept), "request") } else { site };
    let begun = Instant::now();
    let response = answer(&site, request, &control.cancel);
    let took = begun.elapsed();
    let records = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
    if !records.is_empty() {
        control.send(work::history::keep(loaded.bundle.root.clone(), &records));
    }
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
fn site(programs: &Programs, loaded: &Loaded, limits: Limits, keeper: Option<Arc<AtMost>>) -> Site {
    let site = Site::new(&loaded.bundle, limits, |service| program(programs, loaded, service));
    match keeper {
        Some(keeper) => site.kept_by(keeper, "gateway"),
        None => site,
    }
}

/// Starts the gateway; what it answers goes to `log`, and the window is told.
pub(super) fn start(
    programs: &Programs,
    loaded: &Loaded,
    (limits, serving): (Limits, Serving),
    keeper: Arc<AtMost>,
    (log, ctx): (RequestLog, egui::Context),
) -> Done {
    let site = site(programs, loaded, limits, Some(keeper));
    let started = Gateway::start(serving, site, move |entry| {
        log.push(entry);
        ctx.request_repaint_after(Duration::from_millis(100));
    });
    Done::GatewayStarted(loaded.bundle.root.clone(), started.map(Box::new).map_err(|error| error.to_string()))
}

/// Builds what the gateway is to serve from now on.
pub(super) fn renew(programs: &Programs, loaded: &Loaded, limits: Limits, keeper: Option<Arc<AtMost>>) -> Done {
    Done::SiteBuilt(loaded.bundle.root.clone(), Box::new(site(programs, loaded, limits, keeper)))
}

//! Sending requests, reading curl commands, and the gateway: starting the jobs and taking in their results.

use std::path::Path;
use std::sync::Arc;

use super::is_of;
use crate::bundle::FunctionRef;
use crate::platform::{Gateway, Router, Site, StartingInput, curl};
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::jobs::Kind;
use crate::workbench::requests::{self, Exchange, Filled, Gate, Page, Picked};
use crate::workbench::state::{Side, Tone};
use crate::workbench::text;
use crate::workbench::work::{self, Done};

/// Where curl commands send to while the gateway does not serve.
const USUAL_ADDRESS: &str = "http://127.0.0.1:8080";

impl App {
    pub(super) fn pick_endpoint(&mut self, method: String, path: String) {
        self.state.side = Side::Requests;
        let Some(session) = &mut self.state.session else { return };
        let requests = &mut session.requests;
        requests.page = Page::Send;
        (requests.method, requests.path) = (method, path);
        requests.note_path();
        self.want_body();
    }

    /// Lets a job find what the picked endpoint's function begins with.
    fn want_body(&mut self) {
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        let picked = Picked { method: session.requests.method.clone(), path: session.requests.path.clone() };
        if self.jobs.is_running(Kind::Body) {
            return;
        }
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Body, "Looking for an input", move |control| {
            let bundle = &loaded.bundle;
            let router = Router::of(bundle);
            let route = router.routes().iter().find(|route| picked.is(route.method.as_str(), &route.path));
            let key = route.and_then(|route| match route.more.function.as_ref()? {
                FunctionRef::Wasm { service, function } => {
                    Some(FunctionKey { service: service.clone(), function: function.clone() })
                }
                FunctionRef::Platform { .. } => None,
            });
            let starting = key.map(|key| {
                let found = work::starting_input(&programs, bundle, &key, &limits, control);
                found.unwrap_or_else(|_| crate::platform::starting_input(bundle, &key.service, &key.function))
            });
            Done::Body(bundle.root.clone(), picked, starting.unwrap_or_else(StartingInput::nothing))
        });
    }

    /// Fills in what the user has left empty.
    pub(super) fn take_body(&mut self, root: &Path, picked: &Picked, starting: StartingInput) {
        let Some(session) = self.state.session.as_mut().filter(|session| is_of(session, root)) else { return };
        let requests = &mut session.requests;
        if picked.is(&requests.method, &requests.path) {
            requests.fill_in(starting);
        } else if !requests.path.is_empty() {
            // Another endpoint was picked meanwhile.
            self.want_body();
        }
    }

    pub(super) fn send_request(&mut self) {
        self.state.side = Side::Requests;
        let limits = self.state.settings.limits.limits();
        let is_kept = self.state.keeps_history();
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        if self.jobs.is_running(Kind::Request) {
            return;
        }
        session.requests.page = Page::Send;
        let request = session.requests.request();
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Request, "Sending", move |control| {
            requests::send(&programs, &loaded, (limits, is_kept), &request, control)
        });
    }

    pub(super) fn take_exchange(&mut self, exchange: Box<Exchange>) {
        let Some(session) = &mut self.state.session else { return };
        session.requests.exchange = Some(exchange);
    }

    pub(super) fn copy_as_curl(&mut self, ctx: &egui::Context) {
        let Some(session) = &self.state.session else { return };
        let base = session.requests.address().unwrap_or_else(|| USUAL_ADDRESS.into());
        let command = curl::command(&base, &session.requests.request());
        self.copy(command, ctx);
    }

    pub(super) fn read_curl(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let requests = &mut session.requests;
        match curl::parse(&requests.curl) {
            Err(error) => self.state.toasts.show(Tone::Bad, text::one_line(&format!("Not taken over: {error}"))),
            Ok(pasted) => {
                requests.method = pasted.request.method;
                let (path, query) = crate::platform::http::split_target(&pasted.request.target);
                (requests.path, requests.query) = (path.to_owned(), query.to_owned());
                requests.note_path();
                let header = |(name, value): &(String, String)| format!("{name}: {value}");
                requests.headers = pasted.request.headers.iter().map(header).collect::<Vec<_>>().join("\n");
                let body = String::from_utf8_lossy(&pasted.request.body).into_owned();
                requests.body.set_text(body);
                requests.filled = Filled::default();
                requests.remarks = pasted.remarks;
                requests.curl.clear();
            }
        }
    }

    pub(super) fn start_gateway(&mut self, ctx: &egui::Context) {
        self.state.side = Side::Requests;
        let (limits, is_kept) = (self.state.settings.limits.limits(), self.state.keeps_history());
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        session.requests.page = Page::Gateway;
        let serving = match session.requests.serving() {
            Ok(serving) => serving,
            Err(reason) => {
                session.requests.serving = Gate::Failed(reason.into());
                return;
            }
        };
        session.requests.serving = Gate::Opening;
        session.requests.is_stale = false;
        let (keeper, records) = session.requests.kept.begin(is_kept);
        let root = loaded.bundle.root.clone();
        self.jobs.start(Kind::Keep, "Keeping requests", move |control| requests::keep(root, &records, control));
        let (programs, shown) = (Arc::clone(&self.programs), (session.requests.log.clone(), ctx.clone()));
        self.jobs.start(Kind::Serve, "Starting the gateway", move |_| {
            requests::start(&programs, &loaded, (limits, serving), keeper, shown)
        });
    }

    pub(super) fn take_gateway(&mut self, root: &Path, started: Result<Box<Gateway>, String>) {
        // A gateway that nobody waits for any more ends as it is dropped.
        let Some(session) = self.state.session.as_mut().filter(|session| is_of(session, root)) else { return };
        let requests = &mut session.requests;
        if !matches!(requests.serving, Gate::Opening) {
            return;
        }
        requests.serving = match started {
            Ok(gateway) => Gate::Open(gateway),
            Err(reason) => Gate::Failed(reason),
        };
    }

    pub(super) fn stop_gateway(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        let Gate::Open(gateway) = std::mem::take(&mut session.requests.serving) else { return };
        session.requests.serving = Gate::Closing;
        self.jobs.start(Kind::Serve, "Stopping the gateway", move |_| {
            gateway.stop();
            Done::GatewayStopped
        });
    }

    pub(super) fn gateway_stopped(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        if matches!(session.requests.serving, Gate::Closing) {
            session.requests.serving = Gate::Closed;
        }
    }

    /// Notes that the gateway is to serve the bundle as it was read now.
    pub(super) fn renew_site(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        session.requests.is_stale = matches!(session.requests.serving, Gate::Open(_) | Gate::Opening);
    }

    /// Starts the job for it, as soon as no other one of the gateway runs.
    pub(in crate::workbench) fn renew_stale_site(&mut self) {
        let limits = self.state.settings.limits.limits();
        let Some(session) = &mut self.state.session else { return };
        let Some(loaded) = session.loaded.clone() else { return };
        let requests = &mut session.requests;
        if !requests.is_stale || !matches!(requests.serving, Gate::Open(_)) || self.jobs.is_running(Kind::Serve) {
            return;
        }
        requests.is_stale = false;
        let (programs, keeper) = (Arc::clone(&self.programs), requests.kept.keeper());
        self.jobs
            .start(Kind::Serve, "Renewing the gateway", move |_| requests::renew(&programs, &loaded, limits, keeper));
    }

    pub(super) fn take_site(&mut self, root: &Path, site: Site) {
        let Some(session) = self.state.session.as_mut().filter(|session| is_of(session, root)) else { return };
        if let Gate::Open(gateway) = &session.requests.serving {
            gateway.replace(site);
        }
    }

    pub(super) fn clear_request_log(&mut self) {
        let Some(session) = &mut self.state.session else { return };
        session.requests.log.entries().clear();
    }
}

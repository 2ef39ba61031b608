//! An HTTP server on this machine only that answers requests with a bundle's functions.
//!
//! Bodies, connections and calls at once are bounded, slow clients are cut off, and the bundle can be
//! exchanged while requests are in flight: each ends with the one that it began with. Routes and answers
//! come from [`super::request`]; nothing here knows what a function is.

mod connection;
mod exchange;

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, watch};

use super::request::Site;
use connection::Connections;

/// Connections at once.
const MOST_CONNECTIONS: usize = 512;
/// How long a client may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How long a connection may be silent, beside the time that a call may take.
const IDLE_TIME: Duration = Duration::from_secs(30);
/// How long requests in flight may take to end once the gateway is stopped, beside the time that a call may take.
const STOP_TIME: Duration = Duration::from_secs(1);

/// How a gateway serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The port; 0 takes any that is free.
    pub port: u16,
    /// Calls at once; further requests are told to come back later.
    pub concurrency: usize,
    /// The origin whose pages may read the answers, such as http://localhost:5173.
    pub cors: Option<String>,
    /// How long a client may take to send a body.
    pub body_time: Duration,
}

impl Default for Serving {
    /// Any port, as many calls at once as the sandbox runs (64), no other origin, 10 s for a body.
    fn default() -> Self {
        Self { port: 0, concurrency: 64, cors: None, body_time: BODY_TIME }
    }
}

/// Why a gateway cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The port is taken.
    #[error("port {0} is taken by another program; stop that one, or choose another port (0 takes any that is free)")]
    PortTaken(u16),
    /// The port cannot be had for another reason.
    #[error("port {0} cannot be listened on: {1}")]
    Port(u16, std::io::Error),
    /// The origin is none.
    #[error("`{0}` is no origin; write scheme and host as a browser sends them, such as http://localhost:5173")]
    Origin(String),
    /// The machine gives no thread, or the like.
    #[error("the gateway cannot be started: {0}")]
    Machine(#[from] std::io::Error),
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counted from 1.
    pub number: u64,
    /// When it came.
    pub at: SystemTime,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// The answer's status.
    pub status: u16,
    /// The function that answered, as the bundle refers to it.
    pub function: Option<String>,
    /// From the request's head to the answer's.
    pub latency: Duration,
    /// Bytes of the request's body.
    pub request_bytes: u64,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
}

/// A gateway that serves until it is stopped. One that is dropped ends at once, with all requests in flight.
pub struct Gateway {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    runtime: Option<tokio::runtime::Runtime>,
    serving: Option<tokio::task::JoinHandle<()>>,
}

/// What all requests share.
struct Shared {
    site: RwLock<Arc<Site>>,
    serving: Serving,
    calls: Arc<Semaphore>,
    answered: AtomicU64,
    log: Box<dyn Fn(Entry) + Send + Sync>,
}

impl Shared {
    fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Gateway {
    /// Listens on this machine's own address and serves from then on, on threads of its own. `log` is told
    /// each request that was answered; it is called on those threads and must not block.
    ///
    /// # Errors
    /// When the port cannot be had, the origin is none, or the machine gives no threads.
    pub fn start(
        serving: Serving,
        site: Site,
        log: impl Fn(Entry) + Send + Sync + 'static,
    ) -> Result<Self, GatewayError> {
        if let Some(origin) = serving.cors.as_deref()
            && !is_origin(origin)
        {
            return Err(GatewayError::Origin(crate::bundle::names::shown(origin)));
        }
        let port = serving.port;
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => GatewayError::PortTaken(port),
            _ => GatewayError::Port(port, error),
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(serving.concurrency.max(1) + 1)
            .thread_name("gateway")
            .enable_all()
            .build()?;
        let silence = IDLE_TIME + site.limits.time + serving.body_time;
        let shared = Arc::new(Shared {
            site: RwLock::new(Arc::new(site)),
            calls: Arc::new(Semaphore::new(serving.concurrency.max(1))),
            serving,
            answered: AtomicU64::new(0),
            log: Box::new(log),
        });
        let (stop, mut stopped) = watch::channel(false);
        let listener = {
            let _inside = runtime.enter();
            Connections::new(tokio::net::TcpListener::from_std(listener)?, MOST_CONNECTIONS, silence)
        };
        let router = axum::Router::new().fallback(exchange::answer).with_state(Arc::clone(&shared));
        let until_stopped = async move { _ = stopped.wait_for(|stop| *stop).await };
        let server = axum::serve(listener, router).with_graceful_shutdown(until_stopped);
        let serving = runtime.spawn(async move { _ = server.await });
        Ok(Self { address, shared, stop, runtime: Some(runtime), serving: Some(serving) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers with another site from now on. Requests in flight end with the one they began with.
    pub fn replace(&self, site: Site) {
        *self.shared.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(site);
    }

    /// Takes no further requests, lets those in flight end, and returns when they have: at the latest
    /// after the time that a call may take and a second.
    pub fn stop(mut self) {
        let (Some(runtime), Some(mut serving)) = (self.runtime.take(), self.serving.take()) else { return };
        let _ = self.stop.send(true);
        // No call takes longer; who is still sending a body, or only listening, is cut off.
        let grace = self.shared.site().limits.time + STOP_TIME;
        runtime.block_on(async { _ = tokio::time::timeout(grace, &mut serving).await });
        runtime.shutdown_timeout(STOP_TIME);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Whether `text` is what browsers send as an origin: scheme, host and perhaps a port, nothing behind.
pub fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic() && !"/?#@\\\"',".contains(c)))
}

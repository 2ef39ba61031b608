//! WASI 0.2 for one instance: clocks, random numbers, an empty input, and standard streams that
//! become log lines. No arguments, environment, files or network: what asks for them gets the
//! interface's own error.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Response};
use rand_core::{Rng, TryRng};
use tokio::io::AsyncWrite;
use wasmtime::component::{Instance, Linker, ResourceTable};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::super::super::LogLevel;
use super::super::super::fault::Stop;
use super::super::super::host::Host;
use super::super::super::log::Log;
use super::super::super::outside::Outside;

/// Most handles that a guest holds at a time: streams, pollables, requests.
const MAX_HANDLES: usize = 10_000;

/// What one instance has of WASI.
pub(in crate::sandbox) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    network: NoNetwork,
    streams: Shared,
    outside: Outside,
    /// The instance, once it is made.
    pub(super) instance: Option<Instance>,
}

/// What stands behind the standard streams: the guest holds handles to it, so it is shared.
type Shared = Arc<Mutex<Streams>>;

struct Streams {
    log: Log,
    /// Standard output, where that is the answer and no log.
    output: Option<Output>,
}

/// A program's answer, as far as it is not beyond the limit.
struct Output {
    bytes: Vec<u8>,
    size: u64,
    limit: u64,
}

impl Wasi {
    /// WASI whose clocks and random numbers come from `outside`.
    pub(in crate::sandbox) fn new(outside: &Outside) -> Self {
        let streams = Arc::new(Mutex::new(Streams { log: Log::new(0, Instant::now()), output: None }));
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let context = context(outside, &streams, &[], &[]);
        let outside = outside.clone();
        Self { outside, context, table, http: WasiHttpCtx::new(), network: NoNetwork, streams, instance: None }
    }

    /// Begins a program's run: `input` on its standard input, its standard output the answer.
    pub(super) fn begin_program(&mut self, arguments: &[&str], input: &[u8], limit: u64) {
        self.context = context(&self.outside, &self.streams, arguments, input);
        lock(&self.streams).output = Some(Output { bytes: Vec::new(), size: 0, limit });
    }

    /// What the program wrote to its standard output.
    ///
    /// # Errors
    /// When that was more than the limit.
    pub(super) fn program_output(&mut self) -> wasmtime::Result<Vec<u8>> {
        match lock(&self.streams).output.take() {
            Some(Output { size, limit, .. }) if size > limit => Err(Stop::OutputTooLarge { size, limit }.into()),
            Some(Output { bytes, .. }) => Ok(bytes),
            None => Ok(Vec::new()),
        }
    }

    /// Logs a line, while the streams have the log.
    pub(super) fn log(&mut self, level: LogLevel, text: &str) {
        lock(&self.streams).log.push(level, text);
    }

    /// Exchanges the log that the streams write to.
    pub(super) fn exchange_log(&mut self, log: &mut Log) {
        std::mem::swap(&mut lock(&self.streams).log, log);
    }
}

fn context(outside: &Outside, streams: &Shared, arguments: &[&str], input: &[u8]) -> WasiCtx {
    let stream = |level| Stream { streams: Arc::clone(streams), level };
    let mut builder = WasiCtx::builder();
    builder
        .args(arguments)
        .stdin(MemoryInputPipe::new(input.to_vec()))
        .stdout(stream(LogLevel::Info))
        .stderr(stream(LogLevel::Error))
        .wall_clock(Clock::new(outside))
        .monotonic_clock(Clock::new(outside))
        .secure_random(Random(outside.clone()))
        .insecure_random(Random(outside.clone()))
        .insecure_random_seed(u128::from(Random(outside.clone()).next_u64()))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    builder.build()
}

/// Both clocks of the interface.
struct Clock {
    outside: Outside,
    began: Instant,
}

impl Clock {
    fn new(outside: &Outside) -> Self {
        Self { outside: outside.clone(), began: Instant::now() }
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.outside.date()
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.outside.uptime(self.began.elapsed()).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Random numbers for an interface whose functions cannot fail.
struct Random(Outside);

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        if self.0.fill_random(bytes).is_err() {
            // Never zeros that pass for random: where a failure was asked for, the interface has none to give.
            wasmtime_wasi::thread_rng().fill_bytes(bytes);
        }
        Ok(())
    }
}

fn lock(streams: &Shared) -> MutexGuard<'_, Streams> {
    // Lines are whole or absent whatever their writer died of.
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Standard output or standard error.
struct Stream {
    streams: Shared,
    level: LogLevel,
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Self { streams: Arc::clone(&self.streams), level: self.level })
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut streams = lock(&self.streams);
        match &mut streams.output {
            Some(output) if self.level == LogLevel::Info => output.write(bytes),
            _ => streams.log.write(self.level, bytes),
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Output {
    fn write(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size <= self.limit {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

/// A linker with every interface of WASI 0.2.
pub(super) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Ok(linker)
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.context, table: &mut wasi.table }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let wasi = self.wasi();
        WasiHttpCtxView { ctx: &mut wasi.http, table: &mut wasi.table, hooks: &mut wasi.network }
    }
}

/// Denies every HTTP request: components of JavaScript ask for `fetch` without using it.
struct NoNetwork;

type Sent = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), HttpError>> + Send>), HttpError>;

impl WasiHttpHooks for NoNetwork {
    fn send_request(
        &mut self,
        _: Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), HttpError>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(async { Err(HttpError::HttpRequestDenied) })
    }
}

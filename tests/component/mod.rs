//! Components run in this process as engines run them: an instance for each request, HTTP by `wasi:http`.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config.wasm_component_model(true);
    // A test waits longer for a compiler than for a few calls.
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    Engine::new(&config).unwrap()
});
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap());

/// A component that was compiled and waits for requests.
pub struct Served {
    pre: ProxyPre<State>,
    log: Arc<Mutex<String>>,
}

/// What a component answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: hyper::HeaderMap,
    pub body: String,
}

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    network: NoNetwork,
}

/// An exported component asks nobody else.
struct NoNetwork;

type Sent = Result<(hyper::Response<WasiBody>, Box<dyn Future<Output = Result<(), HttpError>> + Send>), HttpError>;

impl WasiHttpHooks for NoNetwork {
    fn send_request(
        &mut self,
        _: hyper::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), HttpError>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        panic!("an exported component sent a request")
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.network }
    }
}

impl Served {
    pub fn new(component: &[u8]) -> Self {
        let component = Component::new(&ENGINE, component).unwrap();
        let mut linker = Linker::new(&ENGINE);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).unwrap();
        let pre = ProxyPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        Self { pre, log: Arc::default() }
    }

    /// What the component wrote to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The answer to a request. `Err`: the component trapped, which engines answer with 500.
    pub fn ask(&self, method: &str, target: &str, body: &str) -> Result<Answered, String> {
        self.ask_with(method, target, Some(body.len()), Full::new(Bytes::from(body.to_owned())).boxed_unsync())
    }

    /// The same with a body that comes in parts, of a length that is not told.
    pub fn ask_in_parts(&self, method: &str, target: &str, parts: Vec<Bytes>) -> Result<Answered, String> {
        let frames = parts.into_iter().map(|part| Ok(Frame::data(part)));
        let body = StreamBody::new(futures_util::stream::iter(frames));
        self.ask_with(method, target, None, body.boxed_unsync())
    }

    fn ask_with(
        &self,
        method: &str,
        target: &str,
        length: Option<usize>,
        body: UnsyncBoxBody<Bytes, std::convert::Infallible>,
    ) -> Result<Answered, String> {
        let mut request = hyper::Request::builder().method(method).uri(target).header("host", "127.0.0.1");
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let body = body.map_err(|never| match never {});
        RUNTIME.block_on(self.answer(request.body(body.boxed_unsync()).unwrap()))
    }

    async fn answer(&self, request: hyper::Request<UnsyncBoxBody<Bytes, HttpError>>) -> Result<Answered, String> {
        let errors = MemoryOutputPipe::new(1 << 20);
        let wasi = WasiCtx::builder().stderr(errors.clone()).build();
        let state = State { wasi, http: WasiHttpCtx::new(), table: ResourceTable::new(), network: NoNetwork };
        let mut store = Store::new(&ENGINE, state);
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let request = store.data_mut().http().new_incoming_request(Scheme::Http, request).unwrap();
        let out = store.data_mut().http().new_response_outparam(sender).unwrap();
        let pre = self.pre.clone();
        let running = tokio::spawn(async move {
            let proxy = pre.instantiate_async(&mut store).await?;
            proxy.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
        });
        let answered = match receiver.await {
            Ok(response) => {
                let (parts, body) = response.map_err(|error| format!("{error:?}"))?.into_parts();
                let body = body.collect().await.map_err(|error| format!("{error:?}"))?.to_bytes();
                let body = String::from_utf8(body.to_vec()).unwrap();
                Ok(Answered { status: parts.status.as_u16(), headers: parts.headers, body })
            }
            Err(_) => Err("no answer".to_owned()),
        };
        let ended = running.await.unwrap().map_err(|error| format!("{error:?}"));
        self.log.lock().unwrap().push_str(&String::from_utf8_lossy(&errors.contents()));
        ended.and(answered)
    }
}

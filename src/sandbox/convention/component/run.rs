//! Running a component's code to its end: on this thread, with timers for what the guest waits for,
//! and never beyond the invocation's end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use wasmtime::{Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::super::super::fault::Stop;
use super::super::super::host::{Deadline, Host, NAP};
use super::super::super::log::Log;

/// How wasmtime's words begin when `Store::set_hostcall_fuel` is used up; the error has no public type.
const TOO_MUCH: &str = "too much data is being copied between the host and the guest";

/// Does `work` with the store. What the guest writes to its standard streams meanwhile is logged.
///
/// # Errors
/// Those of `work`, and a [`Stop`] as soon as the invocation has to end: a guest that waits for its
/// host is woken by nothing else.
pub(super) fn run<T>(
    store: &mut Store<Host>,
    work: impl AsyncFnOnce(&mut Store<Host>) -> wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| wasmtime::format_err!("the system gives no timers: {error}"))?;
    exchange_log(store);
    let deadline = store.data().deadline();
    let done = runtime.block_on(async {
        let done = within(&deadline, work(store)).await;
        // What was written and not yet flushed is on its way.
        tokio::task::yield_now().await;
        done
    });
    exchange_log(store);
    done
}

/// What is not the guest's own trap in this layer's words.
pub(super) fn explained(error: wasmtime::Error) -> wasmtime::Error {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        let message = format!("The function ended the program with exit code {code} instead of returning");
        return Stop::Thrown(message).into();
    }
    if error.root_cause().to_string().starts_with(TOO_MUCH) {
        return Stop::MemoryLimit("The function handed over more than the limit of memory".to_owned()).into();
    }
    // Whatever fails outside of the guest's code fails on what the guest made of the canonical ABI.
    if error.is::<Stop>() || error.is::<Trap>() || error.is::<WasmBacktrace>() {
        return error;
    }
    Stop::convention(format!("The component breaks the canonical ABI: {}", error.root_cause()))
}

fn exchange_log(store: &mut Store<Host>) {
    let host = store.data_mut();
    let mut log = std::mem::replace(&mut host.log, Log::new(0, std::time::Instant::now()));
    host.wasi().exchange_log(&mut log);
    host.log = log;
}

async fn within<T>(deadline: &Deadline, work: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    let mut work = pin!(work);
    // Timers are as fine as a millisecond, and late by up to one.
    let nap_of = || deadline.left().clamp(Duration::from_micros(1), NAP);
    let mut nap = pin!(sleep(nap_of()));
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        loop {
            if let Some(ending) = deadline.ending() {
                return Poll::Ready(Err(Stop::from(ending).into()));
            }
            if nap.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            nap.as_mut().reset(Instant::now() + nap_of());
        }
    })
    .await
}

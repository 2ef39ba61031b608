//! Running a component's code to its end: on this thread, with timers for what the guest waits for,
//! and never beyond the invocation's end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use wasmtime::Store;
use wasmtime_wasi::I32Exit;

use super::super::super::fault::Stop;
use super::super::super::host::{Deadline, Host, NAP};
use super::super::super::log::Log;

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
    done.map_err(|error| match error.downcast_ref::<I32Exit>() {
        Some(I32Exit(code)) => {
            Stop::Thrown(format!("The function ended the program with exit code {code} instead of returning")).into()
        }
        None => error,
    })
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

//! The gateway's connections: a bounded number of them, each closed when nothing has been heard on it for too long.
//! Where there is no room for another one, the one that has been idle for longest makes room. Never looks at what
//! they carry.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// After a failed attempt to accept a connection: no file handles are left, say.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections.
pub(super) struct Connections {
    listener: TcpListener,
    room: Arc<Semaphore>,
    silence: Duration,
    open: Vec<Weak<Seat>>,
}

impl Connections {
    /// At most `most` at once, each closed after `silence` without a byte from the client.
    pub(super) fn new(listener: TcpListener, most: usize, silence: Duration) -> Self {
        Self { listener, room: Arc::new(Semaphore::new(most)), silence, open: Vec::new() }
    }

    /// Room for one more. Where there is none, and every client is owed an answer, further ones wait in the system's
    /// queue.
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.room).try_acquire_owned() {
            return Some(place);
        }
        let open = self.open.iter().filter_map(Weak::upgrade);
        let idle = open.filter_map(|seat| Some((seat.idle_since()?, seat)));
        if let Some((_, seat)) = idle.min_by_key(|(since, _)| *since) {
            seat.leave();
        }
        Arc::clone(&self.room).acquire_owned().await.ok()
    }
}

impl axum::serve::Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let _ = stream.set_nodelay(true);
                    let place = self.place().await;
                    let seat = Arc::new(Seat::new());
                    if self.open.len() == self.open.capacity() {
                        self.open.retain(|seat| seat.strong_count() > 0);
                    }
                    self.open.push(Arc::downgrade(&seat));
                    let deadline = Box::pin(tokio::time::sleep(self.silence));
                    return (Connection { stream, deadline, silence: self.silence, seat, _place: place }, address);
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What is known of a connection from outside.
struct Seat(Mutex<Sitting>);

struct Sitting {
    /// Since when nothing has been heard and nothing is owed; `None` while a request is being read or answered.
    idle_since: Option<Instant>,
    must_leave: bool,
    waker: Option<Waker>,
}

impl Seat {
    fn new() -> Self {
        Self(Mutex::new(Sitting { idle_since: Some(Instant::now()), must_leave: false, waker: None }))
    }

    fn sitting(&self) -> MutexGuard<'_, Sitting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle_since(&self) -> Option<Instant> {
        self.sitting().idle_since
    }

    /// Closes the connection.
    fn leave(&self) {
        let mut sitting = self.sitting();
        sitting.must_leave = true;
        if let Some(waker) = sitting.waker.take() {
            waker.wake();
        }
    }

    /// Whether the connection is to be closed; if not, the task is woken when it is.
    fn must_leave(&self, ctx: &Context<'_>) -> bool {
        let mut sitting = self.sitting();
        if !sitting.must_leave && !sitting.waker.as_ref().is_some_and(|waker| waker.will_wake(ctx.waker())) {
            sitting.waker = Some(ctx.waker().clone());
        }
        sitting.must_leave
    }
}

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    deadline: Pin<Box<Sleep>>,
    silence: Duration,
    seat: Arc<Seat>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn hear(&mut self) {
        self.deadline.as_mut().reset(Instant::now() + self.silence);
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, ctx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(ctx, into) {
            Poll::Ready(result) => {
                self.hear();
                self.seat.sitting().idle_since = None;
                Poll::Ready(result)
            }
            Poll::Pending if self.seat.must_leave(ctx) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => match self.deadline.as_mut().poll(ctx) {
                Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, ctx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(ctx, bytes);
        match &written {
            // A client that takes what it gets is not silent.
            Poll::Ready(_) => {
                self.hear();
                self.seat.sitting().idle_since = Some(Instant::now());
            }
            Poll::Pending if self.deadline.as_mut().poll(ctx).is_ready() => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Poll::Pending => {}
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(ctx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(ctx)
    }
}

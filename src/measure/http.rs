//! One kept connection to the gateway: writes a prepared request, reads the answer to its end. A client for this
//! machine's own gateway only, so that what it costs is known and little.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::platform::Request;
use crate::sandbox::Cancel;

/// How often a wait for an answer looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(100);
/// The most header fields that an answer may have.
const MOST_HEADERS: usize = 64;
/// The longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("cancelled")]
    Cancelled,
    #[error("no answer came within {} s", .0.as_secs_f64())]
    Silent(Duration),
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    #[error("the answer is not HTTP as the gateway speaks it: {0}")]
    Foreign(String),
}

/// The bytes of `request` to the gateway at `address`.
pub(super) fn encoded(request: &Request, address: SocketAddr) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
    [head.as_bytes(), &request.body].concat()
}

/// A connection that is made when it is needed and kept as long as it holds.
pub(super) struct Connection {
    address: SocketAddr,
    /// How long an answer may take.
    patience: Duration,
    stream: Option<TcpStream>,
    /// What was read and not used yet.
    read: Vec<u8>,
}

impl Connection {
    pub fn new(address: SocketAddr, patience: Duration) -> Self {
        Self { address, patience, stream: None, read: Vec::new() }
    }

    /// Sends `request` and waits for the whole answer.
    pub fn exchange(&mut self, request: &[u8], cancel: &Cancel) -> Result<Answer, HttpError> {
        let was_open = self.stream.is_some();
        match self.try_exchange(request, cancel) {
            // The other side may have closed a connection that it had not heard of for long.
            Err(HttpError::Io(_)) if was_open && self.read.is_empty() => {
                self.close();
                self.try_exchange(request, cancel)
            }
            other => other,
        }
        .inspect_err(|_| self.close())
    }

    fn try_exchange(&mut self, request: &[u8], cancel: &Cancel) -> Result<Answer, HttpError> {
        let begun = Instant::now();
        self.read.clear();
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(LOOK))?;
                stream.set_write_timeout(Some(self.patience))?;
                self.stream.insert(stream)
            }
        };
        stream.write_all(request)?;
        let head = loop {
            match parse_head(&self.read)? {
                Some(head) => break head,
                None if self.read.len() > LONGEST_HEAD => {
                    return Err(HttpError::Foreign("its head does not end".into()));
                }
                None => self.receive(begun, cancel)?,
            }
        };
        let end = head.length + head.body;
        while self.read.len() < end {
            self.receive(begun, cancel)?;
        }
        let body = self.read.get(head.length..end).unwrap_or_default().to_vec();
        if head.closes {
            self.close();
        }
        Ok(Answer { status: head.status, body })
    }

    /// Waits for more bytes.
    fn receive(&mut self, begun: Instant, cancel: &Cancel) -> Result<(), HttpError> {
        let Some(stream) = &mut self.stream else { return Err(io::Error::from(io::ErrorKind::NotConnected).into()) };
        let mut chunk = [0; 16 << 10];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(count) => {
                    self.read.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    return Ok(());
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    if cancel.is_cancelled() {
                        return Err(HttpError::Cancelled);
                    }
                    if begun.elapsed() > self.patience {
                        return Err(HttpError::Silent(self.patience));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn close(&mut self) {
        self.stream = None;
    }
}

/// What the head of an answer says.
struct Head {
    status: u16,
    /// Its own bytes.
    length: usize,
    /// Those of the body.
    body: usize,
    /// Whether the connection ends with this answer.
    closes: bool,
}

/// Reads the head; `None` while it is not complete.
fn parse_head(bytes: &[u8]) -> Result<Option<Head>, HttpError> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let foreign = |what: &str| HttpError::Foreign(what.to_owned());
    let length = match response.parse(bytes).map_err(|error| HttpError::Foreign(error.to_string()))? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.ok_or_else(|| foreign("it has no status"))?;
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    };
    let body = match value("content-length") {
        Some(length) => length.trim().parse().map_err(|_| foreign("its length is no number"))?,
        None if matches!(status, 204 | 304) => 0,
        None => return Err(foreign("it does not say how long it is")),
    };
    let closes = value("connection").is_some_and(|connection| connection.eq_ignore_ascii_case("close"));
    Ok(Some(Head { status, length, body, closes }))
}

//! Requests read from and answers written to `wasi:http`. A body is counted while it is read, and nothing beyond the
//! limit is kept. Time limits are the engine's.

use wasip2::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

use crate::answering::site;
use crate::platform::http::{Answer, Code, Problem, more_than, too_large};

/// Bytes that are read in one step.
const STEP: u64 = 64 << 10;

/// A request in plain values.
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub body: Vec<u8>,
}

/// The request with its whole body.
pub fn read(request: IncomingRequest) -> Result<Asked, Problem> {
    let most = site()?.1;
    let announced = request.headers().get("content-length");
    let announced = announced.first().and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    if let Some(size) = announced.filter(|size| *size > most) {
        return Err(too_large(size, most));
    }
    let (method, target) = (name(request.method()), request.path_with_query().unwrap_or_default());
    let unreadable = |why: &str| Problem::new(Code::BodyUnreadable, format!("the body cannot be read: {why}"));
    let body = request.consume().map_err(|()| unreadable("it was taken already"))?;
    let read = {
        let stream = body.stream().map_err(|()| unreadable("it was taken already"))?;
        read_all(&stream, most)
    };
    drop(IncomingBody::finish(body));
    Ok(Asked { method, target, body: read? })
}

fn read_all(stream: &InputStream, most: u64) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(STEP) {
            Ok(bytes) => body.extend_from_slice(&bytes),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(error)) => {
                let message = format!("the body cannot be read: {}", error.to_debug_string());
                return Err(Problem::new(Code::BodyUnreadable, message));
            }
        }
        if body.len() as u64 > most {
            return Err(more_than(most));
        }
    }
}

fn name(method: Method) -> String {
    match method {
        Method::Get => "GET".into(),
        Method::Head => "HEAD".into(),
        Method::Post => "POST".into(),
        Method::Put => "PUT".into(),
        Method::Delete => "DELETE".into(),
        Method::Connect => "CONNECT".into(),
        Method::Options => "OPTIONS".into(),
        Method::Trace => "TRACE".into(),
        Method::Patch => "PATCH".into(),
        Method::Other(name) => name,
    }
}

/// Writes the answer. A client that went away is no reason to fail.
pub fn write(answer: Answer, out: ResponseOutparam) {
    let headers = Fields::new();
    for (name, value) in &answer.headers {
        let _ = headers.append(name, value.as_bytes());
    }
    if !answer.body.is_empty() {
        let _ = headers.append("content-length", answer.body.len().to_string().as_bytes());
    }
    let response = OutgoingResponse::new(headers);
    let _ = response.set_status_code(answer.status);
    let body = response.body();
    ResponseOutparam::set(out, Ok(response));
    let Ok(body) = body else { return };
    if let Ok(stream) = body.write() {
        let _ = write_all(&stream, answer.body.as_bytes());
    }
    let _ = OutgoingBody::finish(body, None);
}

fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        ready.block();
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        let (part, rest) = bytes.split_at(room.min(bytes.len()));
        stream.write(part)?;
        bytes = rest;
    }
    stream.flush()?;
    ready.block();
    stream.check_write().map(|_| ())
}

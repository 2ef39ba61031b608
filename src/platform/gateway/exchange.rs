//! One request and its answer: who may ask, reading the body, calling in a bounded number of threads,
//! and the entry in the log.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime};

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use serde_json::json;
use tokio::time::timeout;

use super::{Entry, Shared};
use crate::bundle::names;
use crate::platform::http::{Answer, Code, Problem, allowed, more_than, split_target, too_large};
use crate::platform::request::{Request, Response, Site, answer as answer_request};
use crate::sandbox::Cancel;

/// Names by which a client on this machine knows it.
const OWN_NAMES: [&str; 4] = ["127.0.0.1", "localhost", "[::1]", "::1"];

type HttpRequest = axum::http::Request<Body>;
type HttpResponse = axum::http::Response<Body>;

/// Answers a request and tells the log.
pub(super) async fn answer(State(shared): State<Arc<Shared>>, request: HttpRequest) -> HttpResponse {
    let (at, begun) = (SystemTime::now(), Instant::now());
    let (parts, body) = request.into_parts();
    let (response, request_bytes) = match refused(&shared, &parts) {
        Some(problem) => (problem.into(), 0),
        None => respond(&shared, &parts, body).await,
    };
    let entry = Entry {
        number: shared.answered.fetch_add(1, Ordering::Relaxed) + 1,
        at,
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        status: response.status,
        function: response.resolved.as_ref().and_then(|resolved| Some(resolved.function.as_ref()?.to_string())),
        latency: begun.elapsed(),
        request_bytes,
        response_bytes: response.body.len() as u64,
    };
    let mut http = to_http(response);
    if let Some(origin) =
        foreign_origin(&parts.headers).filter(|origin| Some(*origin) == shared.serving.cors.as_deref())
    {
        let headers = http.headers_mut();
        if let Ok(origin) = HeaderValue::from_str(origin) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::VARY, HeaderValue::from_static("origin"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        }
    }
    (shared.log)(entry);
    http
}

/// Why a request is not even looked at: it came under a foreign name or from a foreign page.
fn refused(shared: &Shared, parts: &Parts) -> Option<Problem> {
    // A page can make a browser send requests here under a name of its own; only its Host tells.
    let host = parts.uri.host().or_else(|| host_name(parts.headers.get(header::HOST)?.to_str().ok()?));
    if !host.is_some_and(|host| OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(host))) {
        let shown = names::shown(host.unwrap_or_default());
        let problem = Problem::new(Code::HostRefused, format!("`{shown}` is no name of this machine"));
        return Some(problem.with_help("ask 127.0.0.1 or localhost"));
    }
    let origin = foreign_origin(&parts.headers)?;
    if Some(origin) == shared.serving.cors.as_deref() {
        return None;
    }
    let problem = Problem::new(Code::OriginRefused, format!("pages of {} may not ask here", names::shown(origin)));
    Some(problem.with_help("start the gateway with this origin allowed: serve --cors ORIGIN"))
}

/// A host without its port.
fn host_name(host: &str) -> Option<&str> {
    let is_port = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (!name.contains(':') || name.ends_with(']')) => Some(name),
        _ => Some(host),
    }
}

/// The origin of the page that asks, where it is not one of this machine's own gateway.
fn foreign_origin(headers: &HeaderMap) -> Option<&str> {
    let Ok(origin) = headers.get(header::ORIGIN)?.to_str() else { return Some("?") };
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own =
        own.is_some_and(|own| origin.strip_prefix("http://").is_some_and(|host| host.eq_ignore_ascii_case(own)));
    (!is_own).then_some(origin)
}

async fn respond(shared: &Arc<Shared>, parts: &Parts, body: Body) -> (Response, u64) {
    let site = shared.site();
    let target = parts.uri.to_string();
    let path = split_target(&target).0;
    if let Some(own) = own_page(&site, parts.method.as_str(), path) {
        return (own, 0);
    }
    if parts.method == "OPTIONS" && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return (preflight(&site, &parts.headers, path), 0);
    }
    let body = match read_body(shared, &site, parts, body).await {
        Ok(body) => body,
        Err(problem) => return (problem.into(), 0),
    };
    let size = body.len() as u64;
    let Ok(place) = Arc::clone(&shared.calls).try_acquire_owned() else {
        return (over_capacity(shared.serving.concurrency), size);
    };
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let method = parts.method.as_str().to_owned();
    let request = Request { method, target, headers: headers.collect(), body: body.to_vec() };
    let call = Call(Cancel::new());
    let cancel = call.0.clone();
    let working = tokio::task::spawn_blocking(move || {
        let response = answer_request(&site, &request, &cancel);
        drop(place);
        response
    });
    let response = working.await;
    drop(call);
    (response.unwrap_or_else(|_| internal()), size)
}

/// A call that nobody waits for any more, because the client went away, is ended.
struct Call(Cancel);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn internal() -> Response {
    Problem::new(Code::Internal, "the gateway failed to answer; this is a fault of the workbench").into()
}

fn over_capacity(concurrency: usize) -> Response {
    let message = format!("{concurrency} calls run already, and that is the most");
    let mut response = Response::from(Problem::new(Code::OverCapacity, message).with_help("ask again in a second"));
    response.headers.push(("retry-after".into(), "1".into()));
    response
}

/// The pages of the gateway itself.
fn own_page(site: &Site, method: &str, path: &str) -> Option<Response> {
    let page = path.strip_prefix("/.workbench/")?.trim_end_matches('/');
    let mut answer = match page {
        "health" => {
            let unusable: Vec<_> = site
                .unusable()
                .map(|(service, error)| json!({ "service": service, "message": error.message }))
                .collect();
            let status = if unusable.is_empty() { "ok" } else { "degraded" };
            let health = json!({ "status": status, "endpoints": site.router.routes().len(), "unusable": unusable });
            Answer::json(200, health.to_string())
        }
        "openapi.json" => Answer::json(200, site.openapi.clone()),
        _ => return None,
    };
    if !["GET", "HEAD", "OPTIONS"].contains(&method) {
        let message = format!("{path} is only answered for GET");
        answer =
            Problem { allow: vec!["GET", "HEAD", "OPTIONS"], ..Problem::new(Code::MethodNotAllowed, message) }.answer();
    }
    Some(answer.into())
}

/// What a browser asks before it sends a request for a page of an allowed origin.
fn preflight(site: &Site, headers: &HeaderMap, path: &str) -> Response {
    let mut response = Response::from(Answer::empty(204));
    let allow = allowed(&site.router.methods(path)).join(", ");
    response.headers.push(("access-control-allow-methods".into(), allow));
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|wanted| wanted.to_str().ok());
    if let Some(wanted) = wanted {
        response.headers.push(("access-control-allow-headers".into(), wanted.to_owned()));
    }
    response.headers.push(("access-control-max-age".into(), "60".into()));
    response
}

async fn read_body(shared: &Shared, site: &Site, parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let most = site.limits.input;
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(size) = announced.filter(|size| *size > most) {
        return Err(too_large(size, most));
    }
    let mut request = HttpRequest::new(body);
    DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX)).apply(&mut request);
    match timeout(shared.serving.body_time, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(more_than(most)),
        Ok(Err(rejection)) => Err(Problem::new(Code::BodyUnreadable, rejection.body_text())),
        Err(_) => {
            let time = shared.serving.body_time.as_secs_f64();
            Err(Problem::new(Code::BodyTooSlow, format!("the body did not come within {time} s")))
        }
    }
}

fn to_http(response: Response) -> HttpResponse {
    let mut http = HttpResponse::new(Body::from(response.body));
    *http.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            http.headers_mut().insert(name, value);
        }
    }
    if let (StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE, headers) = (http.status(), http.headers_mut())
    {
        // The rest of the body is not waited for.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    http
}

//! The rules of [docs/requests.md](../../../docs/requests.md): from method, path and body to the function that is
//! called and its input, and from what came of it to status and JSON.
//!
//! The front of exported components (`assets/component/front`) is compiled from these very files, so that an engine
//! answers as the gateway does. They know text and JSON only: no engine, no network, no file of a bundle.

mod answer;
mod code;
mod input;
mod path;
mod router;

pub use answer::{Answer, Problem, application_error, output};
pub use code::Code;
pub use input::{input, more_than, too_large};
pub use path::{decoded, encoded, query_parameters, split_target};
pub use router::{Matched, NearMiss, Route, Router, Unmatched, allowed};

/// The endpoint for a request, or the answer where none is called: nothing matches, or the question was what could
/// (`OPTIONS`). `HEAD` is asked as `GET`. `lists` says where all endpoints are described.
///
/// # Errors
/// The answer.
pub fn route<'a, D>(
    router: &'a Router<D>,
    method: &str,
    target: &str,
    lists: &str,
) -> Result<Matched<'a, D>, Box<Answer>> {
    let path = split_target(target).0;
    if method == "OPTIONS"
        && let Some(options) = router.options(path)
    {
        return Err(Box::new(options));
    }
    let asked = if method == "HEAD" { "GET" } else { method };
    router.resolve(asked, path).map_err(|unmatched| Box::new(unmatched.problem(method, path, lists).answer()))
}

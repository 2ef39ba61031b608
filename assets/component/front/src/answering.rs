//! From a request in plain values to its answer, by way of the function that the site names for it.

use std::sync::OnceLock;

use crate::exchange::Asked;
use crate::platform::http::{self, Answer, Code, Problem, Router, split_target};
use crate::priostack::bundle::functions::{self, Reply};
use crate::sandbox::output::{Output, error_object};
use crate::site::{Site, To};

/// Where all endpoints are described.
const LISTS: &str = "the OpenAPI document beside the component";

/// The site, read once by each instance.
pub fn site() -> Result<&'static (Router<To>, u64), Problem> {
    static SITE: OnceLock<Result<(Router<To>, u64), String>> = OnceLock::new();
    let read = || {
        let site: Site = serde_json::from_slice(&functions::site()).map_err(|error| error.to_string())?;
        let most = site.input;
        Ok((site.router()?, most))
    };
    let unreadable =
        |error: &String| Problem::new(Code::Internal, format!("the component's routes are damaged: {error}"));
    SITE.get_or_init(read).as_ref().map_err(unreadable)
}

/// The answer to a request.
pub fn answer(asked: &Asked) -> Answer {
    let (router, most) = match site() {
        Ok(site) => site,
        Err(problem) => return problem.answer(),
    };
    let mut answer = match http::route(router, &asked.method, &asked.target, LISTS) {
        Err(answer) => *answer,
        Ok(matched) => {
            let query = split_target(&asked.target).1;
            match http::input(&asked.body, &matched.parameters, query, *most) {
                Ok(input) => called(&matched.route.more, input.as_bytes()),
                Err(problem) => problem.answer(),
            }
        }
    };
    if asked.method == "HEAD" {
        answer.body.clear();
    }
    answer
}

fn called(to: &To, input: &[u8]) -> Answer {
    let function = match to {
        To::Function(function) => *function,
        To::Nothing { code, message, help } => {
            let code = Code::parse(code).unwrap_or(Code::NotExported);
            return Problem { help: help.clone(), ..Problem::new(code, message.as_str()) }.answer();
        }
    };
    match functions::call(function, input) {
        Reply::Output(bytes) => http::output(Output::of(&bytes)),
        Reply::Nothing => Answer::json(200, "null".into()),
        Reply::Error(text) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            match error_object(&text) {
                Some(message) => http::application_error(&message, Some(text)),
                None => http::application_error(&text, None),
            }
        }
        Reply::Fault(failure) => {
            let code = Code::parse(&failure.code).unwrap_or(Code::Convention);
            Problem::new(code, failure.message).answer()
        }
    }
}

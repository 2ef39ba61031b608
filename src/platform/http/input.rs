//! The input of a function, made of a request's body and parameters.

use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::path::query_parameters;
use super::{Code, Problem};

/// The function's input: the body, and where there are parameters, one object of query, body and path,
/// each beating the ones before it.
pub fn input(body: &[u8], path: &[(String, String)], query: &str, most: u64) -> Result<String, Problem> {
    let size = body.len() as u64;
    if size > most {
        return Err(too_large(size, most));
    }
    let not_json = |why: String| {
        Problem::new(Code::BodyNotJson, format!("the body is not JSON: {why}")).with_help("send a JSON object")
    };
    let text = std::str::from_utf8(body)
        .map_err(|error| not_json(format!("it is not UTF-8 from byte {}", error.valid_up_to())))?;
    let text = if text.trim_ascii().is_empty() { "{}" } else { text };
    let query = query_parameters(query);
    let whole = |text| serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(error.to_string()));
    if path.is_empty() && query.is_empty() {
        // As it came: big numbers and the order of keys stay what they are.
        whole(text)?;
        return Ok(text.to_owned());
    }
    let body = match serde_json::from_str(text).map_err(|error| not_json(error.to_string()))? {
        Value::Object(body) => body,
        _ => {
            let message = "the body is no JSON object, so the parameters of path and query have no place in it";
            let help = "send an object, or leave the parameters out";
            return Err(Problem::new(Code::BodyNotObject, message).with_help(help));
        }
    };
    Ok(merged(query, body, path).to_string())
}

fn merged(query: Vec<(String, String)>, body: Map<String, Value>, path: &[(String, String)]) -> Value {
    let mut input = Map::new();
    for (key, value) in query {
        // A parameter that is given several times is a list.
        match input.get_mut(&key) {
            None => _ = input.insert(key, value.into()),
            Some(Value::Array(values)) => values.push(value.into()),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    input.extend(body);
    input.extend(path.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    Value::Object(input)
}

/// The problem of a body of `size` bytes where `most` are allowed.
pub fn too_large(size: u64, most: u64) -> Problem {
    let message = format!("the body has {size} bytes, and {most} are allowed");
    Problem::new(Code::BodyTooLarge, message).with_help("send less, or raise the input limit")
}

/// The problem of a body that goes on beyond the `most` bytes that are allowed.
pub fn more_than(most: u64) -> Problem {
    let message = format!("the body has more than the {most} bytes that are allowed");
    Problem::new(Code::BodyTooLarge, message).with_help("send less, or raise the input limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_of(body: &str, path: &[(&str, &str)], query: &str) -> Result<String, (u16, &'static str)> {
        let path: Vec<_> = path.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        input(body.as_bytes(), &path, query, 1000).map_err(|problem| (problem.code.status(), problem.code.as_str()))
    }

    #[test]
    fn the_path_beats_the_body_and_the_body_beats_the_query() {
        let merged = input_of(r#"{"b":2,"c":3}"#, &[("c", "path")], "a=query&b=query&c=query").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), json!({"a": "query", "b": 2, "c": "path"}));
    }

    #[test]
    fn a_body_without_parameters_reaches_the_function_as_it_came() {
        for body in ["[1]", "null", " {\"a\": 123456789012345678901234567890, \"a\": 1e400} "] {
            assert_eq!(input_of(body, &[], ""), Ok(body.to_owned()));
        }
        assert_eq!(input_of(" \n", &[], "&"), Ok("{}".to_owned()), "an empty body is an empty object");
    }

    #[test]
    fn what_cannot_be_an_input_is_refused() {
        assert_eq!(input_of("[1]", &[("a", "1")], ""), Err((400, "body-not-object")));
        assert_eq!(input_of("7", &[], "a=1"), Err((400, "body-not-object")));
        for body in ["{", "{} {}", "a=1&b=2", "\u{feff}{}"] {
            assert_eq!(input_of(body, &[], ""), Err((400, "body-not-json")), "{body}");
            assert_eq!(input_of(body, &[], "a=1"), Err((400, "body-not-json")), "{body}");
        }
        assert_eq!(input_of(&format!("\"{}\"", "x".repeat(999)), &[], ""), Err((413, "body-too-large")));
    }

    #[test]
    fn queries_are_decoded_and_repeated_parameters_are_lists() {
        let merged = input_of("", &[], "a=1&b=x+y%21&a=2&c&=e&a=3").unwrap();
        let expected = json!({"a": ["1", "2", "3"], "b": "x y!", "c": "", "": "e"});
        assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), expected);
    }
}

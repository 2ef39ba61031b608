//! Path templates, part by part: `/users/{id}` or `/users/:id`. The front of exported components is compiled from
//! this file too, so it uses nothing of the bundle.

/// The name of the parameter that `segment` of a path template is, in either spelling.
pub fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).or_else(|| segment.strip_prefix(':'))
}

/// The whole path of an endpoint as people read it.
pub fn joined(base: &str, path: &str) -> String {
    let joined = format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'));
    if joined.len() > 1 { joined.trim_end_matches('/').to_owned() } else { joined }
}

//! Two endpoints that answer the same requests.

use std::collections::HashMap;

use super::{Whole, paths};
use crate::bundle::{Code, Diagnostic, Method, Span, names};

/// Reports every endpoint whose method and path another endpoint has already.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(Method, String), (&str, &str, Span)> = HashMap::new();
    for service in &whole.bundle.services {
        let base = service.base_path.as_ref().map_or("", |base| base.value.as_str());
        for endpoint in &service.endpoints {
            let (Some(method), Some(path)) = (&endpoint.method, &endpoint.path) else { continue };
            let route = (method.value, shape(base, &path.value));
            let Some((name, file, span)) = seen.get(&route) else {
                seen.insert(route, (&endpoint.name.value, &service.file, path.span));
                continue;
            };
            let place = whole.place(file, *span);
            let message = format!(
                "{} {} is already answered by endpoint {} ({place})",
                method.value.as_str(),
                names::shown(&joined(base, &path.value)),
                names::shown(name),
            );
            let help = "change the method or the path of one of them; names of parameters make no difference";
            out.push(whole.at(Code::RouteConflict, &service.file, path.span, message).with_help(help));
        }
    }
}

/// The whole path of an endpoint as people read it.
pub(in crate::bundle) fn joined(base: &str, path: &str) -> String {
    let joined = format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'));
    if joined.len() > 1 { joined.trim_end_matches('/').to_owned() } else { joined }
}

/// What requests a path matches: its segments, with all parameters alike.
fn shape(base: &str, path: &str) -> String {
    let joined = joined(base, path);
    let segments = joined.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| if paths::parameter(segment).is_some() { "/{}".into() } else { format!("/{segment}") })
        .collect()
}

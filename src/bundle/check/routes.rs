//! Endpoints whose routes answer the same requests, wholly or in part, or differ in capitals only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Whole, paths};
use crate::bundle::path_template::{joined, parameter};
use crate::bundle::{Code, Diagnostic, Endpoint, Fix, Method, Service, Severity, Span, mend, names, yaml};

/// Most steps that the search for overlaps takes.
const MAX_STEPS: usize = 200_000;
/// Most overlaps that are reported.
const MAX_REPORTED: usize = 200;

/// An endpoint with its whole path.
struct Route<'a> {
    service: &'a Service,
    endpoint: &'a Endpoint,
    span: Span,
    method: Method,
    /// The path as people read it.
    path: String,
    /// Its segments in one spelling; a parameter is `{}`.
    segments: Vec<String>,
}

/// Reports endpoints whose routes another endpoint has already, or shares requests with.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(Method, String), usize> = HashMap::new();
    let mut routes: Vec<Route> = Vec::new();
    for route in all(whole) {
        repeated_base(whole, &route, out);
        let key = (route.method, route.segments.join("/"));
        match seen.get(&key).and_then(|at| routes.get(*at)) {
            Some(first) => conflict(whole, &route, first, out),
            None => {
                seen.insert(key, routes.len());
                routes.push(route);
            }
        }
    }
    let mut alike: HashMap<(Method, usize), Vec<&Route>> = HashMap::new();
    for route in &routes {
        alike.entry((route.method, route.segments.len())).or_default().push(route);
    }
    let most = out.len() + MAX_REPORTED;
    let mut groups: Vec<_> = alike.into_iter().collect();
    groups.sort_by_key(|(key, _)| *key);
    for (_, group) in groups {
        compare(whole, &group, most, out);
    }
}

fn all<'a>(whole: &Whole<'a>) -> impl Iterator<Item = Route<'a>> {
    whole.bundle.services.iter().flat_map(|service| {
        let base = service.base_path.as_ref().map_or("", |base| base.value.as_str());
        service.endpoints.iter().filter_map(move |endpoint| {
            let (method, path) = (endpoint.method.as_ref()?, endpoint.path.as_ref()?);
            let joined = joined(base, &path.value);
            let segments = joined.split('/').filter(|segment| !segment.is_empty()).map(segment).collect();
            Some(Route { service, endpoint, span: path.span, method: method.value, path: joined, segments })
        })
    })
}

/// What a segment matches: parameters are all alike, and `%41` is `A`.
fn segment(segment: &str) -> String {
    if parameter(segment).is_some() { "{}".into() } else { paths::decoded(segment) }
}

fn conflict(whole: &Whole, route: &Route, first: &Route, out: &mut Vec<Diagnostic>) {
    let place = whole.place(&first.service.file, first.span);
    let message = format!(
        "{} {} is already answered by endpoint {} ({place})",
        route.method.as_str(),
        names::shown(&route.path),
        names::shown(&first.endpoint.name.value),
    );
    let help = "change the method or the path of one of them; names of parameters make no difference";
    let mut diagnostic = whole.at(Code::RouteConflict, &route.service.file, route.span, message).with_help(help);
    let same = |a: &Endpoint, b: &Endpoint| a.to.as_ref().map(|to| &to.value) == b.to.as_ref().map(|to| &to.value);
    if let Some(source) = whole.sources.get(&route.service.file)
        && same(route.endpoint, first.endpoint)
        && let Some(edit) = mend::remove_item(&source.text, route.endpoint.span)
    {
        let title = format!("Remove endpoint {}", names::shown(&route.endpoint.name.value));
        diagnostic = diagnostic.with_fix(Fix { title, edits: vec![edit] });
    }
    out.push(diagnostic);
}

/// Reports a path that begins with its service's base path.
fn repeated_base(whole: &Whole, route: &Route, out: &mut Vec<Diagnostic>) {
    let (Some(base), Some(path)) = (&route.service.base_path, &route.endpoint.path) else { return };
    let base = base.value.trim_end_matches('/');
    let Some(rest) = path.value.strip_prefix(base) else { return };
    // One short segment may well stand there twice: /users/users.
    if base.matches('/').count() < 2 || !(rest.is_empty() || rest.starts_with('/')) {
        return;
    }
    let rest = if rest.is_empty() { "/" } else { rest };
    let message = format!("the path repeats the base path: the route is {}", names::shown(&route.path));
    let fix = Fix::new(format!("Change to {}", names::shown(rest)), route.span, yaml::quoted_if_needed(rest));
    let diagnostic = whole.at(Code::RouteRepeatsBase, &route.service.file, route.span, message);
    out.push(diagnostic.with_help("paths are relative to basePath; leave it out").with_fix(fix));
}

/// Compares the routes of one method and length with each other.
fn compare(whole: &Whole, routes: &[&Route], most: usize, out: &mut Vec<Diagnostic>) {
    let mut spelt: HashMap<String, &Route> = HashMap::new();
    for route in routes {
        let lower = route.path.to_lowercase();
        match spelt.get(&lower) {
            Some(first) if out.len() < most && first.path != route.path => spelling(whole, route, first, out),
            Some(_) => {}
            None => _ = spelt.insert(lower, route),
        }
    }
    let mut meetings = Meetings::default();
    meetings.find(routes, 0);
    for (a, b) in meetings.pairs {
        if out.len() >= most {
            return;
        }
        if let (Some(a), Some(b)) = (routes.get(a), routes.get(b)) {
            overlap(whole, a, b, out);
        }
    }
}

/// Which routes of one length share a request, found by walking down their segments together.
#[derive(Default)]
struct Meetings {
    /// Pairs of places in the list of routes, the smaller one first.
    pairs: BTreeSet<(usize, usize)>,
    steps: usize,
}

impl Meetings {
    fn find(&mut self, routes: &[&Route], depth: usize) {
        self.among(routes, &(0..routes.len()).collect::<Vec<_>>(), depth);
    }

    /// Goes on with the routes at `places`, which agree in the first `depth` segments.
    fn among(&mut self, routes: &[&Route], places: &[usize], depth: usize) {
        self.steps += places.len();
        if places.len() < 2 || self.steps > MAX_STEPS || self.pairs.len() > MAX_REPORTED {
            return;
        }
        let segment = |at: &usize| routes.get(*at).and_then(|route| route.segments.get(depth)).map(String::as_str);
        let mut fixed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut open = Vec::new();
        for at in places {
            match segment(at) {
                None => return self.note(places),
                Some("{}") => open.push(*at),
                Some(text) => fixed.entry(text).or_default().push(*at),
            }
        }
        if fixed.is_empty() {
            return self.among(routes, &open, depth + 1);
        }
        // Parameters alone meet where no fixed text stands beside them too.
        if fixed.len() > 1 || open.len() > 1 {
            self.among(routes, &open, depth + 1);
        }
        for (_, mut group) in fixed {
            group.extend(&open);
            self.among(routes, &group, depth + 1);
        }
    }

    fn note(&mut self, places: &[usize]) {
        for (at, a) in places.iter().enumerate() {
            for b in places.iter().skip(at + 1) {
                if self.pairs.len() > MAX_REPORTED {
                    return;
                }
                self.pairs.insert((*a.min(b), *a.max(b)));
            }
        }
    }
}

fn spelling(whole: &Whole, route: &Route, first: &Route, out: &mut Vec<Diagnostic>) {
    let place = whole.place(&first.service.file, first.span);
    let message = format!(
        "{} differs from {} of endpoint {} in capitals only",
        names::shown(&route.path),
        names::shown(&first.path),
        names::shown(&first.endpoint.name.value)
    );
    let help = format!("paths distinguish capitals; the other one stands at {place}");
    out.push(whole.at(Code::RouteSpelling, &route.service.file, route.span, message).with_help(help));
}

/// Reports two routes that some request matches both of.
fn overlap(whole: &Whole, a: &Route, b: &Route, out: &mut Vec<Diagnostic>) {
    let pairs = || a.segments.iter().zip(&b.segments);
    let (a_narrower, b_narrower) =
        (pairs().any(|(a, b)| a != "{}" && b == "{}"), pairs().any(|(a, b)| a == "{}" && b != "{}"));
    if !a_narrower && !b_narrower {
        return;
    }
    // The later one of the file is where it is said.
    let (later, earlier) = if (&a.service.file, a.span) < (&b.service.file, b.span) { (b, a) } else { (a, b) };
    let example: String =
        pairs().map(|(a, b)| format!("/{}", if a == "{}" { b } else { a })).collect::<String>().replace("{}", "1");
    let place = whole.place(&earlier.service.file, earlier.span);
    let name = names::shown(&earlier.endpoint.name.value);
    let message =
        format!("{} {} is also matched by endpoint {name} ({place})", later.method.as_str(), names::shown(&example));
    let diagnostic = whole.at(Code::RouteOverlap, &later.service.file, later.span, message);
    out.push(if a_narrower && b_narrower {
        let help = "each path is more specific at another place, so nothing says which one answers: change one of them";
        diagnostic.with_help(help)
    } else {
        let help = "the fixed path is commonly preferred to the parameter; the platform's documentation does not say";
        diagnostic.with_severity(Severity::Hint).with_help(help)
    });
}

//! Which endpoint answers a request, or why none does.
//!
//! Paths are compared segment by segment with percent-encoding resolved; empty segments, and with them a
//! slash at the end, make no difference. Never calls a function and never reads a body.

use std::collections::BTreeSet;

use super::path::{decoded, parts};
use super::{Answer, Code, Problem};
use crate::bundle::method::Method;
use crate::bundle::names::shown;
use crate::bundle::path_template::parameter;

/// Most endpoints that are named when nothing matched.
const MOST_NEAR: usize = 5;

/// The routes of a bundle or a service. `D` is what else is known of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Router<D> {
    routes: Vec<Route<D>>,
}

/// An endpoint as requests see it.
#[derive(Clone, Debug)]
pub struct Route<D> {
    /// The service that declares it.
    pub service: String,
    /// The endpoint's name.
    pub endpoint: String,
    /// Its method.
    pub method: Method,
    /// The whole path template as people read it: base path and path.
    pub path: String,
    /// What else is known of it.
    pub more: D,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// The decoded text that a request must have here.
    Literal(String),
    /// The name of a path parameter.
    Parameter(String),
}

/// The endpoint that answers a request.
#[derive(Clone, Debug)]
pub struct Matched<'a, D> {
    /// The endpoint.
    pub route: &'a Route<D>,
    /// The path parameters with their decoded values, in the path's order.
    pub parameters: Vec<(String, String)>,
}

/// Why no endpoint answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// No endpoint has this path.
    NotFound(Vec<NearMiss>),
    /// Endpoints have this path, with these methods only.
    MethodNotAllowed(Vec<Method>, Vec<NearMiss>),
}

/// An endpoint that nearly matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The endpoint's name.
    pub endpoint: String,
    /// The service that declares it.
    pub service: String,
    /// Its method.
    pub method: Method,
    /// Its whole path template.
    pub path: String,
    /// What differs, in words.
    pub difference: String,
}

impl<D> Router<D> {
    /// The router of these routes.
    pub fn new(routes: Vec<Route<D>>) -> Self {
        Self { routes }
    }

    /// All routes, in the order of the files.
    pub fn routes(&self) -> &[Route<D>] {
        &self.routes
    }

    /// The endpoint for a method and the path of a request, still percent-encoded and without its query.
    /// Where several match, a fixed text beats a parameter at the first segment where they differ, and
    /// among equal routes the first one of the files wins.
    ///
    /// # Errors
    /// Why nothing matches, with the endpoints that nearly did.
    pub fn resolve(&self, method: &str, path: &str) -> Result<Matched<'_, D>, Unmatched> {
        let wanted: Vec<String> = parts(path).map(decoded).collect();
        let fitting: Vec<&Route<D>> = self.routes.iter().filter(|route| route.fits(&wanted)).collect();
        let mut best: Option<&Route<D>> = None;
        for route in fitting.iter().filter(|route| route.method.as_str() == method) {
            if best.is_none_or(|best| route.openness().lt(best.openness())) {
                best = Some(route);
            }
        }
        match best {
            Some(route) => Ok(Matched { route, parameters: route.parameters(wanted) }),
            None if fitting.is_empty() => Err(Unmatched::NotFound(self.near(method, &wanted))),
            None => {
                let methods: BTreeSet<Method> = fitting.iter().map(|route| route.method).collect();
                let near = fitting.iter().take(MOST_NEAR).map(|route| route.missed(other_method(route, method)));
                Err(Unmatched::MethodNotAllowed(methods.into_iter().collect(), near.collect()))
            }
        }
    }

    /// The methods of the endpoints with this path.
    pub fn methods(&self, path: &str) -> Vec<Method> {
        let wanted: Vec<String> = parts(path).map(decoded).collect();
        let methods: BTreeSet<Method> =
            self.routes.iter().filter(|route| route.fits(&wanted)).map(|route| route.method).collect();
        methods.into_iter().collect()
    }

    /// The answer to the question what the path is answered for. `None` where that is nothing.
    pub(super) fn options(&self, path: &str) -> Option<Answer> {
        let methods = if path == "*" { Method::ALL.to_vec() } else { self.methods(path) };
        let mut answer = Answer::empty(204);
        answer.headers.push(("allow".into(), allowed(&methods).join(", ")));
        (!methods.is_empty()).then_some(answer)
    }

    fn near(&self, method: &str, wanted: &[String]) -> Vec<NearMiss> {
        let mut near: Vec<(usize, &Route<D>, String)> = self
            .routes
            .iter()
            .filter_map(|route| {
                let (distance, difference) = route.distance(wanted)?;
                let same_method = route.method.as_str() == method;
                let difference = if same_method {
                    difference
                } else {
                    format!("{difference}, and the {}", other_method(route, method))
                };
                Some((distance * 2 + usize::from(!same_method), route, difference))
            })
            .collect();
        near.sort_by_key(|(distance, ..)| *distance);
        near.into_iter().take(MOST_NEAR).map(|(_, route, difference)| route.missed(difference)).collect()
    }
}

/// The methods that are answered where endpoints have `methods`.
pub fn allowed(methods: &[Method]) -> Vec<&'static str> {
    let mut allowed: Vec<&'static str> = methods.iter().map(|method| method.as_str()).collect();
    if methods.contains(&Method::Get) {
        allowed.push("HEAD");
    }
    allowed.push("OPTIONS");
    allowed
}

impl Unmatched {
    /// The problem that tells a client. `lists` says where all endpoints are described.
    pub(super) fn problem(self, method: &str, path: &str, lists: &str) -> Problem {
        let (shown_path, method) = (shown(path), shown(method));
        match self {
            Self::NotFound(near) => {
                let problem = Problem::new(Code::RouteUnknown, format!("no endpoint has the path {shown_path}"));
                let problem = match near.first() {
                    Some(first) => problem.with_help(format!(
                        "the nearest one is {} {}: {}",
                        first.method.as_str(),
                        shown(&first.path),
                        first.difference
                    )),
                    None => problem.with_help(format!("{lists} lists all endpoints")),
                };
                Problem { near, ..problem }
            }
            Self::MethodNotAllowed(methods, near) => {
                let allow = allowed(&methods);
                let message = format!("{shown_path} is not answered for {method}, only for {}", allow.join(", "));
                Problem { near, allow, ..Problem::new(Code::MethodNotAllowed, message) }
            }
        }
    }
}

fn other_method<D>(route: &Route<D>, method: &str) -> String {
    format!("method is {}, not {}", route.method.as_str(), shown(method))
}

impl<D> Route<D> {
    /// The route of an endpoint with the whole path template `path`.
    pub fn new(service: String, endpoint: String, method: Method, path: String, more: D) -> Self {
        let segments = parts(&path).map(Segment::of).collect();
        Self { service, endpoint, method, path, more, segments }
    }

    fn fits(&self, wanted: &[String]) -> bool {
        self.segments.len() == wanted.len() && self.segments.iter().zip(wanted).all(|(own, wanted)| own.fits(wanted))
    }

    /// Which segments are parameters: the smaller one is the more specific.
    fn openness(&self) -> impl Iterator<Item = bool> {
        self.segments.iter().map(|segment| matches!(segment, Segment::Parameter(_)))
    }

    fn parameters(&self, wanted: Vec<String>) -> Vec<(String, String)> {
        let pairs = self.segments.iter().zip(wanted);
        pairs
            .filter_map(|(segment, value)| match segment {
                Segment::Parameter(name) => Some((name.clone(), value)),
                Segment::Literal(_) => None,
            })
            .collect()
    }

    /// The names of its path parameters, in the path's order.
    pub fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// Its path with parameters as `{name}`, in whichever spelling the file has them.
    pub fn template(&self) -> String {
        let part = |part: &str| match parameter(part) {
            Some(name) => format!("/{{{name}}}"),
            None => format!("/{part}"),
        };
        let template: String = parts(&self.path).map(part).collect();
        if template.is_empty() { "/".into() } else { template }
    }

    fn missed(&self, difference: String) -> NearMiss {
        NearMiss {
            endpoint: self.endpoint.clone(),
            service: self.service.clone(),
            method: self.method,
            path: self.path.clone(),
            difference,
        }
    }

    /// How far the path of a request is from this one, and what differs. `None` where they have little in common.
    fn distance(&self, wanted: &[String]) -> Option<(usize, String)> {
        let same_at_start = self.segments.iter().zip(wanted).take_while(|(own, wanted)| own.fits(wanted)).count();
        if self.segments.len() == wanted.len() {
            let mut different = self.segments.iter().zip(wanted).filter(|(own, wanted)| !own.fits(wanted));
            let (Segment::Literal(own), wanted) = different.next()? else { return None };
            let further = different.count();
            if further > 0 && same_at_start == 0 {
                return None;
            }
            let capitals = own.to_lowercase() == wanted.to_lowercase();
            let at = same_at_start + 1;
            let what = format!("segment {at} is `{}`, not `{}`", shown(own), shown(wanted));
            let what = if capitals { format!("{what}: capitals count") } else { what };
            let what = if further > 0 { format!("{what}, and {further} more differ") } else { what };
            let alike = strsim::jaro_winkler(own, wanted) > 0.8;
            return Some((further * 4 + if capitals { 0 } else { 2 - usize::from(alike) }, what));
        }
        if same_at_start == 0 {
            return None;
        }
        let longer = self.segments.len().abs_diff(wanted.len());
        if same_at_start == self.segments.len() {
            let surplus = wanted.get(same_at_start)?;
            return Some((longer * 2, format!("the path ends before `{}`", shown(surplus))));
        }
        if same_at_start == wanted.len() {
            let missing = self.segments.get(same_at_start)?;
            return Some((longer * 2, format!("the path goes on with `{}`", missing.shown())));
        }
        let own = self.segments.get(same_at_start)?.shown();
        let wanted = shown(wanted.get(same_at_start)?);
        Some((4 + longer * 2, format!("segment {} is `{own}`, not `{wanted}`", same_at_start + 1)))
    }
}

impl Segment {
    fn of(text: &str) -> Self {
        match parameter(text) {
            Some(name) => Self::Parameter(name.to_owned()),
            None => Self::Literal(decoded(text)),
        }
    }

    fn fits(&self, wanted: &str) -> bool {
        match self {
            Self::Literal(own) => own == wanted,
            Self::Parameter(_) => true,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Literal(text) => shown(text),
            Self::Parameter(name) => format!("{{{}}}", shown(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::path_template::joined;

    fn router(base: &str, endpoints: &[(&str, Method, &str)]) -> Router<()> {
        let routes = endpoints
            .iter()
            .map(|(name, method, path)| Route::new("shop".into(), (*name).into(), *method, joined(base, path), ()));
        Router::new(routes.collect())
    }

    fn name(router: &Router<()>, method: &str, path: &str) -> Option<String> {
        router.resolve(method, path).ok().map(|matched| matched.route.endpoint.clone())
    }

    #[test]
    fn a_fixed_text_beats_a_parameter_from_the_left() {
        let router = router(
            "/shop",
            &[
                ("any", Method::Get, "/{a}/{b}"),
                ("right", Method::Get, "/:a/x"),
                ("left", Method::Get, "/y/{b}"),
                ("deleted", Method::Delete, "/y/x"),
            ],
        );
        for (path, expected) in
            [("/shop/1/2", "any"), ("/shop/1/x", "right"), ("/shop/y/2", "left"), ("/shop/y/x", "left")]
        {
            assert_eq!(name(&router, "GET", path).as_deref(), Some(expected), "{path}");
        }
        assert_eq!(name(&router, "DELETE", "/shop/y/x").as_deref(), Some("deleted"));
    }

    #[test]
    fn slashes_at_the_end_and_encodings_of_plain_letters_make_no_difference() {
        let router = router("/shop/", &[("root", Method::Get, "/"), ("a", Method::Get, "/%41/é/")]);
        for path in ["/shop", "/shop/", "//shop//", "/sh%6Fp"] {
            assert_eq!(name(&router, "GET", path).as_deref(), Some("root"), "{path}");
        }
        for path in ["/shop/A/%C3%A9", "/shop/A/é/", "/shop/%41/%c3%a9"] {
            assert_eq!(name(&router, "GET", path).as_deref(), Some("a"), "{path}");
        }
        assert_eq!(name(&router, "GET", "/Shop"), None, "capitals count");
    }

    #[test]
    fn parameters_are_decoded_and_may_hold_anything() {
        let router = router("", &[("one", Method::Get, "/users/{id}/:part")]);
        let value = |path| router.resolve("GET", path).unwrap().parameters;
        let pair = |a: &str, b: &str| vec![("id".to_owned(), a.to_owned()), ("part".to_owned(), b.to_owned())];
        assert_eq!(value("/users/a%2Fb/%E2%82%AC"), pair("a/b", "€"));
        assert_eq!(value("/users/100%/%zz"), pair("100%", "%zz"));
        assert_eq!(value("/users/%ff/+"), pair("\u{fffd}", "+"));
    }

    #[test]
    fn another_method_is_told_from_another_path() {
        let router = router("/shop", &[("make", Method::Post, "/orders"), ("list", Method::Get, "/orders")]);
        match router.resolve("PUT", "/shop/orders") {
            Err(Unmatched::MethodNotAllowed(methods, near)) => {
                assert_eq!(methods, [Method::Get, Method::Post]);
                assert_eq!(near[0].difference, "method is POST, not PUT");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(router.methods("/shop/orders/"), [Method::Get, Method::Post]);
        assert!(matches!(router.resolve("POST", "/shop/order"), Err(Unmatched::NotFound(_))));
        assert!(matches!(router.resolve("post", "/shop/orders"), Err(Unmatched::MethodNotAllowed(..))));
    }

    #[test]
    fn near_misses_say_which_segment_differs_the_nearest_first() {
        let router = router(
            "/api/v1",
            &[
                ("create", Method::Post, "/users"),
                ("rename", Method::Post, "/users/{id}/name"),
                ("fetch", Method::Get, "/users/{id}"),
                ("other", Method::Post, "/orders"),
            ],
        );
        let near = |method: &str, path: &str| match router.resolve(method, path) {
            Err(Unmatched::NotFound(near)) => {
                near.into_iter().map(|near| format!("{}: {}", near.endpoint, near.difference)).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(near("POST", "/api/v1/user")[0], "create: segment 3 is `users`, not `user`");
        assert_eq!(near("POST", "/api/v1/Users")[0], "create: segment 3 is `users`, not `Users`: capitals count");
        assert_eq!(near("POST", "/api/users")[0], "create: segment 2 is `v1`, not `users`");
        assert_eq!(near("POST", "/api/v1/users/1/name/x")[0], "rename: the path ends before `x`");
        assert_eq!(near("POST", "/api/v1")[0], "create: the path goes on with `users`");
        assert_eq!(near("GET", "/nothing/like/it"), Vec::<String>::new());
    }

    #[test]
    fn templates_are_written_in_one_spelling() {
        let router = router("/a/:b", &[("x", Method::Get, "/{c}/"), ("y", Method::Get, "d")]);
        assert_eq!(router.routes()[0].template(), "/a/{b}/{c}");
        assert_eq!(router.routes()[1].path, "/a/:b/d");
        assert_eq!(router.routes()[0].parameter_names().collect::<Vec<_>>(), ["b", "c"]);
    }
}

//! Which endpoint answers a request, or why none does.
//!
//! Paths are compared segment by segment with percent-encoding resolved; empty segments, and with them a
//! slash at the end, make no difference. Never calls a function and never reads a body.

use std::collections::BTreeSet;

use crate::bundle::{Bundle, FunctionRef, Method, Span, path_parameter, whole_path};

/// Most endpoints that are named when nothing matched.
const MOST_NEAR: usize = 5;

/// The routes of a bundle.
#[derive(Clone, Debug, Default)]
pub struct Router {
    routes: Vec<Route>,
}

/// An endpoint as requests see it.
#[derive(Clone, Debug)]
pub struct Route {
    /// The service that declares it.
    pub service: String,
    /// The service's file, relative to the bundle's root.
    pub file: String,
    /// The endpoint's entry in the file.
    pub span: Span,
    /// The endpoint's name.
    pub endpoint: String,
    /// The endpoint's description.
    pub description: Option<String>,
    /// Its method.
    pub method: Method,
    /// The whole path template as people read it: base path and path.
    pub path: String,
    /// The function that answers; `None` where the file's reference could not be understood.
    pub function: Option<FunctionRef>,
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
pub struct Matched<'a> {
    /// The endpoint.
    pub route: &'a Route,
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

impl Router {
    /// The routes of all endpoints whose method and path could be read, in the order of the files.
    pub fn of(bundle: &Bundle) -> Self {
        let routes = bundle.services.iter().flat_map(|service| {
            let base = service.base_path.as_ref().map_or("", |base| base.value.as_str());
            service.endpoints.iter().filter_map(move |endpoint| {
                let (method, path) = (endpoint.method.as_ref()?, endpoint.path.as_ref()?);
                let path = whole_path(base, &path.value);
                Some(Route {
                    service: service.name.value.clone(),
                    file: service.file.clone(),
                    span: endpoint.span,
                    endpoint: endpoint.name.value.clone(),
                    description: endpoint.description.clone(),
                    method: method.value,
                    segments: parts(&path).map(Segment::of).collect(),
                    path,
                    function: endpoint.to.as_ref().map(|to| to.value.clone()),
                })
            })
        });
        Self { routes: routes.collect() }
    }

    /// All routes, in the order of the files.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The endpoint for a method and the path of a request, still percent-encoded and without its query.
    /// Where several match, a fixed text beats a parameter at the first segment where they differ, and
    /// among equal routes the first one of the files wins.
    ///
    /// # Errors
    /// Why nothing matches, with the endpoints that nearly did.
    pub fn resolve(&self, method: &str, path: &str) -> Result<Matched<'_>, Unmatched> {
        let wanted: Vec<String> = parts(path).map(decoded).collect();
        let fitting: Vec<&Route> = self.routes.iter().filter(|route| route.fits(&wanted)).collect();
        let mut best: Option<&Route> = None;
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

    fn near(&self, method: &str, wanted: &[String]) -> Vec<NearMiss> {
        let mut near: Vec<(usize, &Route, String)> = self
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

fn other_method(route: &Route, method: &str) -> String {
    format!("method is {}, not {}", route.method.as_str(), crate::bundle::names::shown(method))
}

impl Route {
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
        let part = |part: &str| match path_parameter(part) {
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
        let shown = crate::bundle::names::shown;
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
        match path_parameter(text) {
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
            Self::Literal(text) => crate::bundle::names::shown(text),
            Self::Parameter(name) => format!("{{{}}}", crate::bundle::names::shown(name)),
        }
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// `text` with percent-encoded bytes resolved. What is no encoding stays as it is; bytes that are not
/// UTF-8 become the replacement character.
pub(super) fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = match (first, after) {
            (b'%', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high * 16 + low, after)),
            _ => None,
        };
        let (byte, after) = code.unwrap_or((*first, after));
        out.push(byte);
        rest = after;
    }
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// `text` with every byte percent-encoded that cannot stand in a path segment or a query value as it is.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Endpoint, Service, Spanned};

    fn spanned<T>(value: T) -> Spanned<T> {
        Spanned { value, span: Span::new(0, 0) }
    }

    fn router(base: &str, endpoints: &[(&str, Method, &str)]) -> Router {
        let endpoints = endpoints.iter().map(|(name, method, path)| Endpoint {
            name: spanned((*name).into()),
            method: Some(spanned(*method)),
            path: Some(spanned((*path).into())),
            to: Some(spanned(FunctionRef::parse("wasm:shop:call").unwrap())),
            description: None,
            span: Span::new(0, 0),
        });
        let service = Service {
            file: "services/shop.yaml".into(),
            name: spanned("shop".into()),
            description: None,
            version: None,
            base_path: Some(spanned(base.into())),
            endpoints: endpoints.collect(),
            intents: Vec::new(),
            goals: Vec::new(),
        };
        Router::of(&Bundle { services: vec![service], ..Bundle::default() })
    }

    fn name(router: &Router, method: &str, path: &str) -> Option<String> {
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
    fn encoding_and_decoding_are_inverse() {
        for text in ["", "a b", "ü/€?&=#%+", "\0\n", "%41"] {
            assert_eq!(decoded(&encoded(text)), text);
        }
    }

    #[test]
    fn templates_are_written_in_one_spelling() {
        let router = router("/a/:b", &[("x", Method::Get, "/{c}/"), ("y", Method::Get, "d")]);
        assert_eq!(router.routes()[0].template(), "/a/{b}/{c}");
        assert_eq!(router.routes()[1].path, "/a/:b/d");
        assert_eq!(router.routes()[0].parameter_names().collect::<Vec<_>>(), ["b", "c"]);
    }
}

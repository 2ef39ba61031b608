//! The routes of a bundle. Which of them answers a request is decided by [`super::http`].

use crate::bundle::{Bundle, Endpoint, FunctionRef, Service, Span, whole_path};

use super::http;

/// The routes of a bundle.
pub type Router = http::Router<Declared>;

/// An endpoint as requests see it, with what its file says of it.
pub type Route = http::Route<Declared>;

/// What the bundle says of an endpoint beside its route.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The service's file, relative to the bundle's root.
    pub file: String,
    /// The endpoint's entry in the file.
    pub span: Span,
    /// The endpoint's description.
    pub description: Option<String>,
    /// The function that answers; `None` where the file's reference could not be understood.
    pub function: Option<FunctionRef>,
}

impl Router {
    /// The routes of all endpoints whose method and path could be read, in the order of the files.
    pub fn of(bundle: &Bundle) -> Self {
        Self::new(bundle.services.iter().flat_map(routes).collect())
    }
}

/// The routes of a service, in the order of its file.
pub fn routes(service: &Service) -> Vec<Route> {
    let base = service.base_path.as_ref().map_or("", |base| base.value.as_str());
    let route = |endpoint: &Endpoint| {
        let (method, path) = (endpoint.method.as_ref()?, endpoint.path.as_ref()?);
        let declared = Declared {
            file: service.file.clone(),
            span: endpoint.span,
            description: endpoint.description.clone(),
            function: endpoint.to.as_ref().map(|to| to.value.clone()),
        };
        let (name, path) = (endpoint.name.value.clone(), whole_path(base, &path.value));
        Some(Route::new(service.name.value.clone(), name, method.value, path, declared))
    };
    service.endpoints.iter().filter_map(route).collect()
}

//! What the front of an exported service needs to know, as JSON within the component: its routes, what answers each,
//! and the input limit. The front is compiled from this file too, so that one form is written and read.

use serde::{Deserialize, Serialize};

use crate::bundle::method::Method;
use crate::platform::http::{Route, Router};

/// An exported service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The service's name.
    pub service: String,
    /// Largest body of a request and largest input of a function, in bytes.
    pub input: u64,
    /// The endpoints, in the order of the service's file.
    pub routes: Vec<Endpoint>,
}

/// An endpoint of an exported service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its name.
    pub endpoint: String,
    /// Its method.
    pub method: String,
    /// Its whole path template.
    pub path: String,
    /// What answers.
    pub to: To,
}

/// What answers an endpoint's requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum To {
    /// The function at this place of the module's exported functions.
    Function(u32),
    /// An error: nothing in the component can.
    Nothing {
        /// The error's code.
        code: String,
        /// Why, in words.
        message: String,
        /// What to do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<String>,
    },
}

impl Site {
    /// The router for its endpoints.
    ///
    /// # Errors
    /// Which endpoint has a method that is none.
    pub fn router(self) -> Result<Router<To>, String> {
        let service = self.service;
        let route = |Endpoint { endpoint, method, path, to }| {
            let method = Method::parse(&method).ok_or_else(|| format!("`{endpoint}` has the method `{method}`"))?;
            Ok(Route::new(service.clone(), endpoint, method, path, to))
        };
        self.routes.into_iter().map(route).collect::<Result<_, _>>().map(Router::new)
    }
}

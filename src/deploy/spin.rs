//! What Spin needs to run a bundle's services as one application: `spin.toml`, version 2 of its manifest
//! (spinframework.dev, "Spin Application Manifest Reference"), and for Kubernetes a `SpinApp` of the group
//! `core.spinkube.dev`, version `v1alpha1` (`config/crd` of the operator's repository).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::component::ServiceComponent;
use super::name;
use crate::bundle::path_parameter;

#[derive(Serialize)]
struct Manifest {
    spin_manifest_version: u8,
    application: Application,
    trigger: Triggers,
    component: BTreeMap<String, Component>,
}

#[derive(Serialize)]
struct Application {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Serialize)]
struct Triggers {
    http: Vec<Trigger>,
}

#[derive(Serialize)]
struct Trigger {
    route: String,
    component: String,
}

#[derive(Serialize)]
struct Component {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    allowed_outbound_hosts: Vec<String>,
}

/// The application's manifest as TOML, for services whose components lie beside it; each comes with its file's name.
///
/// # Errors
/// In words, when it cannot be written.
pub(super) fn manifest(
    bundle: &str,
    version: Option<&str>,
    description: Option<&str>,
    services: &[(&ServiceComponent, String)],
) -> Result<String, String> {
    let mut component = BTreeMap::new();
    let mut http = Vec::new();
    for ((service, file), routes) in services.iter().zip(routes(services)) {
        let id = name::kebab(&service.service);
        http.extend(routes.into_iter().map(|route| Trigger { route, component: id.clone() }));
        let (source, description) = (file.clone(), service.description.clone());
        let own = Component { source, description, allowed_outbound_hosts: Vec::new() };
        if component.insert(id.clone(), own).is_some() {
            return Err(format!("two components would be called {id}"));
        }
    }
    let application = Application {
        name: name::label(bundle),
        version: version.map(str::to_owned),
        description: description.map(str::to_owned),
    };
    let manifest = Manifest { spin_manifest_version: 2, application, trigger: Triggers { http }, component };
    toml::to_string(&manifest).map_err(|error| error.to_string())
}

/// The routes of each service: everything below its base path, or where it has none, or shares it, each of its
/// endpoints' paths. Spin takes every route once; the first service that has it keeps it.
fn routes(services: &[(&ServiceComponent, String)]) -> Vec<Vec<String>> {
    let bases: Vec<String> = services.iter().map(|(service, _)| route(&service.base_path)).collect();
    let mut taken = BTreeSet::new();
    let each = services.iter().zip(&bases).map(|((service, _), base)| {
        let is_own = base != "/" && bases.iter().filter(|other| *other == base).count() == 1;
        let wanted =
            if is_own { vec![format!("{base}/...")] } else { service.paths.iter().map(|path| route(path)).collect() };
        wanted.into_iter().filter(|route| taken.insert(route.clone())).collect()
    });
    each.collect()
}

/// A path template in Spin's spelling: `/users/:id`.
fn route(path: &str) -> String {
    let part = |part: &str| match path_parameter(part) {
        Some(name) => format!("/:{name}"),
        None => format!("/{part}"),
    };
    let route: String = path.split('/').filter(|part| !part.is_empty()).map(part).collect();
    if route.is_empty() { "/".into() } else { route }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpinApp {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
}

#[derive(Serialize)]
struct Spec {
    image: String,
    executor: &'static str,
    replicas: u32,
}

/// The application for SpinKube as YAML. `image` is what `spin registry push` makes of the folder.
///
/// # Errors
/// In words, when it cannot be written.
pub(super) fn app(bundle: &str, image: &str) -> Result<String, String> {
    let app = SpinApp {
        api_version: "core.spinkube.dev/v1alpha1",
        kind: "SpinApp",
        metadata: Metadata { name: name::label(bundle) },
        spec: Spec { image: image.to_owned(), executor: "containerd-shim-spin", replicas: 1 },
    };
    serde_yaml::to_string(&app).map_err(|error| error.to_string())
}

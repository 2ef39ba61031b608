//! The manifest with which wasmCloud's operator runs a service: a `WorkloadDeployment` of the group
//! `runtime.wasmcloud.dev`, version `v1alpha1` (wasmCloud 2; `runtime-operator/config/crd` of its repository).

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadDeployment {
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
    replicas: u32,
    template: Template,
}

#[derive(Serialize)]
struct Template {
    spec: Workload,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Workload {
    components: Vec<Component>,
    host_interfaces: Vec<HostInterface>,
}

#[derive(Serialize)]
struct Component {
    name: String,
    image: String,
}

#[derive(Serialize)]
struct HostInterface {
    namespace: &'static str,
    package: &'static str,
    interfaces: Vec<&'static str>,
    config: BTreeMap<&'static str, String>,
}

/// The manifest as YAML. `name` is a DNS label, `host` the name in requests by which wasmCloud finds the service.
///
/// # Errors
/// In words, when it cannot be written.
pub(super) fn manifest(name: &str, image: &str, host: &str) -> Result<String, String> {
    let deployment = WorkloadDeployment {
        api_version: "runtime.wasmcloud.dev/v1alpha1",
        kind: "WorkloadDeployment",
        metadata: Metadata { name: name.to_owned() },
        spec: Spec {
            replicas: 1,
            template: Template {
                spec: Workload {
                    components: vec![Component { name: name.to_owned(), image: image.to_owned() }],
                    host_interfaces: vec![HostInterface {
                        namespace: "wasi",
                        package: "http",
                        interfaces: vec!["incoming-handler"],
                        config: BTreeMap::from([("host", host.to_owned())]),
                    }],
                },
            },
        },
    };
    serde_yaml::to_string(&deployment).map_err(|error| error.to_string())
}

//! Puts a service's component together: the prebuilt front on the generated component of its module, and that on
//! the prebuilt host. The same module gives the same bytes every time. Never looks into a module.

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasmparser::{Validator, WasmFeatures};

/// Answers HTTP by the rules of requests. Its sources and how it is built: `assets/component`.
const FRONT: &[u8] = include_bytes!("../../../assets/component/front.wasm");
/// Gives a module log, time and random numbers by way of WASI.
const HOST: &[u8] = include_bytes!("../../../assets/component/host.wasm");

/// What the module's component asks of the host.
const HOST_INTERFACE: &str = "priostack:bundle/host@0.1.0";
/// What the front asks of the module's component.
const FUNCTIONS: &str = "priostack:bundle/functions@0.1.0";
/// What the whole offers begins with this; the version behind it is the front's.
const HANDLER: &str = "wasi:http/incoming-handler@";

/// Front, module's component and host as one component, validated.
///
/// # Errors
/// In words, when `user` is no component that fits between the two.
pub fn compose(user: &[u8]) -> Result<Vec<u8>, String> {
    let whole = plug(user).map_err(|error| format!("{error:#}"))?;
    Validator::new_with_features(features()).validate_all(&whole).map_err(|error| error.to_string())?;
    Ok(whole)
}

/// What engines with components run without being asked: WebAssembly 3.0, which module's components may use for
/// references, and the component model without its drafts.
fn features() -> WasmFeatures {
    WasmFeatures::WASM3 | WasmFeatures::COMPONENT_MODEL
}

fn plug(user: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let front = register(&mut graph, "priostack:front", FRONT)?;
    let user = register(&mut graph, "priostack:module", user)?;
    let module = graph.instantiate(user);
    if imports(&graph, user, HOST_INTERFACE) {
        let host = register(&mut graph, "priostack:host", HOST)?;
        let host = graph.instantiate(host);
        connect(&mut graph, host, module, HOST_INTERFACE)?;
    }
    let handler = graph.types()[graph[front].ty()].exports.keys().find(|name| name.starts_with(HANDLER)).cloned();
    let handler = handler.ok_or_else(|| anyhow::anyhow!("the front answers no requests"))?;
    let front = graph.instantiate(front);
    connect(&mut graph, module, front, FUNCTIONS)?;
    let handle = graph.alias_instance_export(front, &handler)?;
    graph.export(handle, &handler)?;
    Ok(graph.encode(EncodeOptions { define_components: true, validate: false, processor: None })?)
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> anyhow::Result<PackageId> {
    let package = Package::from_bytes(name, None, bytes.to_vec(), graph.types_mut())?;
    Ok(graph.register_package(package)?)
}

fn imports(graph: &CompositionGraph, package: PackageId, name: &str) -> bool {
    graph.types()[graph[package].ty()].imports.contains_key(name)
}

/// Satisfies the import `name` of the instance `to` with the export of the same name of `from`.
fn connect(graph: &mut CompositionGraph, from: NodeId, to: NodeId, name: &str) -> anyhow::Result<()> {
    let export = graph.alias_instance_export(from, name)?;
    Ok(graph.set_instantiation_argument(to, name, export)?)
}

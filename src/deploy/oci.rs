//! A component as an OCI image layout: a folder that registries' tools push as it is.
//!
//! The layout is that of the OCI image specification 1.1 (image-layout.md, manifest.md); config and layer are those of the
//! CNCF's Wasm OCI artifact (tag-runtime.cncf.io, "Wasm OCI Artifact layout"). Every time is the beginning of 1970, so that the
//! same component is the same image.

use std::collections::BTreeMap;

use super::component::ServiceComponent;
use super::component::interfaces::Interfaces;
use super::{name, report};
use serde::Serialize;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: &'static str,
    digest: String,
    size: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
    annotations: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    layer_digests: Vec<String>,
    component: Interfaces,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    image_layout_version: &'static str,
}

/// The files of the layout, by their paths in its folder.
///
/// # Errors
/// In words, where the bytes are no component.
pub(super) fn layout(service: &ServiceComponent, component: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let mut keep = |media_type, bytes: Vec<u8>| {
        let (hex, size) = (report::sha256(&bytes), bytes.len());
        files.insert(format!("blobs/sha256/{hex}"), bytes);
        Descriptor { media_type, digest: format!("sha256:{hex}"), size, annotations: BTreeMap::new() }
    };
    let layer = keep(LAYER, component.to_vec());
    let config = Config {
        created: "1970-01-01T00:00:00Z",
        architecture: "wasm",
        os: "wasip2",
        layer_digests: vec![layer.digest.clone()],
        component: Interfaces::of(component)?,
    };
    let config = keep(CONFIG, json(&config)?);
    let mut annotations = BTreeMap::from([("org.opencontainers.image.title", service.service.clone())]);
    annotations.extend(service.version.clone().map(|version| ("org.opencontainers.image.version", version)));
    annotations.extend(service.description.clone().map(|text| ("org.opencontainers.image.description", text)));
    let manifest = Manifest { schema_version: 2, media_type: MANIFEST, config, layers: vec![layer], annotations };
    let mut manifest = keep(MANIFEST, json(&manifest)?);
    manifest.annotations.insert("org.opencontainers.image.ref.name", name::tag(service.version.as_deref()));
    let index = Index { schema_version: 2, media_type: INDEX, manifests: vec![manifest] };
    files.insert("index.json".into(), json(&index)?);
    files.insert("oci-layout".into(), json(&Layout { image_layout_version: "1.0.0" })?);
    Ok(files)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| error.to_string())
}

//! What an export for other engines will write: every file with its contents, made without writing anything, so that
//! it can be looked at first. Writing it is one step: the folder is complete or not there.

mod record;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Bundle, Loaded, names};
use crate::platform::{Router, openapi};
use crate::sandbox::{Cancel, Limits, LoadError, Program};

use super::component::{self, ServiceComponent};
use super::{ExportError, archive, name, oci, spin, wasmcloud};

pub use record::{ComponentFacts, Record, ServiceRecord};

/// Where services are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// A component for each service, for any engine that runs `wasi:http`.
    #[default]
    Component,
    /// An OCI image layout for each service, for registries.
    Oci,
    /// The images and manifests for wasmCloud.
    WasmCloud,
    /// The components and manifests for Spin and SpinKube.
    Spin,
}

impl Target {
    /// All targets, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Component, Self::Oci, Self::WasmCloud, Self::Spin];

    /// The word for it on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Oci => "oci",
            Self::WasmCloud => "wasmcloud",
            Self::Spin => "spin",
        }
    }
}

/// How services are exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For whom.
    pub target: Target,
    /// Where images will be pushed, such as `ghcr.io/acme/shop`; nothing for a registry on this machine.
    pub registry: Option<String>,
    /// Largest body of a request, in bytes.
    pub input: u64,
}

impl Default for Settings {
    /// Components, a registry on this machine, the sandbox's own limit for inputs (8 MiB).
    fn default() -> Self {
        Self { target: Target::default(), registry: None, input: Limits::default().input }
    }
}

/// Everything that an export will write, and what it leaves out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For whom.
    pub target: Target,
    /// The files, sorted by path.
    pub files: Vec<Planned>,
    /// What is known of each service, and why things are left out.
    pub record: Record,
}

/// A file that will be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Planned {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Its text; nothing for components.
    pub fn text(&self) -> Option<&str> {
        if self.kind == FileKind::Component { None } else { std::str::from_utf8(&self.bytes).ok() }
    }
}

/// What a planned file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A component.
    Component,
    /// A part of an image beside its component: index, manifest, config.
    Image,
    /// What an engine or a cluster reads.
    Manifest,
    /// The description of the endpoints for clients.
    Description,
    /// What was exported and what was not.
    Report,
}

impl FileKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Image => "image",
            Self::Manifest => "manifest",
            Self::Description => "description",
            Self::Report => "report",
        }
    }
}

/// What would be written. `load` is asked for the program of each service in the bundle's order; who wants to tell
/// of progress can do so there.
///
/// # Errors
/// When the registry is none, the bundle has errors, a file cannot be read, parts do not fit, two services would have one name, or the user
/// ended it. Services that cannot be exported are no error: the plan says why.
pub fn plan(
    loaded: &Loaded,
    settings: &Settings,
    mut load: impl FnMut(&str) -> Result<std::sync::Arc<Program>, LoadError>,
    cancel: &Cancel,
) -> Result<Plan, ExportError> {
    if let Some(registry) = settings.registry.as_deref().filter(|registry| !name::is_registry(registry)) {
        return Err(ExportError::Registry(names::shown(registry)));
    }
    let (contents, bundle) = archive::gather(loaded)?;
    let mut services = Vec::new();
    for service in &bundle.services {
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        let own = &service.name.value;
        let program = load(own);
        let module = bundle.module_of(own).and_then(|module| contents.get(&module.file)).map_or(&[][..], Vec::as_slice);
        let program = program.as_ref().map(|program| &**program);
        let made = component::component(service, program, module, settings.input);
        let mut made = made.map_err(|reason| ExportError::Component { service: own.clone(), reason })?;
        // An image has a version: that of the bundle where the service says none.
        made.version = made.version.or_else(|| bundle.manifest.version.as_ref().map(|version| version.value.clone()));
        services.push(made);
    }
    let mut files = Files::default();
    add_services(&mut files, &bundle, settings, &services)?;
    if services.iter().any(|service| service.component.is_ok()) {
        let openapi = openapi::document(&bundle, &Router::of(&bundle));
        files.add("openapi.json", FileKind::Description, format!("{openapi:#}\n"))?;
    }
    let record = Record::of(&bundle, settings, &services, &files.0)?;
    files.add("report.json", FileKind::Report, record.json()?)?;
    files.add("report.txt", FileKind::Report, record.words())?;
    let files = files.0.into_iter().map(|(path, (kind, bytes))| Planned { path, kind, bytes }).collect();
    Ok(Plan { target: settings.target, files, record })
}

/// The files so far, by path.
#[derive(Default)]
struct Files(BTreeMap<String, (FileKind, Vec<u8>)>);

impl Files {
    fn add(&mut self, path: impl Into<String>, kind: FileKind, bytes: impl Into<Vec<u8>>) -> Result<(), ExportError> {
        let path = path.into();
        match self.0.insert(path.clone(), (kind, bytes.into())) {
            None => Ok(()),
            Some(_) => Err(ExportError::Name { name: path }),
        }
    }
}

/// The image of a service, as a registry will know it.
fn image(bundle: &Bundle, settings: &Settings, service: &ServiceComponent) -> String {
    let registry = registry(bundle, settings);
    format!("{registry}/{}:{}", name::label(&service.service), name::tag(service.version.as_deref()))
}

fn registry(bundle: &Bundle, settings: &Settings) -> String {
    match &settings.registry {
        Some(registry) => registry.trim_end_matches('/').to_owned(),
        None => format!("localhost:5000/{}", name::label(&bundle.display_name())),
    }
}

fn add_services(
    files: &mut Files,
    bundle: &Bundle,
    settings: &Settings,
    services: &[ServiceComponent],
) -> Result<(), ExportError> {
    let mut labels = BTreeSet::new();
    let mut components = Vec::new();
    for service in services {
        let Ok(component) = &service.component else { continue };
        let label = name::label(&service.service);
        if !labels.insert(label.clone()) {
            return Err(ExportError::Name { name: label });
        }
        let failed = |reason| ExportError::Component { service: service.service.clone(), reason };
        match settings.target {
            Target::Component | Target::Spin => {
                let file = format!("{label}.wasm");
                files.add(&*file, FileKind::Component, component.bytes.clone())?;
                components.push((service, file));
            }
            Target::Oci | Target::WasmCloud => {
                for (path, bytes) in oci::layout(service, &component.bytes).map_err(failed)? {
                    let kind = if bytes == component.bytes { FileKind::Component } else { FileKind::Image };
                    files.add(format!("{label}/{path}"), kind, bytes)?;
                }
            }
        }
        if settings.target == Target::WasmCloud {
            let (image, host) = (image(bundle, settings, service), format!("{label}.localhost"));
            let manifest = wasmcloud::manifest(&label, &image, &host).map_err(failed)?;
            files.add(format!("{label}.yaml"), FileKind::Manifest, manifest)?;
        }
    }
    if settings.target == Target::Spin && !components.is_empty() {
        add_spin(files, bundle, settings, &components)?;
    }
    Ok(())
}

fn add_spin(
    files: &mut Files,
    bundle: &Bundle,
    settings: &Settings,
    components: &[(&ServiceComponent, String)],
) -> Result<(), ExportError> {
    let name = bundle.display_name();
    let failed = |reason| ExportError::Component { service: name.clone(), reason };
    let version = bundle.manifest.version.as_ref().map(|version| version.value.as_str());
    let description = bundle.manifest.description.as_deref();
    let manifest = spin::manifest(&name, version, description, components).map_err(failed)?;
    files.add("spin.toml", FileKind::Manifest, manifest)?;
    let image = format!("{}:{}", registry(bundle, settings), name::tag(version));
    files.add("spinapp.yaml", FileKind::Manifest, spin::app(&name, &image).map_err(failed)?)
}

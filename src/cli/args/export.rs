//! Arguments of `export` and `verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Format, LimitArgs};
use crate::deploy::{Layout, Target};

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The bundle's folder
    pub bundle: PathBuf,
    /// What to write: the ZIP, or the folder for other engines
    #[arg(long, short)]
    pub output: PathBuf,
    /// For whom: the platform's ZIP, or other engines, which get a component for each service
    #[arg(long, value_enum, default_value_t)]
    pub to: ExportTarget,
    /// Where the archive has the service files [only for zip]
    #[arg(long, value_enum)]
    pub layout: Option<ExportLayout>,
    /// Signs the digests of the archive's files with this Ed25519 private key (PEM) [only for zip]
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// Runs saved cases of each function again (5 at most, a minute in all) and notes in the report whether it gives
    /// the same answer [only for zip]
    #[arg(long)]
    pub determinism: bool,
    /// Where the images will be pushed, such as ghcr.io/acme/shop [only for wasmcloud and spin]
    #[arg(long)]
    pub registry: Option<String>,
    /// Only say what would be written [not for zip]
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// For whom a bundle is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportTarget {
    /// The platform: one archive
    #[default]
    Zip,
    /// Any engine with wasi:http, such as wasmtime serve and jco serve: NAME.wasm for each service
    Component,
    /// Registries: an OCI image layout for each service
    Oci,
    /// wasmCloud: images, and a WorkloadDeployment for each service
    Wasmcloud,
    /// Spin and SpinKube: components, spin.toml and a SpinApp
    Spin,
}

impl ExportTarget {
    /// For which engines; nothing for the archive.
    pub fn engines(self) -> Option<Target> {
        match self {
            Self::Zip => None,
            Self::Component => Some(Target::Component),
            Self::Oci => Some(Target::Oci),
            Self::Wasmcloud => Some(Target::WasmCloud),
            Self::Spin => Some(Target::Spin),
        }
    }
}

impl ExportArgs {
    /// Which option was given that means nothing for this target.
    pub fn misplaced(&self) -> Option<&'static str> {
        let (zip, images) = (self.to == ExportTarget::Zip, [ExportTarget::Wasmcloud, ExportTarget::Spin]);
        match self {
            Self { layout: Some(_), .. } if !zip => Some("--layout is only for --to zip"),
            Self { key: Some(_), .. } if !zip => Some("--key is only for --to zip"),
            Self { determinism: true, .. } if !zip => Some("--determinism is only for --to zip"),
            Self { registry: Some(_), to, .. } if !images.contains(to) => {
                Some("--registry is only for --to wasmcloud and --to spin")
            }
            Self { dry_run: true, .. } if zip => Some("--dry-run is not for --to zip"),
            Self { limits: LimitArgs { timeout: Some(_), .. } | LimitArgs { memory: Some(_), .. }, .. } if !zip => {
                Some("--timeout and --memory are only for --to zip: other engines have limits of their own")
            }
            _ => None,
        }
    }
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The ZIP
    pub archive: PathBuf,
    /// The Ed25519 key (PEM) that the digests are to be signed with
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The layouts of an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportLayout {
    /// Where the bundle has them
    #[default]
    AsIs,
    /// services/user-service.yaml
    Flat,
    /// user-service/user-service.yaml
    Folder,
}

impl From<ExportLayout> for Layout {
    fn from(layout: ExportLayout) -> Self {
        match layout {
            ExportLayout::AsIs => Self::AsItIs,
            ExportLayout::Flat => Self::Flat,
            ExportLayout::Folder => Self::Folder,
        }
    }
}

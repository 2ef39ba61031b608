//! Taking a checked bundle elsewhere, and taking in what others packed.

pub mod archive;
pub mod beside;
pub mod component;
pub mod entry_name;
mod evidence;
pub mod layout;
mod name;
mod oci;
pub mod plan;
pub mod report;
pub mod sign;
mod spin;
pub mod unpack;
pub mod verify;
mod wasmcloud;

pub use archive::{ExportError, Exported, Options, Packed, Preview, Watch, export, pack, preview};
pub use beside::Beside;
pub use layout::Layout;
pub use plan::{FileKind, Plan, Planned, Settings, Target, plan};
pub use report::{Evidence, FileFacts, GoalFinding, Report};
pub use sign::{KeyError, PrivateKey, PublicKey, create_keys};
pub use unpack::{Caps, UnpackError, Unpacked, extract, is_named_zip, is_zip, unpack};
pub use verify::{Check, CheckVerdict, Verified, verify};

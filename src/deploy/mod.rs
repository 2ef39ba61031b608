//! Taking a checked bundle elsewhere, and taking in what others packed.

pub mod archive;
pub mod entry_name;
pub mod layout;
pub mod unpack;

pub use archive::{ExportError, Exported, export, pack};
pub use layout::Layout;
pub use unpack::{Caps, UnpackError, Unpacked, unpack};

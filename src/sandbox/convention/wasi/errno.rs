//! WASI's error numbers, and what can become of a call: such a number, or the end of the invocation.

/// An error number of the interface. The numbers are the same in both versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Errno(pub(super) i32);

impl Errno {
    pub(super) const SUCCESS: Self = Self(0);
    /// Not an open descriptor.
    pub(super) const BADF: Self = Self(8);
    /// A pointer that leads out of memory.
    pub(super) const FAULT: Self = Self(21);
    pub(super) const INVAL: Self = Self(28);
    /// A device fails.
    pub(super) const IO: Self = Self(29);
    /// A function that is not there.
    pub(super) const NOSYS: Self = Self(52);
    pub(super) const NOTDIR: Self = Self(54);
    pub(super) const NOTSOCK: Self = Self(57);
    pub(super) const NOTSUP: Self = Self(58);
    /// A stream has no positions.
    pub(super) const SPIPE: Self = Self(70);
}

/// Why a call does not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The guest is told.
    Errno(Errno),
    /// The invocation ends.
    Stop(wasmtime::Error),
}

pub(super) type Result<T> = std::result::Result<T, Failure>;

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

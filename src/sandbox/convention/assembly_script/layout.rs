//! The ids by which a module's runtime tells its classes apart. They lie in static data that the
//! module points at with `__rtti_base`, in a layout that changed twice.

use super::super::code::Binary;

/// Flags of a class without references to other objects.
const POINTER_FREE: u32 = 0x20;
/// Flags of `Uint8Array`: a view of elements of one byte.
const UINT8_ARRAY: u32 = 0x41;
/// Flags of `StaticArray<u8>`: a static array, free of pointers, of elements of one byte.
const STATIC_ARRAY_U8: u32 = 0x64;
/// Most classes of a module.
const MAX_CLASSES: u32 = 1 << 16;

/// The ids of the classes that can carry JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) array_buffer: u32,
    pub(super) string: u32,
    /// Only modules that use the class have it.
    pub(super) uint8_array: Option<u32>,
    pub(super) static_array: Option<u32>,
    /// How many classes there are.
    pub(super) classes: u32,
    /// The compilers that lay their classes out so.
    pub(super) generation: &'static str,
}

impl Layout {
    /// Reads the table of classes.
    pub(super) fn read(binary: &Binary) -> Option<Self> {
        let base = binary.constant("__rtti_base")?;
        let classes = binary.word(base);
        if classes == 0 || classes > MAX_CLASSES {
            return None;
        }
        let word = |at: u32| binary.word(base.wrapping_add(4).wrapping_add(at * 4));
        let pairs = [word(0), word(1), word(2), word(3)] == [POINTER_FREE, 0, POINTER_FREE, 0];
        // The class with id 2 is the view, which has no flags, or else the string.
        let (generation, stride, array_buffer) = if pairs {
            ("0.19 to 0.22", 2, 0)
        } else if word(2) == 0 {
            ("0.23", 1, 0)
        } else {
            ("0.24 and later", 1, 1)
        };
        let find = |flags: u32| (0..classes).find(|id| word(id * stride) == flags);
        Some(Self {
            array_buffer,
            string: array_buffer + 1,
            uint8_array: find(UINT8_ARRAY),
            static_array: find(STATIC_ARRAY_U8),
            classes,
            generation,
        })
    }
}

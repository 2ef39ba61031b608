//! The ids by which a module's runtime tells its classes apart. They lie in static data that the
//! module points at with `__rtti_base`, in a layout that changed twice.

use super::super::code::Binary;

/// Flags of a class without references to other objects.
const POINTER_FREE: u32 = 0x20;
/// Flags of `Uint8Array`: a view of elements of one byte.
const UINT8_ARRAY: u32 = 0x41;
/// Flags of `StaticArray<u8>`: a static array, free of pointers, of elements of one byte.
const STATIC_ARRAY_U8: u32 = 0x64;
/// An id that stands for a view's, where nobody knows it and nobody asks for it.
const UNKNOWN_VIEW: u32 = 0x7fff;
/// Addresses at which objects begin.
const OBJECT_ALIGNMENT: u32 = 16;
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
    /// Whether this was read from the module's texts, as it has no table of classes: the ids of arrays
    /// are not known then.
    pub(super) guessed: bool,
    /// The compilers that lay their classes out so.
    pub(super) generation: &'static str,
}

impl Layout {
    /// Reads what the headers of the module's texts tell, which are objects in static data too.
    pub(super) fn guess(binary: &Binary) -> Self {
        let newer = Self {
            array_buffer: 1,
            string: 2,
            uint8_array: Some(UNKNOWN_VIEW),
            static_array: Some(1),
            classes: MAX_CLASSES,
            guessed: true,
            generation: "0.24 and later",
        };
        let older = Self { array_buffer: 0, string: 1, static_array: Some(0), generation: "0.19 to 0.23", ..newer };
        match binary.static_addresses(OBJECT_ALIGNMENT).find_map(|at| class_of_text(binary, at)) {
            Some(1) => older,
            _ => newer,
        }
    }

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
            guessed: false,
            generation,
        })
    }
}

/// The id in the header before `at`, if a text of letters lies there: size of the block, nothing for
/// the collector, id, size of the content.
fn class_of_text(binary: &Binary, at: u32) -> Option<u32> {
    let [block, first, second, id, size] = [20, 16, 12, 8, 4].map(|before| binary.word(at.wrapping_sub(before)));
    let fits = size >= 4 && size.is_multiple_of(2) && u64::from(size) + 16 <= u64::from(block) && block <= size + 48;
    let ascii = binary.word(at) & 0xff80_ff80 == 0 && binary.word(at) != 0;
    (first == 0 && second == 0 && fits && ascii && matches!(id, 1 | 2)).then_some(id)
}

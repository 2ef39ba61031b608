//! The way to the module: its memory and its exports. The exporter generates the functions that are imported here;
//! they are the only ones that see two memories.

use super::answer::Stop;
use super::config::{SLOTS, Type};
use super::glue;

#[link(wasm_import_module = "bridge")]
unsafe extern "C" {
    /// Copies from the module's memory.
    #[link_name = "read"]
    fn bridge_read(target: *mut u8, source: u32, length: usize);
    /// Copies to the module's memory.
    #[link_name = "write"]
    fn bridge_write(target: u32, source: *const u8, length: usize);
    /// Pages of the module's memory.
    #[link_name = "size"]
    fn bridge_size() -> u32;
    /// Adds pages to the module's memory, and tells how many there were, or -1.
    #[link_name = "grow"]
    fn bridge_grow(pages: u32) -> u32;
    /// Calls an entry with the arguments in the slots, and leaves the results there.
    #[link_name = "invoke"]
    fn bridge_invoke(entry: u32);
}

/// Bytes of a page.
pub const PAGE: u32 = 64 << 10;

/// Where arguments and results cross.
#[unsafe(export_name = "slots")]
static mut CROSSING: [u64; SLOTS] = [0; SLOTS];

/// A value that crosses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Val {
    I32(u32),
    I64(u64),
    F32(f32),
    F64(f64),
    /// The number of a JavaScript value.
    Reference(u32),
}

impl Val {
    fn bits(self) -> u64 {
        match self {
            Self::I32(word) | Self::Reference(word) => word.into(),
            Self::I64(long) => long,
            Self::F32(number) => number.to_bits().into(),
            Self::F64(number) => number.to_bits(),
        }
    }

    fn of(ty: Type, bits: u64) -> Self {
        match ty {
            Type::I32 => Self::I32(bits as u32),
            Type::I64 => Self::I64(bits),
            Type::F32 => Self::F32(f32::from_bits(bits as u32)),
            Type::F64 => Self::F64(f64::from_bits(bits)),
            Type::Reference => Self::Reference(bits as u32),
        }
    }

    /// The number, if it has 32 bits.
    pub fn word(self) -> Option<u32> {
        if let Self::I32(word) = self { Some(word) } else { None }
    }
}

/// Leaves values in the slots.
pub fn put(values: &[Val]) {
    for (at, value) in values.iter().take(SLOTS).enumerate() {
        // SAFETY: within the slots, which only one thread ever uses.
        unsafe { (&raw mut CROSSING).cast::<u64>().add(at).write(value.bits()) };
    }
}

/// Takes values of these types out of the slots.
pub fn take(types: &[Type]) -> Vec<Val> {
    let slot = |(at, ty): (usize, &Type)| {
        // SAFETY: within the slots, which only one thread ever uses.
        Val::of(*ty, unsafe { (&raw const CROSSING).cast::<u64>().add(at).read() })
    };
    types.iter().take(SLOTS).enumerate().map(slot).collect()
}

/// Whether the module has this entry.
pub fn has(name: &str) -> bool {
    glue().is_ok_and(|glue| glue.config.entries.iter().any(|entry| entry.name == name))
}

/// Calls an entry of the module and gives its results.
pub fn call(name: &str, arguments: &[Val]) -> Result<Vec<Val>, Stop> {
    let entries = &glue()?.config.entries;
    let at = entries.iter().position(|entry| entry.name == name);
    let Some((at, entry)) = at.and_then(|at| Some((at, entries.get(at)?))) else {
        return Err(Stop::convention(format!("The module has no `{name}`")));
    };
    enter(at as u32, arguments, &entry.results)
}

/// Calls the entry with this number.
pub fn enter(entry: u32, arguments: &[Val], results: &[Type]) -> Result<Vec<Val>, Stop> {
    put(arguments);
    // SAFETY: the exporter's functions check what they are told, and trap.
    unsafe { bridge_invoke(entry) };
    Ok(take(results))
}

/// The same for numbers of 32 bits; without a result it gives 0.
pub fn call_words(name: &str, arguments: &[u32]) -> Result<u32, Stop> {
    let mut values = [Val::I32(0); 4];
    values.iter_mut().zip(arguments).for_each(|(value, word)| *value = Val::I32(*word));
    let results = call(name, values.get(..arguments.len()).unwrap_or_default())?;
    Ok(results.first().copied().and_then(Val::word).unwrap_or(0))
}

/// Bytes of the module's memory.
pub fn size() -> u64 {
    // SAFETY: has no conditions.
    u64::from(unsafe { bridge_size() }) * u64::from(PAGE)
}

/// Adds pages, and tells where they begin.
pub fn grow(pages: u32) -> Option<u32> {
    // SAFETY: has no conditions.
    let before = unsafe { bridge_grow(pages) };
    if before == u32::MAX { None } else { before.checked_mul(PAGE) }
}

/// Whether these bytes lie within memory.
///
/// # Errors
/// When they do not.
pub fn check(start: u32, length: u32) -> Result<(), Stop> {
    if !super::is_ready() {
        return Err(Stop::convention("The module hands over memory before it has started"));
    }
    let size = size();
    if u64::from(start) + u64::from(length) <= size {
        return Ok(());
    }
    Err(Stop::convention(format!(
        "The module names {length} bytes at address {start}, outside of its memory of {size} bytes"
    )))
}

/// Copies bytes of the module.
pub fn read(start: u32, length: u32) -> Result<Vec<u8>, Stop> {
    check(start, length)?;
    let mut bytes = Vec::with_capacity(length as usize);
    // SAFETY: there is room for them, and then they are there.
    unsafe {
        bridge_read(bytes.as_mut_ptr(), start, length as usize);
        bytes.set_len(length as usize);
    }
    Ok(bytes)
}

/// Copies bytes to the module.
pub fn write(start: u32, bytes: &[u8]) -> Result<(), Stop> {
    check(start, length(bytes)?)?;
    // SAFETY: reads what the slice has.
    unsafe { bridge_write(start, bytes.as_ptr(), bytes.len()) };
    Ok(())
}

/// The little-endian word at this address.
pub fn word(at: u32) -> Result<u32, Stop> {
    check(at, 4)?;
    let mut bytes = [0; 4];
    // SAFETY: there is room for four bytes.
    unsafe { bridge_read(bytes.as_mut_ptr(), at, 4) };
    Ok(u32::from_le_bytes(bytes))
}

/// Writes words, one behind the other.
pub fn write_words(at: u32, words: &[u32]) -> Result<(), Stop> {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    write(at, &bytes)
}

/// How many bytes these are, as the module counts.
pub fn length(bytes: &[u8]) -> Result<u32, Stop> {
    u32::try_from(bytes.len()).map_err(|_| Stop::convention("More bytes than a guest can hold"))
}

/// Text of the module up to the zero that ends it.
///
/// # Errors
/// When it does not end within `most` bytes or within memory.
pub fn text(start: u32, most: u32) -> Result<Vec<u8>, Stop> {
    const PIECE: u32 = 4096;
    check(start, 1)?;
    let mut text = Vec::new();
    let end = (u64::from(start) + u64::from(most)).min(size());
    let mut at = start;
    while u64::from(at) < end {
        let piece = read(at, PIECE.min((end - u64::from(at)) as u32))?;
        match piece.iter().position(|byte| *byte == 0) {
            Some(length) => {
                text.extend_from_slice(piece.get(..length).unwrap_or_default());
                return Ok(text);
            }
            None => text.extend_from_slice(&piece),
        }
        at = at.saturating_add(PIECE);
    }
    if text.len() as u64 == u64::from(most) {
        return Ok(text);
    }
    Err(Stop::convention("The text that the function returned does not end within memory"))
}

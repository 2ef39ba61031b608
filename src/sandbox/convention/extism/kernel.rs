//! The memory that an Extism host shares with a plug-in: blocks at 64-bit addresses, taken and freed by
//! the plug-in, with its input, its output and its variables in them. Every address is checked; what
//! it takes counts against the invocation's limit of memory.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::fault::Stop;

/// Address of the first block: lower ones are mistakes, most of all 0.
const BASE: u64 = 64 << 10;
/// Blocks begin at multiples of this.
const ALIGNMENT: u64 = 16;
/// What the host keeps for a block besides its bytes.
const BLOCK_COST: u64 = 128;
/// Bytes of memory that variables take at most, names included: the bound of Extism's own hosts.
const MAX_VARIABLES: u64 = 1 << 20;

/// Blocks, and what of them is input and output.
#[derive(Default)]
pub(super) struct Kernel {
    /// What lies at [`BASE`] and above.
    bytes: Vec<u8>,
    /// Live blocks by address.
    blocks: BTreeMap<u64, Block>,
    /// Freed blocks, by the bytes that they have room for.
    free: BTreeSet<(u64, u64)>,
    pub(super) input: Span,
    pub(super) output: Span,
    /// The block that tells what went wrong; 0 if nothing did.
    pub(super) error: u64,
    variables: BTreeMap<Vec<u8>, Vec<u8>>,
    variable_bytes: u64,
}

struct Block {
    length: u64,
    /// What it has room for.
    capacity: u64,
}

/// Bytes from an address on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) address: u64,
    pub(super) length: u64,
}

/// Asks for that many more bytes of the host's memory.
pub(super) type Grow<'a> = &'a mut dyn FnMut(u64) -> wasmtime::Result<()>;

impl Kernel {
    /// Takes a block; an empty one has the address 0.
    ///
    /// # Errors
    /// When `grow` grants no more memory.
    pub(super) fn alloc(&mut self, length: u64, grow: Grow<'_>) -> wasmtime::Result<u64> {
        if length == 0 {
            return Ok(0);
        }
        let fitting = self.free.range((length, 0)..).next().copied();
        // A block much too large is left to who needs it.
        if let Some((capacity, address)) = fitting.filter(|(capacity, _)| *capacity / 4 <= length.max(256)) {
            self.free.remove(&(capacity, address));
            self.blocks.insert(address, Block { length, capacity });
            return Ok(address);
        }
        let capacity = length
            .checked_next_multiple_of(ALIGNMENT)
            .filter(|capacity| usize::try_from(*capacity).is_ok())
            .ok_or_else(|| Stop::MemoryLimit(format!("The plug-in asked for a block of {length} bytes")))?;
        grow(capacity.saturating_add(BLOCK_COST))?;
        let at = self.bytes.len();
        let address = BASE + at as u64;
        self.bytes.resize(at.saturating_add(capacity as usize), 0);
        self.blocks.insert(address, Block { length, capacity });
        Ok(address)
    }

    /// Takes a block with these bytes in it.
    ///
    /// # Errors
    /// As [`Kernel::alloc`].
    pub(super) fn alloc_bytes(&mut self, bytes: &[u8], grow: Grow<'_>) -> wasmtime::Result<u64> {
        let address = self.alloc(bytes.len() as u64, grow)?;
        if !bytes.is_empty() {
            self.slice_mut(address, bytes.len() as u64)?.copy_from_slice(bytes);
        }
        Ok(address)
    }

    /// Frees a block; the address of none is ignored, as Extism does.
    pub(super) fn free(&mut self, address: u64) {
        if let Some(block) = self.blocks.remove(&address) {
            self.free.insert((block.capacity, address));
        }
    }

    /// The length of the block at this address, 0 where none begins.
    pub(super) fn length(&self, address: u64) -> u64 {
        self.blocks.get(&address).map_or(0, |block| block.length)
    }

    /// `length` bytes at `address`.
    ///
    /// # Errors
    /// When they are not all in this memory.
    pub(super) fn slice(&self, address: u64, length: u64) -> wasmtime::Result<&[u8]> {
        if length == 0 {
            return Ok(&[]);
        }
        range(address, length).and_then(|range| self.bytes.get(range)).ok_or_else(|| outside(address, length))
    }

    /// `length` bytes at `address`, to write to.
    ///
    /// # Errors
    /// As [`Kernel::slice`].
    pub(super) fn slice_mut(&mut self, address: u64, length: u64) -> wasmtime::Result<&mut [u8]> {
        range(address, length).and_then(|range| self.bytes.get_mut(range)).ok_or_else(|| outside(address, length))
    }

    /// The bytes of the block at this address; of none where `address` is 0.
    ///
    /// # Errors
    /// When no block begins there.
    pub(super) fn block(&self, address: u64) -> wasmtime::Result<&[u8]> {
        if address == 0 {
            return Ok(&[]);
        }
        match self.blocks.get(&address) {
            Some(block) => self.slice(address, block.length),
            None => Err(Stop::convention(format!("The plug-in names the address {address}, where no block begins"))),
        }
    }

    /// `length` bytes of the input from `at` on.
    ///
    /// # Errors
    /// When the input does not have them.
    pub(super) fn input_slice(&self, at: u64, length: u64) -> wasmtime::Result<&[u8]> {
        if at.checked_add(length).is_none_or(|end| end > self.input.length) {
            let has = self.input.length;
            return Err(Stop::convention(format!(
                "The plug-in reads {length} bytes at {at} of an input of {has} bytes"
            )));
        }
        self.slice(self.input.address.saturating_add(at), length)
    }

    /// A variable's value.
    pub(super) fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.variables.get(name).map(Vec::as_slice)
    }

    /// Sets a variable, or removes it where there is no value.
    ///
    /// # Errors
    /// When the variables become too large.
    pub(super) fn set_variable(&mut self, name: Vec<u8>, value: Option<Vec<u8>>) -> wasmtime::Result<()> {
        let cost = |name: &[u8], value: &[u8]| (name.len() + value.len()) as u64 + BLOCK_COST;
        if let Some(before) = self.variables.remove(&name) {
            self.variable_bytes = self.variable_bytes.saturating_sub(cost(&name, &before));
        }
        let Some(value) = value else { return Ok(()) };
        let bytes = self.variable_bytes.saturating_add(cost(&name, &value));
        if bytes > MAX_VARIABLES {
            return Err(
                Stop::MemoryLimit(format!("The plug-in's variables take more than {MAX_VARIABLES} bytes")).into()
            );
        }
        self.variable_bytes = bytes;
        self.variables.insert(name, value);
        Ok(())
    }

    /// Frees all blocks; variables stay.
    pub(super) fn reset(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        self.free.extend(blocks.iter().map(|(address, block)| (block.capacity, *address)));
        (self.input, self.output, self.error) = (Span::default(), Span::default(), 0);
    }
}

fn range(address: u64, length: u64) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(address.checked_sub(BASE)?).ok()?;
    Some(start..start.checked_add(usize::try_from(length).ok()?)?)
}

fn outside(address: u64, length: u64) -> wasmtime::Error {
    Stop::convention(format!(
        "The plug-in names {length} bytes at address {address}, outside of the memory that it shares"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(_: u64) -> wasmtime::Result<()> {
        Ok(())
    }

    #[test]
    fn blocks_do_not_overlap_and_freed_ones_are_used_again() {
        let mut kernel = Kernel::default();
        let one = kernel.alloc_bytes(b"one", &mut granted).unwrap();
        let other = kernel.alloc_bytes(b"other", &mut granted).unwrap();
        assert_eq!((kernel.block(one).unwrap(), kernel.block(other).unwrap()), (&b"one"[..], &b"other"[..]));
        kernel.free(one);
        assert_eq!(kernel.length(one), 0);
        assert_eq!(kernel.alloc(16, &mut granted).unwrap(), one);
        assert_ne!(kernel.alloc(1, &mut granted).unwrap(), one);
    }

    #[test]
    fn addresses_outside_are_refused() {
        let mut kernel = Kernel::default();
        let block = kernel.alloc(32, &mut granted).unwrap();
        assert!(kernel.slice(block, 32).is_ok());
        for (address, length) in [(block, 33), (block + 32, 1), (0, 1), (BASE - 1, 1), (u64::MAX, 1), (block, u64::MAX)]
        {
            assert!(kernel.slice(address, length).is_err(), "{address} {length}");
            assert!(kernel.slice_mut(address, length).is_err(), "{address} {length}");
        }
        assert!(kernel.block(block + 1).is_err());
        assert!(kernel.slice(u64::MAX, 0).is_ok());
    }

    #[test]
    fn memory_that_is_not_granted_is_not_taken() {
        let mut kernel = Kernel::default();
        let mut refuse = |_| Err(Stop::MemoryLimit(String::new()).into());
        assert!(kernel.alloc(1, &mut refuse).is_err());
        assert!(kernel.alloc(u64::MAX, &mut granted).is_err());
        assert!(kernel.bytes.is_empty() && kernel.blocks.is_empty());
    }

    #[test]
    fn variables_are_bounded() {
        let mut kernel = Kernel::default();
        kernel.set_variable(b"a".to_vec(), Some(vec![1; 1 << 19])).unwrap();
        assert!(kernel.set_variable(b"b".to_vec(), Some(vec![1; 1 << 19])).is_err());
        kernel.set_variable(b"a".to_vec(), None).unwrap();
        kernel.set_variable(b"b".to_vec(), Some(vec![1; 1 << 19])).unwrap();
        assert_eq!(kernel.variable(b"a"), None);
    }

    #[test]
    fn only_the_input_is_read_as_such() {
        let mut kernel = Kernel::default();
        let address = kernel.alloc_bytes(b"input", &mut granted).unwrap();
        kernel.input = Span { address, length: 5 };
        assert_eq!(kernel.input_slice(1, 4).unwrap(), b"nput");
        assert!(kernel.input_slice(1, 5).is_err());
        assert!(kernel.input_slice(u64::MAX, 2).is_err());
    }
}

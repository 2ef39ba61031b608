//! Fresh random numbers for copies of a booted program: Go's runtime seeds its generator when it
//! starts, and copies would all draw the same numbers. The generator is found in memory by what only
//! it can be, and every copy gets a seed of its own.
//!
//! Sources: `internal/chacha8rand` (Go 1.22 and later) and `runtime.fastrand` in `runtime/stubs.go` (before).

use serde::{Deserialize, Serialize};

use crate::sandbox::fault::Stop;
use crate::sandbox::outside::Outside;

/// Size of `chacha8rand.State`: 32 words of 64 bits of output, 4 of seed, then i, n and c of 32 bits.
const CHACHA_STATE: usize = 304;
const CHACHA_SEED: usize = 256;
const CHACHA_COUNTERS: usize = 288;
/// Memory in which the older generator is looked for: the runtime's own data lie lowest.
const LOW_MEMORY: usize = 4 << 20;
/// Steps that the older generator has taken at most between two looks at it.
const MOST_STEPS: u32 = 4096;
/// Smallest state word of the older generator that is told from an ordinary small number.
const SMALLEST_WORD: u32 = 1 << 12;

/// A generator of the runtime, by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Generator {
    ChaCha8(u32),
    Xorshift(u32),
}

/// The memory in which the older generator lies, for a second look.
pub(super) fn low_memory(memory: &[u8]) -> Vec<u8> {
    memory.get(..LOW_MEMORY.min(memory.len())).unwrap_or_default().to_vec()
}

/// The generators of the runtime; `early` is the low memory from while it booted.
pub(super) fn find(early: &[u8], memory: &[u8]) -> Vec<Generator> {
    let newer: Vec<Generator> = aligned(memory, CHACHA_STATE)
        .filter(|(_, state)| is_chacha(state))
        .map(|(at, _)| Generator::ChaCha8(at))
        .collect();
    if !newer.is_empty() {
        return newer;
    }
    let pairs = aligned(early, 8).zip(aligned(memory, 8));
    pairs
        .filter(|((_, before), (_, after))| has_stepped(before, after))
        .map(|((at, _), _)| Generator::Xorshift(at))
        .collect()
}

/// All pieces of this size that begin at multiples of 8, with their addresses.
fn aligned(memory: &[u8], size: usize) -> impl Iterator<Item = (u32, &[u8])> {
    memory.windows(size).step_by(8).enumerate().filter_map(|(at, piece)| Some((u32::try_from(at * 8).ok()?, piece)))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some([a, b, c, d]) => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0,
    }
}

/// Whether these bytes are a state whose output is what its seed gives: nothing else ever is.
fn is_chacha(state: &[u8]) -> bool {
    let [index, count, counter] = [0, 4, 8].map(|at| word(state, CHACHA_COUNTERS + at));
    let expected = if counter == 12 { 28 } else { 32 };
    if count != expected || index > count || counter > 12 || !counter.is_multiple_of(4) {
        return false;
    }
    let seed: [u32; 8] = std::array::from_fn(|at| word(state, CHACHA_SEED + 4 * at));
    seed.iter().any(|word| *word != 0) && first_words(&seed, counter) == [word(state, 0), word(state, 4)]
}

/// The first two words that Go's ChaCha8 gives: it works on four blocks side by side, and these are
/// the first words of two of them. Constants and counters are not added at the end.
fn first_words(seed: &[u32; 8], counter: u32) -> [u32; 2] {
    std::array::from_fn(|block| {
        let [s0, s1, s2, s3, s4, s5, s6, s7] = *seed;
        let mut columns = [
            [0x6170_7865, s0, s4, counter + block as u32],
            [0x3320_646e, s1, s5, 0],
            [0x7962_2d32, s2, s6, 0],
            [0x6b20_6574, s3, s7, 0],
        ];
        for _ in 0..4 {
            columns = columns.map(quarter_round);
            columns = transposed_rounds(columns);
        }
        let [[first, ..], ..] = columns;
        first
    })
}

fn quarter_round([mut a, mut b, mut c, mut d]: [u32; 4]) -> [u32; 4] {
    a = a.wrapping_add(b);
    d = (d ^ a).rotate_left(16);
    c = c.wrapping_add(d);
    b = (b ^ c).rotate_left(12);
    a = a.wrapping_add(b);
    d = (d ^ a).rotate_left(8);
    c = c.wrapping_add(d);
    b = (b ^ c).rotate_left(7);
    [a, b, c, d]
}

/// The rounds on the diagonals.
fn transposed_rounds([c0, c1, c2, c3]: [[u32; 4]; 4]) -> [[u32; 4]; 4] {
    let [[a0, b0, x0, d0], [a1, b1, x1, d1], [a2, b2, x2, d2], [a3, b3, x3, d3]] = [c0, c1, c2, c3];
    let [a0, b1, x2, d3] = quarter_round([a0, b1, x2, d3]);
    let [a1, b2, x3, d0] = quarter_round([a1, b2, x3, d0]);
    let [a2, b3, x0, d1] = quarter_round([a2, b3, x0, d1]);
    let [a3, b0, x1, d2] = quarter_round([a3, b0, x1, d2]);
    [[a0, b0, x0, d0], [a1, b1, x1, d1], [a2, b2, x2, d2], [a3, b3, x3, d3]]
}

/// Whether the two words are the older generator's, some steps apart.
fn has_stepped(before: &[u8], after: &[u8]) -> bool {
    let goal = (word(after, 0), word(after, 4));
    let mut state = (word(before, 0), word(before, 4));
    if state == goal || [state.0, state.1, goal.0, goal.1].iter().any(|word| *word < SMALLEST_WORD) {
        return false;
    }
    for _ in 0..MOST_STEPS {
        let (mut s1, s0) = state;
        s1 ^= s1 << 17;
        s1 = s1 ^ s0 ^ (s1 >> 7) ^ (s0 >> 16);
        state = (s0, s1);
        if state == goal {
            return true;
        }
    }
    false
}

/// Gives the generators seeds that nobody knows.
pub(super) fn reseed(outside: &Outside, memory: &mut [u8], generators: &[Generator]) -> wasmtime::Result<()> {
    let moved = || Stop::convention("The snapshot's random generator lies outside of its memory");
    for generator in generators {
        match generator {
            Generator::ChaCha8(at) => {
                let state = memory.get_mut(*at as usize..).and_then(|rest| rest.get_mut(..CHACHA_STATE));
                let state = state.ok_or_else(moved)?;
                outside.fill_random(state.get_mut(CHACHA_SEED..CHACHA_COUNTERS).ok_or_else(moved)?)?;
                // All output is used up, and the next comes from the seed and not from old output.
                let counters = [32_u32, 32, 0].map(u32::to_le_bytes).concat();
                state.get_mut(CHACHA_COUNTERS..CHACHA_COUNTERS + 12).ok_or_else(moved)?.copy_from_slice(&counters);
            }
            Generator::Xorshift(at) => {
                let state = memory.get_mut(*at as usize..).and_then(|rest| rest.get_mut(..8)).ok_or_else(moved)?;
                outside.fill_random(state)?;
                // All zero is the one state that it never leaves.
                if let Some(byte) = state.first_mut() {
                    *byte |= 1;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_is_found_by_its_output_and_nothing_else_is() {
        let mut memory = vec![0x55_u8; 4096];
        let seed: [u32; 8] = std::array::from_fn(|at| 0x0101_0101 * (at as u32 + 1));
        let at = 1024;
        seed.iter().enumerate().for_each(|(place, word)| {
            memory[at + CHACHA_SEED + 4 * place..][..4].copy_from_slice(&word.to_le_bytes());
        });
        [3_u32, 32, 4].iter().enumerate().for_each(|(place, word)| {
            memory[at + CHACHA_COUNTERS + 4 * place..][..4].copy_from_slice(&word.to_le_bytes());
        });
        assert!(find(&[], &memory).is_empty());
        let [first, second] = first_words(&seed, 4);
        memory[at..][..4].copy_from_slice(&first.to_le_bytes());
        memory[at + 4..][..4].copy_from_slice(&second.to_le_bytes());
        let found = find(&[], &memory);
        assert_eq!(found, [Generator::ChaCha8(1024)]);
        let before = memory.clone();
        reseed(&Outside::default(), &mut memory, &found).unwrap();
        assert_ne!(memory, before);
        assert_eq!(word(&memory, at + CHACHA_COUNTERS), 32);
        assert!(reseed(&Outside::default(), &mut memory, &[Generator::ChaCha8(4000)]).is_err());
    }

    #[test]
    fn the_older_generator_is_found_by_its_steps() {
        let mut early = vec![7_u8; 4096];
        early[512..520].copy_from_slice(&0x1234_5678_9abc_def0_u64.to_le_bytes());
        let mut later = early.clone();
        let (mut s1, s0) = (0x9abc_def0_u32, 0x1234_5678_u32);
        s1 ^= s1 << 17;
        s1 = s1 ^ s0 ^ (s1 >> 7) ^ (s0 >> 16);
        later[512..516].copy_from_slice(&s0.to_le_bytes());
        later[516..520].copy_from_slice(&s1.to_le_bytes());
        later[800] = 1;
        assert_eq!(find(&early, &later), [Generator::Xorshift(512)]);
    }
}

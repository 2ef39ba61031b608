//! What a module may have of everything that makes compiling it dear, beyond what its size bounds already. Looks at
//! modules before they are compiled, never at those that are compiled already.
//!
//! The bounds are a multiple of what large programs of the documented toolchains have; what each costs is measured by
//! `tests/sandbox_giants.rs`.

use wasmparser::{Operator, Parser, Payload};

use super::engine::LoadError;

/// Most functions: 100,000 take about 0.6 GB and, on two busy processors, 5 s.
const MAX_FUNCTIONS: u64 = 250_000;
/// Most element segments: 10,000 take about 0.3 GB and 2 s.
const MAX_SEGMENTS: u64 = 10_000;
/// Most nesting, all functions together: the depth of each block, added up. Compilers take time for each of a block's
/// surroundings; 50,000 blocks within each other have 1,250,000,000 and take 9 s. Go nests deepest: esbuild's 12 MB
/// have 45,000,000.
const MAX_NESTING: u64 = 500_000_000;

/// Refuses what would take too long to compile, or too much memory.
///
/// # Errors
/// Which bound is crossed. Bytes that are no module are left to the compiler.
pub(super) fn check(bytes: &[u8]) -> Result<(), LoadError> {
    let (mut functions, mut segments, mut nesting) = (0, 0, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::FunctionSection(section)) => functions += u64::from(section.count()),
            Ok(Payload::ElementSection(section)) => segments += u64::from(section.count()),
            Ok(Payload::CodeSectionEntry(body)) => nesting += nesting_of(&body),
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
        within(functions, MAX_FUNCTIONS, "functions")?;
        within(segments, MAX_SEGMENTS, "element segments")?;
        within(nesting, MAX_NESTING, "levels of nesting, the depths of all blocks added up,")?;
    }
    Ok(())
}

fn within(count: u64, most: u64, of: &str) -> Result<(), LoadError> {
    if count <= most {
        return Ok(());
    }
    Err(LoadError::new(
        format!("The module has {count} {of} and the sandbox takes {most} at most"),
        "No compiler of the documented toolchains makes such a module of a program of its size; build it for release, \
         or divide it",
    ))
}

fn nesting_of(body: &wasmparser::FunctionBody) -> u64 {
    let Ok(operators) = body.get_operators_reader() else { return 0 };
    let (mut depth, mut sum) = (0_u64, 0_u64);
    for operator in operators {
        match operator {
            Ok(
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Try { .. }
                | Operator::TryTable { .. },
            ) => {
                depth += 1;
                sum += depth;
            }
            Ok(Operator::End | Operator::Delegate { .. }) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    sum
}

//! The functions of a TypeScript declaration file (`.d.ts`), as wasm-bindgen and asc write them.
//! Reads what it knows and passes over the rest; never fails.

use std::collections::HashMap;

/// Bytes of a declaration file that are read.
const MAX_BYTES: usize = 1 << 20;

/// A function's type in TypeScript's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) params: Vec<String>,
    pub(super) result: String,
}

/// The exported functions that `text` declares.
pub(super) fn read(text: &str) -> HashMap<String, Declared> {
    let text = text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or_default();
    text.lines().filter_map(function).collect()
}

fn function(line: &str) -> Option<(String, Declared)> {
    let line = line.trim();
    let rest = line.strip_prefix("export declare function ").or_else(|| line.strip_prefix("export function "))?;
    let (name, rest) = rest.split_once('(')?;
    // Types hold parentheses themselves (`() => void`): the last `): ` parts parameters and result.
    let (params, result) = rest.trim_end_matches(';').rsplit_once("): ")?;
    let params = split(params).into_iter().filter_map(|param| Some(param.split_once(':')?.1.trim().to_owned()));
    Some((name.trim().to_owned(), Declared { params: params.collect(), result: result.trim().to_owned() }))
}

/// Parts at commas that stand in no bracket.
fn split(params: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in params.char_indices() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(params.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(params.get(start..).filter(|last| !last.trim().is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exported_functions_are_read_and_the_rest_is_passed_over() {
        let text = "/** @param input `~lib/string/String` */\n\
            export declare function viaString(input: string): string;\n\
            export function opt(input?: Uint8Array | number[] | null, more: Map<string, number>): Uint8Array | undefined;\n\
            export function start(): void;\n\
            export interface InitOutput { readonly memory: WebAssembly.Memory; }";
        let declared = read(text);
        assert_eq!(declared.len(), 3);
        assert_eq!(declared["viaString"].params, ["string"]);
        assert_eq!(declared["opt"].params, ["Uint8Array | number[] | null", "Map<string, number>"]);
        assert_eq!(declared["opt"].result, "Uint8Array | undefined");
        assert_eq!(declared["start"], Declared { params: vec![], result: "void".into() });
    }
}

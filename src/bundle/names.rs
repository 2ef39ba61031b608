//! Function names across languages: camelCase in YAML, snake_case in Rust, kebab-case in components:
//! all name one function.

/// `createUser`, `create_user`, `create-user` and `CreateUser` in one form: `create_user`.
///
/// Runs of capitals count as one word (`parseHTTPBody` is `parse_http_body`).
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut chars = name.chars().peekable();
    let mut previous: Option<char> = None;
    while let Some(c) = chars.next() {
        let starts_word = c.is_uppercase()
            && previous.is_some_and(|previous| {
                previous.is_lowercase()
                    || previous.is_numeric()
                    || (previous.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase()))
            });
        if starts_word {
            out.push('_');
        }
        match c {
            '-' => out.push('_'),
            'a'..='z' | '_' => out.push(c),
            c => out.extend(c.to_lowercase()),
        }
        previous = Some(c);
    }
    out
}

/// Whether both spellings name the same function.
pub fn same_function(a: &str, b: &str) -> bool {
    a == b || snake_case(a) == snake_case(b)
}

/// The name among `candidates` that `wanted` means: an exact match wins over another spelling.
pub fn find<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    candidates
        .clone()
        .into_iter()
        .find(|candidate| *candidate == wanted)
        .or_else(|| candidates.into_iter().find(|candidate| same_function(wanted, candidate)))
}

/// Most candidates that a misspelt name is compared with.
const MAX_COMPARED: usize = 2000;

/// How much two names resemble each other, up to 1. Two letters that changed places, or one that is wrong,
/// matter less than the measure for long names makes of them in short ones.
fn resemblance(one: &str, other: &str) -> f64 {
    let nearly_same = one.len() > 2 && strsim::osa_distance(one, other) == 1;
    strsim::jaro_winkler(one, other).max(if nearly_same { 0.8 } else { 0.0 })
}

/// Up to three candidates that resemble `wanted`, the nearest first: for "did you mean".
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let key = snake_case(wanted);
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .take(MAX_COMPARED)
        .map(|candidate| (resemblance(&key, &snake_case(candidate)), candidate))
        .filter(|(score, _)| *score > 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// `create_user` and `create-user` as `createUser`.
pub fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut words = name.split(['_', '-']).filter(|word| !word.is_empty());
    out.push_str(words.next().unwrap_or_default());
    for word in words {
        let mut chars = word.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(chars.as_str());
    }
    out
}

/// A function's name in the spelling of a reference that said `like`: references are written in camelCase by
/// custom, exports of Rust and C++ often in snake_case.
pub fn as_written(export: &str, like: &str) -> String {
    let is_custom = export.contains(['_', '-']) && !like.contains(['_', '-', '#']) && !export.contains('#');
    let camel = camel_case(export);
    if is_custom && same_function(&camel, export) { camel } else { export.to_owned() }
}

/// `text` as a part of a message: on one line, at most 80 characters, nothing in it can harm a reader.
pub fn shown(text: &str) -> String {
    super::printable_line(text, 80)
}

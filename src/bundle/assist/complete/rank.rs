//! Which items fit what was typed, and in which order.

use super::Item;

/// The items that fit `typed`, the best first; those that fit alike stay in their order.
pub(super) fn ranked(items: Vec<Item>, typed: &str) -> Vec<Item> {
    let typed = compact(typed);
    if typed.is_empty() {
        return items;
    }
    let mut fitting: Vec<(u8, Item)> =
        items.into_iter().filter_map(|item| Some((fit(&compact(&item.label), &typed)?, item))).collect();
    fitting.sort_by_key(|(fit, _)| *fit);
    // Letters that are scattered over a label are a last resort.
    if fitting.first().is_some_and(|(fit, _)| *fit < SCATTERED) {
        fitting.retain(|(fit, _)| *fit < SCATTERED);
    }
    fitting.into_iter().map(|(_, item)| item).collect()
}

/// Without what people leave out when they type: spaces and quotation marks.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect()
}

const SCATTERED: u8 = 4;

/// How well `label` fits: 0 is the best. `None` where it does not.
fn fit(label: &str, typed: &str) -> Option<u8> {
    let (lower, wanted) = (label.to_lowercase(), typed.to_lowercase());
    if label.starts_with(typed) {
        Some(0)
    } else if lower.starts_with(&wanted) {
        Some(1)
    } else if has_humps(label, &wanted) {
        Some(2)
    } else if lower.contains(&wanted) {
        Some(3)
    } else if is_subsequence(&lower, &wanted) {
        Some(SCATTERED)
    } else {
        None
    }
}

/// Whether `typed` is made of beginnings of the words of `label`: `crus` or `cu` of `createUser`.
fn has_humps(label: &str, typed: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut previous = '_';
    for c in label.chars() {
        let starts =
            c.is_alphanumeric() && (!previous.is_alphanumeric() || (c.is_uppercase() && !previous.is_uppercase()));
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        previous = c;
    }
    // Each character of what was typed goes on in its word or begins a later one. The places reached so far:
    let mut reached: Vec<(usize, usize)> = vec![(0, 0)];
    for c in typed.chars() {
        let mut next = Vec::new();
        for (word, at) in reached {
            let in_word = words.get(word).and_then(|text| text.chars().nth(at));
            if in_word == Some(c) && (at > 0 || word == 0) {
                next.push((word, at + 1));
            }
            for later in word.max(usize::from(at > 0) + word)..words.len() {
                if words.get(later).is_some_and(|text| text.starts_with(c)) {
                    next.push((later, 1));
                }
            }
        }
        next.sort_unstable();
        next.dedup();
        reached = next;
    }
    !reached.is_empty()
}

fn is_subsequence(label: &str, typed: &str) -> bool {
    let mut rest = label.chars();
    typed.chars().all(|wanted| rest.any(|c| c == wanted))
}

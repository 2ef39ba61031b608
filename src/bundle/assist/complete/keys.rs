//! The keys of a mapping.

use super::{Completion, Item, ItemKind, Place, Span, rank};
use crate::bundle::schema::{self, Field, Need, Scope, Takes};

/// A mapping whose keys are completed.
pub(super) struct Keys {
    pub scope: Scope,
    /// The piece that the mapping lies in; `None` at the root.
    pub mapping: Option<usize>,
    /// The column of its keys.
    pub column: usize,
    pub is_flow: bool,
}

impl Keys {
    /// The keys that are not there yet, the required ones first, in the place of `word`. `current` is the
    /// piece that is being typed.
    pub fn complete(&self, place: &Place, word: Span, current: Option<usize>) -> Completion {
        let present = place.keys(self.mapping, current);
        let mut fields: Vec<&Field> =
            schema::fields(self.scope).filter(|field| !present.contains(&field.key)).collect();
        fields.sort_by_key(|field| match field.need {
            Need::Required => 0,
            Need::Expected => 1,
            Need::Optional => 2,
        });
        let has_colon = place
            .question
            .text
            .get(word.end..)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'));
        let items = fields.into_iter().map(|field| self.item(field, has_colon)).collect();
        let typed = place.slice(Span::new(word.start, place.question.offset));
        Completion { span: word, items: rank::ranked(items, typed) }
    }

    fn item(&self, field: &Field, has_colon: bool) -> Item {
        let item = Item::new(field.key, ItemKind::Key)
            .with_detail(format!("{}, {}", field.takes.in_words(), field.need.in_words()))
            .with_documentation(field.documentation);
        if has_colon {
            return item;
        }
        let key = field.key;
        let below = || format!("{key}:\n{}", " ".repeat(self.column + 2));
        match field.takes {
            Takes::Mapping(_) if self.is_flow => bracketed(item, key, "{}"),
            Takes::List(_) if self.is_flow => bracketed(item, key, "[]"),
            Takes::Mapping(_) | Takes::List(_) => item.inserting(below()).going_on(),
            Takes::Text | Takes::Anything | Takes::Route | Takes::Retries => item.inserting(format!("{key}: ")),
            _ => item.inserting(format!("{key}: ")).going_on(),
        }
    }
}

/// A key with empty brackets and the caret between them.
fn bracketed(item: Item, key: &str, brackets: &str) -> Item {
    let mut item = item.inserting(format!("{key}: {brackets}")).going_on();
    item.caret -= 1;
    item
}

//! What is said of a place: a key's meaning, what a name names, how a value was understood.

use super::place::Place;
use super::sketch::PieceKind;
use super::{Hover, Question, Span};
use crate::bundle::schema::Field;

/// What the question's place means; `None` where there is nothing to say.
pub fn hover(question: &Question) -> Option<Hover> {
    let place = Place::of(question)?;
    if place.sketch.is_prose(question.offset) {
        return None;
    }
    let piece = place.piece(place.sketch.at(question.offset)?)?;
    if piece.kind == PieceKind::Key && piece.word.start <= question.offset && question.offset <= piece.word.end {
        return Some(of_key(place.field(piece)?, piece.word));
    }
    None
}

fn of_key(field: &Field, span: Span) -> Hover {
    Hover {
        span,
        title: field.key.to_owned(),
        facts: vec![
            ("Type".into(), field.takes.in_words().into()),
            ("Needed".into(), field.need.in_words().into()),
            ("Example".into(), field.example.into()),
        ],
        documentation: field.documentation.to_owned(),
        subject: None,
    }
}

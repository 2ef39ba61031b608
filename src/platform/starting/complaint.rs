//! What error messages say about an input, in one form. The messages of serde (Rust), of Go's encoding/json and of
//! JSON validators are read here by their fixed words; sentences of people are left to `prose`. Reading is bounded
//! and never fails: what is not understood says nothing.

use super::prose;
use super::sample::Kind;

/// One step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A field of an object.
    Field(String),
    /// An item of a list.
    Item(usize),
}

/// The way from the input to a value inside it.
pub(super) type Path = Vec<Step>;

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The input as a whole.
    Whole,
    /// A named place.
    At(Path),
    /// A column of the input's only line, counted from 1.
    Column(usize),
    /// Wherever the value is that serde describes so: `string "x"`, `map`.
    Holding(String),
    /// Not said.
    Unknown,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// There should be a value, or another one.
    Needed,
    /// There should be a value of this kind.
    Wanted(Kind),
    /// There should be one of these texts.
    OneOf(Vec<String>),
    /// There should be something in it.
    Filled,
    /// There should be so many items.
    Length(usize),
    /// There should be no such value.
    Unwanted,
}

/// One thing that a function says about its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// Where.
    pub(super) place: Place,
    /// The field of the object there that it is about.
    pub(super) field: Option<String>,
    /// What.
    pub(super) about: About,
}

/// Longer messages are read in part, in bytes.
const LONGEST: usize = 8 << 10;
/// Most complaints of one message.
const MOST: usize = 32;

/// The complaints of a message.
pub(super) fn read(message: &str) -> Vec<Complaint> {
    let message = message.get(..message.floor_char_boundary(LONGEST)).unwrap_or_default();
    // Debug output of an error has its quotes escaped.
    let message = message.replace("\\\"", "\"");
    let mut found = Vec::new();
    for line in message.lines() {
        let fixed = of_serde(line).or_else(|| of_go(line));
        found.extend(fixed.map_or_else(|| prose::read(line), |complaint| vec![complaint]));
    }
    found.truncate(MOST);
    found
}

/// The messages of serde's `de::Error`: <https://docs.rs/serde/1/serde/de/trait.Error.html>.
fn of_serde(line: &str) -> Option<Complaint> {
    let starts = [
        "missing field ",
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
        "unknown field ",
    ];
    let (start, word) = starts.iter().filter_map(|word| Some((line.find(word)?, *word))).min()?;
    let (before, rest) = (line.get(..start)?, line.get(start + word.len()..)?);
    let (rest, place) = split_position(rest);
    let place = place.or_else(|| path_before(before)).unwrap_or(Place::Unknown);
    let (subject, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
    let quoted = || between(subject, ['`', '"', '\'']).map(str::to_owned);
    Some(match word {
        "missing field " => Complaint { place, field: Some(quoted()?), about: About::Needed },
        "unknown field " => Complaint { place: Place::Unknown, field: Some(quoted()?), about: About::Unwanted },
        "unknown variant " => {
            let place =
                if place == Place::Unknown { Place::Holding(format!("string \"{}\"", quoted()?)) } else { place };
            Complaint { place, field: None, about: About::OneOf(all_quoted(expected)) }
        }
        "invalid length " => Complaint { place, field: None, about: length(expected)? },
        _ => {
            let place = if place == Place::Unknown { Place::Holding(subject.to_owned()) } else { place };
            Complaint { place, field: None, about: expected_of(expected)? }
        }
    })
}

/// What serde expects: `a string`, `u32`, `struct User`, `a tuple of size 2`.
fn expected_of(expected: &str) -> Option<About> {
    kind(expected).map(About::Wanted).or_else(|| length(expected)).or_else(|| {
        let values = all_quoted(expected);
        (!values.is_empty()).then_some(About::OneOf(values))
    })
}

fn length(expected: &str) -> Option<About> {
    let number = expected.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?;
    number.parse().ok().map(About::Length)
}

/// The kind of value that words name, by the first of them that does.
pub(super) fn kind(words: &str) -> Option<Kind> {
    let word = |word: &str| {
        Some(match word.to_ascii_lowercase().as_str() {
            "string" | "str" | "text" | "character" | "char" | "email" | "uuid" | "url" => Kind::Text,
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize"
            | "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32" | "uint64"
            | "integer" | "integers" | "number" | "numeric" | "positive" | "nonzero" => Kind::Integer,
            "f32" | "f64" | "float" | "float32" | "float64" | "double" | "decimal" => Kind::Fraction,
            "bool" | "boolean" | "true" | "false" => Kind::Bool,
            "sequence" | "array" | "list" | "vec" | "slice" | "tuple" => Kind::List,
            "map" | "object" | "struct" | "record" | "dictionary" => Kind::Object,
            "unit" | "null" => Kind::Null,
            "date" | "datetime" | "timestamp" | "iso" | "rfc3339" => Kind::Date,
            _ => return None,
        })
    };
    // A tuple or array of a certain size is told by its length.
    let sized = words.contains(" of size ") || words.contains(" of length ");
    words.split(|c: char| !c.is_alphanumeric()).filter(|_| !sized).find_map(word)
}

/// The messages of Go's encoding/json: <https://pkg.go.dev/encoding/json#UnmarshalTypeError>.
fn of_go(line: &str) -> Option<Complaint> {
    if let Some((_, rest)) = line.split_once("json: unknown field ") {
        let field = between(rest, ['"', '`', '\''])?.to_owned();
        return Some(Complaint { place: Place::Unknown, field: Some(field), about: About::Unwanted });
    }
    if line.contains("parsing time ") {
        return Some(Complaint { place: Place::Unknown, field: None, about: About::Wanted(Kind::Date) });
    }
    let (_, rest) = line.split_once("json: cannot unmarshal ")?;
    let (_, goal) = rest.split_once(" into Go ")?;
    let (goal, wanted) = goal.split_once(" of type ")?;
    let about = About::Wanted(go_type(wanted)?);
    let place = match goal.strip_prefix("struct field ") {
        // The first part is the name of the type.
        Some(field) => Place::At(path(field.split_once('.').map_or(field, |(_, rest)| rest))?),
        None => Place::Whole,
    };
    Some(Complaint { place, field: None, about })
}

fn go_type(name: &str) -> Option<Kind> {
    let name = name.trim().split([' ', ')', '"', ',']).next().unwrap_or_default().trim_start_matches('*');
    match name {
        "time.Time" => Some(Kind::Date),
        name if name.starts_with('[') => Some(Kind::List),
        name if name.starts_with("map[") || name.contains('.') => Some(Kind::Object),
        name => kind(name),
    }
}

/// A path as libraries write it: `user.address.zip`, `items[0].price`, `/items/0/price`, `$.items`.
pub(super) fn path(text: &str) -> Option<Path> {
    let mut steps = Path::new();
    let text = text.trim_start_matches(['$', '#', '.']);
    for part in text.split(['.', '/', '[', ']']).filter(|part| !part.is_empty()) {
        let part = part.trim_matches(['\'', '"']);
        match part.parse() {
            Ok(at) => steps.push(Step::Item(at)),
            Err(_) if is_name(part) => steps.push(Step::Field(part.to_owned())),
            Err(_) => return None,
        }
    }
    (!steps.is_empty()).then_some(steps)
}

/// Whether a word may name a field.
pub(super) fn is_name(word: &str) -> bool {
    word.len() <= 64
        && word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

/// A path that stands right before serde's words: `user.age: invalid type: ...`.
fn path_before(before: &str) -> Option<Place> {
    let word = before.trim_end().strip_suffix(':')?.rsplit([' ', '(', '"', '`']).next()?;
    let is_path = word.contains(['.', '[']) || word.starts_with(|c: char| c.is_lowercase());
    let is_noise =
        matches!(word.to_ascii_lowercase().as_str(), "error" | "json" | "input" | "err" | "panic" | "message");
    path(word).filter(|_| is_path && !is_noise).map(Place::At)
}

/// A message without its end `at line 1 column 2`, and the place that this names. Debug output says
/// `line: 1, column: 2`.
fn split_position(message: &str) -> (&str, Option<Place>) {
    for (line, column) in [(" at line ", " column "), ("line: ", "column: ")] {
        let Some(at) = message.rfind(line) else { continue };
        let (before, position) = message.split_at(at);
        let number = |after: &str| {
            let digits: String = position.split_once(after)?.1.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<usize>().ok()
        };
        if let (Some(1), Some(column)) = (number(line), number(column)) {
            return (before.trim_end_matches([' ', ',', '"', ')']), Some(Place::Column(column)));
        }
    }
    (message, None)
}

fn between(text: &str, quotes: [char; 3]) -> Option<&str> {
    let (_, rest) = text.split_once(quotes)?;
    rest.split(quotes).next()
}

fn all_quoted(text: &str) -> Vec<String> {
    text.split(['`', '"', '\'']).skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(place: Place, name: &str, about: About) -> Complaint {
        Complaint { place, field: Some(name.into()), about }
    }

    fn at(place: Place, about: About) -> Complaint {
        Complaint { place, field: None, about }
    }

    #[test]
    fn what_serde_says_is_read_with_its_place() {
        let at_path = |text: &str| Place::At(path(text).unwrap());
        for (message, expected) in [
            ("missing field `email` at line 1 column 2", field(Place::Column(2), "email", About::Needed)),
            (
                "called `Result::unwrap()` on an `Err` value: Error(\"missing field `zip`\", line: 1, column: 30)",
                field(Place::Column(30), "zip", About::Needed),
            ),
            ("Error: missing field `email`", field(Place::Unknown, "email", About::Needed)),
            (
                "invalid type: map, expected a string at line 1 column 0",
                at(Place::Column(0), About::Wanted(Kind::Text)),
            ),
            (
                "user.age: invalid type: string \"x\", expected u32",
                at(at_path("user.age"), About::Wanted(Kind::Integer)),
            ),
            (
                "invalid type: string \"Ada\", expected f64",
                at(Place::Holding("string \"Ada\"".into()), About::Wanted(Kind::Fraction)),
            ),
            (
                "unknown variant `a`, expected `card` or `cash` at line 1 column 9",
                at(Place::Column(9), About::OneOf(vec!["card".into(), "cash".into()])),
            ),
            (
                "invalid length 0, expected an array of length 3 at line 1 column 4",
                at(Place::Column(4), About::Length(3)),
            ),
            ("unknown field `x`, expected one of `a`, `b`", field(Place::Unknown, "x", About::Unwanted)),
        ] {
            assert_eq!(read(message), [expected], "{message}");
        }
    }

    #[test]
    fn what_go_says_is_read_with_its_path() {
        let at_path = |text: &str| Place::At(path(text).unwrap());
        for (message, expected) in [
            (
                "json: cannot unmarshal string into Go struct field User.age of type int",
                at(at_path("age"), About::Wanted(Kind::Integer)),
            ),
            (
                "reading: json: cannot unmarshal object into Go struct field Order.customer.tags of type []string",
                at(at_path("customer.tags"), About::Wanted(Kind::List)),
            ),
            ("json: cannot unmarshal object into Go value of type string", at(Place::Whole, About::Wanted(Kind::Text))),
            (
                "json: cannot unmarshal number into Go struct field Order.address of type main.Address",
                at(at_path("address"), About::Wanted(Kind::Object)),
            ),
            ("json: unknown field \"naem\"", field(Place::Unknown, "naem", About::Unwanted)),
        ] {
            assert_eq!(read(message), [expected], "{message}");
        }
    }

    #[test]
    fn paths_are_read_in_all_spellings() {
        let expected = vec![Step::Field("items".into()), Step::Item(0), Step::Field("price".into())];
        for text in ["items[0].price", "items.0.price", "/items/0/price", "$.items[0].price", "items[0]['price']"] {
            assert_eq!(path(text), Some(expected.clone()), "{text}");
        }
        assert_eq!(path("no path"), None);
        assert_eq!(path(""), None);
    }

    #[test]
    fn no_message_whatever_ends_the_program() {
        let pieces = [
            "missing field ",
            "`",
            "\"",
            "invalid type: ",
            ", expected ",
            " at line ",
            " column ",
            "1",
            "é",
            "json: cannot unmarshal ",
            " into Go ",
            "struct field ",
            " of type ",
            "[",
            "]",
            ".",
            "/",
            " is required",
            " and ",
            "must be ",
            "\\\"",
            "line: ",
            "99999999999999999999999",
        ];
        let mut seed = 11_usize;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..seed % 11 {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(pieces[(seed >> 33) % pieces.len()]);
            }
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407).rotate_left(9);
            read(&text);
        }
    }
}

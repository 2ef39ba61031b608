//! Sentences of people about fields: `email and name are required`, `'age' must be a number`, `missing email`.
//! Looks for words that complain, and for names before or behind them. Guesses: whether it was right shows in what
//! the function says next.

use super::complaint::{About, Complaint, Place, Step, is_name, kind, path};

/// Words that complain about the names before them, or else about those behind them.
const COMPLAINING: &[&str] = &[
    "required",
    "missing",
    "mandatory",
    "needed",
    "must",
    "should",
    "cannot",
    "can't",
    "invalid",
    "expected",
    "empty",
    "blank",
    "undefined",
    "absent",
    "unset",
    "not",
    "null",
];
/// Words that ask for the names right behind them.
const ASKING: &[&str] = &[
    "no", "without", "need", "needs", "expects", "requires", "require", "provide", "specify", "lacks", "give", "send",
    "pass", "key", "reading", "missing",
];
/// Words that join names, or stand between them and what is said of them.
const JOINING: &[&str] = &["and", "or", "&", "plus"];
/// Words that name no field by themselves.
const NOISE: &[&str] = &[
    "a",
    "an",
    "the",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "field",
    "fields",
    "property",
    "properties",
    "parameter",
    "parameters",
    "argument",
    "arguments",
    "attribute",
    "attributes",
    "member",
    "members",
    "value",
    "input",
    "json",
    "body",
    "request",
    "payload",
    "object",
    "error",
    "errors",
    "exception",
    "following",
    "in",
    "at",
    "of",
    "for",
    "to",
    "with",
    "on",
    "by",
    "from",
    "it",
    "its",
    "this",
    "that",
    "there",
    "you",
    "your",
    "we",
    "i",
    "please",
    "data",
    "document",
    "both",
    "all",
    "any",
    "some",
    "more",
    "than",
    "either",
    "also",
    "valid",
    "given",
    "found",
    "set",
    "provided",
    "present",
    "specified",
    "but",
    "got",
    "one",
    "least",
    "function",
    "failed",
    "string",
    "number",
    "array",
    "boolean",
    "integer",
    "bool",
    "float",
    "map",
    "have",
    "contain",
    "include",
    "be",
    "read",
];

struct Word {
    text: String,
    is_quoted: bool,
    /// Whether a comma follows.
    goes_on: bool,
    /// Whether the sentence ends behind it.
    ends: bool,
}

impl Word {
    fn is(&self, words: &[&str]) -> bool {
        !self.is_quoted && words.contains(&self.text.to_ascii_lowercase().as_str())
    }

    /// The place that the word names, if it may name one.
    fn place(&self) -> Option<Place> {
        if !self.is_quoted && [NOISE, COMPLAINING, ASKING, JOINING].iter().any(|words| self.is(words)) {
            return None;
        }
        let is_path =
            self.text.starts_with(['/', '$']) || is_name(self.text.split(['.', '[']).next().unwrap_or_default());
        path(&self.text).filter(|_| is_path).map(Place::At)
    }
}

/// The complaints of a line.
pub(super) fn read(line: &str) -> Vec<Complaint> {
    let words = words(line);
    let mut found = Vec::new();
    for sentence in words.split_inclusive(|word| word.ends) {
        if let Some(complaint) = of_example(sentence) {
            found.push(complaint);
            continue;
        }
        let mut begin = 0;
        while let Some(at) = sentence.iter().skip(begin).position(|word| word.is(COMPLAINING) || word.is(ASKING)) {
            let at = begin + at;
            let (complaints, end) = of_word(sentence, begin, at);
            found.extend(complaints);
            begin = end.max(at + 1);
        }
    }
    found
}

/// What the complaining word at `at` says of the names around it, and where reading goes on.
fn of_word(words: &[Word], begin: usize, at: usize) -> (Vec<Complaint>, usize) {
    let (before, behind) = (words.get(begin..at).unwrap_or_default(), words.get(at + 1..).unwrap_or_default());
    let Some(complaint) = words.get(at) else { return (Vec::new(), at + 1) };
    let of_names = |names: Vec<Place>, about: About| {
        names.into_iter().map(|place| Complaint { place, field: None, about: about.clone() }).collect()
    };
    let named = if complaint.is(COMPLAINING) { names_before(before) } else { Vec::new() };
    if !named.is_empty() {
        // The next names with something said of them begin behind a comma, but for a list of values.
        let comma = if complaint.goes_on { Some(0) } else { behind.iter().position(|w| w.goes_on).map(|at| at + 1) };
        let is_list = behind.windows(2).any(|pair| matches!(pair, [one, of] if one.is(&["one"]) && of.is(&["of"])));
        let end = at + 1 + comma.filter(|_| !is_list).unwrap_or(behind.len());
        let said: Vec<&Word> = words.get(at..end).unwrap_or_default().iter().collect();
        return (of_names(named, about(&said)), end);
    }
    let (names, read) = names_behind(behind);
    if names.is_empty() {
        return (of_whole(words, at), at + 1);
    }
    let names = match item_before(before) {
        Some(list) => names.into_iter().map(|name| inside(&list, name)).collect(),
        None => names,
    };
    // What is said of them are the words that are no names.
    let said: Vec<&Word> = behind.iter().take(read).filter(|word| word.place().is_none()).collect();
    (of_names(names, about(&said)), at + 1 + read)
}

/// The list whose items are spoken of one by one: `every item` of `items`.
fn item_before(before: &[Word]) -> Option<String> {
    match before {
        [.., every, item] if every.is(&["every", "each"]) && is_name(&item.text) => Some(format!("{}s", item.text)),
        _ => None,
    }
}

/// The place of a field in the first item of a list.
fn inside(list: &str, name: Place) -> Place {
    match name {
        Place::At(path) => {
            let item = [Step::Field(list.to_owned()), Step::Item(0)];
            Place::At(item.into_iter().chain(path).collect())
        }
        other => other,
    }
}

/// `the currency is a code of three letters, for instance EUR`: a value that is fine for the first name.
fn of_example(sentence: &[Word]) -> Option<Complaint> {
    let place = sentence.iter().find_map(Word::place)?;
    let after = sentence.windows(3).find_map(|words| match words {
        [one, other, value] if one.is(&["for", "such"]) && other.is(&["instance", "example", "as"]) => Some(value),
        _ => None,
    })?;
    Some(Complaint { place, field: None, about: About::OneOf(vec![after.text.clone()]) })
}

/// A sentence about the input itself: `expected a JSON array`, `the input must be an object`.
fn of_whole(words: &[Word], at: usize) -> Vec<Complaint> {
    let is_of_input = words.iter().take(at).all(|word| word.place().is_none());
    let said: Vec<&str> = words.iter().skip(at).take(5).map(|word| word.text.as_str()).collect();
    let wanted = kind(&said.join(" ")).filter(|_| {
        is_of_input && words.get(at).is_some_and(|word| word.is(&["must", "should", "expected", "expects"]))
    });
    wanted.map(|kind| Complaint { place: Place::Whole, field: None, about: About::Wanted(kind) }).into_iter().collect()
}

/// The list of names that ends right before a complaint.
fn names_before(words: &[Word]) -> Vec<Place> {
    let mut names = Vec::new();
    let mut is_joined = true;
    for word in words.iter().rev() {
        if word.is(JOINING) {
            is_joined = true;
        } else if let Some(place) = word.place() {
            if !is_joined && !word.goes_on {
                break;
            }
            names.push(place);
            is_joined = false;
        } else if !names.is_empty() && !word.is(&["a", "an", "the", "field"]) {
            break;
        }
    }
    names.reverse();
    names
}

/// The list of names that begins right behind a complaint, and how many words were read for it.
fn names_behind(words: &[Word]) -> (Vec<Place>, usize) {
    let (mut names, mut read) = (Vec::new(), 0);
    let mut may_go_on = true;
    for (at, word) in words.iter().enumerate() {
        match word.place() {
            Some(place) if may_go_on => {
                names.push(place);
                may_go_on = word.goes_on;
            }
            Some(_) => break,
            None if word.is(JOINING) => may_go_on = true,
            None if word.is(NOISE) && (names.is_empty() || word.is(&["a", "an", "the"])) => {}
            None => break,
        }
        read = at + 1;
    }
    (names, read)
}

/// What is said of the names.
fn about(said: &[&Word]) -> About {
    let texts: Vec<&str> = said.iter().map(|word| word.text.as_str()).collect();
    let sentence = texts.join(" ").to_ascii_lowercase();
    if sentence.contains("one of") {
        let listed = said.iter().skip_while(|word| !word.is(&["of"])).skip(1);
        let values: Vec<String> =
            listed.filter(|word| !word.is(JOINING) && !word.is(NOISE)).map(|word| word.text.clone()).collect();
        if !values.is_empty() {
            return About::OneOf(values);
        }
    }
    let says = |parts: &[&str]| parts.iter().any(|part| sentence.contains(part));
    if says(&["empty", "at least", "contain", "blank"]) && !says(&["string", "number", "integer"]) {
        return About::Filled;
    }
    kind(&sentence).map_or(About::Needed, About::Wanted)
}

fn words(line: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let closing = match first {
            '"' | '`' | '\'' => Some(first),
            '\u{201c}' => Some('\u{201d}'),
            '\u{2018}' => Some('\u{2019}'),
            _ => None,
        };
        let quoted = closing.and_then(|closing| rest.get(first.len_utf8()..)?.split_once(closing));
        let (text, after, is_quoted) = match quoted {
            Some((text, after)) => (text, after, true),
            None => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '"' | '`' | '=' | '(' | ')'))
                    .unwrap_or(rest.len());
                let (text, after) = rest.split_at(end.max(first.len_utf8()));
                (text, after, false)
            }
        };
        let stripped = text.trim_end_matches([',', ':', ';', '.', '!', '?', '\'', '{', '}']);
        let tail = if is_quoted {
            after.split_whitespace().next().unwrap_or_default()
        } else {
            text.get(stripped.len()..).unwrap_or_default()
        };
        let goes_on = tail.starts_with(',');
        let ends = tail.starts_with(['.', ';', '!', '?']);
        let text = if is_quoted { text } else { stripped.trim_start_matches(['{', '\'']) };
        if text.chars().any(char::is_alphanumeric) {
            words.push(Word { text: text.to_owned(), is_quoted, goes_on, ends });
        }
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '=' | '(' | ')'));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::sample::Kind;
    use super::*;

    /// The complaints in short: `email: Needed`.
    fn short(line: &str) -> Vec<String> {
        let place = |place: &Place| match place {
            Place::At(path) => format!("{path:?}").replace("Field(\"", "").replace("\")", "").replace(['[', ']'], ""),
            other => format!("{other:?}"),
        };
        read(line).iter().map(|complaint| format!("{}: {:?}", place(&complaint.place), complaint.about)).collect()
    }

    #[test]
    fn names_before_a_complaint_are_found() {
        for (line, expected) in [
            ("email and name are required", vec!["email: Needed", "name: Needed"]),
            (
                "Error: the fields `email`, `name` and `age` are missing",
                vec!["email: Needed", "name: Needed", "age: Needed"],
            ),
            ("name is required.", vec!["name: Needed"]),
            ("email: required", vec!["email: Needed"]),
            ("'age' must be a positive number", vec!["age: Wanted(Integer)"]),
            ("items must not be empty", vec!["items: Filled"]),
            ("items must be a non-empty array", vec!["items: Filled"]),
            ("name must be a non-empty string", vec!["name: Wanted(Text)"]),
            ("email is required, age must be an integer", vec!["email: Needed", "age: Wanted(Integer)"]),
            ("currency must be one of EUR, USD or GBP", vec![r#"currency: OneOf(["EUR", "USD", "GBP"])"#]),
            ("address.city is required", vec!["address, city: Needed"]),
            ("/user/age must be number", vec!["user, age: Wanted(Integer)"]),
            ("'name' is a required property", vec!["name: Needed"]),
        ] {
            assert_eq!(short(line), expected, "{line}");
        }
    }

    #[test]
    fn names_behind_a_complaint_are_found() {
        for (line, expected) in [
            ("missing email", vec!["email: Needed"]),
            ("an order needs items", vec!["items: Needed"]),
            ("every item needs a sku", vec!["items, Item(0), sku: Needed"]),
            ("the currency is a code, for instance EUR", vec![r#"currency: OneOf(["EUR"])"#]),
            ("the paymentId is missing", vec!["paymentId: Needed"]),
            ("Missing required fields: email, name", vec!["email: Needed", "name: Needed"]),
            ("must have required property 'name'", vec!["name: Needed"]),
            ("no password given", vec!["password: Needed"]),
            ("key 'email' not found", vec!["email: Needed"]),
            ("Cannot read properties of undefined (reading 'name')", vec!["name: Needed"]),
            ("invalid email", vec!["email: Needed"]),
            ("missing or invalid field \"sku\"", vec!["sku: Needed"]),
        ] {
            assert_eq!(short(line), expected, "{line}");
        }
    }

    #[test]
    fn what_the_whole_input_should_be_is_found() {
        for (line, kind) in [
            ("expected a JSON array", Kind::List),
            ("the input must be an object", Kind::Object),
            ("Input should be a string", Kind::Text),
        ] {
            let expected = Complaint { place: Place::Whole, field: None, about: About::Wanted(kind) };
            assert_eq!(read(line), [expected], "{line}");
        }
    }

    #[test]
    fn what_complains_about_no_field_says_nothing() {
        for line in ["", "unreachable executed", "out of bounds memory access", "index 3 of 2", "all good", "=== ()"] {
            assert_eq!(short(line), Vec::<String>::new(), "{line}");
        }
    }
}

//! What a user of the shop is: an e-mail address, a name, and an id that follows from the address.
//! Everything that can be wrong with one becomes a `Finding` at its field. Nothing here knows about
//! WebAssembly, so the rules are tested on any machine.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// RFC 5321, section 4.5.3.1: the longest local part, and the longest address that fits a path.
const LONGEST_LOCAL_PART: usize = 64;
const LONGEST_EMAIL: usize = 254;
/// RFC 1035, section 2.3.4.
const LONGEST_LABEL: usize = 63;
/// Characters, not bytes.
const LONGEST_NAME: usize = 100;

/// A user with every field valid and in its normal form.
#[derive(Debug, PartialEq, Serialize)]
pub struct User {
    id: String,
    email: String,
    name: String,
}

/// One thing that is wrong with one field.
#[derive(Debug, PartialEq, Serialize)]
pub struct Finding {
    field: &'static str,
    code: &'static str,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// Why a value is refused: a code for programs, the end of a sentence for people.
type Refusal = (&'static str, String);

impl User {
    /// Reads and checks all fields, so that one answer names everything that is wrong.
    ///
    /// # Errors
    /// At least one finding.
    pub fn from_fields(fields: &Map<String, Value>) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let email = checked(fields, "email", normal_email, &mut findings);
        let name = checked(fields, "name", normal_name, &mut findings);
        let (Some(email), Some(name)) = (email, name) else {
            return Err(findings);
        };
        let id = id_of(&email);
        if fields
            .get("id")
            .is_some_and(|given| given.as_str() != Some(&id))
        {
            let message = "does not belong to this e-mail address".to_string();
            return Err(vec![Finding {
                field: "id",
                code: "mismatch",
                message,
            }]);
        }
        Ok(User { id, email, name })
    }

    pub fn into_id(self) -> String {
        self.id
    }
}

/// The input's top-level object.
///
/// # Errors
/// Text that says where the JSON ends to be JSON, or what stands there instead of an object.
pub fn read_object(input: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(input).map_err(|e| format!("the input is not a JSON object: {e}"))
}

/// The id of the user with this (normal) address: a version 5 UUID of its `mailto:` URL.
fn id_of(email: &str) -> String {
    let url = format!("mailto:{email}");
    Uuid::new_v5(&Uuid::NAMESPACE_URL, url.as_bytes()).to_string()
}

fn checked(
    fields: &Map<String, Value>,
    field: &'static str,
    rule: fn(&str) -> Result<String, Refusal>,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let outcome = match fields.get(field) {
        None | Some(Value::Null) => refuse("required", "is required"),
        Some(Value::String(text)) => match text.trim() {
            "" => refuse("required", "is required"),
            trimmed => rule(trimmed),
        },
        Some(_) => refuse("notText", "must be text"),
    };
    match outcome {
        Ok(value) => Some(value),
        Err((code, message)) => {
            findings.push(Finding {
                field,
                code,
                message,
            });
            None
        }
    }
}

/// The address in lower case. Addresses outside ASCII need their `xn--` domain and are refused as
/// they stand; quoted local parts are legal in RFC 5321 and refused on purpose.
fn normal_email(text: &str) -> Result<String, Refusal> {
    if text.len() > LONGEST_EMAIL {
        return refuse(
            "tooLong",
            format!("is longer than {LONGEST_EMAIL} characters"),
        );
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return refuse("noAtSign", "has no @ sign");
    };
    if local.len() > LONGEST_LOCAL_PART || !local.split('.').all(is_atom) {
        return refuse("badLocalPart", "has an invalid part before the @ sign");
    }
    let labels: Vec<&str> = domain.split('.').collect();
    let top_level_is_a_name = labels
        .last()
        .is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
    if labels.len() < 2 || !labels.iter().all(|l| is_label(l)) || !top_level_is_a_name {
        return refuse("badDomain", "has an invalid domain after the @ sign");
    }
    Ok(text.to_ascii_lowercase())
}

/// RFC 5322, section 3.2.3: what may stand between the dots of a local part.
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

fn is_label(text: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The name with single spaces between its words.
fn normal_name(text: &str) -> Result<String, Refusal> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().any(is_hidden) {
        return refuse("hiddenCharacter", "contains a control character");
    }
    if name.chars().count() > LONGEST_NAME {
        return refuse(
            "tooLong",
            format!("is longer than {LONGEST_NAME} characters"),
        );
    }
    Ok(name)
}

/// Control characters, and those that turn the direction of the text around them.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err((code, message.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: &str) -> Result<User, Vec<&'static str>> {
        let fields = read_object(json.as_bytes()).unwrap();
        User::from_fields(&fields).map_err(|all| all.iter().map(|f| f.code).collect())
    }

    fn email(text: &str) -> Result<String, &'static str> {
        normal_email(text).map_err(|(code, _)| code)
    }

    #[test]
    fn an_address_and_a_name_are_brought_into_their_normal_form() {
        let ada = user(r#"{"email": " Ada@Example.COM ", "name": "  Ada \t Lovelace "}"#).unwrap();
        assert_eq!(ada.email, "ada@example.com");
        assert_eq!(ada.name, "Ada Lovelace");
    }

    #[test]
    fn the_id_is_the_uuid_of_the_address_in_any_spelling() {
        let one = user(r#"{"email": "ada@example.com", "name": "Ada"}"#).unwrap();
        let two = user(r#"{"email": "ADA@example.com", "name": "Countess"}"#).unwrap();
        assert_eq!(one.id, two.id);
        assert_eq!(one.id, "3d21f9ee-d85e-5a10-bda2-dff7da80567a");
    }

    #[test]
    fn every_field_is_reported_at_once() {
        assert_eq!(user("{}"), Err(vec!["required", "required"]));
        assert_eq!(
            user(r#"{"email": 7, "name": "\u0007x"}"#),
            Err(vec!["notText", "hiddenCharacter"])
        );
    }

    #[test]
    fn an_id_of_somebody_else_is_reported() {
        let json = r#"{"email": "ada@example.com", "name": "Ada", "id": "user_123"}"#;
        assert_eq!(user(json), Err(vec!["mismatch"]));
    }

    #[test]
    fn common_addresses_are_accepted() {
        for good in [
            "a@b.co",
            "first.last+tag@sub.example.org",
            "o'neil@xn--bcher-kva.example",
        ] {
            assert_eq!(email(good), Ok(good.to_string()));
        }
    }

    #[test]
    fn addresses_that_cannot_work_are_refused() {
        for bad in ["@b.co", ".a@b.co", "a..b@c.co", "a b@c.co", "a@b@c.co"] {
            assert_eq!(email(bad), Err("badLocalPart"), "{bad}");
        }
        for bad in ["a@", "a@b", "a@-b.co", "a@b-.co", "a@b..co", "a@127.0.0.1"] {
            assert_eq!(email(bad), Err("badDomain"), "{bad}");
        }
        assert_eq!(email("nobody"), Err("noAtSign"));
        assert_eq!(email(&format!("a@{}.co", "b".repeat(64))), Err("badDomain"));
        assert_eq!(
            email(&format!("{}@b.co", "a".repeat(65))),
            Err("badLocalPart")
        );
        assert_eq!(email(&"a".repeat(255)), Err("tooLong"));
    }

    #[test]
    fn a_name_is_measured_in_characters() {
        assert!(normal_name(&"é".repeat(100)).is_ok());
        assert_eq!(normal_name(&"é".repeat(101)).unwrap_err().0, "tooLong");
    }

    #[test]
    fn only_an_object_is_read() {
        for bad in ["", "[]", "\"x\"", "{", r#"["a@b.co", "Ada"]"#] {
            assert!(read_object(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}

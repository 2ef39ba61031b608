//! The user service of the online shop: JSON bytes in, JSON bytes out. It knows the functions that
//! a service configuration can name and how their answers look; what makes a user valid is decided
//! in `user`. It stores nothing and asks nothing of its host to create a user.

mod user;

use serde::Serialize;
use user::{Finding, User};
use wasm_bindgen::prelude::*;

/// What a function answers instead of its result: the platform sees the top-level `error`.
#[derive(Serialize)]
struct Failure {
    error: String,
}

/// What `validate_user_data` answers.
#[derive(Serialize)]
struct Verdict {
    valid: bool,
    findings: Vec<Finding>,
    /// Sensors to fire next; empty unless the data are valid.
    sensors: Vec<Sensor>,
}

#[derive(Serialize)]
struct Sensor {
    name: &'static str,
    payload: NewAccount,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewAccount {
    user_id: String,
    roles: [&'static str; 1],
}

/// Makes a user of `{"email": ..., "name": ...}`: `{"id": ..., "email": ..., "name": ...}` with the
/// e-mail address and the name in their normal form, or `{"error": ...}` that lists what is wrong.
/// The same address always gives the same id.
#[wasm_bindgen]
pub fn create_user(input: &[u8]) -> Vec<u8> {
    let error = match user::read_object(input) {
        Err(error) => error,
        Ok(fields) => match User::from_fields(&fields) {
            Ok(user) => return to_json(&user),
            Err(findings) => sentence(&findings),
        },
    };
    to_json(&Failure { error })
}

/// Checks the data of a user field by field: `{"valid": ..., "findings": [...], "sensors": [...]}`.
/// Valid data fire the sensor `userValidated` with the user's id and first role.
///
/// # Errors
/// Input that is not a JSON object: there is no field to report on.
#[wasm_bindgen]
pub fn validate_user_data(input: &[u8]) -> Result<Vec<u8>, JsError> {
    let fields = user::read_object(input).map_err(|error| JsError::new(&error))?;
    let verdict = match User::from_fields(&fields) {
        Ok(user) => Verdict {
            valid: true,
            findings: Vec::new(),
            sensors: vec![Sensor {
                name: "userValidated",
                payload: NewAccount {
                    user_id: user.into_id(),
                    roles: ["customer"],
                },
            }],
        },
        Err(findings) => Verdict {
            valid: false,
            findings,
            sensors: Vec::new(),
        },
    };
    Ok(to_json(&verdict))
}

/// One line for all findings: `email is required; name is required`.
fn sentence(findings: &[Finding]) -> String {
    let parts: Vec<String> = findings.iter().map(Finding::to_string).collect();
    parts.join("; ")
}

fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value)
        .unwrap_or_else(|_| br#"{"error":"the answer cannot be written as JSON"}"#.to_vec())
}

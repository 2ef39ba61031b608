//! What a guest may ask of its host: the time, random numbers, the console.

use js_sys::Date;
use wasm_bindgen::prelude::*;
use web_sys::console;

#[wasm_bindgen]
extern "C" {
    /// The console as many programs declare it themselves: with a text instead of a value.
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn log_text(text: &str);
}

/// Milliseconds since 1970, by `Date.now()`.
#[wasm_bindgen]
pub fn time_now() -> Vec<u8> {
    time(Date::now())
}

/// Milliseconds since 1970, by `new Date().getTime()`.
#[wasm_bindgen]
pub fn time_of_new_date() -> Vec<u8> {
    time(Date::new_0().get_time())
}

/// 32 random bytes in hexadecimal, by getrandom 0.2.
#[wasm_bindgen]
pub fn random_by_getrandom_02() -> Result<Vec<u8>, JsError> {
    let mut bytes = [0; 32];
    getrandom_02::getrandom(&mut bytes).map_err(|error| JsError::new(&error.to_string()))?;
    Ok(random(&bytes))
}

/// 32 random bytes in hexadecimal, by getrandom 0.4.
#[wasm_bindgen]
pub fn random_by_getrandom_04() -> Result<Vec<u8>, JsError> {
    let mut bytes = [0; 32];
    getrandom_04::fill(&mut bytes)?;
    Ok(random(&bytes))
}

/// One structured line at each level of the console; the input is one of its fields.
#[wasm_bindgen]
pub fn log_at_every_level(input: &str) -> Vec<u8> {
    let line = |level: &str| {
        let line = format!(r#"{{"level":"{level}","bytes":{}}}"#, input.len());
        JsValue::from_str(&line)
    };
    console::debug_1(&line("debug"));
    console::log_1(&line("log"));
    console::info_1(&line("info"));
    console::warn_1(&line("warn"));
    console::error_1(&line("error"));
    br#"{"lines":5}"#.to_vec()
}

/// A line by a declaration of the program's own.
#[wasm_bindgen]
pub fn log_own_declaration(input: &str) -> Vec<u8> {
    log_text(input);
    br#"{"lines":1}"#.to_vec()
}

/// A line of several values: a text, a number, a truth value, null and undefined.
#[wasm_bindgen]
pub fn log_several_values() -> Vec<u8> {
    console::log_5(
        &JsValue::from_str("values"),
        &JsValue::from_f64(1.5),
        &JsValue::TRUE,
        &JsValue::NULL,
        &JsValue::UNDEFINED,
    );
    br#"{"lines":1}"#.to_vec()
}

fn time(milliseconds: f64) -> Vec<u8> {
    format!(r#"{{"milliseconds":{milliseconds}}}"#).into_bytes()
}

fn random(bytes: &[u8]) -> Vec<u8> {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(r#"{{"random":"{digits}"}}"#).into_bytes()
}

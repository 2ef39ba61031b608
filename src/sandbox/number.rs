//! Numbers as text. The glue of exported components (`assets/component/glue`) is compiled with this very file.

/// A number as JSON and JavaScript write it: whole ones without a decimal point.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else if number.fract() == 0.0 && number.abs() < 1e21 {
        // Adding zero makes a negative zero positive, as JavaScript's conversion to text does.
        format!("{:.0}", number + 0.0)
    } else {
        serde_json::Number::from_f64(number).map_or_else(|| number.to_string(), |number| number.to_string())
    }
}

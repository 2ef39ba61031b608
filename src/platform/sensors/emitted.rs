//! The sensors that a function's output fires: `{"sensors": [{"name": ..., "payload": ...}]}`. An entry may be
//! the bare name. Without a payload, what the function itself got is handed on.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

/// A sensor that an output fires.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Emitted {
    pub(super) sensor: String,
    pub(super) payload: Arc<str>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    sensors: Value,
}

const FORM: &str = "write {\"sensors\": [{\"name\": \"userCreated\", \"payload\": {}}]}";

/// The sensors that `output` fires, and what about them could not be understood.
pub(super) fn read(output: &str, input: &Arc<str>) -> (Vec<Emitted>, Vec<String>) {
    if !output.trim_ascii_start().starts_with('{') || !output.contains("sensors") {
        return (Vec::new(), Vec::new());
    }
    let sensors = match serde_json::from_str::<Output>(output) {
        Ok(Output { sensors: Value::Array(sensors) }) => sensors,
        Ok(Output { sensors: Value::Null }) => return (Vec::new(), Vec::new()),
        Ok(_) => return (Vec::new(), vec![format!("The output's `sensors` is no list; {FORM}")]),
        Err(error) => return (Vec::new(), vec![format!("The output's `sensors` cannot be read: {error}")]),
    };
    let (mut emitted, mut problems) = (Vec::new(), Vec::new());
    for (at, entry) in sensors.into_iter().enumerate() {
        match one(entry, input) {
            Some(sensor) => emitted.push(sensor),
            // One sentence for all of them is enough.
            None if problems.is_empty() => {
                problems.push(format!("Entry {} of the output's `sensors` has no name; {FORM}", at + 1));
            }
            None => {}
        }
    }
    (emitted, problems)
}

fn one(entry: Value, input: &Arc<str>) -> Option<Emitted> {
    let (sensor, payload) = match entry {
        Value::String(name) => (name, None),
        Value::Object(mut fields) => {
            let Some(Value::String(name)) = fields.remove("name") else { return None };
            (name, fields.remove("payload"))
        }
        _ => return None,
    };
    let payload = payload.map_or_else(|| Arc::clone(input), |payload| payload.to_string().into());
    (!sensor.is_empty()).then_some(Emitted { sensor, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(output: &str) -> (Vec<(String, String)>, usize) {
        let (emitted, problems) = read(output, &Arc::from("7"));
        (emitted.into_iter().map(|one| (one.sensor, one.payload.to_string())).collect(), problems.len())
    }

    #[test]
    fn an_output_names_the_sensors_that_it_fires() {
        let (found, problems) = names(r#"{"a":1,"sensors":[{"name":"x","payload":{"b":2,"a":1}},"y",{"name":"z"}]}"#);
        let found: Vec<(&str, &str)> = found.iter().map(|(name, payload)| (name.as_str(), payload.as_str())).collect();
        assert_eq!(found, [("x", r#"{"b":2,"a":1}"#), ("y", "7"), ("z", "7")]);
        assert_eq!(problems, 0);
    }

    #[test]
    fn what_names_no_sensor_is_told() {
        for (output, problems) in [
            ("[]", 0),
            ("\"sensors\"", 0),
            (r#"{"sensors":null}"#, 0),
            (r#"{"sensors":[]}"#, 0),
            (r#"{"inner":{"sensors":["x"]}}"#, 0),
            (r#"{"sensors":{"name":"x"}}"#, 1),
            (r#"{"sensors":[1,{"payload":1},{"name":""}]}"#, 1),
        ] {
            assert_eq!(names(output), (Vec::new(), problems), "{output}");
        }
        assert_eq!(names(r#"{"sensors":[1,"x"]}"#).0.len(), 1);
    }
}

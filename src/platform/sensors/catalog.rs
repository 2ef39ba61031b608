//! The sensors of a bundle with the intents that wait for them, in the order of the manifest.

use std::time::Duration;

use crate::bundle::{Bundle, FunctionRef, Span};

/// A sensor that at least one intent waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Its exact name.
    pub name: String,
    /// The intents that it triggers, in the order of the manifest.
    pub triggers: Vec<Trigger>,
}

/// An intent as the simulator needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The service that declares the intent.
    pub service: String,
    /// The intent's name.
    pub intent: String,
    /// The function that runs; nothing where the intent names none that can be understood.
    pub function: Option<FunctionRef>,
    /// The least time between two executions.
    pub cooldown: Option<Duration>,
    /// How often a failed execution is tried again.
    pub retries: u32,
    /// How long an execution should take at most.
    pub expected: Option<Duration>,
    /// How long the intent may wait before it runs.
    pub expires_in: Option<Duration>,
    /// The file that declares it, relative to the bundle's root.
    pub file: String,
    /// Where in the file.
    pub span: Span,
}

/// All sensors that intents wait for, each once, in the order in which the bundle first names them.
pub fn sensors(bundle: &Bundle) -> Vec<Sensor> {
    let mut found: Vec<Sensor> = Vec::new();
    for service in &bundle.services {
        for intent in &service.intents {
            let Some(sensor) = &intent.when_sensor else { continue };
            let trigger = Trigger {
                service: service.name.value.clone(),
                intent: intent.name.value.clone(),
                function: intent.to_func.as_ref().map(|to| to.value.clone()),
                cooldown: intent.cooldown.as_ref().map(|cooldown| cooldown.value),
                retries: intent.retries.as_ref().map_or(0, |retries| retries.value),
                expected: intent.expected_duration.as_ref().map(|expected| expected.value),
                expires_in: intent.expires_in.as_ref().map(|expires| expires.value),
                file: service.file.clone(),
                span: intent.span,
            };
            match found.iter_mut().find(|known| known.name == sensor.value) {
                Some(known) => known.triggers.push(trigger),
                None => found.push(Sensor { name: sensor.value.clone(), triggers: vec![trigger] }),
            }
        }
    }
    found
}

/// Sensors whose names differ from `name` only in case or style: `user_created` for `userCreated`. Sensors
/// are matched by their exact name, so such a one does not fire with it.
pub fn other_spellings<'a>(name: &str, sensors: &'a [Sensor]) -> Vec<&'a str> {
    let letters =
        |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let wanted = letters(name);
    let differs = |sensor: &&Sensor| sensor.name != name && letters(&sensor.name) == wanted;
    sensors.iter().filter(differs).map(|sensor| sensor.name.as_str()).collect()
}

//! The sensors of a bundle with the intents that they trigger.

use serde_json::{Value, json};

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{printable, printable_line};
use crate::cli::Streams;
use crate::cli::args::Format;
use crate::platform::sensors::{Sensor, Trigger};

/// Writes the sensors.
pub fn write(sensors: &[Sensor], format: Format, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            let sensors: Vec<Value> = sensors.iter().map(to_json).collect();
            serde_json::to_writer_pretty(&mut *streams.out, &json!({ "sensors": sensors }))?;
            writeln!(streams.out)?;
        }
        Format::Text if sensors.is_empty() => writeln!(streams.out, "No intent of this bundle waits for a sensor")?,
        Format::Text => {
            for sensor in sensors {
                writeln!(streams.out, "sensor {}", printable(&sensor.name))?;
                for trigger in &sensor.triggers {
                    writeln!(streams.out, "  intent {}", one(trigger))?;
                }
            }
        }
    }
    Ok(())
}

fn one(trigger: &Trigger) -> String {
    let function = trigger.function.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
    let time = |name: &str, value: Option<std::time::Duration>| {
        value.map(|value| format!("{name} {}", formatted(value.as_secs_f64(), Dimension::Time)))
    };
    let retries = (trigger.retries > 0).then(|| format!("retries {}", trigger.retries));
    let rules = [
        time("cooldown", trigger.cooldown),
        retries,
        time("expected duration", trigger.expected),
        time("expires in", trigger.expires_in),
    ];
    let rules: Vec<String> = rules.into_iter().flatten().collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    format!(
        "{} of {} -> {}{rules}",
        printable_line(&trigger.intent, 200),
        printable_line(&trigger.service, 200),
        printable_line(&function, 200)
    )
}

fn to_json(sensor: &Sensor) -> Value {
    let millis = |value: Option<std::time::Duration>| value.map(|value| value.as_millis() as u64);
    let intents: Vec<Value> = sensor
        .triggers
        .iter()
        .map(|trigger| {
            json!({
                "service": trigger.service,
                "intent": trigger.intent,
                "function": trigger.function.as_ref().map(ToString::to_string),
                "cooldownMs": millis(trigger.cooldown),
                "retries": trigger.retries,
                "expectedDurationMs": millis(trigger.expected),
                "expiresInMs": millis(trigger.expires_in),
            })
        })
        .collect();
    json!({ "name": sensor.name, "intents": intents })
}

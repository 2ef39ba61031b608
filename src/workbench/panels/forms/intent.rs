//! The form of an intent: when a sensor fires, a function runs.

use std::collections::BTreeMap;

use crate::bundle::{PrimitiveIntent, duration};
use crate::workbench::state::Session;
use crate::workbench::text;

use super::endpoint;
use super::fields::{Fields, Offer};

/// Draws the fields.
pub fn show(fields: &mut Fields, session: &Session) {
    fields.text("name", "Name", "validateUser");
    fields.explain("name", None);
    fields.offering("whenSensor", "Sensor", "userCreated", &sensors(session));
    fields.explain("whenSensor", None);
    endpoint::function(fields, session, "toFunc");
    let offers = PrimitiveIntent::ALL
        .map(|primitive| Offer { value: primitive.as_str().into(), about: meaning(primitive).into() });
    fields.offering("primitiveIntent", "Primitive intent", "workflow", &offers);
    let known = PrimitiveIntent::ALL.into_iter().find(|known| known.as_str() == fields.value("primitiveIntent").trim());
    fields.explain("primitiveIntent", known.map(|known| meaning(known).into()));
    for (key, name, hint, words) in [
        ("cooldown", "Cooldown", "500ms", "At least this long between two runs"),
        ("expectedDuration", "Expected duration", "50ms", "A run should take no longer than this"),
        ("expiresIn", "Expires in", "5m", "Later than this, it is not run any more"),
    ] {
        fields.text(key, name, hint);
        let understood =
            duration::parse(fields.value(key)).ok().map(|value| format!("{words}: {}", text::duration(value)));
        fields.explain(key, understood);
        if key == "cooldown" {
            fields.text("retries", "Retries", "2");
            let retries = fields.value("retries").trim().parse::<u32>().ok();
            fields.explain(
                "retries",
                retries.map(|retries| format!("After a failure, {} more", text::count(retries as usize, "run"))),
            );
        }
    }
    fields.long("description", "Description", "What it is for");
    fields.explain("description", None);
}

/// The sensors that intents of the bundle wait for, each with who does.
fn sensors(session: &Session) -> Vec<Offer<'static>> {
    let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for service in session.bundle().into_iter().flat_map(|bundle| &bundle.services) {
        for intent in &service.intents {
            if let Some(sensor) = &intent.when_sensor {
                known.entry(&sensor.value).or_default().push(&intent.name.value);
            }
        }
    }
    let offer = |(sensor, intents): (&str, Vec<&str>)| Offer {
        value: sensor.to_owned().into(),
        about: format!("runs {}", intents.join(", ")).into(),
    };
    known.into_iter().map(offer).collect()
}

fn meaning(primitive: PrimitiveIntent) -> &'static str {
    match primitive {
        PrimitiveIntent::StateMutation => "Changes stored data",
        PrimitiveIntent::Validation => "Checks data and changes nothing",
        PrimitiveIntent::Workflow => "A step of a longer process",
        PrimitiveIntent::Transaction => "Happens as a whole or not at all",
        PrimitiveIntent::Notification => "Tells somebody about something",
        PrimitiveIntent::Cleanup => "Removes what is not needed any more",
    }
}

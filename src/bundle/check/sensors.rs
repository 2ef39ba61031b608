//! Sensors whose names differ only in their spelling.

use std::collections::HashMap;

use super::Whole;
use crate::bundle::{Code, Diagnostic, Fix, Span, names, yaml};

/// Reports a sensor that another intent spells differently.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, (&str, &str, Span)> = HashMap::new();
    for service in &whole.bundle.services {
        for sensor in service.intents.iter().filter_map(|intent| intent.when_sensor.as_ref()) {
            let key = names::snake_case(&sensor.value).replace(['-', '.', ' '], "_");
            let Some((first, file, span)) = seen.get(&key) else {
                seen.insert(key, (&sensor.value, &service.file, sensor.span));
                continue;
            };
            if *first == sensor.value {
                continue;
            }
            let (shown, place) = (names::shown(first), whole.place(file, *span));
            let message = format!("the sensor `{}` is spelt `{shown}` elsewhere", names::shown(&sensor.value));
            let help = format!("{place} waits for `{shown}`; sensors are matched by their exact name");
            let fix = Fix::new(format!("Change to {shown}"), sensor.span, yaml::quoted_if_needed(first));
            let diagnostic = whole.at(Code::SensorSpelling, &service.file, sensor.span, message);
            out.push(diagnostic.with_help(help).with_fix(fix));
        }
    }
}

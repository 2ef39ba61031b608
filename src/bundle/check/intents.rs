//! Intents that do what another one does already.

use std::collections::HashMap;

use super::Whole;
use crate::bundle::{Code, Diagnostic, Fix, FunctionRef, mend, names};

/// Reports an intent that waits for the same sensor and runs the same function as an earlier one.
pub(super) fn check(whole: &Whole, out: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(&str, FunctionRef), String> = HashMap::new();
    for service in &whole.bundle.services {
        for intent in &service.intents {
            let (Some(sensor), Some(to)) = (&intent.when_sensor, &intent.to_func) else { continue };
            let function = match &to.value {
                FunctionRef::Wasm { service, function } => {
                    FunctionRef::Wasm { service: service.clone(), function: names::snake_case(function) }
                }
                platform @ FunctionRef::Platform { .. } => platform.clone(),
            };
            let key = (sensor.value.as_str(), function);
            let Some(first) = seen.get(&key) else {
                let place = whole.place(&service.file, intent.name.span);
                seen.insert(key, format!("{} ({place})", names::shown(&intent.name.value)));
                continue;
            };
            let message = format!("intent {} does the same as intent {first}", names::shown(&intent.name.value));
            let help = format!("each time `{}` fires, the function runs twice", names::shown(&sensor.value));
            let mut diagnostic =
                whole.at(Code::IntentRepeated, &service.file, intent.name.span, message).with_help(help);
            if let Some(source) = whole.sources.get(&service.file)
                && let Some(edit) = mend::remove_item(&source.text, intent.span)
            {
                let title = format!("Remove intent {}", names::shown(&intent.name.value));
                diagnostic = diagnostic.with_fix(Fix { title, edits: vec![edit] });
            }
            out.push(diagnostic);
        }
    }
}

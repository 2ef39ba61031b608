//! The form of an endpoint.

use crate::bundle::{FunctionRef, Method};
use crate::workbench::callable::Callable;
use crate::workbench::state::Session;

use super::fields::{Fields, Offer};

/// Draws the fields.
pub fn show(fields: &mut Fields, session: &Session) {
    fields.text("name", "Name", "createUser");
    fields.explain("name", None);
    fields.segments("method", "Method", &Method::ALL.map(Method::as_str));
    fields.explain("method", None);
    fields.text("path", "Path", "/users/{id}");
    let route = route(fields, session);
    fields.explain("path", route);
    function(fields, session, "to");
    fields.long("description", "Description", "What callers get");
    fields.explain("description", None);
}

/// The whole route, as callers see it.
fn route(fields: &Fields, session: &Session) -> Option<String> {
    let bundle = session.bundle()?;
    let service = bundle.services.iter().find(|service| service.file == fields.form.key.file)?;
    let base = service.base_path.as_ref().map_or("", |base| base.value.as_str()).trim_end_matches('/');
    let path = fields.value("path").trim();
    let method = fields.value("method");
    (!path.is_empty()).then(|| format!("Answers {method} {base}/{}", path.trim_start_matches('/')))
}

/// The function that a field names, to be picked among those of the modules.
pub fn function(fields: &mut Fields, session: &Session, key: &'static str) {
    let offers: Vec<Offer> =
        session.callables.iter().filter(|callable| callable.obstacle.is_none()).map(offer).collect();
    let chosen = fields.offering(key, "Function to run", "wasm:service:function", &offers);
    if chosen && fields.value("name").trim().is_empty() {
        let name = FunctionRef::parse(fields.value(key)).map(|to| to.function().to_owned());
        fields.form.values.insert("name", name.unwrap_or_default());
    }
    let understood = match FunctionRef::parse(fields.value(key).trim()) {
        Ok(FunctionRef::Wasm { service, function }) => {
            let module = session.bundle().and_then(|bundle| bundle.module_of(&service));
            module.map(|module| format!("Runs {function} of {}", module.file))
        }
        Ok(FunctionRef::Platform { function }) => Some(format!("Runs {function} of the platform")),
        Err(_) => None,
    };
    fields.explain(key, understood);
}

fn offer(callable: &Callable) -> Offer<'static> {
    let about = match callable.referred_by.as_slice() {
        [] => "not used yet".to_owned(),
        by => format!("used by {}", by.join(", ")),
    };
    Offer { value: callable.key.reference().into(), about: about.into() }
}

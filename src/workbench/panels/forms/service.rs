//! The form of a service's own fields.

use crate::workbench::state::Session;
use crate::workbench::text;

use super::fields::Fields;

/// Draws the fields.
pub fn show(fields: &mut Fields, session: &Session) {
    fields.text("name", "Name", "user-service");
    let name = fields.value("name").trim().to_owned();
    let is_renamed = fields.form.opened_with.get("name").is_some_and(|before| *before != name);
    let remark = "References and the module keep the old name; rename the service in the editor to change them too";
    fields.explain("name", is_renamed.then(|| remark.into()));
    fields.long("description", "Description", "What the service does");
    fields.explain("description", None);
    fields.text("version", "Version", "1.0.0");
    fields.explain("version", None);
    fields.text("basePath", "Base path", "/api/v1/users");
    let bundle = session.bundle();
    let service = bundle.and_then(|bundle| bundle.services.iter().find(|service| service.file == fields.form.key.file));
    let routes = service.map_or(0, |service| service.endpoints.len());
    fields.explain("basePath", (routes > 0).then(|| format!("Stands before {}", text::count(routes, "path"))));
}

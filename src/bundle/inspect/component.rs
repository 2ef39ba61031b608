//! What a component imports and exports, in the words of its interface language (WIT): interfaces by
//! name, functions with the types of their parameters and results. Reads the validator's types, never
//! the component's code.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use wasmparser::component_types::{
    ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId, ComponentValType,
};
use wasmparser::types::{Types, TypesRef};

use super::{Export, ExternKind, Import, Inspection, MAX_LISTED, MAX_TYPES, names};

/// Longest type that is written out, in bytes; what is longer is cut.
const MAX_TYPE: usize = 400;
/// How deep a type is written out.
const MAX_DEPTH: usize = 12;

/// Adds what a component declares: `imports` and `exports` are its top-level names, in its order.
pub(super) fn declare(types: &Types, imports: &[String], exports: &[String], inspection: &mut Inspection) {
    let types = types.as_ref();
    for name in imports {
        let Some(item) = types.component_item_for_import(name) else { continue };
        let kind = match item.ty {
            ComponentEntityType::Func(id) => signature(types, id),
            ComponentEntityType::Instance(id) => ExternKind::Interface { functions: function_names(types, id) },
            _ => continue,
        };
        inspection.imports.push(Import { module: name.clone(), name: String::new(), kind });
    }
    let mut found: Vec<(Option<&str>, &str, ExternKind)> = Vec::new();
    for name in exports {
        let Some(item) = types.component_item_for_export(name) else { continue };
        match item.ty {
            ComponentEntityType::Func(id) => found.push((None, name, signature(types, id))),
            ComponentEntityType::Instance(id) => {
                for (function, id) in functions(types, id) {
                    found.push((Some(name), function, signature(types, id)));
                }
            }
            _ => {}
        }
    }
    found.truncate(MAX_LISTED);
    inspection.exports.extend(named(found));
}

/// Gives each function the shortest name that means it alone: its own (`create-user`), with its
/// interface's (`users#create-user`), or the full one (`acme:shop/users@1.0.0#create-user`). The longer
/// ones remain its aliases.
fn named(found: Vec<(Option<&str>, &str, ExternKind)>) -> Vec<Export> {
    let candidates = |interface: Option<&str>, function: &str| match interface {
        None => vec![function.to_owned()],
        // The world's own programs and servers are no library of functions: nobody calls them by a short name.
        Some(interface) if interface.starts_with("wasi:") => vec![format!("{interface}#{function}")],
        Some(interface) => {
            let unversioned = interface.split('@').next().unwrap_or(interface);
            let short = unversioned.rsplit('/').next().unwrap_or(unversioned);
            let mut all = vec![function.to_owned()];
            all.extend([short, unversioned, interface].map(|interface| format!("{interface}#{function}")));
            all.dedup();
            all
        }
    };
    let all: Vec<Vec<String>> = found.iter().map(|(interface, function, _)| candidates(*interface, function)).collect();
    let mut uses: HashMap<String, usize> = HashMap::new();
    for name in all.iter().flatten() {
        *uses.entry(names::snake_case(name)).or_default() += 1;
    }
    let is_its_own = |name: &String| uses.get(&names::snake_case(name)) == Some(&1);
    let functions = found.into_iter().zip(all);
    functions
        .map(|((interface, function, kind), all)| {
            // A function of the world itself has no other name, so it keeps its own.
            let mut unique: Vec<String> =
                all.into_iter().filter(|name| interface.is_none() || is_its_own(name)).collect();
            let name = if unique.is_empty() {
                format!("{}#{function}", interface.unwrap_or_default())
            } else {
                unique.remove(0)
            };
            Export { name, aliases: unique, kind }
        })
        .collect()
}

fn functions<'a>(
    types: TypesRef<'a>,
    instance: ComponentInstanceTypeId,
) -> impl Iterator<Item = (&'a str, ComponentFuncTypeId)> {
    let exports = types.get(instance).into_iter().flat_map(|instance| &instance.exports);
    exports.filter_map(|(name, item)| match item.ty {
        ComponentEntityType::Func(id) => Some((name.as_str(), id)),
        _ => None,
    })
}

fn function_names(types: TypesRef<'_>, instance: ComponentInstanceTypeId) -> Vec<String> {
    functions(types, instance).map(|(name, _)| name.to_owned()).take(MAX_LISTED).collect()
}

fn signature(types: TypesRef<'_>, function: ComponentFuncTypeId) -> ExternKind {
    let Some(function) = types.get(function) else {
        return ExternKind::Function { params: Vec::new(), results: Vec::new() };
    };
    let text = |ty: &ComponentValType| {
        let mut text = String::new();
        // What does not fit into the bound is left out.
        let _ = write_type(types, ty, 0, &mut Bounded(&mut text));
        text
    };
    ExternKind::Function {
        params: function.params.iter().take(MAX_TYPES).map(|(_, ty)| text(ty)).collect(),
        results: function.result.iter().map(text).collect(),
    }
}

/// A text that takes no more than [`MAX_TYPE`] bytes.
struct Bounded<'a>(&'a mut String);

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.0.len() + part.len() > MAX_TYPE {
            self.0.push('…');
            return Err(fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

/// Writes a type as WIT does, with the fields and cases of those that have a name there.
fn write_type(types: TypesRef<'_>, ty: &ComponentValType, depth: usize, out: &mut Bounded<'_>) -> fmt::Result {
    let id = match ty {
        ComponentValType::Primitive(primitive) => return write!(out, "{primitive}"),
        ComponentValType::Type(id) => *id,
    };
    if depth >= MAX_DEPTH {
        return out.write_char('…');
    }
    match types.get(id) {
        Some(defined) => write_defined(types, defined, depth + 1, out),
        None => out.write_char('…'),
    }
}

fn write_defined(
    types: TypesRef<'_>,
    defined: &ComponentDefinedType,
    depth: usize,
    out: &mut Bounded<'_>,
) -> fmt::Result {
    use ComponentDefinedType as D;
    let of = |types_of: &[&ComponentValType], name: &str, out: &mut Bounded<'_>| -> fmt::Result {
        out.write_str(name)?;
        for (at, ty) in types_of.iter().enumerate() {
            out.write_str(if at == 0 { "<" } else { ", " })?;
            write_type(types, ty, depth, out)?;
        }
        if types_of.is_empty() { Ok(()) } else { out.write_char('>') }
    };
    match defined {
        D::Primitive(primitive) => write!(out, "{primitive}"),
        D::List { element, .. } => of(&[element], "list", out),
        D::Option { ty, .. } => of(&[ty], "option", out),
        D::Map { key, value, .. } => of(&[key, value], "map", out),
        D::Tuple(tuple) => of(&tuple.types.iter().collect::<Vec<_>>(), "tuple", out),
        D::Stream { ty, .. } => of(&ty.iter().collect::<Vec<_>>(), "stream", out),
        D::Future { ty, .. } => of(&ty.iter().collect::<Vec<_>>(), "future", out),
        D::Result { ok: None, err: None, .. } => out.write_str("result"),
        D::Result { ok: Some(ok), err: None, .. } => of(&[ok], "result", out),
        D::Result { ok: Some(ok), err: Some(err), .. } => of(&[ok, err], "result", out),
        D::Result { ok: None, err: Some(err), .. } => {
            out.write_str("result<_, ")?;
            write_type(types, err, depth, out)?;
            out.write_char('>')
        }
        D::FixedLengthList { element, length, .. } => {
            out.write_str("list<")?;
            write_type(types, element, depth, out)?;
            write!(out, ", {length}>")
        }
        D::Record(record) => {
            let fields = record.fields.iter().map(|(name, ty)| (name.as_str(), Some(ty)));
            write_named(types, "record", fields, depth, out)
        }
        D::Variant(variant) => {
            let cases = variant.cases.iter().map(|(name, case)| (name.as_str(), case.ty.as_ref()));
            write_named(types, "variant", cases, depth, out)
        }
        D::Enum(names) => write_named(types, "enum", names.iter().map(|name| (name.as_str(), None)), depth, out),
        D::Flags(names) => write_named(types, "flags", names.iter().map(|name| (name.as_str(), None)), depth, out),
        D::Own(_) | D::Borrow(_) => out.write_str("resource"),
    }
}

/// `record { id: u64, name: string }`, `enum { small, large }`.
fn write_named<'a>(
    types: TypesRef<'_>,
    what: &str,
    parts: impl Iterator<Item = (&'a str, Option<&'a ComponentValType>)>,
    depth: usize,
    out: &mut Bounded<'_>,
) -> fmt::Result {
    write!(out, "{what} {{ ")?;
    for (at, (name, ty)) in parts.enumerate() {
        if at > 0 {
            out.write_str(", ")?;
        }
        out.write_str(name)?;
        if let Some(ty) = ty {
            out.write_str(": ")?;
            write_type(types, ty, depth, out)?;
        }
    }
    out.write_str(" }")
}

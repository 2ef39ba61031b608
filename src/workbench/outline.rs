//! The explorer's tree as a flat list of rows, made once for each bundle that was read.
//!
//! Plain data: no drawing, no state of what is open or selected.

use std::collections::BTreeSet;

use crate::bundle::printable::printable;
use crate::bundle::{Bundle, Diagnostic, FunctionRef, Loaded, Method, Module, Service, Severity, Span, Toolchain};

use crate::platform::Examined;

use super::callable::{FunctionKey, functions, route};
use super::text;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the bundle's root.
    pub file: String,
    /// Where in its text; `None`: the file as a whole.
    pub span: Option<Span>,
}

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A heading: Services, Modules, Files.
    Section,
    /// A service.
    Service,
    /// An endpoint.
    Endpoint(Option<Method>),
    /// An intent.
    Intent,
    /// A goal of a service.
    Goal {
        /// The service.
        service: String,
        /// The goal's name.
        goal: String,
    },
    /// A module.
    Module,
    /// A function that a module exports.
    Function,
    /// A YAML file.
    File,
    /// A remark in the place of rows: `No services`.
    Remark,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Names the row across readings of the bundle.
    pub key: String,
    /// How deep it lies; sections are 0.
    pub depth: u8,
    /// What it stands for.
    pub kind: NodeKind,
    /// Its text.
    pub label: String,
    /// What stands at its right end.
    pub detail: String,
    /// Everything about it, for the tooltip.
    pub tooltip: String,
    /// The gravest problem inside it.
    pub mark: Option<Severity>,
    /// Where it stands in the YAML.
    pub place: Option<Place>,
    /// The function that it leads to.
    pub function: Option<FunctionKey>,
    /// Whether rows may lie below it.
    pub is_parent: bool,
}

impl Node {
    fn new(depth: u8, key: String, kind: NodeKind, label: &str) -> Self {
        let label = text::one_line(label);
        Self {
            key,
            depth,
            kind,
            tooltip: label.clone(),
            label,
            detail: String::new(),
            mark: None,
            place: None,
            function: None,
            is_parent: false,
        }
    }

    fn matches(&self, needle: &str) -> bool {
        let contains = |text: &str| text.to_lowercase().contains(needle);
        contains(&self.label) || contains(&self.detail)
    }
}

/// All rows, parents before their children.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    nodes: Vec<Node>,
}

impl Outline {
    /// The rows of a bundle.
    pub fn of(loaded: &Loaded, examined: &[Examined]) -> Self {
        let mut outline = Self { nodes: Vec::new() };
        let bundle = &loaded.bundle;
        outline.section("services", "Services", bundle.services.len());
        for service in &bundle.services {
            outline.service(bundle, service, &loaded.diagnostics);
        }
        outline.remark_if_empty("services", bundle.services.is_empty(), "bundle.yaml lists no readable service");
        outline.section("modules", "Modules", bundle.modules.len());
        for module in &bundle.modules {
            outline.module(module, examined, &loaded.diagnostics);
        }
        outline.remark_if_empty("modules", bundle.modules.is_empty(), "There is no module in wasm/");
        let files: BTreeSet<&String> = bundle.sources.keys().chain(bundle.damaged.keys()).collect();
        outline.section("files", "Files", files.len());
        for file in &files {
            outline.file(file, &loaded.diagnostics);
        }
        outline.remark_if_empty("files", files.is_empty(), "No YAML file could be read");
        outline
    }

    /// All rows.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The row with this key.
    pub fn find(&self, key: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.key == key)
    }

    /// The rows to show: those whose parents are open, or, with a filter, those that match it and
    /// their parents.
    pub fn visible(&self, filter: &str, is_open: impl Fn(&str) -> bool) -> Vec<&Node> {
        let needle = filter.trim().to_lowercase();
        if needle.is_empty() { self.unfolded(is_open) } else { self.matching(&needle) }
    }

    fn unfolded(&self, is_open: impl Fn(&str) -> bool) -> Vec<&Node> {
        let mut shown = Vec::new();
        let mut closed_at: Option<u8> = None;
        for node in &self.nodes {
            if closed_at.is_some_and(|depth| node.depth > depth) {
                continue;
            }
            closed_at = (node.is_parent && !is_open(&node.key)).then_some(node.depth);
            shown.push(node);
        }
        shown
    }

    fn matching(&self, needle: &str) -> Vec<&Node> {
        let mut shown: Vec<&Node> = Vec::new();
        let mut path: Vec<&Node> = Vec::new();
        for node in &self.nodes {
            path.truncate(path.iter().take_while(|parent| parent.depth < node.depth).count());
            if node.kind != NodeKind::Remark && node.depth > 0 && node.matches(needle) {
                let missing: Vec<&Node> = path
                    .iter()
                    .copied()
                    .filter(|parent| !shown.iter().any(|known| std::ptr::eq(*known, *parent)))
                    .collect();
                shown.extend(missing);
                shown.push(node);
            }
            path.push(node);
        }
        shown
    }

    fn section(&mut self, key: &str, label: &str, count: usize) {
        let mut node = Node::new(0, key.into(), NodeKind::Section, label);
        node.detail = count.to_string();
        node.is_parent = true;
        self.nodes.push(node);
    }

    fn remark_if_empty(&mut self, section: &str, empty: bool, remark: &str) {
        if empty {
            self.nodes.push(Node::new(1, format!("{section}/empty"), NodeKind::Remark, remark));
        }
    }

    fn service(&mut self, bundle: &Bundle, service: &Service, diagnostics: &[Diagnostic]) {
        let name = &service.name.value;
        let key = format!("services/{}", service.file);
        let mut node = Node::new(1, key.clone(), NodeKind::Service, name);
        node.detail = service.version.as_ref().map(|version| text::one_line(&version.value)).unwrap_or_default();
        node.tooltip = tooltip(&[name, &service.file, service.description.as_deref().unwrap_or_default()]);
        node.place = Some(Place { file: service.file.clone(), span: Some(service.name.span) });
        node.mark = worst(diagnostics, &service.file, None);
        node.is_parent = true;
        self.nodes.push(node);
        let mut add = |mut node: Node, span: Span| {
            node.mark = worst(diagnostics, &service.file, Some(span));
            node.place = Some(Place { file: service.file.clone(), span: Some(span) });
            self.nodes.push(node);
        };
        for (at, endpoint) in service.endpoints.iter().enumerate() {
            let kind = NodeKind::Endpoint(endpoint.method.as_ref().map(|method| method.value));
            let mut node = Node::new(2, format!("{key}/endpoint/{at}"), kind, &endpoint.name.value);
            node.detail = endpoint.path.as_ref().map(|path| text::one_line(&path.value)).unwrap_or_default();
            let to = endpoint.to.as_ref().map(|to| to.value.to_string()).unwrap_or_default();
            let description = endpoint.description.as_deref().unwrap_or_default();
            node.tooltip = tooltip(&[&endpoint.name.value, &route(service, endpoint), &to, description]);
            node.function = endpoint.to.as_ref().and_then(|to| function_key(&to.value));
            add(node, endpoint.span);
        }
        for (at, intent) in service.intents.iter().enumerate() {
            let mut node = Node::new(2, format!("{key}/intent/{at}"), NodeKind::Intent, &intent.name.value);
            let sensor = intent.when_sensor.as_ref().map(|sensor| sensor.value.clone()).unwrap_or_default();
            node.detail = text::one_line(&sensor);
            let to = intent.to_func.as_ref().map(|to| to.value.to_string()).unwrap_or_default();
            let when = format!("when the sensor {sensor} fires");
            node.tooltip =
                tooltip(&[&intent.name.value, &when, &to, intent.description.as_deref().unwrap_or_default()]);
            node.function = intent.to_func.as_ref().and_then(|to| function_key(&to.value));
            add(node, intent.span);
        }
        for (at, goal) in service.goals.iter().enumerate() {
            let kind = NodeKind::Goal { service: name.clone(), goal: goal.name.value.clone() };
            let mut node = Node::new(2, format!("{key}/goal/{at}"), kind, &goal.name.value);
            node.detail = goal.target.as_ref().map(|target| target.value.to_string()).unwrap_or_default();
            node.tooltip = tooltip(&[&goal.name.value, &node.detail, goal.description.as_deref().unwrap_or_default()]);
            add(node, goal.span);
        }
        let is_empty = service.endpoints.is_empty() && service.intents.is_empty() && service.goals.is_empty();
        if is_empty {
            let remark = if bundle.module_of(name).is_some() { "No endpoints yet" } else { "No endpoints, no module" };
            self.nodes.push(Node::new(2, format!("{key}/empty"), NodeKind::Remark, remark));
        }
    }

    fn module(&mut self, module: &Module, examined: &[Examined], diagnostics: &[Diagnostic]) {
        let key = format!("modules/{}", module.file);
        let name = module.file.rsplit('/').next().unwrap_or(&module.file);
        let name = name.strip_suffix(".wasm").unwrap_or(name);
        let mut node = Node::new(1, key.clone(), NodeKind::Module, name);
        let size = text::bytes(module.size);
        let toolchain = match &module.inspection {
            Ok(inspection) => toolchain_name(inspection.toolchain()),
            Err(_) => "unreadable",
        };
        node.detail = format!("{toolchain} · {size}");
        let reason = module.inspection.as_ref().err().map(String::as_str).unwrap_or_default();
        let found = examined.iter().find(|examined| examined.file == module.file).map(|examined| &examined.result);
        let means = match found {
            Some(Ok(functions)) => functions.convention.as_str(),
            Some(Err(error)) => error.message.as_str(),
            None => "",
        };
        node.tooltip = tooltip(&[&module.file, &node.detail, reason, means]);
        node.mark = worst(diagnostics, &module.file, None).or(module.inspection.is_err().then_some(Severity::Error));
        node.is_parent = true;
        self.nodes.push(node);
        let callable = functions(module, examined);
        let no_function = callable.is_empty();
        for function in callable {
            let mut node = Node::new(2, format!("{key}/{function}"), NodeKind::Function, &function);
            let about = found.and_then(|found| found.as_ref().ok()).into_iter().flat_map(|found| &found.assumptions);
            let mut assumed: Vec<String> = about
                .filter(|assumption| assumption.function == function)
                .map(|assumption| format!("assumed that {}", assumption.message))
                .collect();
            assumed.insert(0, format!("exported by {}", module.file));
            node.tooltip = tooltip(&[&function, &assumed.join("\n")]);
            node.function = Some(FunctionKey { service: module.service.clone(), function });
            self.nodes.push(node);
        }
        if no_function {
            self.nodes.push(Node::new(2, format!("{key}/empty"), NodeKind::Remark, "No function to call"));
        }
    }

    fn file(&mut self, file: &str, diagnostics: &[Diagnostic]) {
        let mut node = Node::new(1, format!("files/{file}"), NodeKind::File, file);
        node.place = Some(Place { file: file.into(), span: None });
        node.mark = worst(diagnostics, file, None);
        self.nodes.push(node);
    }
}

/// How the window names a toolchain.
pub fn toolchain_name(toolchain: Toolchain) -> &'static str {
    match toolchain {
        Toolchain::WasmBindgen => "wasm-bindgen",
        Toolchain::AssemblyScript => "AssemblyScript",
        Toolchain::GoJs => "Go",
        Toolchain::Emscripten => "Emscripten",
        Toolchain::Wasi => "WASI",
        Toolchain::Component => "component",
        Toolchain::Extism => "Extism",
        Toolchain::Unknown => "unknown toolchain",
    }
}

fn function_key(to: &FunctionRef) -> Option<FunctionKey> {
    match to {
        FunctionRef::Wasm { service, function } => {
            Some(FunctionKey { service: service.clone(), function: function.clone() })
        }
        FunctionRef::Platform { .. } => None,
    }
}

fn tooltip(lines: &[&str]) -> String {
    let lines: Vec<String> = lines.iter().filter(|line| !line.is_empty()).map(|line| printable(line).into()).collect();
    lines.join("\n")
}

/// The gravest error or warning of a file, or of a part of it. Hints are no reason for a mark.
fn worst(diagnostics: &[Diagnostic], file: &str, within: Option<Span>) -> Option<Severity> {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.file == file && diagnostic.severity != Severity::Hint)
        .filter(|diagnostic| match (within, diagnostic.span) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(outer), Some(inner)) => outer.start <= inner.start && inner.start < outer.end.max(outer.start + 1),
        })
        .map(|diagnostic| diagnostic.severity)
        .min()
}

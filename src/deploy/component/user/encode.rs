//! Puts the parts together: the user's module, the glue, the generated modules between them, and the interfaces that
//! the component imports and exports (`assets/component/wit/bundle.wit`).

use wasm_encoder::{
    CanonicalOption, ComponentBuilder, ComponentExportKind, ComponentTypeRef, ComponentValType, ExportKind,
    InstanceType, ModuleArg, PrimitiveValType, TypeBounds,
};

use super::bridge::{self, BRIDGED, Of};
use super::config::{self, Config};
use super::entries::{self, Entry};
use super::imports::{self, Imports};
use super::recipe::Recipe;

/// The glue, as its sources in `assets/component/glue` build it.
const GLUE: &[u8] = include_bytes!("../../../../assets/component/glue.wasm");

const HOST: &str = "priostack:bundle/host@0.1.0";
const FUNCTIONS: &str = "priostack:bundle/functions@0.1.0";

/// What a component is made of.
pub(super) struct Parts<'a> {
    pub(super) module: &'a [u8],
    pub(super) recipe: Recipe,
    pub(super) imports: Imports,
    pub(super) entries: Vec<Entry>,
    pub(super) site: &'a [u8],
}

/// Encodes the component.
///
/// # Errors
/// When what the glue is told cannot be written.
pub(super) fn component(parts: &Parts) -> Result<Vec<u8>, String> {
    let config = config(parts)?;
    let mut builder = ComponentBuilder::default();
    let host = import_host(&mut builder);
    let core = Core::instantiate(&mut builder, parts, &config, host);
    let types = Types::define(&mut builder);
    let call = builder.lift_func(Some("call"), core.call, types.call, core.options());
    let site = builder.lift_func(Some("site"), core.site, types.site, [CanonicalOption::Memory(core.site_memory)]);
    let interface = interface();
    let interface = builder.component(Some("interface"), interface);
    let functions = builder.instantiate(
        Some("functions"),
        interface,
        [
            ("import-type-failure", ComponentExportKind::Type, types.failure),
            ("import-type-reply", ComponentExportKind::Type, types.reply),
            ("import-func-call", ComponentExportKind::Func, call),
            ("import-func-site", ComponentExportKind::Func, site),
        ],
    );
    builder.export(FUNCTIONS, ComponentExportKind::Instance, functions, None);
    Ok(builder.finish())
}

/// What the glue is told, as JSON.
fn config(parts: &Parts) -> Result<Vec<u8>, String> {
    let entry = |entry: &Entry| config::Entry { name: entry.name.clone(), results: entry.results.clone() };
    let import = |import: &config::Import| config::Import {
        module: import.module.clone(),
        name: import.name.clone(),
        params: import.params.clone(),
        results: import.results.clone(),
        indirect: entries::indirect(&parts.entries, import),
    };
    let config = Config {
        recipe: parts.recipe.clone(),
        entries: parts.entries.iter().map(entry).collect(),
        imports: parts.imports.0.iter().map(import).collect(),
    };
    serde_json::to_vec(&config).map_err(|error| format!("What the glue is told cannot be written: {error}"))
}

/// Functions of the host, by their indices.
struct Host {
    log: u32,
    now: u32,
    ticks: u32,
    random: u32,
}

fn import_host(builder: &mut ComponentBuilder) -> Host {
    let mut host = InstanceType::new();
    host.ty().defined_type().list(PrimitiveValType::U8);
    host.ty()
        .function()
        .params([("level", ComponentValType::Primitive(PrimitiveValType::U8)), ("text", ComponentValType::Type(0))])
        .result(None);
    host.export("log", ComponentTypeRef::Func(1));
    host.ty()
        .function()
        .params::<[(&str, ComponentValType); 0], _>([])
        .result(Some(ComponentValType::Primitive(PrimitiveValType::U64)));
    for name in ["now", "ticks", "random"] {
        host.export(name, ComponentTypeRef::Func(2));
    }
    let ty = builder.type_instance(Some("host"), &host);
    let instance = builder.import(HOST, ComponentTypeRef::Instance(ty));
    let mut function = |name: &str| builder.alias_export(instance, name, ComponentExportKind::Func);
    Host { log: function("log"), now: function("now"), ticks: function("ticks"), random: function("random") }
}

/// What the instances of the core modules offer to the component.
struct Core {
    memory: u32,
    realloc: u32,
    post_return: u32,
    call: u32,
    site: u32,
    site_memory: u32,
}

impl Core {
    /// Instantiates in an order in which each has what it needs: the glue before the user's module, so that a start
    /// section can ask for the time; and through the doors, which open last, the glue reaches that module.
    fn instantiate(builder: &mut ComponentBuilder, parts: &Parts, config: &[u8], host: Host) -> Self {
        let doors = builder.core_module(Some("doors"), &bridge::doors());
        let doors = builder.core_instantiate(Some("doors"), doors, []);
        let lowered = [("now", host.now), ("ticks", host.ticks), ("random", host.random)]
            .map(|(name, function)| (name, ExportKind::Func, builder.lower_func(Some(name), function, [])));
        let outside = builder.core_instantiate_exports(Some("host"), lowered);
        let glue = builder.core_module_raw(Some("glue"), GLUE);
        let arguments = [("bridge", ModuleArg::Instance(doors)), (HOST, ModuleArg::Instance(outside))];
        let glue = builder.core_instantiate(Some("glue"), glue, arguments);
        let memory = builder.core_alias_export(Some("glue memory"), glue, "memory", ExportKind::Memory);

        let imports = builder.core_module(Some("imports"), &imports::generate(&parts.imports, config));
        let imports = builder.core_instantiate(Some("imports"), imports, [("glue", ModuleArg::Instance(glue))]);
        let user = instantiate_user(builder, parts, imports);

        let both = [("user", ModuleArg::Instance(user)), ("glue", ModuleArg::Instance(glue))];
        let memories = builder.core_module(Some("memories"), &bridge::memories());
        let memories = builder.core_instantiate(Some("memories"), memories, both);
        let pages = builder.core_module(Some("pages"), &bridge::pages());
        let pages = builder.core_instantiate(Some("pages"), pages, [("user", ModuleArg::Instance(user))]);
        let exports = builder.core_module(Some("exports"), &entries::generate(&parts.entries));
        let exports = builder.core_instantiate(Some("exports"), exports, both);
        let log = builder.lower_func(Some("log"), host.log, [CanonicalOption::Memory(memory)]);
        let bridged = BRIDGED.iter().map(|bridged| {
            let instance = match bridged.of {
                Of::Memories => memories,
                Of::Pages => pages,
                Of::Exports => exports,
                Of::Host => return (bridged.name, ExportKind::Func, log),
            };
            (bridged.name, ExportKind::Func, builder.core_alias_export(None, instance, bridged.name, ExportKind::Func))
        });
        let bridged: Vec<_> = bridged.collect();
        let bridge = builder.core_instantiate_exports(Some("bridge"), bridged);
        let filler = builder.core_module(Some("filler"), &bridge::filler());
        let arguments = [("doors", ModuleArg::Instance(doors)), ("bridge", ModuleArg::Instance(bridge))];
        builder.core_instantiate(Some("filler"), filler, arguments);

        let site = builder.core_module(Some("site"), &imports::site(parts.site));
        let site = builder.core_instantiate(Some("site"), site, []);
        let mut function = |name: &str| builder.core_alias_export(Some(name), glue, name, ExportKind::Func);
        let (realloc, post_return, call) = (function("realloc"), function("post_return"), function("call"));
        Self {
            memory,
            realloc,
            post_return,
            call,
            site: builder.core_alias_export(Some("site"), site, "site", ExportKind::Func),
            site_memory: builder.core_alias_export(Some("site memory"), site, "memory", ExportKind::Memory),
        }
    }

    /// How the glue's `call` is lifted.
    fn options(&self) -> [CanonicalOption; 4] {
        [
            CanonicalOption::UTF8,
            CanonicalOption::Memory(self.memory),
            CanonicalOption::Realloc(self.realloc),
            CanonicalOption::PostReturn(self.post_return),
        ]
    }
}

/// The user's module, with an instance for each module that it imports from.
fn instantiate_user(builder: &mut ComponentBuilder, parts: &Parts, imports: u32) -> u32 {
    let mut modules: Vec<&str> = parts.imports.0.iter().map(|import| import.module.as_str()).collect();
    modules.sort_unstable();
    modules.dedup();
    let mut arguments = Vec::new();
    for module in modules {
        let of_module = parts.imports.0.iter().enumerate().filter(|(_, import)| import.module == module);
        let functions = of_module.map(|(at, import)| {
            let function = builder.core_alias_export(None, imports, &imports::export_name(at), ExportKind::Func);
            (import.name.as_str(), ExportKind::Func, function)
        });
        let functions: Vec<_> = functions.collect();
        arguments.push((module, ModuleArg::Instance(builder.core_instantiate_exports(None, functions))));
    }
    let user = builder.core_module_raw(Some("user"), parts.module);
    builder.core_instantiate(Some("user"), user, arguments)
}

/// The types of the interface `functions`, as the component's functions are lifted with them.
struct Types {
    failure: u32,
    reply: u32,
    call: u32,
    site: u32,
}

impl Types {
    fn define(builder: &mut ComponentBuilder) -> Self {
        let bytes = define_bytes(builder);
        let (failure, ty) = builder.type_defined(Some("failure"));
        failure_record(ty);
        let reply = define_reply(builder, bytes, failure);
        Self { failure, reply, call: define_call(builder, bytes, reply), site: define_site(builder, bytes) }
    }
}

fn define_bytes(builder: &mut ComponentBuilder) -> u32 {
    let (bytes, ty) = builder.type_defined(None);
    ty.list(PrimitiveValType::U8);
    bytes
}

fn failure_record(ty: wasm_encoder::ComponentDefinedTypeEncoder<'_>) {
    ty.record([("code", PrimitiveValType::String), ("message", PrimitiveValType::String)]);
}

fn define_reply(builder: &mut ComponentBuilder, bytes: u32, failure: u32) -> u32 {
    let (reply, ty) = builder.type_defined(None);
    let (bytes, failure) = (Some(ComponentValType::Type(bytes)), Some(ComponentValType::Type(failure)));
    ty.variant([("output", bytes), ("nothing", None), ("error", bytes), ("fault", failure)]);
    reply
}

fn define_call(builder: &mut ComponentBuilder, bytes: u32, reply: u32) -> u32 {
    let (call, mut ty) = builder.type_function(None);
    ty.params([
        ("function", ComponentValType::Primitive(PrimitiveValType::U32)),
        ("input", ComponentValType::Type(bytes)),
    ])
    .result(Some(ComponentValType::Type(reply)));
    call
}

fn define_site(builder: &mut ComponentBuilder, bytes: u32) -> u32 {
    let (site, mut ty) = builder.type_function(None);
    ty.params::<[(&str, ComponentValType); 0], _>([]).result(Some(ComponentValType::Type(bytes)));
    site
}

/// A component that only gives types and functions their names: an exported function may speak of named types alone,
/// and a type gets its name by being imported or exported.
fn interface() -> ComponentBuilder {
    let mut builder = ComponentBuilder::default();
    let bytes = define_bytes(&mut builder);
    let (failure, ty) = builder.type_defined(None);
    failure_record(ty);
    let failure = builder.import("import-type-failure", ComponentTypeRef::Type(TypeBounds::Eq(failure)));
    let reply = define_reply(&mut builder, bytes, failure);
    let reply = builder.import("import-type-reply", ComponentTypeRef::Type(TypeBounds::Eq(reply)));
    let ty = define_call(&mut builder, bytes, reply);
    let call = builder.import("import-func-call", ComponentTypeRef::Func(ty));
    let ty = define_site(&mut builder, bytes);
    let site = builder.import("import-func-site", ComponentTypeRef::Func(ty));

    // The exported types are defined once more, so that all they speak of is exported too.
    let (failure, ty) = builder.type_defined(None);
    failure_record(ty);
    let failure = builder.export("failure", ComponentExportKind::Type, failure, None);
    let reply = define_reply(&mut builder, bytes, failure);
    let reply = builder.export("reply", ComponentExportKind::Type, reply, None);
    let ty = define_call(&mut builder, bytes, reply);
    builder.export("call", ComponentExportKind::Func, call, Some(ComponentTypeRef::Func(ty)));
    let ty = define_site(&mut builder, bytes);
    builder.export("site", ComponentExportKind::Func, site, Some(ComponentTypeRef::Func(ty)));
    builder
}

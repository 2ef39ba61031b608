//! Every check's stable code, its usual severity and its explanation, in one table.

use super::Severity;

macro_rules! codes {
    ($(#[doc = $doc:literal] $variant:ident, $text:literal, $severity:ident, $explanation:literal;)*) => {
        /// A check's stable name. [`Code::as_str`] is what people and tools see.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $doc] $variant,)* }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, such as `manifest-missing`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// How much a problem of this kind weighs, unless the single case says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// A few words that say what is wrong, without a full stop.
            pub fn title(self) -> &'static str {
                let title = match self { $(Self::$variant => $doc,)* };
                title.trim().trim_end_matches('.')
            }

            /// A paragraph that explains the check: what it means and how to mend it.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $explanation,)* }
            }
        }
    };
}

impl Code {
    /// The code that is written `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

codes! {
    /// The bundle's folder cannot be read.
    FolderUnreadable, "folder-unreadable", Error,
    "A bundle is a folder with bundle.yaml at its root. The folder does not exist, is not a folder, or its permissions forbid reading it. Check the path that was opened and the permissions of the folder.";
    /// There is no bundle.yaml.
    ManifestMissing, "manifest-missing", Error,
    "The file bundle.yaml at the root of the folder names the bundle and lists its services; without it the folder is not a bundle. Open the folder that holds bundle.yaml, or create the file with `name` and `services`.";
    /// A file of the bundle cannot be read.
    FileUnreadable, "file-unreadable", Error,
    "A file that belongs to the bundle exists but cannot be read: its permissions forbid it, it is a folder or a device, or the disk reported an error. Make it a plain file that you may read.";
    /// A file is larger than the workbench reads.
    FileTooLarge, "file-too-large", Error,
    "YAML files are read up to 4 MiB and modules up to 64 MiB, so that a wrong file cannot stall the workbench. A larger file is usually something else under the wrong name.";
    /// A YAML file is not UTF-8.
    NotUtf8, "not-utf8", Error,
    "YAML files of a bundle are UTF-8 text. This one holds bytes that are not: it was saved in another encoding (UTF-16, Latin-1) or is not a text at all. Save it again as UTF-8.";
    /// A YAML file begins with a byte order mark.
    ByteOrderMark, "byte-order-mark", Hint,
    "The file begins with an invisible byte order mark. YAML allows it, but some tools take it for a part of the first key. It can be removed without loss.";
    /// The text is not YAML.
    YamlSyntax, "yaml-syntax", Error,
    "The text breaks YAML's grammar at this place, so nothing after it can be relied on. Frequent causes: a tab in the indentation, a missing space after a colon or dash, a quotation mark or bracket that is not closed, lines that are indented unevenly, a value with `: ` or ` #` inside that needs quotation marks.";
    /// A key stands twice in one mapping.
    YamlDuplicateKey, "yaml-duplicate-key", Error,
    "One mapping holds the same key twice. YAML forbids it, and readers differ in which of the two they take. Remove or rename one of them.";
    /// More than one document in a file.
    YamlSeveralDocuments, "yaml-several-documents", Error,
    "A file of a bundle holds one YAML document. A line `---` begins another one, which would be ignored or refused. Move it to a file of its own.";
    /// An alias without an anchor.
    YamlUnknownAlias, "yaml-unknown-alias", Error,
    "An alias such as `*name` repeats the value that was marked `&name` earlier in the same file. No such anchor comes before this alias. Define it first, or write the value out. A text that begins with `*` needs quotation marks.";
    /// Nesting or aliases beyond the limits.
    YamlTooComplex, "yaml-too-complex", Error,
    "The file nests more than 64 levels deep, its aliases expand to more than 200,000 values, or it lists more than 2,000 services. No real bundle needs that, and reading such a file could exhaust memory. Flatten it, or write the values out.";
    /// YAML that some readers refuse or read otherwise.
    YamlUnportable, "yaml-unportable", Warning,
    "The text is one that YAML's readers do not agree on: the current specification allows it and widely used readers refuse it, or the other way round. The platform may use either kind. Write it in the plain way that the help names.";
    /// A tag that nothing understands.
    YamlTag, "yaml-tag", Warning,
    "A tag such as !include or !!binary asks for a special meaning of the value behind it. Nothing in a bundle has one: the value is read as if the tag were not there. Remove the tag; a text that begins with an exclamation mark needs quotation marks.";
    /// A word that older YAML reads as a boolean.
    YamlOldBoolean, "yaml-old-boolean", Hint,
    "The words yes, no, on and off are texts in YAML 1.2 and booleans in YAML 1.1, which many readers still follow. In quotation marks they are texts for all of them.";
    /// Characters that nobody sees.
    InvisibleCharacter, "invisible-character", Warning,
    "The text holds characters that cannot be seen or that turn the reading direction: what is read differs from what is shown. They are pasted by accident from web pages, or placed to mislead. Names that differ only by them are different names. Remove them.";
    /// A letter of another alphabet that looks like a Latin one.
    LookalikeLetter, "lookalike-letter", Warning,
    "A name mixes Latin letters with letters of another alphabet that look the same, such as a Cyrillic а. It is another name than it seems to be, so no reference finds it. Type it anew.";
    /// More problems than anybody reads.
    TooManyProblems, "too-many-problems", Error,
    "So many problems were found that the rest is not listed. Mend the first ones; often they have one cause. It counts as an error, because what is not listed may be one.";
    /// A file without content.
    FileEmpty, "file-empty", Error,
    "The file holds no YAML value, only white space or comments. Fill it, or remove it together with its entry in bundle.yaml.";
    /// A value of another kind than its field needs.
    WrongType, "wrong-type", Error,
    "The field holds a value of another kind than it needs: a list where a text belongs, a number where a list belongs, and so on. A text that looks like a number, such as a version 1.0, is read as a number unless it stands in quotation marks; that alone is a warning.";
    /// A required field is absent.
    MissingField, "missing-field", Error,
    "The platform requires this field. Without it the entry cannot be used.";
    /// A required field has no value.
    EmptyValue, "empty-value", Error,
    "The field is there but has no value. Give it one, or remove the field if it is optional.";
    /// A field that the platform's documentation does not name.
    UnknownField, "unknown-field", Warning,
    "The platform's documentation knows no such field at this place, so it is probably ignored. Check the spelling and the indentation. Fields that begin with `x-` are never reported.";
    /// A name that cannot be referred to.
    NameInvalid, "name-invalid", Error,
    "References are written wasm:<service>:<function>, and module files are named after their service. A service's name therefore holds no white space, colon, slash or backslash.";
    /// Two things with one name.
    DuplicateName, "duplicate-name", Error,
    "Services have unique names within the bundle; endpoints, intents and goals have unique names within their service. Rename one of them.";
    /// Names of services that differ in their spelling only.
    NameSimilar, "name-similar", Warning,
    "Two services have names that differ only in capitals, hyphens or underscores. They are two services, but some systems take their files and modules for the same, and references are easily mixed up. Rename one of them.";
    /// The bundle lists no services.
    NoServices, "no-services", Warning,
    "A bundle without services can be read but does nothing. Add `- path: services/<name>.yaml` entries under `services` in bundle.yaml.";
    /// A service file is listed twice.
    ServiceListedTwice, "service-listed-twice", Error,
    "bundle.yaml lists the same service file twice. Remove one of the entries.";
    /// A listed service file does not exist.
    ServiceFileMissing, "service-file-missing", Error,
    "bundle.yaml lists a service file that does not exist. Paths are relative to the bundle's root, use `/`, and distinguish capitals.";
    /// A listed file that cannot be a service file.
    PathNotService, "path-not-service", Error,
    "The entries under `services` in bundle.yaml name YAML files of services. This one names the manifest itself or a file of another kind, such as a module. List the service's YAML file; its module is found by its name.";
    /// A service file that the manifest does not list.
    ServiceNotListed, "service-not-listed", Warning,
    "A service file lies in the bundle's folder but bundle.yaml does not list it: it would be neither deployed nor checked. Add it to `services`, or move it out of the bundle.";
    /// A path that leaves the bundle.
    PathOutside, "path-outside", Error,
    "Everything that a bundle names lies within its own folder. An absolute path, a path with `..`, or a symbolic link to a place outside would break on every other machine, and is never followed.";
    /// A path written with backslashes.
    PathBackslash, "path-backslash", Error,
    "Paths in a bundle use `/` on every system. A backslash is an ordinary character of a file name elsewhere, so the file would not be found.";
    /// A path whose capitals differ from the file's.
    PathCase, "path-case", Error,
    "The path differs from the file's name only in capital and small letters. That works on some systems and fails on others, among them the platform. Write the path as the file is named.";
    /// The service's name is not its file's name.
    ServiceNameDiffers, "service-name-differs", Warning,
    "A service's file and module are named after the service: user-service.yaml, user-service.wasm and `name: user-service` belong together. Where they differ, references and modules are easily mixed up.";
    /// A version that is not a semantic version.
    VersionInvalid, "version-invalid", Warning,
    "Versions follow semver.org: three numbers with dots, such as 1.4.0, optionally with a pre-release such as 1.4.0-beta.1.";
    /// An unknown HTTP method.
    MethodUnknown, "method-unknown", Error,
    "The platform routes GET, POST, PUT, DELETE and PATCH, written in capitals.";
    /// A path or base path that is not a path template.
    PathInvalid, "path-invalid", Error,
    "An endpoint's path and a service's base path begin with `/`; their segments are plain text or a parameter such as {id} (or :id), each parameter name once, without query, fragment or white space.";
    /// Two endpoints answer the same requests.
    RouteConflict, "route-conflict", Error,
    "Two endpoints of the bundle have the same method and the same path. Names of parameters make no difference: /users/{id} and /users/{name} match the same requests. Change one of them.";
    /// Two routes that share some requests.
    RouteOverlap, "route-overlap", Warning,
    "Two endpoints answer some of the same requests, because one has a parameter where the other has a fixed text. Where one of them is more specific at every such place, routers commonly prefer it, and this is only a hint. Where each is more specific at another place, nothing says which one answers. Change one of the paths.";
    /// Two routes that differ in capitals only.
    RouteSpelling, "route-spelling", Warning,
    "Paths distinguish capitals. Two endpoints have paths that differ in nothing else, so one of them is probably a slip, and callers will mix them up.";
    /// A path that repeats the base path.
    RouteRepeatsBase, "route-repeats-base", Warning,
    "An endpoint's path is added to the service's base path. This one begins with the base path already, so that it stands in the route twice. Leave it out.";
    /// A text that is not a function reference.
    FunctionRefInvalid, "function-ref-invalid", Error,
    "Functions are referred to as wasm:<service>:<function> for a function of a module, or func:<function> for a function of the platform itself.";
    /// An intent that runs a function of the platform.
    IntentPlatformFunction, "intent-platform-function", Hint,
    "The platform's documentation lets endpoints name its own functions (func:...), and intents functions of modules (wasm:...). An intent with a function of the platform may work, but no document says so, and the workbench cannot run it.";
    /// A reference to a service that does not exist.
    ServiceUnknown, "service-unknown", Error,
    "The reference names a service that the bundle does not have. The name is the one after `name:` in the service's file.";
    /// A reference to a function that the module does not export.
    FunctionUnknown, "function-unknown", Error,
    "The service's module exports no function of this name. camelCase and snake_case are the same name: createUser finds create_user. If the function exists in the source, check that it is exported (#[wasm_bindgen], EMSCRIPTEN_KEEPALIVE, export function) and that the module was built again.";
    /// A service whose module is needed but absent.
    ModuleMissing, "module-missing", Error,
    "A reference needs the module of a service, and there is no such file. The module of the service user-service is wasm/user-service.wasm. Build it and copy it there under that name.";
    /// A module file that is not a usable module.
    ModuleInvalid, "module-invalid", Error,
    "The file in wasm/ is not a valid WebAssembly module. The message says what its bytes look like. Build it again, and copy the .wasm file itself, in binary mode and completely.";
    /// A module file that belongs to no service.
    ModuleOrphan, "module-orphan", Warning,
    "Modules are named after their service, and no service of the bundle has this name. The file would not be deployed. Rename it, or remove it.";
    /// A component where a module is expected.
    ModuleComponent, "module-component", Warning,
    "The file is a WebAssembly component (WASI 0.2), not a core module. The workbench calls its functions that take bytes, text or values that JSON can tell, and compares their names with the references: create-user is createUser. The platform's documentation describes core modules only, so ask whether it takes components before you deploy one.";
    /// A module that its toolchain has not finished.
    ModuleUnfinished, "module-unfinished", Warning,
    "The module is an intermediate product: its own toolchain has one more step to do before it can run on its own (wasm-bindgen after the Rust compiler, the main module for an Emscripten side module).";
    /// A module that exports no functions to call.
    ModuleWithoutFunctions, "module-without-functions", Warning,
    "The module exports no function that a reference could name. C and C++ functions need EMSCRIPTEN_KEEPALIVE (and extern \"C\"), Rust functions #[wasm_bindgen], AssemblyScript functions `export`.";
    /// An AssemblyScript module without its runtime's exports.
    ModuleWithoutRuntime, "module-without-runtime", Hint,
    "The AssemblyScript module does not export its allocator, so an input can be handed over only with a workaround that not every program survives. Build it with --exportRuntime.";
    /// A module that the sandbox cannot run.
    ModuleUnusable, "module-unusable", Error,
    "The module is a valid one, but it cannot be run: it follows no calling convention that the sandbox knows, needs a WebAssembly feature that it lacks, or ends while it starts. The message says which, and what to build it with. It is an error where a reference needs the module.";
    /// A reference to a function that takes something other than JSON.
    FunctionNotCallable, "function-not-callable", Error,
    "The module exports the function, but it takes numbers or several values, or belongs to a class, and the platform passes one JSON document as bytes. Export a function that takes and returns bytes or a text.";
    /// A function's type leaves open how it is called.
    ConventionAmbiguous, "convention-ambiguous", Warning,
    "Neither the module nor the files beside it tell how the function takes its input, for instance as bytes or as a string, and the wrong way can give plausible but wrong answers. The workbench assumes the documented way. Settle it by a choice, which is noted in .workbench/settings.yaml, or by the type declarations that the toolchain writes.";
    /// Settings that cannot be read.
    SettingsInvalid, "settings-invalid", Error,
    "The file .workbench/settings.yaml notes how functions are called where modules do not tell. It is not what it should be, and nothing is run by settings that are not understood. Mend it at the place that the message names, or remove it.";
    /// A C or C++ module that exports no allocator.
    ModuleWithoutAllocator, "module-without-allocator", Hint,
    "The C or C++ module exports no allocator, so that inputs are put onto its stack: up to 32 KiB, and a deep function may run out of what is left. Export malloc and free: -sEXPORTED_FUNCTIONS=_malloc,_free (Emscripten), -Wl,--export=malloc -Wl,--export=free (clang, zig).";
    /// C++ exceptions that only JavaScript can throw.
    ModuleExceptions, "module-exceptions", Warning,
    "The module was built with -fexceptions: it throws and catches C++ exceptions by way of JavaScript, which the platform does not run. It works as long as nothing is thrown. Build it without exceptions, or with -fwasm-exceptions -sWASM_EXNREF=1, which need no JavaScript.";
    /// A module imports what the platform forbids.
    ImportForbidden, "import-forbidden", Warning,
    "The platform gives modules memory, time, random numbers and logging; no files, no network and no processes. The module imports functions for such things. It can be loaded, but calling one of them fails.";
    /// A module imports what the sandbox does not know.
    ImportUnknown, "import-unknown", Warning,
    "The module imports functions that the sandbox does not offer. It can be loaded, but a call of one of them ends the invocation. Often a wrong build option is the cause, for instance Emscripten output that needs its JavaScript file.";
    /// Exported functions that nothing refers to.
    ExportUnused, "export-unused", Hint,
    "The module exports functions that no endpoint and no intent of the bundle refers to. That is no mistake in itself; it may show a forgotten endpoint or a misspelt reference.";
    /// An intent without its primitive intent.
    PrimitiveMissing, "primitive-missing", Warning,
    "The platform's field table requires primitiveIntent, though its own examples leave it out: stateMutation, validation, workflow, transaction, notification or cleanup.";
    /// A primitive intent that the documentation does not name.
    PrimitiveUnknown, "primitive-unknown", Warning,
    "The documentation names these primitive intents: stateMutation, validation, workflow, transaction, notification, cleanup.";
    /// Two spellings of what seems to be one sensor.
    SensorSpelling, "sensor-spelling", Warning,
    "Sensors are matched by their exact name. Two intents wait for sensors whose names differ only in spelling (userCreated, user_created): one of them will probably never fire.";
    /// Two intents that do the same.
    IntentRepeated, "intent-repeated", Warning,
    "Two intents wait for the same sensor and run the same function: each time the sensor fires, the function runs twice. Remove one of them, or let it do something else.";
    /// A text that is not a duration.
    DurationInvalid, "duration-invalid", Error,
    "Durations are whole numbers with units, the largest unit first: 500ms, 30s, 5m, 1h, 2d, 1h30m.";
    /// An intent that expires before it is expected to end.
    DurationConflict, "duration-conflict", Warning,
    "The intent expires before the time that it is expected to take, or before its cooldown has passed, so that what fired during the cooldown is lost. Raise expiresIn, or lower the other duration.";
    /// A duration of nothing.
    DurationPointless, "duration-pointless", Warning,
    "A duration of zero says nothing here: what expires after zero time never runs, what is expected to take no time is always late, and a cooldown of zero is none. Give it a value, or remove the field.";
    /// Retries that are not a count.
    RetriesInvalid, "retries-invalid", Error,
    "retries is the number of further attempts after a failure: a whole number from 0 to 1000.";
    /// A function that gives another answer under the same conditions.
    NotDeterministic, "not-deterministic", Warning,
    "`check --determinism` runs each function twice with the same input, the same time and the same random numbers, and the two answers differ. Something else than its input decides, such as a race between timers: results cannot be reproduced, and retries may do something else. Look for what is not derived from the input.";
    /// A function whose answer follows the clock or random numbers.
    DependsOnOutside, "depends-on-outside", Hint,
    "`check --determinism` found that the function gives the same answer with the same time and random numbers, and another one with others. That is right for identifiers and time stamps; elsewhere it makes results hard to reproduce.";
    /// A metric that the workbench does not measure.
    MetricUnknown, "metric-unknown", Hint,
    "The workbench measures latency, throughput, errorRate, successRate (availability) and memory. Other metrics are kept as they are, but no verdict is given on them.";
    /// A text that is not a target.
    TargetInvalid, "target-invalid", Error,
    "A target compares with a quantity (`< 50ms`, `>= 99.9%`, `> 100/s`, `0`) or gives a range (`100..200ms`). A text that begins with > needs quotation marks in YAML.";
    /// A target whose unit does not fit its metric.
    TargetUnit, "target-unit", Warning,
    "The target's unit does not fit its metric, so no verdict can be given: latency is a time, throughput a rate, errorRate and successRate a share, memory a number of bytes.";
    /// A target that is always or never met.
    TargetPointless, "target-pointless", Warning,
    "The target says nothing: every possible value meets it, or none does (a share above 100 %, a time below zero), or none ever will in practice (a latency of exactly 50 ms), or it points the wrong way (a latency greater than a bound).";
    /// Two goals that cannot both be met.
    GoalConflict, "goal-conflict", Warning,
    "Two goals of one service set targets for the same metric that no value meets at once, so one of them is always missed. Correct one of them.";
    /// Two goals that say the same.
    GoalRepeated, "goal-repeated", Hint,
    "Two goals of one service set the same target for the same metric. Remove one of them, or correct it.";
}

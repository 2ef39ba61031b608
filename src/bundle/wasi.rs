//! The interfaces of WASI 0.2 that components import: which the sandbox links, and for what the
//! platform gives nothing. A name only; what stands behind an interface is the sandbox's part.

/// An interface that the sandbox links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WasiInterface {
    /// Its name without `wasi:` and version: `filesystem/types`.
    pub name: &'static str,
    /// What it is for, where the platform gives nothing of the kind: its functions are there and fail
    /// with the interface's own errors.
    pub denied: Option<&'static str>,
}

const fn given(name: &'static str) -> WasiInterface {
    WasiInterface { name, denied: None }
}

const fn denied(name: &'static str, what: &'static str) -> WasiInterface {
    WasiInterface { name, denied: Some(what) }
}

const FILES: &str = "file access";
const NETWORK: &str = "network access";

const INTERFACES: [WasiInterface; 29] = [
    given("io/error"),
    given("io/poll"),
    given("io/streams"),
    given("clocks/monotonic-clock"),
    given("clocks/wall-clock"),
    given("random/random"),
    given("random/insecure"),
    given("random/insecure-seed"),
    given("cli/environment"),
    given("cli/exit"),
    given("cli/stdin"),
    given("cli/stdout"),
    given("cli/stderr"),
    given("cli/terminal-input"),
    given("cli/terminal-output"),
    given("cli/terminal-stdin"),
    given("cli/terminal-stdout"),
    given("cli/terminal-stderr"),
    denied("filesystem/types", FILES),
    denied("filesystem/preopens", FILES),
    denied("sockets/network", NETWORK),
    denied("sockets/instance-network", NETWORK),
    denied("sockets/ip-name-lookup", NETWORK),
    denied("sockets/tcp", NETWORK),
    denied("sockets/tcp-create-socket", NETWORK),
    denied("sockets/udp", NETWORK),
    denied("sockets/udp-create-socket", NETWORK),
    denied("http/types", NETWORK),
    denied("http/outgoing-handler", NETWORK),
];

/// The interface of WASI 0.2 that a component imports by this name (`wasi:io/streams@0.2.3`), if the
/// sandbox links it. Releases of 0.2 are compatible with one another; previews of it are not.
pub fn wasi_interface(import: &str) -> Option<WasiInterface> {
    let (name, version) = import.strip_prefix("wasi:")?.split_once('@')?;
    let release = version.strip_prefix("0.2.")?;
    if release.is_empty() || !release.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    INTERFACES.into_iter().find(|interface| interface.name == name)
}

/// Whether a component imports by this name the interface for log lines, which has no release yet.
pub fn is_wasi_logging(import: &str) -> bool {
    import.split('@').next() == Some("wasi:logging/logging")
}

/// Whether an exported interface makes its component a command: `wasi:cli/run`.
pub fn is_wasi_run(interface: &str) -> bool {
    interface.starts_with("wasi:cli/run@0.2.")
}

/// Whether an exported interface answers HTTP requests: `wasi:http/incoming-handler`.
pub fn is_wasi_http_handler(interface: &str) -> bool {
    interface.starts_with("wasi:http/incoming-handler@") || interface.starts_with("wasi:http/handler@")
}

//! `serve`: the bundle's endpoints over HTTP on this machine, until Ctrl+C. Follows changes of the bundle's files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::bundle::target::{Dimension, formatted};
use crate::bundle::{Beside, Bundle, Loaded, Module, Severity, files, printable, printable_line};
use crate::platform::{Entry, Gateway, Serving, Site};
use crate::sandbox::{Engine, Limits, LoadError, Program};

use super::args::ServeArgs;
use super::{Status, Streams, open, signals};

/// How often the bundle's files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What the gateway's threads and the signals tell the command.
enum Event {
    Answered(Entry),
    Stop,
}

pub fn run(args: &ServeArgs, streams: &mut Streams<'_>) -> anyhow::Result<Status> {
    let loaded = match open::bundle(&args.bundle) {
        Ok(loaded) => loaded,
        Err(diagnostics) => {
            open::explain_unreadable(&diagnostics, streams)?;
            return Ok(Status::Unusable);
        }
    };
    let mut modules = match Engine::for_user() {
        Ok(engine) => Modules { engine, kept: HashMap::new() },
        Err(error) => {
            writeln!(streams.err, "{}", printable(&error.message))?;
            return Ok(Status::Unusable);
        }
    };
    let mut seen = Seen::of(&loaded.bundle);
    let site = modules.site(&loaded.bundle, args.limits.limits());
    tell_troubles(&loaded, &site, streams)?;
    let (sender, events) = channel();
    let serving = Serving {
        port: args.port,
        concurrency: usize::from(args.concurrency),
        cors: args.cors.clone(),
        ..Serving::default()
    };
    let entries = sender.clone();
    let started = Gateway::start(serving, site, move |entry| _ = entries.send(Event::Answered(entry)));
    let gateway = match started {
        Ok(gateway) => gateway,
        Err(error) => {
            writeln!(streams.err, "{error}")?;
            return Ok(Status::Unusable);
        }
    };
    signals::on_stop(move || _ = sender.send(Event::Stop));
    writeln!(streams.out, "http://{}", gateway.address())?;
    streams.out.flush()?;
    writeln!(streams.err, "serving {}; Ctrl+C ends it", printable_line(&loaded.bundle.display_name(), 80))?;
    attend(&gateway, &events, (&mut modules, &mut seen), args, streams)?;
    writeln!(streams.err, "stopping: requests in flight may end")?;
    gateway.stop();
    while let Ok(Event::Answered(entry)) = events.try_recv() {
        write_entry(&entry, streams)?;
    }
    streams.out.flush()?;
    Ok(Status::Fine)
}

/// Writes the log and follows the files until the command is to end.
fn attend(
    gateway: &Gateway,
    events: &Receiver<Event>,
    (modules, seen): (&mut Modules, &mut Seen),
    args: &ServeArgs,
    streams: &mut Streams<'_>,
) -> anyhow::Result<()> {
    let (mut next_look, mut changing) = (Instant::now() + LOOK, None);
    loop {
        match events.recv_timeout(next_look.saturating_duration_since(Instant::now())) {
            Ok(Event::Answered(entry)) => {
                write_entry(&entry, streams)?;
                streams.out.flush()?;
            }
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() < next_look {
            continue;
        }
        next_look = Instant::now() + LOOK;
        let now = seen.again();
        if now == *seen {
            changing = None;
        } else if changing.as_ref() == Some(&now) {
            // Nobody is writing any more: what is half written would only give errors.
            *seen = reload(gateway, modules, args, streams)?.unwrap_or(now);
            changing = None;
        } else {
            changing = Some(now);
        }
    }
}

/// Serves the bundle as it is now on disk; `None` where it cannot be read, and the old one goes on.
fn reload(
    gateway: &Gateway,
    modules: &mut Modules,
    args: &ServeArgs,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Option<Seen>> {
    match open::bundle(&args.bundle) {
        Ok(loaded) => {
            let seen = Seen::of(&loaded.bundle);
            let site = modules.site(&loaded.bundle, args.limits.limits());
            writeln!(streams.err, "reloaded: the bundle changed, {} endpoints", site.router.routes().len())?;
            tell_troubles(&loaded, &site, streams)?;
            gateway.replace(site);
            Ok(Some(seen))
        }
        Err(diagnostics) => {
            writeln!(streams.err, "not reloaded, the bundle as it was goes on being served:")?;
            open::explain_unreadable(&diagnostics, streams)?;
            Ok(None)
        }
    }
}

fn tell_troubles(loaded: &Loaded, site: &Site, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if errors > 0 {
        writeln!(streams.err, "the bundle has {errors} errors; `check` lists them")?;
    }
    for (service, error) in site.unusable() {
        writeln!(streams.err, "the module of {} cannot be used: {}", printable(service), printable(&error.message))?;
    }
    Ok(())
}

fn write_entry(entry: &Entry, streams: &mut Streams<'_>) -> std::io::Result<()> {
    let function = entry.function.as_deref().map_or_else(|| "-".into(), |function| printable_line(function, 120));
    writeln!(
        streams.out,
        "{} {} {} {} {} in {} out {}",
        entry.status,
        printable_line(&entry.method, 20),
        printable_line(&entry.target, 200),
        function,
        formatted(entry.latency.as_secs_f64(), Dimension::Time),
        entry.request_bytes,
        entry.response_bytes,
    )
}

/// The bundle's files as they were looked at.
#[derive(PartialEq)]
struct Seen(Vec<(PathBuf, Option<files::Facts>)>);

impl Seen {
    /// Everything that a bundle was read from, and the folders where more may appear.
    fn of(bundle: &Bundle) -> Self {
        let mut paths: Vec<PathBuf> =
            ["bundle.yaml", "services", "wasm", ".workbench/settings.yaml"].map(|path| bundle.root.join(path)).into();
        paths.extend(bundle.manifest.services.iter().map(|path| bundle.root.join(&path.value)));
        for module in &bundle.modules {
            paths.push(module.path.with_extension("d.ts"));
            paths.push(module.path.clone());
        }
        Self::at(paths)
    }

    fn again(&self) -> Self {
        Self::at(self.0.iter().map(|(path, _)| path.clone()).collect())
    }

    fn at(paths: Vec<PathBuf>) -> Self {
        let facts = |path: &Path| std::fs::metadata(path).ok().map(|metadata| files::Facts::of(&metadata));
        Self(paths.into_iter().map(|path| (facts(&path), path)).map(|(facts, path)| (path, facts)).collect())
    }
}

/// What a module depends on.
#[derive(PartialEq)]
struct ModuleFacts(Option<files::Facts>, Beside);

/// Loaded modules, kept over reloads until they change.
struct Modules {
    engine: Engine,
    kept: HashMap<PathBuf, (ModuleFacts, Result<Arc<Program>, LoadError>)>,
}

impl Modules {
    fn site(&mut self, bundle: &Bundle, limits: Limits) -> Site {
        Site::new(bundle, limits, |service| self.load(open::module_of(bundle, service)?))
    }

    fn load(&mut self, module: &Module) -> Result<Arc<Program>, LoadError> {
        let file = std::fs::metadata(&module.path).ok().map(|metadata| files::Facts::of(&metadata));
        let facts = ModuleFacts(file, Beside::of(&module.path));
        if let Some((_, program)) = self.kept.get(&module.path).filter(|(known, _)| *known == facts) {
            return program.clone();
        }
        let program = open::load(&self.engine, module).map(Arc::new);
        self.kept.insert(module.path.clone(), (facts, program.clone()));
        program
    }
}

//! One frame of the window: take what jobs have finished, apply the commands, draw.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::archives::ArchiveFolder;
use super::command::{Command, Commands};
use super::jobs::{Jobs, Kind};
use super::journal::JournalFolder;
use super::panels;
use super::programs::Programs;
use super::settings::{Settings, SettingsFile};
use super::state::{Dialog, Pending, State};
use super::work::{self, Done};
use super::{editor, theme};

/// How the window is started.
#[derive(Debug, Default)]
pub struct Options {
    /// The bundle to open at once.
    pub bundle: Option<PathBuf>,
    /// Where settings are kept.
    pub settings: SettingsFile,
    /// Where unsaved texts are kept against a crash.
    pub journal: JournalFolder,
    /// Where archives are unpacked for looking at them.
    pub archives: ArchiveFolder,
    /// Whether the desktop's own file dialogs may be used.
    pub native_dialogs: bool,
}

/// The window.
pub struct App {
    pub(super) state: State,
    pub(super) jobs: Jobs<Done>,
    pub(super) programs: Arc<Programs>,
    pub(super) native_dialogs: bool,
    pub(super) journal: JournalFolder,
    pub(super) archives: ArchiveFolder,
    commands: Commands,
    settings_file: SettingsFile,
    /// The settings as they were last written.
    settings_kept: Settings,
    title: String,
}

impl App {
    /// Sets the window up; no file but the settings is read before the first frame.
    pub fn new(creation: &eframe::CreationContext<'_>, options: Options) -> Self {
        let ctx = &creation.egui_ctx;
        theme::install(ctx);
        editor::preload();
        let settings = options.settings.load();
        ctx.options_mut(|egui| egui.zoom_with_keyboard = false);
        ctx.set_theme(settings.theme.preference());
        ctx.set_zoom_factor(settings.zoom.0);
        let mut app = Self {
            state: State::new(settings.clone()),
            jobs: Jobs::new(ctx.clone()),
            programs: Arc::new(Programs::default()),
            native_dialogs: options.native_dialogs,
            journal: options.journal,
            archives: options.archives,
            commands: Commands::default(),
            settings_file: options.settings,
            settings_kept: settings,
            title: String::new(),
        };
        app.look_around();
        app.tidy_archives();
        if let Some(bundle) = options.bundle {
            app.commands.push(Command::OpenFolder(bundle));
        }
        app
    }

    /// What the window shows; tests look at it.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Gives a command, as a button would.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Lets a job look for the sample bundle and for recent bundles that are gone.
    pub(super) fn look_around(&mut self) {
        let recent = self.state.settings.recent.clone();
        self.jobs.start(Kind::Look, "Looking for bundles", move |_| work::look(recent));
    }

    fn keep_settings(&mut self) {
        if self.state.settings == self.settings_kept || self.jobs.is_running(Kind::Settings) {
            return;
        }
        self.settings_kept = self.state.settings.clone();
        let (file, settings) = (self.settings_file.clone(), self.state.settings.clone());
        self.jobs.start(Kind::Settings, "Saving settings", move |_| {
            Done::SettingsSaved(file.save(&settings).map_err(|error| error.to_string()))
        });
    }

    fn answer_close_request(&mut self, ctx: &egui::Context) {
        if !ctx.input(|input| input.viewport().close_requested()) || self.state.may_quit {
            return;
        }
        let dirty = self.state.session.as_ref().is_some_and(|session| !session.documents.dirty_files().is_empty());
        if dirty {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.state.dialog = Some(Dialog::Unsaved(Pending::Quit));
        }
    }

    fn show_title(&mut self, ctx: &egui::Context) {
        let title = match self.state.loaded() {
            Some(loaded) => {
                let name = crate::bundle::printable_line(&loaded.bundle.display_name(), 80);
                format!("{name} \u{2013} PrioStack Workbench")
            }
            None => "PrioStack Workbench".to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Starts the reading that typing or a change on disk asked for, once it is due.
    fn start_due_check(&mut self, ctx: &egui::Context) {
        let Some(due) = self.state.session.as_ref().and_then(|session| session.check_due) else { return };
        let now = Instant::now();
        if due > now {
            ctx.request_repaint_after(due - now);
        } else if !self.jobs.is_running(Kind::Read) {
            self.start_reading();
        }
    }
}

/// The folder that was dropped on the window, or the folder of a dropped `bundle.yaml`.
fn dropped_bundle(ctx: &egui::Context) -> Option<PathBuf> {
    let path = ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_path_buf()))?;
    let is_manifest = path.file_name().is_some_and(|name| name == "bundle.yaml");
    if is_manifest { path.parent().map(Into::into) } else { Some(path) }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        for event in self.jobs.poll() {
            self.take(event, ctx);
        }
        self.answer_close_request(ctx);
        if let Some(folder) = dropped_bundle(ctx) {
            self.commands.push(Command::OpenFolder(folder));
        }
        for command in self.commands.take() {
            self.apply(command, ctx);
        }
        self.take_picture();
        self.start_due_check(ctx);
        self.keep_journal(ctx);
        self.start_due_draft();
        self.start_due_plan();
        self.start_due_search();
        self.advance_clock(ctx);
        self.renew_stale_site();
        self.keep_settings();
        self.show_title(ctx);
        self.state.activities = self.jobs.activities();
        if let Some(next) = self.state.toasts.expire() {
            ctx.request_repaint_after(next);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.state.dialog.is_none() {
            for command in ui.ctx().input_mut(Command::pressed) {
                self.commands.push(command);
            }
        }
        panels::show(ui, &mut self.state, &mut self.commands);
        if !self.commands.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

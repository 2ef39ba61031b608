//! Saved cases: running them, taking in what came of them, and saving an invocation as one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::bundle::cases::{Case, CaseError};
use crate::bundle::{cases, duration};
use crate::sandbox::Reply;
use crate::workbench::app::App;
use crate::workbench::callable::FunctionKey;
use crate::workbench::editor::JsonField;
use crate::workbench::jobs::Kind;
use crate::workbench::runner::{ExpectKind, RunnerPage, SaveCaseDialog};
use crate::workbench::state::{CompareDialog, Compared, Dialog, Session, Side, Tone};
use crate::workbench::text;
use crate::workbench::work::cases::{CasesRun, Wanted};
use crate::workbench::work::{self, Report, SavedInput};

/// Which cases are to be run.
pub(super) enum Which {
    /// Those of the picked function.
    Picked,
    /// All of the bundle.
    All,
    /// The one in this file.
    One(String),
}

/// Larger outputs are not put into the fields of the dialog.
const LARGEST_FIELD: usize = 256 << 10;

impl App {
    /// Runs cases: of the picked function, all of the bundle, or the one in a file.
    pub(super) fn run_cases(&mut self, which: Which) {
        self.state.side = Side::Runner;
        let (limits, is_kept) = (self.state.settings.limits.limits(), self.state.keeps_history());
        let Some(session) = &mut self.state.session else { return };
        if self.jobs.is_running(Kind::Test) {
            return;
        }
        let Some(loaded) = session.loaded.clone() else { return };
        let wanted = match which {
            Which::All => Wanted::All,
            Which::Picked => match session.runner.picked.clone() {
                Some(key) => Wanted::Function(key),
                None => return,
            },
            Which::One(file) => Wanted::File(file),
        };
        match &wanted {
            Wanted::All => session.runner.page = RunnerPage::AllCases,
            Wanted::Function(_) => session.runner.page = RunnerPage::Cases,
            // Wherever its row is shown.
            Wanted::File(file) => session.runner.selected_case = Some(file.clone()),
        }
        let reading = session.runner.cases.begin();
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Test, "Running cases", move |control| {
            work::cases::run(&programs, &loaded, wanted, reading, (&limits, is_kept), control)
        });
    }

    /// Takes in what came of cases.
    pub(super) fn take_cases_run(&mut self, run: CasesRun) {
        let CasesRun { root, reading, runs, broken, wanted, cancelled } = run;
        let Some(session) = self.state.session.as_mut().filter(|session| session.root == root) else { return };
        let failed = runs.iter().filter(|run| run.failure.is_some()).count() + broken.len();
        let all = runs.len() + broken.len();
        if !matches!(wanted, Wanted::File(_)) {
            session.runner.cases.broken = broken;
        }
        session.runner.cases.take_results(reading, runs, wanted == Wanted::All && !cancelled);
        let (tone, notice) = match (cancelled, all, failed) {
            (true, ..) => (Tone::Info, "Running the cases was cancelled".to_owned()),
            (_, 0, _) => (Tone::Info, "There are no saved cases".to_owned()),
            (_, all, 0) => (Tone::Good, format!("{} passed", text::count(all, "case"))),
            (_, all, failed) => (Tone::Bad, format!("{failed} of {} failed", text::count(all, "case"))),
        };
        self.state.toasts.show(tone, notice);
    }

    /// Takes the input of the case in `file`, and shows why it failed.
    pub(super) fn select_case(&mut self, file: &str) {
        let Some(session) = &mut self.state.session else { return };
        session.runner.selected_case = Some(file.to_owned());
        let located = session.runner.cases.result(file).map(|run| run.located.clone());
        if let Some(located) = &located {
            self.pick(FunctionKey { service: located.service.clone(), function: located.function.clone() });
        }
        let Some(session) = &mut self.state.session else { return };
        let Some(key) = session.runner.picked.clone() else { return };
        let known = session.runner.cases.of(&key).and_then(|cases| cases.iter().find(|case| case.file == file));
        let input = known.map(|case| case.input.clone());
        let input = input.or_else(|| located.map(|located| format!("{:#}", located.case.input)));
        if let (Some(text), Some(input)) = (input, session.runner.inputs.get_mut(&key)) {
            input.choose(&text);
        }
    }

    /// Opens the dialog that saves the last invocation of the picked function, or the input where there is none.
    pub(super) fn show_save_case(&mut self) {
        let Some(session) = &self.state.session else { return };
        let Some(key) = session.runner.picked.clone() else { return };
        let field = session.runner.inputs.get(&key).map(|input| input.field.text().to_owned());
        let dialog = match session.runner.reports.get(&key) {
            Some(report) => SaveCaseDialog::of_report(key, report),
            None => SaveCaseDialog::new(key, field.unwrap_or_else(|| "{}".into()), None),
        };
        self.state.dialog = Some(Dialog::SaveCase(Box::new(dialog)));
    }

    /// Saves what the dialog says.
    pub(super) fn save_case(&mut self, replace: bool) {
        let (Some(session), Some(Dialog::SaveCase(dialog))) = (&self.state.session, &mut self.state.dialog) else {
            return;
        };
        match dialog.case() {
            Err(problem) => dialog.problem = Some(problem),
            Ok(_) if self.jobs.is_running(Kind::Create) => {}
            Ok(case) => {
                let (root, key) = (session.root.clone(), dialog.key.clone());
                self.jobs
                    .start(Kind::Create, "Saving the case", move |_| work::cases::save(&root, key, &case, replace));
            }
        }
    }

    /// Takes in whether the case was saved.
    pub(super) fn case_saved(&mut self, key: FunctionKey, saved: Result<String, CaseError>) {
        match saved {
            Ok(file) => {
                if matches!(self.state.dialog, Some(Dialog::SaveCase(_))) {
                    self.state.dialog = None;
                }
                self.state.toasts.show(Tone::Good, format!("Saved {}", text::one_line(&file)));
                if let Some(session) = &mut self.state.session {
                    session.runner.cases.forget_result(&file);
                    session.runner.cases.note_change();
                }
                self.want_cases(&key);
            }
            Err(error) => match &mut self.state.dialog {
                Some(Dialog::SaveCase(dialog)) => {
                    dialog.exists = matches!(error, CaseError::Exists(_));
                    dialog.problem = Some(error.to_string());
                }
                _ => self.state.toasts.show(Tone::Bad, text::one_line(&error.to_string())),
            },
        }
    }

    /// Compares the last output of the picked function with the one before, or with what a case expects.
    pub(super) fn compare_output(&mut self, compared: Compared) {
        let Some(session) = &self.state.session else { return };
        match session.outputs(&compared) {
            None => self.state.toasts.show(Tone::Info, "Run the function first: there is no output to compare"),
            Some(texts) => {
                self.state.dialog = Some(Dialog::Compare(CompareDialog { compared: compared.clone(), view: None }));
                self.jobs.start(Kind::Compare, "Comparing", move |_| work::cases::compare(compared, texts));
            }
        }
    }
}

impl Session {
    /// The two outputs to compare.
    fn outputs(&self, compared: &Compared) -> Option<[String; 2]> {
        let runner = &self.runner;
        if let Compared::CaseRun(file) = compared {
            let run = runner.cases.result(file)?;
            return Some([SavedInput::from(run.located.clone()).expected?, run.output.clone()?]);
        }
        let key = runner.picked.as_ref()?;
        let answer = runner.reports.get(key)?.result.as_ref().ok()?;
        let output = answer.outcome.output()?.to_owned();
        let other = match compared {
            Compared::Case(name) => runner.cases.of(key)?.iter().find(|case| case.name == *name)?.expected.clone()?,
            _ => runner.previous.get(key)?.clone(),
        };
        Some([other, output])
    }
}

impl SaveCaseDialog {
    /// The invocation in a report.
    pub(super) fn of_report(key: FunctionKey, report: &Report) -> Self {
        let reply = report.result.as_ref().ok().map(|answer| &answer.outcome.reply);
        let mut dialog = match reply {
            Some(Reply::Json(text)) => Self::new(key, report.input.clone(), Some(text)),
            Some(Reply::ApplicationError(error)) => Self {
                kind: ExpectKind::Error,
                error_text: error.message.clone(),
                ..Self::new(key, report.input.clone(), error.output.as_deref())
            },
            _ => Self::new(key, report.input.clone(), None),
        };
        if dialog.kind != ExpectKind::Error && dialog.whole.is_none() && dialog.equals.text().is_empty() {
            dialog.kind = ExpectKind::Answer;
        }
        dialog
    }

    /// A case of `input` for which the function gave `output`.
    pub(super) fn new(key: FunctionKey, input: String, output: Option<&str>) -> Self {
        let small = output.filter(|output| output.len() <= LARGEST_FIELD);
        let pretty = small.map(text::pretty_json);
        let places = small.and_then(|output| serde_json::from_str(output).ok()).map(|value| places(&value));
        Self {
            key,
            input,
            whole: output.filter(|_| small.is_none()).map(str::to_owned),
            name: String::new(),
            wants_focus: true,
            kind: if output.is_some() { ExpectKind::Equals } else { ExpectKind::Answer },
            equals: JsonField::new(pretty.clone().unwrap_or_default()),
            contains: JsonField::new(pretty.unwrap_or_else(|| "{}".into())),
            pointers: JsonField::new(places.unwrap_or_else(|| "{}".into())),
            error_text: String::new(),
            within: String::new(),
            problem: None,
            exists: false,
        }
    }

    /// The case that the fields describe.
    fn case(&mut self) -> Result<Case, String> {
        let name = cases::file_name(&self.name).ok_or_else(|| CaseError::NoName.to_string())?;
        let input = serde_json::from_str(&self.input).map_err(|error| format!("The input is not JSON: {error}"))?;
        let within: Option<Duration> = match self.within.trim() {
            "" => None,
            text => Some(duration::parse(text).map_err(|reason| format!("The longest time is no duration: {reason}"))?),
        };
        Ok(Case { name, input, expect: self.expect()?, within: within.filter(|within| !within.is_zero()) })
    }
}

/// The top values of an output by their pointers, to begin with.
fn places(value: &Value) -> String {
    let fields: BTreeMap<&String, &Value> = value.as_object().into_iter().flatten().collect();
    let mut found = Map::new();
    for (key, value) in fields {
        if !value.is_object() && !value.is_array() {
            found.insert(format!("/{}", key.replace('~', "~0").replace('/', "~1")), value.clone());
        }
    }
    if found.is_empty() {
        found.insert(String::new(), value.clone());
    }
    format!("{:#}", Value::Object(found))
}

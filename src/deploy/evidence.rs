//! What was found out about a bundle before it is exported: the newest kept run of each function, as long as it was of
//! the very module that is exported, and what a survey of its functions tells. Measures and runs nothing itself.

use std::collections::BTreeMap;

use crate::bundle::{Bundle, names};
use crate::measure::runs::{CalledFunction, ListedRun, Runs};
use crate::measure::{GoalRun, Statistic, Verdict, goal_runs, judge_in};
use crate::platform::determinism::Referred;
use crate::platform::survey::Surveyed;

use super::report::{ConventionFacts, DeterminismFacts, Evidence, FunctionEvidence, GoalFinding, LimitFacts};

impl Evidence {
    /// What the kept runs of `bundle` say of its goals, latencies judged by `general` where a goal has no statistic of
    /// its own. Runs that cannot be read are left out, as are those of other versions of a module.
    pub fn of_kept_runs(bundle: &Bundle, general: Statistic) -> Self {
        let runs = Runs::of(&bundle.root);
        let (listed, _) = runs.list();
        let mut findings: BTreeMap<(String, String), Vec<GoalFinding>> = BTreeMap::new();
        for run in goal_runs(bundle) {
            let Some(newest) = newest(bundle, &run, &listed) else { continue };
            let Ok(kept) = runs.load(newest.number) else { continue };
            let goals = bundle.service(&run.service).map_or(&[][..], |service| service.goals.as_slice());
            for goal in goals {
                let verdict = judge_in(bundle, &run.service, goal, &kept.measurement, general);
                let key = (run.service.clone(), goal.name.value.clone());
                findings.entry(key).or_default().push(finding(&run, newest, &verdict));
            }
        }
        Self { findings, ..Self::default() }
    }
}

impl Evidence {
    /// Adds what a survey found out about functions.
    pub fn add(&mut self, found: &[Surveyed]) {
        for surveyed in found {
            let Referred { service, function } = &surveyed.referred;
            let limits = &surveyed.limits;
            let convention = surveyed.convention.as_ref();
            let evidence = FunctionEvidence {
                convention: convention.map(|way| ConventionFacts {
                    name: way.name.clone(),
                    evidence: way.evidence.clone(),
                    is_chosen: way.is_chosen,
                }),
                limits: convention.map(|_| LimitFacts {
                    memory: limits.memory,
                    time_ms: u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX),
                    instructions: limits.instructions,
                    are_own: surveyed.has_own_limits,
                }),
                determinism: surveyed.tried.as_ref().map(|tried| DeterminismFacts {
                    verdict: tried.verdict.word().to_owned(),
                    run: tried.run,
                    cases: tried.cases,
                    details: tried.details.clone(),
                }),
            };
            self.functions.insert(format!("wasm:{service}:{function}"), evidence);
        }
    }
}

/// The newest run of the function by its present module, called without the gateway.
fn newest<'a>(bundle: &Bundle, run: &GoalRun, listed: &'a [ListedRun]) -> Option<&'a ListedRun> {
    let now = CalledFunction::of(bundle.module_of(&run.module)?, &run.function, None).ok()?;
    listed.iter().find(|listed| {
        let called = &listed.head.called;
        called.endpoint.is_none()
            && called.service == now.service
            && called.module_sha256 == now.module_sha256
            && names::same_function(&called.function, &now.function)
    })
}

fn finding(run: &GoalRun, kept: &ListedRun, verdict: &Verdict) -> GoalFinding {
    let name = kept.head.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    GoalFinding {
        function: format!("wasm:{}:{}", run.module, run.function),
        verdict: verdict.word().to_owned(),
        detail: verdict.detail(),
        note: verdict.note(),
        run: format!("run {}{name}", kept.number),
    }
}

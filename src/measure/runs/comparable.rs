//! Whether two runs measured the same thing in the same way, without which a comparison says nothing of the function.

use crate::measure::compare::{self, Comparison, Incomparable};
use crate::measure::{Instances, Means, Model};

use super::KeptRun;
use super::head::RunHead;

/// Compares a run with an earlier one.
///
/// # Errors
/// When they are not of the same function with the same inputs under the same load on the same kind of machine, or
/// have too few calls.
pub fn compare(before: &KeptRun, after: &KeptRun) -> Result<Comparison, Incomparable> {
    match obstacle(&before.head, &after.head) {
        Some(reason) => Err(Incomparable(reason)),
        None => {
            let mut comparison = compare::compare(&before.measurement, &after.measurement)?;
            comparison.notes = notes(&before.head, &after.head);
            Ok(comparison)
        }
    }
}

/// What keeps the two from being compared, and what to do.
fn obstacle(before: &RunHead, after: &RunHead) -> Option<String> {
    let (then, now) = (&before.called, &after.called);
    if !then.is_same_function(now) {
        return Some(format!("they are of different functions: {} and {}", then.title(), now.title()));
    }
    if before.means != after.means {
        let [then, now] = [before.means, after.means].map(means);
        return Some(format!("one was called {then}, the other {now}"));
    }
    let digests = |head: &RunHead| -> Vec<String> {
        let mut digests: Vec<String> = head.inputs.iter().map(|input| input.sha256.clone()).collect();
        digests.sort();
        digests
    };
    if digests(before) != digests(after) {
        return Some("they had different inputs; measure both with the same saved cases".into());
    }
    let (then, now) = (before.plan.instances, after.plan.instances);
    if then != now {
        return Some(format!("one ran {} and the other {}; measure both alike", instances(then), instances(now)));
    }
    if before.plan.model != after.plan.model {
        let [then, now] = [before.plan.model, after.plan.model].map(model);
        return Some(format!("they were under different loads: {then}, and {now}"));
    }
    let (then, now) = (&before.machine, &after.machine);
    if (&then.cpu, then.cores, &then.os) != (&now.cpu, now.cores, &now.os) {
        return Some(format!(
            "they are of different machines: {} with {} cores on {}, and {} with {} cores on {}; measure a baseline here",
            then.cpu, then.cores, then.os, now.cpu, now.cores, now.os
        ));
    }
    if then.optimised != now.optimised {
        return Some("one was measured by an optimised workbench, the other by one that is not".into());
    }
    None
}

fn notes(before: &RunHead, after: &RunHead) -> Vec<String> {
    let mut notes = Vec::new();
    let [then, now] = [before, after].map(|head| &head.machine.workbench);
    if then != now {
        notes.push(format!("the earlier run is of workbench {then}, the later of {now}: the engine may differ too"));
    }
    if before.called.module_sha256 == after.called.module_sha256 {
        notes.push("both runs are of the same module".into());
    }
    let [then, now] = [before, after].map(|head| head.summary.failed as f64 / (head.summary.calls as f64).max(1.0));
    if (then - now).abs() > 0.01 {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        notes.push(format!(
            "{} of the calls failed then and {} now; only answered calls are compared",
            percent(then),
            percent(now)
        ));
    }
    for (head, which) in [(before, "earlier"), (after, "later")] {
        if head.cancelled {
            notes.push(format!("the {which} run was ended before its time"));
        }
    }
    notes
}

fn means(means: Means) -> &'static str {
    match means {
        Means::Process => "in this process",
        Means::Gateway => "through the gateway",
    }
}

fn instances(instances: Instances) -> &'static str {
    match instances {
        Instances::Fresh => "with a fresh instance for each call",
        Instances::Kept => "with a kept instance",
    }
}

fn model(model: Model) -> String {
    match model {
        Model::Closed { workers } => format!("{workers} calls at once"),
        Model::Open { rate, workers, .. } => format!("{rate} arrivals a second for {workers} workers"),
    }
}

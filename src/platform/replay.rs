//! Invocations as the history keeps them: made out of an outcome, made into one again, and compared with what
//! the present module answers. Reads and writes no files.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::bundle::difference::Differences;
use crate::bundle::history::{Ending, Facts, Record};
use crate::sandbox::{
    ApplicationError, Cancel, Conditions, Fault, FaultKind, Limits, LoadError, Mishap, Origin, Outcome, Program, Reply,
    Tier, Timings,
};

use super::recording;

/// What the present module makes of an earlier input.
#[derive(Clone, Debug, PartialEq)]
pub enum Replayed {
    /// The same as then.
    Same,
    /// Something else, and where it differs, as far as that can be told.
    Different(String, Differences),
    /// Nothing: the module or the function is not there any more.
    Impossible(String),
}

/// An invocation that began at `begun` as the history keeps it.
pub fn record(
    (service, function): (&str, &str),
    begun: SystemTime,
    input: String,
    limits: &Limits,
    outcome: &Outcome,
) -> Record {
    let (ending, message, output) = match &outcome.reply {
        Reply::Json(text) => (Ending::Answered, None, Some(text.as_bytes().to_vec())),
        Reply::ApplicationError(error) => {
            (Ending::Error, Some(error.message.clone()), error.output.as_ref().map(|text| text.as_bytes().to_vec()))
        }
        Reply::Fault(fault) => (Ending::Fault, Some(fault.message.clone()), fault.raw_output.clone()),
    };
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let Timings { instantiate, copy_in, run, copy_out } = outcome.timings;
    let since_1970 = begun.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let facts = Facts {
        at: u64::try_from(since_1970.as_millis()).unwrap_or(0),
        service: service.to_owned(),
        function: function.to_owned(),
        ending,
        message,
        nanoseconds: [instantiate, copy_in, run, copy_out].map(nanos),
        peak_memory: outcome.peak_memory,
        limits: [nanos(limits.time), limits.memory],
        origin: None,
        mishap: None,
    };
    Record { facts, input, output, taken: None }
}

/// The outcome of a recorded invocation, as far as it was kept: without log and call stack.
pub fn recall(record: &Record) -> (Outcome, Limits) {
    let facts = &record.facts;
    let text = || record.output.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let message = facts.message.clone().unwrap_or_default();
    let reply = match facts.ending {
        Ending::Answered => Reply::Json(text().unwrap_or_default()),
        Ending::Error => Reply::ApplicationError(ApplicationError { message, output: text() }),
        Ending::Fault => Reply::Fault(Fault {
            kind: FaultKind::Trap,
            message,
            help: None,
            backtrace: Vec::new(),
            raw_output: record.output.clone(),
        }),
    };
    let [instantiate, copy_in, run, copy_out] = facts.nanoseconds.map(Duration::from_nanos);
    let outcome = Outcome {
        reply,
        logs: Vec::new(),
        logs_dropped: 0,
        timings: Timings { instantiate, copy_in, run, copy_out },
        peak_memory: facts.peak_memory,
        origin: Origin::Fresh,
        tier: Tier::Optimised,
    };
    let [time, memory] = facts.limits;
    (outcome, Limits { time: Duration::from_nanos(time), memory, ..Limits::default() })
}

/// Calls the function of a recorded invocation again, with the same going wrong, and compares what it answers now
/// with what it did then. Where `exactly`, it takes the time and the random numbers that it took then.
pub fn replay(
    record: &Record,
    program: Result<&Program, &LoadError>,
    exactly: bool,
    limits: &Limits,
    cancel: &Cancel,
) -> Replayed {
    let program = match program {
        Err(error) => return Replayed::Impossible(format!("The module cannot be loaded: {error}")),
        Ok(program) => program,
    };
    let recording = match (exactly, &record.taken) {
        (false, _) => None,
        (true, None) => return Replayed::Impossible("What it took from time and random numbers was not kept".into()),
        (true, Some(bytes)) => match recording::decode(bytes) {
            Ok(recording) => Some(recording),
            Err(reason) => return Replayed::Impossible(format!("What it took from outside cannot be read: {reason}")),
        },
    };
    let mishap = record.facts.mishap.as_deref().and_then(mishap);
    let conditions = Conditions { replay: recording, mishap, date: None };
    let input = record.input.as_bytes();
    let (outcome, taken) = program.invoke_under(&record.facts.function, input, limits, cancel, conditions);
    if let Reply::Fault(Fault { kind: FaultKind::NoSuchFunction, message, .. }) = &outcome.reply {
        return Replayed::Impossible(message.clone());
    }
    let compared = compare(&recall(record).0.reply, &outcome.reply);
    match (compared, taken.departed.filter(|_| exactly)) {
        (Replayed::Different(what, differences), Some(place)) => {
            Replayed::Different(format!("{what}; it took something else from outside: {place}"), differences)
        }
        (Replayed::Same, Some(place)) => Replayed::Different(
            format!("The output is the same, but it took something else from outside: {place}"),
            Differences::default(),
        ),
        (compared, _) => compared,
    }
}

const OUT_OF_MEMORY: &str = "out of memory";
const OUT_OF_TIME: &str = "out of time";
const NO_RANDOM: &str = "no random numbers";

/// What went wrong on purpose, in words that [`mishap`] reads back.
pub(super) fn mishap_in_words(mishap: Mishap) -> String {
    match mishap {
        Mishap::OutOfMemory => OUT_OF_MEMORY.into(),
        Mishap::OutOfTime => OUT_OF_TIME.into(),
        Mishap::NoRandom => NO_RANDOM.into(),
        Mishap::ClockJump(seconds) => format!("clock jump of {seconds} s"),
    }
}

fn mishap(words: &str) -> Option<Mishap> {
    match words {
        OUT_OF_MEMORY => Some(Mishap::OutOfMemory),
        OUT_OF_TIME => Some(Mishap::OutOfTime),
        NO_RANDOM => Some(Mishap::NoRandom),
        other => {
            let seconds = other.strip_prefix("clock jump of ")?.strip_suffix(" s")?;
            seconds.parse().ok().map(Mishap::ClockJump)
        }
    }
}

fn compare(then: &Reply, now: &Reply) -> Replayed {
    let different = |what: String| Replayed::Different(what, Differences::default());
    match (then, now) {
        (Reply::Json(then), Reply::Json(now)) => compare_texts(then, now, "The output differs"),
        (Reply::ApplicationError(then), Reply::ApplicationError(now)) => match (&then.output, &now.output) {
            _ if then.message != now.message => different(format!(
                "The error said \u{201c}{}\u{201d}, now \u{201c}{}\u{201d}",
                then.message, now.message
            )),
            (Some(then), Some(now)) => compare_texts(then, now, "The error's object differs"),
            (None, None) => Replayed::Same,
            _ => different("The error has an object only once".into()),
        },
        (Reply::Fault(then), Reply::Fault(now)) if then.message == now.message => Replayed::Same,
        (Reply::Fault(then), Reply::Fault(now)) => different(format!("{}, now {}", then.message, now.message)),
        (then, now) => different(format!("{}, now {}", said(then), said(now))),
    }
}

fn said(reply: &Reply) -> String {
    match reply {
        Reply::Json(_) => "It answered".into(),
        Reply::ApplicationError(error) => format!("the function says no: {}", error.message),
        Reply::Fault(fault) => format!("a fault: {}", fault.message),
    }
}

fn compare_texts(then: &str, now: &str, what: &str) -> Replayed {
    if then == now {
        return Replayed::Same;
    }
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(then), Some(now)) = (parsed(then), parsed(now)) else {
        return Replayed::Different(what.into(), Differences::default());
    };
    let differences = Differences::between(&then, &now);
    if differences.is_empty() { Replayed::Same } else { Replayed::Different(what.into(), differences) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(reply: Reply) -> Outcome {
        let timings = Timings { run: Duration::from_micros(7), ..Timings::default() };
        Outcome {
            reply,
            logs: Vec::new(),
            logs_dropped: 0,
            timings,
            peak_memory: 65_536,
            origin: Origin::Fresh,
            tier: Tier::Optimised,
        }
    }

    #[test]
    fn an_outcome_is_recalled_as_it_was() {
        let error = ApplicationError { message: "no".into(), output: Some("{\"error\":\"no\"}".into()) };
        for reply in [Reply::Json("[1.0]".into()), Reply::ApplicationError(error)] {
            let outcome = outcome(reply);
            let limits = Limits { memory: 1 << 20, time: Duration::from_millis(70), ..Limits::default() };
            let kept = record(("users", "createUser"), SystemTime::now(), "{}".into(), &limits, &outcome);
            let (recalled, limits_then) = recall(&kept);
            assert_eq!((recalled.reply, recalled.timings), (outcome.reply, outcome.timings));
            assert_eq!(limits_then, limits);
        }
    }

    #[test]
    fn what_went_wrong_on_purpose_is_read_back() {
        for one in [Mishap::OutOfMemory, Mishap::OutOfTime, Mishap::NoRandom, Mishap::ClockJump(-3600)] {
            assert_eq!(mishap(&mishap_in_words(one)), Some(one));
        }
        assert_eq!(mishap("clock jump of an hour"), None);
    }

    #[test]
    fn what_changed_is_told_place_by_place() {
        let json = |text: &str| Reply::Json(text.into());
        assert_eq!(compare(&json("{\"a\": 1, \"b\": 2}"), &json("{\"b\":2,\"a\":1}")), Replayed::Same);
        let Replayed::Different(_, differences) = compare(&json("{\"a\": 1}"), &json("{\"a\": 2}")) else {
            panic!("the outputs differ");
        };
        assert_eq!(differences.first[0].to_string(), "/a: expected 1, got 2");
        let no = Reply::ApplicationError(ApplicationError { message: "no".into(), output: None });
        assert_eq!(compare(&no, &no.clone()), Replayed::Same);
        assert!(matches!(compare(&json("1"), &no), Replayed::Different(what, _) if what.contains("says no: no")));
    }
}

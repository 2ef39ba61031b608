//! A bar on standard error that shows how far a run is, where a person can see it.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, Instant};

use crate::bundle::printable_line;
use crate::bundle::target::{Dimension, formatted};
use crate::measure::{Extent, LoadPlan, Phase, Progress};

/// How often the bar is drawn at most.
const EVERY: Duration = Duration::from_millis(100);
/// Characters of the bar.
const WIDTH: usize = 24;
/// The most characters of the name behind it, so that the line fits on narrow terminals.
const NAME: usize = 24;

/// The bar. Draws nothing where standard error is no terminal.
pub struct Bar<'a> {
    name: String,
    err: &'a mut dyn Write,
    is_seen: bool,
    drawn: Option<Instant>,
}

impl<'a> Bar<'a> {
    /// A bar for what is called `name`.
    pub fn new(name: &str, err: &'a mut dyn Write) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_seen = std::io::stderr().is_terminal() && !is_dumb;
        Self { name: printable_line(name, NAME), err, is_seen, drawn: None }
    }

    /// Shows how far the run of `plan` is.
    pub fn show(&mut self, progress: &Progress<'_>, plan: &LoadPlan) {
        let is_due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= EVERY);
        if self.is_seen && is_due {
            self.drawn = Some(Instant::now());
            // What cannot be shown is no reason to stop measuring.
            let _ = write!(self.err, "\r\x1b[K{} {}", line(progress, plan), self.name).and_then(|()| self.err.flush());
        }
    }

    /// Takes the bar away.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(self.err, "\r\x1b[K").and_then(|()| self.err.flush());
        }
    }
}

/// `[#########...............]  38 %, 380 of 1000 calls`
fn line(progress: &Progress<'_>, plan: &LoadPlan) -> String {
    let share = progress.share.clamp(0.0, 1.0);
    let full = (share * WIDTH as f32) as usize;
    let bar: String = (0..WIDTH).map(|at| if at < full { '#' } else { '.' }).collect();
    let time = |duration: Duration| formatted(duration.as_secs_f64(), Dimension::Time);
    let done = match (progress.phase, plan.extent) {
        (Phase::Overhead, _) => "calling nothing, for comparison".to_owned(),
        (Phase::WarmUp, _) => "warming up".to_owned(),
        (Phase::Counting, Extent::Calls(calls)) => format!("{} of {calls} calls", progress.done),
        (Phase::Counting, Extent::For(length)) => {
            format!("{} of {}, {} calls", time(progress.elapsed.min(length)), time(length), progress.done)
        }
    };
    format!("[{bar}] {:3.0} %, {done}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_much_is_done_in_what_was_asked_for() {
        let progress =
            Progress { phase: Phase::Counting, done: 380, share: 0.38, elapsed: Duration::from_secs(2), fresh: &[] };
        let calls = LoadPlan::of(1000);
        assert_eq!(line(&progress, &calls), "[#########...............]  38 %, 380 of 1000 calls");
        let timed = LoadPlan { extent: Extent::For(Duration::from_secs(5)), ..calls };
        assert!(line(&progress, &timed).ends_with("2 s of 5 s, 380 calls"), "{}", line(&progress, &timed));
        let warming = Progress { phase: Phase::WarmUp, share: 0.0, ..progress };
        assert!(line(&warming, &calls).ends_with("warming up"));
    }
}

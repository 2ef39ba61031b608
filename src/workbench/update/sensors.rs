//! Firing sensors and running the simulation: starting the jobs and taking in their results.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::is_of;
use crate::platform::StartingInput;
use crate::platform::sensors::{NodeId, Schedule, Simulator, date};
use crate::workbench::app::App;
use crate::workbench::command::Command;
use crate::workbench::jobs::Kind;
use crate::workbench::simulation::{self, Run, Simulation, Task, time};
use crate::workbench::state::{Input, Side, Tone};

/// How often a clock that runs by itself is moved on.
const TICK: Duration = Duration::from_millis(100);

impl App {
    /// Does what a command says to the simulation; gives back one that says nothing to it.
    pub(super) fn apply_to_simulation(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::ShowSensors => self.show_sensors(),
            Command::PickSensor(name) => self.pick_sensor(name),
            Command::FireSensor => self.fire_sensor(),
            Command::ScheduleSensor => self.schedule_sensor(),
            Command::SetClock => self.set_clock(),
            Command::StepClock => self.step_clock(),
            Command::RunUntilIdle => self.run_simulation(Run::UntilIdle),
            Command::CancelSensors => self.jobs.cancel(Kind::Simulate),
            Command::ToggleClock => self.toggle_clock(),
            Command::ClearTrace => self.clear_trace(),
            Command::ToggleTimeline => self.toggle_timeline(),
            Command::SelectTrace(id) => self.select_trace(id),
            Command::ToggleTrace(id) => self.toggle_trace(id),
            other => return Some(other),
        }
        None
    }

    /// Shows the sensors, with one of them picked.
    fn show_sensors(&mut self) {
        self.state.side = Side::Sensors;
        let Some(session) = &self.state.session else { return };
        let first = session.simulation.sensors().first().map(|sensor| sensor.name.clone());
        if let (None, Some(first)) = (session.simulation.sensor(), first) {
            self.pick_sensor(first);
        }
    }

    fn pick_sensor(&mut self, name: String) {
        self.state.side = Side::Sensors;
        let Some(session) = &mut self.state.session else { return };
        session.simulation.picked = Some(name.clone());
        if session.simulation.payloads.contains_key(&name) {
            return;
        }
        session.simulation.payloads.insert(name, Input::untouched("{}"));
        if let (Some(loaded), Some(sensor)) = (session.loaded.clone(), session.simulation.sensor().cloned()) {
            let (programs, limits) = (Arc::clone(&self.programs), self.state.settings.limits.limits());
            self.jobs.start(Kind::Payload, "Looking for a payload", move |control| {
                simulation::starting_payload(&programs, &loaded, sensor, &limits, control)
            });
        }
    }

    pub(super) fn take_payload(&mut self, root: &Path, sensor: &str, payload: StartingInput) {
        let Some(session) = self.state.session.as_mut().filter(|session| is_of(session, root)) else { return };
        if let Some(input) = session.simulation.payloads.get_mut(sensor) {
            input.begin_with(payload);
        }
    }

    /// Fires the picked sensor now.
    fn fire_sensor(&mut self) {
        let hold = self.with_simulator(|simulation, simulator| {
            let (Some(sensor), Some(payload)) = (simulation.picked.clone(), payload(simulation)) else { return };
            simulator.fire(&sensor, &payload);
        });
        if hold == Some(false) {
            self.run_simulation(Run::Due);
        }
    }

    /// Lets the picked sensor fire by the schedule in the fields.
    fn schedule_sensor(&mut self) {
        let mut problem = None;
        self.with_simulator(|simulation, simulator| {
            let (Some(sensor), Some(payload)) = (simulation.picked.clone(), payload(simulation)) else { return };
            let fields = &simulation.fields;
            let (Some(after), Some(every)) = (time(&fields.after), time(&fields.every)) else { return };
            let at = simulator.now().saturating_add(after);
            let schedule = Schedule { sensor, payload: payload.into(), at, every, times: fields.times };
            problem = simulator.schedule(schedule).err();
        });
        if let Some(problem) = problem {
            self.state.toasts.show(Tone::Bad, problem);
        }
    }

    fn set_clock(&mut self) {
        self.with_simulator(|simulation, simulator| {
            if let Ok(now) = date::parse(&simulation.fields.clock) {
                simulator.set_clock(now);
            }
            simulation.fields.clock = date::text(simulator.now());
        });
    }

    fn step_clock(&mut self) {
        let step = self.state.session.as_ref().and_then(|session| time(&session.simulation.fields.step));
        if let Some(step) = step {
            self.run_simulation(Run::Step(step));
        }
    }

    /// Lets the clock run by itself, or pauses it.
    fn toggle_clock(&mut self) {
        if let Some(session) = &mut self.state.session {
            let playing = &mut session.simulation.playing;
            *playing = if playing.is_some() { None } else { Some(Instant::now()) };
        }
    }

    /// Moves a clock on that runs by itself, with everything that is due by then. What functions take is no time.
    pub(in crate::workbench) fn advance_clock(&mut self, ctx: &egui::Context) {
        let Some(session) = &mut self.state.session else { return };
        let simulation = &mut session.simulation;
        let Some(last) = simulation.playing else { return };
        ctx.request_repaint_after(TICK);
        let (now, elapsed) = (Instant::now(), last.elapsed());
        if self.jobs.is_running(Kind::Simulate) {
            simulation.playing = Some(now);
            return;
        }
        if elapsed < TICK {
            return;
        }
        simulation.playing = Some(now);
        let by = elapsed.saturating_mul(simulation.fields.speed);
        let Some(simulator) = &simulation.simulator else { return };
        let (was, end) = (simulator.now(), simulator.now().saturating_add(by));
        if simulator.pending().next().is_some_and(|(due, _)| due <= end) {
            return self.start_simulation(Run::Step(by));
        }
        self.with_simulator(|simulation, simulator| {
            simulator.set_clock(end);
            // What the user is writing there stays.
            if simulation.fields.clock == date::text(was) {
                simulation.fields.clock = date::text(end);
            }
        });
    }

    /// Lets a job run the simulation, and shows it.
    fn run_simulation(&mut self, run: Run) {
        self.state.side = Side::Sensors;
        self.start_simulation(run);
    }

    fn start_simulation(&mut self, run: Run) {
        if self.jobs.is_running(Kind::Simulate) {
            return;
        }
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let (Some(loaded), Some(simulator)) = (session.loaded.clone(), session.simulation.simulator.clone()) else {
            return;
        };
        let is_kept = self.state.keeps_history();
        let task = Task { root: session.root.clone(), loaded, simulator, run, limits, is_kept };
        let programs = Arc::clone(&self.programs);
        self.jobs.start(Kind::Simulate, "Firing sensors", move |control| simulation::run(&programs, task, control));
    }

    pub(super) fn take_simulation(&mut self, root: &Path, simulator: Simulator) {
        let Some(session) = self.state.session.as_mut().filter(|session| session.root == root) else { return };
        session.simulation.take(simulator);
        // The bundle may have been read again while the job ran.
        if let Some(loaded) = session.loaded.clone() {
            session.simulation.rebind(&loaded.bundle);
        }
    }

    fn clear_trace(&mut self) {
        self.with_simulator(|_, simulator| simulator.clear());
        if let Some(session) = &mut self.state.session {
            session.simulation.forget_rows();
        }
    }

    fn select_trace(&mut self, id: NodeId) {
        if let Some(session) = &mut self.state.session {
            session.simulation.select(id);
        }
    }

    fn toggle_trace(&mut self, id: NodeId) {
        let Some(session) = &mut self.state.session else { return };
        let closed = &mut session.simulation.closed;
        if !closed.remove(&id) {
            closed.insert(id);
        }
        session.simulation.lay_out();
    }

    fn toggle_timeline(&mut self) {
        if let Some(session) = &mut self.state.session {
            session.simulation.as_timeline = !session.simulation.as_timeline;
        }
    }

    /// Changes the simulation while no job runs it. Gives whether what is fired is held.
    fn with_simulator(&mut self, change: impl FnOnce(&mut Simulation, &mut Simulator)) -> Option<bool> {
        if self.jobs.is_running(Kind::Simulate) {
            return None;
        }
        let simulation = &mut self.state.session.as_mut()?.simulation;
        let mut simulator = simulation.simulator.take()?;
        change(simulation, Arc::make_mut(&mut simulator));
        simulation.simulator = Some(simulator);
        Some(simulation.hold)
    }
}

/// The payload in the field, if it is JSON.
fn payload(simulation: &mut Simulation) -> Option<String> {
    let input = simulation.payload_mut()?;
    input.error.is_none().then(|| input.field.text().to_owned())
}

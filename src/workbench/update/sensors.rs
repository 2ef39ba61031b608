//! Firing sensors and running the simulation: starting the jobs and taking in their results.

use std::path::Path;
use std::sync::Arc;

use crate::platform::sensors::{NodeId, Schedule, Simulator, date};
use crate::workbench::app::App;
use crate::workbench::command::Command;
use crate::workbench::jobs::Kind;
use crate::workbench::simulation::{self, Run, Simulation, Task, time};
use crate::workbench::state::{Input, Side, Tone};

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
            self.jobs.start(Kind::Payload, "Reading saved inputs", move |_| {
                simulation::starting_payload(&loaded.bundle, sensor)
            });
        }
    }

    pub(super) fn take_payload(&mut self, sensor: &str, payload: &str) {
        let Some(session) = &mut self.state.session else { return };
        if let Some(input) = session.simulation.payloads.get_mut(sensor).filter(|input| !input.touched) {
            *input = Input::untouched(payload);
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

    /// Lets a job run the simulation.
    fn run_simulation(&mut self, run: Run) {
        self.state.side = Side::Sensors;
        if self.jobs.is_running(Kind::Simulate) {
            return;
        }
        let limits = self.state.settings.limits.limits();
        let Some(session) = &self.state.session else { return };
        let (Some(loaded), Some(simulator)) = (session.loaded.clone(), session.simulation.simulator.clone()) else {
            return;
        };
        let task = Task { root: session.root.clone(), loaded, simulator, run, limits };
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

//! What a frame of each chart costs, printed as numbers to watch: `cargo test --release --test charts_speed -- --nocapture`.
//!
//! A frame is all that the program does for it: the interface and its tessellation. The bounds are wide, for slow and
//! busy machines and unoptimised builds: they only catch a cost that grows with the samples.

#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod made_up;

use std::time::Instant;

use egui::{Event, Theme, pos2, vec2};
use egui_kittest::Harness;
use priostack_workbench::bundle::Target;
use priostack_workbench::workbench::charts::{Aims, ChartKind, Charts, Extent};
use priostack_workbench::workbench::theme;

const SAMPLES: u32 = 1_000_000;
/// A frame may cost this much in an unoptimised build on a busy machine.
const MOST: f64 = 400.0;

struct View {
    charts: Charts,
    kind: ChartKind,
    aims: Aims,
}

fn harness(charts: Charts, kind: ChartKind) -> Harness<'static, View> {
    let aims = Aims::latency(Some(Target::parse("< 20us").unwrap()));
    Harness::builder()
        .with_size(vec2(1200.0, 520.0))
        .with_theme(Theme::Dark)
        .with_max_steps(60)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, view: &mut View| {
                view.charts.show(ui, view.kind, &view.aims, 500.0);
            },
            View { charts, kind, aims },
        )
}

/// The processor time of this thread in milliseconds. Linux brings its count up to date when the thread offers its
/// processor to others; elsewhere it is the time on the clock, which other programs lengthen.
fn thread_time(begun: Instant) -> f64 {
    std::thread::yield_now();
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = counted.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanos.map_or_else(|| begun.elapsed().as_secs_f64() * 1e3, |nanos| nanos / 1e6)
}

/// Milliseconds of processor time for a frame, tessellation included: the median and the longest of `frames`.
fn frames(
    harness: &mut Harness<'_, View>,
    frames: u32,
    mut before: impl FnMut(&mut Harness<'_, View>, u32),
) -> [f64; 2] {
    let begun = Instant::now();
    let mut times = Vec::new();
    for frame in 0..frames {
        before(harness, frame);
        let before = thread_time(begun);
        harness.step();
        let shapes = harness.output().shapes.clone();
        std::hint::black_box(harness.ctx.tessellate(shapes, 1.0));
        times.push(thread_time(begun) - before);
    }
    times.sort_by(f64::total_cmp);
    [times[times.len() / 2], times[times.len() - 1]]
}

#[test]
fn a_frame_of_a_million_samples_is_printed_for_each_chart() {
    let measurement = made_up::measurement(SAMPLES, 12_000.0);
    for kind in ChartKind::ALL {
        let mut shown = harness(Charts::new(&measurement), kind);
        shown.run();
        let middle = pos2(500.0, 250.0);
        shown.hover_at(middle);
        shown.step();
        let still = frames(&mut shown, 40, |_, _| {});
        let zooming = frames(&mut shown, 40, |shown, frame| {
            shown.event(Event::Zoom(if frame % 20 < 10 { 1.06 } else { 1.0 / 1.06 }));
        });
        let button = |pressed, pos| Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        shown.event(button(true, middle));
        let panning = frames(&mut shown, 40, |shown, frame| {
            shown.event(Event::PointerMoved(middle - vec2(frame as f32 * 3.0, 0.0)));
        });
        shown.event(button(false, middle));
        let text = |[median, longest]: [f64; 2]| format!("{median:.2} ms (longest {longest:.2})");
        println!("{kind:?}: still {}, zooming {}, panning {}", text(still), text(zooming), text(panning));
        assert!([still, zooming, panning].iter().all(|[median, _]| *median < MOST));
    }
}

#[test]
fn a_frame_of_a_run_that_grows_to_a_million_is_printed_for_each_chart() {
    let samples = made_up::samples(SAMPLES, 12_000.0);
    for kind in ChartKind::ALL {
        let mut shown = harness(Charts::live(Extent::Calls(SAMPLES)).unwrap(), kind);
        let parts: Vec<_> = samples.chunks(5_000).collect();
        let mut appending = 0.0;
        let cost = frames(&mut shown, parts.len() as u32, |shown, frame| {
            let began = Instant::now();
            shown.state_mut().charts.append(parts[frame as usize]);
            appending += began.elapsed().as_secs_f64() * 1e3;
        });
        let last = frames(&mut shown, 20, |_, _| {});
        let appending = appending / parts.len() as f64;
        println!(
            "{kind:?}, growing: 5,000 more take {appending:.2} ms, a frame {:.2} ms (longest {:.2}), at the end {:.2} ms",
            cost[0], cost[1], last[0]
        );
        assert!(cost[0] < MOST && appending < MOST);
    }
}

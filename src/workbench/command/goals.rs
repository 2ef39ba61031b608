//! What a user can do with goals and measurements: the part of [`super::Command`] that needs so many words of its own.

use std::borrow::Cow;

use egui::{Key, KeyboardShortcut, Modifiers};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::*;

use crate::bundle::Percentile;
use crate::measure::Instances;
use crate::workbench::callable::FunctionKey;
use crate::workbench::charts::ChartKind;

/// Something a user can do with goals and measurements.
#[derive(Clone, Debug, PartialEq)]
pub enum GoalCommand {
    /// Show all goals with large charts in the middle.
    ShowPage,
    /// Give the page in the middle the whole window, or its place again.
    ToggleWide,
    /// Show one of the charts.
    ShowChart(ChartKind),
    /// Show all of the data in the charts.
    ResetChart,
    /// Judge latency by this percentile.
    JudgeBy(Percentile),
    /// Let calls arrive whatever became of the ones before (true), or let workers wait for their answers.
    UseOpenModel(bool),
    /// Let calls arrive at random distances (true), or at equal ones.
    UseRandomArrivals(bool),
    /// Measure for a time (true), or a number of calls.
    MeasureForTime(bool),
    /// Take the instances from here.
    UseInstances(Instances),
    /// Show or hide all that can be said about the load.
    ToggleLoad,
    /// Use a saved input for measuring, or no longer.
    ToggleInput(FunctionKey, String),
    /// Compare the run that is shown with this one.
    CompareRun(u32),
    /// Type a name for this run.
    StartNaming(u32),
    /// Give this run the name that was typed.
    NameRun(u32),
    /// Compare later runs of the function with this one, or no longer.
    SetBaseline(u32, bool),
    /// Delete this run.
    DeleteRun(u32),
    /// Save the chart as it is seen.
    SavePicture,
    /// Save the data behind the chart.
    SaveData,
    /// Ask where to save it.
    ChooseFile,
    /// Write the file.
    WriteFile,
}

impl GoalCommand {
    /// What a menu, a button and the palette call it.
    pub fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::ShowPage => "Show goal charts",
            Self::ToggleWide => "Widen or narrow page",
            Self::ShowChart(kind) => return format!("Show {} chart", kind.name().to_lowercase()).into(),
            Self::ResetChart => "Reset chart",
            Self::JudgeBy(percentile) => return format!("Judge latency by {percentile}").into(),
            Self::UseOpenModel(true) => "Open",
            Self::UseOpenModel(false) => "Closed",
            Self::UseRandomArrivals(true) => "Poisson",
            Self::UseRandomArrivals(false) => "Constant",
            Self::MeasureForTime(true) => "Duration",
            Self::MeasureForTime(false) => "Calls",
            Self::UseInstances(Instances::Fresh) => "Cold",
            Self::UseInstances(Instances::Kept) => "Warm",
            Self::ToggleLoad => "Show or hide load settings",
            Self::ToggleInput(_, name) => return name.clone().into(),
            Self::CompareRun(_) => "Compare with",
            Self::StartNaming(_) => "Name",
            Self::NameRun(_) => "Name run",
            Self::SetBaseline(_, true) => "Make baseline of",
            Self::SetBaseline(_, false) => "No longer baseline:",
            Self::DeleteRun(_) => "Delete",
            Self::SavePicture => "Save chart as PNG…",
            Self::SaveData => "Save data as CSV…",
            Self::ChooseFile => "Browse…",
            Self::WriteFile => "Save file",
        })
    }

    /// A sentence for the tooltip, where the text does not say it all.
    pub fn tooltip(&self) -> Option<&'static str> {
        Some(match self {
            Self::ShowPage => "All goals with large charts, in the middle of the window",
            Self::ToggleWide => "Give the page in the middle the whole window, or put it back between the panels",
            Self::ShowChart(kind) => kind.hint(),
            Self::ResetChart => "Show all of the data again (double click on the chart)",
            Self::JudgeBy(_) => "The latency that goals are judged by, unless the bundle's settings say otherwise",
            Self::UseOpenModel(false) => {
                "Each worker waits for its answer before it calls again: a slow function slows its callers down"
            }
            Self::UseOpenModel(true) => {
                "Calls arrive at a rate, whatever became of the ones before; latency counts from the intended arrival, so a stall is not hidden"
            }
            Self::UseRandomArrivals(false) => "At equal distances",
            Self::UseRandomArrivals(true) => "At random distances, as many independent callers arrive",
            Self::MeasureForTime(false) => "Measure so many calls",
            Self::MeasureForTime(true) => "Measure for so long",
            Self::UseInstances(Instances::Fresh) => {
                "Each call gets a fresh instance: nothing leaks from one to the next"
            }
            Self::UseInstances(Instances::Kept) => {
                "The calls of a worker share one instance: faster, but what one leaves behind the next finds"
            }
            Self::ToggleLoad => "Model, workers, rate, instances, inputs and the percentile that latency is judged by",
            Self::CompareRun(_) => "Say how the run that is shown differs from this one, and draw this one beside it",
            Self::StartNaming(_) => "Give this run a name; named runs are kept however many there are",
            Self::SetBaseline(_, true) => "Compare this run with all later ones of the function",
            Self::SetBaseline(_, false) => "Compare later runs with no run",
            Self::DeleteRun(_) => "Delete this run from .workbench/runs",
            Self::SavePicture => "Save the chart as a picture, as it is seen now",
            Self::SaveData => "Save the data behind the chart as a table, every sample of it",
            _ => return None,
        })
    }

    /// Its icon.
    pub fn icon(&self) -> MaterialIcon {
        match self {
            Self::ShowPage => ICON_MONITORING,
            Self::ToggleWide => ICON_OPEN_IN_FULL,
            Self::ShowChart(ChartKind::Latency) => ICON_SCATTER_PLOT,
            Self::ShowChart(ChartKind::Histogram) => ICON_BAR_CHART,
            Self::ShowChart(ChartKind::Percentiles) => ICON_SHOW_CHART,
            Self::ShowChart(ChartKind::Rates) => ICON_TIMELINE,
            Self::ResetChart => ICON_FIT_SCREEN,
            Self::SavePicture => ICON_IMAGE,
            Self::SaveData => ICON_TABLE,
            Self::CompareRun(_) => ICON_COMPARE,
            Self::StartNaming(_) | Self::NameRun(_) => ICON_EDIT,
            Self::SetBaseline(..) => ICON_FLAG,
            Self::DeleteRun(_) => ICON_DELETE,
            Self::ChooseFile => ICON_FOLDER_OPEN,
            Self::WriteFile => ICON_SAVE,
            _ => ICON_TUNE,
        }
    }

    /// Its keyboard shortcut.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let ctrl_shift = Modifiers { shift: true, ..Modifiers::COMMAND };
        Some(match self {
            Self::ShowPage => KeyboardShortcut::new(ctrl_shift, Key::G),
            Self::ToggleWide => KeyboardShortcut::new(ctrl_shift, Key::B),
            Self::SavePicture => KeyboardShortcut::new(ctrl_shift, Key::I),
            Self::SaveData => KeyboardShortcut::new(ctrl_shift, Key::D),
            _ => return None,
        })
    }
}

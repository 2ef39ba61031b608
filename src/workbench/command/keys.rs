//! The keyboard shortcuts of commands.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::{Command, LISTED};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

impl Command {
    /// Its keyboard shortcut.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::OpenBundle => (CTRL, Key::O),
            Self::NewBundle => (CTRL_SHIFT, Key::N),
            Self::NewEndpoint => (CTRL, Key::N),
            Self::Reload => (Modifiers::NONE, Key::F5),
            Self::Save => (CTRL, Key::S),
            Self::SaveAll => (CTRL_SHIFT, Key::S),
            Self::ShowExport => (CTRL, Key::E),
            Self::Quit => (CTRL, Key::Q),
            Self::CloseActiveTab => (CTRL, Key::W),
            Self::NextTab => (CTRL, Key::PageDown),
            Self::PreviousTab => (CTRL, Key::PageUp),
            Self::NextProblem => (Modifiers::NONE, Key::F8),
            Self::PreviousProblem => (Modifiers::SHIFT, Key::F8),
            Self::Run => (CTRL, Key::Enter),
            Self::RunCases => (CTRL, Key::T),
            Self::RunAllCases => (CTRL_SHIFT, Key::T),
            Self::CancelRun => (Modifiers::SHIFT, Key::F5),
            Self::ShowFixes => (CTRL, Key::Period),
            Self::Complete => (CTRL, Key::Space),
            Self::GoToDefinition => (Modifiers::NONE, Key::F12),
            Self::FindUsages => (Modifiers::SHIFT, Key::F12),
            Self::Rename => (Modifiers::NONE, Key::F2),
            Self::ShowSymbols => (CTRL_SHIFT, Key::O),
            Self::FormatInput => (CTRL_SHIFT, Key::F),
            Self::CopyOutput => (CTRL_SHIFT, Key::C),
            Self::MeasureFunction => (CTRL, Key::M),
            Self::MeasureGoals => (CTRL_SHIFT, Key::M),
            Self::ShowLimits => (CTRL, Key::Comma),
            Self::ToggleExplorer => (CTRL, Key::B),
            Self::ToggleProblems => (CTRL, Key::J),
            Self::ShowRunner => (CTRL, Key::Num1),
            Self::ShowGoals => (CTRL, Key::Num2),
            Self::ShowRequests => (CTRL, Key::Num5),
            Self::SendRequest => (CTRL_SHIFT, Key::Enter),
            Self::ShowOverview => (CTRL, Key::Num3),
            Self::ShowSensors => (CTRL, Key::Num4),
            Self::ShowHistory => (CTRL_SHIFT, Key::H),
            Self::ShowPalette => (CTRL, Key::K),
            Self::ShowShortcuts => (Modifiers::NONE, Key::F1),
            Self::ToggleTheme => (CTRL_SHIFT, Key::L),
            Self::ZoomIn => (CTRL, Key::Plus),
            Self::ZoomOut => (CTRL, Key::Minus),
            Self::ZoomReset => (CTRL, Key::Num0),
            Self::CloseDialog => (Modifiers::NONE, Key::Escape),
            Self::Goals(command) => return command.shortcut(),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// The keys of the editor that has the focus: shown in menus, read by the editor itself.
    pub fn editor_shortcut(&self) -> Option<KeyboardShortcut> {
        match self {
            Self::Undo => Some(KeyboardShortcut::new(CTRL, Key::Z)),
            Self::Redo => Some(KeyboardShortcut::new(CTRL_SHIFT, Key::Z)),
            Self::Find => Some(KeyboardShortcut::new(CTRL, Key::F)),
            Self::Replace => Some(KeyboardShortcut::new(CTRL, Key::H)),
            _ => None,
        }
    }

    /// Further shortcuts that people know from elsewhere.
    pub(super) fn other_shortcut(&self) -> Option<KeyboardShortcut> {
        match self {
            Self::ShowPalette => Some(KeyboardShortcut::new(CTRL_SHIFT, Key::P)),
            Self::ZoomIn => Some(KeyboardShortcut::new(CTRL, Key::Equals)),
            _ => None,
        }
    }

    /// Takes the pressed shortcuts from the input and gives their commands. Escape is left to dialogs.
    pub fn pressed(input: &mut egui::InputState) -> Vec<Self> {
        // The longer combination first: plain Ctrl+M would also take Ctrl+Shift+M.
        let mut bound: Vec<(KeyboardShortcut, &Self)> = LISTED
            .iter()
            .filter(|command| **command != Self::CloseDialog)
            .flat_map(|command| {
                command.shortcut().into_iter().chain(command.other_shortcut()).map(move |shortcut| (shortcut, command))
            })
            .collect();
        bound.sort_by_key(|(shortcut, _)| !shortcut.modifiers.shift);
        let pressed = bound.into_iter().filter(|(shortcut, _)| input.consume_shortcut(shortcut));
        pressed.map(|(_, command)| command.clone()).collect()
    }
}

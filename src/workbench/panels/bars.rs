//! The bars above the editor: the folder is gone, unsaved changes were found, the file in front changed on
//! disk, or cannot be saved. Each says what is the matter and offers what can be done.

use std::time::SystemTime;

use egui::{Frame, Label, Margin, Ui};
use egui_material_icons::icons::*;

use crate::bundle::save::Lock;
use crate::workbench::command::{Command, Commands};
use crate::workbench::documents::{Conflict, Document};
use crate::workbench::journal::Recovered;
use crate::workbench::state::{Compared, State};
use crate::workbench::theme::{self, space};
use crate::workbench::{text, widgets};

/// Draws the bars that speak of the whole bundle.
pub fn show(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = &state.session else { return };
    if let Some(archive) = &session.archive {
        let sentence = format!("Opened from {}, read only", archive.name());
        bar(ui, ICON_FOLDER_ZIP, theme::of(ui).accent, &sentence, &[Command::ShowExtract], state, commands);
    }
    if session.disk.is_gone {
        let root = session.root.display().to_string();
        let sentence = format!(
            "The folder {} is gone; what is open here is kept and can be saved as soon as the folder is back",
            text::one_line(&root)
        );
        bar(ui, ICON_FOLDER_OFF, theme::of(ui).bad, &sentence, &[], state, commands);
    }
    if let [first, ..] = session.recovery.found.as_slice() {
        let sentence = found(&session.recovery.found);
        let compare = Command::Compare(Compared::Recovered(first.key().into()));
        let offers = [Command::Restore(None), compare, Command::DropRecovered(None)];
        bar(ui, ICON_HISTORY, theme::of(ui).accent, &sentence, &offers, state, commands);
    }
}

/// Draws the bars that speak of the file in front.
pub fn of_file(ui: &mut Ui, file: &str, state: &State, commands: &mut Commands) {
    let Some(document) = state.session.as_ref().and_then(|session| session.documents.get(file)) else { return };
    let tokens = theme::of(ui);
    if let Some(conflict) = &document.conflict {
        let sentence = match (conflict, document.is_dirty()) {
            (Conflict { on_disk: None }, _) => "This file is gone from the disk; its text is still here",
            (_, true) => "Another program changed this file while you had unsaved changes",
            (_, false) => "Another program changed this file",
        };
        let compare = Command::Compare(Compared::Conflict(file.to_owned()));
        let (take, keep) = (Command::TakeFromDisk(file.to_owned()), Command::Overwrite(file.to_owned()));
        let offers = if conflict.on_disk.is_some() { vec![compare, take, keep] } else { vec![keep] };
        bar(ui, ICON_WARNING, tokens.warn, sentence, &offers, state, commands);
    }
    if let Some(sentence) = obstacle(document, file) {
        let offers = if document.is_text() { vec![Command::ShowSaveCopy(file.to_owned())] } else { Vec::new() };
        bar(ui, ICON_LOCK, tokens.warn, &sentence, &offers, state, commands);
    }
}

/// Why a file cannot be saved, and what to do about it.
pub fn obstacle(document: &Document, file: &str) -> Option<String> {
    if !document.is_text() {
        let sentence = "This file is not UTF-8 text: what comes before the first other byte is shown and cannot be \
                        edited; save it as UTF-8 with the program that made it";
        return Some(sentence.to_owned());
    }
    let folder = file.rsplit_once('/').map_or("The bundle's folder", |(folder, _)| folder);
    Some(match document.lock? {
        Lock::File => "This file is read-only: allow writing to it, or save a copy elsewhere".to_owned(),
        Lock::Folder => format!(
            "{} is read-only, so files in it cannot be saved: allow writing to it, or save a copy elsewhere",
            text::one_line(folder)
        ),
    })
}

fn bar(
    ui: &mut Ui,
    icon: egui_material_icons::MaterialIcon,
    color: egui::Color32,
    sentence: &str,
    offers: &[Command],
    state: &State,
    commands: &mut Commands,
) {
    let frame = Frame::new().fill(theme::of(ui).surface).inner_margin(Margin::same(space::M as i8));
    frame.show(ui, |ui| {
        widgets::banner(ui, icon, color, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.add(Label::new(sentence).wrap());
            if !offers.is_empty() {
                ui.horizontal_wrapped(|ui| {
                    for offer in offers {
                        widgets::command_button(ui, offer.clone(), state, commands);
                    }
                });
            }
        });
    });
}

/// `Unsaved changes of 2 files from 5 minutes ago were found`.
fn found(recovered: &[Recovered]) -> String {
    let files: std::collections::BTreeSet<&str> =
        recovered.iter().map(|recovered| recovered.unsaved.file.as_str()).collect();
    let what = match files.first() {
        Some(file) if files.len() == 1 => text::one_line(file),
        _ => text::count(files.len(), "file"),
    };
    let latest = recovered.iter().map(|recovered| recovered.time).max();
    let when = latest.map(|time| ago(SystemTime::now(), time)).unwrap_or_default();
    let changed = recovered.iter().filter(|recovered| recovered.disk_changed()).count();
    let disk = match (changed, recovered.len()) {
        (0, _) => String::new(),
        (1, 1) => "; the file on disk has changed since".to_owned(),
        (changed, _) => format!("; {} on disk changed since", text::count(changed, "file")),
    };
    format!("Unsaved changes of {what} from {when} were found{disk}")
}

/// How long ago `time` was, in words.
pub fn ago(now: SystemTime, time: SystemTime) -> String {
    let seconds = now.duration_since(time).unwrap_or_default().as_secs() as usize;
    match (seconds / 60, seconds / 3600, seconds / 86_400) {
        (0, ..) => "less than a minute ago".to_owned(),
        (minutes, 0, _) => format!("{} ago", text::count(minutes, "minute")),
        (_, hours, 0) => format!("{} ago", text::count(hours, "hour")),
        (.., days) => format!("{} ago", text::count(days, "day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_is_said_in_the_largest_unit_that_fits() {
        let now = SystemTime::now();
        let said = |seconds| ago(now, now - Duration::from_secs(seconds));
        assert_eq!(said(59), "less than a minute ago");
        assert_eq!(said(60), "1 minute ago");
        assert_eq!(said(7199), "1 hour ago");
        assert_eq!(said(86_400 * 3), "3 days ago");
        assert_eq!(ago(now, now + Duration::from_secs(9)), "less than a minute ago", "clocks may be wrong");
    }
}

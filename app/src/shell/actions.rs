//! Every action of the window, in one table: the command palette, the keys and their help read from it.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::context::PickKind;
use crate::places::Place;

/// Something a person can ask for from anywhere.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Show a place.
    GoTo(Place),
    /// Choose something in the system's dialog.
    Pick(PickKind),
    /// Open the built-in dataset.
    OpenDemo,
    /// Give up reading the dataset.
    CancelDataset,
    /// Write the configuration to its file.
    SaveConfig,
    /// Write the configuration to a new file.
    SaveConfigAs,
    /// Take back the last edit of the configuration.
    Undo,
    /// Make it again.
    Redo,
    /// Put every setting back to its default.
    ResetConfig,
    /// Append a run of the configuration to the queue.
    Train,
    /// Hold the run in progress.
    PauseRun,
    /// Go on with a held run.
    ResumeRun,
    /// End the run in progress and keep its best weights.
    StopAndKeep,
    /// Read the runs folder again.
    RefreshRuns,
    /// Release the microphone.
    StopListening,
    /// Stop playing.
    StopPlayback,
    /// Full screen on or off.
    Fullscreen,
    /// Everything larger.
    ZoomIn,
    /// Everything smaller.
    ZoomOut,
    /// Usual size.
    ZoomReset,
    /// Dark or light.
    SwitchTheme,
    /// Inspector on or off.
    SwitchInspector,
    /// The list of messages on or off.
    SwitchMessages,
    /// The first page on or off.
    SwitchWelcome,
    /// The keys.
    ShowKeys,
    /// The command palette.
    ShowPalette,
    /// Set one setting by key and text.
    Set(String, String),
}

/// One row of the table.
#[derive(Debug, Clone)]
pub struct ActionRow {
    /// What it does.
    pub action: Action,
    /// Its name: a verb first.
    pub name: &'static str,
    /// Its key, if it has one.
    pub shortcut: Option<KeyboardShortcut>,
}

const fn key(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

const fn command(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn command_shift(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key))
}

/// All actions, in the order in which the palette lists them.
pub fn table() -> Vec<ActionRow> {
    let row = |action, name, shortcut| ActionRow { action, name, shortcut };
    vec![
        row(Action::GoTo(Place::Data), "Go to Data", command(Key::Num1)),
        row(Action::GoTo(Place::Network), "Go to Network", command(Key::Num2)),
        row(Action::GoTo(Place::Train), "Go to Train", command(Key::Num3)),
        row(Action::GoTo(Place::Compare), "Go to Compare", command(Key::Num4)),
        row(Action::GoTo(Place::Live), "Go to Live", command(Key::Num5)),
        row(Action::GoTo(Place::Export), "Go to Export", command(Key::Num6)),
        row(Action::Pick(PickKind::Dataset), "Open dataset folder…", command(Key::O)),
        row(Action::OpenDemo, "Open the built-in demo dataset", None),
        row(Action::CancelDataset, "Cancel reading the dataset", None),
        row(Action::Pick(PickKind::FetchFolder), "Fetch Speech Commands into a folder…", None),
        row(Action::Pick(PickKind::Config), "Open configuration…", command_shift(Key::O)),
        row(Action::SaveConfig, "Save configuration", command(Key::S)),
        row(Action::SaveConfigAs, "Save configuration as…", command_shift(Key::S)),
        row(Action::Undo, "Undo edit of the configuration", command(Key::Z)),
        row(Action::Redo, "Redo edit of the configuration", command_shift(Key::Z)),
        row(Action::ResetConfig, "Reset all settings to their defaults", None),
        row(Action::Train, "Train this configuration", None),
        row(Action::PauseRun, "Pause the run", None),
        row(Action::ResumeRun, "Resume the run", None),
        row(Action::StopAndKeep, "Stop the run and keep its best weights", None),
        row(Action::RefreshRuns, "Read the runs folder again", None),
        row(Action::Pick(PickKind::Recording), "Listen to a recording…", None),
        row(Action::Pick(PickKind::ExportFolder), "Choose the folder for exports…", None),
        row(Action::StopListening, "Stop listening and release the microphone", None),
        row(Action::StopPlayback, "Stop playing", None),
        row(Action::Fullscreen, "Switch full screen", key(Key::F11)),
        row(Action::ZoomIn, "Make everything larger", command(Key::Plus)),
        row(Action::ZoomOut, "Make everything smaller", command(Key::Minus)),
        row(Action::ZoomReset, "Reset size", command(Key::Num0)),
        row(Action::SwitchTheme, "Switch dark and light", command_shift(Key::D)),
        row(Action::SwitchInspector, "Show or hide the inspector", command(Key::I)),
        row(Action::SwitchMessages, "Show or hide messages", command(Key::M)),
        row(Action::SwitchWelcome, "Show where to begin", None),
        row(Action::ShowKeys, "Show the keys", None),
        row(Action::ShowPalette, "Find an action", command(Key::P)),
    ]
}

/// The actions whose keys were pressed. Keys without a modifier count only while no field has the focus.
pub fn pressed(ctx: &egui::Context, table: &[ActionRow]) -> Vec<Action> {
    let typing = ctx.egui_wants_keyboard_input();
    let mut actions = Vec::new();
    // egui changes the zoom by itself on these keys.
    let by_egui = |action: &Action| matches!(action, Action::ZoomIn | Action::ZoomOut | Action::ZoomReset);
    ctx.input_mut(|input| {
        // Shortcuts with more modifiers first: a plain one would also match them.
        for with_shift in [true, false] {
            for row in table {
                let Some(shortcut) = row.shortcut else { continue };
                let in_field = typing && edits_text(&row.action);
                if shortcut.modifiers.shift == with_shift
                    && !by_egui(&row.action)
                    && !in_field
                    && input.consume_shortcut(&shortcut)
                {
                    actions.push(row.action.clone());
                }
            }
        }
        if !typing {
            let numbers = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];
            for (place, key) in Place::ALL.into_iter().zip(numbers) {
                if input.consume_key(Modifiers::NONE, key) {
                    actions.push(Action::GoTo(place));
                }
            }
            let question =
                input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == "?"));
            if question {
                actions.push(Action::ShowKeys);
            }
        }
    });
    actions
}

/// Undo inside a text field belongs to the field.
fn edits_text(action: &Action) -> bool {
    matches!(action, Action::Undo | Action::Redo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_a_key_or_a_name() {
        let table = table();
        for (index, row) in table.iter().enumerate() {
            for other in &table[index + 1..] {
                assert_ne!(row.name, other.name);
                assert!(row.shortcut.is_none() || row.shortcut != other.shortcut, "{}", row.name);
            }
        }
    }
}

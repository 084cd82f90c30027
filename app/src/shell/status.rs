//! The status line.

use engine::protocol::Snapshot;

use crate::messages::Messages;

/// Draws the line.
pub fn ui(ui: &mut egui::Ui, snapshot: &Snapshot, messages: &Messages) {
    let _ = snapshot;
    ui.horizontal_centered(|ui| {
        if let Some(message) = messages.latest() {
            ui.label(&message.text);
        }
    });
}

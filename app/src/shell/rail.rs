//! The left rail: the five places with the state of each.

use engine::protocol::Snapshot;

use crate::places::Place;
use crate::theme::Theme;

/// Draws the rail; returns the place that was asked for.
pub fn ui(ui: &mut egui::Ui, current: Place, snapshot: &Snapshot, theme: &Theme) -> Option<Place> {
    let _ = (snapshot, theme);
    let mut asked = None;
    for place in Place::ALL {
        if ui.selectable_label(place == current, place.name()).clicked() {
            asked = Some(place);
        }
    }
    asked
}

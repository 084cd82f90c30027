//! The place Network.

use serde::{Deserialize, Serialize};

use crate::context::PlaceContext;

/// The place Network: what it remembers between frames and, where not skipped, between sessions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkPlace {}

impl NetworkPlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let _ = ctx;
        ui.heading("Network");
    }

    /// Draws the inspector.
    pub fn inspector_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let _ = (ui, ctx);
    }
}

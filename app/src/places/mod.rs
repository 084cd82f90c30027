//! The six places of the window.

#[cfg(test)]
mod bench;
pub mod compare;
pub mod data;
pub mod export;
mod handover;
pub mod live;
mod model_choice;
mod model_picker;
pub mod network;
pub mod train;

use serde::{Deserialize, Serialize};

pub use handover::Handover;

use crate::context::PlaceContext;

/// One of the six places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Speech datasets.
    #[default]
    Data,
    /// Patterns and what they cost.
    Network,
    /// Training.
    Train,
    /// Many runs side by side.
    Compare,
    /// Microphone in, words out.
    Live,
    /// Models as files.
    Export,
}

impl Place {
    /// All places, in the order of the rail and of the keys 1 to 6.
    pub const ALL: [Self; 6] =
        [Self::Data, Self::Network, Self::Train, Self::Compare, Self::Live, Self::Export];

    /// Its name in the rail and after `--place`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Network => "Network",
            Self::Train => "Train",
            Self::Compare => "Compare",
            Self::Live => "Live",
            Self::Export => "Export",
        }
    }

    /// The place of this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name().eq_ignore_ascii_case(name))
    }
}

/// The places with what each remembers. Serialised into the saved state; mark transient fields `serde(skip)`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    /// Data.
    pub data: data::DataPlace,
    /// Network.
    pub network: network::NetworkPlace,
    /// Train.
    pub train: train::TrainPlace,
    /// Compare.
    pub compare: compare::ComparePlace,
    /// Live.
    pub live: live::LivePlace,
    /// Export.
    pub export: export::ExportPlace,
}

impl Places {
    /// Draws the centre of a place.
    pub fn ui(&mut self, place: Place, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        match place {
            Place::Data => self.data.ui(ui, ctx),
            Place::Network => self.network.ui(ui, ctx),
            Place::Train => self.train.ui(ui, ctx),
            Place::Compare => self.compare.ui(ui, ctx),
            Place::Live => self.live.ui(ui, ctx),
            Place::Export => self.export.ui(ui, ctx),
        }
        self.hand_over();
    }

    /// Draws the inspector of a place.
    pub fn inspector_ui(&mut self, place: Place, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        match place {
            Place::Data => self.data.inspector_ui(ui, ctx),
            Place::Network => self.network.inspector_ui(ui, ctx),
            Place::Train => self.train.inspector_ui(ui, ctx),
            Place::Compare => self.compare.inspector_ui(ui, ctx),
            Place::Live => self.live.inspector_ui(ui, ctx),
            Place::Export => self.export.inspector_ui(ui, ctx),
        }
        self.hand_over();
    }

    /// Brings what was picked in one place to the place that takes it up.
    fn hand_over(&mut self) {
        let asked = [self.train.take_handover(), self.compare.take_handover(), self.export.take_handover()];
        for handover in asked.into_iter().flatten() {
            match handover {
                Handover::Compare(run) => self.compare.select(run),
                Handover::Bits(run) => self.compare.select_for_bits(run),
                Handover::Listen(model) => self.live.offer(model),
                Handover::Export(model) => self.export.offer(model),
                Handover::Banks => self.network.show_banks(),
            }
        }
    }
}

//! What one place asks another to show.

use engine::protocol::ModelSource;
use engine::runs::RunId;

use super::Place;

/// Something picked in one place that another place takes up.
#[derive(Debug, Clone, PartialEq)]
pub enum Handover {
    /// Select this run in Compare.
    Compare(RunId),
    /// Show what bits this run needs in Compare, and where it is kept at others.
    Bits(RunId),
    /// Listen with this model in Live.
    Listen(ModelSource),
    /// Export this model.
    Export(ModelSource),
    /// Show the memory banks in Network.
    Banks,
}

impl Handover {
    /// The place that takes it up.
    pub fn place(&self) -> Place {
        match self {
            Self::Compare(_) | Self::Bits(_) => Place::Compare,
            Self::Listen(_) => Place::Live,
            Self::Export(_) => Place::Export,
            Self::Banks => Place::Network,
        }
    }
}

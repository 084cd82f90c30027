//! Recordings on disk, sorted into words, splits and speakers.

use serde::{Deserialize, Serialize};

/// Part of a dataset, disjoint from the others by speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Learns the weights.
    Train,
    /// Chooses the epoch that is kept.
    Valid,
    /// Is only reported.
    Test,
}

impl Split {
    /// All splits, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Train, Self::Valid, Self::Test];

    /// The name in files, on the command line and in the window.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "training",
            Self::Valid => "validation",
            Self::Test => "testing",
        }
    }
}

/// Index of a clip within the open dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClipId(pub u32);

/// A file that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Path relative to the dataset folder.
    pub path: String,
    /// Reason, as one sentence for a person.
    pub reason: String,
}

//! Recordings on disk, sorted into words, speakers and splits, and turned into network inputs.
//!
//! [`Dataset::open`] reads a folder of word folders, [`Dataset::open_demo`] the built-in demo set. A
//! [`Task`] picks the examples of a configuration, [`InputProducer`] feeds augmented training batches, and
//! [`Inputs`] holds the unvaried inputs of a split. [`fetch`] downloads the full Speech Commands archive.
//!
//! Guarantees: a faulty file is listed and never stops the reading; memory stays bounded, because decoded
//! sound lives in a cache file; splits, examples and variations are functions of contents, configuration
//! and seed alone, never of thread count or timing.

mod augment;
mod cache;
mod clips;
mod demo;
mod digest;
mod draws;
mod error;
mod export;
pub mod fetch;
mod inputs;
mod inspect;
mod layout;
mod names;
mod noise;
mod open;
mod producer;
mod sound;
mod split;
mod store;
mod task;
#[cfg(test)]
pub(crate) mod testing;
mod view;

use serde::{Deserialize, Serialize};

pub use augment::{AugmentScratch, Augmenter};
pub use cache::default_cache_folder;
pub use clips::{Background, Clip, ClipBuffer, Dataset};
pub use error::DatasetError;
pub use inputs::{ComputeOptions, Inputs};
pub use layout::{FolderDoubt, FolderRemedy, FolderRoles};
pub use names::{own_label, target_of_words};
pub use open::OpenOptions;
pub use producer::{Batch, InputProducer, ProducerOptions};
pub use split::held_out;
pub use task::{Example, SILENCE, Silence, Source, Task, UNKNOWN};

/// Samples of one clip as the network hears it: one second at [`crate::audio::SAMPLE_RATE_HZ`].
pub const CLIP_SAMPLES: usize = 16_000;

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

    /// Position in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Index of a clip within the open dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClipId(pub u32);

impl ClipId {
    /// Position in [`Dataset::clips`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A file that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Path relative to the dataset folder.
    pub path: String,
    /// Reason, as one sentence for a person.
    pub reason: String,
}

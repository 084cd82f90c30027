//! Run folders: everything of one training in files that a person can read.

use serde::{Deserialize, Serialize};

/// Name of a run: the name of its folder below the runs folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

use crate::memory::MemoryBits;

/// Final figures of a run: the content of `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Accuracy of the best weights on the testing split, 0 to 1.
    pub test_accuracy: f64,
    /// Accuracy of the best weights on the validation split, 0 to 1.
    pub valid_accuracy: f64,
    /// Mean cross-entropy on the testing split, in nats.
    pub test_loss: f64,
    /// Clips of the testing split.
    pub num_test: usize,
    /// Requested kept weights over all weights.
    pub density_requested: f64,
    /// Kept weights over all weights.
    pub density_achieved: f64,
    /// Weight bits of the hidden layers; 32 is floating point.
    pub weight_bits: u32,
    /// The memory bill.
    pub memory_bits: MemoryBits,
    /// Dense fp32 over this model.
    pub reduction_vs_fp32: f64,
    /// Dense fp64 over this model.
    pub reduction_vs_fp64: f64,
    /// Multiply-accumulates of one inference.
    pub macs_per_inference: u64,
    /// Seconds of training, pauses excluded.
    pub train_seconds: f64,
    /// Training clips per second.
    pub samples_per_sec: f64,
    /// Seed of the run.
    pub seed: u64,
    /// Hash of the configuration.
    pub config_hash: String,
    /// Hash of the dataset.
    pub data_fingerprint: String,
    /// Epoch whose weights were kept, from 1.
    pub best_epoch: usize,
    /// Epochs trained.
    pub num_epochs: usize,
    /// Testing split.
    pub confusion: crate::evaluate::Confusion,
    /// Version of the program.
    pub version: String,
}

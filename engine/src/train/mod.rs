//! Training: from examples to weights.

mod optimiser;

pub use optimiser::Optimiser;

use serde::{Deserialize, Serialize};

/// One line of `metrics.jsonl`: a finished epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Learning rate at its end.
    pub learning_rate: f64,
    /// Mean loss over its steps, in nats.
    pub train_loss: f64,
    /// Accuracy over its steps, dropout and augmentation included, 0 to 1.
    pub train_accuracy: f64,
    /// Loss on the validation split.
    pub valid_loss: f64,
    /// Accuracy on the validation split, 0 to 1.
    pub valid_accuracy: f64,
    /// Seconds it took.
    pub seconds: f64,
    /// Whether its weights are the best so far.
    pub is_best: bool,
}

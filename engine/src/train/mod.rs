//! Training: from examples to weights.
//!
//! Everything random in a run derives from its seed, the epoch and the step; nothing carries over from
//! step to step but the weights, their average and the optimiser. A checkpoint therefore holds all that a run needs to go
//! on, and a run that was killed ends with the weights of one that was not, bit for bit.

mod average;
#[cfg(test)]
mod built_in_tests;
mod checkpoint;
mod conclusion;
mod control;
mod error;
mod exact;
mod finish;
mod observer;
mod optimiser;
mod outcome;
mod pace;
mod prepare;
mod rounding;
#[cfg(test)]
mod rounding_tests;
mod run;
mod schedule;
mod session;
mod step_speed;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use checkpoint::{Best, Checkpoint, CheckpointState, EpochSums};
pub use control::{Control, Wish};
pub use error::TrainError;
pub use exact::Exact;
pub use observer::{Observer, Silent, TrainEvent};
pub use optimiser::Optimiser;
pub use outcome::Outcome;
pub use pace::{Pace, StepTimes, ThinnedCurve};
pub use prepare::open_dataset;
pub use rounding::{Rounding, round_run, rounded_name, trained_run};
pub use run::{RunOptions, check_settings, run};
pub use schedule::learning_rate;
pub use step_speed::{AgainstDense, StepSpeed, StepSpeeds};

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

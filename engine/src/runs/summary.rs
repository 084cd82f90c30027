//! The final figures of a run.

use serde::{Deserialize, Serialize};

use super::{Machine, RunId};
use crate::evaluate::Confusion;
use crate::memory::MemoryBits;

/// How a finished run came to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunEnd {
    /// All epochs were trained.
    #[default]
    Complete,
    /// Validation accuracy had not risen for `train.patience` epochs.
    Early,
    /// A person ended it and kept the best weights; it can be continued.
    Stopped,
    /// The loss became no number; the best weights before that were kept.
    Diverged,
    /// It was not trained: the weights of another run were rounded to its widths.
    Rounded,
}

/// Activations of runs before fixed-point inference.
fn float_bits() -> u32 {
    32
}

/// Final figures of a run: the content of `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Accuracy of the best weights on the testing split, 0 to 1.
    pub test_accuracy: f64,
    /// Accuracy of the best weights on the validation split, 0 to 1.
    pub valid_accuracy: f64,
    /// Accuracy on the testing split of the same weights with floating-point activations; absent where the shipped
    /// network computes in floating point anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_accuracy_float: Option<f64>,
    /// Mean cross-entropy on the testing split, in nats.
    pub test_loss: f64,
    /// Clips of the testing split.
    pub num_test: usize,
    /// Hash of the testing clips and their labels: accuracies compare where it is the same. Absent in runs that did not
    /// record it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_fingerprint: Option<String>,
    /// Clips of the validation split; absent in runs that did not record it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_valid: Option<usize>,
    /// Requested kept weights over all weights.
    pub density_requested: f64,
    /// Kept weights over all weights.
    pub density_achieved: f64,
    /// Weight bits of the hidden layers; 32 is floating point.
    pub weight_bits: u32,
    /// Activation bits; 32 is floating point.
    #[serde(default = "float_bits")]
    pub activation_bits: u32,
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
    /// Epoch whose weights were kept, from 1; 0 when stopped before the first epoch ended.
    pub best_epoch: usize,
    /// Epochs trained.
    pub num_epochs: usize,
    /// How it ended.
    #[serde(default)]
    pub end: RunEnd,
    /// The run whose weights were rounded after training; epochs and times above are those of that run. Absent where this
    /// run was trained itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounded_from: Option<RunId>,
    /// Testing split.
    pub confusion: Confusion,
    /// Version of the program.
    pub version: String,
    /// Machine of the training; absent in runs that did not record it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
}

impl Summary {
    /// The figures, if they can be those of a run: a file that was damaged or edited can hold an accuracy of 5.
    ///
    /// # Errors
    /// The first figure that cannot be, with its value.
    pub fn checked(self) -> Result<Self, String> {
        let shares = [
            ("test_accuracy", Some(self.test_accuracy)),
            ("valid_accuracy", Some(self.valid_accuracy)),
            ("test_accuracy_float", self.test_accuracy_float),
            ("density_requested", Some(self.density_requested)),
            ("density_achieved", Some(self.density_achieved)),
        ];
        for (key, share) in shares {
            // Nothing is measured to more than a float's rounding.
            if share.is_some_and(|share| !(0.0..=1.0 + 1e-9).contains(&share)) {
                return Err(format!("`{key}` is {}, but is a share of 1", share.unwrap_or_default()));
            }
        }
        let amounts = [
            ("test_loss", self.test_loss),
            ("reduction_vs_fp32", self.reduction_vs_fp32),
            ("reduction_vs_fp64", self.reduction_vs_fp64),
            ("train_seconds", self.train_seconds),
            ("samples_per_sec", self.samples_per_sec),
        ];
        for (key, amount) in amounts {
            if !(amount.is_finite() && amount >= 0.0) {
                return Err(format!("`{key}` is {amount}, but is 0 or more"));
            }
        }
        self.confusion.check().map_err(|reason| format!("`confusion`: {reason}"))?;
        Ok(self)
    }
}

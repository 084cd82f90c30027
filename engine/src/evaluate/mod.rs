//! How good a network is: accuracy, confusion, loss, on a named split.

use serde::{Deserialize, Serialize};

/// Counts of true against predicted labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Labels, in the order of rows and columns.
    pub labels: Vec<String>,
    /// `counts[true_label][predicted_label]`.
    pub counts: Vec<Vec<u32>>,
}

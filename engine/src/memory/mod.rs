//! What a network costs in bits and multiplications, before anything is trained.

use serde::{Deserialize, Serialize};

/// Memory bill of one layer or of a whole network, in bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryBits {
    /// Kept weights times their width.
    pub weights: u64,
    /// Block index: `ceil(log2 C)` bits per kept block, level by level.
    pub index: u64,
    /// Biases, 32 bits each.
    pub biases: u64,
    /// Weights, index and biases.
    pub total: u64,
    /// The same network dense with 32-bit weights and biases.
    pub dense_fp32: u64,
    /// The same network dense with 64-bit weights and biases.
    pub dense_fp64: u64,
}

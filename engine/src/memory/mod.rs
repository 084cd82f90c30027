//! What a network costs in bits and multiplications, before anything is trained.
//!
//! Counted are the weights inside kept blocks at their width, the index that says where the blocks are, and the
//! biases: at the width of their layer's accumulator where inference is in integers, else at 32 bits each; edges of blocks beyond the layer are not stored and not counted. A level's index costs
//! nothing where it keeps every block.
//!
//! | selection | index bits of a level |
//! |---|---|
//! | balanced, connected | `ceil(log2 C)` per kept block |
//! | independent | the same, and `ceil(log2 (C + 1))` per block row for its count, which varies |
//!
//! `C` is the number of block columns to choose from: of the layer for the outermost level, of a whole outer block
//! for the levels inside.
//!
//! A reader that draws the patterns again from their seeds needs no index at all: [`MemoryBits::without_index`] is the
//! bill of what it reads.
//!
//! [`banks`] lays the same network into the memories of a chip, word by word.

pub mod banks;
mod bill;

pub use bill::{Bill, LayerBill, layer_accumulator_bits};
pub(crate) use bill::{IndexFields, ceil_log2};

use serde::{Deserialize, Serialize};

/// Memory bill of one layer or of a whole network, in bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryBits {
    /// Kept weights times their width.
    pub weights: u64,
    /// Block index: `ceil(log2 C)` bits per kept block, level by level.
    pub index: u64,
    /// Biases: of the accumulator's width where inference is in integers, else of 32 bits.
    pub biases: u64,
    /// Weights, index and biases.
    pub total: u64,
    /// The same network dense with 32-bit weights and biases.
    pub dense_fp32: u64,
    /// The same network dense with 64-bit weights and biases.
    pub dense_fp64: u64,
}

impl MemoryBits {
    /// Dense 32-bit floating point over this.
    pub fn reduction_vs_fp32(&self) -> f64 {
        self.dense_fp32 as f64 / self.total.max(1) as f64
    }

    /// Dense 64-bit floating point over this.
    pub fn reduction_vs_fp64(&self) -> f64 {
        self.dense_fp64 as f64 / self.total.max(1) as f64
    }

    /// The bill where the index costs nothing: whoever reads the weights draws the patterns again from their seeds.
    #[must_use]
    pub fn without_index(self) -> Self {
        Self { index: 0, total: self.total - self.index, ..self }
    }
}

impl std::ops::Add for MemoryBits {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            weights: self.weights + other.weights,
            index: self.index + other.index,
            biases: self.biases + other.biases,
            total: self.total + other.total,
            dense_fp32: self.dense_fp32 + other.dense_fp32,
            dense_fp64: self.dense_fp64 + other.dense_fp64,
        }
    }
}

//! The pattern of kept blocks of one layer.

use serde::{Deserialize, Serialize};

use crate::settings::Selection;

/// Block size and drop probability of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Side `b` of the square blocks, in weights.
    pub block: usize,
    /// Requested share of blocks dropped, 0 to 1.
    pub drop: f64,
}

/// Everything that determines the pattern of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerStructure {
    /// Rows of the weight matrix.
    pub out_features: usize,
    /// Columns of the weight matrix.
    pub in_features: usize,
    /// Levels, outer first; never empty.
    pub levels: Vec<Level>,
    /// Rule that picks the kept blocks.
    pub selection: Selection,
    /// Seed of the draw.
    pub seed: u64,
}

/// The kept blocks of one layer: drawn once, then fixed.
///
/// Stored as compressed rows of innermost blocks: block row `r` keeps the block columns
/// `block_cols[row_starts[r]..row_starts[r + 1]]`, ascending, in units of the innermost block size.
/// Because every inner block size divides the one outside it, all levels share one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// What it was drawn from.
    pub structure: LayerStructure,
    /// Start of each innermost block row in `block_cols`; one more entry than block rows.
    pub row_starts: Vec<u32>,
    /// Innermost block columns, ascending within each block row.
    pub block_cols: Vec<u32>,
    /// Kept blocks per level, outer first, as `(block_row, block_col)` in that level's own units, sorted.
    pub kept_by_level: Vec<Vec<(u32, u32)>>,
}

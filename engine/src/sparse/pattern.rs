//! The pattern of kept blocks of one layer.

use serde::{Deserialize, Serialize};

use super::SparseError;
use crate::settings::Selection;

/// Block size and drop probability of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Side `b` of the square blocks, in weights.
    pub block: usize,
    /// Requested share of blocks dropped, 0 to 1.
    pub drop: f64,
}

impl Level {
    /// Kept blocks of a block row with `block_cols` block columns: `max(1, round(block_cols * (1 - p)))`,
    /// halves rounded away from zero; 0 only where there is no column at all.
    pub fn kept_per_row(&self, block_cols: usize) -> usize {
        if block_cols == 0 {
            return 0;
        }
        // `f64::round` rounds halves away from zero; a product of a small whole number is off by one unit in
        // the last place at most, so nudge values such as 0.49999999999999994 that stand for one half.
        let wanted = block_cols as f64 * (1.0 - self.drop);
        let kept = (wanted + wanted * 1e-12).round() as usize;
        kept.clamp(1, block_cols)
    }
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

/// Most innermost blocks that one layer may be cut into: more would be a list longer than the dense weights of
/// the networks this is for.
pub const MAX_BLOCKS: u64 = 1 << 24;

impl LayerStructure {
    /// Side of the innermost blocks.
    pub fn inner_block(&self) -> usize {
        self.levels.last().map_or(1, |level| level.block.max(1))
    }

    /// Innermost block rows.
    pub fn block_rows(&self) -> usize {
        self.out_features.div_ceil(self.inner_block())
    }

    /// Innermost block columns.
    pub fn block_cols(&self) -> usize {
        self.in_features.div_ceil(self.inner_block())
    }

    /// Requested density: the product of `1 - p` over the levels.
    pub fn density_requested(&self) -> f64 {
        self.levels.iter().map(|level| 1.0 - level.drop).product()
    }

    /// Weights of the dense layer.
    pub fn dense_weights(&self) -> u64 {
        self.out_features as u64 * self.in_features as u64
    }

    /// Whether a pattern can be drawn from this.
    ///
    /// # Errors
    /// No level, a block size of 0, drop probabilities outside 0 to 1, an inner block size that does not divide
    /// the one outside it, an empty layer, or more than [`MAX_BLOCKS`] blocks.
    pub fn check(&self) -> Result<(), SparseError> {
        let wrong = |what: String| Err(SparseError::Structure(what));
        if self.levels.is_empty() {
            return wrong("a layer needs at least one level of blocks".into());
        }
        if self.out_features == 0 || self.in_features == 0 {
            return wrong(format!(
                "a layer of {} outputs and {} inputs has no weights; both must be at least 1",
                self.out_features, self.in_features
            ));
        }
        for level in &self.levels {
            if level.block == 0 || !(0.0..=1.0).contains(&level.drop) {
                return wrong(format!(
                    "block size {} with drop probability {} cannot be met; block sizes start at 1, drop probabilities go from 0 to 1",
                    level.block, level.drop
                ));
            }
        }
        for pair in self.levels.windows(2) {
            if pair[1].block >= pair[0].block || pair[0].block % pair[1].block != 0 {
                return wrong(format!(
                    "block size {} inside block size {} does not fit; each inner size must divide the one outside it",
                    pair[1].block, pair[0].block
                ));
            }
        }
        let blocks = self.block_rows() as u64 * self.block_cols() as u64;
        if blocks > MAX_BLOCKS {
            return wrong(format!(
                "block size {} cuts a layer of {} x {} weights into {blocks} blocks, more than the {MAX_BLOCKS} that are allowed; choose larger blocks",
                self.inner_block(),
                self.out_features,
                self.in_features
            ));
        }
        Ok(())
    }
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

impl Pattern {
    /// A pattern from its kept blocks per level, outer first, each sorted by row, then column.
    ///
    /// This is the way in for patterns that were not drawn here: read from a file, or changed by training.
    ///
    /// # Errors
    /// The structure cannot be met, a block lies outside the layer or outside the kept blocks of the level
    /// around it, or a list is not strictly ascending.
    pub fn from_kept(
        structure: LayerStructure,
        kept_by_level: Vec<Vec<(u32, u32)>>,
    ) -> Result<Self, SparseError> {
        structure.check()?;
        if kept_by_level.len() != structure.levels.len() {
            return Err(SparseError::Pattern(format!(
                "it lists kept blocks of {} levels, but the layer has {}",
                kept_by_level.len(),
                structure.levels.len()
            )));
        }
        for (index, kept) in kept_by_level.iter().enumerate() {
            check_level(&structure, &kept_by_level, index, kept)?;
        }
        let block_rows = structure.block_rows();
        let inner = kept_by_level.last().map_or(&[][..], Vec::as_slice);
        let mut row_starts = vec![0u32; block_rows + 1];
        for &(row, _) in inner {
            row_starts[row as usize + 1] += 1;
        }
        for row in 0..block_rows {
            row_starts[row + 1] += row_starts[row];
        }
        let block_cols = inner.iter().map(|&(_, col)| col).collect();
        Ok(Self { structure, row_starts, block_cols, kept_by_level })
    }

    /// Kept innermost blocks.
    pub fn num_blocks(&self) -> usize {
        self.block_cols.len()
    }

    /// Innermost block columns kept by an innermost block row, ascending; empty for a row that does not exist.
    pub fn kept_in_row(&self, block_row: usize) -> &[u32] {
        match (self.row_starts.get(block_row), self.row_starts.get(block_row + 1)) {
            (Some(&start), Some(&end)) => &self.block_cols[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Whether every block is kept, so that the layer is dense.
    pub fn is_dense(&self) -> bool {
        self.num_blocks() == self.structure.block_rows() * self.structure.block_cols()
    }

    /// Rows of an innermost block row: the block size, less at a ragged edge.
    pub fn rows_of(&self, block_row: usize) -> usize {
        let block = self.structure.inner_block();
        self.structure.out_features.saturating_sub(block_row * block).min(block)
    }

    /// Columns of an innermost block column: the block size, less at a ragged edge.
    pub fn cols_of(&self, block_col: usize) -> usize {
        let block = self.structure.inner_block();
        self.structure.in_features.saturating_sub(block_col * block).min(block)
    }

    /// Weights inside kept blocks, edges cut to the layer.
    pub fn kept_weights(&self) -> u64 {
        self.fan_in_by_block_row()
            .enumerate()
            .map(|(row, fan_in)| u64::from(fan_in) * self.rows_of(row) as u64)
            .sum()
    }

    /// Inputs read by each unit of a block row, block row by block row.
    pub fn fan_in_by_block_row(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.structure.block_rows())
            .map(|row| self.kept_in_row(row).iter().map(|&col| self.cols_of(col as usize) as u32).sum())
    }
}

fn check_level(
    structure: &LayerStructure,
    kept_by_level: &[Vec<(u32, u32)>],
    index: usize,
    kept: &[(u32, u32)],
) -> Result<(), SparseError> {
    let block = structure.levels[index].block;
    let rows = structure.out_features.div_ceil(block);
    let cols = structure.in_features.div_ceil(block);
    if !kept.is_sorted_by(|a, b| a < b) {
        return Err(SparseError::Pattern(format!("the kept blocks of level {index} are not in order")));
    }
    for &(row, col) in kept {
        if row as usize >= rows || col as usize >= cols {
            return Err(SparseError::Pattern(format!(
                "block ({row}, {col}) of level {index} lies outside the {rows} x {cols} blocks of the layer"
            )));
        }
        if index > 0 {
            let ratio = (structure.levels[index - 1].block / block) as u32;
            if kept_by_level[index - 1].binary_search(&(row / ratio, col / ratio)).is_err() {
                return Err(SparseError::Pattern(format!(
                    "block ({row}, {col}) of level {index} lies in a block that the level around it drops"
                )));
            }
        }
    }
    Ok(())
}

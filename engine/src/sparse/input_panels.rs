//! Inputs of a layer with the features of a sample side by side, as the gradient of the blocks reads them.

use rayon::prelude::*;

use super::kernels::{Instructions, TransposeTask, transpose};
use super::tiles::{TILE, TileBuffer, num_tiles, tile_len};
use super::{PackedLayout, SparseError};
use crate::sparse::layout::check_len;

/// Widest panel.
const MOST_COLS: usize = 64;

/// Inputs turned over, panel by panel: for each tile, each block column is one or more panels of `width` features, and
/// each panel holds its features for one sample after another, so that a block reads one contiguous stretch.
///
/// Memory is kept from one filling to the next, whichever layer it is for.
#[derive(Debug, Clone, Default)]
pub struct InputPanels {
    values: TileBuffer,
}

/// How a layer's inputs are cut into panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PanelShape {
    /// Features of a panel, those beyond the block included: 4, 8, or a multiple of 16 up to 64.
    pub width: usize,
    /// Panels of a block column.
    pub panels_per_block: usize,
    block_cols: usize,
}

impl PanelShape {
    /// The panels of a layout's inputs.
    pub(crate) fn of(layout: &PackedLayout) -> Self {
        let block_width = layout.block_width().max(1);
        let panels_per_block = block_width.div_ceil(MOST_COLS);
        let width = match block_width.div_ceil(panels_per_block) {
            0..=4 => 4,
            5..=8 => 8,
            wider => wider.next_multiple_of(16),
        };
        Self { width, panels_per_block, block_cols: layout.in_features().div_ceil(block_width) }
    }

    /// Numbers of the panels of one block column.
    fn block_len(&self) -> usize {
        self.panels_per_block * self.width * TILE
    }

    /// Numbers of the panels of one tile.
    pub(crate) fn tile_len(&self) -> usize {
        self.block_cols * self.block_len()
    }

    /// Numbers of the panels of a batch.
    pub(crate) fn len(&self, batch: usize) -> usize {
        num_tiles(batch) * self.tile_len()
    }
}

impl InputPanels {
    /// Takes in the inputs of a layer, in tiles.
    ///
    /// # Errors
    /// `inputs` has the wrong length.
    pub(crate) fn fill(
        &mut self,
        layout: &PackedLayout,
        inputs: &[f32],
        batch: usize,
        instructions: Instructions,
    ) -> Result<(), SparseError> {
        let (shape, ins) = (PanelShape::of(layout), layout.in_features());
        check_len("inputs in tiles", num_tiles(batch) * tile_len(ins), inputs.len())?;
        self.values.resize(shape.len(batch));
        let block_width = layout.block_width();
        let panels = self.values.as_mut_slice().par_chunks_exact_mut(shape.width * TILE);
        panels.enumerate().for_each(|(index, panel)| {
            let panels_per_tile = shape.block_cols * shape.panels_per_block;
            let (tile, in_tile) = (index / panels_per_tile, index % panels_per_tile);
            let (block_col, in_block) = (in_tile / shape.panels_per_block, in_tile % shape.panels_per_block);
            let first = block_col * block_width + in_block * shape.width;
            let end = ((block_col + 1) * block_width).min(first + shape.width).min(ins);
            let features = end.saturating_sub(first);
            if features > 0 {
                let source = &inputs[tile * tile_len(ins) + first * TILE..][..features * TILE];
                let task = TransposeTask::new(source, TILE, (features, TILE), shape.width);
                transpose(instructions, &task, panel);
            }
        });
        Ok(())
    }

    /// The numbers.
    pub(crate) fn as_slice(&self) -> &[f32] {
        self.values.as_slice()
    }
}

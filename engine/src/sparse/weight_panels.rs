//! Weights in the order in which inference reads them.

use super::PackedLayout;
use super::tiles::TileBuffer;

/// Most rows of a panel.
pub(crate) const MOST_ROWS: usize = 64;

/// How a layer's blocks are cut into panels: up to [`MOST_ROWS`] rows of a block, which lie side by side for each of
/// the block's columns, column after column.
///
/// The weight of row `o` and column `i` of block `j` lies at
/// `j * block_len + (o / height) * panel_len + i * height + o % height`. Rows beyond the block are zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PanelOrder {
    height: usize,
    width: usize,
    panels: usize,
}

impl PanelOrder {
    /// The panels of a layout: as high as a block, rounded up to a power of two from 8 to [`MOST_ROWS`].
    pub(crate) fn of(layout: &PackedLayout) -> Self {
        let height = layout.block_height().next_power_of_two().clamp(8, MOST_ROWS);
        Self { height, width: layout.block_width(), panels: layout.block_height().div_ceil(height) }
    }

    /// Rows of a panel.
    pub(crate) fn height(self) -> usize {
        self.height
    }

    /// Numbers of a panel.
    pub(crate) fn panel_len(self) -> usize {
        self.height * self.width
    }

    /// Numbers of a block.
    pub(crate) fn block_len(self) -> usize {
        self.panels * self.panel_len()
    }

    /// The packed weights of a layout in this order.
    pub(crate) fn arrange(self, layout: &PackedLayout, packed: &[f32]) -> TileBuffer {
        let mut panels = TileBuffer::default();
        panels.resize(layout.num_blocks() * self.block_len());
        let blocks = packed.chunks_exact(layout.block_len().max(1));
        for (block, target) in blocks.zip(panels.as_mut_slice().chunks_exact_mut(self.block_len().max(1))) {
            for (row, weights) in block.chunks_exact(self.width.max(1)).enumerate() {
                let start = row / self.height * self.panel_len() + row % self.height;
                for (col, &weight) in weights.iter().enumerate() {
                    target[start + col * self.height] = weight;
                }
            }
        }
        panels
    }
}

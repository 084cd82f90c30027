//! Products of the kept blocks with tiles of samples: inputs to outputs, and output gradients to input gradients.
//!
//! Unsafe because of raw pointers in the innermost loops. The argument: [`RowTask`] is only made by checking
//! constructors, which hold every slice against the sizes of the layout; a layout's links name only blocks, rows and
//! columns that exist (it is built from a checked pattern). All offsets below are sums of such in-range parts, and
//! the debug assertions repeat the bounds where pointers are made. Places that are only prefetched may lie beyond the weights:
//! they are computed with wrapping arithmetic and never read.

use std::ops::Range;

use super::lanes::Lanes;
use super::register_tile::{tile_of, with_register_tile};
use crate::sparse::PackedLayout;
use crate::sparse::activation::Finish;
use crate::sparse::layout::Links;
use crate::sparse::tiles::{TILE, tile_len};
use crate::sparse::weight_panels::PanelOrder;

/// Source features gathered before partial sums go back to memory: their samples and the weights that
/// multiply them stay in the first-level cache together.
const DEPTH: usize = 64;

/// Which way a product runs over the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Inputs to outputs.
    Forward,
    /// Gradients of outputs to gradients of inputs.
    Backward,
}

/// Some output rows of one tile: `target[m] = sum over k of weight(m, k) * source[k]`.
pub(crate) struct RowTask<'a> {
    links: &'a Links,
    weights: &'a [f32],
    source: &'a [f32],
    rows: Range<usize>,
    samples: usize,
    /// Sides of a block as seen by this product.
    row_side: usize,
    depth_side: usize,
    place: WeightPlace,
    num_depth: usize,
    finish: Finish<'a>,
}

/// Where the weight of one row and depth of a block lies: blocks are cut into panels of rows, and neighbours along rows or
/// along the depth are neighbours in memory.
#[derive(Clone, Copy)]
struct WeightPlace {
    block_len: usize,
    /// Rows of a panel are `1 << panel_shift`; a block in one piece has the largest shift.
    panel_shift: u32,
    panel_stride: usize,
    row_stride: usize,
    depth_stride: usize,
}

impl WeightPlace {
    /// Blocks in one piece.
    fn whole(block_len: usize, row_stride: usize, depth_stride: usize) -> Self {
        Self { block_len, panel_shift: usize::BITS - 1, panel_stride: 0, row_stride, depth_stride }
    }

    /// Rows from `row` to the end of its panel.
    #[inline(always)]
    fn rows_left(self, row: usize) -> usize {
        (1 << self.panel_shift) - (row & ((1 << self.panel_shift) - 1))
    }

    /// Offset of a row at depth 0 within its block.
    #[inline(always)]
    fn of_row(self, row: usize) -> usize {
        let in_panel = row & ((1 << self.panel_shift) - 1);
        (row >> self.panel_shift) * self.panel_stride + in_panel * self.row_stride
    }
}

impl<'a> RowTask<'a> {
    /// Rows `rows` of the product of a layout's packed weights with one tile of source features, for the first `samples`
    /// samples of the tile; `sources` are weights, features and samples.
    ///
    /// # Panics
    /// A slice has the wrong length or a range does not exist: an error of the calling code.
    pub(crate) fn new(
        layout: &'a PackedLayout,
        direction: Direction,
        (weights, source, samples): (&'a [f32], &'a [f32], usize),
        rows: Range<usize>,
        finish: Finish<'a>,
    ) -> Self {
        let (height, width) = (layout.block_height(), layout.block_width());
        let (outs, ins) = (layout.out_features(), layout.in_features());
        let (links, num_rows, num_depth) = match direction {
            Direction::Forward => (layout.by_row(), outs, ins),
            Direction::Backward => (layout.by_col(), ins, outs),
        };
        let (row_side, depth_side, row_stride, depth_stride) = match direction {
            Direction::Forward => (height, width, width, 1),
            Direction::Backward => (width, height, 1, width),
        };
        let place = WeightPlace::whole(layout.block_len(), row_stride, depth_stride);
        let task =
            Self { links, weights, source, rows, samples, row_side, depth_side, place, num_depth, finish };
        task.checked(layout.num_blocks(), num_rows)
    }

    /// Like [`RowTask::new`] forward, with the weights in panels.
    ///
    /// # Panics
    /// As there.
    pub(crate) fn of_panels(
        layout: &'a PackedLayout,
        order: PanelOrder,
        (weights, source, samples): (&'a [f32], &'a [f32], usize),
        rows: Range<usize>,
        finish: Finish<'a>,
    ) -> Self {
        let place = WeightPlace {
            block_len: order.block_len(),
            panel_shift: order.height().trailing_zeros(),
            panel_stride: order.panel_len(),
            row_stride: 1,
            depth_stride: order.height(),
        };
        let forward = Self {
            links: layout.by_row(),
            weights,
            source,
            rows,
            samples,
            row_side: layout.block_height(),
            depth_side: layout.block_width(),
            place,
            num_depth: layout.in_features(),
            finish,
        };
        forward.checked(layout.num_blocks(), layout.out_features())
    }

    /// The task, if its slices and ranges fit a product of `num_rows` rows over `num_blocks` blocks.
    fn checked(self, num_blocks: usize, num_rows: usize) -> Self {
        assert!(self.weights.len() == num_blocks * self.place.block_len, "weights");
        assert!(self.source.len() == tile_len(self.num_depth), "one tile of source features");
        let rows = &self.rows;
        assert!(rows.start <= rows.end && rows.end <= num_rows && self.samples <= TILE, "rows and samples");
        self
    }
}

/// Computes `task` into `target`: the task's rows, [`TILE`] samples each. Only whole registers that hold asked-for
/// samples are written.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn multiply_rows<V: Lanes>(task: &RowTask<'_>, target: &mut [f32]) {
    assert!(target.len() == task.rows.len() * TILE, "rows of the target");
    let mut row = task.rows.start;
    while row < task.rows.end {
        let group = row / task.row_side;
        let end = ((group + 1) * task.row_side).min(task.rows.end);
        let first = row - task.rows.start;
        let target = &mut target[first * TILE..(end - task.rows.start) * TILE];
        // SAFETY: the caller's promise about instructions; the rows lie in block group `group`.
        unsafe { multiply_group::<V>(task, group, row - group * task.row_side, target) };
        row = end;
    }
    task.finish.apply(target, task.rows.start);
}

/// Source features of one piece of a sum: whole blocks, or a stretch of one block.
struct Piece {
    positions: Range<usize>,
    depth: Range<usize>,
    is_first: bool,
}

/// The rows of `target`, all within one block row (or column), `first_row` counted within the block.
#[inline(always)]
unsafe fn multiply_group<V: Lanes>(task: &RowTask<'_>, group: usize, first_row: usize, target: &mut [f32]) {
    let range = task.links.range(group);
    if range.is_empty() {
        target.fill(0.0);
        return;
    }
    let blocks_at_once = (DEPTH / task.depth_side).max(1);
    let depth_at_once = if task.depth_side > 2 * DEPTH { DEPTH } else { task.depth_side };
    let mut is_first = true;
    for start in range.clone().step_by(blocks_at_once) {
        let positions = start..(start + blocks_at_once).min(range.end);
        for depth_start in (0..task.depth_side).step_by(depth_at_once) {
            let depth = depth_start..(depth_start + depth_at_once).min(task.depth_side);
            let piece = Piece { positions: positions.clone(), depth, is_first };
            // SAFETY: as above.
            unsafe { multiply_piece::<V>(task, &piece, first_row, target) };
            is_first = false;
        }
    }
}

#[inline(always)]
unsafe fn multiply_piece<V: Lanes>(task: &RowTask<'_>, piece: &Piece, first_row: usize, target: &mut [f32]) {
    let num_rows = target.len() / TILE;
    let registers = task.samples.div_ceil(V::LEN);
    let mut register = 0;
    while register < registers {
        let (most_rows, count) = tile_of::<V>(num_rows, registers - register);
        let mut row = 0;
        while row < num_rows {
            let rows = (num_rows - row).min(most_rows).min(task.place.rows_left(first_row + row));
            let place = TilePlace { row: first_row + row, sample: register * V::LEN };
            let target = &mut target[row * TILE..(row + rows) * TILE];
            // SAFETY: `rows` rows and `count` registers of samples exist in target and source.
            with_register_tile!(V, (rows, count), |ROWS, COUNT| unsafe {
                if task.place.depth_stride == 1 {
                    register_tile::<V, ROWS, COUNT, true>(task, piece, place, target)
                } else {
                    register_tile::<V, ROWS, COUNT, false>(task, piece, place, target)
                }
            });
            row += rows;
        }
        register += count;
    }
}

/// Where a register tile lies: row within the block, first sample within the tile.
#[derive(Clone, Copy)]
struct TilePlace {
    row: usize,
    sample: usize,
}

/// `ROWS x COUNT` registers of sums over one piece.
///
/// `DEPTH_IS_UNIT` says that neighbours along the depth are neighbours in memory (forward on packed blocks); otherwise
/// neighbouring rows are (backward, and forward on panels). Either way one of the two strides is the constant 1.
#[inline(always)]
unsafe fn register_tile<V: Lanes, const ROWS: usize, const COUNT: usize, const DEPTH_IS_UNIT: bool>(
    task: &RowTask<'_>,
    piece: &Piece,
    place: TilePlace,
    target: &mut [f32],
) {
    debug_assert!(target.len() >= ROWS * TILE && place.sample + COUNT * V::LEN <= TILE);
    debug_assert!(place.row + ROWS <= task.row_side);
    let row_stride = if DEPTH_IS_UNIT { task.place.row_stride } else { 1 };
    let depth_stride = if DEPTH_IS_UNIT { 1 } else { task.place.depth_stride };
    // SAFETY: target holds ROWS rows of TILE samples and the tile of registers ends within them. For each block,
    // weights are read at rows `place.row..+ROWS` and depths below `depth_side`, all within `block_len` (the rows of a
    // register tile lie in one panel); the source at features below `num_depth`, TILE samples each.
    unsafe {
        let out = target.as_mut_ptr().add(place.sample);
        let row_offset = task.place.of_row(place.row);
        let mut sums = [[V::zero(); COUNT]; ROWS];
        if !piece.is_first {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (register, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(out.add(row * TILE + register * V::LEN));
                }
            }
        }
        for position in piece.positions.clone() {
            let block = *task.links.blocks.get_unchecked(position) as usize;
            let feature = *task.links.others.get_unchecked(position) as usize * task.depth_side;
            let end = piece.depth.end.min(task.num_depth - feature);
            let mut weight = task
                .weights
                .as_ptr()
                .add(block * task.place.block_len + row_offset + piece.depth.start * depth_stride);
            let mut source = task.source.as_ptr().add((feature + piece.depth.start) * TILE + place.sample);
            // This tile's share of the block that comes next: prefetchers of processors end at each page, and a block begins
            // one.
            let next = task.links.blocks.get(position + 1).map_or(block, |&next| next as usize);
            let share = place.row * task.depth_side + piece.depth.start * ROWS;
            let mut ahead = task.weights.as_ptr().wrapping_add(next * task.place.block_len + share);
            for _ in piece.depth.start..end {
                let mut samples = [V::zero(); COUNT];
                for (register, samples) in samples.iter_mut().enumerate() {
                    *samples = V::load(source.add(register * V::LEN));
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let factor = V::splat(*weight.add(row * row_stride));
                    for (sum, &samples) in sums.iter_mut().zip(&samples) {
                        *sum = factor.multiply_add(samples, *sum);
                    }
                }
                V::prefetch(ahead);
                ahead = ahead.wrapping_add(ROWS);
                weight = weight.add(depth_stride);
                source = source.add(TILE);
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (register, sum) in sums.iter().enumerate() {
                sum.store(out.add(row * TILE + register * V::LEN));
            }
        }
    }
}

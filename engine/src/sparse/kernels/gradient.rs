//! The gradient of the kept blocks: `target[o][i] = sum over samples of grad[o] * input[i]`.
//!
//! The columns of a block lie along the registers and samples are added one after another, so that no sum runs
//! across a register and every entry has the same bits whatever the registers are. That wants the inputs of one
//! sample side by side: [`InputPanels`] holds them so. Gradients stay in tiles; each is spread over a register.
//!
//! Unsafe because of raw pointers in the innermost loops. The argument: [`GradientTask`] is only made by a checking
//! constructor, which holds every slice against the sizes of the layout; a layout's links name only blocks, rows and
//! columns that exist. All offsets below are sums of such in-range parts, and the debug assertions repeat the bounds where
//! pointers are made.

use std::ops::Range;

use super::lanes::Lanes;
use super::register_tile::{tile_of, with_register_tile};
use crate::sparse::PackedLayout;
use crate::sparse::input_panels::{InputPanels, PanelShape};
use crate::sparse::tiles::{TILE, tile_len, tiles_len};

/// Rows and columns of sums that stay in the first-level cache, beside one tile of gradients and of inputs for them.
const SIDE: usize = 64;

/// Some blocks of one block row of the gradient.
pub(crate) struct GradientTask<'a> {
    /// First output of the block row.
    first_out: usize,
    /// Rows, counted within the block row.
    rows: Range<usize>,
    /// Block columns of the blocks.
    block_cols: &'a [u32],
    grads: &'a [f32],
    panels: &'a [f32],
    shape: PanelShape,
    outs: usize,
    ins: usize,
    block_width: usize,
    block_height: usize,
    batch: usize,
    sum: Sum,
}

/// Whether a sum begins, or goes on from what its target holds: a batch may be computed in parts. The bits are the same
/// either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// The target is overwritten.
    Begin,
    /// The target is added to, sample after sample.
    Continue,
}

impl<'a> GradientTask<'a> {
    /// The gradient of the blocks at `positions` in the layout's order, which all lie in block row `block_row`; or, of a
    /// single block, only some rows, counted within the block and not beyond the layer's edge. `panels` holds the inputs
    /// of this layer.
    ///
    /// # Panics
    /// A slice has the wrong length or a range does not exist: an error of the calling code.
    pub(crate) fn new(
        layout: &'a PackedLayout,
        (block_row, positions, rows): (usize, Range<usize>, Range<usize>),
        (grads, panels, batch): (&'a [f32], &'a InputPanels, usize),
        sum: Sum,
    ) -> Self {
        let (outs, ins) = (layout.out_features(), layout.in_features());
        let (block_height, block_width) = (layout.block_height(), layout.block_width());
        let shape = PanelShape::of(layout);
        let all = layout.by_row().range(block_row);
        assert!(all.start <= positions.start && positions.end <= all.end, "blocks of the block row");
        assert!(grads.len() == tiles_len(batch, outs), "tiles of output gradients");
        assert!(panels.as_slice().len() == shape.len(batch), "panels of inputs");
        let first_out = block_row * block_height;
        assert!(
            rows.start <= rows.end && rows.end <= block_height.min(outs - first_out),
            "rows of the block"
        );
        let block_cols = &layout.by_row().others[positions];
        assert!(block_cols.iter().all(|&col| (col as usize) * block_width < ins), "columns of the layer");
        let panels = panels.as_slice();
        Self {
            first_out,
            rows,
            block_cols,
            grads,
            panels,
            shape,
            outs,
            ins,
            block_width,
            block_height,
            batch,
            sum,
        }
    }

    /// Numbers from one block to the next in the target.
    fn block_stride(&self) -> usize {
        match self.block_cols.len() {
            1 => self.rows.len() * self.block_width,
            _ => self.block_height * self.block_width,
        }
    }

    /// Columns of block number `block` of this task that lie within the layer.
    fn cols_of(&self, block: usize) -> usize {
        self.block_width.min(self.ins - self.block_cols[block] as usize * self.block_width)
    }
}

/// Sums of up to [`SIDE`] rows and columns, on cache lines of their own.
#[repr(align(64))]
struct Sums([f32; SIDE * SIDE]);

/// Computes `task` into `target`: its blocks one after another, `block_width` numbers a row; numbers beyond the
/// layer's edge are left as they are.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn block_gradient<V: Lanes>(task: &GradientTask<'_>, target: &mut [f32]) {
    assert!(target.len() == task.block_cols.len() * task.block_stride(), "blocks of the gradient");
    let width = task.shape.width;
    // SAFETY: the caller's promise about instructions.
    unsafe {
        if width >= V::LEN {
            strips::<V, 1>(task, target);
        } else if width * 2 == V::LEN {
            strips::<V, 2>(task, target);
        } else {
            strips::<V, 4>(task, target);
        }
    }
}

/// Goes over the task in squares of sums, `PARTS` blocks to a register.
#[inline(always)]
unsafe fn strips<V: Lanes, const PARTS: usize>(task: &GradientTask<'_>, target: &mut [f32]) {
    let panels_per_block = task.shape.panels_per_block;
    let num_panels = task.block_cols.len() * panels_per_block;
    let panels_at_once = SIDE / task.shape.width;
    let mut sums = Sums([0.0; SIDE * SIDE]);
    for first_row in task.rows.clone().step_by(SIDE) {
        let rows = first_row..(first_row + SIDE).min(task.rows.end);
        for first in (0..num_panels).step_by(panels_at_once) {
            let panels = first..(first + panels_at_once).min(num_panels);
            let slots = Slots::<PARTS>::new::<V>(task, panels.clone());
            let square = Square { rows: rows.clone(), slots };
            copy(Way::In, task, &rows, &panels, &mut sums, target);
            for tile in 0..task.batch.div_ceil(TILE) {
                // SAFETY: rows and slots lie within the layer.
                unsafe { add_tile::<V, PARTS>(task, &square, tile, &mut sums) };
            }
            copy(Way::Out, task, &rows, &panels, &mut sums, target);
        }
    }
}

/// Some rows and some registers of columns.
struct Square<const PARTS: usize> {
    rows: Range<usize>,
    slots: Slots<PARTS>,
}

/// Registers of columns: where in a tile of panels the parts of each begin.
struct Slots<const PARTS: usize> {
    starts: [[usize; PARTS]; SIDE / 4],
    count: usize,
}

impl<const PARTS: usize> Slots<PARTS> {
    /// The registers of some panels, counted over the blocks of the task. Where the last register lacks a part, the last
    /// panel stands in: its sums are not used.
    #[inline(always)]
    fn new<V: Lanes>(task: &GradientTask<'_>, panels: Range<usize>) -> Self {
        let shape = &task.shape;
        let start_of = |panel: usize| {
            let block_col = task.block_cols[panel / shape.panels_per_block] as usize;
            (block_col * shape.panels_per_block + panel % shape.panels_per_block) * shape.width * TILE
        };
        let mut slots = Self { starts: [[0; PARTS]; SIDE / 4], count: 0 };
        if PARTS == 1 {
            for panel in panels {
                for register in 0..shape.width / V::LEN {
                    slots.starts[slots.count] = [start_of(panel) + register * V::LEN; PARTS];
                    slots.count += 1;
                }
            }
            return slots;
        }
        let last = panels.end - 1;
        for first in panels.step_by(PARTS) {
            slots.starts[slots.count] = std::array::from_fn(|part| start_of((first + part).min(last)));
            slots.count += 1;
        }
        slots
    }
}

/// Adds the products of the samples of one tile to the sums of a square.
#[inline(always)]
unsafe fn add_tile<V: Lanes, const PARTS: usize>(
    task: &GradientTask<'_>,
    square: &Square<PARTS>,
    tile: usize,
    sums: &mut Sums,
) {
    let mut slot = 0;
    let num_rows = square.rows.len();
    while slot < square.slots.count {
        let (most_rows, count) = tile_of::<V>(num_rows, square.slots.count - slot);
        let mut row = 0;
        while row < num_rows {
            let rows = (num_rows - row).min(most_rows);
            let place = Place { tile, row, slot };
            // SAFETY: `rows` rows and `count` registers lie within the square.
            with_register_tile!(V, (rows, count), |ROWS, COUNT| unsafe {
                registers::<V, PARTS, ROWS, COUNT>(task, square, &place, sums)
            });
            row += rows;
        }
        slot += count;
    }
}

/// Where a register tile lies: tile of samples, row and register within the square.
struct Place {
    tile: usize,
    row: usize,
    slot: usize,
}

/// `ROWS x COUNT` registers of sums over the samples of one tile.
#[inline(always)]
unsafe fn registers<V: Lanes, const PARTS: usize, const ROWS: usize, const COUNT: usize>(
    task: &GradientTask<'_>,
    square: &Square<PARTS>,
    place: &Place,
    sums: &mut Sums,
) {
    let (tile, row) = (place.tile, place.row);
    let out = task.first_out + square.rows.start + row;
    let samples = (task.batch - tile * TILE).min(TILE);
    let (panels_of_tile, width) = (task.shape.tile_len(), task.shape.width);
    debug_assert!(out + ROWS <= task.outs && row + ROWS <= SIDE && (place.slot + COUNT) * V::LEN <= SIDE);
    // SAFETY: the rows of gradients lie within the tile; each slot begins within a panel of the tile, which holds `width`
    // numbers for every sample; the sums have room for ROWS rows and COUNT registers, as asserted where debugging.
    unsafe {
        let mut grad = task.grads.as_ptr().add(tile * tile_len(task.outs) + out * TILE);
        let panels = task.panels.as_ptr().add(tile * panels_of_tile);
        let mut sources = [[panels; PARTS]; COUNT];
        for (slot, sources) in sources.iter_mut().enumerate() {
            for (part, source) in sources.iter_mut().enumerate() {
                *source = source.add(square.slots.starts[place.slot + slot][part]);
            }
        }
        let target = sums.0.as_mut_ptr().add(row * SIDE + place.slot * V::LEN);
        let mut totals = [[V::zero(); COUNT]; ROWS];
        for (r, totals) in totals.iter_mut().enumerate() {
            for (c, total) in totals.iter_mut().enumerate() {
                *total = V::load(target.add(r * SIDE + c * V::LEN));
            }
        }
        let mut offset = 0;
        for _ in 0..samples {
            let mut inputs = [V::zero(); COUNT];
            for (input, sources) in inputs.iter_mut().zip(&sources) {
                *input = V::load_parts(sources.map(|source| source.add(offset)));
            }
            for (r, totals) in totals.iter_mut().enumerate() {
                let factor = V::splat(*grad.add(r * TILE));
                for (total, &input) in totals.iter_mut().zip(&inputs) {
                    *total = factor.multiply_add(input, *total);
                }
            }
            grad = grad.add(1);
            offset += width;
        }
        for (r, totals) in totals.iter().enumerate() {
            for (c, total) in totals.iter().enumerate() {
                total.store(target.add(r * SIDE + c * V::LEN));
            }
        }
    }
}

/// From the blocks to the sums, or back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// Copies the sums of some panels from their blocks, where they go on, or to them; sums that begin are 0.
#[inline(always)]
fn copy(
    way: Way,
    task: &GradientTask<'_>,
    rows: &Range<usize>,
    panels: &Range<usize>,
    sums: &mut Sums,
    target: &mut [f32],
) {
    if way == Way::In {
        sums.0[..rows.len() * SIDE].fill(0.0);
        if task.sum == Sum::Begin {
            return;
        }
    }
    let shape = &task.shape;
    for (index, panel) in panels.clone().enumerate() {
        let block = panel / shape.panels_per_block;
        let first_col = panel % shape.panels_per_block * shape.width;
        let cols = task.cols_of(block).saturating_sub(first_col).min(shape.width);
        let block_target = &mut target[block * task.block_stride()..];
        for (offset, row) in rows.clone().enumerate() {
            let start = (row - task.rows.start) * task.block_width + first_col;
            let in_block = &mut block_target[start..start + cols];
            let in_sums = &mut sums.0[offset * SIDE + index * shape.width..][..cols];
            match way {
                Way::In => in_sums.copy_from_slice(in_block),
                Way::Out => in_block.copy_from_slice(in_sums),
            }
        }
    }
}

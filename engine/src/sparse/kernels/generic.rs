//! The loops of the three products, written once for all instruction sets.
//!
//! Unsafe because of raw pointers in the innermost loops. The argument: [`RowTask`] and [`GradientTask`] are only
//! made by `check`ing constructors, which hold every slice against the sizes of the layout; a layout's links
//! name only blocks, rows and columns that exist (it is built from a checked pattern). All offsets below are sums
//! of such in-range parts, and the debug assertions repeat the bounds where pointers are made.
//!
//! Longer than our other files: the products share tasks, bounds and this argument, and are read side by side.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::lanes::Lanes;
use crate::sparse::PackedLayout;
use crate::sparse::activation::Finish;
use crate::sparse::layout::Links;
use crate::sparse::tiles::{TILE, tile_len, tiles_len};

/// Source features gathered before partial sums go back to memory: their samples and the weights that
/// multiply them stay in the first-level cache together.
const DEPTH: usize = 64;

/// Tiles whose products are added up in registers before they are summed across samples.
const GRADIENT_TILES: usize = 8;

/// Columns of a block whose inputs stay in the second-level cache while rows of gradients pass by.
const GRADIENT_COLS: usize = 128;

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
    /// Sides of a block as seen by this product, and the distance between neighbours along each.
    row_side: usize,
    depth_side: usize,
    row_stride: usize,
    depth_stride: usize,
    num_depth: usize,
    block_len: usize,
    finish: Finish<'a>,
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
        assert!(weights.len() == layout.packed_len(), "packed weights");
        assert!(source.len() == tile_len(num_depth), "one tile of source features");
        assert!(rows.start <= rows.end && rows.end <= num_rows && samples <= TILE, "rows and samples");
        Self {
            links,
            weights,
            source,
            rows,
            samples,
            row_side,
            depth_side,
            row_stride,
            depth_stride,
            num_depth,
            block_len: layout.block_len(),
            finish,
        }
    }
}

/// Some blocks of one block row of the gradient: `target[o][i] = sum over samples of grad[o] * input[i]`.
pub(crate) struct GradientTask<'a> {
    /// First output of the block row.
    first_out: usize,
    /// Rows, counted within the block row.
    rows: Range<usize>,
    /// Block columns of the blocks.
    block_cols: &'a [u32],
    grads: &'a [f32],
    inputs: &'a [f32],
    outs: usize,
    ins: usize,
    block_width: usize,
    block_height: usize,
    batch: usize,
}

impl<'a> GradientTask<'a> {
    /// The gradient of the blocks at `positions` in the layout's order, which all lie in block row `block_row`; or, of a
    /// single block, only some rows, counted within the block and not beyond the layer's edge.
    ///
    /// # Panics
    /// A slice has the wrong length or a range does not exist: an error of the calling code.
    pub(crate) fn new(
        layout: &'a PackedLayout,
        block_row: usize,
        positions: Range<usize>,
        rows: Range<usize>,
        (grads, inputs, batch): (&'a [f32], &'a [f32], usize),
    ) -> Self {
        let (outs, ins) = (layout.out_features(), layout.in_features());
        let (block_height, block_width) = (layout.block_height(), layout.block_width());
        let all = layout.by_row().range(block_row);
        assert!(all.start <= positions.start && positions.end <= all.end, "blocks of the block row");
        assert!(grads.len() == tiles_len(batch, outs), "tiles of output gradients");
        assert!(inputs.len() == tiles_len(batch, ins), "tiles of inputs");
        let first_out = block_row * block_height;
        assert!(
            rows.start <= rows.end && rows.end <= block_height.min(outs - first_out),
            "rows of the block"
        );
        let block_cols = &layout.by_row().others[positions];
        assert!(block_cols.iter().all(|&col| (col as usize) * block_width < ins), "columns of the layer");
        Self { first_out, rows, block_cols, grads, inputs, outs, ins, block_width, block_height, batch }
    }

    /// Numbers from one block to the next in the target.
    fn block_stride(&self) -> usize {
        match self.block_cols.len() {
            1 => self.rows.len() * self.block_width,
            _ => self.block_height * self.block_width,
        }
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
        // Few rows leave registers free: take twice the samples, so that additions do not wait for each other.
        let wide = if num_rows <= 4 && V::ROWS == 8 { 2 * V::COLS } else { V::COLS };
        let count = if registers - register >= wide {
            wide
        } else if registers - register >= V::COLS {
            V::COLS
        } else {
            1
        };
        let mut row = 0;
        while row < num_rows {
            let rows = (num_rows - row).min(V::ROWS);
            let place = TilePlace { row: first_row + row, sample: register * V::LEN };
            let target = &mut target[row * TILE..(row + rows) * TILE];
            // SAFETY: `rows` rows and `count` registers of samples exist in target and source.
            unsafe { multiply_tile::<V>(task, piece, place, (rows, count), target) };
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

/// Picks the register tile compiled for this many rows and registers.
#[inline(always)]
unsafe fn multiply_tile<V: Lanes>(
    task: &RowTask<'_>,
    piece: &Piece,
    place: TilePlace,
    (rows, count): (usize, usize),
    target: &mut [f32],
) {
    macro_rules! pick {
        ($($rows:literal),*; $($count:literal),*) => { pick!(@ [$($rows),*] [$($count),*]) };
        (@ [$($rows:literal),*] $counts:tt) => {
            match rows { $($rows => pick!(@@ $rows $counts),)* _ => {} }
        };
        (@@ $rows:literal [$($count:literal),*]) => {
            match count {
                // SAFETY: forwarded from the caller.
                $($count => unsafe {
                    if task.depth_stride == 1 {
                        register_tile::<V, $rows, $count, true>(task, piece, place, target)
                    } else {
                        register_tile::<V, $rows, $count, false>(task, piece, place, target)
                    }
                },)*
                _ => {}
            }
        };
    }
    if V::ROWS == 8 {
        match count {
            4 => pick!(1, 2, 3, 4; 4),
            _ => pick!(1, 2, 3, 4, 5, 6, 7, 8; 1, 2),
        }
    } else {
        pick!(1, 2, 3, 4; 1, 2, 4)
    }
}

/// `ROWS x COUNT` registers of sums over one piece.
///
/// `DEPTH_IS_UNIT` says that neighbours along the depth are neighbours in memory (forward); otherwise
/// neighbouring rows are (backward). Either way one of the two strides is the constant 1.
#[inline(always)]
unsafe fn register_tile<V: Lanes, const ROWS: usize, const COUNT: usize, const DEPTH_IS_UNIT: bool>(
    task: &RowTask<'_>,
    piece: &Piece,
    place: TilePlace,
    target: &mut [f32],
) {
    debug_assert!(target.len() >= ROWS * TILE && place.sample + COUNT * V::LEN <= TILE);
    debug_assert!(place.row + ROWS <= task.row_side);
    let row_stride = if DEPTH_IS_UNIT { task.row_stride } else { 1 };
    let depth_stride = if DEPTH_IS_UNIT { 1 } else { task.depth_stride };
    // SAFETY: target holds ROWS rows of TILE samples and the tile of registers ends within them. For each block,
    // weights are read at rows `place.row..+ROWS` and depths below `depth_side`, all within `block_len`; the
    // source at features below `num_depth`, TILE samples each.
    unsafe {
        let out = target.as_mut_ptr().add(place.sample);
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
                .add(block * task.block_len + place.row * row_stride + piece.depth.start * depth_stride);
            let mut source = task.source.as_ptr().add((feature + piece.depth.start) * TILE + place.sample);
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

/// Computes `task` into `target`: its blocks one after another, `block_width` numbers a row; numbers beyond the
/// layer's edge are left as they are.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn block_gradient<V: Lanes>(task: &GradientTask<'_>, target: &mut [f32]) {
    let stride = task.block_stride();
    assert!(target.len() == task.block_cols.len() * stride, "blocks of the gradient");
    let tiles = task.batch.div_ceil(TILE);
    if tiles == 0 {
        target.fill(0.0);
    }
    for first in (0..tiles).step_by(GRADIENT_TILES) {
        let chunk = first..(first + GRADIENT_TILES).min(tiles);
        for first_col in (0..task.block_width).step_by(GRADIENT_COLS) {
            let mut row = task.rows.start;
            while row < task.rows.end {
                let rows = (task.rows.end - row).min(PANELS * V::ROWS);
                let panels = &mut [const { Panel::new() }; PANELS];
                // SAFETY: rows, columns and blocks lie within the layer; each block has its stretch of the target.
                unsafe {
                    for (index, first) in (0..rows).step_by(V::ROWS).enumerate() {
                        let count = (rows - first).min(V::ROWS);
                        pack_grads::<V>(task, &chunk, (row + first, count), &mut panels[index]);
                    }
                    for (block, &block_col) in target.chunks_exact_mut(stride).zip(task.block_cols) {
                        let first_in = block_col as usize * task.block_width;
                        let width = task.block_width.min(task.ins - first_in);
                        let cols = first_col.min(width)..(first_col + GRADIENT_COLS).min(width);
                        let place = GradientPlace { panels, first_in, rows };
                        let target = &mut block[(row - task.rows.start) * task.block_width..];
                        gradient_rows::<V>(task, &chunk, &place, cols, target);
                    }
                }
                row += rows;
            }
        }
    }
}

/// Numbers of a panel of packed gradients: the most rows of all tiles of a chunk.
const PANEL_LEN: usize = 8 * GRADIENT_TILES * TILE;

/// A panel that begins at a cache line: registers as wide as a line would otherwise straddle two.
#[repr(align(64))]
struct Panel([MaybeUninit<f32>; PANEL_LEN]);

impl Panel {
    const fn new() -> Self {
        Self([MaybeUninit::uninit(); PANEL_LEN])
    }
}

/// Panels that share the first-level cache: each column of inputs that arrives there serves all their rows.
const PANELS: usize = 1;

/// Some rows of one block: their packed gradients, and the block's first input.
struct GradientPlace<'a> {
    panels: &'a [Panel; PANELS],
    first_in: usize,
    rows: usize,
}

/// Some rows of one block's gradient, in some columns.
#[inline(always)]
unsafe fn gradient_rows<V: Lanes>(
    task: &GradientTask<'_>,
    tiles: &Range<usize>,
    place: &GradientPlace<'_>,
    cols: Range<usize>,
    target: &mut [f32],
) {
    let mut col = cols.start;
    while col < cols.end {
        let left = cols.end - col;
        let count = match place.rows {
            _ if V::ROWS != 8 => left.min(2),
            0..=4 => left.min(4),
            _ if left == 4 => 2,
            _ => left.min(3),
        };
        for (panel, first) in place.panels.iter().zip((0..place.rows).step_by(V::ROWS)) {
            let rows = (place.rows - first).min(V::ROWS);
            let source = GradientSource { panel: panel.0.as_ptr().cast(), first_in: place.first_in, col };
            let target = &mut target[first * task.block_width + col..];
            // SAFETY: forwarded from the caller.
            unsafe { gradient_tile::<V>(task, tiles, &source, (rows, count), target) };
        }
        col += count;
    }
}

/// Packed gradients of a register tile, the block's first input, and the tile's first column within the block.
struct GradientSource {
    panel: *const f32,
    first_in: usize,
    col: usize,
}

/// Copies the gradients of some rows into one contiguous panel, a register of each row in turn: rows of different
/// tiles would push each other out of the first-level cache.
#[inline(always)]
unsafe fn pack_grads<V: Lanes>(
    task: &GradientTask<'_>,
    tiles: &Range<usize>,
    (row, rows): (usize, usize),
    panel: &mut Panel,
) {
    // SAFETY: each row of TILE samples lies in its tile; the panel has room for `rows <= 8` rows of every tile.
    unsafe {
        let mut out = panel.0.as_mut_ptr().cast::<f32>();
        for tile in tiles.clone() {
            let grads = task.grads.as_ptr().add(tile * tile_len(task.outs) + (task.first_out + row) * TILE);
            for register in 0..TILE / V::LEN {
                for r in 0..rows {
                    V::load(grads.add(r * TILE + register * V::LEN)).store(out);
                    out = out.add(V::LEN);
                }
            }
        }
    }
}

/// Picks the register tile compiled for this many rows and columns.
#[inline(always)]
unsafe fn gradient_tile<V: Lanes>(
    task: &GradientTask<'_>,
    tiles: &Range<usize>,
    source: &GradientSource,
    (rows, cols): (usize, usize),
    target: &mut [f32],
) {
    macro_rules! pick {
        ($(($rows:literal, $cols:literal, $all:literal)),*) => {
            match (rows, cols) {
                // SAFETY: forwarded from the caller.
                $(($rows, $cols) => unsafe {
                    gradient_registers::<V, $rows, $cols, $all>(task, tiles, source, target)
                },)*
                _ => {}
            }
        };
    }
    if V::ROWS == 8 && cols > 2 {
        pick!(
            (1, 3, 3),
            (1, 4, 4),
            (2, 3, 6),
            (2, 4, 8),
            (3, 3, 9),
            (3, 4, 12),
            (4, 3, 12),
            (4, 4, 16),
            (5, 3, 15),
            (6, 3, 18),
            (7, 3, 21),
            (8, 3, 24)
        );
    } else if V::ROWS == 8 {
        pick!(
            (1, 1, 1),
            (1, 2, 2),
            (2, 1, 2),
            (2, 2, 4),
            (3, 1, 3),
            (3, 2, 6),
            (4, 1, 4),
            (4, 2, 8),
            (5, 1, 5),
            (5, 2, 10),
            (6, 1, 6),
            (6, 2, 12),
            (7, 1, 7),
            (7, 2, 14),
            (8, 1, 8),
            (8, 2, 16)
        );
    } else {
        pick!((1, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 4), (3, 1, 3), (3, 2, 6), (4, 1, 4), (4, 2, 8));
    }
}

/// `ROWS x COLS` entries of the gradient over some tiles; `ALL` is their product.
#[inline(always)]
unsafe fn gradient_registers<V: Lanes, const ROWS: usize, const COLS: usize, const ALL: usize>(
    task: &GradientTask<'_>,
    tiles: &Range<usize>,
    source: &GradientSource,
    target: &mut [f32],
) {
    let first_in = source.first_in + source.col;
    debug_assert!(first_in + COLS <= task.ins && ALL == ROWS * COLS);
    // SAFETY: columns lie within the layer, so every row of TILE samples read below lies in its tile; the panel holds
    // ROWS rows of every tile.
    let sums = unsafe {
        let mut sums = [V::zero(); ALL];
        let mut grads = source.panel;
        for tile in tiles.clone() {
            let inputs = task.inputs.as_ptr().add(tile * tile_len(task.ins) + first_in * TILE);
            let samples = (task.batch - tile * TILE).min(TILE);
            if samples == TILE {
                for register in 0..TILE / V::LEN {
                    let inputs = inputs.add(register * V::LEN);
                    add_products::<V, ROWS, COLS, ALL>(grads, inputs, &mut sums);
                    grads = grads.add(ROWS * V::LEN);
                }
            } else {
                for register in 0..samples.div_ceil(V::LEN) {
                    let inputs = inputs.add(register * V::LEN);
                    add_products::<V, ROWS, COLS, ALL>(grads, inputs, &mut sums);
                    grads = grads.add(ROWS * V::LEN);
                }
            }
        }
        V::sums(sums)
    };
    debug_assert!(target.len() > (ROWS - 1) * task.block_width + COLS - 1);
    // SAFETY: the entry of the last row and column lies in the target, as asserted where debugging.
    unsafe {
        let mut entry = target.as_mut_ptr();
        for sums in sums.chunks_exact(COLS) {
            if tiles.start == 0 {
                std::ptr::copy_nonoverlapping(sums.as_ptr(), entry, COLS);
            } else {
                for (c, sum) in sums.iter().enumerate() {
                    *entry.add(c) += sum;
                }
            }
            entry = entry.wrapping_add(task.block_width);
        }
    }
}

/// Adds the products of one register of samples: `sums[r][c] += grads[r] * inputs[c]`.
#[inline(always)]
unsafe fn add_products<V: Lanes, const ROWS: usize, const COLS: usize, const ALL: usize>(
    grads: *const f32,
    inputs: *const f32,
    sums: &mut [V; ALL],
) {
    // SAFETY: forwarded from the caller.
    unsafe {
        let mut input = [V::zero(); COLS];
        for (c, input) in input.iter_mut().enumerate() {
            *input = V::load(inputs.add(c * TILE));
            // The next columns are read right after these; their tiles are too far apart for the hardware to see it.
            V::prefetch(inputs.wrapping_add((COLS + c) * TILE));
        }
        for r in 0..ROWS {
            let grad = V::load(grads.add(r * V::LEN));
            for c in 0..COLS {
                sums[r * COLS + c] = grad.multiply_add(input[c], sums[r * COLS + c]);
            }
        }
    }
}

/// Fused multiply-adds on registers alone, to measure how fast they can be: `12 * V::LEN * rounds` of them.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn multiply_add_rounds<V: Lanes>(rounds: u64, start: f32) -> f32 {
    // SAFETY: no memory is touched; the caller has the instructions.
    unsafe {
        let factor = V::splat(start);
        let mut sums = [V::zero(); PEAK_REGISTERS];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = V::splat(start + i as f32);
        }
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.multiply_add(factor, factor);
            }
        }
        V::sums(sums).iter().sum()
    }
}

/// Independent sums of [`multiply_add_rounds`]: more than the latency of a multiply-add on two units.
pub(super) const PEAK_REGISTERS: usize = 12;

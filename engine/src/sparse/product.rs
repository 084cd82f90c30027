//! The three products of a block-sparse layer over whole batches, on any number of threads.
//!
//! Work is cut by output: each thread owns the numbers it computes, and no sum is shared between threads. The
//! bits of the result are the same for any number of threads.

use std::ops::Range;

use rayon::prelude::*;

use super::activation::{Activation, Finish};
use super::error::SparseError;
use super::input_panels::InputPanels;
use super::kernels::{
    Direction, GradientTask, Instructions, Loop, RowTask, Sum, block_gradient, multiply_rows,
};
use super::layout::{PackedLayout, check_len};
use super::tiles::{TILE, num_tiles, tile_len, tiles_len};

/// Output rows that one piece of work computes for one tile.
const ROWS_AT_ONCE: usize = 64;

/// Columns of blocks that one piece of work computes the gradient of.
const COLS_AT_ONCE: usize = 64;

/// Numbers of source tiles that are multiplied with the same weights in turn: a quarter of a second-level cache of
/// 2 MiB, half of one of 1 MiB.
const SOURCE_AT_ONCE: usize = 1 << 17;

/// Numbers of inputs and gradients whose products are added to the gradient of the blocks before the next: half of a
/// second-level cache of 2 MiB; but no fewer than [`LEAST_TILES`] tiles, or the gradient itself goes to and fro too often.
const GRADIENT_AT_ONCE: usize = 1 << 18;
const LEAST_TILES: usize = 4;

/// Shares of a product that each thread takes when all run at the same speed.
const SHARES_PER_THREAD: usize = 8;

/// Multiply-accumulates below which a product is not worth handing to other threads.
const LEAST_PARALLEL_MACS: u64 = 500_000;

/// The products of one layer's layout, with the instruction set that computes them.
///
/// All activations are tiles (see [`super::tiles_len`]). What stands for samples beyond the batch does not matter.
#[derive(Debug, Clone)]
pub struct Product {
    layout: PackedLayout,
    instructions: Instructions,
}

impl Product {
    /// Products over this layout with the fastest instructions there are.
    pub fn new(layout: PackedLayout) -> Self {
        Self::with_instructions(layout, Instructions::best())
    }

    /// Products over this layout with given instructions.
    pub fn with_instructions(layout: PackedLayout, instructions: Instructions) -> Self {
        Self { layout, instructions }
    }

    /// Where the weights lie.
    pub fn layout(&self) -> &PackedLayout {
        &self.layout
    }

    /// `outputs = activation(weights * inputs + bias)`.
    ///
    /// # Errors
    /// A buffer has the wrong length.
    pub fn forward(
        &self,
        weights: &[f32],
        bias: &[f32],
        inputs: &[f32],
        batch: usize,
        activation: Activation,
        outputs: &mut [f32],
    ) -> Result<(), SparseError> {
        let (outs, ins) = (self.layout.out_features(), self.layout.in_features());
        check_len("packed weights", self.layout.packed_len(), weights.len())?;
        check_len("biases", outs, bias.len())?;
        check_len("inputs in tiles", tiles_len(batch, ins), inputs.len())?;
        check_len("outputs in tiles", tiles_len(batch, outs), outputs.len())?;
        let side = self.layout.block_height();
        let pieces = row_pieces(outputs, (outs, ins), side);
        self.run(pieces, batch, |piece| {
            let source = &inputs[piece.tile * tile_len(ins)..][..tile_len(ins)];
            let rows = piece.row..piece.row + piece.target.len() / TILE;
            let samples = samples_of_tile(batch, piece.tile);
            let finish = Finish::Activate { bias: &bias[rows.clone()], activation, tile: piece.tile };
            let sources = (weights, source, samples);
            let task = RowTask::new(&self.layout, Direction::Forward, sources, rows, finish);
            multiply_rows(self.instructions, &task, piece.target);
        });
        Ok(())
    }

    /// `input_grads = weights^T * grads`; where `gate` gives the layer's inputs and a factor, the result is then
    /// multiplied by the factor where the input is positive, and set to 0 elsewhere (the gradient through the
    /// activation below).
    ///
    /// # Errors
    /// A buffer has the wrong length.
    pub fn input_gradient(
        &self,
        weights: &[f32],
        grads: &[f32],
        batch: usize,
        gate: Option<(&[f32], f32)>,
        input_grads: &mut [f32],
    ) -> Result<(), SparseError> {
        let (outs, ins) = (self.layout.out_features(), self.layout.in_features());
        check_len("packed weights", self.layout.packed_len(), weights.len())?;
        check_len("output gradients in tiles", tiles_len(batch, outs), grads.len())?;
        check_len("input gradients in tiles", tiles_len(batch, ins), input_grads.len())?;
        if let Some((inputs, _)) = gate {
            check_len("inputs in tiles", input_grads.len(), inputs.len())?;
        }
        let pieces = row_pieces(input_grads, (ins, outs), self.layout.block_width());
        self.run(pieces, batch, |piece| {
            let source = &grads[piece.tile * tile_len(outs)..][..tile_len(outs)];
            let rows = piece.row..piece.row + piece.target.len() / TILE;
            let samples = samples_of_tile(batch, piece.tile);
            let start = piece.tile * tile_len(ins) + piece.row * TILE;
            let finish = match gate {
                Some((inputs, scale)) => {
                    Finish::Gate { outputs: &inputs[start..start + piece.target.len()], scale }
                }
                None => Finish::Nothing,
            };
            let sources = (weights, source, samples);
            let task = RowTask::new(&self.layout, Direction::Backward, sources, rows, finish);
            multiply_rows(self.instructions, &task, piece.target);
        });
        Ok(())
    }

    /// `block_grads[j] = grads * inputs^T` within each kept block `j`, or that is added to what `block_grads` holds; padding
    /// beyond the layer's edge stays as it is. `panels` is memory to work in, for any layer.
    ///
    /// # Errors
    /// A buffer has the wrong length.
    pub fn block_gradient(
        &self,
        grads: &[f32],
        inputs: &[f32],
        batch: usize,
        panels: &mut InputPanels,
        sum: Sum,
        block_grads: &mut [f32],
    ) -> Result<(), SparseError> {
        let (outs, ins) = (self.layout.out_features(), self.layout.in_features());
        check_len("output gradients in tiles", tiles_len(batch, outs), grads.len())?;
        check_len("inputs in tiles", tiles_len(batch, ins), inputs.len())?;
        check_len("packed gradients", self.layout.packed_len(), block_grads.len())?;
        // A few tiles at a time: what is turned over is read again while the second-level cache holds it.
        let tiles_at_once = (GRADIENT_AT_ONCE / (tile_len(outs) + tile_len(ins)).max(1)).max(LEAST_TILES);
        let mut sum = sum;
        for first in (0..num_tiles(batch).max(1)).step_by(tiles_at_once) {
            let samples = (batch - first * TILE).min(tiles_at_once * TILE);
            let tiles = num_tiles(samples);
            let inputs = &inputs[first * tile_len(ins)..][..tiles * tile_len(ins)];
            let grads = &grads[first * tile_len(outs)..][..tiles * tile_len(outs)];
            panels.fill(&self.layout, inputs, samples, self.instructions)?;
            let panels = &*panels;
            self.run(block_pieces(&self.layout, block_grads), samples, |piece| {
                let sources = (grads, panels, samples);
                let place = (piece.block_row, piece.positions, piece.rows);
                let task = GradientTask::new(&self.layout, place, sources, sum);
                block_gradient(self.instructions, &task, piece.target);
            });
            sum = Sum::Continue;
        }
        Ok(())
    }

    /// Does every piece of work, on the threads of the current rayon pool if it is enough work to share.
    fn run<P: Send>(&self, pieces: Vec<P>, batch: usize, work: impl Fn(P) + Sync + Send) {
        run_pieces(pieces, self.layout.packed_len() as u64 * batch as u64, work);
    }
}

/// Does every piece of a work of `macs` multiply-accumulates, on the threads of the current rayon pool if it is enough
/// to share.
pub(super) fn run_pieces<P: Send>(pieces: Vec<P>, macs: u64, work: impl Fn(P) + Sync + Send) {
    if macs < LEAST_PARALLEL_MACS || rayon::current_num_threads() == 1 {
        pieces.into_iter().for_each(work);
    } else {
        // Small shares, so that a thread that was held up leaves little to wait for.
        let share = (pieces.len() / (SHARES_PER_THREAD * rayon::current_num_threads())).max(1);
        pieces.into_par_iter().with_max_len(share).for_each(work);
    }
}

/// `bias_grads[o]` = sum of `grads[o]` over the samples of the batch, or that is added to what `bias_grads` holds. Tiles are
/// summed one by one, so that a batch in parts of whole tiles has the same bits.
///
/// # Errors
/// A buffer has the wrong length.
pub fn bias_gradient(
    grads: &[f32],
    batch: usize,
    sum: Sum,
    bias_grads: &mut [f32],
) -> Result<(), SparseError> {
    let outs = bias_grads.len();
    check_len("output gradients in tiles", tiles_len(batch, outs), grads.len())?;
    if sum == Sum::Begin {
        bias_grads.fill(0.0);
    }
    bias_grads.par_chunks_mut(ROWS_AT_ONCE).enumerate().for_each(|(index, sums)| {
        Instructions::best().run_loop(RowSums { grads, outs, batch, first: index * ROWS_AT_ONCE, sums });
    });
    Ok(())
}

/// Adds some rows over all samples to their sums.
struct RowSums<'a> {
    grads: &'a [f32],
    outs: usize,
    batch: usize,
    first: usize,
    sums: &'a mut [f32],
}

impl Loop for RowSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (offset, sum) in self.sums.iter_mut().enumerate() {
            for tile in 0..num_tiles(self.batch) {
                let mut lanes = [0.0f32; 16];
                let start = tile * tile_len(self.outs) + (self.first + offset) * TILE;
                let row = &self.grads[start..start + samples_of_tile(self.batch, tile)];
                let (chunks, rest) = row.as_chunks::<16>();
                for chunk in chunks {
                    for (lane, value) in lanes.iter_mut().zip(chunk) {
                        *lane += value;
                    }
                }
                for (lane, value) in lanes.iter_mut().zip(rest) {
                    *lane += value;
                }
                *sum += lanes.iter().sum::<f32>();
            }
        }
    }
}

/// Samples of a tile that belong to the batch.
pub(crate) fn samples_of_tile(batch: usize, tile: usize) -> usize {
    batch.saturating_sub(tile * TILE).min(TILE)
}

/// Some rows of one tile.
pub(super) struct RowPiece<'a> {
    pub tile: usize,
    pub row: usize,
    pub target: &'a mut [f32],
}

/// Cuts tiles of `features` features into pieces of about [`ROWS_AT_ONCE`] rows, whole blocks where blocks are smaller.
///
/// A few tiles of the source at a time, as many as stay in the second-level cache; piece of rows by piece of rows, so that
/// the weights of a piece serve all of these tiles before others take their place.
pub(super) fn row_pieces(
    target: &mut [f32],
    (features, source_features): (usize, usize),
    side: usize,
) -> Vec<RowPiece<'_>> {
    let rows = match side {
        0 => return Vec::new(),
        small if small <= ROWS_AT_ONCE => ROWS_AT_ONCE / small * small,
        large => large.div_ceil(large.div_ceil(ROWS_AT_ONCE)).next_multiple_of(8),
    };
    let tiles_at_once = (SOURCE_AT_ONCE / tile_len(source_features)).max(1);
    let tiles = target.chunks_mut(tile_len(features)).enumerate();
    let mut pieces: Vec<_> = tiles
        .flat_map(|(tile, rows_of_tile)| {
            let targets = rows_of_tile[..features * TILE].chunks_mut(rows * TILE).enumerate();
            targets.map(move |(index, target)| RowPiece { tile, row: index * rows, target })
        })
        .collect();
    pieces.sort_by_key(|piece| (piece.tile / tiles_at_once, piece.row, piece.tile));
    pieces
}

/// Some blocks of one block row, or some rows of a single block.
struct BlockPiece<'a> {
    block_row: usize,
    positions: Range<usize>,
    rows: Range<usize>,
    target: &'a mut [f32],
}

/// Cuts the gradient into pieces of about [`COLS_AT_ONCE`] columns of whole blocks, or where one block is the whole
/// row, of [`ROWS_AT_ONCE`] of its rows.
fn block_pieces<'a>(layout: &PackedLayout, mut target: &'a mut [f32]) -> Vec<BlockPiece<'a>> {
    let (height, width) = (layout.block_height(), layout.block_width());
    let blocks_at_once = (COLS_AT_ONCE / width.max(1)).max(1);
    let mut pieces = Vec::new();
    for block_row in 0..layout.by_row().num_lists() {
        let rows = height.min(layout.out_features() - block_row * height);
        let all = layout.by_row().range(block_row);
        for start in all.clone().step_by(blocks_at_once) {
            let positions = start..(start + blocks_at_once).min(all.end);
            let (mut blocks, rest) = target.split_at_mut(positions.len() * layout.block_len());
            target = rest;
            if positions.len() > 1 {
                pieces.push(BlockPiece { block_row, positions, rows: 0..rows, target: blocks });
                continue;
            }
            for row in (0..rows).step_by(ROWS_AT_ONCE) {
                let rows = row..(row + ROWS_AT_ONCE).min(rows);
                let (target, rest) = blocks.split_at_mut(rows.len() * width);
                blocks = rest;
                pieces.push(BlockPiece { block_row, positions: positions.clone(), rows, target });
            }
        }
    }
    pieces
}

//! The three products of a block-sparse layer over whole batches, on any number of threads.
//!
//! Work is cut by output: each thread owns the numbers it computes, and no sum is shared between threads. The
//! bits of the result are the same for any number of threads.

use rayon::prelude::*;

use super::kernels::{GradientTask, Instructions, RowTask, block_gradient, multiply_rows};
use super::layout::{BlockPlace, PackedLayout, check_len};
use super::random::split_mix;
use super::tiles::{TILE, num_tiles};
use super::SparseError;
use crate::sparse::kernels::Direction;

/// Output rows that one piece of work computes for one tile.
const ROWS_AT_ONCE: usize = 64;

/// Multiply-accumulates below which a product is not worth handing to other threads.
const LEAST_PARALLEL_MACS: u64 = 500_000;

/// Units silenced in a training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Probability that a unit is silenced, below 1.
    pub rate: f32,
    /// Seed of the draw: the same seed silences the same units for the same samples of a batch.
    pub seed: u64,
}

/// What follows the product and the bias.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(0, z)`.
    Relu,
    /// `max(0, z)`, then silenced at random and the rest scaled by `1 / (1 - rate)`.
    ReluDropout(Dropout),
}

impl Activation {
    /// Factor between the gradients of output and sum where the output is positive; elsewhere it is 0. `None`: the
    /// gradient passes unchanged everywhere.
    pub fn gate_scale(self) -> Option<f32> {
        match self {
            Self::Linear => None,
            Self::Relu => Some(1.0),
            Self::ReluDropout(dropout) => Some(1.0 / (1.0 - dropout.rate)),
        }
    }
}

/// The products of one layer's layout, with the instruction set that computes them.
///
/// All activations are tiles (see [`super::tiles`]): `(num_tiles(batch), features, TILE)`. Samples beyond the batch
/// are neither read nor meaningful, except that in gradients of outputs they must be 0 within the last register.
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
        check_len("inputs in tiles", num_tiles(batch) * ins * TILE, inputs.len())?;
        check_len("outputs in tiles", num_tiles(batch) * outs * TILE, outputs.len())?;
        let side = self.layout.block_height();
        let pieces = row_pieces(outputs, outs, side);
        self.run(pieces, batch, |piece| {
            let source = &inputs[piece.tile * ins * TILE..][..ins * TILE];
            let rows = piece.row..piece.row + piece.target.len() / TILE;
            let samples = samples_of_tile(batch, piece.tile);
            let task = RowTask::new(&self.layout, Direction::Forward, weights, source, rows.clone(), samples);
            multiply_rows(self.instructions, &task, piece.target);
            finish_rows(piece.target, &bias[rows], piece.row, piece.tile, activation);
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
        check_len("output gradients in tiles", num_tiles(batch) * outs * TILE, grads.len())?;
        check_len("input gradients in tiles", num_tiles(batch) * ins * TILE, input_grads.len())?;
        if let Some((inputs, _)) = gate {
            check_len("inputs in tiles", input_grads.len(), inputs.len())?;
        }
        let pieces = row_pieces(input_grads, ins, self.layout.block_width());
        self.run(pieces, batch, |piece| {
            let source = &grads[piece.tile * outs * TILE..][..outs * TILE];
            let rows = piece.row..piece.row + piece.target.len() / TILE;
            let samples = samples_of_tile(batch, piece.tile);
            let task = RowTask::new(&self.layout, Direction::Backward, weights, source, rows, samples);
            multiply_rows(self.instructions, &task, piece.target);
            if let Some((inputs, scale)) = gate {
                let start = (piece.tile * ins + piece.row) * TILE;
                gate_gradient(piece.target, &inputs[start..start + piece.target.len()], scale);
            }
        });
        Ok(())
    }

    /// `block_grads[j] = grads * inputs^T` within each kept block `j`; padding beyond the layer's edge stays as it is.
    ///
    /// # Errors
    /// A buffer has the wrong length.
    pub fn block_gradient(
        &self,
        grads: &[f32],
        inputs: &[f32],
        batch: usize,
        block_grads: &mut [f32],
    ) -> Result<(), SparseError> {
        let (outs, ins) = (self.layout.out_features(), self.layout.in_features());
        check_len("output gradients in tiles", num_tiles(batch) * outs * TILE, grads.len())?;
        check_len("inputs in tiles", num_tiles(batch) * ins * TILE, inputs.len())?;
        check_len("packed gradients", self.layout.packed_len(), block_grads.len())?;
        let pieces = block_pieces(&self.layout, block_grads);
        self.run(pieces, batch, |piece| {
            let rows = piece.row..piece.row + piece.target.len() / self.layout.block_width();
            let task = GradientTask::new(&self.layout, piece.place, rows, grads, inputs, batch);
            block_gradient(self.instructions, &task, piece.target);
        });
        Ok(())
    }

    /// Does every piece of work, on the threads of the current rayon pool if it is enough work to share.
    fn run<P: Send>(&self, pieces: Vec<P>, batch: usize, work: impl Fn(P) + Sync + Send) {
        let macs = self.layout.packed_len() as u64 * batch as u64;
        if macs < LEAST_PARALLEL_MACS || rayon::current_num_threads() == 1 {
            pieces.into_iter().for_each(work);
        } else {
            pieces.into_par_iter().for_each(work);
        }
    }
}

/// `bias_grads[o]` = sum of `grads[o]` over the samples of the batch.
///
/// # Errors
/// A buffer has the wrong length.
pub fn bias_gradient(grads: &[f32], batch: usize, bias_grads: &mut [f32]) -> Result<(), SparseError> {
    let outs = bias_grads.len();
    check_len("output gradients in tiles", num_tiles(batch) * outs * TILE, grads.len())?;
    for (out, sum) in bias_grads.iter_mut().enumerate() {
        let mut lanes = [0.0f32; 16];
        for tile in 0..num_tiles(batch) {
            let row = &grads[(tile * outs + out) * TILE..][..samples_of_tile(batch, tile)];
            let (chunks, rest) = row.as_chunks::<16>();
            for chunk in chunks {
                for (lane, value) in lanes.iter_mut().zip(chunk) {
                    *lane += value;
                }
            }
            for (lane, value) in lanes.iter_mut().zip(rest) {
                *lane += value;
            }
        }
        *sum = lanes.iter().sum();
    }
    Ok(())
}

/// Samples of a tile that belong to the batch.
pub(crate) fn samples_of_tile(batch: usize, tile: usize) -> usize {
    batch.saturating_sub(tile * TILE).min(TILE)
}

/// Some rows of one tile.
struct RowPiece<'a> {
    tile: usize,
    row: usize,
    target: &'a mut [f32],
}

/// Cuts tiles into pieces of about [`ROWS_AT_ONCE`] rows, whole blocks where blocks are smaller. Tile by tile: one
/// tile's features stay in the second-level cache while all rows read them.
fn row_pieces(target: &mut [f32], features: usize, side: usize) -> Vec<RowPiece<'_>> {
    let rows = match side {
        0 => return Vec::new(),
        small if small <= ROWS_AT_ONCE => ROWS_AT_ONCE / small * small,
        large => large.div_ceil(large.div_ceil(ROWS_AT_ONCE)).next_multiple_of(8),
    };
    target
        .chunks_mut(features * TILE)
        .enumerate()
        .flat_map(|(tile, rows_of_tile)| {
            rows_of_tile
                .chunks_mut(rows * TILE)
                .enumerate()
                .map(move |(index, target)| RowPiece { tile, row: index * rows, target })
        })
        .collect()
}

/// Some rows of one block.
struct BlockPiece<'a> {
    place: BlockPlace,
    row: usize,
    target: &'a mut [f32],
}

fn block_pieces<'a>(layout: &PackedLayout, target: &'a mut [f32]) -> Vec<BlockPiece<'a>> {
    let width = layout.block_width();
    layout
        .blocks()
        .zip(target.chunks_exact_mut(layout.block_len().max(1)))
        .flat_map(|(place, block)| {
            block[..place.rows * width]
                .chunks_mut(ROWS_AT_ONCE * width)
                .enumerate()
                .map(move |(index, target)| BlockPiece { place, row: index * ROWS_AT_ONCE, target })
        })
        .collect()
}

/// Adds the bias and applies the activation to some rows of one tile.
fn finish_rows(rows: &mut [f32], bias: &[f32], first_row: usize, tile: usize, activation: Activation) {
    for (offset, (row, &bias)) in rows.as_chunks_mut::<TILE>().0.iter_mut().zip(bias).enumerate() {
        match activation {
            Activation::Linear => row.iter_mut().for_each(|z| *z += bias),
            Activation::Relu => row.iter_mut().for_each(|z| *z = (*z + bias).max(0.0)),
            Activation::ReluDropout(dropout) => {
                let keep = KeepRule::new(dropout, first_row + offset);
                for (lane, z) in row.iter_mut().enumerate() {
                    let kept = (*z + bias).max(0.0) * keep.scale;
                    *z = if keep.keeps((tile * TILE + lane) as u32) { kept } else { 0.0 };
                }
            }
        }
    }
}

/// Which samples keep one unit: a hash of seed, unit and sample, so that nothing has to be stored or drawn in order.
struct KeepRule {
    key: u32,
    threshold: u32,
    scale: f32,
}

impl KeepRule {
    fn new(dropout: Dropout, unit: usize) -> Self {
        Self {
            key: split_mix(dropout.seed ^ split_mix(unit as u64)) as u32,
            threshold: (f64::from(dropout.rate) * 4_294_967_296.0) as u32,
            scale: 1.0 / (1.0 - dropout.rate),
        }
    }

    /// Two rounds of multiply and shift spread every bit of the sample over the word.
    fn keeps(&self, sample: u32) -> bool {
        let mut x = sample.wrapping_mul(0x9e37_79b1) ^ self.key;
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        (x ^ (x >> 16)) >= self.threshold
    }
}

/// Gradient through an activation: `grads * scale` where the output was positive, 0 elsewhere.
pub(crate) fn gate_gradient(grads: &mut [f32], outputs: &[f32], scale: f32) {
    for (grad, &output) in grads.iter_mut().zip(outputs) {
        *grad = if output > 0.0 { *grad * scale } else { 0.0 };
    }
}

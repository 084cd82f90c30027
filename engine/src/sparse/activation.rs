//! What follows a product: bias, activation and dropout, or the gradient through them.

use super::random::split_mix;
use super::tiles::TILE;

/// Units silenced in a training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// Probability that a unit is silenced, below 1.
    pub rate: f32,
    /// Seed of the draw: the same seed silences the same units for the same samples of a batch.
    pub seed: u64,
    /// Number of the first tile in its batch, where a batch is computed in parts.
    pub first_tile: usize,
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

/// What is done to rows of one tile while they are still in the cache.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finish<'a> {
    /// Nothing.
    Nothing,
    /// Adds one bias a row and applies the activation; the tile's number tells samples apart.
    Activate {
        /// Biases of the rows.
        bias: &'a [f32],
        /// What follows.
        activation: Activation,
        /// Number of the tile in its batch.
        tile: usize,
    },
    /// The gradient through the activation that made these outputs.
    Gate {
        /// Outputs of the activation, in the same places.
        outputs: &'a [f32],
        /// See [`Activation::gate_scale`].
        scale: f32,
    },
}

impl Finish<'_> {
    /// Finishes rows of [`TILE`] samples; `first_row` is the first one's place in the layer.
    #[inline(always)]
    pub(crate) fn apply(&self, rows: &mut [f32], first_row: usize) {
        match *self {
            Self::Nothing => {}
            Self::Activate { bias, activation, tile } => activate(rows, bias, first_row, tile, activation),
            Self::Gate { outputs, scale } => gate_gradient(rows, outputs, scale),
        }
    }
}

/// Adds the bias and applies the activation to some rows of one tile.
#[inline(always)]
fn activate(rows: &mut [f32], bias: &[f32], first_row: usize, tile: usize, activation: Activation) {
    for (offset, (row, &bias)) in rows.as_chunks_mut::<TILE>().0.iter_mut().zip(bias).enumerate() {
        match activation {
            Activation::Linear => row.iter_mut().for_each(|z| *z += bias),
            Activation::Relu => row.iter_mut().for_each(|z| *z = (*z + bias).max(0.0)),
            Activation::ReluDropout(dropout) => {
                let keep = KeepRule::new(dropout, first_row + offset);
                for (lane, z) in row.iter_mut().enumerate() {
                    let kept = (*z + bias).max(0.0) * keep.scale;
                    *z = if keep.keeps(((dropout.first_tile + tile) * TILE + lane) as u32) {
                        kept
                    } else {
                        0.0
                    };
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
    #[inline(always)]
    fn keeps(&self, sample: u32) -> bool {
        let mut x = sample.wrapping_mul(0x9e37_79b1) ^ self.key;
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        (x ^ (x >> 16)) >= self.threshold
    }
}

/// Gradient through an activation: `grads * scale` where the output was positive, 0 elsewhere.
#[inline(always)]
pub(crate) fn gate_gradient(grads: &mut [f32], outputs: &[f32], scale: f32) {
    for (grad, &output) in grads.iter_mut().zip(outputs) {
        *grad = if output > 0.0 { *grad * scale } else { 0.0 };
    }
}

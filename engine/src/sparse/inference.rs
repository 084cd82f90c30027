//! A layer that only infers: weights in the order in which they are read, outputs of one sample or of tiles.

use super::activation::{Activation, Finish};
use super::error::SparseError;
use super::kernels::{Instructions, RowTask, SampleTask, multiply_rows, multiply_sample};
use super::layout::{PackedLayout, check_len};
use super::product::{row_pieces, run_pieces, samples_of_tile};
use super::tiles::{TILE, TileBuffer, tile_len, tiles_len};
use super::weight_panels::PanelOrder;

/// `outputs = activation(weights * inputs + bias)` for fixed weights.
///
/// An output has the same bits whether its sample is computed alone or in tiles, and those that
/// [`super::Product::forward`] gives.
#[derive(Debug, Clone)]
pub struct InferenceLayer {
    layout: PackedLayout,
    order: PanelOrder,
    weights: TileBuffer,
    bias: Vec<f32>,
    activation: Activation,
    instructions: Instructions,
}

impl InferenceLayer {
    /// A layer of these packed weights, one bias per output, computed with the fastest instructions there are.
    /// Nothing is silenced: dropout counts as the rectifier it stands on.
    ///
    /// # Errors
    /// Weights or biases have the wrong length.
    pub fn new(
        layout: &PackedLayout,
        packed: &[f32],
        bias: Vec<f32>,
        activation: Activation,
    ) -> Result<Self, SparseError> {
        Self::with_instructions(layout, packed, bias, activation, Instructions::best())
    }

    /// Like [`InferenceLayer::new`], with given instructions.
    ///
    /// # Errors
    /// Weights or biases have the wrong length.
    pub fn with_instructions(
        layout: &PackedLayout,
        packed: &[f32],
        bias: Vec<f32>,
        activation: Activation,
        instructions: Instructions,
    ) -> Result<Self, SparseError> {
        check_len("packed weights", layout.packed_len(), packed.len())?;
        check_len("biases", layout.out_features(), bias.len())?;
        let activation = match activation {
            Activation::Linear => Activation::Linear,
            Activation::Relu | Activation::ReluDropout(_) => Activation::Relu,
        };
        let order = PanelOrder::of(layout);
        let weights = order.arrange(layout, packed);
        Ok(Self { layout: layout.clone(), order, weights, bias, activation, instructions })
    }

    /// Where the weights lie in their matrix.
    pub fn layout(&self) -> &PackedLayout {
        &self.layout
    }

    /// The outputs of one sample: `inputs` has one number per input, `outputs` one per output. Runs on the calling
    /// thread and allocates nothing.
    ///
    /// # Errors
    /// A slice has the wrong length.
    pub fn forward_sample(&self, inputs: &[f32], outputs: &mut [f32]) -> Result<(), SparseError> {
        check_len("inputs", self.layout.in_features(), inputs.len())?;
        check_len("outputs", self.layout.out_features(), outputs.len())?;
        let weights = (self.weights.as_slice(), self.bias.as_slice());
        let task = SampleTask::new((&self.layout, self.order), weights, inputs, self.activation);
        multiply_sample(self.instructions, &task, outputs);
        Ok(())
    }

    /// The outputs of a batch, in tiles; see [`super::Product::forward`].
    ///
    /// # Errors
    /// A buffer has the wrong length.
    pub fn forward_tiles(
        &self,
        inputs: &[f32],
        batch: usize,
        outputs: &mut [f32],
    ) -> Result<(), SparseError> {
        let (outs, ins) = (self.layout.out_features(), self.layout.in_features());
        check_len("inputs in tiles", tiles_len(batch, ins), inputs.len())?;
        check_len("outputs in tiles", tiles_len(batch, outs), outputs.len())?;
        let pieces = row_pieces(outputs, outs, self.layout.block_height());
        run_pieces(pieces, self.layout.packed_len() as u64 * batch as u64, |piece| {
            let source = &inputs[piece.tile * tile_len(ins)..][..tile_len(ins)];
            let rows = piece.row..piece.row + piece.target.len() / TILE;
            let (bias, activation) = (&self.bias[rows.clone()], self.activation);
            let finish = Finish::Activate { bias, activation, tile: piece.tile };
            let sources = (self.weights.as_slice(), source, samples_of_tile(batch, piece.tile));
            let task = RowTask::of_panels(&self.layout, self.order, sources, rows, finish);
            multiply_rows(self.instructions, &task, piece.target);
        });
        Ok(())
    }
}

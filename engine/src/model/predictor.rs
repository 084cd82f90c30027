//! Inference: no graph, no allocation once warm, the same bits for a sample in any batch.

use super::loss::softmax;
use super::{ModelError, Network};
use crate::quant::WeightQuantiser;
use crate::sparse::{
    Activation, InferenceLayer, SparseError, TILE, TileBuffer, rows_from_tiles, tiles_from_rows, tiles_len,
    with_f32,
};

/// A network ready to score inputs.
///
/// Weights are the values of their codes, exactly those that training used in its products. The scores of an input
/// do not depend on the inputs beside it, nor on the number of threads: what file evaluation scores in batches, a
/// live stream scores one by one, to the bit.
#[derive(Debug, Clone)]
pub struct Predictor {
    layers: Vec<InferenceLayer>,
    num_inputs: usize,
    num_outputs: usize,
    /// Activations of two neighbouring layers: one sample, or tiles.
    front: TileBuffer,
    back: TileBuffer,
}

/// Tiles of a thread that go through the network together: two layers' activations of them stay in the second-level cache.
/// Fewer than in training, where weights are read three times for each part.
const TILES_AT_ONCE: usize = 2;

/// Inputs that are scored one by one: a tile costs as much as a few of them, however many it holds.
const FEW: usize = 4;

impl Predictor {
    /// A predictor with a copy of the network's weights as they are now.
    ///
    /// # Errors
    /// The tensor library fails.
    pub fn new(network: &Network) -> Result<Self, ModelError> {
        let layers = network
            .layers()
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                let weights = with_f32(&layer.blocks, |blocks| {
                    let mut values = vec![0.0; blocks.len()];
                    WeightQuantiser::fit(layer.quantise.rule, layer.quantise.bits, blocks)
                        .quantise(blocks, &mut values);
                    values
                })?;
                let bias = with_f32(&layer.bias, <[f32]>::to_vec)?;
                let activation = if layer.is_output { Activation::Linear } else { Activation::Relu };
                let layout = layer.product().layout();
                InferenceLayer::new(layout, &weights, bias, activation)
                    .map_err(|source| in_layer(index, source))
            })
            .collect::<Result<Vec<_>, ModelError>>()?;
        Ok(Self {
            layers,
            num_inputs: network.plan().num_inputs(),
            num_outputs: network.plan().num_outputs(),
            front: TileBuffer::default(),
            back: TileBuffer::default(),
        })
    }

    /// Values of one input.
    pub fn num_inputs(&self) -> usize {
        self.num_inputs
    }

    /// Scores of one input.
    pub fn num_outputs(&self) -> usize {
        self.num_outputs
    }

    /// Multiply-accumulates of one input.
    pub fn macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.layout().macs()).sum()
    }

    /// Probabilities of normalised inputs: `inputs` holds any number of rows of [`Predictor::num_inputs`] values,
    /// `scores` receives as many rows of [`Predictor::num_outputs`] that each sum to 1. Non-finite inputs give
    /// NaN scores in their own row.
    ///
    /// # Errors
    /// The lengths do not fit each other.
    pub fn predict(&mut self, inputs: &[f32], scores: &mut [f32]) -> Result<(), ModelError> {
        self.logits(inputs, scores)?;
        scores.chunks_exact_mut(self.num_outputs).for_each(softmax);
        Ok(())
    }

    /// Like [`Predictor::predict`], without the softmax.
    ///
    /// # Errors
    /// The lengths do not fit each other.
    pub fn logits(&mut self, inputs: &[f32], logits: &mut [f32]) -> Result<(), ModelError> {
        let batch = inputs.len() / self.num_inputs;
        if inputs.len() != batch * self.num_inputs || logits.len() != batch * self.num_outputs {
            return Err(ModelError::Input(format!(
                "inputs come in rows of {} and scores in rows of {}, as many of each; found {} and {} values",
                self.num_inputs,
                self.num_outputs,
                inputs.len(),
                logits.len()
            )));
        }
        if batch <= FEW {
            let rows = inputs.chunks_exact(self.num_inputs).zip(logits.chunks_exact_mut(self.num_outputs));
            for (input, logits) in rows {
                self.logits_of_sample(input, logits)?;
            }
            return Ok(());
        }
        let at_once = TILES_AT_ONCE * rayon::current_num_threads() * TILE;
        let chunks = inputs.chunks(at_once * self.num_inputs);
        for (inputs, logits) in chunks.zip(logits.chunks_mut(at_once * self.num_outputs)) {
            self.logits_of_chunk(inputs, logits)?;
        }
        Ok(())
    }

    /// Scores inputs one by one, and shows what each layer reads: its index, and one number per input of the layer.
    ///
    /// # Errors
    /// The inputs are not whole rows.
    pub fn watch_layers(
        &mut self,
        inputs: &[f32],
        watch: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), ModelError> {
        if !inputs.len().is_multiple_of(self.num_inputs) {
            return Err(ModelError::Input(format!(
                "inputs come in rows of {}, but there are {} values",
                self.num_inputs,
                inputs.len()
            )));
        }
        let mut logits = vec![0.0; self.num_outputs];
        inputs
            .chunks_exact(self.num_inputs)
            .try_for_each(|input| self.logits_of_watched_sample(input, &mut logits, &mut *watch))
    }

    /// The live case: weights are read once, from front to back.
    fn logits_of_sample(&mut self, input: &[f32], logits: &mut [f32]) -> Result<(), ModelError> {
        self.logits_of_watched_sample(input, logits, |_, _| {})
    }

    fn logits_of_watched_sample(
        &mut self,
        input: &[f32],
        logits: &mut [f32],
        mut watch: impl FnMut(usize, &[f32]),
    ) -> Result<(), ModelError> {
        let (mut front, mut back) = (&mut self.front, &mut self.back);
        let last = self.layers.len() - 1;
        for (index, layer) in self.layers.iter().enumerate() {
            let inputs = if index == 0 { input } else { front.as_slice() };
            watch(index, inputs);
            if index < last {
                back.resize(layer.layout().out_features());
            }
            let outputs = if index < last { back.as_mut_slice() } else { &mut *logits };
            layer.forward_sample(inputs, outputs).map_err(|source| in_layer(index, source))?;
            std::mem::swap(&mut front, &mut back);
        }
        Ok(())
    }

    fn logits_of_chunk(&mut self, inputs: &[f32], logits: &mut [f32]) -> Result<(), ModelError> {
        let batch = inputs.len() / self.num_inputs;
        let (mut front, mut back) = (&mut self.front, &mut self.back);
        front.resize(tiles_len(batch, self.num_inputs));
        tiles_from_rows(inputs, self.num_inputs, front.as_mut_slice());
        for (index, layer) in self.layers.iter().enumerate() {
            back.resize(tiles_len(batch, layer.layout().out_features()));
            layer
                .forward_tiles(front.as_slice(), batch, back.as_mut_slice())
                .map_err(|source| in_layer(index, source))?;
            std::mem::swap(&mut front, &mut back);
        }
        rows_from_tiles(front.as_slice(), self.num_outputs, logits);
        Ok(())
    }
}

fn in_layer(index: usize, source: SparseError) -> ModelError {
    ModelError::Layer { place: format!("layer {index}"), source }
}

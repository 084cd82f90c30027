//! Loss and gradients of a batch, without a graph.
//!
//! Candle's own backward pass fills a tensor of zeros for every gradient before it adds to it, and allocates each
//! of them anew every step. A feed-forward network needs neither: this runs the layers' products in order over
//! buffers that stay, and hands out the gradients as tensors that share those buffers. A test holds that it gives the
//! gradients of the graph.

use std::cell::RefCell;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor};

use super::loss::cross_entropy_tiles;
use super::network::Layer;
use super::{Mode, ModelError, Network};
use crate::quant::WeightQuantiser;
use crate::sparse::{
    InputPanels, SparseError, TileBuffer, bias_gradient, tiles_from_rows, tiles_len, with_f32,
};

/// How the loss of a step is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepOptions {
    /// Training with dropout, or not.
    pub mode: Mode,
    /// Share of the target spread over all labels, 0 to 1.
    pub label_smoothing: f32,
}

/// Outcome of one batch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepLoss {
    /// Mean cross-entropy in nats; not finite if anything in the network is not.
    pub loss: f64,
    /// Samples whose largest logit was that of their label.
    pub num_correct: usize,
}

/// Buffers of a training step: activations, gradients, quantised weights. They grow to the largest batch seen and
/// are used again.
#[derive(Debug)]
pub struct GradientStep {
    grads: GradStore,
    /// Gradient tensors of each layer's blocks and bias, the same as in `grads`.
    layers: Vec<LayerBuffers>,
    /// Inputs of the network, then outputs of each layer, in tiles.
    activations: Vec<TileBuffer>,
    /// Gradients of two neighbouring layers' sums, in tiles.
    front: TileBuffer,
    back: TileBuffer,
    /// Inputs of the layer whose gradient is computed, turned over.
    panels: InputPanels,
}

#[derive(Debug)]
struct LayerBuffers {
    block_grads: Tensor,
    bias_grads: Tensor,
    /// Values of the codes; empty where weights are float.
    quantised: Vec<f32>,
}

impl GradientStep {
    /// Buffers for this network.
    ///
    /// # Errors
    /// The tensor library refuses to allocate.
    pub fn new(network: &Network) -> Result<Self, ModelError> {
        let mut grads = GradStore::default();
        let mut layers = Vec::with_capacity(network.layers().len());
        for layer in network.layers() {
            let block_grads = layer.blocks.zeros_like()?;
            let bias_grads = layer.bias.zeros_like()?;
            grads.insert(&layer.blocks, block_grads.clone());
            grads.insert(&layer.bias, bias_grads.clone());
            let is_float = layer.quantise.bits > 16;
            let quantised = if is_float { Vec::new() } else { vec![0.0; layer.blocks.elem_count()] };
            layers.push(LayerBuffers { block_grads, bias_grads, quantised });
        }
        let activations = vec![TileBuffer::default(); network.layers().len() + 1];
        let (front, back) = (TileBuffer::default(), TileBuffer::default());
        Ok(Self { grads, layers, activations, front, back, panels: InputPanels::default() })
    }

    /// Gradients of the latest [`GradientStep::run`], one for each of [`Network::vars`]. The tensors share the step's
    /// buffers: the next run overwrites them.
    pub fn grads(&self) -> &GradStore {
        &self.grads
    }

    /// Computes the mean loss of a batch and its gradients.
    ///
    /// `inputs` holds one row of the network's inputs per label. An empty batch has loss 0 and gradients 0.
    ///
    /// # Errors
    /// The lengths do not fit, a label does not exist, or the network is not the one the buffers were made for.
    pub fn run(
        &mut self,
        network: &Network,
        inputs: &[f32],
        labels: &[u32],
        options: &StepOptions,
    ) -> Result<StepLoss, ModelError> {
        let (batch, num_inputs) = (labels.len(), network.plan().num_inputs());
        if inputs.len() != batch * num_inputs || self.layers.len() != network.layers().len() {
            return Err(ModelError::Input(format!(
                "expected {num_inputs} inputs for each of {batch} labels, found {} values",
                inputs.len()
            )));
        }
        self.activations[0].resize(tiles_len(batch, num_inputs));
        tiles_from_rows(inputs, num_inputs, self.activations[0].as_mut_slice());
        self.forward(network, batch, options.mode)?;
        let classes = network.plan().num_outputs();
        let logits = self.activations.last_mut().map(std::mem::take).unwrap_or_default();
        // The logits are not needed again, so their gradients take their place.
        let spare = std::mem::replace(&mut self.front, logits);
        if let Some(last) = self.activations.last_mut() {
            *last = spare;
        }
        let sums = cross_entropy_tiles(self.front.as_mut_slice(), classes, labels, options.label_smoothing)?;
        self.backward(network, batch, options.mode)?;
        Ok(StepLoss { loss: sums.loss / batch.max(1) as f64, num_correct: sums.num_correct })
    }

    fn forward(&mut self, network: &Network, batch: usize, mode: Mode) -> Result<(), ModelError> {
        let rate = network.plan().dropout;
        for (index, layer) in network.layers().iter().enumerate() {
            let (before, after) = self.activations.split_at_mut(index + 1);
            after[0].resize(tiles_len(batch, layer.product().layout().out_features()));
            let (inputs, outputs) = (before[index].as_slice(), after[0].as_mut_slice());
            let activation = layer.activation(index, rate, mode);
            let quantised = &mut self.layers[index].quantised;
            with_f32(&layer.blocks, |blocks| {
                with_f32(&layer.bias, |bias| {
                    let weights = if layer.quantise.bits > 16 {
                        blocks
                    } else {
                        WeightQuantiser::fit(layer.quantise.rule, layer.quantise.bits, blocks)
                            .quantise(blocks, quantised);
                        &*quantised
                    };
                    layer.product().forward(weights, bias, inputs, batch, activation, outputs)
                })
            })??
            .map_err(|source| in_layer(index, source))?;
        }
        Ok(())
    }

    /// Expects the gradient of the logits in `front`.
    fn backward(&mut self, network: &Network, batch: usize, mode: Mode) -> Result<(), ModelError> {
        for index in (0..network.layers().len()).rev() {
            let layer = &network.layers()[index];
            self.layer_gradients(layer, index, batch)?;
            if index > 0 {
                let before = &network.layers()[index - 1];
                let scale = before.activation(index - 1, network.plan().dropout, mode).gate_scale();
                self.input_gradient(layer, index, batch, scale)?;
                std::mem::swap(&mut self.front, &mut self.back);
            }
        }
        Ok(())
    }

    fn layer_gradients(&mut self, layer: &Layer, index: usize, batch: usize) -> Result<(), ModelError> {
        let (grads, buffers) = (self.front.as_slice(), &self.layers[index]);
        let inputs = self.activations[index].as_slice();
        with_f32_mut(&buffers.bias_grads, |bias_grads| bias_gradient(grads, batch, bias_grads))?
            .map_err(|source| in_layer(index, source))?;
        with_f32_mut(&buffers.block_grads, |block_grads| {
            layer.product().block_gradient(grads, inputs, batch, &mut self.panels, block_grads)
        })?
        .map_err(|source| in_layer(index, source))
    }

    fn input_gradient(
        &mut self,
        layer: &Layer,
        index: usize,
        batch: usize,
        scale: Option<f32>,
    ) -> Result<(), ModelError> {
        let inputs = self.activations[index].as_slice();
        self.back.resize(inputs.len());
        let (grads, back) = (self.front.as_slice(), self.back.as_mut_slice());
        let quantised = &self.layers[index].quantised;
        with_f32(&layer.blocks, |blocks| {
            let weights = if layer.quantise.bits > 16 { blocks } else { quantised };
            let gate = scale.map(|scale| (inputs, scale));
            layer.product().input_gradient(weights, grads, batch, gate, back)
        })?
        .map_err(|source| in_layer(index, source))
    }
}

fn in_layer(index: usize, source: SparseError) -> ModelError {
    ModelError::Layer { place: format!("layer {index}"), source }
}

/// Lends the numbers of a contiguous f32 tensor on the CPU for writing, in place.
pub(crate) fn with_f32_mut<R>(
    tensor: &Tensor,
    write: impl FnOnce(&mut [f32]) -> R,
) -> candle_core::Result<R> {
    let op = WriteOp { write: RefCell::new(Some(write)), result: RefCell::new(None) };
    tensor.inplace_op1(&op)?;
    match op.result.into_inner() {
        Some(result) => Ok(result),
        None => candle_core::bail!("expected a contiguous f32 tensor on the CPU"),
    }
}

struct WriteOp<F, R> {
    write: RefCell<Option<F>>,
    result: RefCell<Option<R>>,
}

impl<R, F: FnOnce(&mut [f32]) -> R> InplaceOp1 for WriteOp<F, R> {
    fn name(&self) -> &'static str {
        "write-in-place"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        if let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets())
            && let Some(write) = self.write.borrow_mut().take()
        {
            *self.result.borrow_mut() = Some(write(&mut values[start..end]));
        }
        Ok(())
    }
}

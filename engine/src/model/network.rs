//! The weights of a network, as candle variables that hold kept blocks only.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use super::file::LayerWeights;
use super::{LayerPlan, ModelError, NetworkPlan};
use crate::quant::FakeQuantise;
use crate::sparse::random::{Purpose, Random, derive_seed, split_mix};
use crate::sparse::{
    Activation, BlockLinear, Dropout, PackedLayout, Pattern, Product, rows_from_tiles_tensor,
    tiles_from_rows_tensor, vec_from_tensor, with_f32,
};

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A training step: hidden units are silenced at random with the plan's dropout.
    Train {
        /// Seed of the draw: the same seed silences the same units.
        dropout_seed: u64,
    },
    /// Nothing is silenced.
    Evaluate,
}

/// A feed-forward network with weights.
#[derive(Debug, Clone)]
pub struct Network {
    plan: NetworkPlan,
    layers: Vec<Layer>,
}

/// One layer with weights.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub linear: BlockLinear,
    /// `(num_blocks, block_height, block_width)`.
    pub blocks: Var,
    /// `(out_features,)`.
    pub bias: Var,
    pub quantise: FakeQuantise,
    pub is_output: bool,
}

impl Layer {
    pub fn product(&self) -> &Arc<Product> {
        self.linear.product()
    }

    /// What follows the sums of layer `index`, in the part of a batch that begins with tile `first_tile`.
    pub fn activation(&self, index: usize, rate: f32, mode: Mode, first_tile: usize) -> Activation {
        match mode {
            _ if self.is_output => Activation::Linear,
            Mode::Train { dropout_seed } if rate > 0.0 => {
                let seed = split_mix(dropout_seed ^ split_mix(index as u64));
                Activation::ReluDropout(Dropout { rate, seed, first_tile })
            }
            _ => Activation::Relu,
        }
    }
}

impl Network {
    /// A network with fresh weights.
    ///
    /// Weights are uniform in `[-a, a]`: hidden layers `a = sqrt(6 / fan_in)` (He et al. 2015), the output layer
    /// `a = sqrt(3 / fan_in)`, with the fan-in that each unit really has in its pattern. Biases are 0. The weights of
    /// layer `l` come from `derive_seed(seed, Purpose::Weights, l)`.
    ///
    /// # Errors
    /// The tensor library refuses to allocate.
    pub fn new(plan: &NetworkPlan, seed: u64) -> Result<Self, ModelError> {
        let num = plan.layers.len();
        let weights = plan.layers.iter().enumerate().map(|(index, layer)| {
            let seed = derive_seed(seed, Purpose::Weights, index as u64);
            fresh_weights(layer, index + 1 == num, seed)
        });
        Self::with_weights(plan, weights.collect())
    }

    /// A network with given weights, one entry per layer.
    ///
    /// # Errors
    /// The weights do not fit the plan.
    pub fn with_weights(plan: &NetworkPlan, weights: Vec<LayerWeights>) -> Result<Self, ModelError> {
        if weights.len() != plan.layers.len() {
            return Err(ModelError::Input(format!(
                "expected weights of {} layers, found {}",
                plan.layers.len(),
                weights.len()
            )));
        }
        let num = plan.layers.len();
        let layers = plan
            .layers
            .iter()
            .zip(weights)
            .enumerate()
            .map(|(index, (layer, weights))| new_layer(layer, weights, index + 1 == num))
            .collect::<Result<_, _>>()?;
        Ok(Self { plan: plan.clone(), layers })
    }

    /// What the network was built from.
    pub fn plan(&self) -> &NetworkPlan {
        &self.plan
    }

    /// Stored weights of all layers.
    pub(crate) fn packed_len(&self) -> usize {
        self.layers.iter().map(|layer| layer.product().layout().packed_len()).sum()
    }

    pub(crate) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Everything that is trained, with a name that lasts: `layers.0.blocks`, `layers.0.bias`, ...
    pub fn vars(&self) -> Vec<(String, Var)> {
        let pair = |(index, layer): (usize, &Layer)| {
            [
                (format!("layers.{index}.blocks"), layer.blocks.clone()),
                (format!("layers.{index}.bias"), layer.bias.clone()),
            ]
        };
        self.layers.iter().enumerate().flat_map(pair).collect()
    }

    /// A copy of all weights, layer by layer.
    ///
    /// # Errors
    /// The tensor library fails.
    pub fn weights(&self) -> Result<Vec<LayerWeights>, ModelError> {
        let copy = |layer: &Layer| {
            Ok(LayerWeights { blocks: vec_from_tensor(&layer.blocks)?, bias: vec_from_tensor(&layer.bias)? })
        };
        self.layers.iter().map(copy).collect()
    }

    /// Replaces all weights, in place.
    ///
    /// # Errors
    /// The weights do not fit the plan.
    pub fn set_weights(&self, weights: &[LayerWeights]) -> Result<(), ModelError> {
        if weights.len() != self.layers.len() {
            return Err(ModelError::Input(format!(
                "expected weights of {} layers, found {}",
                self.layers.len(),
                weights.len()
            )));
        }
        for (layer, weights) in self.layers.iter().zip(weights) {
            layer.blocks.set(&Tensor::from_slice(&weights.blocks, layer.blocks.shape(), &Device::Cpu)?)?;
            layer.bias.set(&Tensor::from_slice(&weights.bias, layer.bias.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }

    /// Logits `(batch, num_outputs)` of inputs `(batch, num_inputs)`, as a graph that can be differentiated.
    /// Weights are those of inference: the values of their codes.
    ///
    /// # Errors
    /// The inputs have another shape.
    pub fn forward(&self, inputs: &Tensor, mode: Mode) -> Result<Tensor, ModelError> {
        let (batch, _) = inputs.dims2()?;
        let mut tiles = tiles_from_rows_tensor(inputs)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let activation = layer.activation(index, self.plan.dropout, mode, 0);
            let blocks = match layer.quantise.bits {
                1..=16 => layer.blocks.apply_op1(layer.quantise)?,
                _ => layer.blocks.as_tensor().clone(),
            };
            tiles = layer.linear.forward_tiles(&tiles, batch, &blocks, &layer.bias, activation)?;
        }
        Ok(rows_from_tiles_tensor(&tiles, batch, self.plan.num_outputs())?)
    }

    /// Mean magnitudes of the weights of every kept innermost block, layer by layer, in the order of
    /// `Pattern::block_cols`, each block cut into a square of cells: the picture of a network that learns.
    ///
    /// # Errors
    /// The tensor library fails.
    pub fn block_magnitudes(&self) -> Result<Vec<Vec<f32>>, ModelError> {
        let magnitudes = |(layer, plan): (&Layer, &LayerPlan)| {
            let layout = layer.product().layout();
            let cells = cells_per_side(&plan.pattern);
            Ok(with_f32(&layer.blocks, |packed| layout.cell_magnitudes(&plan.pattern, packed, cells))?)
        };
        self.layers.iter().zip(&self.plan.layers).map(magnitudes).collect()
    }
}

/// Tiles of a batch that go through a network of `packed_len` stored weights together, on the threads of the current pool.
///
/// Few, so that what is computed for them is still in the second-level cache when the next layer needs it; more where there
/// are many weights, which are read anew for each part. The bits of any result do not depend on it.
pub(crate) fn tiles_at_once(packed_len: usize) -> usize {
    let tiles = (1 + packed_len / (1 << 19)).next_power_of_two().clamp(2, 8);
    tiles * rayon::current_num_threads()
}

/// Cells along the side of a block in the picture of a layer: few enough that a layer stays a small picture, and a
/// divisor of the block size.
fn cells_per_side(pattern: &Pattern) -> usize {
    const MOST_CELLS: usize = 1 << 16;
    let side = pattern.structure.inner_block();
    let fits = |cells: &usize| {
        side.is_multiple_of(*cells) && pattern.num_blocks().saturating_mul(cells * cells) <= MOST_CELLS
    };
    (1..=16.min(side)).rev().find(fits).unwrap_or(1)
}

fn new_layer(plan: &LayerPlan, weights: LayerWeights, is_output: bool) -> Result<Layer, ModelError> {
    let layout = PackedLayout::of(&plan.pattern);
    let place = |source| ModelError::Layer { place: plan.name.clone(), source };
    crate::sparse::check_len("packed weights", layout.packed_len(), weights.blocks.len()).map_err(place)?;
    crate::sparse::check_len("biases", layout.out_features(), weights.bias.len()).map_err(place)?;
    let shape = (layout.num_blocks(), layout.block_height(), layout.block_width());
    Ok(Layer {
        blocks: Var::from_vec(weights.blocks, shape, &Device::Cpu)?,
        bias: Var::from_vec(weights.bias, layout.out_features(), &Device::Cpu)?,
        quantise: FakeQuantise { rule: plan.quantiser, bits: plan.weight_bits },
        linear: BlockLinear::new(Arc::new(Product::new(layout))),
        is_output,
    })
}

fn fresh_weights(plan: &LayerPlan, is_output: bool, seed: u64) -> LayerWeights {
    let layout = PackedLayout::of(&plan.pattern);
    let block = plan.pattern.structure.inner_block();
    let fan_in: Vec<u32> = plan.pattern.fan_in_by_block_row().collect();
    let gain = if is_output { 3.0 } else { 6.0 };
    let mut random = Random::new(seed);
    let mut blocks = vec![0.0f32; layout.packed_len()];
    for (place, packed) in layout.blocks().zip(blocks.chunks_exact_mut(layout.block_len().max(1))) {
        for (row, weights) in packed.chunks_exact_mut(layout.block_width()).take(place.rows).enumerate() {
            let bound = (gain / f64::from(fan_in[(place.row + row) / block].max(1))).sqrt();
            for weight in &mut weights[..place.cols] {
                *weight = ((random.unit() * 2.0 - 1.0) * bound) as f32;
            }
        }
    }
    LayerWeights { blocks, bias: vec![0.0; layout.out_features()] }
}

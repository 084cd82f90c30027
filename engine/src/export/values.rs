//! What floating-point formats have in common: the values of weight codes, and what they say about layers.

use serde::Serialize;

use crate::model::{LayerPlan, LayerWeights, ModelError, StoredModel};
use crate::quant::WeightQuantiser;
use crate::settings::{FeatureConfig, Selection};
use crate::sparse::{Level, PackedLayout};

/// The values of a layer's weight codes, or its weights where they are floats: a row-major dense matrix
/// `(out_features, in_features)` with zeros where nothing is kept.
pub fn dense_values(layer: &LayerPlan, weights: &LayerWeights) -> Result<Vec<f32>, ModelError> {
    let mut values = vec![0.0; weights.blocks.len()];
    WeightQuantiser::fit(layer.quantiser, layer.weight_bits, &weights.blocks)
        .quantise(&weights.blocks, &mut values);
    PackedLayout::of(&layer.pattern)
        .dense_from_packed(&values)
        .map_err(|source| ModelError::Layer { place: layer.name.clone(), source })
}

/// What a file says of its model, as JSON.
#[derive(Debug, Serialize)]
pub struct About<'a> {
    format: &'static str,
    version: u32,
    labels: &'a [String],
    features: &'a FeatureConfig,
    layers: Vec<AboutLayer<'a>>,
}

/// What a file says of a layer.
#[derive(Debug, Serialize)]
pub struct AboutLayer<'a> {
    name: &'a str,
    /// Rows and columns of the weight matrix.
    shape: [usize; 2],
    /// The same, rounded up to whole blocks.
    padded_shape: [usize; 2],
    /// Side of the innermost blocks.
    block: usize,
    levels: &'a [Level],
    selection: Selection,
    seed: u64,
    kept_weights: u64,
    density: f64,
    weight_bits: u32,
    activation_bits: u32,
}

impl<'a> About<'a> {
    /// What a file of this format says of `model`.
    pub fn of(model: &'a StoredModel, format: &'static str) -> Self {
        Self {
            format,
            version: 1,
            labels: &model.labels,
            features: &model.config.features,
            layers: model.plan.layers.iter().map(AboutLayer::of).collect(),
        }
    }
}

impl<'a> AboutLayer<'a> {
    /// What a file says of `layer`.
    pub fn of(layer: &'a LayerPlan) -> Self {
        let structure = &layer.pattern.structure;
        let block = structure.inner_block();
        let kept_weights = layer.pattern.kept_weights();
        Self {
            name: &layer.name,
            shape: [structure.out_features, structure.in_features],
            padded_shape: [structure.block_rows() * block, structure.block_cols() * block],
            block,
            levels: &structure.levels,
            selection: structure.selection,
            seed: structure.seed,
            kept_weights,
            density: kept_weights as f64 / structure.dense_weights() as f64,
            weight_bits: layer.weight_bits,
            activation_bits: layer.activation_bits,
        }
    }
}

/// A value as JSON.
pub fn json(value: &impl Serialize) -> Result<String, ModelError> {
    serde_json::to_string(value).map_err(|error| ModelError::Input(error.to_string()))
}

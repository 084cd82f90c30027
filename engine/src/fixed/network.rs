//! A network in integers.

use super::{ActivationFormat, FixedLayer};
use crate::model::{ModelError, StoredModel};
use crate::quant::WeightQuantiser;

/// A network in integers; see the [module](super) for the arithmetic.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedNetwork {
    layers: Vec<FixedLayer>,
}

impl FixedNetwork {
    /// The integer network of a stored model; `None` where any of its weights or activations are floating point, or its
    /// activations have not been calibrated.
    ///
    /// # Errors
    /// The model's parts do not fit each other.
    pub fn of(model: &StoredModel) -> Result<Option<Self>, ModelError> {
        if !model.plan.is_fixed() || model.activation_exponents.len() != model.plan.layers.len() {
            return Ok(None);
        }
        let mut layers: Vec<FixedLayer> = Vec::with_capacity(model.plan.layers.len());
        let format = |index: usize| ActivationFormat {
            bits: model.plan.layers[index].activation_bits,
            exponent: model.activation_exponents[index],
            is_signed: index == 0,
        };
        for (index, (plan, weights)) in model.plan.layers.iter().zip(&model.weights).enumerate() {
            let quantiser = WeightQuantiser::fit(plan.quantiser, plan.weight_bits, &weights.blocks);
            let Some(codes) = quantiser.codes(&weights.blocks) else { return Ok(None) };
            // The layer before may have moved the step of its outputs.
            let input = layers.last().and_then(FixedLayer::output).unwrap_or_else(|| format(index));
            let output = (index + 1 < model.plan.layers.len()).then(|| format(index + 1));
            let (name, pattern) = (plan.name.clone(), plan.pattern.clone());
            let layer = FixedLayer::new(name, pattern, codes, &weights.bias, input, output);
            layers.push(layer.with_zero_padding());
        }
        Self::from_layers(layers).map(Some)
    }

    /// A network of these layers.
    ///
    /// # Errors
    /// There is none, or two neighbours do not fit each other.
    pub(crate) fn from_layers(layers: Vec<FixedLayer>) -> Result<Self, ModelError> {
        let wrong = |what: &str| Err(ModelError::Input(what.to_string()));
        if layers.last().is_none_or(|last| last.output().is_some()) {
            return wrong("an integer network needs an output layer, which gives its sums");
        }
        let fits = |pair: &[FixedLayer]| {
            pair[0].output() == Some(pair[1].input())
                && pair[0].layout().out_features() == pair[1].layout().in_features()
        };
        if !layers.windows(2).all(fits) {
            return wrong("a layer of the integer network does not give what the next one reads");
        }
        Ok(Self { layers })
    }

    /// Layers, first to last; never empty.
    pub fn layers(&self) -> &[FixedLayer] {
        &self.layers
    }

    /// Values of one input.
    pub fn num_inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.layout().in_features())
    }

    /// Sums of one input.
    pub fn num_outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.layout().out_features())
    }

    /// Value of one step of the outputs: a logit is a sum of the last layer times this.
    pub fn output_step(&self) -> f64 {
        self.layers.last().map_or(1.0, |layer| f64::from(layer.accumulator().exponent).exp2())
    }

    /// Codes of a normalised input, one per value.
    pub fn input_codes(&self, input: &[f32]) -> Vec<i32> {
        let format = self.layers.first().map(FixedLayer::input);
        input.iter().filter_map(|&value| format.map(|format| format.code(value))).collect()
    }

    /// The plain definition of the network: the sums of the last layer for the codes of an input.
    pub fn reference(&self, codes: &[i32]) -> Vec<i64> {
        let mut activations = codes.to_vec();
        let mut sums = Vec::new();
        for layer in &self.layers {
            sums = layer.reference(&activations);
            activations = sums.iter().map(|&sum| sum as i32).collect();
        }
        sums
    }
}

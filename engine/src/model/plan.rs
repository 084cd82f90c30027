//! A network before it has weights.

use std::sync::Arc;

use super::ModelError;
use crate::settings::{Config, FeatureConfig, FeatureKind, LayerSettings, Quantiser};
use crate::sparse::random::{Purpose, derive_seed};
use crate::sparse::{Connectivity, LayerStructure, Level, Pattern};

/// One layer before it has weights.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerPlan {
    /// Its name: `hidden 1`, ..., `output`.
    pub name: String,
    /// Its kept blocks.
    pub pattern: Arc<Pattern>,
    /// Weight bits, 1 to 16; 32 is floating point.
    pub weight_bits: u32,
    /// Rule from weights to codes.
    pub quantiser: Quantiser,
    /// Bits of each number that the layer reads, 4 to 16; 32 is floating point.
    pub activation_bits: u32,
}

/// A feed-forward network before it has weights: every layer but the last is followed by a rectifier.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkPlan {
    /// Layers, first to last; never empty.
    pub layers: Vec<LayerPlan>,
    /// Probability that a hidden unit is silenced in a training step.
    pub dropout: f32,
}

impl NetworkPlan {
    /// Draws the network of a configuration with this many inputs and outputs.
    ///
    /// Patterns are drawn first layer first; connected selection of a layer looks at which units of the layer before
    /// carry signal. The pattern seed of layer `l` is `sparsity.layers[].seed` where given, else
    /// `derive_seed(config.seed, Purpose::Pattern, l)`.
    ///
    /// # Errors
    /// The network has a layer without units, or a layer's levels cannot be met.
    pub fn new(config: &Config, num_inputs: usize, num_outputs: usize) -> Result<Self, ModelError> {
        if num_inputs == 0 || num_outputs == 0 {
            return Err(ModelError::Config(format!(
                "a network of {num_inputs} inputs and {num_outputs} outputs has no weights; both must be at least 1"
            )));
        }
        let mut sizes = vec![num_inputs];
        sizes.extend(&config.model.hidden);
        sizes.push(num_outputs);
        let mut layers = Vec::with_capacity(sizes.len() - 1);
        let mut live: Option<Vec<bool>> = None;
        for (index, pair) in sizes.windows(2).enumerate() {
            let layer = draw_layer(config, index, pair[0], pair[1], live.as_deref())?;
            live = Some(layer.pattern.connectivity(live.as_deref()).live_outputs);
            layers.push(layer);
        }
        Ok(Self { layers, dropout: config.model.dropout as f32 })
    }

    /// Draws the network of a configuration alone: `model.inputs` and `model.outputs`, or where these are 0, the
    /// front end's inputs and the words' outputs.
    ///
    /// # Errors
    /// See [`NetworkPlan::new`].
    pub fn from_config(config: &Config) -> Result<Self, ModelError> {
        Self::new(config, num_inputs(config), num_outputs(config))
    }

    /// The same network with the widths of weights and activations that a configuration gives; patterns stay.
    ///
    /// # Errors
    /// A width is out of range.
    pub fn with_bits_of(&self, config: &Config) -> Result<Self, ModelError> {
        let layers = self.layers.iter().cloned().enumerate();
        let layers =
            layers.map(|(index, layer)| layer.with_bits_of(config, index)).collect::<Result<_, _>>()?;
        Ok(Self { layers, dropout: self.dropout })
    }

    /// The same network with every weight kept, at the same widths: each layer is one block.
    ///
    /// # Errors
    /// A layer cannot be drawn.
    pub fn dense(&self) -> Result<Self, ModelError> {
        let layers = self.layers.iter().map(|layer| {
            let structure = &layer.pattern.structure;
            let block = structure.out_features.max(structure.in_features);
            let structure = LayerStructure { levels: vec![Level { block, drop: 0.0 }], ..structure.clone() };
            let pattern = Pattern::draw(structure, None)
                .map_err(|source| ModelError::Layer { place: layer.name.clone(), source })?;
            Ok(LayerPlan { pattern: Arc::new(pattern), ..layer.clone() })
        });
        Ok(Self { layers: layers.collect::<Result<_, ModelError>>()?, dropout: self.dropout })
    }

    /// Inputs of the first layer.
    pub fn num_inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.pattern.structure.in_features)
    }

    /// Outputs of the last layer.
    pub fn num_outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.pattern.structure.out_features)
    }

    /// Whether inference is in integers: weights and activations of every layer are fixed point.
    pub fn is_fixed(&self) -> bool {
        self.layers.iter().all(|layer| layer.weight_bits <= 16 && layer.activation_bits <= 16)
    }

    /// Multiply-accumulates of one inference: the kept weights.
    pub fn macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.pattern.kept_weights()).sum()
    }

    /// Weights of the dense network.
    pub fn dense_weights(&self) -> u64 {
        self.layers.iter().map(|layer| layer.pattern.structure.dense_weights()).sum()
    }

    /// Requested density of the whole network: requested kept weights over all weights.
    pub fn density_requested(&self) -> f64 {
        let kept: f64 = self
            .layers
            .iter()
            .map(|layer| &layer.pattern.structure)
            .map(|structure| structure.density_requested() * structure.dense_weights() as f64)
            .sum();
        kept / self.dense_weights().max(1) as f64
    }

    /// Kept weights of the whole network over all weights.
    pub fn density_achieved(&self) -> f64 {
        self.macs() as f64 / self.dense_weights().max(1) as f64
    }

    /// The way of the signal through the layers, first to last: a unit that reads only dead units is dead.
    pub fn connectivity(&self) -> Vec<Connectivity> {
        let mut found: Vec<Connectivity> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let live = found.last().map(|before| before.live_outputs.as_slice());
            found.push(layer.pattern.connectivity(live));
        }
        found
    }
}

/// Inputs of the network of a configuration.
pub fn num_inputs(config: &Config) -> usize {
    match config.model.inputs {
        0 => config.features.num_frames * num_coefs(&config.features),
        inputs => inputs,
    }
}

fn num_coefs(features: &FeatureConfig) -> usize {
    match features.kind {
        FeatureKind::Mfcc => features.num_ceps,
        FeatureKind::Logmel => features.num_mel + usize::from(features.use_energy),
    }
}

/// Outputs of the network of a configuration: its words, `unknown` and `silence`.
pub fn num_outputs(config: &Config) -> usize {
    match config.model.outputs {
        0 => config.data.words.len() + 2,
        outputs => outputs,
    }
}

fn draw_layer(
    config: &Config,
    index: usize,
    in_features: usize,
    out_features: usize,
    live_inputs: Option<&[bool]>,
) -> Result<LayerPlan, ModelError> {
    let name = if config.is_output(index) { "output".to_string() } else { format!("hidden {}", index + 1) };
    let place = |source| ModelError::Layer { place: name.clone(), source };
    let settings = config.layer(index);
    let levels = levels_of(&settings).map_err(|reason| ModelError::Config(format!("{name}: {reason}")))?;
    let structure = LayerStructure {
        out_features,
        in_features,
        levels,
        selection: settings.selection,
        seed: settings.seed.unwrap_or_else(|| derive_seed(config.seed, Purpose::Pattern, index as u64)),
    };
    let pattern = Arc::new(Pattern::draw(structure, live_inputs).map_err(place)?);
    let layer = LayerPlan {
        name: name.clone(),
        pattern,
        weight_bits: 32,
        quantiser: config.quant.quantiser,
        activation_bits: 32,
    };
    layer.with_bits_of(config, index)
}

impl LayerPlan {
    /// The same layer with the widths that a configuration gives to layer `index`.
    fn with_bits_of(mut self, config: &Config, index: usize) -> Result<Self, ModelError> {
        let LayerSettings { weight_bits, activation_bits, .. } = config.layer(index);
        let name = &self.name;
        if !matches!(weight_bits, 1..=16 | 32) {
            return Err(ModelError::Config(format!(
                "{name}: weight bits must be 1 to 16, or 32 for floating point, but are {weight_bits}"
            )));
        }
        if !matches!(activation_bits, 4..=16 | 32) {
            return Err(ModelError::Config(format!(
                "{name}: activation bits must be 4 to 16, or 32 for floating point, but are {activation_bits}"
            )));
        }
        (self.weight_bits, self.activation_bits) = (weight_bits, activation_bits);
        self.quantiser = config.quant.quantiser;
        Ok(self)
    }
}

fn levels_of(settings: &LayerSettings) -> Result<Vec<Level>, String> {
    let (blocks, drops) = (&settings.blocks, &settings.drops);
    if blocks.len() != drops.len() {
        return Err(format!(
            "it has {} block sizes and {} drop probabilities; give one of each per level",
            blocks.len(),
            drops.len()
        ));
    }
    Ok(blocks.iter().zip(drops).map(|(&block, &drop)| Level { block, drop }).collect())
}

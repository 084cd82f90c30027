//! `model.safetensors`: a trained network with everything that is needed to use it.
//!
//! | tensor | shape | content |
//! |---|---|---|
//! | `layers.N.blocks` | (blocks, block height, block width) f32 | packed float weights |
//! | `layers.N.bias` | (outputs,) f32 | biases |
//! | `layers.N.kept.L` | (kept blocks, 2) u32 | kept blocks of level `L`, outer first: block row, block column |
//! | `normaliser.mean`, `normaliser.inv_std` | (inputs,) f32 | normalisation of the inputs |
//!
//! Metadata: one text, `coarsegrain`, a JSON object with `format` (`coarsegrain-model`), `version` (2), `config` (TOML),
//! `labels`, `layers` and `activation_exponents`. Version 1, which had floating-point activations only, is read too. One text, because the order of several would change from one writing to the next, and the
//! same model must give the same bytes. The kept blocks in the file are what counts; the seed in `layers` only says
//! where they came from.

use std::path::Path;
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::tensors::{self, METADATA, NamedTensor, floats, shaped};
use super::{LayerPlan, ModelError, Network, NetworkPlan, Predictor};
use crate::features::Normaliser;
use crate::fixed::EXPONENTS;
use crate::settings::{Config, Quantiser};
use crate::sparse::{LayerStructure, PackedLayout, Pattern};

const FORMAT: &str = "coarsegrain-model";
const VERSION: u32 = 2;
/// Activation bits of layers that do not name them: of version 1, and of floating point.
const FLOAT_BITS: u32 = 32;

/// Weights of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights {
    /// Packed blocks, as laid out by [`PackedLayout`].
    pub blocks: Vec<f32>,
    /// One bias per output.
    pub bias: Vec<f32>,
}

/// A trained network with everything that is needed to use it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredModel {
    /// Configuration it was trained with; holds the front end.
    pub config: Config,
    /// Labels, in the order of the outputs.
    pub labels: Vec<String>,
    /// Normalisation of the inputs.
    pub normaliser: Normaliser,
    /// Patterns and widths.
    pub plan: NetworkPlan,
    /// Weights, one entry per layer.
    pub weights: Vec<LayerWeights>,
    /// Binary logarithms of the steps of what each layer reads, see [`crate::fixed::calibrate`]; empty where activations
    /// are floating point or not calibrated.
    pub activation_exponents: Vec<i32>,
}

/// What the metadata says.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    config: String,
    labels: Vec<String>,
    layers: Vec<LayerEntry>,
    #[serde(default)]
    activation_exponents: Vec<i32>,
}

/// What the metadata says about a layer.
#[derive(Debug, Serialize, Deserialize)]
struct LayerEntry {
    name: String,
    structure: LayerStructure,
    weight_bits: u32,
    quantiser: Quantiser,
    #[serde(default = "float_bits")]
    activation_bits: u32,
}

fn float_bits() -> u32 {
    FLOAT_BITS
}

impl StoredModel {
    /// The network as it is now, with what belongs to it; its activations are not calibrated yet.
    ///
    /// # Errors
    /// Labels or normaliser do not fit the network.
    pub fn new(
        network: &Network,
        config: &Config,
        labels: Vec<String>,
        normaliser: Normaliser,
    ) -> Result<Self, ModelError> {
        let model = Self {
            config: config.clone(),
            labels,
            normaliser,
            plan: network.plan().clone(),
            weights: network.weights()?,
            activation_exponents: Vec::new(),
        };
        model.check()?;
        Ok(model)
    }

    /// The network, ready to train further.
    ///
    /// # Errors
    /// The tensor library refuses to allocate.
    pub fn network(&self) -> Result<Network, ModelError> {
        Network::with_weights(&self.plan, self.weights.clone())
    }

    /// The network, ready to score inputs in floating point: what it ships is [`crate::fixed::ShippedPredictor`].
    ///
    /// # Errors
    /// The tensor library refuses to allocate.
    pub fn predictor(&self) -> Result<Predictor, ModelError> {
        Predictor::new(&self.network()?)
    }

    /// Writes the file; an existing one is replaced whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written; what was there stays.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        let bytes = self.to_bytes()?;
        crate::files::write_file(path, |file| file.write_all(&bytes)).map_err(|source| ModelError::Io {
            action: "write",
            source,
            path: path.to_path_buf(),
        })
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, is cut or inconsistent.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|source| ModelError::Io {
            action: "read",
            source,
            path: path.to_path_buf(),
        })?;
        Self::load_bytes(&bytes).map_err(|error| match error {
            ModelError::Damaged { reason, .. } => {
                ModelError::Damaged { reason, path: Some(path.to_path_buf()) }
            }
            other => other,
        })
    }

    /// The file's content.
    ///
    /// # Errors
    /// Names or labels cannot be written as text.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let mut tensors: Vec<NamedTensor> = Vec::new();
        for (index, (layer, weights)) in self.plan.layers.iter().zip(&self.weights).enumerate() {
            let layout = PackedLayout::of(&layer.pattern);
            let shape = vec![layout.num_blocks(), layout.block_height(), layout.block_width()];
            tensors.push(shaped(format!("layers.{index}.blocks"), shape, &weights.blocks));
            tensors.push(floats(format!("layers.{index}.bias"), &weights.bias));
            for (level, kept) in layer.pattern.kept_by_level.iter().enumerate() {
                let bytes =
                    kept.iter().flat_map(|(row, col)| [row.to_le_bytes(), col.to_le_bytes()]).flatten();
                tensors.push((
                    format!("layers.{index}.kept.{level}"),
                    Dtype::U32,
                    vec![kept.len(), 2],
                    bytes.collect(),
                ));
            }
        }
        for (name, values) in [("mean", &self.normaliser.mean), ("inv_std", &self.normaliser.inv_std)] {
            tensors.push(floats(format!("normaliser.{name}"), values));
        }
        tensors::to_bytes(&tensors, self.metadata()?)
    }

    fn metadata(&self) -> Result<String, ModelError> {
        let entry = |layer: &LayerPlan| LayerEntry {
            name: layer.name.clone(),
            structure: layer.pattern.structure.clone(),
            weight_bits: layer.weight_bits,
            quantiser: layer.quantiser,
            activation_bits: layer.activation_bits,
        };
        let header = Header {
            format: FORMAT.into(),
            version: VERSION,
            config: self.config.to_toml(),
            labels: self.labels.clone(),
            layers: self.plan.layers.iter().map(entry).collect(),
            activation_exponents: self.activation_exponents.clone(),
        };
        serde_json::to_string(&header).map_err(|error| ModelError::Input(error.to_string()))
    }

    /// Reads and checks a file's content.
    ///
    /// # Errors
    /// It is cut or inconsistent.
    pub fn load_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let unreadable = |error: safetensors::SafeTensorError| {
            ModelError::damaged(format!("it is not a complete safetensors file ({error})"))
        };
        let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA));
        let text = text.ok_or_else(|| ModelError::damaged("it was not written by Coarsegrain Workbench"))?;
        // Older or newer headers may have other fields, so the version is looked at before the rest.
        #[derive(Deserialize)]
        struct Kind {
            format: String,
            version: u32,
        }
        let json =
            |error: serde_json::Error| ModelError::damaged(format!("its header is not valid ({error})"));
        let kind: Kind = serde_json::from_str(text).map_err(json)?;
        if kind.format != FORMAT {
            return Err(ModelError::damaged("it was not written by Coarsegrain Workbench"));
        }
        if !(1..=VERSION).contains(&kind.version) {
            return Err(ModelError::damaged(format!(
                "it has version {} of the format, but this program reads versions up to {VERSION}",
                kind.version
            )));
        }
        let Header { config, labels, layers: entries, activation_exponents, .. } =
            serde_json::from_str(text).map_err(json)?;
        let config = Config::from_toml(&config)
            .map_err(|error| ModelError::damaged(format!("its configuration does not hold: {error}")))?;
        let mut layers = Vec::with_capacity(entries.len());
        let mut weights = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            let (layer, layer_weights) = read_layer(&tensors, index, entry)?;
            layers.push(layer);
            weights.push(layer_weights);
        }
        let normaliser = Normaliser {
            mean: read_floats(&tensors, "normaliser.mean")?,
            inv_std: read_floats(&tensors, "normaliser.inv_std")?,
        };
        let plan = NetworkPlan { layers, dropout: config.model.dropout as f32 };
        let model = Self { config, labels, normaliser, plan, weights, activation_exponents };
        model.check().map_err(|error| ModelError::damaged(error.to_string()))?;
        Ok(model)
    }

    /// Whether the parts fit each other.
    fn check(&self) -> Result<(), ModelError> {
        let wrong = |what: String| Err(ModelError::Input(what));
        let sizes: Vec<_> = self.plan.layers.iter().map(|layer| &layer.pattern.structure).collect();
        if sizes.is_empty() || self.weights.len() != sizes.len() {
            return wrong(format!("{} layers have weights of {}", sizes.len(), self.weights.len()));
        }
        if let Some(pair) = sizes.windows(2).find(|pair| pair[0].out_features != pair[1].in_features) {
            return wrong(format!(
                "a layer of {} outputs is followed by one of {} inputs",
                pair[0].out_features, pair[1].in_features
            ));
        }
        if self.labels.len() != self.plan.num_outputs() {
            return wrong(format!(
                "there are {} labels for {} outputs",
                self.labels.len(),
                self.plan.num_outputs()
            ));
        }
        let inputs = self.plan.num_inputs();
        if self.normaliser.mean.len() != inputs || self.normaliser.inv_std.len() != inputs {
            return wrong(format!(
                "the normalisation is of {} and {} values for {inputs} inputs",
                self.normaliser.mean.len(),
                self.normaliser.inv_std.len()
            ));
        }
        let exponents = &self.activation_exponents;
        if !exponents.is_empty() && exponents.len() != sizes.len() {
            return wrong(format!("{} layers have activation scales of {}", sizes.len(), exponents.len()));
        }
        if let Some(exponent) = exponents.iter().find(|exponent| !EXPONENTS.contains(exponent)) {
            return wrong(format!("a scale of 2^{exponent} is no scale of activations"));
        }
        for (layer, weights) in self.plan.layers.iter().zip(&self.weights) {
            let layout = PackedLayout::of(&layer.pattern);
            if weights.blocks.len() != layout.packed_len() || weights.bias.len() != layout.out_features() {
                return wrong(format!(
                    "{} has {} weights and {} biases, but its pattern takes {} and {}",
                    layer.name,
                    weights.blocks.len(),
                    weights.bias.len(),
                    layout.packed_len(),
                    layout.out_features()
                ));
            }
        }
        Ok(())
    }
}

fn read_layer(
    tensors: &SafeTensors<'_>,
    index: usize,
    entry: LayerEntry,
) -> Result<(LayerPlan, LayerWeights), ModelError> {
    if !matches!(entry.weight_bits, 1..=16 | 32) {
        return Err(ModelError::damaged(format!("layer {index} has weights of {} bits", entry.weight_bits)));
    }
    if !matches!(entry.activation_bits, 4..=16 | FLOAT_BITS) {
        return Err(ModelError::damaged(format!(
            "layer {index} has activations of {} bits",
            entry.activation_bits
        )));
    }
    let kept = (0..entry.structure.levels.len())
        .map(|level| read_kept(tensors, &format!("layers.{index}.kept.{level}")))
        .collect::<Result<Vec<_>, _>>()?;
    let pattern = Pattern::from_kept(entry.structure, kept)
        .map_err(|error| ModelError::damaged(format!("layer {index}: {error}")))?;
    let weights = LayerWeights {
        blocks: read_floats(tensors, &format!("layers.{index}.blocks"))?,
        bias: read_floats(tensors, &format!("layers.{index}.bias"))?,
    };
    let layer = LayerPlan {
        name: entry.name,
        pattern: Arc::new(pattern),
        weight_bits: entry.weight_bits,
        quantiser: entry.quantiser,
        activation_bits: entry.activation_bits,
    };
    Ok((layer, weights))
}

fn read_words<'a>(
    tensors: &'a SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
) -> Result<Vec<[u8; 4]>, ModelError> {
    let tensor: TensorView<'a> =
        tensors.tensor(name).map_err(|_| ModelError::damaged(format!("it has no tensor `{name}`")))?;
    if tensor.dtype() != dtype {
        return Err(ModelError::damaged(format!(
            "tensor `{name}` holds {:?} instead of {dtype:?}",
            tensor.dtype()
        )));
    }
    Ok(tensor.data().as_chunks::<4>().0.to_vec())
}

fn read_floats(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, ModelError> {
    let values: Vec<f32> =
        read_words(tensors, name, Dtype::F32)?.into_iter().map(f32::from_le_bytes).collect();
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err(ModelError::damaged(format!("tensor `{name}` holds numbers that are not finite"))),
    }
}

fn read_kept(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<(u32, u32)>, ModelError> {
    let words: Vec<u32> =
        read_words(tensors, name, Dtype::U32)?.into_iter().map(u32::from_le_bytes).collect();
    Ok(words.as_chunks::<2>().0.iter().map(|&[row, col]| (row, col)).collect())
}

//! A packed file as a whole.

use super::header::{FIXED_LEN, Header, LayerHeader, Prefix, damaged};
use super::payload::{LayerReader, write_layer};
use super::unsuitable;
use crate::export::bits::{BitReader, BitWriter};
use crate::export::{ExportError, Format, IndexStorage, integer_network};
use crate::features::Normaliser;
use crate::fixed::{FixedLayer, FixedNetwork};
use crate::model::{LayerPlan, LayerWeights, NetworkPlan, StoredModel};
use crate::quant::WeightQuantiser;
use crate::settings::{Config, FeatureConfig, Quantiser};
use crate::sparse::Pattern;

/// Bytes of the checksum.
const CHECKSUM_LEN: usize = 4;

/// What a packed file holds: everything from sound to scores.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedModel {
    /// The network in integers.
    pub network: FixedNetwork,
    /// Labels, in the order of the outputs.
    pub labels: Vec<String>,
    /// Normalisation of the inputs.
    pub normaliser: Normaliser,
    /// The front end.
    pub features: FeatureConfig,
}

/// The bytes of a packed file, and how many are what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// Bytes before the payload.
    pub header_len: usize,
    /// Bytes of the header that are the normalisation.
    pub normalisation_len: usize,
    /// Bits of the payload.
    pub payload_bits: u64,
}

impl PackedModel {
    /// What a packed file holds of a model.
    ///
    /// # Errors
    /// The model is not an integer network.
    pub fn of(model: &StoredModel) -> Result<Self, ExportError> {
        Ok(Self {
            network: integer_network(model, Format::Blocks)?,
            labels: model.labels.clone(),
            normaliser: model.normaliser.clone(),
            features: model.config.features.clone(),
        })
    }

    /// The model as `model.safetensors` would hold it: weights are the values of their codes, settings that a packed file
    /// does not hold have their defaults. Its integer network is this one, to the bit.
    ///
    /// # Errors
    /// The rule that fits a scale to weights would give these another scale, as where every code is even.
    pub fn to_stored(&self) -> Result<StoredModel, ExportError> {
        let layers = self.network.layers();
        let model = StoredModel {
            config: self.config(),
            labels: self.labels.clone(),
            normaliser: self.normaliser.clone(),
            plan: NetworkPlan { layers: layers.iter().map(plan_of).collect(), dropout: 0.0 },
            weights: layers.iter().map(weights_of).collect(),
            activation_exponents: layers.iter().map(|layer| layer.input().exponent).collect(),
        };
        match FixedNetwork::of(&model)? {
            Some(network) if network == self.network => Ok(model),
            _ => Err(unsuitable(
                "this packed network has scales that training would not choose, so only the integer engine can run it; use the model that it was exported from",
            )),
        }
    }

    fn config(&self) -> Config {
        let mut config = Config { features: self.features.clone(), ..Config::default() };
        let layers = self.network.layers();
        config.data.words = self.labels.iter().skip(2).cloned().collect();
        config.model.dropout = 0.0;
        let hidden = layers.split_last().map_or(&[][..], |(_, hidden)| hidden);
        config.model.hidden = hidden.iter().map(|layer| layer.layout().out_features()).collect();
        if let Some(first) = layers.first() {
            config.quant.weight_bits = first.codes().quantiser.bits();
            config.quant.quantiser = rule_of(first);
            config.quant.activation_bits = first.input().bits;
        }
        config
    }
}

fn rule_of(layer: &FixedLayer) -> Quantiser {
    match layer.codes().quantiser {
        WeightQuantiser::Published { .. } => Quantiser::Published,
        WeightQuantiser::PowerOfTwo { .. } | WeightQuantiser::Float => Quantiser::PowerOfTwo,
    }
}

fn plan_of(layer: &FixedLayer) -> LayerPlan {
    LayerPlan {
        name: layer.name().to_owned(),
        pattern: layer.pattern().clone(),
        weight_bits: layer.codes().quantiser.bits(),
        quantiser: rule_of(layer),
        activation_bits: layer.input().bits,
    }
}

fn weights_of(layer: &FixedLayer) -> LayerWeights {
    let unit = f64::from(layer.accumulator().exponent).exp2();
    LayerWeights {
        blocks: layer.codes().values(),
        bias: layer.bias().iter().map(|&bias| (bias as f64 * unit) as f32).collect(),
    }
}

/// Packs a model, and reads it back.
///
/// # Errors
/// A pattern is not one of its selection rule, or with [`IndexStorage::Seed`] not that of its seed; what is read back is
/// not the model.
pub fn write(model: &PackedModel, index: IndexStorage) -> Result<PackedFile, ExportError> {
    let layers = model.network.layers();
    if index == IndexStorage::Seed {
        check_seeds(layers)?;
    }
    let mut writer = BitWriter::default();
    for layer in layers {
        write_layer(layer, index, &mut writer).ok_or_else(|| {
            unsuitable(format!(
                "the kept blocks of layer `{}` are not as many per row as its selection rule keeps; draw its pattern anew",
                layer.name()
            ))
        })?;
    }
    let header = Header {
        features: model.features.clone(),
        labels: model.labels.clone(),
        layers: layers.iter().map(LayerHeader::of).collect(),
        normaliser: model.normaliser.clone(),
    };
    let payload_bits = writer.num_bits();
    let too_long = || unsuitable("a name, a label or the network is longer than the format allows");
    let (rest, normalisation_len) = header.to_bytes().ok_or_else(too_long)?;
    let prefix = Prefix { index, header_len: FIXED_LEN + rest.len(), payload_bits };
    let mut bytes = prefix.to_bytes().ok_or_else(too_long)?;
    bytes.extend(rest);
    bytes.extend(writer.into_bytes());
    bytes.extend(checksum(&bytes));
    check(model, &bytes)?;
    Ok(PackedFile { bytes, header_len: prefix.header_len, normalisation_len, payload_bits })
}

/// Whether the patterns are those that a reader will draw.
fn check_seeds(layers: &[FixedLayer]) -> Result<(), ExportError> {
    let mut live: Option<Vec<bool>> = None;
    for layer in layers {
        let pattern = layer.pattern();
        let drawn = Pattern::draw(pattern.structure.clone(), live.as_deref());
        if !drawn.is_ok_and(|drawn| drawn == **pattern) {
            return Err(unsuitable(format!(
                "the kept blocks of layer `{}` are not the ones that its seed draws; export it with its block index",
                layer.name()
            )));
        }
        live = Some(pattern.connectivity(live.as_deref()).live_outputs);
    }
    Ok(())
}

/// Whether what is read back is the model.
fn check(model: &PackedModel, bytes: &[u8]) -> Result<(), ExportError> {
    let reason = match read(bytes) {
        Ok(read) if read == *model => return Ok(()),
        Ok(_) => "what is read back differs".into(),
        Err(error) => error.to_string(),
    };
    Err(unsuitable(format!("this model cannot be packed so that it comes back exactly: {reason}")))
}

/// Reads and checks a packed file.
///
/// # Errors
/// [`ExportError::Damaged`] where a byte is not as it was written.
pub fn read(bytes: &[u8]) -> Result<PackedModel, ExportError> {
    let Prefix { index, header_len, payload_bits } = Prefix::read(bytes)?;
    let payload_len = usize::try_from(payload_bits.div_ceil(8)).ok();
    let whole = payload_len.and_then(|len| len.checked_add(header_len)?.checked_add(CHECKSUM_LEN));
    if header_len < FIXED_LEN || whole != Some(bytes.len()) {
        return damaged(format!("it has {} bytes, which is not what its header says", bytes.len()));
    }
    let (content, sum) = bytes.split_at(bytes.len() - CHECKSUM_LEN);
    if checksum(content) != sum {
        return damaged("its checksum is wrong");
    }
    let (header, payload) = content.split_at(header_len);
    let header = Header::read(&header[FIXED_LEN..])?;
    let Some(reader) = BitReader::new(payload, payload_bits) else {
        return damaged("its last byte is not filled up with zeros");
    };
    let mut reader = LayerReader::new(reader, index, bytes.len());
    let outputs = header.layers.iter().skip(1).map(|layer| Some(layer.input)).chain([None]);
    let layers = header
        .layers
        .iter()
        .zip(outputs)
        .map(|(layer, output)| reader.read_layer(layer, output))
        .collect::<Result<Vec<_>, _>>()?;
    if !reader.is_over() {
        return damaged("it goes on behind its last layer");
    }
    Ok(PackedModel {
        network: FixedNetwork::from_layers(layers)?,
        labels: header.labels,
        normaliser: header.normaliser,
        features: header.features,
    })
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

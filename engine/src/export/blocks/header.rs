//! What comes before the payload: see the [module](super) for the bytes.

use super::bytes::{ByteReader, push_text};
use super::normalisation::{read_normaliser, write_normaliser};
use crate::export::{ExportError, IndexStorage};
use crate::features::Normaliser;
use crate::fixed::{ACTIVATION_BITS, ActivationFormat, EXPONENTS, FixedLayer};
use crate::quant::WeightQuantiser;
use crate::settings::{Config, FeatureConfig, Selection};
use crate::sparse::{LayerStructure, Level};

/// First bytes of every packed file; like those of a PNG they show damage by text tools at once.
pub const MAGIC: [u8; 8] = *b"\x89CGS\r\n\x1a\n";
/// Version of the format.
pub const VERSION: u16 = 1;
/// Bytes of the part of fixed length.
pub const FIXED_LEN: usize = 24;

/// Bit of the flags that says that patterns are drawn from their seeds.
const SEED_FLAG: u16 = 1;
/// Most inputs or outputs of a layer, and largest block size: their products cannot overflow.
const MAX_UNITS: usize = 1 << 24;
/// Exponents of weights whose step is a normal number.
const WEIGHT_EXPONENTS: std::ops::RangeInclusive<i32> = -126..=127;
/// Exponents of steps behind the first layer, which follow from those of sums: all that double precision has exactly.
const HIDDEN_EXPONENTS: std::ops::RangeInclusive<i32> = -1000..=1000;

/// The part of fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// Where patterns come from.
    pub index: IndexStorage,
    /// Bytes before the payload.
    pub header_len: usize,
    /// Bits of the payload.
    pub payload_bits: u64,
}

/// The rest of the header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// The front end.
    pub features: FeatureConfig,
    /// Labels, in the order of the outputs.
    pub labels: Vec<String>,
    /// Layers, first to last.
    pub layers: Vec<LayerHeader>,
    /// Normalisation of the inputs.
    pub normaliser: Normaliser,
}

/// What the header says of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerHeader {
    /// Its name.
    pub name: String,
    /// Dimensions, levels, selection and seed.
    pub structure: LayerStructure,
    /// Rule from weights to codes.
    pub quantiser: WeightQuantiser,
    /// Format of what it reads.
    pub input: ActivationFormat,
    /// Bits of its sums and biases.
    pub accumulator_bits: u32,
}

impl Prefix {
    /// The bytes.
    pub fn to_bytes(self) -> Option<Vec<u8>> {
        let flags = if self.index == IndexStorage::Seed { SEED_FLAG } else { 0 };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(flags.to_le_bytes());
        bytes.extend(u32::try_from(self.header_len).ok()?.to_le_bytes());
        bytes.extend(self.payload_bits.to_le_bytes());
        Some(bytes)
    }

    /// From the first bytes of a file.
    pub fn read(bytes: &[u8]) -> Result<Self, ExportError> {
        if !bytes.starts_with(&MAGIC) {
            return damaged("it was not written by Coarsegrain Workbench, or was changed on its way");
        }
        let mut reader = ByteReader::new(&bytes[MAGIC.len()..]);
        let version = reader.u16()?;
        if version != VERSION {
            return damaged(format!(
                "it has version {version} of the format, but this program reads version {VERSION}"
            ));
        }
        let index = match reader.u16()? {
            0 => IndexStorage::Stored,
            SEED_FLAG => IndexStorage::Seed,
            flags => return damaged(format!("its flags {flags:#06x} are unknown")),
        };
        let header_len = reader.count()?;
        Ok(Self { index, header_len, payload_bits: u64::from_le_bytes(reader.array()?) })
    }
}

impl Header {
    /// The bytes behind the prefix, and how many of them are the normalisation; `None` where a text or a number is too
    /// long for its field.
    pub fn to_bytes(&self) -> Option<(Vec<u8>, usize)> {
        let mut bytes = Vec::new();
        // No value holds a space, so what is left is still TOML.
        let features = toml::to_string(&self.features).ok()?.replace(' ', "");
        push_text(&mut bytes, &features)?;
        bytes.extend(u16::try_from(self.labels.len()).ok()?.to_le_bytes());
        for label in &self.labels {
            push_text(&mut bytes, label)?;
        }
        bytes.extend(u16::try_from(self.layers.len()).ok()?.to_le_bytes());
        for layer in &self.layers {
            layer.push_to(&mut bytes)?;
        }
        let normaliser = write_normaliser(&self.normaliser, coefs_per_frame(self));
        bytes.extend(&normaliser);
        Some((bytes, normaliser.len()))
    }

    /// From the bytes behind the prefix, all of them.
    pub fn read(bytes: &[u8]) -> Result<Self, ExportError> {
        let mut reader = ByteReader::new(bytes);
        let features = read_features(&reader.text()?)?;
        let num_labels = reader.u16()?;
        let labels = (0..num_labels).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
        let num_layers = reader.u16()?;
        let layers = (0..num_layers)
            .map(|index| LayerHeader::read(&mut reader, index == 0))
            .collect::<Result<Vec<_>, _>>()?;
        let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
            return damaged("it has no layers");
        };
        let next_fits =
            |pair: &[LayerHeader]| pair[0].structure.out_features == pair[1].structure.in_features;
        if !layers.windows(2).all(next_fits) {
            return damaged("a layer does not give what the next one reads");
        }
        if labels.len() != last.structure.out_features {
            return damaged(format!(
                "it has {} labels for {} outputs",
                labels.len(),
                last.structure.out_features
            ));
        }
        let normaliser = read_normaliser(reader.take(reader.num_left())?, first.structure.in_features)?;
        Ok(Self { features, labels, layers, normaliser })
    }
}

/// How far apart the inputs are that hold the same coefficient.
fn coefs_per_frame(header: &Header) -> usize {
    let (num_inputs, num_frames) = (header.normaliser.num_inputs(), header.features.num_frames);
    match num_frames > 0 && num_inputs.is_multiple_of(num_frames) {
        true => num_inputs / num_frames,
        false => 1,
    }
}

/// Every value is checked as one of `config.toml` is.
fn read_features(text: &str) -> Result<FeatureConfig, ExportError> {
    let config = Config::from_toml(&format!("[features]\n{text}"))
        .map_err(|error| ExportError::Damaged(format!("its front end does not hold: {error}")))?;
    Ok(config.features)
}

impl LayerHeader {
    /// What the header says of `layer`.
    pub fn of(layer: &FixedLayer) -> Self {
        Self {
            name: layer.name().to_owned(),
            structure: layer.pattern().structure.clone(),
            quantiser: layer.codes().quantiser,
            input: layer.input(),
            accumulator_bits: layer.accumulator().bits,
        }
    }

    fn push_to(&self, bytes: &mut Vec<u8>) -> Option<()> {
        let LayerStructure { out_features, in_features, levels, selection, seed } = &self.structure;
        push_text(bytes, &self.name)?;
        bytes.extend(u32::try_from(*out_features).ok()?.to_le_bytes());
        bytes.extend(u32::try_from(*in_features).ok()?.to_le_bytes());
        bytes.push(match selection {
            Selection::Balanced => 0,
            Selection::Connected => 1,
            Selection::Independent => 2,
        });
        bytes.push(u8::try_from(levels.len()).ok()?);
        for level in levels {
            bytes.extend(u32::try_from(level.block).ok()?.to_le_bytes());
            bytes.extend(level.drop.to_le_bytes());
        }
        bytes.extend(seed.to_le_bytes());
        let (rule, weight_exponent) = match self.quantiser {
            WeightQuantiser::PowerOfTwo { exponent, .. } => (0, exponent),
            WeightQuantiser::Published { .. } => (1, 0),
            WeightQuantiser::Float => return None,
        };
        bytes.extend([rule, self.quantiser.bits() as u8]);
        bytes.extend(i16::try_from(weight_exponent).ok()?.to_le_bytes());
        bytes.push(self.input.bits as u8);
        bytes.extend(i16::try_from(self.input.exponent).ok()?.to_le_bytes());
        bytes.push(self.accumulator_bits as u8);
        Some(())
    }

    fn read(reader: &mut ByteReader<'_>, is_first: bool) -> Result<Self, ExportError> {
        let name = reader.text()?;
        let wrong = |what: &str| ExportError::Damaged(format!("{what} of layer `{name}` does not hold"));
        let structure = read_structure(reader)?.ok_or_else(|| wrong("the size"))?;
        let (rule, bits) = (reader.byte()?, u32::from(reader.byte()?));
        let exponent = i32::from(i16::from_le_bytes(reader.array()?));
        let quantiser = match rule {
            0 if WEIGHT_EXPONENTS.contains(&exponent) => WeightQuantiser::PowerOfTwo { bits, exponent },
            1 if exponent == 0 => WeightQuantiser::Published { bits },
            _ => return Err(wrong("the quantiser")),
        };
        let input_bits = u32::from(reader.byte()?);
        let input_exponent = i32::from(i16::from_le_bytes(reader.array()?));
        let input = ActivationFormat { bits: input_bits, exponent: input_exponent, is_signed: is_first };
        if !(1..=16).contains(&bits) || !ACTIVATION_BITS.contains(&input_bits) {
            return Err(wrong("the width"));
        }
        let exponents = if is_first { EXPONENTS } else { HIDDEN_EXPONENTS };
        if !exponents.contains(&input_exponent) {
            return Err(wrong("the scale"));
        }
        let accumulator_bits = u32::from(reader.byte()?);
        if !(2..=64).contains(&accumulator_bits) {
            return Err(wrong("the accumulator"));
        }
        Ok(Self { structure, quantiser, input, accumulator_bits, name })
    }
}

/// `None` where a size cannot be met.
fn read_structure(reader: &mut ByteReader<'_>) -> Result<Option<LayerStructure>, ExportError> {
    let (out_features, in_features) = (reader.count()?, reader.count()?);
    let selection = match reader.byte()? {
        0 => Selection::Balanced,
        1 => Selection::Connected,
        2 => Selection::Independent,
        _ => return Ok(None),
    };
    let num_levels = reader.byte()?;
    let level = |_| Ok(Level { block: reader.count()?, drop: f64::from_le_bytes(reader.array()?) });
    let levels = (0..num_levels).map(level).collect::<Result<Vec<_>, ExportError>>()?;
    let seed = u64::from_le_bytes(reader.array()?);
    let largest = levels.iter().map(|level| level.block).chain([out_features, in_features]).max();
    let structure = LayerStructure { out_features, in_features, levels, selection, seed };
    let holds = largest.is_some_and(|largest| largest <= MAX_UNITS) && structure.check().is_ok();
    Ok(holds.then_some(structure))
}

/// A packed file that cannot be read.
pub fn damaged<T>(reason: impl Into<String>) -> Result<T, ExportError> {
    Err(ExportError::Damaged(reason.into()))
}

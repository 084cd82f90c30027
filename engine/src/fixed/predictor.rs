//! Fast inference in integers, and the choice of what a model ships.

use super::kernels::{BytePanels, FinishTask, INPUT_PADDING, finish_codes, multiply_bytes};
use super::{FixedLayer, FixedNetwork};
use crate::model::{ModelError, Predictor, StoredModel, softmax};
use crate::sparse::{Instructions, Loop};

/// An integer network ready to score inputs, one by one: the bits of [`FixedNetwork::reference`]. Layers of codes up to 8 bits
/// are computed on bytes, without allocation.
#[derive(Debug, Clone)]
pub struct FixedPredictor {
    network: FixedNetwork,
    layers: Vec<FastLayer>,
    instructions: Instructions,
    scratch: Scratch,
}

/// Codes and sums of one sample.
#[derive(Debug, Clone, Default)]
struct Scratch {
    /// What the next layer reads, where that fits into bytes.
    bytes: Vec<u8>,
    /// What the next layer reads, where it does not.
    words: Vec<i32>,
    sums: Vec<i32>,
    /// Sums of the last layer.
    outputs: Vec<i64>,
}

/// Most bits of codes that are kept in bytes.
const BYTE_BITS: u32 = 8;

/// How a layer is computed.
#[derive(Debug, Clone)]
enum FastLayer {
    /// Weights and activations fit into bytes, sums into 32 bits.
    Bytes { panels: BytePanels, offsets: Vec<i32> },
    /// Whatever its widths are.
    Wide,
}

/// What is added to codes below zero so that they become bytes without a sign.
const SIGN_OFFSET: i32 = 128;

impl FastLayer {
    fn of(layer: &FixedLayer) -> Self {
        let is_narrow = layer.input().bits <= BYTE_BITS
            && layer.output().is_none_or(|output| output.bits <= BYTE_BITS)
            && layer.accumulator().bits <= 32;
        let panels = match is_narrow {
            true => BytePanels::new(layer.layout(), &layer.codes().levels),
            false => None,
        };
        match panels {
            Some(panels) => Self::Bytes { panels, offsets: offsets(layer) },
            None => Self::Wide,
        }
    }
}

/// Bias and rounding of each output, less what signed inputs are shifted by.
fn offsets(layer: &FixedLayer) -> Vec<i32> {
    let shift = layer.shift();
    let half = if shift == 0 { 0 } else { 1i64 << (shift - 1) };
    let mut offsets: Vec<i64> = layer.bias().iter().map(|bias| bias + half).collect();
    if layer.input().is_signed {
        let layout = layer.layout();
        for (index, place) in layout.blocks().enumerate() {
            for row in 0..place.rows {
                let first = index * layout.block_len() + row * layout.block_width();
                let sum: i32 = layer.codes().levels[first..first + place.cols].iter().sum();
                offsets[place.row + row] -= i64::from(SIGN_OFFSET) * i64::from(sum);
            }
        }
    }
    // Sums wrap around, and come back into range with the last term.
    offsets.into_iter().map(|offset| offset as i32).collect()
}

impl FixedPredictor {
    /// A predictor of a network, with the fastest instructions there are.
    pub fn new(network: FixedNetwork) -> Self {
        Self::with_instructions(network, Instructions::best())
    }

    /// Like [`FixedPredictor::new`], with given instructions.
    pub fn with_instructions(network: FixedNetwork, instructions: Instructions) -> Self {
        let layers = network.layers().iter().map(FastLayer::of).collect();
        Self { network, layers, instructions, scratch: Scratch::default() }
    }

    /// The network in integers.
    pub fn network(&self) -> &FixedNetwork {
        &self.network
    }

    /// Logits of one normalised input: the sums of the last layer times [`FixedNetwork::output_step`]. NaN counts as 0.
    ///
    /// # Errors
    /// A slice has the wrong length.
    pub fn logits(&mut self, input: &[f32], logits: &mut [f32]) -> Result<(), ModelError> {
        let step = self.network.output_step();
        let sums = self.outputs(input)?;
        if sums.len() != logits.len() {
            return Err(ModelError::Input(format!(
                "the network gives {} scores, not {}",
                sums.len(),
                logits.len()
            )));
        }
        for (logit, &sum) in logits.iter_mut().zip(sums) {
            *logit = (sum as f64 * step) as f32;
        }
        Ok(())
    }

    /// Sums of the last layer for one normalised input.
    ///
    /// # Errors
    /// The input has the wrong length.
    pub fn outputs(&mut self, input: &[f32]) -> Result<&[i64], ModelError> {
        if input.len() != self.network.num_inputs() {
            return Err(ModelError::Input(format!(
                "an input has {} values, not {}",
                self.network.num_inputs(),
                input.len()
            )));
        }
        for (index, (layer, fast)) in self.network.layers().iter().zip(&self.layers).enumerate() {
            let input = (index == 0).then_some(input);
            match fast {
                FastLayer::Bytes { panels, offsets } => {
                    self.scratch.byte_layer(self.instructions, layer, (panels, offsets), input);
                }
                FastLayer::Wide => self.scratch.wide_layer(layer, input),
            }
        }
        Ok(&self.scratch.outputs)
    }
}

impl Scratch {
    /// Computes a layer on bytes; `input` is what the first one reads.
    fn byte_layer(
        &mut self,
        instructions: Instructions,
        layer: &FixedLayer,
        (panels, offsets): (&BytePanels, &[i32]),
        input: Option<&[f32]>,
    ) {
        let Self { bytes, sums, outputs, .. } = self;
        bytes.resize(panels.in_features() + INPUT_PADDING, 0);
        if let Some(input) = input {
            byte_codes(instructions, layer, input, bytes);
        }
        sums.resize(panels.out_features(), 0);
        multiply_bytes(instructions, panels, bytes, sums);
        match layer.output() {
            Some(output) => {
                bytes.resize(sums.len(), 0);
                let task = FinishTask { offsets, shift: layer.shift(), max_code: output.max_code() };
                finish_codes(instructions, &task, sums, bytes);
            }
            None => {
                let sums = sums.iter().zip(offsets);
                outputs.clear();
                outputs.extend(sums.map(|(sum, offset)| i64::from(sum.wrapping_add(*offset))));
            }
        }
    }

    /// Computes a layer by its definition; `input` is what the first one reads.
    fn wide_layer(&mut self, layer: &FixedLayer, input: Option<&[f32]>) {
        let Self { bytes, words, outputs, .. } = self;
        if let Some(input) = input {
            words.clear();
            words.extend(input.iter().map(|&value| layer.input().code(value)));
        } else if layer.input().bits <= BYTE_BITS {
            words.clear();
            words.extend(bytes[..layer.layout().in_features()].iter().map(|&code| i32::from(code)));
        }
        *outputs = layer.reference(words);
        match layer.output() {
            Some(output) if output.bits <= BYTE_BITS => {
                bytes.clear();
                bytes.extend(outputs.iter().map(|&code| code as u8));
            }
            _ => {
                words.clear();
                words.extend(outputs.iter().map(|&code| code as i32));
            }
        }
    }
}

/// Codes of a normalised input, as bytes.
fn byte_codes(instructions: Instructions, layer: &FixedLayer, input: &[f32], bytes: &mut [u8]) {
    let format = layer.input();
    let offset = if format.is_signed { SIGN_OFFSET } else { 0 };
    let (low, high) = (format.min_code() as f32, format.max_code() as f32);
    // A power of two within the range of normal numbers.
    let inverse_step = (1.0 / format.step()) as f32;
    instructions.run_loop(InputCodes { input, inverse_step, low, high, offset, bytes });
}

/// [`super::ActivationFormat::code`] of many values.
struct InputCodes<'a> {
    input: &'a [f32],
    inverse_step: f32,
    low: f32,
    high: f32,
    offset: i32,
    bytes: &'a mut [u8],
}

impl Loop for InputCodes<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (byte, &value) in self.bytes.iter_mut().zip(self.input) {
            let value = if value.is_nan() { 0.0 } else { value };
            let place = (value * self.inverse_step).max(self.low).min(self.high);
            // The nearest whole number, halves up, without a sum that could round: what is cut off is exact.
            let towards_zero = place as i32;
            let rest = place - towards_zero as f32;
            let code = towards_zero + i32::from(rest >= 0.5) - i32::from(rest < -0.5);
            *byte = (code + self.offset) as u8;
        }
    }
}

/// What a model ships: the integer network where its weights and activations are fixed point, floating point otherwise.
///
/// Evaluation, detection and exports all go through this, so the accuracy that is quoted is the accuracy of those bits.
#[derive(Debug, Clone)]
pub enum ShippedPredictor {
    /// Floating-point activations; weights are the values of their codes.
    Float(Predictor),
    /// Integers throughout.
    Fixed(FixedPredictor),
}

impl ShippedPredictor {
    /// What `model` ships.
    ///
    /// # Errors
    /// The model's parts do not fit each other.
    pub fn of(model: &StoredModel) -> Result<Self, ModelError> {
        Ok(match FixedNetwork::of(model)? {
            Some(network) => Self::Fixed(FixedPredictor::new(network)),
            None => Self::Float(model.predictor()?),
        })
    }

    /// Whether it computes in integers.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// Values of one input.
    pub fn num_inputs(&self) -> usize {
        match self {
            Self::Float(predictor) => predictor.num_inputs(),
            Self::Fixed(predictor) => predictor.network.num_inputs(),
        }
    }

    /// Scores of one input.
    pub fn num_outputs(&self) -> usize {
        match self {
            Self::Float(predictor) => predictor.num_outputs(),
            Self::Fixed(predictor) => predictor.network.num_outputs(),
        }
    }

    /// Probabilities of normalised inputs, row by row: see [`Predictor::predict`].
    ///
    /// # Errors
    /// The lengths do not fit each other.
    pub fn predict(&mut self, inputs: &[f32], scores: &mut [f32]) -> Result<(), ModelError> {
        let (num_inputs, num_outputs) = (self.num_inputs(), self.num_outputs());
        match self {
            Self::Float(predictor) => predictor.predict(inputs, scores),
            Self::Fixed(predictor) => {
                if inputs.len() * num_outputs != scores.len() * num_inputs {
                    return Err(ModelError::Input(format!(
                        "inputs come in rows of {num_inputs} and scores in rows of {num_outputs}, as many of each; found {} and {} values",
                        inputs.len(),
                        scores.len()
                    )));
                }
                let rows = inputs.chunks(num_inputs).zip(scores.chunks_mut(num_outputs));
                for (input, scores) in rows {
                    predictor.logits(input, scores)?;
                    softmax(scores);
                }
                Ok(())
            }
        }
    }
}

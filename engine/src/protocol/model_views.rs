//! Snapshots of models as integers: at other bits, and as files.

use std::sync::Arc;

use super::{ExportOrder, ModelSource, Progress, RoundOrder};
use crate::evaluate::BitsPoint;
use crate::export::Exported;
use crate::fixed::MagnitudeHistogram;
use crate::memory::MemoryBits;
use crate::runs::RunId;

/// Runs at other bits: measured, and kept.
#[derive(Debug, Clone, Default)]
pub struct BitsView {
    /// The run that is being measured, and how far it has come.
    pub measuring: Option<(RunId, Progress)>,
    /// What was measured, newest last; a handful of runs.
    pub measured: Vec<Arc<RunBits>>,
    /// The run whose latest measurement failed, and why.
    pub failure: Option<(RunId, String)>,
    /// The run that is being made by rounding, and how far it has come.
    pub rounding: Option<(RoundOrder, Progress)>,
    /// The latest rounding, where it failed, and why.
    pub rounding_failure: Option<(RoundOrder, String)>,
}

/// A run at other bits than it was trained with.
#[derive(Debug, Clone, PartialEq)]
pub struct RunBits {
    /// Which run.
    pub run: RunId,
    /// The run as it is shipped.
    pub own: BitsPoint,
    /// Whether it is shipped as an integer network.
    pub is_integer: bool,
    /// The same weights in floating point throughout.
    pub float: BitsPoint,
    /// Fewer and more weight bits, ascending, all at the same activation bits.
    pub by_weight_bits: Vec<BitsPoint>,
    /// Fewer and more activation bits, ascending, all at the same weight bits.
    pub by_activation_bits: Vec<BitsPoint>,
    /// Clips of the validation split.
    pub num_clips: usize,
    /// Layer by layer, how numbers fill their codes.
    pub layers: Vec<LayerNumbers>,
    /// What a person should know, such as that the dataset is another one than in training.
    pub notes: Vec<String>,
}

/// The numbers of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNumbers {
    /// Its name.
    pub name: String,
    /// Its kept weights, before they are rounded.
    pub weights: Numbers,
    /// What it reads, over training clips.
    pub activations: Numbers,
}

/// Many numbers, and the codes that hold them.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// How often each magnitude occurs, above zero and below it.
    pub histogram: MagnitudeHistogram,
    /// The codes; absent where the numbers stay in floating point.
    pub codes: Option<CodeRange>,
}

/// The codes of a fixed-point number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CodeRange {
    /// Width of a code.
    pub bits: u32,
    /// Value of one step.
    pub step: f64,
    /// Largest magnitude that has a code; where codes have a sign, it may be that of the lowest code alone.
    pub largest: f64,
    /// Share of the numbers above the highest or below the lowest code by more than half a step, 0 to 1: they are clipped.
    pub clipped_share: f64,
    /// Share of the numbers that are not zero, but nearer to it than to any other code, 0 to 1: they become zero.
    pub lost_share: f64,
}

/// The model to be exported, and what was exported.
#[derive(Debug, Clone, Default)]
pub struct ExportView {
    /// The model of the latest [`super::Command::DescribeModel`].
    pub model: Option<Arc<ModelView>>,
    /// What is being written.
    pub writing: Option<ExportOrder>,
    /// What is to be written after that, in this order.
    pub waiting: Vec<ExportOrder>,
    /// The latest export of each model and format, oldest first; a few dozen.
    pub done: Vec<Arc<ExportOutcome>>,
}

/// What came of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportOutcome {
    /// What was asked for.
    pub order: ExportOrder,
    /// The bill that it is held against, see [`crate::export::ExportOptions::bill`]; zeros where the model was not read.
    pub bill: MemoryBits,
    /// The files, or one sentence why there are none and what to do.
    pub result: Result<Exported, String>,
}

/// A model, as it can leave the workbench.
#[derive(Debug, Clone)]
pub struct ModelView {
    /// Which model.
    pub source: ModelSource,
    /// What it is, or one sentence why it cannot be read and what to do.
    pub facts: Result<ModelFacts, String>,
}

/// What a model is.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFacts {
    /// Its name.
    pub name: String,
    /// Its memory bill.
    pub bits: MemoryBits,
    /// Multiply-accumulates of one inference.
    pub macs: u64,
    /// Why it cannot be exported as integers, and what to do; empty where it can.
    pub float_reason: String,
    /// Layer by layer.
    pub layers: Vec<ModelLayer>,
}

impl ModelFacts {
    /// Whether it is shipped as an integer network.
    pub fn is_integer(&self) -> bool {
        self.float_reason.is_empty()
    }
}

/// One layer of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLayer {
    /// Its name.
    pub name: String,
    /// Outputs.
    pub out_features: usize,
    /// Inputs.
    pub in_features: usize,
    /// Weights inside kept blocks.
    pub kept_weights: u64,
    /// Weight bits; 32 is floating point.
    pub weight_bits: u32,
    /// Bits of what it reads; 32 is floating point.
    pub activation_bits: u32,
    /// Its integer arithmetic; absent where the model computes in floating point.
    pub integers: Option<LayerIntegers>,
}

/// Integer arithmetic of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerIntegers {
    /// Binary logarithm of the value of one weight level.
    pub weight_exponent: i32,
    /// Binary logarithm of the value of one step of what it reads.
    pub input_exponent: i32,
    /// Bits of its accumulator.
    pub accumulator_bits: u32,
    /// Places that a sum is shifted down by; absent for the output layer, which gives its sums.
    pub shift: Option<u32>,
}

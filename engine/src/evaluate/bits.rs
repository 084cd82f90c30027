//! Other widths for a trained network: calibration on training clips, and accuracy against bits.

use std::sync::atomic::Ordering;

use super::significance::Paired;
use super::{EvaluateError, score};
use crate::dataset::{ComputeOptions, Dataset, DatasetError, Inputs, Split, Task};
use crate::features::{FrontEnd, Normaliser};
use crate::fixed::{MAX_CALIBRATION_CLIPS, MagnitudeHistogram, ShippedPredictor, calibrate, exponents};
use crate::memory::Bill;
use crate::model::{ModelError, StoredModel};
use crate::settings::{Config, LayerSparsity};

/// Normalised inputs of training clips, evenly chosen, one after the other: what activations are calibrated on.
///
/// # Errors
/// The dataset has none of the model's words, or clips cannot be read.
pub fn calibration_inputs(
    model: &StoredModel,
    dataset: &Dataset,
    options: ComputeOptions<'_>,
) -> Result<Vec<f32>, EvaluateError> {
    let (task, front_end) = task_of(model, dataset)?;
    let all = task.examples(Split::Train);
    let some = evenly(all.len()).map(|index| all[index]).collect();
    let inputs = Inputs::of_examples(dataset, some, &front_end, options)?;
    Ok(calibration_rows(&inputs, &model.normaliser)?)
}

/// Inputs of the validation split: what widths are chosen on.
///
/// # Errors
/// The dataset has none of the model's words, or clips cannot be read.
pub fn validation_inputs(
    model: &StoredModel,
    dataset: &Dataset,
    options: ComputeOptions<'_>,
) -> Result<Inputs, EvaluateError> {
    let (task, front_end) = task_of(model, dataset)?;
    Ok(Inputs::of_split(dataset, &task, Split::Valid, &front_end, options)?)
}

fn task_of(model: &StoredModel, dataset: &Dataset) -> Result<(Task, FrontEnd), EvaluateError> {
    Ok((Task::for_evaluation(dataset, &model.config)?, FrontEnd::new(&model.config.features)?))
}

/// At most [`MAX_CALIBRATION_CLIPS`] of the inputs, evenly chosen and normalised.
pub(crate) fn calibration_rows(inputs: &Inputs, normaliser: &Normaliser) -> Result<Vec<f32>, DatasetError> {
    let mut values = Vec::new();
    for row in evenly(inputs.rows()) {
        values.extend_from_slice(&inputs.batch(row..row + 1)?);
    }
    normaliser.apply(&mut values);
    Ok(values)
}

/// At most [`MAX_CALIBRATION_CLIPS`] places of a list of `count`, evenly spaced, the first among them.
fn evenly(count: usize) -> impl Iterator<Item = usize> {
    (0..count).step_by(count.div_ceil(MAX_CALIBRATION_CLIPS).max(1))
}

/// The same weights at the widths that `config` gives (its `quant`, and exceptions of layers), calibrated on normalised
/// training inputs.
///
/// # Errors
/// A width is out of range.
pub fn requantise(
    model: &StoredModel,
    config: &Config,
    calibration: &[f32],
) -> Result<StoredModel, ModelError> {
    let mut model = StoredModel {
        plan: model.plan.with_bits_of(config)?,
        config: config.clone(),
        activation_exponents: Vec::new(),
        ..model.clone()
    };
    model.activation_exponents = calibrate(&model, calibration)?;
    Ok(model)
}

/// The settings with these widths in every layer; single layers keep no widths of their own.
pub fn at_bits(config: &Config, weight_bits: u32, activation_bits: u32) -> Config {
    let mut config = config.clone();
    (config.quant.weight_bits, config.quant.activation_bits) = (weight_bits, activation_bits);
    for layer in &mut config.sparsity.layers {
        (layer.weight_bits, layer.activation_bits) = (None, None);
    }
    // An exception that says nothing any more would only be in the way of a reader.
    config.sparsity.layers.retain(|layer| {
        let index = layer.layer;
        *layer != LayerSparsity { layer: index, ..LayerSparsity::default() }
    });
    config
}

/// One point of accuracy against bits.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BitsPoint {
    /// Weight bits of every layer; 32 is floating point.
    pub weight_bits: u32,
    /// Activation bits of every layer; 32 is floating point.
    pub activation_bits: u32,
    /// Share of clips recognised by what would be shipped, 0 to 1.
    pub accuracy: f64,
    /// Size by the bill, in bits.
    pub memory_bits: u64,
    /// The model as it is shipped (first) against this point (second), clip by clip; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_own: Option<Paired>,
}

/// Measures a model at many widths after training: the float weights behind it, rounded anew for each, and held against
/// the model as it is shipped, clip by clip.
///
/// `widths` are pairs of weight and activation bits, `inputs` and `calibration` inputs of the split that is measured and
/// normalised training inputs. `None` when cancelled. `progress` hears of each point.
///
/// # Errors
/// A width is out of range, or the inputs do not fit the model.
pub fn sweep_bits(
    model: &StoredModel,
    widths: &[(u32, u32)],
    inputs: &Inputs,
    calibration: &[f32],
    options: ComputeOptions<'_>,
) -> Result<Option<Vec<BitsPoint>>, EvaluateError> {
    let mut points = Vec::with_capacity(widths.len());
    let as_shipped = ShippedPredictor::of(model)?;
    let own = score(&as_shipped, &model.normaliser, &model.labels, inputs, Some(options.cancel))?;
    let Some(own) = own.map(|own| own.hits(inputs)) else { return Ok(None) };
    let mut watched: Option<(u32, Vec<MagnitudeHistogram>)> = None;
    for &(weight_bits, activation_bits) in widths {
        let mut at = requantise(model, &at_bits(&model.config, weight_bits, activation_bits), &[])?;
        if at.plan.is_fixed() {
            // What layers read depends on the weights, not on the widths of activations.
            if watched.as_ref().is_none_or(|(bits, _)| *bits != weight_bits) {
                watched = Some((weight_bits, crate::fixed::histograms(&at, calibration)?));
            }
            let histograms = watched.as_ref().map_or(&[][..], |(_, histograms)| histograms);
            at.activation_exponents = exponents(&at.plan, histograms);
        }
        let predictor = ShippedPredictor::of(&at)?;
        let cancel = Some(options.cancel);
        let Some(evaluation) = score(&predictor, &at.normaliser, &at.labels, inputs, cancel)? else {
            return Ok(None);
        };
        points.push(BitsPoint {
            weight_bits,
            activation_bits,
            accuracy: evaluation.accuracy,
            memory_bits: Bill::of(&at.plan).total.total,
            against_own: Some(Paired::of(own.iter().copied().zip(evaluation.hits(inputs)))),
        });
        (options.progress)(points.len() as u64, widths.len() as u64);
        if options.cancel.load(Ordering::Relaxed) {
            return Err(DatasetError::Cancelled.into());
        }
    }
    Ok(Some(points))
}

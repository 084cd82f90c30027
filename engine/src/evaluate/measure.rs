//! A stored model on a dataset, from recordings to figures.

use super::{ClipPrediction, EvaluateError, Evaluation, score};
use crate::dataset::{ComputeOptions, Dataset, DatasetError, Example, Inputs, Split, Task};
use crate::features::FrontEnd;
use crate::fixed::ShippedPredictor;
use crate::model::StoredModel;

/// What a model does on a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The figures.
    pub evaluation: Evaluation,
    /// What was measured, clip by clip.
    pub examples: Vec<Example>,
    /// What it was taken for, clip by clip.
    pub predictions: Vec<ClipPrediction>,
    /// What a person should know, such as target words that the dataset does not have.
    pub notes: Vec<String>,
    /// Hash of the dataset.
    pub data_fingerprint: String,
}

/// Measures a model on a split, or on every clip of the dataset (`None`).
///
/// # Errors
/// The dataset has none of the model's words or clips cannot be read; the model's parts do not fit.
pub fn measure(
    model: &StoredModel,
    dataset: &Dataset,
    split: Option<Split>,
    options: ComputeOptions<'_>,
) -> Result<Measured, EvaluateError> {
    let task = Task::for_evaluation(dataset, &model.config)?;
    let front_end = FrontEnd::new(&model.config.features)?;
    let examples = match split {
        Some(split) => task.examples(split).to_vec(),
        None => task.every_example(dataset),
    };
    let inputs = Inputs::of_examples(dataset, examples, &front_end, options)?;
    let predictor = ShippedPredictor::of(model)?;
    let scored = score(&predictor, &model.normaliser, &model.labels, &inputs, Some(options.cancel))?;
    let evaluation = scored.ok_or(DatasetError::Cancelled)?;
    Ok(Measured {
        predictions: evaluation.clip_predictions(&inputs, dataset, split),
        examples: inputs.examples().to_vec(),
        evaluation,
        notes: task.notes().to_vec(),
        data_fingerprint: dataset.fingerprint().to_string(),
    })
}

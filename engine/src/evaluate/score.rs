//! Scoring prepared inputs with a network, exactly as a live stream scores them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rayon::prelude::*;

use super::{ClipPrediction, Confusion};
use crate::dataset::{Dataset, DatasetError, Inputs, Source, Split};
use crate::features::{FeatureError, Normaliser};
use crate::fixed::ShippedPredictor;
use crate::model::ModelError;

/// Inputs scored by one thread at a time: small enough to share a split among cores and to end within
/// milliseconds, large enough to keep the weights in the cache.
const ROWS: usize = 128;

/// A network on a list of examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Share of clips recognised, 0 to 1; 0 without clips.
    pub accuracy: f64,
    /// Mean cross-entropy in nats; 0 without clips.
    pub loss: f64,
    /// Clips.
    pub num_clips: usize,
    /// Counts of true against predicted labels.
    pub confusion: Confusion,
    /// Clips scored per second, features not included.
    pub samples_per_sec: f64,
    /// Scores of every clip, clip by label.
    pub scores: Vec<f32>,
    /// Label with the highest score, clip by clip; the first of equals.
    pub predicted: Vec<usize>,
}

/// Why inputs could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The inputs cannot be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The front end cannot be built.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// The network does not take them.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Scores all inputs; `None` when `cancel` was set meanwhile.
///
/// The score of a clip depends on its input and the network alone. The loss is `-ln(score of the true label)`,
/// where a score below the smallest normal number counts as that number; a non-finite score makes it NaN.
///
/// # Errors
/// The inputs cannot be read, or have another number of values than the network takes.
pub fn score(
    predictor: &ShippedPredictor,
    normaliser: &Normaliser,
    labels: &[String],
    inputs: &Inputs,
    cancel: Option<&AtomicBool>,
) -> Result<Option<Evaluation>, EvaluateError> {
    let began = Instant::now();
    let num_labels = predictor.num_outputs();
    let mut scores = vec![0.0; inputs.rows() * num_labels];
    let is_cancelled = || cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
    scores.par_chunks_mut(ROWS * num_labels.max(1)).enumerate().try_for_each_init(
        || (predictor.clone(), Vec::new()),
        |(predictor, normalised), (chunk, scores)| -> Result<(), EvaluateError> {
            if is_cancelled() {
                return Ok(());
            }
            let first = chunk * ROWS;
            normalised.clear();
            normalised.extend_from_slice(&inputs.batch(first..first + ROWS)?);
            normaliser.apply(normalised);
            Ok(predictor.predict(normalised, scores)?)
        },
    )?;
    if is_cancelled() {
        return Ok(None);
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(Some(Evaluation::of(scores, labels, inputs, seconds)))
}

impl Evaluation {
    fn of(scores: Vec<f32>, labels: &[String], inputs: &Inputs, seconds: f64) -> Self {
        let num_clips = inputs.rows();
        let mut confusion = Confusion::new(labels);
        let mut predicted = Vec::with_capacity(num_clips);
        let mut loss = 0.0;
        for (row, label) in scores.chunks_exact(labels.len().max(1)).zip(inputs.labels()) {
            let best = largest(row);
            confusion.add(label, best);
            predicted.push(best);
            let score = row.get(label).copied().unwrap_or(f32::NAN);
            // `max` would hide a NaN.
            loss -= if score < f32::MIN_POSITIVE {
                f64::from(f32::MIN_POSITIVE).ln()
            } else {
                f64::from(score).ln()
            };
        }
        Self {
            accuracy: confusion.accuracy(),
            loss: loss / num_clips.max(1) as f64,
            num_clips,
            confusion,
            samples_per_sec: num_clips as f64 / seconds.max(1e-9),
            scores,
            predicted,
        }
    }

    /// Clip by clip, whether it was recognised. `inputs` are those scored.
    pub fn hits(&self, inputs: &Inputs) -> Vec<bool> {
        inputs.labels().zip(&self.predicted).map(|(label, predicted)| label == *predicted).collect()
    }

    /// Clip by clip: where it comes from, what it is, what it was taken for. `inputs` are those scored.
    /// Silence made from noise is in `silence_split`, where that is one.
    pub fn clip_predictions(
        &self,
        inputs: &Inputs,
        dataset: &Dataset,
        silence_split: Option<Split>,
    ) -> Vec<ClipPrediction> {
        let labels = &self.confusion.labels;
        let name = |index: usize| labels.get(index).cloned().unwrap_or_default();
        let rows = self.scores.chunks_exact(labels.len().max(1));
        let clips = inputs.examples().iter().zip(rows).zip(&self.predicted);
        clips
            .map(|((example, scores), &predicted)| ClipPrediction {
                path: dataset.describe_example(example),
                split: match example.source {
                    Source::Clip(id) => dataset.clip(id).map(|clip| clip.split),
                    Source::Silence(_) => silence_split,
                },
                label: name(example.label),
                predicted: name(predicted),
                scores: labels.iter().cloned().zip(scores.iter().copied()).collect(),
            })
            .collect()
    }
}

/// Index of the largest value, the first of equals; 0 when none compares.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] || values[best].is_nan() {
            best = index;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_is_largest() {
        assert_eq!(largest(&[0.1, 0.7, 0.7]), 1);
        assert_eq!(largest(&[f32::NAN, 0.2, 0.1]), 1);
        assert_eq!(largest(&[]), 0);
    }
}

//! The clips of a split as one stream, heard as a microphone hears them.
//!
//! Accuracy on single clips says little about a device that listens all day. Here the same clips come one
//! after the other, and two things are held against file evaluation: the score of each clip's own second,
//! which must be the same; and the words detected, of which file evaluation knows the number to be had.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EvaluateError, Measured};
use crate::dataset::{ClipBuffer, Dataset, SILENCE, UNKNOWN};
use crate::detect::trial::{HeardWord, LATE_SECS, SpokenWord, judge};
use crate::detect::{Decision, Heard, StreamModel, StreamingRecogniser, WINDOW_SAMPLES, secs_from_samples};
use crate::features::FrontEnd;
use crate::model::StoredModel;
use crate::settings::DetectConfig;

/// What a stream of clips gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamFigures {
    /// Clips in the stream, one a second.
    pub num_clips: usize,
    /// Clips whose own second was decided on: all where the decision interval divides a second.
    pub num_compared: usize,
    /// Largest difference between a score of the stream and of file evaluation, over all those and all labels.
    pub largest_difference: f32,
    /// Clips of target words.
    pub num_words: usize,
    /// Target words detected.
    pub num_hits: usize,
    /// Target words that file evaluation gets right.
    pub num_right: usize,
    /// Of those, how many were detected.
    pub num_right_hits: usize,
    /// Detections of what was not said then.
    pub num_false: usize,
    /// Those per hour.
    pub false_per_hour: Option<f64>,
}

/// Listens to the clips that were measured, one after the other in an order that depends on their names alone.
///
/// Each clip is fitted to one second as file evaluation fits it. A detection counts for a word from its
/// clip's beginning until [`LATE_SECS`] after its end.
///
/// # Errors
/// A clip can no longer be read; the model's parts do not fit.
pub fn measure_stream(
    model: &StoredModel,
    dataset: &Dataset,
    measured: &Measured,
    detect: &DetectConfig,
) -> Result<StreamFigures, EvaluateError> {
    let front_end = FrontEnd::new(&model.config.features)?;
    let mut recogniser = StreamingRecogniser::new(vec![StreamModel::from_stored(model)?], detect)?;
    let order = order(measured);
    let mut listener =
        Listener { model, measured, order: &order, heard: Vec::new(), figures: StreamFigures::default() };
    let (mut buffer, mut clip) = (ClipBuffer::default(), Vec::new());
    for &index in &order {
        dataset.read_example(&measured.examples[index], &mut buffer, &mut clip)?;
        recogniser.push(&front_end.fit_second(&clip), |heard| {
            if let Heard::Decision(decision) = heard {
                listener.note(&decision);
            }
        });
    }
    Ok(listener.finish())
}

/// Clips of one word must not all come in a row, and the order must be the same on every machine.
fn order(measured: &Measured) -> Vec<usize> {
    let mut order: Vec<usize> = (0..measured.predictions.len()).collect();
    order.sort_by_cached_key(|&index| Sha256::digest(measured.predictions[index].path.as_bytes()));
    order
}

struct Listener<'a> {
    model: &'a StoredModel,
    measured: &'a Measured,
    /// For each second of the stream, the example it holds.
    order: &'a [usize],
    heard: Vec<HeardWord>,
    figures: StreamFigures,
}

impl Listener<'_> {
    fn note(&mut self, decision: &Decision<'_>) {
        if let Some(detection) = decision.detection {
            let word = self.model.labels[detection.label].clone();
            self.heard.push(HeardWord { time_secs: detection.time_secs(), word, score: detection.score });
        }
        if !decision.position_samples.is_multiple_of(WINDOW_SAMPLES) {
            return;
        }
        let second = (decision.position_samples / WINDOW_SAMPLES) as usize - 1;
        let Some(&example) = self.order.get(second) else { return };
        let num_labels = self.model.labels.len();
        let scores = &self.measured.evaluation.scores[example * num_labels..(example + 1) * num_labels];
        self.figures.num_compared += 1;
        for (streamed, score) in decision.posteriors.iter().zip(scores) {
            self.figures.largest_difference = self.figures.largest_difference.max((streamed - score).abs());
        }
    }

    fn finish(self) -> StreamFigures {
        let mut said = Vec::new();
        let mut is_right = Vec::new();
        for (second, &index) in self.order.iter().enumerate() {
            let label = self.measured.examples[index].label;
            if label == SILENCE || label == UNKNOWN {
                continue;
            }
            let start_secs = secs_from_samples(second as u64 * WINDOW_SAMPLES);
            let word = self.model.labels[label].clone();
            said.push(SpokenWord { word, start_secs, end_secs: start_secs + 1.0 });
            is_right.push(self.measured.evaluation.predicted[index] == label);
        }
        let length_secs = secs_from_samples(self.order.len() as u64 * WINDOW_SAMPLES);
        let trial = judge(&said, &self.heard, length_secs, LATE_SECS);
        let right_found = trial.found_by.iter().zip(&is_right).filter(|(by, right)| **right && by.is_some());
        StreamFigures {
            num_clips: self.order.len(),
            num_words: said.len(),
            num_hits: trial.num_hits,
            num_right: is_right.iter().filter(|right| **right).count(),
            num_right_hits: right_found.count(),
            num_false: trial.num_false,
            false_per_hour: trial.false_per_hour(),
            ..self.figures
        }
    }
}

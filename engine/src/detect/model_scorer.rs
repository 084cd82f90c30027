//! A stored model as a scorer of streams.

use super::recogniser::{Scorer, StreamModel};
use crate::features::Normaliser;
use crate::fixed::ShippedPredictor;
use crate::model::{ModelError, StoredModel};

impl StreamModel {
    /// The model of a file, ready to listen: its front end, its normalisation, its network.
    ///
    /// # Errors
    /// [`ModelError`] where weights and plan do not fit each other.
    pub fn from_stored(model: &StoredModel) -> Result<Self, ModelError> {
        let scorer = ModelScorer {
            normaliser: model.normaliser.clone(),
            predictor: ShippedPredictor::of(model)?,
            normalised: Vec::new(),
        };
        Ok(Self {
            features: model.config.features.clone(),
            labels: model.labels.clone(),
            scorer: Box::new(scorer),
        })
    }
}

/// Normalisation and network: the code that file evaluation runs.
struct ModelScorer {
    normaliser: Normaliser,
    predictor: ShippedPredictor,
    normalised: Vec<f32>,
}

impl Scorer for ModelScorer {
    fn score(&mut self, input: &[f32], posteriors: &mut [f32]) {
        self.normalised.clear();
        self.normalised.extend_from_slice(input);
        self.normaliser.apply(&mut self.normalised);
        // Lengths were checked when the model was loaded; a failure must not look like a score.
        if self.predictor.predict(&self.normalised, posteriors).is_err() {
            posteriors.fill(0.0);
        }
    }
}

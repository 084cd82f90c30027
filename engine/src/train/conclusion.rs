//! What a run ends with, however its weights came to be: measured on the fixed splits, stored, summarised.

use std::sync::atomic::AtomicBool;

use super::TrainError;
use crate::dataset::{Dataset, Inputs, Split};
use crate::evaluate::{ClipPrediction, EvaluateError, Evaluation, score, write_predictions};
use crate::fixed::ShippedPredictor;
use crate::memory::Bill;
use crate::model::StoredModel;
use crate::runs::{Machine, RunEnd, RunFolder, RunId, Summary, file_names, replace_file};
use crate::settings::config_hash;

/// What the network that a model ships does on the splits that a summary quotes.
pub(super) struct Measured {
    test: Evaluation,
    valid: Evaluation,
    /// Testing split, with floating-point activations; there where the network computes in integers.
    float: Option<Evaluation>,
}

/// How the weights of a run came to be.
pub(super) struct Origin {
    pub end: RunEnd,
    pub rounded_from: Option<RunId>,
    pub best_epoch: usize,
    pub num_epochs: usize,
    pub train_seconds: f64,
    /// Training clips per second.
    pub samples_per_sec: f64,
    pub machine: Option<Machine>,
}

impl Measured {
    /// Scores both splits; `None` when `cancel` was set meanwhile.
    pub fn of(
        model: &StoredModel,
        valid: &Inputs,
        test: &Inputs,
        cancel: Option<&AtomicBool>,
    ) -> Result<Option<Self>, EvaluateError> {
        let on = |predictor: &ShippedPredictor, inputs: &Inputs| {
            score(predictor, &model.normaliser, &model.labels, inputs, cancel)
        };
        let predictor = ShippedPredictor::of(model)?;
        let Some(measured) = on(&predictor, test)? else { return Ok(None) };
        let Some(valid) = on(&predictor, valid)? else { return Ok(None) };
        let float = match predictor.is_fixed() {
            true => match on(&ShippedPredictor::Float(model.predictor()?), test)? {
                Some(float) => Some(float),
                None => return Ok(None),
            },
            false => None,
        };
        Ok(Some(Self { test: measured, valid, float }))
    }

    /// Writes model, predictions and summary; with the summary the run counts as finished. `dataset` and `test` are
    /// what was measured.
    pub fn store(
        &self,
        run: &RunFolder,
        model: &StoredModel,
        origin: &Origin,
        dataset: &Dataset,
        test: &Inputs,
    ) -> Result<Summary, TrainError> {
        save_model(run, model)?;
        write_predictions(&run.file(file_names::PREDICTIONS), &self.predictions(dataset, test))?;
        let summary = self.summary(model, origin, dataset, test);
        run.write_summary(&summary)?;
        Ok(summary)
    }

    /// What the model takes each testing clip for.
    pub fn predictions(&self, dataset: &Dataset, test: &Inputs) -> Vec<ClipPrediction> {
        self.test.clip_predictions(test, dataset, Some(Split::Test))
    }

    /// The final figures.
    pub fn summary(
        &self,
        model: &StoredModel,
        origin: &Origin,
        dataset: &Dataset,
        test_inputs: &Inputs,
    ) -> Summary {
        let test_fingerprint = dataset.fingerprint_of_examples(test_inputs.examples(), &model.labels);
        let (plan, config, test) = (&model.plan, &model.config, &self.test);
        let bits = Bill::of(plan).total;
        Summary {
            test_accuracy: test.accuracy,
            valid_accuracy: self.valid.accuracy,
            test_accuracy_float: self.float.as_ref().map(|float| float.accuracy),
            test_loss: test.loss,
            num_test: test.num_clips,
            test_fingerprint: Some(test_fingerprint),
            num_valid: Some(self.valid.num_clips),
            density_requested: plan.density_requested(),
            density_achieved: plan.density_achieved(),
            weight_bits: config.quant.weight_bits,
            activation_bits: config.quant.activation_bits,
            memory_bits: bits,
            reduction_vs_fp32: bits.reduction_vs_fp32(),
            reduction_vs_fp64: bits.reduction_vs_fp64(),
            macs_per_inference: plan.macs(),
            train_seconds: origin.train_seconds,
            samples_per_sec: origin.samples_per_sec,
            seed: config.seed,
            config_hash: config_hash(config),
            data_fingerprint: dataset.fingerprint().to_string(),
            best_epoch: origin.best_epoch,
            num_epochs: origin.num_epochs,
            end: origin.end,
            rounded_from: origin.rounded_from.clone(),
            confusion: test.confusion.clone(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            machine: origin.machine.clone(),
        }
    }
}

/// Writes `model.safetensors`.
pub(super) fn save_model(run: &RunFolder, model: &StoredModel) -> Result<(), TrainError> {
    let bytes = model.to_bytes()?;
    let path = run.file(file_names::MODEL);
    Ok(replace_file(&path, "the best weights", |file| file.write_all(&bytes))?)
}

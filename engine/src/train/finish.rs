//! The end of a run: best weights measured on the testing split, and its summary.

use super::session::{Ending, Session};
use super::{Best, Exact, Outcome, TrainError, TrainEvent, Wish};
use crate::dataset::{Inputs, Split};
use crate::evaluate::{Evaluation, score, write_predictions};
use crate::fixed::ShippedPredictor;
use crate::memory::Bill;
use crate::model::Predictor;
use crate::runs::{Machine, RunEnd, Summary, file_names};
use crate::settings::config_hash;

impl Session<'_> {
    /// Does what the ending of the loop asks for.
    pub(super) fn finish(&mut self, ending: Ending) -> Result<Outcome, TrainError> {
        match ending {
            Ending::Complete => self.conclude(RunEnd::Complete),
            Ending::Early => self.conclude(RunEnd::Early),
            Ending::Asked(Wish::Keep) => {
                self.save_checkpoint()?;
                self.conclude(RunEnd::Stopped)
            }
            Ending::Asked(Wish::Discard) => Ok(Outcome::Discarded),
            Ending::Asked(_) => {
                self.save_checkpoint()?;
                Ok(Outcome::Interrupted)
            }
        }
    }

    /// Keeps what there is after the loss became no number: the best weights are measured and stored, so
    /// that the run can be used and compared. Without a finished epoch there is nothing to measure.
    pub(super) fn salvage(&mut self) -> Result<(), TrainError> {
        if self.state.best.is_some() {
            self.conclude(RunEnd::Diverged)?;
        }
        Ok(())
    }

    fn conclude(&mut self, end: RunEnd) -> Result<Outcome, TrainError> {
        self.observer.observe(TrainEvent::Testing);
        match &self.best_weights {
            Some(weights) => self.network.set_weights(weights)?,
            None => {
                self.network.set_weights(&self.measured().weights()?)?;
                self.judge_unfinished_epoch()?;
            }
        }
        let model = self.model(&self.network)?;
        let predictor = ShippedPredictor::of(&model)?;
        // Without a flag that could end it, scoring always completes.
        let Some(test) = self.score(&predictor, &self.prepared.test)? else {
            return Ok(Outcome::Interrupted);
        };
        let valid = match predictor.is_fixed() {
            true => self.score(&predictor, &self.prepared.valid)?,
            false => None,
        };
        let float = match predictor.is_fixed() {
            true => self.score(&ShippedPredictor::Float(model.predictor()?), &self.prepared.test)?,
            false => None,
        };
        if self.control.wish() == Wish::Discard {
            return Ok(Outcome::Discarded);
        }
        self.save_model(&model)?;
        let predictions =
            test.clip_predictions(&self.prepared.test, &self.prepared.dataset, Some(Split::Test));
        write_predictions(&self.run.file(file_names::PREDICTIONS), &predictions)?;
        let summary = self.summary(end, &test, valid.as_ref(), float.as_ref());
        self.run.write_summary(&summary)?;
        Ok(Outcome::Finished(Box::new(summary)))
    }

    /// A run that was stopped within its first epoch keeps the weights of that moment.
    fn judge_unfinished_epoch(&mut self) -> Result<(), TrainError> {
        let predictor = ShippedPredictor::Float(Predictor::new(&self.network)?);
        if let Some(valid) = self.score(&predictor, &self.prepared.valid)? {
            self.state.best =
                Some(Best { epoch: 0, accuracy: Exact(valid.accuracy), loss: Exact(valid.loss) });
        }
        Ok(())
    }

    fn score(&self, predictor: &ShippedPredictor, inputs: &Inputs) -> Result<Option<Evaluation>, TrainError> {
        Ok(score(predictor, &self.prepared.normaliser, self.prepared.labels(), inputs, None)?)
    }

    /// `valid` and `float` are there where the shipped network computes in integers.
    fn summary(
        &self,
        end: RunEnd,
        test: &Evaluation,
        valid: Option<&Evaluation>,
        float: Option<&Evaluation>,
    ) -> Summary {
        let plan = self.network.plan();
        let bits = Bill::of(plan).total;
        let num_trained = self.state.num_epochs * self.prepared.num_train() + self.state.sums.count as usize;
        Summary {
            test_accuracy: test.accuracy,
            valid_accuracy: valid
                .map_or_else(|| self.state.best.map_or(0.0, |best| best.accuracy.0), |valid| valid.accuracy),
            test_accuracy_float: float.map(|float| float.accuracy),
            test_loss: test.loss,
            num_test: test.num_clips,
            density_requested: plan.density_requested(),
            density_achieved: plan.density_achieved(),
            weight_bits: self.config.quant.weight_bits,
            activation_bits: self.config.quant.activation_bits,
            memory_bits: bits,
            reduction_vs_fp32: bits.reduction_vs_fp32(),
            reduction_vs_fp64: bits.reduction_vs_fp64(),
            macs_per_inference: plan.macs(),
            train_seconds: self.state.train_seconds,
            samples_per_sec: num_trained as f64 / self.state.train_seconds.max(1e-9),
            seed: self.config.seed,
            config_hash: config_hash(self.config),
            data_fingerprint: self.prepared.dataset.fingerprint().to_string(),
            best_epoch: self.state.best.map_or(0, |best| best.epoch),
            num_epochs: self.state.num_epochs,
            end,
            confusion: test.confusion.clone(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            machine: Some(Machine::this()),
        }
    }
}

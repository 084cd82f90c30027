//! The end of a run: best weights measured on the testing split, and its summary.

use super::conclusion::{Measured, Origin};
use super::session::{Ending, Session};
use super::{Outcome, TrainError, TrainEvent, Wish};
use crate::runs::{Machine, RunEnd};

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
            // A run that was stopped within its first epoch keeps the weights of that moment.
            None => self.network.set_weights(&self.measured().weights()?)?,
        }
        let model = self.model(&self.network)?;
        // Without a flag that could end it, scoring always completes.
        let Some(measured) = Measured::of(&model, &self.prepared.valid, &self.prepared.test, None)? else {
            return Ok(Outcome::Interrupted);
        };
        if self.control.wish() == Wish::Discard {
            return Ok(Outcome::Discarded);
        }
        let (dataset, test) = (&self.prepared.dataset, &self.prepared.test);
        let summary = measured.store(self.run, &model, &self.origin(end), dataset, test)?;
        Ok(Outcome::Finished(Box::new(summary)))
    }

    fn origin(&self, end: RunEnd) -> Origin {
        let state = &self.state;
        let num_trained = state.num_epochs * self.prepared.num_train() + state.sums.count as usize;
        Origin {
            end,
            rounded_from: None,
            best_epoch: state.best.map_or(0, |best| best.epoch),
            num_epochs: state.num_epochs,
            train_seconds: state.train_seconds,
            samples_per_sec: num_trained as f64 / state.train_seconds.max(1e-9),
            machine: Some(Machine::this()),
        }
    }
}

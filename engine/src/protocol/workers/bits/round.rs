//! A run kept at other bits, as a run of its own.

use std::sync::atomic::AtomicBool;

use super::{BitsJob, Phases, Undone};
use crate::evaluate::at_bits;
use crate::protocol::{Event, Progress, RoundOrder};
use crate::runs::{RunFolder, RunId, Summary};
use crate::train::{Rounding, TrainEvent, round_run};

impl BitsJob {
    pub(super) fn round(&self, order: RoundOrder, cancel: &AtomicBool) {
        let starting = Progress { what: "Reading the run".into(), ..Progress::default() };
        self.context.board.bits.update(|view| {
            view.rounding = Some((order.clone(), starting));
            view.rounding_failure = None;
        });
        let made = self.make_rounded(&order, cancel);
        self.end_rounding(&order, made);
    }

    /// Publishes what came of a rounding.
    pub(super) fn end_rounding(&self, order: &RoundOrder, made: Result<Summary, Undone>) {
        let (run, mut failure) = (order.name.clone(), None);
        let event = match made {
            Ok(summary) => Event::RunRounded { run, test_accuracy: summary.test_accuracy },
            Err(Undone::Cancelled) => Event::RoundingCancelled(run),
            Err(Undone::Failed(message)) => {
                failure = Some((order.clone(), message.clone()));
                Event::RoundingFailed { run, message }
            }
        };
        self.context.board.bits.update(|view| {
            view.rounding = None;
            view.rounding_failure = failure;
        });
        self.refresher.refresh();
        self.context.events.send(event);
    }

    fn make_rounded(&self, order: &RoundOrder, cancel: &AtomicBool) -> Result<Summary, Undone> {
        let show =
            |progress| self.context.board.bits.update(|view| view.rounding = Some((order.clone(), progress)));
        let phases = Phases::new(cancel, &self.context.closing, &show);
        let runs_folder = &self.context.options.runs_folder;
        let name = RunId::new(&order.name.0).map_err(Undone::failed)?;
        let source = RunFolder::open(&runs_folder.join(&order.run.0)).map_err(Undone::failed)?;
        let config = source.config().map_err(Undone::failed)?;
        let dataset = phases.run("Reading recordings", |options| self.dataset(&source, &config, options))?;
        let config = at_bits(&config, order.weight_bits, order.activation_bits);
        let rounding = Rounding { source, config, target: runs_folder.join(&name.0) };
        let observer = |event: TrainEvent<'_>| match event {
            TrainEvent::Preparing { what, done, total } => phases.update(&begun(what), done, total),
            TrainEvent::Testing => phases.update("Measuring", 0, 0),
            _ => {}
        };
        let (_, summary) = round_run(&rounding, &dataset, &observer, cancel)?;
        Ok(summary)
    }
}

/// A phrase as it begins a line.
fn begun(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

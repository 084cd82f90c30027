//! What a run tells while it goes on.

use std::sync::Arc;

use super::{AgainstDense, EpochMetrics};
use crate::sparse::Pattern;

/// Something a run tells. Progress; whoever listens may ignore any of it.
#[derive(Debug)]
pub enum TrainEvent<'a> {
    /// Getting ready: what it is doing, units done, units in all (0 when not known).
    Preparing {
        /// A short phrase.
        what: &'a str,
        /// Units done.
        done: u64,
        /// Units in all.
        total: u64,
    },
    /// What a person should know before it begins: faulty files, leaking speakers, units that nothing reads.
    Notice(&'a str),
    /// The first step is next.
    Ready {
        /// Steps of an epoch.
        num_batches: usize,
        /// Epochs that were done before, in an earlier session of the same run.
        history: &'a [EpochMetrics],
        /// Patterns, layer by layer.
        patterns: &'a [Arc<Pattern>],
        /// Seconds of training in earlier sessions.
        elapsed_secs: f64,
    },
    /// A step is done.
    Step {
        /// Epoch in progress, from 1.
        epoch: usize,
        /// Steps done in this epoch.
        batch: usize,
        /// Mean loss of the step in nats.
        loss: f64,
        /// Learning rate of the step.
        learning_rate: f64,
        /// Training clips per second over the last seconds.
        samples_per_sec: f64,
        /// Median seconds of the gradients and the update of the latest steps.
        step_secs: f64,
        /// Share of the last seconds that was spent waiting for inputs, 0 to 1.
        wait_share: f64,
        /// Seconds of training so far, pauses excluded.
        elapsed_secs: f64,
        /// Seconds left, once they can be estimated.
        left_secs: Option<f64>,
    },
    /// How the training step compares with that of the dense network; told once, to those who asked for it
    /// ([`super::RunOptions::step_speeds`]).
    AgainstDense(AgainstDense),
    /// Mean weight magnitudes of every kept innermost block, cell by cell, layer by layer; a few times a second at most.
    Blocks(Vec<Vec<f32>>),
    /// An epoch is complete and stored.
    Epoch(&'a EpochMetrics),
    /// Held on request; told again every second.
    Paused,
    /// Going on after a pause.
    Resumed,
    /// Measuring the best weights on the testing split.
    Testing,
}

/// Listens to a run, from any of its threads.
pub trait Observer: Sync {
    /// Called often; must return quickly.
    fn observe(&self, event: TrainEvent<'_>);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: TrainEvent<'_>) {}
}

impl<F: Fn(TrainEvent<'_>) + Sync> Observer for F {
    fn observe(&self, event: TrainEvent<'_>) {
        self(event);
    }
}

//! Puts what a run tells into the snapshot, a few times a second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::Context;
use crate::protocol::{CurrentRun, Progress, RunPhase};
use crate::runs::RunId;
use crate::settings::Config;
use crate::train::{AgainstDense, Observer, ThinnedCurve, TrainEvent};

/// Steps are faster than frames: the snapshot follows at this pace.
const INTERVAL: Duration = Duration::from_millis(50);
/// Points of the curve of step losses.
const STEP_POINTS: usize = 400;

/// The observer of the run in progress.
pub(super) struct Publisher {
    context: Context,
    inner: Mutex<Inner>,
}

struct Inner {
    run: CurrentRun,
    steps: ThinnedCurve,
    phase_began: Instant,
    last_published: Option<Instant>,
}

impl Publisher {
    pub fn new(context: &Context, run: RunId, config: Config) -> Self {
        let num_epochs = config.train.epochs;
        let run = CurrentRun {
            run,
            config,
            phase: RunPhase::Preparing,
            progress: Progress::default(),
            learning_rate: 0.0,
            epoch: 0,
            num_epochs,
            batch: 0,
            num_batches: 0,
            samples_per_sec: 0.0,
            step_secs: 0.0,
            wait_share: 0.0,
            against_dense: AgainstDense::Unknown,
            elapsed_secs: 0.0,
            left_secs: None,
            history: Vec::new(),
            step_losses: Vec::new(),
            block_magnitudes: Arc::default(),
            patterns: Arc::default(),
            failure: None,
        };
        let inner = Inner {
            run,
            steps: ThinnedCurve::new(STEP_POINTS),
            phase_began: Instant::now(),
            last_published: None,
        };
        let publisher = Self { context: context.clone(), inner: Mutex::new(inner) };
        publisher.publish(&mut publisher.lock());
        publisher
    }

    /// The last word on a run that stays on screen.
    pub fn end(&self, phase: RunPhase, failure: Option<String>) {
        let mut inner = self.lock();
        inner.run.phase = phase;
        inner.run.failure = failure;
        inner.run.left_secs = None;
        inner.run.progress = Progress::default();
        self.publish(&mut inner);
    }

    /// Takes the run off the screen.
    pub fn remove(&self) {
        self.context.board.training.update(|view| view.current = None);
    }

    fn publish(&self, inner: &mut Inner) {
        inner.last_published = Some(Instant::now());
        inner.run.step_losses = inner.steps.points().to_vec();
        let run = inner.run.clone();
        self.context.board.training.update(|view| view.current = Some(run));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Publisher {
    fn observe(&self, event: TrainEvent<'_>) {
        let mut inner = self.lock();
        let is_due = inner.last_published.is_none_or(|last| last.elapsed() >= INTERVAL);
        if inner.take(event) || is_due {
            self.publish(&mut inner);
        }
    }
}

impl Inner {
    /// Takes an event into the picture; whether it should be shown at once.
    fn take(&mut self, event: TrainEvent<'_>) -> bool {
        let run = &mut self.run;
        match event {
            TrainEvent::Preparing { what, done, total } => {
                let is_new = run.progress.what != what;
                if is_new {
                    self.phase_began = Instant::now();
                }
                run.phase = RunPhase::Preparing;
                run.progress = progress(what, done, total, self.phase_began);
                is_new
            }
            // Data and Network show these all the time.
            TrainEvent::Notice(_) => false,
            TrainEvent::Ready { num_batches, history, patterns, elapsed_secs } => {
                run.phase = RunPhase::Training;
                run.progress = Progress::default();
                run.num_batches = num_batches;
                run.history = history.to_vec();
                run.epoch = history.len() + 1;
                run.patterns = Arc::new(patterns.to_vec());
                run.elapsed_secs = elapsed_secs;
                true
            }
            TrainEvent::Step {
                epoch,
                batch,
                loss,
                learning_rate,
                samples_per_sec,
                step_secs,
                wait_share,
                elapsed_secs,
                left_secs,
            } => {
                let place = (epoch - 1) as f64 + batch as f64 / run.num_batches.max(1) as f64;
                self.steps.push(place, loss as f32);
                run.epoch = epoch;
                run.batch = batch;
                run.learning_rate = learning_rate;
                run.samples_per_sec = samples_per_sec;
                run.step_secs = step_secs;
                run.wait_share = wait_share;
                run.elapsed_secs = elapsed_secs;
                run.left_secs = left_secs;
                false
            }
            TrainEvent::AgainstDense(answer) => {
                run.against_dense = answer;
                true
            }
            TrainEvent::Blocks(magnitudes) => {
                run.block_magnitudes = Arc::new(magnitudes);
                false
            }
            TrainEvent::Epoch(metrics) => {
                run.history.push(*metrics);
                true
            }
            TrainEvent::Paused => {
                run.phase = RunPhase::Paused;
                true
            }
            TrainEvent::Resumed => {
                run.phase = RunPhase::Training;
                true
            }
            TrainEvent::Testing => {
                run.phase = RunPhase::Testing;
                run.left_secs = None;
                true
            }
        }
    }
}

fn progress(what: &str, done: u64, total: u64, began: Instant) -> Progress {
    let elapsed = began.elapsed().as_secs_f64();
    // A guess from less than a second, or from nothing done, would jump about.
    let left_secs =
        (done > 0 && total >= done && elapsed > 1.0).then(|| elapsed / done as f64 * (total - done) as f64);
    Progress { what: what.into(), done, total, left_secs }
}

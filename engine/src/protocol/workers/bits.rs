//! Other bits for a finished run: measures it at many, and keeps it at some as a run of its own, off the frame.

mod numbers;
mod round;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dataset::Meter;
use super::runs::Refresher;
use super::{Context, Job, Worker};
use crate::dataset::{ComputeOptions, Dataset, DatasetError, FolderRoles, OpenOptions};
use crate::evaluate::EvaluateError;
use crate::protocol::{Event, Progress, RoundOrder};
use crate::runs::{RunFolder, RunId};
use crate::settings::Config;
use crate::train::TrainError;

/// Orders that may wait; a new measurement gives up those before it.
const CAPACITY: usize = 8;

/// Measures or rounds one run at a time.
pub(crate) struct BitsWorker {
    /// Set to give up the measurement in progress; each has its own.
    sweep_cancel: Mutex<Arc<AtomicBool>>,
    /// Set to give up all roundings asked for so far.
    round_cancel: Mutex<Arc<AtomicBool>>,
    worker: Worker<Order>,
    context: Context,
}

/// Something to do, and what is set to give it up.
struct Order {
    what: What,
    cancel: Arc<AtomicBool>,
}

#[derive(Clone)]
enum What {
    Sweep(RunId),
    Round(RoundOrder),
}

impl BitsWorker {
    /// `refresher` is told of new runs.
    pub fn start(context: &Context, refresher: Refresher) -> Self {
        let job = BitsJob { context: context.clone(), refresher, current: None };
        Self {
            sweep_cancel: Mutex::default(),
            round_cancel: Mutex::default(),
            worker: Worker::start(CAPACITY, job),
            context: context.clone(),
        }
    }

    /// Measures a run; a measurement in progress is given up for it.
    pub fn sweep(&self, run: RunId) {
        let cancel = Arc::new(AtomicBool::new(false));
        std::mem::replace(&mut *lock(&self.sweep_cancel), Arc::clone(&cancel)).store(true, Ordering::Relaxed);
        if !self.worker.send(Order { what: What::Sweep(run.clone()), cancel }) {
            let message = "too many measurements were asked for at once; try again in a moment".into();
            self.context.events.try_send(Event::SweepFailed { run, message });
        }
    }

    /// Gives up the measurement in progress.
    pub fn cancel_sweep(&self) {
        lock(&self.sweep_cancel).store(true, Ordering::Relaxed);
    }

    /// Keeps a run at other bits as a run of its own, after what was asked for before.
    pub fn round(&self, order: RoundOrder) {
        let cancel = Arc::clone(&lock(&self.round_cancel));
        // It may wait for a measurement, and a person wants to see that it was heard.
        let waiting = Progress { what: "Waiting".into(), ..Progress::default() };
        self.context.board.bits.update(|view| {
            view.rounding.get_or_insert_with(|| (order.clone(), waiting));
        });
        if !self.worker.send(Order { what: What::Round(order.clone()), cancel }) {
            self.context.board.bits.update(|view| {
                view.rounding.take_if(|(shown, _)| *shown == order);
            });
            let message = "too much was asked of the runs at once; try again in a moment".into();
            self.context.events.try_send(Event::RoundingFailed { run: order.name, message });
        }
    }

    /// Gives up all roundings that were asked for.
    pub fn cancel_rounding(&self) {
        std::mem::take(&mut *lock(&self.round_cancel)).store(true, Ordering::Relaxed);
    }
}

/// A flag is whole even after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why nothing came of an order.
enum Undone {
    Cancelled,
    Failed(String),
}

impl Undone {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<DatasetError> for Undone {
    fn from(error: DatasetError) -> Self {
        match error {
            DatasetError::Cancelled => Self::Cancelled,
            other => Self::failed(other),
        }
    }
}

impl From<EvaluateError> for Undone {
    fn from(error: EvaluateError) -> Self {
        match error {
            EvaluateError::Dataset(error) => error.into(),
            other => Self::failed(other),
        }
    }
}

impl From<TrainError> for Undone {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Dataset(error) => error.into(),
            TrainError::Evaluate(error) => error.into(),
            other => Self::failed(other),
        }
    }
}

struct BitsJob {
    context: Context,
    refresher: Refresher,
    /// What is being done, for the report of a panic.
    current: Option<What>,
}

impl Job for BitsJob {
    type Command = Order;
    const THREAD: &'static str = "bits";

    fn handle(&mut self, order: Order) {
        self.current = Some(order.what.clone());
        match order.what {
            What::Sweep(run) => self.sweep(run, &order.cancel),
            What::Round(wanted) => self.round(wanted, &order.cancel),
        }
        self.current = None;
    }

    fn after_panic(&mut self, message: String) {
        match self.current.take() {
            Some(What::Sweep(run)) => self.end_sweep(&run, Err(Undone::Failed(message))),
            Some(What::Round(order)) => self.end_rounding(&order, Err(Undone::Failed(message))),
            None => {}
        }
    }
}

impl BitsJob {
    /// The dataset of a run with its configuration: the open one where it is that, else read anew, with the splits that
    /// the run was made with.
    fn dataset(
        &self,
        run: &RunFolder,
        config: &Config,
        options: ComputeOptions<'_>,
    ) -> Result<Arc<Dataset>, DatasetError> {
        let stored = run.fingerprint().unwrap_or_default();
        let folder = config.data.folder();
        if let Some(open) = self.context.open_dataset.get().as_ref()
            && folder.as_ref().map_or(open.dataset.is_demo(), |folder| open.dataset.folder() == folder)
            && (open.dataset.is_demo() || *open.dataset.roles() == FolderRoles::from(&config.data))
            && (open.dataset.fingerprint() == stored || !open.dataset.recognises(&stored))
        {
            return Ok(Arc::clone(&open.dataset));
        }
        let cache = self.context.options.cache_folder.clone();
        let roles = FolderRoles::from(&config.data);
        let open = OpenOptions { cache, threads: options.threads, roles };
        let dataset = match folder {
            None => Dataset::open_demo(&open, options.progress, options.cancel),
            Some(folder) => Dataset::open(&folder, &open, options.progress, options.cancel),
        };
        dataset.map(|dataset| Arc::new(dataset.as_of(&stored)))
    }
}

/// Shows the phases of an order, and keeps their way out open.
struct Phases<'a> {
    cancel: &'a AtomicBool,
    /// The engine is being dropped.
    closing: &'a AtomicBool,
    show: &'a (dyn Fn(Progress) + Sync),
    meter: Mutex<Meter>,
}

impl<'a> Phases<'a> {
    fn new(cancel: &'a AtomicBool, closing: &'a AtomicBool, show: &'a (dyn Fn(Progress) + Sync)) -> Self {
        Self { cancel, closing, show, meter: Mutex::new(Meter::new("")) }
    }

    /// Takes up progress of a phase; a name that is new begins the next phase.
    fn update(&self, what: &str, done: u64, total: u64) {
        if self.closing.load(Ordering::Relaxed) {
            self.cancel.store(true, Ordering::Relaxed);
        }
        let mut meter = lock(&self.meter);
        if meter.what() != what {
            *meter = Meter::new(what);
        }
        let shown = meter.update(done, total);
        drop(meter);
        if let Some(progress) = shown {
            (self.show)(progress);
        }
    }

    /// Runs a phase.
    fn run<T, E: Into<Undone>>(
        &self,
        what: &str,
        work: impl FnOnce(ComputeOptions<'_>) -> Result<T, E>,
    ) -> Result<T, Undone> {
        let progress = |done, total| self.update(what, done, total);
        progress(0, 0);
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Undone::Cancelled);
        }
        work(ComputeOptions { threads: 0, progress: &progress, cancel: self.cancel }).map_err(Into::into)
    }
}

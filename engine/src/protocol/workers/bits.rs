//! Measures a run at other bits than it was trained with, off the frame.

mod numbers;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::dataset::Meter;
use super::{Context, Job, Worker};
use crate::dataset::{ComputeOptions, Dataset, DatasetError, Inputs, OpenOptions};
use crate::evaluate::{BitsPoint, EvaluateError, calibration_inputs, score, sweep_bits, validation_inputs};
use crate::fixed::ShippedPredictor;
use crate::memory::Bill;
use crate::model::StoredModel;
use crate::protocol::{Event, Progress, RunBits};
use crate::runs::{RunFolder, RunId, file_names};

/// Measurements that may wait; a new one gives up those before it.
const CAPACITY: usize = 8;
/// Runs whose measurement is kept.
const MOST_KEPT: usize = 16;
/// Weight bits that are tried, beside the run's own.
const WEIGHT_BITS: std::ops::RangeInclusive<u32> = 2..=8;
/// Activation bits that are tried, beside the run's own.
const ACTIVATION_BITS: std::ops::RangeInclusive<u32> = 4..=8;
/// Width of floating point, where a sweep names bits.
const FLOAT: u32 = 32;
/// The other width while one is varied, where the run's own is floating point.
const USUAL_BITS: u32 = 8;

/// Measures one run at a time.
pub(crate) struct BitsWorker {
    /// Set to give up the measurement in progress; each has its own.
    cancel: Mutex<Arc<AtomicBool>>,
    worker: Worker<SweepOrder>,
    context: Context,
}

struct SweepOrder {
    run: RunId,
    cancel: Arc<AtomicBool>,
}

impl BitsWorker {
    pub fn start(context: &Context) -> Self {
        let job = SweepJob { context: context.clone(), current: None };
        Self {
            cancel: Mutex::new(Arc::new(AtomicBool::new(false))),
            worker: Worker::start(CAPACITY, job),
            context: context.clone(),
        }
    }

    /// Measures a run; a measurement in progress is given up for it.
    pub fn sweep(&self, run: RunId) {
        let cancel = Arc::new(AtomicBool::new(false));
        let mut current = self.cancel.lock().unwrap_or_else(PoisonError::into_inner);
        current.store(true, Ordering::Relaxed);
        *current = Arc::clone(&cancel);
        if !self.worker.send(SweepOrder { run: run.clone(), cancel }) {
            let message = "too many measurements were asked for at once; try again in a moment".into();
            self.context.events.try_send(Event::SweepFailed { run, message });
        }
    }

    /// Gives up the measurement in progress.
    pub fn cancel(&self) {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).store(true, Ordering::Relaxed);
    }
}

/// Why a run was not measured.
enum Unmeasured {
    Cancelled,
    Failed(String),
}

impl From<EvaluateError> for Unmeasured {
    fn from(error: EvaluateError) -> Self {
        match error {
            EvaluateError::Dataset(DatasetError::Cancelled) => Self::Cancelled,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<DatasetError> for Unmeasured {
    fn from(error: DatasetError) -> Self {
        EvaluateError::Dataset(error).into()
    }
}

struct SweepJob {
    context: Context,
    /// What is being measured, for the report of a panic.
    current: Option<RunId>,
}

impl Job for SweepJob {
    type Command = SweepOrder;
    const THREAD: &'static str = "bits";

    fn handle(&mut self, order: SweepOrder) {
        self.current = Some(order.run.clone());
        let starting = Progress { what: "Reading the model".into(), ..Progress::default() };
        self.context.board.bits.update(|view| {
            view.measuring = Some((order.run.clone(), starting));
            view.failure = None;
        });
        match self.measure(&order) {
            Ok(bits) => self.publish(bits),
            Err(Unmeasured::Cancelled) => self.end(None, Event::SweepCancelled(order.run)),
            Err(Unmeasured::Failed(message)) => self.fail(order.run, message),
        }
    }

    fn after_panic(&mut self, message: String) {
        if let Some(run) = self.current.take() {
            self.fail(run, message);
        }
    }
}

impl SweepJob {
    fn publish(&self, bits: RunBits) {
        let event = Event::BitsSwept(bits.run.clone());
        self.context.board.bits.update(|view| {
            view.measured.retain(|old| old.run != bits.run);
            view.measured.push(Arc::new(bits));
            let surplus = view.measured.len().saturating_sub(MOST_KEPT);
            view.measured.drain(..surplus);
        });
        self.end(None, event);
    }

    fn fail(&self, run: RunId, message: String) {
        self.end(Some((run.clone(), message.clone())), Event::SweepFailed { run, message });
    }

    fn end(&self, failure: Option<(RunId, String)>, event: Event) {
        self.context.board.bits.update(|view| {
            view.measuring = None;
            view.failure = failure;
        });
        self.context.events.send(event);
    }

    /// Runs a phase with its progress shown and its way out open.
    fn phase<T, E: Into<Unmeasured>>(
        &self,
        order: &SweepOrder,
        what: &'static str,
        work: impl FnOnce(ComputeOptions<'_>) -> Result<T, E>,
    ) -> Result<T, Unmeasured> {
        let meter = Mutex::new(Meter::new(what));
        let progress = |done, total| {
            if self.context.closing.load(Ordering::Relaxed) {
                order.cancel.store(true, Ordering::Relaxed);
            }
            let shown = meter.lock().unwrap_or_else(PoisonError::into_inner).update(done, total);
            if let Some(progress) = shown {
                self.context.board.bits.update(|view| view.measuring = Some((order.run.clone(), progress)));
            }
        };
        progress(0, 0);
        if order.cancel.load(Ordering::Relaxed) {
            return Err(Unmeasured::Cancelled);
        }
        work(ComputeOptions { threads: 0, progress: &progress, cancel: &order.cancel }).map_err(Into::into)
    }

    fn measure(&self, order: &SweepOrder) -> Result<RunBits, Unmeasured> {
        let failed = |error: &dyn std::fmt::Display| Unmeasured::Failed(error.to_string());
        let run = RunFolder::open(&self.context.options.runs_folder.join(&order.run.0))
            .map_err(|error| failed(&error))?;
        let model = StoredModel::load(&run.file(file_names::MODEL)).map_err(|error| failed(&error))?;
        let dataset = self.phase(order, "Reading recordings", |options| self.dataset(&model, options))?;
        let calibration = self.phase(order, "Computing training inputs", |options| {
            calibration_inputs(&model, &dataset, options)
        })?;
        let inputs = self.phase(order, "Computing validation inputs", |options| {
            validation_inputs(&model, &dataset, options)
        })?;
        if inputs.rows() == 0 {
            let what =
                "the validation split of the run's dataset has no clips to measure on; open Data to see why";
            return Err(Unmeasured::Failed(what.into()));
        }
        let points =
            self.phase(order, "Measuring", |options| measure_points(&model, &inputs, &calibration, options))?;
        let Points { own, is_integer, float, by_weight_bits, by_activation_bits } = points;
        Ok(RunBits {
            run: order.run.clone(),
            own,
            is_integer,
            float,
            by_weight_bits,
            by_activation_bits,
            num_clips: inputs.rows(),
            layers: numbers::of_layers(&model, &calibration).map_err(|error| failed(&error))?,
            notes: notes(&run, &dataset),
        })
    }

    /// The run's dataset: the open one where it is that, else read anew.
    fn dataset(
        &self,
        model: &StoredModel,
        options: ComputeOptions<'_>,
    ) -> Result<Arc<Dataset>, DatasetError> {
        let folder = model.config.data.dir.as_str();
        if let Some(open) = self.context.open_dataset.get().as_ref()
            && (if folder.is_empty() { open.is_demo() } else { open.folder() == Path::new(folder) })
        {
            return Ok(Arc::clone(open));
        }
        let cache = self.context.options.cache_folder.clone();
        let open = OpenOptions { cache, threads: options.threads };
        let dataset = match folder {
            "" => Dataset::open_demo(&open, options.progress, options.cancel),
            folder => Dataset::open(Path::new(folder), &open, options.progress, options.cancel),
        };
        dataset.map(Arc::new)
    }
}

/// The measured points of a run.
struct Points {
    own: BitsPoint,
    is_integer: bool,
    float: BitsPoint,
    by_weight_bits: Vec<BitsPoint>,
    by_activation_bits: Vec<BitsPoint>,
}

fn measure_points(
    model: &StoredModel,
    inputs: &Inputs,
    calibration: &[f32],
    options: ComputeOptions<'_>,
) -> Result<Points, EvaluateError> {
    let (weight_bits, activation_bits) = (model.config.quant.weight_bits, model.config.quant.activation_bits);
    let predictor = ShippedPredictor::of(model)?;
    let cancelled = || EvaluateError::from(DatasetError::Cancelled);
    let own = score(&predictor, &model.normaliser, &model.labels, inputs, Some(options.cancel))?;
    let own = BitsPoint {
        weight_bits,
        activation_bits,
        accuracy: own.ok_or_else(cancelled)?.accuracy,
        memory_bits: Bill::of(&model.plan).total.total,
    };
    // While one width varies, the other is the run's own.
    let own_or_usual = |bits: u32| if bits == FLOAT { USUAL_BITS } else { bits };
    let by_weights: Vec<_> =
        with_own(WEIGHT_BITS, weight_bits).map(|bits| (bits, own_or_usual(activation_bits))).collect();
    let by_activations =
        with_own(ACTIVATION_BITS, activation_bits).map(|bits| (own_or_usual(weight_bits), bits));
    let mut widths = vec![(FLOAT, FLOAT)];
    widths.extend(&by_weights);
    widths.extend(by_activations);
    let points = sweep_bits(model, &widths, inputs, calibration, options)?.ok_or_else(cancelled)?;
    let (float, swept) = points.split_first().ok_or_else(cancelled)?;
    let (by_weight_bits, by_activation_bits) = swept.split_at(by_weights.len());
    Ok(Points {
        own,
        is_integer: predictor.is_fixed(),
        float: *float,
        by_weight_bits: by_weight_bits.to_vec(),
        by_activation_bits: by_activation_bits.to_vec(),
    })
}

/// The widths of a range and the run's own, ascending.
fn with_own(range: std::ops::RangeInclusive<u32>, own: u32) -> impl Iterator<Item = u32> {
    (1..FLOAT).filter(move |bits| range.contains(bits) || *bits == own)
}

fn notes(run: &RunFolder, dataset: &Dataset) -> Vec<String> {
    let trained_on = run.summary().ok().flatten().map(|summary| summary.data_fingerprint);
    if trained_on.is_none_or(|fingerprint| fingerprint == dataset.fingerprint()) {
        return Vec::new();
    }
    vec!["The recordings have changed since the run was trained, so its accuracy here is not the one it was kept for.".into()]
}

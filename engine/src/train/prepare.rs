//! What a run needs before its first step: task, front end, normalisation, inputs of the fixed splits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Observer, TrainError, TrainEvent};
use crate::dataset::{
    ComputeOptions, Dataset, DatasetError, FolderRoles, InputProducer, Inputs, OpenOptions, ProducerOptions,
    Split, Task,
};
use crate::evaluate::calibration_rows;
use crate::features::{FrontEnd, Normaliser};
use crate::settings::Config;

/// Most training clips that the normalisation is learnt from: means and spreads are exact to a hundredth of
/// a standard deviation long before, and large datasets start in seconds.
const MAX_NORMALISER_CLIPS: usize = 8192;

/// Everything of a run that does not change while it trains.
pub(super) struct Prepared {
    pub dataset: Arc<Dataset>,
    pub task: Arc<Task>,
    pub front_end: FrontEnd,
    pub normaliser: Normaliser,
    /// Normalised inputs of training clips, one after the other: what activations are calibrated on.
    pub calibration: Vec<f32>,
    pub valid: Inputs,
    pub test: Inputs,
}

/// Opens the dataset that a configuration names; an empty folder is the built-in demo dataset.
///
/// # Errors
/// The folder is no dataset, or the reading was cancelled.
pub fn open_dataset(
    config: &Config,
    cache_folder: &Path,
    observer: &dyn Observer,
    cancel: &AtomicBool,
) -> Result<Dataset, DatasetError> {
    let roles = FolderRoles::from(&config.data);
    let options = OpenOptions { cache: cache_folder.to_path_buf(), threads: config.train.threads, roles };
    let progress = |done, total| {
        observer.observe(TrainEvent::Preparing { what: "reading recordings", done, total });
    };
    progress(0, 0);
    match config.data.folder() {
        None => Dataset::open_demo(&options, &progress, cancel),
        Some(folder) => Dataset::open(&folder, &options, &progress, cancel),
    }
}

/// Says what was left out of a dataset, and what its recordings call for saying.
fn tell_dataset(dataset: &Dataset, observer: &dyn Observer) {
    let tell = |text: &str| observer.observe(TrainEvent::Notice(text));
    if let Some(first) = dataset.faults().first() {
        let count = dataset.faults().len();
        tell(&format!(
            "{count} recordings are faulty and left out; the first is {}: {}",
            first.path, first.reason
        ));
    }
    dataset.notes().iter().for_each(|note| tell(note));
}

impl Prepared {
    /// Reads and computes; what was computed before comes from the cache. `fingerprint` is that of the recordings the
    /// run began with, whose splits it keeps.
    pub fn new(
        config: &Config,
        fingerprint: Option<&str>,
        cache_folder: &Path,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Self, TrainError> {
        let dataset = open_dataset(config, cache_folder, observer, cancel)?;
        let dataset = Arc::new(match fingerprint {
            Some(fingerprint) => dataset.as_of(fingerprint),
            None => dataset,
        });
        // Before anything is refused: what is said here is often why.
        tell_dataset(&dataset, observer);
        let task = Arc::new(Task::new(&dataset, config)?);
        let front_end = FrontEnd::new(&config.features)?;
        let compute = |examples, what| {
            let progress = |done, total| observer.observe(TrainEvent::Preparing { what, done, total });
            let options = ComputeOptions { threads: config.train.threads, progress: &progress, cancel };
            Inputs::of_examples(&dataset, examples, &front_end, options)
        };
        let all = task.examples(Split::Train);
        let stride = all.len().div_ceil(MAX_NORMALISER_CLIPS).max(1);
        let some = all.iter().copied().step_by(stride).collect();
        let learnt = compute(some, "learning the normalisation")?;
        let normaliser = Normaliser::learn(&learnt.batch(0..learnt.rows())?, learnt.cols())?;
        let calibration = calibration_rows(&learnt, &normaliser)?;
        drop(learnt);
        let valid = compute(task.examples(Split::Valid).to_vec(), "computing validation inputs")?;
        let test = compute(task.examples(Split::Test).to_vec(), "computing testing inputs")?;
        if cancel.load(Ordering::Relaxed) {
            return Err(DatasetError::Cancelled.into());
        }
        Ok(Self { dataset, task, front_end, normaliser, calibration, valid, test })
    }

    /// Values of one network input.
    pub fn num_inputs(&self) -> usize {
        self.front_end.num_inputs()
    }

    /// Labels, in the order of the network's outputs.
    pub fn labels(&self) -> &[String] {
        &self.task.labels
    }

    /// Clips of one epoch.
    pub fn num_train(&self) -> usize {
        self.task.examples(Split::Train).len()
    }

    /// Starts making batches from an epoch on, counted from 0.
    pub fn producer(&self, config: &Config, first_epoch: usize) -> Result<InputProducer, DatasetError> {
        let options = ProducerOptions {
            seed: config.seed,
            augment: config.augment.clone(),
            batch_size: config.train.batch,
            first_epoch: first_epoch as u64,
            end_epoch: config.train.epochs as u64,
            threads: config.train.threads,
        };
        InputProducer::start(
            Arc::clone(&self.dataset),
            Arc::clone(&self.task),
            self.front_end.clone(),
            &options,
        )
    }
}

//! A finished run at other widths, as a run of its own.
//!
//! Nothing is trained: the float weights behind the run are rounded anew and their activations calibrated on training
//! clips, then the network is measured and stored by the code that ends a training. The new folder says which run it was
//! rounded from; it has neither epochs nor a checkpoint, so it cannot be trained further.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::conclusion::{Measured, Origin};
use super::{Observer, TrainError, TrainEvent};
use crate::dataset::{ComputeOptions, Dataset, DatasetError, Inputs, Split, Task};
use crate::evaluate::{calibration_inputs, requantise};
use crate::features::FrontEnd;
use crate::model::StoredModel;
use crate::runs::{RunEnd, RunFolder, RunId, RunLock, Summary, file_names};
use crate::settings::Config;

/// A run to be made by rounding another.
#[derive(Debug, Clone, PartialEq)]
pub struct Rounding {
    /// The finished run whose weights are rounded.
    pub source: RunFolder,
    /// Its settings, at the widths of the new run.
    pub config: Config,
    /// Folder of the new run, which must not exist or be empty.
    pub target: PathBuf,
}

/// The name of a run at other widths: `demo-w5a8`.
pub fn rounded_name(source: &str, weight_bits: u32, activation_bits: u32) -> String {
    format!("{source}-w{weight_bits}a{activation_bits}")
}

/// The run that the weights of `run` were trained in: itself, or the one that it was rounded from.
pub fn trained_run(run: &RunId, summary: Option<&Summary>) -> RunId {
    summary.and_then(|summary| summary.rounded_from.clone()).unwrap_or_else(|| run.clone())
}

/// Makes the run; nothing is left of one that fails or is cancelled.
///
/// `dataset` must be the one that the source was trained on. `observer` hears how it goes; `cancel` is looked at between
/// the pieces.
///
/// # Errors
/// The source is not finished, the target is taken, the recordings are others, a width is out of range, something cannot
/// be read or written, or it was cancelled ([`DatasetError::Cancelled`]).
pub fn round_run(
    rounding: &Rounding,
    dataset: &Dataset,
    observer: &dyn Observer,
    cancel: &AtomicBool,
) -> Result<(RunFolder, Summary), TrainError> {
    let source = &rounding.source;
    let Some(trained) = source.summary()? else {
        return Err(TrainError::Unfinished(source.path().to_path_buf()));
    };
    // Before the work; whoever takes the folder meanwhile still wins.
    RunFolder::check_free(&rounding.target)?;
    if trained.data_fingerprint != dataset.fingerprint() {
        let found = dataset.fingerprint().to_string();
        return Err(TrainError::OtherData { expected: trained.data_fingerprint, found });
    }
    let model = StoredModel::load(&source.file(file_names::MODEL))?;
    let prepared = Prepared::new(&model, dataset, observer, cancel)?;
    let model = requantise(&model, &rounding.config, &prepared.calibration)?;
    observer.observe(TrainEvent::Testing);
    let measured = Measured::of(&model, &prepared.valid, &prepared.test, Some(cancel))?;
    let measured = measured.ok_or(DatasetError::Cancelled)?;
    let from = trained_run(&source.id(), Some(&trained));
    let origin = origin(&trained, &from);
    let target = &rounding.target;
    let run = RunFolder::create_rounded(target, &rounding.config, dataset.fingerprint(), &from)?;
    let stored = RunLock::acquire(target)
        .map_err(TrainError::from)
        .and_then(|_lock| measured.store(&run, &model, &origin, dataset, &prepared.test));
    match stored {
        Ok(summary) => Ok((run, summary)),
        Err(error) => {
            take_back(target);
            Err(error)
        }
    }
}

/// The weights are those of the trained run, and so is the time that they took.
fn origin(trained: &Summary, from: &RunId) -> Origin {
    Origin {
        end: RunEnd::Rounded,
        rounded_from: Some(from.clone()),
        best_epoch: trained.best_epoch,
        num_epochs: trained.num_epochs,
        train_seconds: trained.train_seconds,
        samples_per_sec: trained.samples_per_sec,
        machine: trained.machine.clone(),
    }
}

/// What is read of the dataset.
struct Prepared {
    calibration: Vec<f32>,
    valid: Inputs,
    test: Inputs,
}

impl Prepared {
    fn new(
        model: &StoredModel,
        dataset: &Dataset,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Self, TrainError> {
        let task = Task::new(dataset, &model.config)?;
        let front_end = FrontEnd::new(&model.config.features)?;
        let tell = |what| move |done, total| observer.observe(TrainEvent::Preparing { what, done, total });
        let of_split = |split, what| {
            let progress = tell(what);
            let options = ComputeOptions { threads: 0, progress: &progress, cancel };
            Inputs::of_split(dataset, &task, split, &front_end, options)
        };
        let progress = tell("computing training inputs");
        let options = ComputeOptions { threads: 0, progress: &progress, cancel };
        Ok(Self {
            calibration: calibration_inputs(model, dataset, options)?,
            valid: of_split(Split::Valid, "computing validation inputs")?,
            test: of_split(Split::Test, "computing testing inputs")?,
        })
    }
}

/// Removes the files of a run that was just made, and its folder if nothing else is in it.
fn take_back(folder: &Path) {
    for name in [file_names::SUMMARY, file_names::PREDICTIONS, file_names::MODEL, file_names::CONFIG] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let _ = std::fs::remove_dir(folder);
}

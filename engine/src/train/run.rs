//! Training a run folder from wherever it is to its end.

use std::path::Path;
use std::time::Duration;

use super::prepare::Prepared;
use super::session::Session;
use super::{Control, Observer, Outcome, StepSpeeds, TrainError, TrainEvent, Wish};
use crate::dataset::DatasetError;
use crate::features::FrontEnd;
use crate::model::NetworkPlan;
use crate::runs::{Failure, RunEnd, RunError, RunFolder, RunLock, Summary, failure, file_names};
use crate::settings::Config;

/// Labels beside the target words: silence and unknown.
const NUM_OTHER_LABELS: usize = 2;

/// How a run is trained; nothing here changes its result.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions<'a> {
    /// Folder for decoded sound and computed inputs.
    pub cache_folder: &'a Path,
    /// Least time between two checkpoints within an epoch; there is one at the end of each epoch anyway.
    pub checkpoint_interval: Duration,
    /// Where the speed of training steps against dense is kept and looked up; `None` measures nothing. Measuring takes
    /// some dense steps, and the memory of a dense network, between the first steps of the run.
    pub step_speeds: Option<&'a StepSpeeds>,
}

impl<'a> RunOptions<'a> {
    /// With a checkpoint every minute within long epochs, and no measurement of speed.
    pub fn new(cache_folder: &'a Path) -> Self {
        Self { cache_folder, checkpoint_interval: Duration::from_secs(60), step_speeds: None }
    }
}

/// Trains a run to its end: from its checkpoint if it has one, from the start otherwise. A complete run is
/// left as it is and its summary returned; one that was stopped by a person is continued.
///
/// The folder needs only its `config.toml`. On the same machine the final weights depend on configuration and
/// recordings alone: not on the number of threads, nor on how often the run was interrupted.
///
/// `control` pauses and ends it within a step (and between the pieces of preparation and validation);
/// `observer` hears how it goes. The caller removes the folder of a discarded run.
///
/// # Errors
/// The run is one that was rounded after training and is not whole; the dataset or the network cannot be had, the loss is
/// no number any more, or the folder cannot be written. The last checkpoint and the best weights are kept.
pub fn run(
    run: &RunFolder,
    options: RunOptions<'_>,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Outcome, TrainError> {
    let lock = RunLock::acquire(run.path())?;
    let config = run.config()?;
    if let Some(summary) = complete_summary(run)? {
        return Ok(Outcome::Finished(Box::new(summary)));
    }
    if let Some(from) = run.rounded_from() {
        return Err(TrainError::Rounded { from });
    }
    failure::forget(run.path());
    let result = train_on(run, config, &lock, options, control, observer);
    if let Err(error) = &result {
        failure::keep(run.path(), &Failure { message: error.to_string(), remedy: error.remedy() });
    }
    result
}

/// Trains a run that is not complete, by the program that holds its lock.
fn train_on(
    run: &RunFolder,
    config: Config,
    lock: &RunLock,
    options: RunOptions<'_>,
    control: &Control,
    observer: &dyn Observer,
) -> Result<Outcome, TrainError> {
    check_settings(&config)?;
    let observer = Beating { observer, lock };
    let began_with = run.fingerprint();
    let began_with = began_with.as_deref();
    let prepared = match Prepared::new(&config, began_with, options.cache_folder, &observer, control.ending())
    {
        Ok(prepared) => prepared,
        Err(TrainError::Dataset(DatasetError::Cancelled)) => {
            return Ok(match control.wish() {
                Wish::Discard => Outcome::Discarded,
                _ => Outcome::Interrupted,
            });
        }
        Err(error) => return Err(error),
    };
    keep_fingerprint(run, &config, prepared.dataset.fingerprint())?;
    tell_notices(&config, &prepared, &observer);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(config.train.threads)
        .thread_name(|number| format!("train-{number}"))
        .build()
        .map_err(|error| TrainError::Threads {
            num_threads: config.train.threads,
            reason: error.to_string(),
        })?;
    // Everything below computes on this pool, the products of the tensor library included.
    pool.install(|| {
        let mut session = Session::begin(run, &config, &prepared, control, &observer, &options)?;
        match session.train() {
            Ok(ending) => session.finish(ending),
            Err(error @ TrainError::Diverged { .. }) => {
                session.salvage()?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    })
}

/// The summary of a run that has nothing left to do: complete, with its weights. A summary that cannot be
/// read, or whose weights are gone, is made again from the checkpoint.
fn complete_summary(run: &RunFolder) -> Result<Option<Summary>, RunError> {
    let summary = match run.summary() {
        Ok(summary) => summary,
        Err(RunError::Damaged(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(summary.filter(|summary| summary.end != RunEnd::Stopped && run.has_whole(file_names::MODEL)))
}

/// Checks settings against each other as far as no recordings are needed for it: what can never be trained is told at once,
/// not after all recordings were decoded.
///
/// # Errors
/// Settings that contradict each other, describe no front end or no network, or only price one.
pub fn check_settings(config: &Config) -> Result<(), TrainError> {
    config.check()?;
    let front_end = FrontEnd::new(&config.features)?;
    let (inputs, outputs) = (front_end.num_inputs(), config.data.words.len() + NUM_OTHER_LABELS);
    for (key, asked, found) in
        [("model.inputs", config.model.inputs, inputs), ("model.outputs", config.model.outputs, outputs)]
    {
        if asked != 0 && asked != found {
            return Err(TrainError::OnlyPriced { key, asked, found });
        }
    }
    NetworkPlan::new(config, inputs, outputs)?;
    Ok(())
}

/// Says before the first step what a person would want to know after the last.
fn tell_notices(config: &Config, prepared: &Prepared, observer: &dyn Observer) {
    let tell = |text: &str| observer.observe(TrainEvent::Notice(text));
    prepared.task.notes().iter().for_each(|note| tell(note));
    if let Ok(network) = crate::model::network_view(config) {
        network.warnings.iter().for_each(|warning| tell(warning));
    }
}

/// Writes the fingerprint of the recordings into the run, or holds them against it.
fn keep_fingerprint(run: &RunFolder, config: &Config, found: &str) -> Result<(), TrainError> {
    match run.fingerprint() {
        None => Ok(run.write_config(config, Some(found))?),
        Some(expected) if expected == found => Ok(()),
        Some(expected) => Err(TrainError::OtherData { expected, found: found.to_string() }),
    }
}

/// Gives signs of life on the lock of the run whenever something is told.
struct Beating<'a> {
    observer: &'a dyn Observer,
    lock: &'a RunLock,
}

impl Observer for Beating<'_> {
    fn observe(&self, event: TrainEvent<'_>) {
        self.lock.beat();
        self.observer.observe(event);
    }
}

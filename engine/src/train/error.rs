//! Why a run ended with an error.

use std::path::PathBuf;

use crate::dataset::DatasetError;
use crate::evaluate::EvaluateError;
use crate::features::FeatureError;
use crate::model::ModelError;
use crate::runs::{Remedy, RunError, RunId};
use crate::settings::SettingsError;

/// Why a run ended with an error. Its last checkpoint and best weights are kept in every case.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file of the run cannot be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Settings contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The dataset cannot be opened or does not fit the settings.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The front end cannot be built.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// The network cannot be built or computed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network cannot be measured.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The loss is no number any more.
    #[error(
        "the loss became {loss} in epoch {epoch}, step {step}: training diverged and was stopped; {kept}; lower `train.learning_rate` (it is {learning_rate}) and train again"
    )]
    Diverged {
        /// `NaN` or infinite.
        loss: f64,
        /// Epoch, from 1.
        epoch: usize,
        /// Step, from 1.
        step: usize,
        /// What there is to use.
        kept: String,
        /// The setting.
        learning_rate: f64,
    },
    /// The run was begun on other recordings.
    #[error(
        "this run was begun on other recordings than those in the dataset folder now (fingerprint {expected}, found {found}); give it the same dataset, or start a new run"
    )]
    OtherData {
        /// Fingerprint in the run folder.
        expected: String,
        /// Fingerprint of the dataset.
        found: String,
    },
    /// The checkpoint belongs to other settings.
    #[error(
        "the checkpoint was written with other settings than config.toml has now; put the old settings back, or start a new run"
    )]
    OtherSettings,
    /// The settings describe a network for another task.
    #[error(
        "`{key}` is {asked}, but this front end and these words make it {found}; set it to 0 to train (other values are for memory bills)"
    )]
    OnlyPriced {
        /// The key.
        key: &'static str,
        /// Its value.
        asked: usize,
        /// What the data needs.
        found: usize,
    },
    /// The run to be rounded has no weights to be kept.
    #[error("this run is not finished: let it end, or stop it and keep its weights, then round it ({0})")]
    Unfinished(PathBuf),
    /// The run was never trained.
    #[error(
        "this run was rounded from {from} after training and has no checkpoint, so it cannot be continued; continue {from} and round it again, or train a new run"
    )]
    Rounded {
        /// The run that was trained.
        from: RunId,
    },
    /// The system refuses threads.
    #[error("cannot start {num_threads} training threads: {reason}; set `train.threads` to a smaller number")]
    Threads {
        /// Threads asked for.
        num_threads: usize,
        /// What the system said.
        reason: String,
    },
}

impl TrainError {
    /// What can help a run that ended this way.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Diverged { .. } => Remedy::LowerLearningRate,
            Self::Settings(_)
            | Self::Features(_)
            | Self::Model(_)
            | Self::OtherSettings
            | Self::OnlyPriced { .. }
            | Self::Threads { .. }
            | Self::Rounded { .. }
            | Self::Dataset(
                DatasetError::NoSuchWord { .. } | DatasetError::Task { .. } | DatasetError::Features(_),
            ) => Remedy::ChangeSettings,
            // A disk, a folder, other recordings than before: the run itself can still be completed.
            _ => Remedy::TryAgain,
        }
    }
}

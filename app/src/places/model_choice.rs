//! A model that a person chose, kept between sessions.

use std::path::PathBuf;

use engine::protocol::{ModelSource, RunState, RunsView};
use engine::runs::RunId;
use serde::{Deserialize, Serialize};

/// A model, in a form that can be saved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ModelChoice {
    /// No model.
    #[default]
    None,
    /// The dense model that ships with the workbench.
    BuiltInDense,
    /// The compressed model that ships with the workbench.
    BuiltInCompressed,
    /// The best weights of a run.
    Run(String),
    /// A model file.
    File(PathBuf),
}

impl From<ModelSource> for ModelChoice {
    fn from(source: ModelSource) -> Self {
        match source {
            ModelSource::BuiltInDense => Self::BuiltInDense,
            ModelSource::BuiltInCompressed => Self::BuiltInCompressed,
            ModelSource::Run(run) => Self::Run(run.0),
            ModelSource::File(path) => Self::File(path),
        }
    }
}

impl ModelChoice {
    /// The model, if one is chosen.
    pub fn source(&self) -> Option<ModelSource> {
        match self {
            Self::None => None,
            Self::BuiltInDense => Some(ModelSource::BuiltInDense),
            Self::BuiltInCompressed => Some(ModelSource::BuiltInCompressed),
            Self::Run(run) => Some(ModelSource::Run(RunId(run.clone()))),
            Self::File(path) => Some(ModelSource::File(path.clone())),
        }
    }

    /// Its name in the picker.
    pub fn name(&self) -> &str {
        match self {
            Self::None => "None",
            Self::BuiltInDense => "Dense, built in",
            Self::BuiltInCompressed => "CGS, built in",
            Self::Run(run) => run,
            Self::File(path) => path.file_name().and_then(|name| name.to_str()).unwrap_or("Model file"),
        }
    }
}

/// Runs that have a model: finished, newest first, with their test accuracy.
pub(super) fn finished<'a>(runs: &'a RunsView, filter: &str) -> Vec<(&'a RunId, f64)> {
    let filter = filter.to_lowercase();
    let finished = runs.runs.iter().filter(|row| row.state == RunState::Finished);
    finished
        .filter_map(|row| Some((&row.run, row.summary.as_ref()?.test_accuracy)))
        .filter(|(run, _)| run.0.to_lowercase().contains(&filter))
        .collect()
}

//! What a person chose to listen with and to; kept between sessions.

use std::path::PathBuf;

use egui::Color32;
use engine::protocol::{LiveModel, ModelSource, RunState, RunsView, StreamSource};
use engine::runs::RunId;
use serde::{Deserialize, Serialize};

use crate::theme::{Method, Theme};

/// How far the shade of a second model with the same method is from its colour to that of text.
const SHADE: f32 = 0.65;

/// A model, in a form that can be saved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ModelChoice {
    /// No model: the other one listens alone.
    #[default]
    None,
    /// The dense model that ships with the workbench.
    BuiltInDense,
    /// The compressed model that ships with the workbench.
    BuiltInCompressed,
    /// The best weights of a run.
    Run(String),
}

impl From<ModelSource> for ModelChoice {
    fn from(source: ModelSource) -> Self {
        match source {
            ModelSource::BuiltInDense => Self::BuiltInDense,
            ModelSource::BuiltInCompressed => Self::BuiltInCompressed,
            ModelSource::Run(run) => Self::Run(run.0),
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
        }
    }

    /// Its name in the picker.
    pub fn name(&self) -> &str {
        match self {
            Self::None => "None",
            Self::BuiltInDense => "Dense, built in",
            Self::BuiltInCompressed => "CGS, built in",
            Self::Run(run) => run,
        }
    }
}

/// The method of a model, which gives its colour.
pub(super) fn method(source: &ModelSource, runs: &RunsView) -> Method {
    match source {
        ModelSource::BuiltInDense => Method::Dense,
        ModelSource::BuiltInCompressed => Method::Cgs,
        ModelSource::Run(run) => {
            let row = runs.runs.iter().find(|row| row.run == *run);
            row.and_then(|row| row.config.as_ref()).map_or(Method::Cgs, Method::of)
        }
    }
}

/// One colour for each model: that of its method, and a shade of it where an earlier model has it already.
pub(super) fn colours(theme: &Theme, models: &[LiveModel], runs: &RunsView) -> Vec<Color32> {
    let mut colours = Vec::with_capacity(models.len());
    for model in models {
        let colour = theme.method(method(&model.source, runs));
        let is_taken = colours.contains(&colour);
        colours.push(if is_taken { colour.lerp_to_gamma(theme.palette.text, SHADE) } else { colour });
    }
    colours
}

/// Runs that can listen: finished, newest first, with their test accuracy.
pub(super) fn listeners<'a>(runs: &'a RunsView, filter: &str) -> Vec<(&'a RunId, f64)> {
    let filter = filter.to_lowercase();
    let finished = runs.runs.iter().filter(|row| row.state == RunState::Finished);
    finished
        .filter_map(|row| Some((&row.run, row.summary.as_ref()?.test_accuracy)))
        .filter(|(run, _)| run.0.to_lowercase().contains(&filter))
        .collect()
}

/// Where the sound comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SourceKind {
    /// A capture device.
    #[default]
    Microphone,
    /// A sound file at real-time pace.
    Recording,
}

/// The chosen source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SourceChoice {
    /// Microphone or recording.
    pub kind: SourceKind,
    /// Device id; `None` is the system's default.
    pub device: Option<String>,
    /// Path of the recording, as typed or chosen.
    pub recording: String,
}

impl SourceChoice {
    /// The source to open.
    ///
    /// # Errors
    /// What is still missing.
    pub fn source(&self) -> Result<StreamSource, &'static str> {
        match self.kind {
            SourceKind::Microphone => Ok(StreamSource::Microphone(self.device.clone())),
            SourceKind::Recording if self.recording.trim().is_empty() => {
                Err("Choose a recording first, type its path, or drop it on the window.")
            }
            SourceKind::Recording => Ok(StreamSource::Recording(PathBuf::from(self.recording.trim()))),
        }
    }
}

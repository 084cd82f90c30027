//! What a person chose to listen to, kept between sessions; and the colours of the models that listen.

use std::path::PathBuf;

use egui::Color32;
use engine::protocol::{LiveModel, StreamSource};
use serde::{Deserialize, Serialize};

use crate::theme::Theme;

/// How far the shade of a second model with the same method is from its colour to that of text.
const SHADE: f32 = 0.65;

/// One colour for each model: that of its method, and a shade of it where an earlier model has it already.
pub(super) fn colours(theme: &Theme, models: &[LiveModel]) -> Vec<Color32> {
    let mut colours = Vec::with_capacity(models.len());
    for model in models {
        let colour = theme.method(model.method);
        let is_taken = colours.contains(&colour);
        colours.push(if is_taken { colour.lerp_to_gamma(theme.palette.text, SHADE) } else { colour });
    }
    colours
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

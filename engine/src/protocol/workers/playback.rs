//! Plays clips and sound files.

use std::path::PathBuf;

use super::Context;
use crate::dataset::ClipId;

/// Plays one sound at a time.
pub(crate) struct PlaybackWorker {}

impl PlaybackWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn play_clip(&self, _clip: ClipId) {}

    pub fn play_file(&self, _path: PathBuf) {}

    pub fn stop(&self) {}
}

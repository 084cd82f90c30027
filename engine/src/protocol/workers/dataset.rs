//! Opens datasets and looks at single clips.

use std::path::PathBuf;

use super::Context;
use crate::dataset::ClipId;
use crate::settings::FeatureConfig;

/// Reads datasets and computes what is shown of a clip.
pub(crate) struct DatasetWorker {}

impl DatasetWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn open(&self, _folder: Option<PathBuf>) {}

    pub fn cancel(&self) {}

    pub fn inspect(&self, _clip: ClipId, _features: FeatureConfig) {}
}

//! Lists capture devices and listens with up to two models.

use super::Context;
use crate::protocol::{ModelSource, StreamSource};
use crate::settings::DetectConfig;

/// Owns the live stream.
pub(crate) struct LiveWorker {}

impl LiveWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn list_devices(&self) {}

    pub fn start_listening(&self, _source: StreamSource, _models: Vec<ModelSource>, _detect: DetectConfig) {}

    pub fn set_detection(&self, _detect: DetectConfig) {}

    pub fn stop(&self) {}
}

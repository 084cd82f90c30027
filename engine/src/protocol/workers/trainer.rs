//! The queue of runs and the run in progress.

use super::Context;
use crate::protocol::StopMode;
use crate::runs::RunId;
use crate::settings::Config;

/// Trains queued runs one after the other.
pub(crate) struct TrainerWorker {}

impl TrainerWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn queue(&self, _config: Box<Config>, _name: Option<String>) {}

    pub fn continue_run(&self, _run: RunId) {}

    pub fn dequeue(&self, _run: RunId) {}

    pub fn pause(&self) {}

    pub fn resume(&self) {}

    pub fn stop(&self, _mode: StopMode) {}
}

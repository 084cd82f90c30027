//! Lists run folders, loads their details, deletes and restores them.

use super::Context;
use crate::runs::RunId;

/// Reads and changes the runs folder.
pub(crate) struct RunsWorker {}

impl RunsWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn refresh(&self) {}

    pub fn delete(&self, _run: RunId) {}

    pub fn restore(&self, _run: RunId) {}

    pub fn load_details(&self, _runs: Vec<RunId>) {}
}

//! Downloads the full Speech Commands archive.

use std::path::PathBuf;

use super::Context;

/// Downloads, verifies and unpacks.
pub(crate) struct FetchWorker {}

impl FetchWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn fetch(&self, _folder: PathBuf) {}

    pub fn cancel(&self) {}
}

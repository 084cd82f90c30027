//! Draws patterns and prices networks while sliders move.

use super::Context;
use crate::settings::Config;

/// Plans the latest configuration asked for.
pub(crate) struct PlannerWorker {}

impl PlannerWorker {
    pub fn start(_context: &Context) -> Self {
        Self {}
    }

    pub fn plan(&self, _config: Box<Config>) {}
}

//! How a run ended without an error.

use crate::runs::Summary;

/// How a run ended without an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The folder is complete.
    Finished(Box<Summary>),
    /// The person threw the run away; its folder is still there, for the caller to remove.
    Discarded,
    /// It was left with a checkpoint, or before there was anything to keep, and can be continued.
    Interrupted,
}

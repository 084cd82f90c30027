//! What can go wrong with exports.

use std::path::PathBuf;

use super::Format;
use crate::model::ModelError;
use crate::runs::RunError;

/// What can go wrong with exports.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The format needs an integer network.
    #[error(
        "the model's weights or activations are floating point, but `{}` exports integers; train with `quant.weight_bits` up to 16 and `quant.activation_bits` up to 16, or round it after training: Bits in Compare, or `coarsegrain quantise`",
        format.name()
    )]
    NotInteger {
        /// The format.
        format: Format,
    },
    /// The format cannot take this model or these options.
    #[error("`{}`: {reason}", format.name())]
    Unsuitable {
        /// The format.
        format: Format,
        /// What does not fit, and what to do.
        reason: String,
    },
    /// A packed file is damaged.
    #[error("the packed file cannot be read: {0}; copy or export it again")]
    Damaged(String),
    /// The model's parts do not fit each other.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file of the run cannot be read, or one of the export not be written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The folder cannot be made.
    #[error("cannot make the folder: {source} ({path})")]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// The folder.
        path: PathBuf,
    },
}

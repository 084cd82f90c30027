//! What can go wrong with networks and model files.

use std::path::PathBuf;

use crate::sparse::SparseError;

/// What can go wrong with networks and model files.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The configuration asks for a network that cannot be built.
    #[error("{0}")]
    Config(String),
    /// A layer's pattern cannot be drawn, or a buffer does not fit it.
    #[error("{place}: {source}")]
    Layer {
        /// Which layer.
        place: String,
        /// What is wrong with it.
        source: SparseError,
    },
    /// A buffer has the wrong length, or a label does not exist.
    #[error("{0}")]
    Input(String),
    /// The tensor library refused.
    #[error("the tensor library failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A model file is missing, cut or inconsistent.
    #[error("the model cannot be read: {reason}; copy or train it again{}", suffix(.path))]
    Damaged {
        /// What does not fit.
        reason: String,
        /// The file, if it came from one.
        path: Option<PathBuf>,
    },
    /// A model file cannot be read or written.
    #[error("cannot {action} the model: {source} ({path})")]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
}

fn suffix(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default()
}

impl ModelError {
    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged { reason: reason.into(), path: None }
    }
}

//! What can go wrong while speed is measured.

use crate::features::FeatureError;
use crate::model::ModelError;
use crate::settings::SettingsError;
use crate::sparse::SparseError;

/// What can go wrong while speed is measured.
#[derive(Debug, thiserror::Error)]
pub enum SpeedError {
    /// The block size, drop probability or weight bits are out of range.
    #[error("{0}")]
    Settings(#[from] SettingsError),
    /// The layer cannot be built or computed.
    #[error(transparent)]
    Layer(#[from] SparseError),
    /// The network cannot be built or computed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The front end cannot be built.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// The tensor library refused.
    #[error("the tensor library failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

//! The models that ship with the workbench, so that it can listen before anything was trained.

use super::{ModelError, StoredModel};

/// The dense model.
///
/// # Errors
/// [`ModelError::NotShipped`] where this build has none.
pub fn dense() -> Result<StoredModel, ModelError> {
    Err(ModelError::NotShipped { name: "dense" })
}

/// The compressed model: 512-512, b = 64, p = 0.75, 5 bits.
///
/// # Errors
/// [`ModelError::NotShipped`] where this build has none.
pub fn compressed() -> Result<StoredModel, ModelError> {
    Err(ModelError::NotShipped { name: "cgs" })
}

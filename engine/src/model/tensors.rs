//! Files of named tensors.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};

use super::ModelError;

/// Key of the one text that the files of this program carry.
pub(crate) const METADATA: &str = "coarsegrain";

/// Name, type, shape and bytes of a tensor.
pub(crate) type NamedTensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// A list of floats as a tensor.
pub(crate) fn floats(name: impl Into<String>, values: &[f32]) -> NamedTensor {
    shaped(name, vec![values.len()], values)
}

/// Floats, row-major, as a tensor of this shape.
pub(crate) fn shaped(name: impl Into<String>, shape: Vec<usize>, values: &[f32]) -> NamedTensor {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    (name.into(), Dtype::F32, shape, bytes)
}

/// The content of a safetensors file. One text of metadata, because the order of several would change from one writing to
/// the next, and the same model must give the same bytes.
///
/// # Errors
/// A shape does not fit its bytes.
pub(crate) fn to_bytes(tensors: &[NamedTensor], metadata: String) -> Result<Vec<u8>, ModelError> {
    let failed = |error: safetensors::SafeTensorError| ModelError::Input(error.to_string());
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    safetensors::serialize(views, Some(HashMap::from([(METADATA.to_owned(), metadata)]))).map_err(failed)
}

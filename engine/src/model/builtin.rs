//! The models that ship with the workbench, so that it can listen before anything was trained.
//!
//! Runs of `experiments/keyword-dense` and `experiments/keyword-cgs`, seed 1, on Speech Commands recordings; see
//! `assets/README.md`.

use super::{ModelError, StoredModel};

static DENSE: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/models/dense.safetensors"));
static COMPRESSED: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/models/cgs.safetensors"));

/// The dense model: 403-512-512-12, floating point.
///
/// # Errors
/// [`ModelError::Damaged`] where the file that this program was built with was not whole.
pub fn dense() -> Result<StoredModel, ModelError> {
    StoredModel::load_bytes(DENSE)
}

/// The compressed model: the same layers, b = 64, p = 0.75, 5 bits.
///
/// # Errors
/// As [`dense`].
pub fn compressed() -> Result<StoredModel, ModelError> {
    StoredModel::load_bytes(COMPRESSED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Bill;

    const LABELS: [&str; 12] =
        ["silence", "unknown", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];

    #[test]
    fn both_know_the_same_words_and_name_no_folder_of_their_maker() {
        for model in [dense().unwrap(), compressed().unwrap()] {
            assert_eq!(model.labels, LABELS);
            assert_eq!(model.plan.num_inputs(), 403);
            assert_eq!(model.config.data.dir, "");
        }
    }

    #[test]
    fn the_compressed_one_is_what_the_method_promises() {
        let (dense, compressed) = (dense().unwrap(), compressed().unwrap());
        assert_eq!(Bill::of(&dense.plan).total.dense_fp32, Bill::of(&compressed.plan).total.dense_fp32);
        assert!(Bill::of(&compressed.plan).total.reduction_vs_fp32() >= 20.0);
        assert!(compressed.plan.macs() * 3 < dense.plan.macs());
    }
}

//! Whether figures are of the recordings that a run was made with.

use crate::dataset::Dataset;

/// Whether `fingerprint`, as a run stores it, is of these recordings.
pub fn are_recordings_of(dataset: &Dataset, fingerprint: &str) -> bool {
    dataset.recognises(fingerprint)
}

/// What to know of figures that are measured on `dataset`, where a run was made with the recordings of `fingerprint`:
/// nothing where they are the same.
pub fn other_recordings_note(dataset: &Dataset, fingerprint: &str) -> Option<String> {
    (!are_recordings_of(dataset, fingerprint)).then(|| {
        format!(
            "These are other recordings than the run was made with (fingerprint {}, the run's {fingerprint}): the figures \
             cannot be held against the run's own.",
            dataset.fingerprint()
        )
    })
}

//! Models by what a person chose.

use std::path::Path;

use crate::model::{ModelError, StoredModel, builtin};
use crate::protocol::ModelSource;
use crate::runs::file_names;

/// The model, and its name for people.
pub(super) fn stored(source: &ModelSource, runs_folder: &Path) -> (String, Result<StoredModel, ModelError>) {
    match source {
        ModelSource::BuiltInDense => ("dense (built in)".to_owned(), builtin::dense()),
        ModelSource::BuiltInCompressed => ("CGS (built in)".to_owned(), builtin::compressed()),
        ModelSource::Run(run) => {
            let path = runs_folder.join(&run.0).join(file_names::MODEL);
            (run.0.clone(), StoredModel::load(&path))
        }
    }
}

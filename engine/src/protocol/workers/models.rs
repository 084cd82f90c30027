//! Models by what a person chose.

use std::path::Path;

use crate::export::{ExportError, load_model};
use crate::model::{StoredModel, builtin};
use crate::protocol::ModelSource;
use crate::runs::file_names;

/// The model, and its name for people.
pub(super) fn stored(source: &ModelSource, runs_folder: &Path) -> (String, Result<StoredModel, ExportError>) {
    match source {
        ModelSource::BuiltInDense => {
            ("dense (built in)".to_owned(), builtin::dense().map_err(ExportError::from))
        }
        ModelSource::BuiltInCompressed => {
            ("CGS (built in)".to_owned(), builtin::compressed().map_err(ExportError::from))
        }
        ModelSource::Run(run) => {
            let path = runs_folder.join(&run.0).join(file_names::MODEL);
            (run.0.clone(), load_model(&path))
        }
        ModelSource::File(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            (name.into_owned(), load_model(path))
        }
    }
}

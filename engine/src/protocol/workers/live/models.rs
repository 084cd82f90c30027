//! The models that listen: from the choice of a person to what the stream needs and what is shown.

use std::path::Path;

use crate::detect::StreamModel;
use crate::memory::Bill;
use crate::model::{StoredModel, builtin};
use crate::protocol::{Grid, LiveModel, ModelSource};
use crate::runs::file_names;

/// Reads a model; the second part is what is shown of it.
pub(super) fn load(source: &ModelSource, runs_folder: &Path) -> Result<(StreamModel, LiveModel), String> {
    let (name, model) = match source {
        ModelSource::BuiltInDense => ("dense (built in)".to_owned(), builtin::dense()),
        ModelSource::BuiltInCompressed => ("CGS (built in)".to_owned(), builtin::compressed()),
        ModelSource::Run(run) => {
            let path = runs_folder.join(&run.0).join(file_names::MODEL);
            (run.0.clone(), StoredModel::load(&path))
        }
    };
    let model = model.map_err(|error| format!("`{name}` cannot listen: {error}"))?;
    let stream =
        StreamModel::from_stored(&model).map_err(|error| format!("`{name}` cannot listen: {error}"))?;
    let shown = LiveModel {
        source: source.clone(),
        name,
        bits: Bill::of(&model.plan).total,
        macs: model.plan.macs(),
        decision_micros: 0.0,
        labels: model.labels,
        times_secs: Vec::new(),
        posteriors: Grid::default(),
    };
    Ok((stream, shown))
}

//! The models that listen: from the choice of a person to what the stream needs and what is shown.

use std::path::Path;

use super::super::models;
use crate::detect::StreamModel;
use crate::fixed::ShippedPredictor;
use crate::look::Method;
use crate::memory::Bill;
use crate::protocol::{Grid, LiveModel, ModelSource};

/// Reads a model; the second part is what is shown of it.
pub(super) fn load(source: &ModelSource, runs_folder: &Path) -> Result<(StreamModel, LiveModel), String> {
    let (name, model) = models::stored(source, runs_folder);
    let failed = |error: &dyn std::fmt::Display| format!("`{name}` cannot listen: {error}");
    let model = model.map_err(|error| failed(&error))?;
    let stream = StreamModel::from_stored(&model).map_err(|error| failed(&error))?;
    let is_integer = ShippedPredictor::of(&model).map_err(|error| failed(&error))?.is_fixed();
    let first = model.plan.layers.first();
    let shown = LiveModel {
        method: first.map_or(Method::Dense, |layer| Method::of_pattern(&layer.pattern)),
        source: source.clone(),
        name,
        bits: Bill::of(&model.plan).total,
        macs: model.plan.macs(),
        is_integer,
        decision_micros: 0.0,
        labels: model.labels,
        times_secs: Vec::new(),
        posteriors: Grid::default(),
    };
    Ok((stream, shown))
}

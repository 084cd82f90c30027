//! The models that listen: from the choice of a person to what the stream needs and what is shown.

use std::path::Path;

use super::super::models;
use crate::detect::StreamModel;
use crate::fixed::ShippedPredictor;
use crate::look::{Method, numbers, phrases};
use crate::memory::Bill;
use crate::model::LayerPlan;
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
        title: first.map_or(String::new(), title),
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

/// What a layer is, in a phrase: `CGS b = 64, p = 75 %, 5 × 8 bit`.
fn title(layer: &LayerPlan) -> String {
    let widths = numbers::bit_widths(layer.weight_bits, layer.activation_bits);
    format!("{}, {widths}", phrases::pattern(&layer.pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_that_ship_say_what_they_are() {
        let shown = |source| load(&source, Path::new("no runs")).unwrap().1;
        let (dense, compressed) = (shown(ModelSource::BuiltInDense), shown(ModelSource::BuiltInCompressed));
        assert!(dense.title.starts_with("Dense, "), "{}", dense.title);
        assert!(
            compressed.title.contains("CGS") && compressed.title.contains("b = "),
            "{}",
            compressed.title
        );
        assert!(compressed.title.contains(" bit"), "{}", compressed.title);
        assert!(compressed.bits.total < dense.bits.total);
    }
}

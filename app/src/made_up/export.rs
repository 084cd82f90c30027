//! Made-up models to export, and what came of it.

use std::sync::Arc;

use engine::export::{ExportOptions, Exported, Format};
use engine::memory::MemoryBits;
use engine::protocol::{
    ExportOrder, ExportOutcome, ExportView, LayerIntegers, ModelFacts, ModelLayer, ModelSource, ModelView,
};

/// Facts of the usual network, in integers or not.
pub fn model(source: ModelSource, is_integer: bool) -> ModelView {
    let sizes = [("hidden 1", 512, 403, 58_368), ("hidden 2", 512, 512, 65_536), ("output", 12, 512, 6144)];
    let layers =
        sizes.into_iter().enumerate().map(|(index, (name, out_features, in_features, kept_weights))| {
            ModelLayer {
                name: name.into(),
                out_features,
                in_features,
                kept_weights,
                weight_bits: 5,
                activation_bits: if is_integer { 8 } else { 32 },
                integers: is_integer.then_some(LayerIntegers {
                    weight_exponent: -7,
                    input_exponent: -5 + index as i32,
                    accumulator_bits: 21,
                    shift: (index < 2).then_some(6),
                }),
            }
        });
    let bits = MemoryBits {
        weights: 650_240,
        index: 432,
        biases: 21_756,
        total: 672_428,
        dense_fp32: 15_221_120,
        dense_fp64: 30_442_240,
    };
    let float_reason = "its activations are floating point; keep the run at such bits: Bits in Compare";
    let facts = ModelFacts {
        name: "made up".into(),
        bits,
        macs: 130_048,
        float_reason: if is_integer { String::new() } else { float_reason.into() },
        layers: layers.collect(),
    };
    ModelView { source, facts: Ok(facts) }
}

/// A model with a finished export of packed blocks, and one of C that failed.
pub fn exported(source: &ModelSource) -> ExportView {
    let outcome = |format: Format, result| {
        let folder = std::path::PathBuf::from("/out/made-up").join(format.name());
        let options = ExportOptions::default();
        let order = ExportOrder { model: source.clone(), format, options, folder };
        let bill =
            MemoryBits { weights: 650_240, index: 432, biases: 21_756, total: 672_428, ..Default::default() };
        Arc::new(ExportOutcome { order, bill, result })
    };
    let files = vec![
        ("/out/made-up/blocks/model.blocks".into(), 84_238),
        ("/out/made-up/blocks/README.md".into(), 2110),
    ];
    let notes = vec!["84 054 bytes of the memory bill, and a header of 184 bytes.".to_string()];
    ExportView {
        model: Some(Arc::new(model(source.clone(), true))),
        done: vec![
            outcome(Format::Blocks, Ok(Exported { files, network_bytes: Some(84_054), notes })),
            outcome(
                Format::C,
                Err("cannot make the folder: permission denied; choose another (/out)".into()),
            ),
        ],
        ..ExportView::default()
    }
}

//! Exports read by others: tensors and graphs by the libraries that they are for, packed files by their documentation.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use engine::export::{ExportOptions, ExportSource, Format, IndexStorage, blocks, bsr, export, onnx};
use engine::features::Normaliser;
use engine::fixed::{FixedNetwork, calibrate};
use engine::model::{Network, NetworkPlan, StoredModel};
use engine::settings::Config;
use engine::sparse::random::Random;
use serde_json::json;

/// Exit status of the checks where a package is missing.
const PACKAGES_MISSING: i32 = 77;

/// Rows of features that are checked.
const NUM_ROWS: usize = 40;

/// Networks with and without edges that cut blocks, of integers and of floats.
const NETWORKS: &[&[(&str, &str)]] = &[
    &[("model.hidden", "[512, 512]")],
    &[("sparsity.block", "16"), ("sparsity.drop", "0.75"), ("sparsity.selection", "connected")],
    &[("sparsity.block", "[32, 4]"), ("sparsity.drop", "[0.5, 0.5]"), ("sparsity.selection", "independent")],
    &[("sparsity.block", "16"), ("quant.quantiser", "published"), ("quant.weight_bits", "6")],
    &[("sparsity.block", "16"), ("quant.weight_bits", "1")],
    &[("sparsity.drop", "0"), ("quant.weight_bits", "32"), ("quant.activation_bits", "32")],
];

fn model(settings: &[(&str, &str)], random: &mut Random) -> StoredModel {
    let mut config = Config::default();
    config.set("model.hidden", "[70, 33]").unwrap();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    let plan = NetworkPlan::from_config(&config).unwrap();
    let network = Network::new(&plan, 3).unwrap();
    let mut weights = network.weights().unwrap();
    for bias in weights.iter_mut().flat_map(|layer| &mut layer.bias) {
        *bias = (random.unit() - 0.5) as f32;
    }
    network.set_weights(&weights).unwrap();
    let num_inputs = plan.num_inputs();
    let labels = (0..plan.num_outputs()).map(|label| format!("word {label}")).collect();
    let normaliser = Normaliser {
        mean: (0..num_inputs).map(|_| (random.unit() * 8.0 - 4.0) as f32).collect(),
        inv_std: (0..num_inputs).map(|_| (random.unit() * 0.3 + 0.05) as f32).collect(),
    };
    let mut model = StoredModel::new(&network, &config, labels, normaliser).unwrap();
    let mut inputs = features(&model, random);
    model.normaliser.apply(&mut inputs);
    model.activation_exponents = calibrate(&model, &inputs).unwrap();
    model
}

/// Made-up features of the spread that the normaliser stands for.
fn features(model: &StoredModel, random: &mut Random) -> Vec<f32> {
    let pairs = model.normaliser.mean.iter().zip(&model.normaliser.inv_std).cycle();
    let mut spread = || (0..6).map(|_| random.unit() - 0.5).sum::<f64>() * std::f64::consts::SQRT_2;
    pairs
        .take(NUM_ROWS * model.plan.num_inputs())
        .map(|(mean, inv_std)| mean + spread() as f32 / inv_std)
        .collect()
}

/// Features, and what the models give for them: logits in floating point, sums in integers.
fn write_vectors(model: &StoredModel, path: &Path, random: &mut Random) {
    let features = features(model, random);
    let mut inputs = features.clone();
    model.normaliser.apply(&mut inputs);
    let mut logits = vec![0.0; NUM_ROWS * model.plan.num_outputs()];
    model.predictor().unwrap().logits(&inputs, &mut logits).unwrap();
    let sums: Option<Vec<Vec<i64>>> = FixedNetwork::of(model).unwrap().map(|network| {
        let rows = inputs.chunks(network.num_inputs());
        rows.map(|row| network.reference(&network.input_codes(row))).collect()
    });
    let rows = |values: &[f32], cols: usize| values.chunks(cols).map(<[f32]>::to_vec).collect::<Vec<_>>();
    let vectors = json!({
        "features": rows(&features, model.plan.num_inputs()),
        "logits": rows(&logits, model.plan.num_outputs()),
        "sums": sums,
        "labels": model.labels,
    });
    std::fs::write(path, vectors.to_string()).unwrap();
}

/// Exports networks and has each file checked by a script with these arguments before the file's path.
fn check(networks: &[&[(&str, &str)]], export_as: (Format, &ExportOptions, &str), script: (&str, &[&str])) {
    let python = std::env::var("COARSEGRAIN_PYTHON").unwrap_or_else(|_| "python3".into());
    let (format, options, file) = export_as;
    let (script, arguments) = script;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    for settings in networks {
        let mut random = Random::new(4);
        let model = model(settings, &mut random);
        let folder = tempfile::tempdir().unwrap();
        let vectors = folder.path().join("vectors.json");
        write_vectors(&model, &vectors, &mut random);
        let source = ExportSource { model: &model, run: None };
        export(source, format, options, folder.path()).unwrap();
        let output = Command::new(&python)
            .arg(&script)
            .args(arguments)
            .args([folder.path().join(file), vectors])
            .output();
        let Ok(output) = output else {
            println!("skipped: there is no `{python}`; COARSEGRAIN_PYTHON names another");
            return;
        };
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.code() == Some(PACKAGES_MISSING) {
            println!("skipped: {}", said.trim());
            return;
        }
        assert!(output.status.success(), "{settings:?}: {said}");
        println!("{settings:?}: {}", said.trim());
    }
}

#[test]
fn torch_takes_the_blocks_as_they_are() {
    let export_as = (Format::Bsr, &ExportOptions::default(), bsr::FILE_NAME);
    check(NETWORKS, export_as, ("check_exports.py", &["bsr"]));
}

#[test]
fn onnxruntime_gives_the_scores_of_the_float_model() {
    let export_as = (Format::Onnx, &ExportOptions::default(), onnx::FILE_NAME);
    check(NETWORKS, export_as, ("check_exports.py", &["onnx"]));
}

/// The documentation of the format is all that the script has of it, patterns from their seeds included.
#[test]
fn packed_files_are_read_by_their_documentation() {
    let (_float, integer) = NETWORKS.split_last().unwrap();
    let more: [&[(&str, &str)]; 2] = [
        &[("sparsity.block", "[24, 8]"), ("sparsity.drop", "[0, 0.5]"), ("sparsity.selection", "connected")],
        &[("sparsity.block", "16"), ("quant.weight_bits", "16"), ("quant.activation_bits", "12")],
    ];
    for index in [IndexStorage::Stored, IndexStorage::Seed] {
        let options = ExportOptions { index, ..ExportOptions::default() };
        for networks in [integer, &more] {
            check(networks, (Format::Blocks, &options, blocks::FILE_NAME), ("read_packed.py", &[]));
        }
    }
}

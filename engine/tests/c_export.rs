//! The exported C, compiled and run: it must compute the bits of the workbench.
//!
//! Where there is no `gcc` or no `make`, these tests say so and check nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use engine::export::{ExportOptions, ExportSource, Format, export};
use engine::features::{FrontEnd, Normaliser};
use engine::fixed::calibrate;
use engine::model::{Network, NetworkPlan, StoredModel, builtin};
use engine::settings::Config;
use engine::sparse::random::Random;

/// As the Makefile has it, but without optimisation, which small networks do not need.
const FLAGS: &str = "CFLAGS=-std=c99 -O0 -Wall -Wextra -Werror -pedantic -Wconversion -ffp-contract=off";

fn has_tools() -> bool {
    let has = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    let found = has("gcc") && has("make");
    if !found {
        println!(
            "skipped: the exported C needs `gcc` and `make` to be compiled, and one of them is not here"
        );
    }
    found
}

/// Numbers of about unit spread.
fn samples(count: usize) -> Vec<f32> {
    let mut random = Random::new(4);
    let mut one = || (0..6).map(|_| random.unit() - 0.5).sum::<f64>() * std::f64::consts::SQRT_2;
    (0..count).map(|_| one() as f32).collect()
}

/// An untrained model with biases; `size` gives inputs and outputs other than the configuration's own.
fn model(settings: &[(&str, &str)], size: Option<(usize, usize)>) -> StoredModel {
    let mut config = Config::default();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    let plan = match size {
        Some((inputs, outputs)) => NetworkPlan::new(&config, inputs, outputs).unwrap(),
        None => NetworkPlan::from_config(&config).unwrap(),
    };
    let network = Network::new(&plan, 3).unwrap();
    let mut weights = network.weights().unwrap();
    let mut random = Random::new(9);
    weights
        .iter_mut()
        .flat_map(|layer| &mut layer.bias)
        .for_each(|bias| *bias = (random.unit() - 0.5) as f32);
    network.set_weights(&weights).unwrap();
    let inputs = plan.num_inputs();
    let labels = (0..plan.num_outputs()).map(|label| format!("\"word\" {label}??/ é")).collect();
    let mut model = StoredModel::new(&network, &config, labels, Normaliser::identity(inputs)).unwrap();
    model.activation_exponents = calibrate(&model, &samples(64 * inputs)).unwrap();
    model
}

fn write(model: &StoredModel, front_end: bool, num_vectors: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions { front_end, num_vectors, ..ExportOptions::default() };
    export(ExportSource { model, run: None }, Format::C, &options, folder.path()).unwrap();
    folder
}

fn make(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("make").arg("-C").arg(folder).arg("CC=gcc").args(arguments).output().unwrap()
}

/// Runs a target that must succeed; gives what it printed.
fn made(folder: &Path, arguments: &[&str], context: &str) -> String {
    let output = make(folder, arguments);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{context}: {printed}\n{errors}");
    assert!(errors.is_empty(), "{context}: {errors}");
    printed
}

#[test]
fn the_keyword_network_gives_a_thousand_vectors_bit_for_bit() {
    if !has_tools() {
        return;
    }
    let model = model(
        &[
            ("sparsity.block", "64"),
            ("sparsity.drop", "0.75"),
            ("quant.weight_bits", "5"),
            ("quant.activation_bits", "8"),
        ],
        None,
    );
    assert_eq!((model.plan.num_inputs(), model.plan.num_outputs()), (403, 12));
    let folder = write(&model, true, 1000);
    let printed = made(folder.path(), &["test"], "keyword network");
    assert!(printed.contains("1000 vectors, 0 differing outputs"), "{printed}");
    let sizes = made(folder.path(), &["size"], "sizes");
    println!("{printed}{sizes}{}", std::fs::read_to_string(folder.path().join("README.md")).unwrap());
    assert!(sizes.contains("coarsegrain_model.o") && sizes.contains(".rodata"), "{sizes}");
}

#[test]
fn every_shape_and_width_gives_the_bits_of_the_workbench() {
    if !has_tools() {
        return;
    }
    let cases: &[&[(&str, &str)]] = &[
        // Dense, ragged, whole, larger than the layer.
        &[("sparsity.drop", "0")],
        &[("sparsity.drop", "0"), ("quant.weight_bits", "1"), ("quant.activation_bits", "4")],
        &[("sparsity.block", "7"), ("sparsity.drop", "0.5"), ("quant.weight_bits", "2")],
        &[("sparsity.block", "1"), ("sparsity.drop", "0.9")],
        &[("sparsity.block", "256"), ("sparsity.drop", "0.5"), ("quant.activation_bits", "9")],
        // Rows of different counts, among them empty ones, and layers without any weight.
        &[("sparsity.block", "16"), ("sparsity.drop", "0.8"), ("sparsity.selection", "independent")],
        &[("sparsity.drop", "1"), ("sparsity.selection", "independent")],
        // Several levels, other selections, the output layer.
        &[("sparsity.block", "[40, 5]"), ("sparsity.drop", "[0.5, 0.5]"), ("quant.weight_bits", "3")],
        &[("sparsity.block", "16"), ("sparsity.drop", "0.9"), ("sparsity.selection", "connected")],
        &[("sparsity.output.block", "4"), ("sparsity.output.drop", "0.75")],
        // The published rule, which has no level 0, and wide numbers.
        &[("quant.quantiser", "published"), ("quant.weight_bits", "1")],
        &[("quant.quantiser", "published"), ("quant.weight_bits", "6")],
        &[("quant.quantiser", "published"), ("quant.weight_bits", "16"), ("quant.activation_bits", "16")],
        &[("quant.weight_bits", "16"), ("quant.activation_bits", "16"), ("sparsity.block", "16")],
        &[("quant.weight_bits", "12"), ("quant.activation_bits", "15")],
    ];
    for case in cases {
        let mut settings = vec![("model.hidden", "[70, 33]")];
        settings.extend_from_slice(case);
        let folder = write(&model(&settings, Some((101, 6))), false, 12);
        let printed = made(folder.path(), &[FLAGS, "test"], &format!("{case:?}"));
        assert!(printed.contains("12 vectors, 0 differing outputs"), "{case:?}: {printed}");
        assert!(printed.contains(", 0 differing codes"), "{case:?}: {printed}");
    }
}

#[test]
fn layers_of_different_widths_and_a_single_layer_work_too() {
    if !has_tools() {
        return;
    }
    let mut mixed = model(&[("model.hidden", "[64, 48]")], Some((50, 5)));
    for (layer, (weight_bits, activation_bits)) in
        mixed.plan.layers.iter_mut().zip([(1, 12), (9, 16), (4, 6)])
    {
        (layer.weight_bits, layer.activation_bits) = (weight_bits, activation_bits);
    }
    mixed.activation_exponents = calibrate(&mixed, &samples(64 * 50)).unwrap();
    let single = model(&[("model.hidden", "[]")], Some((30, 1)));
    for (name, model) in [("mixed", mixed), ("single", single)] {
        let folder = write(&model, false, 20);
        let printed = made(folder.path(), &[FLAGS, "test"], name);
        assert!(printed.contains("20 vectors, 0 differing outputs"), "{name}: {printed}");
    }
}

#[test]
fn the_front_end_gives_the_inputs_of_the_workbench() {
    if !has_tools() {
        return;
    }
    let cases: &[&[(&str, &str)]] = &[
        &[],
        &[("features.kind", "logmel"), ("features.num_mel", "40"), ("features.placement", "spread")],
        &[
            ("features.use_energy", "true"),
            ("features.placement", "centre"),
            ("features.mean_norm", "false"),
            ("features.energy_floor", "1000"),
        ],
        &[("features.kind", "logmel"), ("features.use_energy", "true"), ("features.raw_energy", "false")],
        &[
            ("features.frame_length_ms", "32"),
            ("features.frame_shift_ms", "20"),
            ("features.num_frames", "20"),
            ("features.window", "hanning"),
            ("features.remove_dc", "false"),
        ],
        &[
            ("features.frame_length_ms", "10"),
            ("features.frame_shift_ms", "50"),
            ("features.num_frames", "7"),
            ("features.num_mel", "12"),
            ("features.num_ceps", "12"),
            ("features.preemphasis", "0"),
            ("features.window", "rectangular"),
        ],
        &[
            ("features.frame_length_ms", "50.3"),
            ("features.num_mel", "64"),
            ("features.num_ceps", "40"),
            ("features.window", "hamming"),
            ("features.lifter", "0"),
        ],
        &[
            ("features.frame_length_ms", "200"),
            ("features.num_frames", "1"),
            ("features.placement", "spread"),
            ("features.window", "blackman"),
            ("features.low_hz", "100"),
            ("features.high_hz", "-500"),
        ],
    ];
    for case in cases {
        let mut settings = vec![("model.hidden", "[8]"), ("sparsity.block", "8")];
        settings.extend_from_slice(case);
        let mut model = model(&settings, None);
        model.normaliser = normaliser(&model);
        let folder = write(&model, true, 3);
        let printed = made(folder.path(), &[FLAGS, "test"], &format!("{case:?}"));
        println!("{case:?}: {}", printed.lines().find(|line| line.contains("sounds")).unwrap());
        assert!(printed.contains("sounds, largest difference"), "{case:?}: {printed}");
        // Numbers of these machines are IEEE's, and the flags forbid fused operations.
        if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            assert!(printed.contains("largest difference 0.00e+00"), "{case:?}: {printed}");
        }
    }
}

/// What the inputs of noises of different loudness teach.
fn normaliser(model: &StoredModel) -> Normaliser {
    let front_end = FrontEnd::new(&model.config.features).unwrap();
    let (mut scratch, mut inputs) = (front_end.scratch(), Vec::new());
    let noise = samples(16_000 * 8);
    for (index, second) in noise.chunks_exact(16_000).enumerate() {
        let clip: Vec<f32> = second.iter().map(|sample| sample * 0.2 / (1 + index * index) as f32).collect();
        let mut input = vec![0.0; front_end.num_inputs()];
        front_end.input(&clip, &mut scratch, &mut input);
        inputs.extend(input);
    }
    Normaliser::learn(&inputs, front_end.num_inputs()).unwrap()
}

#[test]
fn nothing_is_undefined_under_the_sanitizers() {
    if !has_tools() {
        return;
    }
    let independent =
        [("model.hidden", "[96, 64]"), ("sparsity.block", "20"), ("sparsity.selection", "independent")];
    let wide = [("model.hidden", "[32]"), ("quant.weight_bits", "16"), ("quant.activation_bits", "16")];
    for (name, model, num_vectors) in [
        ("the keyword network", builtin::compressed().unwrap(), 1000),
        ("independent rows", model(&independent, None), 20),
        ("16 bits", model(&wide, None), 20),
    ] {
        let folder = write(&model, true, num_vectors);
        let output = make(folder.path(), &["sanitize"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        if errors.contains("cannot find") {
            println!("skipped: gcc is here without the libraries of its sanitizers");
            return;
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && errors.is_empty(), "{name}: {printed}\n{errors}");
        let wanted = format!("{num_vectors} vectors, 0 differing outputs");
        assert!(printed.contains(&wanted), "{name}: {printed}");
    }
}

#[test]
fn the_test_program_sees_a_changed_weight_and_a_changed_table() {
    if !has_tools() {
        return;
    }
    let model = model(&[("model.hidden", "[16]"), ("sparsity.drop", "0")], None);
    let folder = write(&model, true, 8);
    for (file, array) in
        [("coarsegrain_model.c", "cg_weights_0"), ("coarsegrain_front_end.c", "cg_mel_weights")]
    {
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        // The sixth number of the array becomes one that it was not.
        let start = text.find(&format!(" {array}[")).unwrap();
        let mut place = start + text[start..].find('{').unwrap();
        for _ in 0..5 {
            place += 1 + text[place + 1..].find(',').unwrap();
        }
        let end = place + 1 + text[place + 1..].find(',').unwrap();
        let other = if text[place + 1..end].trim().starts_with('1') { "2" } else { "1" };
        std::fs::write(&path, format!("{}{other}{}", &text[..=place], &text[end..])).unwrap();
        let output = make(folder.path(), &[FLAGS, "test"]);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{array}: {printed}");
        assert!(printed.contains("8 vectors"), "{array}: {printed}");
        std::fs::write(&path, text).unwrap();
    }
}

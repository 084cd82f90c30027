//! Images and maps read back; the engine under Icarus Verilog where it is installed.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::fixed::testing::{model, model_of};
use crate::memory::banks::BankSpec;
use crate::quant::Codes;
use crate::settings::Config;

fn options(banks: BankSpec, num_vectors: usize) -> ExportOptions {
    ExportOptions { banks, num_vectors, ..ExportOptions::default() }
}

fn text_of<'a>(files: &'a Files, name: &str) -> &'a str {
    let file = files.files.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("no {name}"));
    std::str::from_utf8(&file.content).unwrap()
}

/// Whether Icarus Verilog is installed; says so where it is not.
fn has_icarus() -> bool {
    let found = ["iverilog", "vvp"].iter().all(|tool| Command::new(tool).arg("-V").output().is_ok());
    if !found {
        println!("skipped: Icarus Verilog (iverilog, vvp) is not installed");
    }
    found
}

/// Compiles without warnings, simulates, and gives what is printed.
fn simulate(files: &Files, folder: &Path) -> String {
    for file in &files.files {
        std::fs::write(folder.join(&file.name), &file.content).unwrap();
    }
    let compiled = Command::new("iverilog")
        .args(["-g2001", "-Wall", "-o", "testbench.vvp", "engine.v", "bank_rom.v", "testbench.v"])
        .current_dir(folder)
        .output()
        .unwrap();
    let warnings = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success() && warnings.is_empty(), "{warnings}");
    let run = Command::new("vvp").args(["-n", "testbench.vvp"]).current_dir(folder).output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && errors.is_empty() && !out.contains("WARNING"), "{out}{errors}");
    out.into_owned()
}

/// The engine gives the recorded sums, in the cycles of the plan.
fn check_engine(model: &StoredModel, spec: BankSpec, num_vectors: usize) {
    let files = files(model, &options(spec, num_vectors)).unwrap();
    let network = FixedNetwork::of(model).unwrap().unwrap();
    for vector in test_vectors(&network, num_vectors).unwrap() {
        assert_eq!(vector.outputs, network.reference(&vector.inputs), "the recorded sums");
    }
    let plan = BankPlan::of(&model.plan, spec, &EnergyTable::default()).unwrap();
    let cycles = plan.cycles.total;
    let folder = tempfile::tempdir().unwrap();
    let out = simulate(&files, folder.path());
    assert_eq!(
        out,
        format!(
            "{num_vectors} vectors, 0 differing outputs\n{cycles} cycles per inference, {cycles} planned\n"
        ),
        "{spec:?}"
    );
}

const SPEC: BankSpec = BankSpec { word_bits: 32, depth: 256, count: 1000, multipliers: 4 };

#[test]
fn the_engine_gives_the_bits_of_the_definition_for_every_shape() {
    if !has_icarus() {
        return;
    }
    let shapes: &[&[(&str, &str)]] = &[
        &[("sparsity.drop", "0")],
        &[("sparsity.block", "16"), ("sparsity.drop", "0.75")],
        &[("sparsity.block", "16"), ("sparsity.drop", "0.9"), ("sparsity.selection", "connected")],
        &[("sparsity.block", "4"), ("sparsity.drop", "0.5"), ("sparsity.selection", "independent")],
        &[("sparsity.drop", "1"), ("sparsity.selection", "independent")],
        &[("sparsity.block", "7"), ("sparsity.drop", "0.5")],
        &[("sparsity.block", "[40, 5]"), ("sparsity.drop", "[0.5, 0.5]")],
        &[("sparsity.block", "[32, 8, 2]"), ("sparsity.drop", "[0.25, 0.5, 0.5]")],
        &[("sparsity.block", "256"), ("sparsity.drop", "0.5")],
        &[("sparsity.output.block", "4"), ("sparsity.output.drop", "0.75")],
    ];
    for shape in shapes {
        let mut settings = vec![("model.hidden", "[70, 33]"), ("quant.weight_bits", "5")];
        settings.extend_from_slice(shape);
        check_engine(&model(101, 6, &settings), SPEC, 20);
    }
}

#[test]
fn the_engine_gives_the_bits_of_the_definition_for_every_width() {
    if !has_icarus() {
        return;
    }
    for quantiser in ["power-of-two", "published"] {
        for (weight_bits, activation_bits) in
            [("1", "4"), ("2", "16"), ("5", "8"), ("6", "9"), ("8", "8"), ("16", "16")]
        {
            let settings = [
                ("model.hidden", "[30, 21]"),
                ("sparsity.block", "8"),
                ("sparsity.drop", "0.5"),
                ("quant.quantiser", quantiser),
                ("quant.weight_bits", weight_bits),
                ("quant.activation_bits", activation_bits),
            ];
            check_engine(&model(45, 5, &settings), SPEC, 20);
        }
    }
}

#[test]
fn the_engine_gives_the_bits_of_the_definition_in_every_memory() {
    if !has_icarus() {
        return;
    }
    let settings = [
        ("model.hidden", "[40, 30]"),
        ("sparsity.block", "8"),
        ("sparsity.drop", "0.5"),
        ("sparsity.selection", "independent"),
        ("quant.weight_bits", "5"),
    ];
    let model = model(45, 5, &settings);
    for (word_bits, depth, multipliers) in [
        (16, 100, 1),
        (16, 64, 3),
        (5, 64, 4),
        (36, 64, 7),
        (72, 33, 8),
        (200, 16, 16),
        (32, 16, 64),
        (128, 1024, 1),
    ] {
        check_engine(&model, BankSpec { word_bits, depth, count: 4096, multipliers }, 3);
    }
}

#[test]
fn layers_of_different_widths_share_the_engine() {
    if !has_icarus() {
        return;
    }
    let mut config = Config::default();
    config.set("model.hidden", "[64, 48, 40]").unwrap();
    config.set("sparsity.block", "16").unwrap();
    for (layer, weight_bits, activation_bits) in [(0, 3, 6), (1, 11, 12), (2, 1, 8), (3, 5, 10)] {
        config.sparsity.layers.push(crate::settings::LayerSparsity {
            layer,
            weight_bits: Some(weight_bits),
            activation_bits: Some(activation_bits),
            ..Default::default()
        });
    }
    check_engine(&model_of(&config, 50, 5), BankSpec { multipliers: 5, ..SPEC }, 20);
}

#[test]
fn the_keyword_network_runs_in_the_engine() {
    if !has_icarus() {
        return;
    }
    let settings = [
        ("model.hidden", "[512, 512]"),
        ("sparsity.block", "64"),
        ("sparsity.drop", "0.75"),
        ("quant.weight_bits", "5"),
        ("quant.activation_bits", "8"),
    ];
    check_engine(&model(403, 12, &settings), BankSpec::default(), 20);
}

#[test]
fn a_differing_output_is_told() {
    if !has_icarus() {
        return;
    }
    let model = model(20, 3, &[("model.hidden", "[16]"), ("sparsity.block", "8")]);
    let mut files = files(&model, &options(SPEC, 4)).unwrap();
    let sums = files.files.iter_mut().find(|file| file.name == "sums.hex").unwrap();
    let last = sums.content.len() - 2;
    sums.content[last] ^= 1;
    let folder = tempfile::tempdir().unwrap();
    let out = simulate(&files, folder.path());
    assert!(
        out.contains("vector 3, output 2: ") && out.contains("4 vectors, 1 differing outputs\n"),
        "{out}"
    );
}

/// Bits `low..low + bits` of a word in hexadecimal digits.
fn bits_of_hex(word: &str, low: usize, bits: usize) -> u64 {
    let digit = |bit: usize| word.as_bytes()[word.len() - 1 - bit / 4] as char;
    (0..bits)
        .map(|bit| u64::from(digit(low + bit).to_digit(16).unwrap() >> ((low + bit) % 4) & 1) << bit)
        .sum()
}

#[test]
fn the_map_leads_to_every_weight() {
    let settings = [
        ("model.hidden", "[30]"),
        ("sparsity.block", "7"),
        ("sparsity.drop", "0.5"),
        ("quant.weight_bits", "5"),
    ];
    let model = model(45, 5, &settings);
    let network = FixedNetwork::of(&model).unwrap().unwrap();
    for spec in [SPEC, BankSpec { word_bits: 70, depth: 16, multipliers: 30, ..SPEC }] {
        let files = files(&model, &options(spec, 1)).unwrap();
        let map: serde_json::Value = serde_json::from_str(text_of(&files, "address_map.json")).unwrap();
        let number = |value: &serde_json::Value, key: &str| value[key].as_u64().unwrap() as usize;
        let side = number(&map, "side_by_side");
        let banks: Vec<Vec<&str>> = (0..number(&map, "banks"))
            .map(|bank| text_of(&files, &bank_file(bank as u64)).lines().collect())
            .collect();
        assert!(banks.iter().all(|bank| bank.len() == spec.depth as usize));
        for (layer, entry) in network.layers().iter().zip(map["layers"].as_array().unwrap()) {
            let (bits, mut words) = (number(entry, "weight_bits"), Vec::new());
            let per_word = spec.word_bits as usize / bits;
            for block in entry["blocks"].as_array().unwrap() {
                let (bank, word) = (number(block, "bank"), number(block, "first_word"));
                let start = (bank / side * spec.depth as usize + word) * side + bank % side;
                for weight in 0..number(block, "rows") * number(block, "cols") {
                    let at = start + weight / per_word;
                    let line = banks[at / side / spec.depth as usize * side + at % side]
                        [at / side % spec.depth as usize];
                    words.push(bits_of_hex(line, weight % per_word * bits, bits) as u32);
                }
            }
            let codes = Codes::from_words(layer.codes().quantiser, &words).unwrap();
            assert_eq!(codes.levels, layer.levels_by_block());
        }
    }
}

#[test]
fn what_does_not_fit_says_what_would() {
    let model = model(403, 12, &[("model.hidden", "[64]"), ("sparsity.drop", "0")]);
    let spec = BankSpec { count: 2, ..SPEC };
    let error = files(&model, &options(spec, 1)).unwrap_err().to_string();
    assert!(
        error.contains("takes") && error.contains("banks of 256 words of 32 bits, but there are 2"),
        "{error}"
    );
    let float = self::model(20, 3, &[("quant.weight_bits", "32")]);
    assert!(matches!(files(&float, &options(SPEC, 1)), Err(ExportError::NotInteger { format: Format::Rom })));
}

#[test]
fn images_of_empty_memory_are_refused() {
    let model = model(20, 3, &[("model.hidden", "[16]"), ("sparsity.block", "8")]);
    let spec = BankSpec { word_bits: 8, depth: 1 << 24, count: 4096, multipliers: 1024 };
    let error = files(&model, &options(spec, 4)).unwrap_err().to_string();
    assert!(error.contains("MiB") && error.contains("deep"), "{error}");
}

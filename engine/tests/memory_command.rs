//! `coarsegrain memory` as a script uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use serde_json::Value;

fn memory(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let text =
        "[model]\ninputs = 403\noutputs = 12\nhidden = [512, 512]\n[sparsity]\nblock = 64\ndrop = 0.75\n";
    std::fs::write(&config, text).unwrap();
    let command = env!("CARGO_BIN_EXE_coarsegrain");
    Command::new(command).arg("memory").arg(&config).args(arguments).output().unwrap()
}

fn plan(arguments: &[&str]) -> Value {
    let output = memory(&[arguments, &["--banks", "--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn banks_follow_the_arguments() {
    let plan = plan(&["--word-bits", "36", "--depth", "512", "--bank-count", "40", "--multipliers", "4"]);
    assert_eq!(
        plan["spec"],
        serde_json::json!({ "word_bits": 36, "depth": 512, "count": 40, "multipliers": 4 })
    );
    assert_eq!(plan["fits"], true);
    assert_eq!(plan["layers"].as_array().unwrap().len(), 3);
    let of_preset = self::plan(&["--bank-preset", "ecp5-ebr", "--bank-count", "3"]);
    assert_eq!(
        of_preset["spec"],
        serde_json::json!({ "word_bits": 36, "depth": 512, "count": 3, "multipliers": 8 })
    );
    assert_eq!(of_preset["fits"], false);
}

#[test]
fn energies_are_those_that_are_given() {
    let energy = |arguments: &[&str]| plan(arguments)["energy"].clone();
    let usual = energy(&[]);
    let other = energy(&["--sram-read-pj", "20", "--multiply-pj", "0"]);
    let number = |energy: &Value, key: &str| energy[key].as_f64().unwrap();
    assert!((number(&other, "banks") / number(&usual, "banks") - 2.0).abs() < 1e-9);
    assert_eq!(number(&other, "multiplies"), 0.0);
    assert_eq!(number(&other, "adds"), number(&usual, "adds"));
    let text = |arguments: &[&str]| String::from_utf8(memory(arguments).stdout).unwrap();
    assert!(text(&["--banks"]).contains("Horowitz"));
    assert!(!text(&["--add-pj", "1"]).contains("Horowitz"), "not the source of other energies");
}

#[test]
fn banks_are_told_to_people() {
    let output = memory(&["--banks"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains(": fits\n") && text.contains("hidden 1 weights"),
        "{text}"
    );
    let plain = String::from_utf8(memory(&[]).stdout).unwrap();
    assert!(!plain.contains("banks"), "the bill is what it was: {plain}");
}

#[test]
fn the_bill_without_index_stands_beside_the_bill() {
    let output = memory(&["--json"]);
    let bill: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bits = |which: &str, part: &str| bill[which][part].as_u64().unwrap();
    assert!(bits("memory_bits", "index") > 0);
    assert_eq!(bits("without_index_bits", "index"), 0);
    assert_eq!(
        bits("without_index_bits", "total"),
        bits("memory_bits", "total") - bits("memory_bits", "index")
    );
    assert!(String::from_utf8(memory(&[]).stdout).unwrap().contains("without index"));
}

#[test]
fn banks_that_cannot_be_are_wrong_usage() {
    for arguments in [["--bank-preset", "cheese"], ["--depth", "0"], ["--word-bits", "3"], ["--add-pj", "-1"]]
    {
        let output = memory(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let float = memory(&["--banks", "--set", "quant.weight_bits=32"]);
    let text = String::from_utf8(float.stderr).unwrap();
    assert!(!float.status.success() && text.contains("quant.weight_bits"), "{text}");
}

//! `coarsegrain bench` as a script uses it: every sub-command runs and prints the rows that were agreed on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use serde_json::Value;

const ROW_KEYS: [&str; 11] = [
    "what",
    "path",
    "block",
    "drop",
    "density",
    "batch",
    "threads",
    "median_ms",
    "min_ms",
    "gflops",
    "share_of_peak",
];

fn bench(arguments: &[&str]) -> Output {
    let command = env!("CARGO_BIN_EXE_coarsegrain");
    let shared = ["--seconds", "0.0001"];
    Command::new(command).arg("bench").args(arguments).args(shared).output().unwrap()
}

/// The report of a measurement that must succeed, with its agreed keys checked.
fn report(arguments: &[&str]) -> Value {
    let output = bench(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["peak_gflops"].as_f64().unwrap() > 0.0);
    assert!(report.as_object().unwrap().contains_key("speedup_vs_dense"));
    for row in rows(&report) {
        for key in ROW_KEYS {
            assert!(!row[key].is_null(), "{arguments:?} lacks {key}: {row}");
        }
        let (median, min) = (row["median_ms"].as_f64().unwrap(), row["min_ms"].as_f64().unwrap());
        assert!(0.0 < min && min <= median, "{row}");
        let of_peak = row["gflops"].as_f64().unwrap() / report["peak_gflops"].as_f64().unwrap();
        assert!((row["share_of_peak"].as_f64().unwrap() - of_peak).abs() < 1e-9, "{row}");
    }
    report
}

fn rows(report: &Value) -> &Vec<Value> {
    report["rows"].as_array().unwrap()
}

/// The values of some keys, row by row.
fn columns(report: &Value, keys: &[&str]) -> Vec<Vec<Value>> {
    rows(report).iter().map(|row| keys.iter().map(|&key| row[key].clone()).collect()).collect()
}

/// A table of JSON values, row by row.
fn table(value: Value) -> Vec<Vec<Value>> {
    serde_json::from_value(value).unwrap()
}

#[test]
fn kernels_measures_three_products_on_blocks_and_dense() {
    let report = report(&["kernels", "--block", "16", "--drop", "0.75", "--batch", "8"]);
    let expected = serde_json::json!([
        ["forward", "block", 16, 0.75, 0.25],
        ["input-gradient", "block", 16, 0.75, 0.25],
        ["block-gradient", "block", 16, 0.75, 0.25],
        ["forward", "dense", 64, 0.0, 1.0],
        ["input-gradient", "dense", 64, 0.0, 1.0],
        ["block-gradient", "dense", 64, 0.0, 1.0],
        ["forward", "candle", 512, 0.0, 1.0],
    ]);
    assert_eq!(columns(&report, &["what", "path", "block", "drop", "density"]), table(expected));
    assert!(rows(&report).iter().all(|row| row["batch"] == 8 && row["gflops"].as_f64().unwrap() > 0.0));
    let (block, dense) = (&report["rows"][0]["median_ms"], &report["rows"][3]["median_ms"]);
    let speed_up = dense.as_f64().unwrap() / block.as_f64().unwrap();
    assert!((report["speedup_vs_dense"].as_f64().unwrap() - speed_up).abs() < 1e-9);
}

#[test]
fn train_takes_several_settings_and_threads() {
    let settings = ["--block", "32", "--block", "64", "--drop", "0.5", "--batch", "4", "--threads", "2"];
    let report = report(&[&["train"][..], &settings].concat());
    let expected = serde_json::json!([
        ["train-step", "block", 32, 0.5],
        ["train-step", "block", 64, 0.5],
        ["train-step", "dense", 64, 0.0],
        ["train-step", "candle", 64, 0.0],
    ]);
    assert_eq!(columns(&report, &["what", "path", "block", "drop"]), table(expected));
    assert!(rows(&report).iter().all(|row| row["threads"] == 2));
}

#[test]
fn train_measures_peak_memory_of_each_path() {
    let report = report(&["train", "--drop", "0.9375", "--batch", "4", "--memory"]);
    assert_eq!(rows(&report).len(), 3);
    for row in rows(&report) {
        match cfg!(target_os = "linux") {
            true => assert!(row["peak_mib"].as_f64().unwrap() > row["idle_mib"].as_f64().unwrap(), "{row}"),
            false => assert!(row.as_object().unwrap().contains_key("peak_mib")),
        }
    }
    if cfg!(target_os = "linux") {
        // Weights, gradients and momenta of the dense network alone are 5.4 MiB; of the blocks 0.7 MiB.
        let above_idle = |row: &Value| row["peak_mib"].as_f64().unwrap() - row["idle_mib"].as_f64().unwrap();
        assert!(above_idle(&report["rows"][0]) + 3.0 < above_idle(&report["rows"][1]));
    }
}

#[test]
fn infer_measures_one_sample_and_many() {
    let report = report(&["infer", "--drop", "0.75"]);
    let paths = |batch| ["block", "integer", "dense"].map(|path| serde_json::json!([path, 64, batch]));
    let expected = serde_json::json!([paths(1), paths(512)].concat());
    assert_eq!(columns(&report, &["path", "block", "batch"]), table(expected));
}

#[test]
fn features_tells_times_real_time_on_one_thread_and_on_all() {
    let report = report(&["features", "--threads", "2"]);
    assert_eq!(
        columns(&report, &["what", "threads"]),
        table(serde_json::json!([["features", 1], ["features", 2]]))
    );
    let times =
        |row: &Value| row["times_real_time"].as_f64().unwrap() * row["median_ms"].as_f64().unwrap() / 1e3;
    for row in rows(&report) {
        assert!((times(row) - report["audio_secs"].as_f64().unwrap()).abs() < 1e-6);
    }
    assert_eq!(report["times_real_time"], report["rows"][0]["times_real_time"]);
    assert_eq!(report["times_real_time_all_threads"], report["rows"][1]["times_real_time"]);
}

#[test]
fn people_get_a_table() {
    let output = bench(&["kernels", "--block", "64", "--batch", "2"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("multiply-add peak") && text.contains("block-gradient") && text.contains("vs dense")
    );
}

#[test]
fn nonsense_is_wrong_usage() {
    for wrong in [
        &["kernels", "--block", "0"][..],
        &["train", "--drop", "1.5"],
        &["train", "--drop", "NaN"],
        &["infer", "--memory"],
        &["infer", "--batch", "0"],
        &["infer", "--bits", "77"],
        &["elsewhere"],
    ] {
        let output = bench(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!output.stderr.is_empty(), "{wrong:?}");
    }
}

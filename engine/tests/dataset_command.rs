//! `coarsegrain dataset`, `demo-data` and `fetch`, driven as a person drives them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn coarsegrain(cache: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coarsegrain"));
    command.args(args).env("COARSEGRAIN_CACHE", cache).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn write_wav(path: &Path, num_samples: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let samples: Vec<f32> = (0..num_samples).map(|i| ((i * 37) % 200) as f32 / 400.0 - 0.25).collect();
    engine::audio::write_wav(path, &samples).unwrap();
}

#[test]
fn dataset_counts_words_splits_and_faults() {
    let root = tempfile::tempdir().unwrap();
    let (data, cache) = (root.path().join("data"), root.path().join("cache"));
    for word in ["yes", "no"] {
        for speaker in ["anna", "bob", "cleo"] {
            write_wav(&data.join(format!("{word}/{speaker}_nohash_0.wav")), 16_000);
        }
    }
    fs::write(data.join("validation_list.txt"), "yes/bob_nohash_0.wav\nno/bob_nohash_0.wav\n").unwrap();
    fs::write(data.join("testing_list.txt"), "yes/cleo_nohash_0.wav\nno/cleo_nohash_0.wav\n").unwrap();
    fs::write(data.join("yes/broken_nohash_0.wav"), "RIFF and no more").unwrap();
    let report = json(&coarsegrain(&cache, &["dataset", text(&data), "--json"]));
    assert_eq!(report["num_clips"], 6);
    assert_eq!(report["words"]["yes"], serde_json::json!({ "training": 1, "validation": 1, "testing": 1 }));
    assert_eq!(report["speakers"]["training"], 1);
    assert_eq!(report["faults"][0]["path"], "yes/broken_nohash_0.wav");
    assert!(report["faults"][0]["reason"].as_str().unwrap().len() > 10);
    assert!((report["hours"].as_f64().unwrap() - 6.0 / 3600.0).abs() < 1e-9);
    let plain = coarsegrain(&cache, &["dataset", text(&data)]);
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert!(plain.contains("6 clips") && plain.contains("broken_nohash_0.wav"), "{plain}");
}

#[test]
fn exit_statuses_tell_failed_work_from_wrong_usage() {
    let root = tempfile::tempdir().unwrap();
    let status = |args: &[&str]| {
        let output = coarsegrain(root.path(), args);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, message) = status(&["dataset", "/no/such/folder"]);
    assert_eq!(code, 1);
    assert!(message.starts_with("error: there is no such folder"), "{message}");
    let empty = root.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let (code, message) = status(&["dataset", text(&empty)]);
    assert_eq!((code, message.contains("the folder is empty")), (1, true), "{message}");
    assert_eq!(status(&["dataset", "--no-such-option"]).0, 2);
    assert_eq!(status(&["demo-data"]).0, 2, "--out is missing");
}

#[test]
fn demo_data_is_the_demo_dataset() {
    let root = tempfile::tempdir().unwrap();
    let (out, cache) = (root.path().join("out"), root.path().join("cache"));
    let written = json(&coarsegrain(&cache, &["demo-data", "--out", text(&out), "--json"]));
    let built_in = json(&coarsegrain(&cache, &["dataset", "--json"]));
    let exported = json(&coarsegrain(&cache, &["dataset", text(&out), "--json"]));
    for key in ["num_clips", "words", "speakers", "hours", "fingerprint"] {
        assert_eq!(built_in[key], exported[key], "{key}");
    }
    assert_eq!(written["num_clips"], exported["num_clips"]);
    assert_eq!(exported["faults"], serde_json::json!([]));
    assert!(out.join("_background_noise_").is_dir() && out.join("testing_list.txt").is_file());
    // A folder with anything else in it is refused and left alone.
    let other = root.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.txt"), "years of work").unwrap();
    let refused = coarsegrain(&cache, &["demo-data", "--out", text(&other)]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
}

#[test]
fn fetch_shows_what_it_would_fetch_and_says_why_it_cannot() {
    let root = tempfile::tempdir().unwrap();
    let shown = json(&coarsegrain(root.path(), &["fetch", "--out", text(root.path()), "--show", "--json"]));
    assert_eq!(shown["size_bytes"], 2_428_923_189u64);
    assert_eq!(shown["sha256"].as_str().unwrap().len(), 64);
    assert!(shown["address"].as_str().unwrap().starts_with("https://"));
    let mirror = ["fetch", "--out", text(root.path()), "--mirror", "not an address"];
    let refused = coarsegrain(root.path(), &mirror);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("SHA-256") && message.contains("error: "), "{message}");
}

//! `coarsegrain train`, `evaluate` and `compare` as a person or a script would use them: killed, resumed, out of
//! disk space, given nonsense.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const COMMAND: &str = env!("CARGO_BIN_EXE_coarsegrain");
/// Generous, for machines under load: it only keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// A dataset of three tones as words, a cache, and room for runs.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { root: tempfile::tempdir().unwrap() };
        for (word, hertz) in [("low", 300.0), ("mid", 900.0), ("high", 2500.0)] {
            for speaker in 0..40 {
                let path = place.path(&format!("data/{word}/speaker{speaker}_nohash_0.wav"));
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                write_tone(&path, hertz * (1.0 + 0.005 * speaker as f32));
            }
        }
        // A steady tone is what mean normalisation takes away.
        let config = "[data]\nwords = [\"low\", \"mid\"]\n[features]\nmean_norm = false\n[model]\nhidden = [48, 32]\n\
                      [sparsity]\nblock = 8\ndrop = 0.5\n[train]\nepochs = 8\nbatch = 16\nthreads = 2\n";
        std::fs::write(place.path("config.toml"), config).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(COMMAND);
        command.args(arguments).current_dir(self.root.path()).env("COARSEGRAIN_CACHE", self.path("cache"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Standard output of a command that must succeed.
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(arguments)).unwrap()
    }

    /// Trains a run to its end.
    fn train(&self, run: &str) -> Value {
        self.json(&["train", "config.toml", "--data", "data", "--out", run, "--json"])
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }
}

/// Half a second of a tone with a little noise, so that clips differ.
fn write_tone(path: &Path, hertz: f32) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let mut state = hertz.to_bits();
    for index in 0..8_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 16) as f32 / 65_536.0 - 0.5;
        let tone = (TAU * hertz * index as f32 / 16_000.0).sin();
        writer.write_sample(((0.3 * tone + 0.02 * noise) * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Exit status and message of a command that must fail.
fn failure(output: &Output) -> (i32, String) {
    assert!(!output.status.success(), "it succeeded: {}", String::from_utf8_lossy(&output.stdout));
    let message = stderr(output);
    assert!(!message.contains("panicked"), "{message}");
    (output.status.code().unwrap(), message)
}

fn num_lines(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn a_run_killed_at_many_moments_ends_with_the_same_bytes() {
    let place = Place::new();
    let whole = place.train("whole");
    assert_eq!(num_lines(&place.path("whole/metrics.jsonl")), 8);
    let mut num_kills = 0;
    // Every time a line later, and a little later within the epoch: between saving and saving.
    for wanted in 1..8 {
        let mut child = place
            .command(&[
                "train",
                "config.toml",
                "--data",
                "data",
                "--out",
                "killed",
                "--resume",
                "--checkpoint-secs",
                "0",
            ])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while num_lines(&place.path("killed/metrics.jsonl")) < wanted && child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < PATIENCE, "the run does not get on");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(wanted as u64 * 7 % 23));
        num_kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(num_kills >= 3, "the run ended too early to be killed");
    // What a kill in the middle of a line leaves.
    let metrics = place.path("killed/metrics.jsonl");
    let mut torn = std::fs::read(&metrics).unwrap();
    torn.extend_from_slice(b"{\"epoch\": 9, \"learn");
    std::fs::write(&metrics, torn).unwrap();
    let resumed = place.json(&["train", "--resume", "--out", "killed", "--json"]);
    assert_eq!(place.bytes("whole/model.safetensors"), place.bytes("killed/model.safetensors"));
    assert_eq!(place.bytes("whole/predictions.jsonl"), place.bytes("killed/predictions.jsonl"));
    assert_eq!(resumed["test_accuracy"], whole["test_accuracy"]);
    assert_eq!(num_lines(&metrics), 8);
    assert!(!place.path("killed/run.lock").exists());
}

#[test]
fn a_run_trains_measures_and_compares() {
    let place = Place::new();
    let summary = place.train("runs/a");
    for key in [
        "test_accuracy",
        "valid_accuracy",
        "num_test",
        "density_requested",
        "density_achieved",
        "weight_bits",
        "memory_bits",
        "reduction_vs_fp32",
        "reduction_vs_fp64",
        "macs_per_inference",
        "train_seconds",
        "samples_per_sec",
        "seed",
        "config_hash",
    ] {
        assert!(!summary[key].is_null(), "{key}");
        let stored: Value = serde_json::from_slice(&place.bytes("runs/a/summary.json")).unwrap();
        assert_eq!(stored[key], summary[key], "{key}");
    }
    for key in ["weights", "index", "biases", "total", "dense_fp32", "dense_fp64"] {
        assert!(summary["memory_bits"][key].is_u64(), "{key}");
    }
    let evaluated = place.json(&["evaluate", "runs/a", "--json", "--predictions", "p.jsonl"]);
    for key in [
        "test_accuracy",
        "valid_accuracy",
        "num_test",
        "density_achieved",
        "memory_bits",
        "config_hash",
        "seed",
    ] {
        assert_eq!(evaluated[key], summary[key], "{key}");
    }
    assert_eq!(place.bytes("p.jsonl"), place.bytes("runs/a/predictions.jsonl"));
    let line: Value =
        serde_json::from_slice(place.bytes("p.jsonl").split(|&b| b == b'\n').next().unwrap()).unwrap();
    assert_eq!(line["scores"].as_object().unwrap().len(), 4);
    assert!(line["path"].is_string() && line["label"].is_string() && line["predicted"].is_string());
    // The words are plain tones: anything that learns tells them apart.
    assert!(evaluated["accuracy"].as_f64().unwrap() > 0.6, "{}", evaluated["accuracy"]);
    assert_eq!(
        (&evaluated["is_run_data"], &evaluated["run_summary"]["seed"]),
        (&Value::Bool(true), &summary["seed"])
    );
    let all = place.json(&["evaluate", "runs/a", "--json", "--split", "all"]);
    assert!(all["num_clips"].as_u64().unwrap() >= 120);
    assert_eq!(all["test_accuracy"], summary["test_accuracy"]);

    place.json(&["train", "runs/a", "--set", "seed=2", "--out", "runs/b", "--json"]);
    place.json(&["train", "runs/a", "--set", "sparsity.drop=0", "--out", "runs/c", "--json"]);
    let table = place.json(&["compare", "runs", "--format", "json"]);
    let runs = table["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| run["test_accuracy"].is_f64() && run["memory_bits"]["total"].is_u64()));
    assert!(runs.iter().any(|run| run["is_pareto"] == true));
    let seeds: BTreeSet<usize> = table["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["seeds"].as_array().unwrap().len())
        .collect();
    assert_eq!(seeds, BTreeSet::from([1, 2]));
    for (format, part) in [
        ("text", "standard deviation"),
        ("csv", "test_accuracy,"),
        ("latex", "\\toprule"),
        ("markdown", "| ---"),
    ] {
        let text = place.text(&["compare", "runs", "--format", format]);
        assert!(text.contains(part), "{format}: {text}");
    }
}

#[test]
fn compare_knows_which_run_is_which() {
    let place = Place::new();
    place.train("monday/a");
    let train = |out: &str, set: &str| {
        place.json(&["train", "monday/a", "--set", set, "--out", out, "--json"]);
    };
    train("tuesday/a", "quant.weight_bits=4");
    train("monday/b", "seed=2");
    train("other/words", "data.words=low,high");
    std::fs::rename(place.path("data"), place.path("moved")).unwrap();
    let moved = format!("data.dir={}", place.path("moved").display());
    place.json(&["train", "monday/a", "--set", &moved, "--set", "seed=3", "--out", "monday/c", "--json"]);
    std::fs::create_dir(place.path("monday/copy")).unwrap();
    for file in std::fs::read_dir(place.path("monday/a")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), place.path("monday/copy").join(file.file_name())).unwrap();
    }
    // Two runs of one name, one of them reached twice.
    let two = place.json(&["compare", "monday/a", "tuesday", "monday/a", "--json"]);
    let names: BTreeSet<&str> =
        two["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["monday/a", "tuesday/a"]));
    let difference = &two["differences"][0];
    assert!(difference["mcnemar"]["num_clips"].as_u64().unwrap() > 0, "{difference}");
    assert!(difference["verdict"].is_string() && difference["p_value"].is_f64());
    let csv = place.text(&["compare", "monday/a", "tuesday", "--format", "csv"]);
    let of = |name: &str| csv.lines().find(|line| line.starts_with(name)).unwrap().to_string();
    assert!(of("monday/a").contains("5bit") && !of("monday/a").contains("4bit"), "{csv}");
    assert!(of("tuesday/a").contains("4bit"), "{csv}");
    // A copy is no seed, and a folder that moved is no setting of the result.
    let seeds = place.json(&["compare", "monday", "--json"]);
    let groups = seeds["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(groups[0]["seeds"], serde_json::json!([1, 2, 3]));
    assert_eq!(groups[0]["copies"].as_array().unwrap().len(), 1);
    // Other words have a front of their own, and say so.
    let all = place.json(&["compare", "monday", "tuesday", "other", "--json"]);
    let sets: BTreeSet<&str> =
        all["runs"].as_array().unwrap().iter().map(|run| run["testing_set"].as_str().unwrap()).collect();
    assert_eq!((sets.len(), all["testing_sets"].as_array().unwrap().len()), (2, 2), "{sets:?}");
    for set in sets {
        let runs = all["runs"].as_array().unwrap().iter().filter(|run| run["testing_set"] == set);
        assert!(runs.clone().any(|run| run["is_pareto"] == true), "{set} has a front");
    }
    let apart = place.text(&["compare", "monday/a", "other/words"]);
    assert!(apart.contains("their accuracies do not compare"), "{apart}");
}

#[test]
fn nothing_that_is_there_is_ever_overwritten() {
    let place = Place::new();
    place.train("done");
    let before = place.bytes("done/model.safetensors");
    let (status, message) = failure(&place.run(&["train", "config.toml", "--data", "data", "--out", "done"]));
    assert_eq!(status, 1);
    assert!(message.contains("already holds a finished run"), "{message}");
    // Continuing a complete run is no error, for scripts that start again.
    place.json(&["train", "config.toml", "--data", "data", "--out", "done", "--resume", "--json"]);
    assert_eq!(place.bytes("done/model.safetensors"), before);
    let (status, message) = failure(&place.run(&[
        "train",
        "config.toml",
        "--data",
        "data",
        "--out",
        "done",
        "--resume",
        "--set",
        "train.batch=8",
    ]));
    assert_eq!(status, 2);
    assert!(message.contains("train.batch"), "{message}");
    std::fs::create_dir(place.path("papers")).unwrap();
    std::fs::write(place.path("papers/thesis.tex"), "years").unwrap();
    let (_, message) = failure(&place.run(&["train", "config.toml", "--data", "data", "--out", "papers"]));
    assert!(message.contains("other files"), "{message}");
}

#[test]
fn nonsense_is_answered_in_words_and_leaves_no_folder() {
    let place = Place::new();
    std::fs::write(place.path("typo.toml"), "[train]\nepoch = 3\n").unwrap();
    std::fs::create_dir(place.path("empty")).unwrap();
    for (arguments, status, part) in [
        (vec!["train", "typo.toml", "--out", "r"], 2, "epoch"),
        (vec!["train", "config.toml", "--out", "r", "--set", "train.batch=0"], 2, "train.batch"),
        (vec!["train", "config.toml", "--out", "r", "--set", "train.batch"], 2, "no `=`"),
        (vec!["train", "missing.toml", "--out", "r"], 1, "cannot read"),
        (vec!["train", "config.toml", "--out", "r", "--data", "nowhere"], 1, "no such folder"),
        (vec!["train", "config.toml", "--out", "r", "--data", "empty"], 1, "empty"),
        (
            vec!["train", "config.toml", "--out", "r", "--data", "data", "--set", "data.words=low,loud"],
            1,
            "loud",
        ),
        (vec!["train", "--resume", "--out", "r"], 1, "no run to continue"),
        (vec!["train"], 2, ""),
        (vec!["evaluate", "empty"], 1, "model"),
        (vec!["compare", "empty"], 1, "no runs"),
        (vec!["compare", "nowhere"], 1, "no such folder"),
    ] {
        let (found, message) = failure(&place.run(&arguments));
        assert_eq!(found, status, "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
        assert!(!place.path("r").exists(), "{arguments:?} left a folder");
    }
}

#[test]
fn figures_of_other_recordings_stand_apart() {
    let place = Place::new();
    place.train("runs/a");
    let summary: Value = serde_json::from_slice(&place.bytes("runs/a/summary.json")).unwrap();
    // A copy that is the same dataset, then one with fewer recordings, given by name and found where the run's were.
    let data = place.path("data");
    let copy =
        std::process::Command::new("cp").args(["-r", "data", "other"]).current_dir(place.path("")).status();
    assert!(copy.unwrap().success());
    let same = place.json(&["evaluate", "runs/a", "--data", "other", "--json"]);
    assert_eq!(same["is_run_data"], true);
    let word = std::fs::read_dir(place.path("other")).unwrap().map(|entry| entry.unwrap().path());
    let word = word.filter(|path| path.is_dir()).min().unwrap();
    let clips = std::fs::read_dir(word).unwrap().map(|entry| entry.unwrap().path());
    clips.take(9).for_each(|clip| std::fs::remove_file(clip).unwrap());
    for split in ["test", "valid", "all"] {
        let report = place.json(&["evaluate", "runs/a", "--data", "other", "--split", split, "--json"]);
        assert_eq!(report["is_run_data"], false);
        assert_ne!(report["data_fingerprint"], summary["data_fingerprint"]);
        assert!(report["notes"].to_string().contains("other recordings"));
        for (key, measured) in [("test_accuracy", "test"), ("valid_accuracy", "valid"), ("num_test", "test")]
        {
            assert_eq!(report[key].is_null(), split != measured, "{split} {key}");
        }
        assert_eq!(report["run_summary"], summary);
    }
    assert!(place.text(&["evaluate", "runs/a", "--data", "other"]).contains("other recordings"));
    let sweep = place.json(&["quantise", "runs/a", "--data", "other", "--sweep", "--json"]);
    assert_eq!(sweep["is_run_data"], false);
    let out = ["quantise", "runs/a", "--set", "quant.weight_bits=4", "--out", "m.safetensors", "--data"];
    assert!(place.text(&[&out[..], &["other"]].concat()).contains("other recordings"));
    // A model file does not say what it was made with.
    let alone = place.json(&["evaluate", "m.safetensors", "--data", "other", "--json"]);
    assert_eq!((&alone["is_run_data"], &alone["run_summary"]), (&Value::Null, &Value::Null));
    std::fs::rename(place.path("other"), place.path("moved")).unwrap();
    std::fs::rename(&data, place.path("gone")).unwrap();
    std::fs::rename(place.path("moved"), &data).unwrap();
    assert!(place.text(&["evaluate", "runs/a"]).contains("other recordings"));
}

#[test]
fn damage_is_named_and_costs_only_what_is_damaged() {
    let place = Place::new();
    place.train("runs/a");
    place.train("runs/b");
    let whole = place.bytes("runs/a/model.safetensors");
    std::fs::write(place.path("runs/a/model.safetensors"), &whole[..whole.len() / 2]).unwrap();
    let (status, message) = failure(&place.run(&["evaluate", "runs/a"]));
    assert_eq!(status, 1);
    assert!(message.contains("model"), "{message}");
    let output = place.run(&["compare", "runs", "--json"]);
    let table: Value = serde_json::from_slice(&output.stdout).unwrap();
    let states: Vec<&str> =
        table["runs"].as_array().unwrap().iter().map(|run| run["state"].as_str().unwrap()).collect();
    assert!(states.contains(&"damaged") && states.contains(&"finished"), "{states:?}");
    // The checkpoint has the best weights: continuing makes the run whole again.
    place.json(&["train", "--resume", "--out", "runs/a", "--json"]);
    assert_eq!(place.bytes("runs/a/model.safetensors"), whole);
    // The weights have the settings, too.
    let settings = place.bytes("runs/b/config.toml");
    std::fs::write(place.path("runs/b/config.toml"), "what = ever").unwrap();
    let told = place.run(&["memory", "runs/b"]);
    assert!(String::from_utf8_lossy(&told.stderr).contains("what"), "{told:?}");
    std::fs::write(place.path("runs/b/config.toml"), "").unwrap();
    for arguments in [&["memory", "runs/b"][..], &["train", "runs/b", "--out", "runs/c"]] {
        let (_, message) = failure(&place.run(arguments));
        assert!(message.contains("config.toml") && message.contains("--resume"), "{message}");
    }
    let evaluated = place.run(&["evaluate", "runs/b", "--json"]);
    assert!(String::from_utf8_lossy(&evaluated.stderr).contains("damaged"));
    place.json(&["train", "--resume", "--out", "runs/b", "--json"]);
    let body = |text: &[u8]| String::from_utf8_lossy(text).split_once("\n\n").unwrap().1.to_string();
    assert_eq!(body(&place.bytes("runs/b/config.toml")), body(&settings));
    // Nothing has the settings of a run that was not finished.
    for lost in ["summary.json", "model.safetensors"] {
        std::fs::remove_file(place.path("runs/b").join(lost)).unwrap();
    }
    std::fs::write(place.path("runs/b/config.toml"), "").unwrap();
    let (_, message) = failure(&place.run(&["train", "--resume", "--out", "runs/b"]));
    assert!(message.contains("config.toml") && message.contains("it is empty"), "{message}");
}

/// A limit on the size of files stands in for a full disk: it needs no privileges, and fails the same calls.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_what_was_saved_before_stays() {
    let place = Place::new();
    let long = ["train", "config.toml", "--data", "data", "--set", "train.epochs=40", "--json", "--out"];
    place.json(&[&long[..], &["whole"]].concat());
    let mut child = place
        .command(&[&long[..], &["full"]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while num_lines(&place.path("full/metrics.jsonl")) < 3 {
        std::thread::sleep(Duration::from_millis(1));
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = place.bytes("full/checkpoint.safetensors");
    let limited = format!("trap '' XFSZ; ulimit -f 12; exec '{COMMAND}' train --resume --out full");
    let output = Command::new("sh")
        .args(["-c", &limited])
        .current_dir(place.root.path())
        .env("COARSEGRAIN_CACHE", place.path("cache"))
        .output()
        .unwrap();
    let (status, message) = failure(&output);
    assert_eq!(status, 1);
    assert!(message.contains("disk is full") && message.contains("kept"), "{message}");
    assert_eq!(place.bytes("full/checkpoint.safetensors"), before);
    place.json(&["train", "--resume", "--out", "full", "--json"]);
    assert_eq!(place.bytes("whole/model.safetensors"), place.bytes("full/model.safetensors"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_best_weights_and_a_request_to_end_leaves_a_checkpoint() {
    let place = Place::new();
    for (signal, succeeds) in [("INT", true), ("TERM", false)] {
        let child = place
            .command(&[
                "train",
                "config.toml",
                "--data",
                "data",
                "--out",
                signal,
                "--set",
                "train.epochs=100000",
                "--json",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while num_lines(&place.path(signal).join("metrics.jsonl")) < 2 {
            assert!(began.elapsed() < PATIENCE, "the run does not get on");
            std::thread::sleep(Duration::from_millis(5));
        }
        // The shell's own `kill`: the program of that name is not everywhere.
        let sent =
            Command::new("sh").args(["-c", &format!("kill -s {signal} {}", child.id())]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.success(), succeeds, "{signal}: {}", stderr(&output));
        let summary = place.path(signal).join("summary.json");
        assert_eq!(summary.exists(), succeeds);
        if succeeds {
            let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(summary["end"], "stopped");
        } else {
            assert!(stderr(&output).contains("--resume"), "{}", stderr(&output));
        }
        assert!(place.path(signal).join("checkpoint.safetensors").exists());
    }
}

#[test]
fn a_run_is_kept_at_other_bits() {
    let place = Place::new();
    let float = ["--set", "quant.weight_bits=32", "--set", "quant.activation_bits=32"];
    let mut train = vec!["train", "config.toml", "--data", "data", "--out", "runs/float", "--json"];
    train.extend(float);
    place.json(&train);
    let widths = ["--set", "quant.weight_bits=6", "--set", "quant.activation_bits=8"];
    let mut keep = vec!["quantise", "runs/float", "--keep", "--json"];
    let (status, message) = failure(&place.run(&keep));
    assert!(status == 2 && message.contains("quant.weight_bits"), "{message}");
    keep.extend(widths);
    let kept = place.json(&keep);
    assert_eq!((kept["weight_bits"].as_u64(), kept["rounded_from"].as_str()), (Some(6), Some("float")));
    assert!(kept["run"].as_str().unwrap().ends_with("float-w6a8"), "{}", kept["run"]);
    let evaluated = place.json(&["evaluate", "runs/float-w6a8", "--json", "--predictions", "p.jsonl"]);
    assert_eq!(evaluated["test_accuracy"], kept["test_accuracy"]);
    assert_eq!(place.bytes("p.jsonl"), place.bytes("runs/float-w6a8/predictions.jsonl"));
    place.text(&["export", "runs/float-w6a8", "--format", "blocks", "--out", "out"]);
    place.text(&["export", "runs/float-w6a8", "--format", "report", "--out", "out"]);
    let report = String::from_utf8(place.bytes("out/report.html")).unwrap();
    assert!(report.contains("Rounded after training from") && report.contains("trained in float"));
    let (status, message) = failure(&place.run(&keep));
    assert!(status == 1 && message.contains("left as it is"), "{message}");
    // Elsewhere, and shown beside the other two.
    keep[2] = "--keep=runs/other";
    place.json(&keep);
    let table = place.json(&["compare", "runs", "--format", "json"]);
    assert_eq!(table["runs"].as_array().unwrap().len(), 3);
    assert!(place.text(&["train", "--resume", "--out", "runs/other"]).contains("cannot be trained further"));
}

//! `coarsegrain listen` on recordings, driven as a person or a program would.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod untrained;

use std::path::Path;
use std::process::{Command, Output};

use engine::audio::{decode, write_wav};
use engine::features::FrontEnd;
use engine::model::StoredModel;
use serde_json::Value;
use untrained::model;

const SECOND: usize = 16_000;

/// A detector that hears words everywhere, even from a network that has learnt nothing.
const SENSITIVE: [&str; 7] = [
    "--set",
    "detect.threshold=0.05",
    "--set",
    "detect.smooth_ms=0",
    "--set",
    "detect.isolation=0",
    "--json",
];

fn sound(num_samples: usize) -> Vec<f32> {
    let tone = |n: usize| (n as f32 * (0.05 + 0.02 * (n / SECOND) as f32)).sin();
    let swell = |n: usize| ((n % SECOND) as f32 / SECOND as f32 * std::f32::consts::PI).sin();
    (0..num_samples).map(|n| 0.5 * tone(n) * swell(n)).collect()
}

fn listen(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coarsegrain")).arg("listen").args(args).output().unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `y = (x - mean) * inv_std`, row by row.
fn normalise(model: &StoredModel, inputs: &mut [f32]) {
    let factors = model.normaliser.mean.iter().zip(&model.normaliser.inv_std);
    for (value, (mean, inv_std)) in inputs.iter_mut().zip(factors.cycle()) {
        *value = (*value - mean) * inv_std;
    }
}

fn scores_of(model: &StoredModel, clip: &[f32]) -> Vec<f32> {
    let front_end = FrontEnd::new(&model.config.features).unwrap();
    let mut input = vec![0.0; front_end.num_inputs()];
    front_end.input(clip, &mut front_end.scratch(), &mut input);
    normalise(model, &mut input);
    let mut scores = vec![0.0; model.labels.len()];
    model.predictor().unwrap().predict(&input, &mut scores).unwrap();
    scores
}

fn printed_scores(line: &Value, labels: &[String]) -> Vec<f32> {
    labels.iter().map(|label| line["scores"][label].as_f64().unwrap() as f32).collect()
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn scores_and_words_of_a_recording_come_as_json_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (model_path, wav) = (folder.path().join("model.safetensors"), folder.path().join("a.wav"));
    let model = model();
    model.save(&model_path).unwrap();
    write_wav(&wav, &sound(4 * SECOND)).unwrap();
    let samples = decode(&wav).unwrap();
    let args = [&[text_of(&model_path), "--wav", text_of(&wav)], &SENSITIVE[..]].concat();

    let lines = json_lines(&listen(&[&args[..], &["--scores"]].concat()));
    let decisions: Vec<_> = lines.iter().filter(|line| line.get("scores").is_some()).collect();
    assert_eq!(decisions.len(), 31);
    for second in 1..=4 {
        let clip = &samples[(second - 1) * SECOND..second * SECOND];
        let line = decisions.iter().find(|line| line["time_secs"] == second as f64).unwrap();
        assert_eq!(printed_scores(line, &model.labels), scores_of(&model, clip), "second {second}");
    }

    let words = json_lines(&listen(&args));
    assert!(!words.is_empty(), "at this threshold some word is always heard");
    assert!(lines.iter().filter(|line| line.get("word").is_some()).eq(words.iter()));
    for line in &words {
        let word = line["word"].as_str().unwrap();
        assert!(model.config.data.words.iter().any(|target| target == word), "{word}");
        let end = (line["time_secs"].as_f64().unwrap() * SECOND as f64).round() as usize;
        let scores = scores_of(&model, &samples[end - SECOND..end]);
        let label = model.labels.iter().position(|label| label == word).unwrap();
        assert_eq!(line["score"].as_f64().unwrap() as f32, scores[label]);
    }
}

#[test]
fn a_short_clip_is_scored_as_file_evaluation_scores_it() {
    let folder = tempfile::tempdir().unwrap();
    let (run, wav) = (folder.path().join("run"), folder.path().join("short.wav"));
    std::fs::create_dir(&run).unwrap();
    let model = model();
    model.save(&run.join("model.safetensors")).unwrap();
    write_wav(&wav, &sound(SECOND)[3_000..12_345]).unwrap();
    let lines = json_lines(&listen(&[text_of(&run), "--wav", text_of(&wav), "--scores", "--json"]));
    let first = lines.first().unwrap();
    assert_eq!(printed_scores(first, &model.labels), scores_of(&model, &decode(&wav).unwrap()));
}

#[test]
fn known_words_give_hits_misses_and_false_detections() {
    let folder = tempfile::tempdir().unwrap();
    let (model_path, wav) = (folder.path().join("m.safetensors"), folder.path().join("a.wav"));
    let truth = folder.path().join("truth.tsv");
    model().save(&model_path).unwrap();
    write_wav(&wav, &sound(3 * SECOND)).unwrap();
    // Nothing can be heard before the first second is full.
    std::fs::write(&truth, "start\tend\tword\n0\t0.1\tyes\n0.1\t1\tno such word\n").unwrap();
    let args = [text_of(&model_path), "--wav", text_of(&wav), "--truth", text_of(&truth)];
    let lines = json_lines(&listen(&[&args[..], &SENSITIVE[..]].concat()));
    let trial = lines.last().unwrap();
    let count = |key: &str| trial[key].as_u64().unwrap();
    assert_eq!((count("num_hits"), count("num_misses"), count("num_other")), (0, 1, 1));
    assert!(lines.len() > 1, "at this threshold some word is always heard");
    assert_eq!(count("num_false"), lines.len() as u64 - 1);
}

#[test]
fn mistakes_are_said_in_one_sentence_with_the_right_status() {
    let folder = tempfile::tempdir().unwrap();
    let (model_path, wav) = (folder.path().join("m.safetensors"), folder.path().join("a.wav"));
    model().save(&model_path).unwrap();
    write_wav(&wav, &sound(SECOND)).unwrap();
    let broken = folder.path().join("broken.safetensors");
    std::fs::write(&broken, "not a model").unwrap();
    let (model_path, wav, broken) = (text_of(&model_path), text_of(&wav), text_of(&broken));
    let cases: [(&[&str], i32, &str); 7] = [
        (&["no-such-run", "--wav", wav], 1, "no-such-run"),
        (&[broken, "--wav", wav], 1, "broken.safetensors"),
        (&[model_path, "--wav", "no-such-file.wav"], 1, "no-such-file.wav"),
        (&[model_path, "--wav", wav, "--set", "model.hidden=[4]"], 2, "detect"),
        (&[model_path, "--wav", wav, "--set", "detect.threshold=7"], 2, "threshold"),
        (&[model_path, "--wav", wav, "--secs", "nan"], 2, "seconds above 0"),
        (&["--wav", wav], 2, "RUN"),
    ];
    for (args, status, sign) in cases {
        let output = listen(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{args:?}: {said}");
        assert!(said.contains(sign), "{args:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

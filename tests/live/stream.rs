//! A stream of clips against file evaluation of the same clips.

use std::collections::BTreeMap;

use engine::audio::write_wav;
use serde_json::Value;

use crate::workshop::{WORDS, Workshop};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn scores(line: &Value) -> BTreeMap<String, f64> {
    serde_json::from_value(line["scores"].clone()).unwrap()
}

#[test]
fn a_stream_of_test_clips_has_the_scores_of_file_evaluation_and_finds_the_words_it_gets_right() {
    let workshop = Workshop::new();
    workshop.text(&["evaluate", "runs/words", "--split", "all", "--predictions", "predictions.jsonl"]);
    let predictions = lines(&std::fs::read_to_string(workshop.path("predictions.jsonl")).unwrap());
    let predictions: BTreeMap<&str, &Value> =
        predictions.iter().map(|line| (line["path"].as_str().unwrap(), line)).collect();

    let clips = workshop.test_clips();
    let samples: Vec<f32> = clips.iter().flat_map(|(_, _, samples)| samples.clone()).collect();
    write_wav(&workshop.path("stream.wav"), &samples).unwrap();
    let heard = lines(&workshop.text(&["listen", "runs/words", "--wav", "stream.wav", "--scores", "--json"]));

    let mut num_right = 0;
    for (second, (name, word, _)) in clips.iter().enumerate() {
        let (begin, end) = (second as f64, second as f64 + 1.0);
        let prediction = predictions[name.as_str()];
        let decision =
            heard.iter().find(|line| line["time_secs"] == end && line["scores"].is_object()).unwrap();
        let (streamed, expected) = (scores(decision), scores(prediction));
        assert_eq!(streamed.len(), expected.len());
        for (label, score) in &streamed {
            assert!((score - expected[label]).abs() <= 1e-5, "{name}, {label}: {score}, {}", expected[label]);
        }
        if *word == WORDS[2] || prediction["predicted"] != *word {
            continue;
        }
        num_right += 1;
        let is_hit = |line: &Value| {
            let time_secs = line["time_secs"].as_f64().unwrap();
            line["word"] == *word && (begin..=end + 0.75).contains(&time_secs)
        };
        assert!(heard.iter().any(is_hit), "{name} is not heard between {begin} and {end} s");
    }
    assert!(
        num_right >= 10,
        "the network must know its words for this test to say anything: {num_right} of 12"
    );
}

#[test]
fn evaluation_can_play_its_clips_as_a_stream() {
    let workshop = Workshop::new();
    let report = workshop.text(&["evaluate", "runs/words", "--stream", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let stream = &report["stream"];
    let count = |key: &str| stream[key].as_u64().unwrap();
    assert_eq!(stream["num_clips"], report["num_clips"]);
    assert_eq!(count("num_compared"), count("num_clips"));
    assert!(stream["largest_difference"].as_f64().unwrap() <= 1e-5);
    assert_eq!(count("num_words"), 12);
    assert!(count("num_right") >= 10, "{stream}");
    // The same word twice within a second may count once.
    assert!(count("num_right_hits") + 1 >= count("num_right"), "{stream}");

    let deaf =
        workshop.text(&["evaluate", "runs/words", "--stream", "--json", "--set", "detect.isolation=1"]);
    let deaf: Value = serde_json::from_str(&deaf).unwrap();
    assert_eq!(deaf["stream"]["num_hits"], 0, "nothing stands alone that much");
    let output =
        workshop.command(&["evaluate", "runs/words", "--set", "detect.isolation=1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

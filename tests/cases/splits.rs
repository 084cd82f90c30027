//! Words, lists and splits of foreign folders.

use serde_json::Value;

use crate::case::Case;

/// Clips per split, and the words.
#[track_caller]
fn expect(dataset: &Value, counts: [u64; 3], words: &[&str]) {
    let found = ["training", "validation", "testing"].map(|split| dataset["splits"][split].as_u64().unwrap());
    assert_eq!(found, counts, "{dataset}");
    let mut found: Vec<_> = dataset["words"].as_object().unwrap().keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, words);
}

fn notes(dataset: &Value) -> String {
    let notes = dataset["notes"].as_array().unwrap();
    notes.iter().map(|note| format!("{}\n", note.as_str().unwrap())).collect()
}

pub fn splits_as_folders(case: &Case) {
    expect(&case.run(&["dataset", "data", "--json"]).json(), [6, 2, 2], &["no", "yes"]);
}

pub fn silence_folder(case: &Case) {
    let said = case.run(&["evaluate", "cgs", "--data", "data", "--split", "all", "--json"]);
    let (told, report) = (said.all(), said.json());
    assert_eq!(report["accuracy"], 1.0, "{report}");
    match report["num_clips"].as_u64() {
        Some(8) => {}
        Some(2) => assert!(told.contains("silence"), "{told}"),
        other => panic!("{other:?} clips"),
    }
}

pub fn lists_with_a_longer_path(case: &Case) {
    expect(&case.run(&["dataset", "data", "--json"]).json(), [8, 2, 2], &["no", "yes"]);
}

pub fn labels_in_file_names(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    assert_eq!(dataset["splits"]["testing"], 2, "{dataset}");
    assert_eq!(dataset["words"].as_object().unwrap().keys().collect::<Vec<_>>(), ["no", "yes"]);
}

pub fn word_decomposed(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    let found = ["training", "validation", "testing"].map(|split| dataset["splits"][split].as_u64().unwrap());
    assert_eq!(found, [8, 2, 2], "{dataset}");
    case.run(&["train", "config.toml", "--data", "data", "--out", "run"]).done();
}

pub fn same_recording_in_several_splits(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    assert!(notes(&dataset).contains("28"), "28 recordings are there twice: {}", notes(&dataset));
}

pub fn phrases_longer_than_a_second(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    let told = notes(&dataset);
    assert!(told.contains("12") && told.contains("longer"), "{told}");
    // Twelve clips do not fill three splits; what is wrong with them is said all the same.
    case.run(&["train", "config.toml", "--data", "data", "--out", "run"]).mentions(&["longer"]);
}

pub fn word_folder_is_a_dead_link(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    let faults = dataset["faults"].as_array().unwrap();
    assert!(faults.iter().any(|fault| fault["path"].as_str().unwrap().starts_with("up")), "{faults:?}");
}

pub fn split_depends_on_the_extension(case: &Case) {
    case.shell("cp -r wav loud && for f in loud/*/*.wav; do mv \"$f\" \"${f%.wav}.WAV\"; done").done();
    let [wav, flac, loud] =
        ["wav", "flac", "loud"].map(|folder| case.run(&["dataset", folder, "--json"]).json());
    for other in [flac, loud] {
        for key in ["splits", "words", "fingerprint"] {
            assert_eq!(wav[key], other[key], "{key}");
        }
    }
}

pub fn the_same_word_twice(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    let told = notes(&dataset);
    assert!(told.contains("Yes") && told.contains("yes"), "{told}");
    let said = case.run(&["train", "config.toml", "--data", "data", "--out", "run"]).done();
    assert!(said.err.contains("Yes") && said.err.contains("unknown"), "{}", said.err);
}

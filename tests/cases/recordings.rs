//! Sound files as other programs write them, and paths as other systems have them.

use crate::case::Case;

#[track_caller]
fn expect_samples(case: &Case, file: &str, num_samples: u64) {
    let features = case.run(&["features", file, "--json"]).json();
    assert_eq!(features["num_samples"], num_samples, "{file}");
}

pub fn opus_in_ogg(case: &Case) {
    let said = case.run(&["features", "voice.ogg", "--json"]);
    match said.status {
        Some(0) => assert!(said.json()["num_samples"].as_u64() > Some(0)),
        _ => assert!(said.err.contains("Opus") && !said.err.contains("panicked"), "{}", said.err),
    }
}

pub fn list_chunk_with_wrong_inner_length(case: &Case) {
    expect_samples(case, "clip.wav", 8_000);
}

pub fn wav_written_into_a_pipe(case: &Case) {
    expect_samples(case, "sox.wav", 8_000);
    expect_samples(case, "arecord.wav", 8_000);
}

pub fn path_that_is_not_utf8(case: &Case) {
    let said = case.shell("coarsegrain features \"$(cat path)/clip.wav\" --json");
    match said.status {
        Some(0) => assert!(said.json()["path"].as_str().unwrap().ends_with("clip.wav")),
        Some(1) => assert_eq!(said.err.lines().count(), 1, "{}", said.err),
        other => panic!("{other:?}: {}", said.err),
    }
    case.shell("coarsegrain features \"$(cat path)/clip.wav\"").done();
}

pub fn chained_ogg(case: &Case) {
    expect_samples(case, "two.ogg", 16_000);
}

pub fn float_wav_on_16_bit_scale(case: &Case) {
    let dataset = case.run(&["dataset", "data", "--json"]).json();
    let told = format!("{}{}", dataset["faults"], dataset["notes"]);
    assert!(told.contains("a.wav") || told.contains("-1"), "{told}");
}

pub fn sound_from_a_pipe(case: &Case) {
    let features = case.shell("coarsegrain features <(cat clip.wav) --json").json();
    let file = case.run(&["features", "clip.wav", "--json"]).json();
    assert_eq!(features["features"], file["features"]);
}

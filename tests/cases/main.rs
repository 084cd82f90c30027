//! Walks the folder of failing inputs beside the checkout (`../shared/cases`, or `COARSEGRAIN_CASES`): each must give the
//! right answer that its README.md names. Where the folder is not there, the test says so and ends.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod case;
mod recordings;
mod runs;
mod splits;
mod window;

use std::path::PathBuf;

use case::Case;

/// How the answer to a case is looked at.
type Check = fn(&Case);

/// Every case, by the number that its folder begins with.
const CHECKS: &[(&str, Check)] = &[
    ("01", splits::splits_as_folders),
    ("02", splits::silence_folder),
    ("03", splits::lists_with_a_longer_path),
    ("06", recordings::opus_in_ogg),
    ("07", splits::labels_in_file_names),
    ("09", splits::word_decomposed),
    ("10", splits::same_recording_in_several_splits),
    ("12", recordings::list_chunk_with_wrong_inner_length),
    ("13", recordings::wav_written_into_a_pipe),
    ("17", splits::phrases_longer_than_a_second),
    ("25", runs::two_runs_of_the_same_name),
    ("26", runs::seeds_of_one_experiment),
    ("29", recordings::path_that_is_not_utf8),
    ("31", splits::word_folder_is_a_dead_link),
    ("32", runs::emptied_configuration),
    ("33", splits::split_depends_on_the_extension),
    ("34", recordings::chained_ogg),
    ("35", recordings::float_wav_on_16_bit_scale),
    ("36", runs::output_that_is_a_link),
    ("37", runs::other_recordings_than_trained_on),
    ("38", recordings::sound_from_a_pipe),
    ("39", window::words_in_other_scripts),
    ("42", splits::the_same_word_twice),
    ("46", runs::front_across_different_tasks),
];

fn cases_folder() -> PathBuf {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/cases"));
    std::env::var_os("COARSEGRAIN_CASES").map_or_else(beside, PathBuf::from)
}

#[test]
fn every_case_gives_its_right_answer() {
    let folder = cases_folder();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there are no cases here ({})", folder.display());
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    let mut failures = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let number = name.split('-').next();
        let Some((_, check)) = CHECKS.iter().find(|(known, _)| number == Some(known)) else {
            failures.push(format!("{name}: nothing checks this case"));
            continue;
        };
        let case = Case::copy(&path);
        // A panic is a failed check of this case; the others are still walked.
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&case))) {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            failures.push(format!("{name}: {text}"));
        }
    }
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

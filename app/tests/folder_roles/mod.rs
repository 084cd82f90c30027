//! Folders that are no words: told in Data in full, treated with one click, and trained on as they are shown.

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::{Harness, kittest::Queryable as _};
use engine::dataset::{FolderDoubt, FolderRemedy, FolderRoles};
use engine::protocol::{Command, DatasetState, DatasetView, WordRow};
use workbench::places::Place;
use workbench::shell::Workbench;

use super::stage::{Stage, dataset, stage};
use super::{open_at, sent};

const LONG: &str = "12 recordings in 3 folders were not read, for example one with a very long name that goes on and on, so that a label of \
     one line would have been cut long before its end, where the remedy stands: move them up.";

fn doubted() -> DatasetView {
    let doubt = FolderDoubt {
        folder: "Noise".into(),
        text: "The folder `Noise` is taught as a word. Set data.noise = [\"Noise\"] to use it as background noise.".into(),
        remedies: vec![FolderRemedy::UseAsNoise, FolderRemedy::LeaveOut],
    };
    DatasetView { notes: vec![doubt.text.clone(), LONG.into()], doubts: vec![doubt], ..dataset(10) }
}

fn show(stage: &Stage, harness: &mut Harness<'_, Workbench>, view: DatasetView) {
    let state = DatasetState { open: Some(Arc::new(view)), ..DatasetState::default() };
    stage.borrow_mut().snapshot.dataset = Arc::new(state);
    harness.run();
}

fn treated(noise: &[&str], exclude: &[&str]) -> Command {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let roles = FolderRoles { noise: owned(noise), exclude: owned(exclude), ..FolderRoles::default() };
    Command::TreatFolders { folder: PathBuf::from("/data/speech_commands"), roles }
}

#[test]
fn a_folder_that_is_no_word_is_treated_with_one_click() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    show(&stage, &mut harness, doubted());
    // The doubt stands once, with its buttons, and every note in full.
    assert_eq!(harness.query_all_by_label_contains("is taught as a word").count(), 1);
    harness.get_by_label(LONG);
    harness.get_by_label("Use Noise as background noise").click();
    harness.run();
    assert!(sent(&stage, &treated(&["Noise"], &[])));
    harness.get_by_label("Leave Noise out").click();
    harness.run();
    assert!(sent(&stage, &treated(&[], &["Noise"])));
}

#[test]
fn what_was_said_of_a_folder_is_trained_on_and_can_be_taken_back() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    let roles =
        FolderRoles { noise: vec!["hiss".into()], exclude: vec!["Yes".into()], ..FolderRoles::default() };
    show(&stage, &mut harness, DatasetView { roles, ..dataset(10) });
    let data = harness.state().config().data.clone();
    assert_eq!((data.noise, data.exclude), (vec!["hiss".to_owned()], vec!["Yes".to_owned()]));
    harness.get_by_label("Read Yes as a word").click();
    harness.run();
    assert!(sent(&stage, &treated(&["hiss"], &[])));
    harness.get_by_label("Read hiss as a word").click();
    harness.run();
    assert!(sent(&stage, &treated(&[], &["Yes"])));
}

#[test]
fn target_words_are_found_as_training_finds_them_and_labels_are_not_offered() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Data);
    let mut view = dataset(10);
    for word in &mut view.words {
        if word.word == "yes" {
            word.word = "Yes".into();
        }
    }
    view.words.push(WordRow { word: "_silence_".into(), counts: [3, 0, 0] });
    show(&stage, &mut harness, view);
    assert!(harness.query_by_label_contains("no recordings of").is_none(), "`yes` is found as `Yes`");
    assert!(harness.query_by_label("Target: _silence_").is_none());
    harness.get_by_label("Target: Yes").click();
    harness.run();
    assert!(!harness.state().config().data.words.contains(&"yes".to_owned()));
    harness.get_by_label("All words").click();
    harness.run();
    assert!(!harness.state().config().data.words.iter().any(|word| word.contains("silence")));
}

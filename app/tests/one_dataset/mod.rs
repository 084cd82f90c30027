//! What is shown is what is trained, by whatever way other data come in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use engine::protocol::{Command, DatasetState, Event, Progress, RunRow, RunState, RunsView};
use engine::runs::RunId;
use engine::settings::{Config, Selection};
use workbench::places::Place;
use workbench::shell::{Workbench, WorkbenchOptions};

use super::stage::{Stage, dataset, stage};
use super::{open, open_at, sent};

const SHOWN: &str = "/data/speech_commands";
const OTHER: &str = "/data/other words";

/// The engine has opened this folder.
fn opened(stage: &Stage, harness: &mut Harness<'_, Workbench>, folder: &str) {
    let mut view = dataset(10);
    view.folder = PathBuf::from(folder);
    let state = DatasetState { open: Some(Arc::new(view)), ..DatasetState::default() };
    stage.borrow_mut().snapshot.dataset = Arc::new(state);
    harness.run();
}

/// The engine reads this folder, while another is open or none.
fn reading(stage: &Stage, folder: &str, keeps_open: bool) {
    let before = stage.borrow().snapshot.dataset.clone();
    let state = DatasetState {
        open: before.open.clone().filter(|_| keeps_open),
        loading: Some(Progress { what: "Reading recordings".into(), ..Progress::default() }),
        loading_folder: Some(PathBuf::from(folder)),
    };
    stage.borrow_mut().snapshot.dataset = Arc::new(state);
}

/// The reading ended without a dataset.
fn failed(stage: &Stage, harness: &mut Harness<'_, Workbench>, event: Event) {
    let open = stage.borrow().snapshot.dataset.open.clone();
    stage.borrow_mut().snapshot.dataset = Arc::new(DatasetState { open, ..DatasetState::default() });
    stage.borrow_mut().events.push(event);
    harness.run();
}

fn queued(stage: &Stage) -> Vec<Config> {
    let sent = &stage.borrow().sent;
    let queued = sent.iter().filter_map(|command| match command {
        Command::QueueRun { config, .. } => Some((**config).clone()),
        _ => None,
    });
    queued.collect()
}

fn trained_on(stage: &Stage) -> Vec<String> {
    queued(stage).into_iter().map(|config| config.data.dir).collect()
}

fn train(harness: &mut Harness<'_, Workbench>) {
    harness.key_press(Key::Num3);
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_steps(3);
}

fn click(harness: &mut Harness<'_, Workbench>, label: &str) {
    harness.get_by_label(label).click();
    harness.run();
}

fn is_asked(harness: &Harness<'_, Workbench>) -> bool {
    harness.query_by_label("Cancel").is_some()
}

fn opens(stage: &Stage, folder: &str) -> bool {
    sent(stage, &Command::OpenDataset(Some(PathBuf::from(folder))))
}

fn type_action(harness: &mut Harness<'_, Workbench>, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.get_by_label("Find an action").type_text(text);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

/// A configuration file of these lines, dropped on the window.
fn with_file<'a>(stage: &Stage, text: &str) -> Harness<'a, Workbench> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let options =
        WorkbenchOptions { open: vec![path], place: Some(Place::Network), ..WorkbenchOptions::default() };
    let mut harness = open(stage, options);
    for _ in 0..500 {
        harness.run();
        if harness.state().messages().iter().next().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    harness.run();
    harness
}

#[test]
fn undo_never_leads_back_to_another_dataset() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    click(&mut harness, "Selection: Connected");
    opened(&stage, &mut harness, OTHER);
    for (keys, selection) in [
        (Modifiers::COMMAND, Selection::Balanced),
        (Modifiers::COMMAND | Modifiers::SHIFT, Selection::Connected),
    ] {
        harness.key_press_modifiers(keys, Key::Z);
        harness.run();
        assert_eq!(harness.state().config().sparsity.selection, selection);
        assert_eq!(harness.state().config().data.dir, OTHER);
    }
    train(&mut harness);
    assert_eq!(trained_on(&stage), [OTHER]);
}

#[test]
fn a_configuration_of_other_data_is_asked_about() {
    let text = format!("seed = 7\n[data]\ndir = \"{OTHER}\"\nwords = [\"cat\", \"dog\"]\n");
    for (answer, seed, words_change, is_opened) in [
        ("Use them with speech_commands", 7, true, false),
        ("Open other words", 7, false, true),
        ("Cancel", 1, false, false),
    ] {
        let stage = stage(10);
        let mut harness = with_file(&stage, &text);
        assert!(is_asked(&harness));
        assert_eq!(harness.state().config().data.dir, SHOWN, "nothing changes before the answer");
        click(&mut harness, answer);
        assert!(!is_asked(&harness));
        let config = harness.state().config().clone();
        assert_eq!((config.seed, config.data.dir.as_str()), (seed, SHOWN), "{answer}");
        assert_eq!(config.data.words == ["cat", "dog"], words_change, "{answer}");
        assert_eq!(opens(&stage, OTHER), is_opened, "{answer}");
        if is_opened {
            opened(&stage, &mut harness, OTHER);
            let config = harness.state().config().clone();
            assert_eq!((config.data.dir.as_str(), config.seed), (OTHER, 7));
            assert_eq!(config.data.words, ["cat", "dog"], "the words of the file, for its own data");
        }
        train(&mut harness);
        assert_eq!(trained_on(&stage), [if is_opened { OTHER } else { SHOWN }]);
    }
}

#[test]
fn a_configuration_without_data_or_for_these_data_is_not_asked_about() {
    for data in ["", "[data]\ndir = \"/data/./speech_commands/\"\n"] {
        let stage = stage(10);
        let harness = with_file(&stage, &format!("seed = 7\n{data}"));
        assert!(!is_asked(&harness));
        assert_eq!((harness.state().config().seed, harness.state().config().data.dir.as_str()), (7, SHOWN));
    }
    // The built-in dataset is other data than a folder, where the file names it.
    let stage = stage(10);
    let mut harness = with_file(&stage, "seed = 7\n[data]\ndir = \"\"\n");
    click(&mut harness, "Open Demo dataset");
    assert!(sent(&stage, &Command::OpenDataset(None)));
}

#[test]
fn words_that_the_data_lack_stay_away() {
    let stage = stage(10);
    let text = format!("seed = 7\n[data]\ndir = \"{OTHER}\"\nwords = [\"oui\", \"non\"]\n");
    let mut harness = with_file(&stage, &text);
    click(&mut harness, "Use them with speech_commands");
    assert_eq!(harness.state().config().data.words, Config::default().data.words);
    assert!(harness.state().messages().iter().any(|message| message.text.contains("target words stay")));
}

#[test]
fn training_while_another_dataset_is_read_asks_which() {
    for (answer, expected) in
        [("Train on speech_commands", Some(SHOWN)), ("Wait for other words, then train", None)]
    {
        let stage = stage(10);
        let mut harness = open_at(&stage, Place::Train);
        reading(&stage, OTHER, true);
        harness.run_steps(3);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.run_steps(3);
        assert!(queued(&stage).is_empty(), "asked first");
        harness.get_by_label(answer).click();
        harness.run_steps(3);
        assert_eq!(trained_on(&stage), Vec::from_iter(expected));
        opened(&stage, &mut harness, OTHER);
        assert_eq!(trained_on(&stage), [expected.unwrap_or(OTHER)]);
    }
}

#[test]
fn what_waits_for_a_dataset_never_starts_on_another() {
    let faults =
        [Event::DatasetFailed { message: "there is no such folder".into() }, Event::DatasetCancelled];
    for event in faults {
        let stage = stage(10);
        reading(&stage, OTHER, false);
        let mut harness = open_at(&stage, Place::Train);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.run_steps(3);
        assert!(queued(&stage).is_empty());
        failed(&stage, &mut harness, event);
        assert!(
            harness.state().messages().iter().any(|message| message.text.contains("Nothing was started"))
        );
        opened(&stage, &mut harness, SHOWN);
        assert!(queued(&stage).is_empty());
        train(&mut harness);
        assert_eq!(trained_on(&stage), [SHOWN]);
    }
}

#[test]
fn a_run_asked_for_with_the_program_starts_on_the_data_named_there() {
    let stage = stage(10);
    reading(&stage, OTHER, false);
    let options = || WorkbenchOptions {
        opens_dataset: true,
        data: Some(PathBuf::from(OTHER)),
        trains: true,
        ..WorkbenchOptions::default()
    };
    let mut harness = open(&stage, options());
    assert!(queued(&stage).is_empty());
    opened(&stage, &mut harness, OTHER);
    assert_eq!(trained_on(&stage), [OTHER]);

    let stage = super::stage::stage(10);
    reading(&stage, OTHER, false);
    let mut harness = open(&stage, options());
    failed(&stage, &mut harness, Event::DatasetFailed { message: "there is no such folder".into() });
    opened(&stage, &mut harness, SHOWN);
    assert!(queued(&stage).is_empty(), "not on data that were opened later");
}

#[test]
fn without_data_nothing_is_trained() {
    let stage = stage(10);
    stage.borrow_mut().snapshot.dataset = Arc::default();
    let mut harness = open_at(&stage, Place::Train);
    train(&mut harness);
    assert!(queued(&stage).is_empty());
    assert_eq!(harness.state().place(), Place::Data);
    assert!(harness.state().messages().iter().any(|message| message.text.contains("No dataset is open")));
}

#[test]
fn a_run_goes_on_with_its_own_data_alone() {
    let stage = stage(10);
    let mut config = Config::default();
    config.data.dir = OTHER.into();
    let run = RunId("of-other-words".into());
    let row = RunRow {
        run: run.clone(),
        config: Some(config),
        state: RunState::Interrupted,
        summary: None,
        created_secs: 0,
        experiment: String::new(),
        is_pareto: false,
    };
    let runs = RunsView { runs: vec![Arc::new(row)], ..RunsView::default() };
    stage.borrow_mut().snapshot.runs = Arc::new(runs);
    let mut harness = open_at(&stage, Place::Train);
    click(&mut harness, "Continue of-other-words");
    let continued = Command::ContinueRun(run);
    assert!(!sent(&stage, &continued) && harness.query_by_label_contains("Train on").is_none());
    click(&mut harness, "Open other words and continue");
    assert!(opens(&stage, OTHER) && !sent(&stage, &continued));
    opened(&stage, &mut harness, OTHER);
    assert!(sent(&stage, &continued));
}

#[test]
fn a_typed_folder_is_opened_not_only_written_down() {
    let stage = stage(10);
    let mut harness = open_at(&stage, Place::Network);
    type_action(&mut harness, &format!("data.dir={OTHER}"));
    assert!(opens(&stage, OTHER));
    assert_eq!(harness.state().config().data.dir, SHOWN, "until it is open");
    train(&mut harness);
    assert_eq!(trained_on(&stage), [SHOWN]);
}

#[test]
fn target_words_belong_to_their_dataset() {
    let stage = stage(10);
    let folder = tempfile::tempdir().unwrap();
    let state_path = || Some(folder.path().join("state.json"));
    let options = WorkbenchOptions {
        state_path: state_path(),
        place: Some(Place::Network),
        ..WorkbenchOptions::default()
    };
    let mut harness = open(&stage, options);
    type_action(&mut harness, "data.words=cat, dog");
    opened(&stage, &mut harness, OTHER);
    assert_eq!(harness.state().config().data.words, ["cat", "dog"], "opening rewrites nothing");
    type_action(&mut harness, "data.words=bird");
    opened(&stage, &mut harness, SHOWN);
    assert_eq!(harness.state().config().data.words, ["cat", "dog"]);
    opened(&stage, &mut harness, OTHER);
    assert_eq!(harness.state().config().data.words, ["bird"]);
    let mut window = harness.into_state();
    eframe::App::on_exit(&mut window, None);
    drop(window);
    // Also over a restart.
    let harness = open(&stage, WorkbenchOptions { state_path: state_path(), ..WorkbenchOptions::default() });
    assert_eq!(harness.state().config().data.words, ["bird"]);
    assert!(Path::new(&harness.state().config().data.dir) == Path::new(OTHER));
}

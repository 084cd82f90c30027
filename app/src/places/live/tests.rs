//! The place Live, used as a person uses it.

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use engine::protocol::{Command, DevicesView, LiveView, ModelSource, Snapshot, StreamSource};
use engine::settings::DetectConfig;

use crate::context::{ModelSlot, PickKind, ShellRequest};
use crate::made_up;
use crate::places::Place;
use crate::places::bench::{Bench, click, spoken, type_into};

fn bench(live: LiveView) -> Bench {
    let snapshot = Snapshot {
        live: Arc::new(live),
        devices: Arc::new(made_up::devices()),
        runs: Arc::new(made_up::runs(6)),
        ..Snapshot::default()
    };
    Bench::new(Place::Live, snapshot)
}

fn start(source: StreamSource) -> Command {
    let models = vec![ModelSource::BuiltInDense, ModelSource::BuiltInCompressed];
    Command::StartListening { source, models, detect: DetectConfig::default() }
}

#[test]
fn start_listens_with_both_models_and_space_does_too() {
    let mut harness = bench(LiveView::default()).open();
    assert_eq!(harness.state().commands, [Command::ListDevices]);
    harness.state_mut().commands.clear();
    click(&mut harness, "Start listening");
    let expected = start(StreamSource::Microphone(None));
    assert_eq!(harness.state().commands, std::slice::from_ref(&expected));
    let mut harness = bench(LiveView::default()).open();
    harness.state_mut().commands.clear();
    harness.key_press(egui::Key::Space);
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [expected]);
}

#[test]
fn stop_releases_the_device_and_space_does_too() {
    let mut harness = bench(made_up::listening()).open();
    harness.state_mut().commands.clear();
    harness.key_press(egui::Key::Space);
    harness.run_steps(2);
    click(&mut harness, "Stop listening");
    assert_eq!(harness.state().commands, [Command::StopListening, Command::StopListening]);
}

#[test]
fn a_dropped_recording_plays_at_once_and_a_typed_one_on_start() {
    let mut harness = bench(LiveView::default()).open();
    harness.state_mut().commands.clear();
    harness.state_mut().recording = Some(PathBuf::from("/sounds/yes.wav"));
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [start(StreamSource::Recording("/sounds/yes.wav".into()))]);
    let mut harness = bench(LiveView::default()).open();
    click(&mut harness, "Source: Recording");
    harness.state_mut().commands.clear();
    click(&mut harness, "Start listening");
    assert!(harness.state().commands.is_empty(), "a path is missing");
    assert!(harness.state().messages.latest().is_some_and(|message| message.text.contains("recording")));
    type_into(&mut harness, "Path of the recording", "/sounds/no.flac");
    click(&mut harness, "Start listening");
    assert_eq!(harness.state().commands, [start(StreamSource::Recording("/sounds/no.flac".into()))]);
}

#[test]
fn enter_in_the_path_plays_it_and_the_next_step_is_a_button() {
    let mut harness = bench(LiveView::default()).open();
    click(&mut harness, "Use a recording instead");
    click(&mut harness, "Choose a recording…");
    assert_eq!(harness.state().requests, [ShellRequest::Pick(PickKind::Recording)]);
    harness.state_mut().commands.clear();
    type_into(&mut harness, "Path of the recording", "/sounds/no.flac");
    harness.key_press(egui::Key::Enter);
    harness.run_steps(2);
    assert_eq!(harness.state().commands, [start(StreamSource::Recording("/sounds/no.flac".into()))]);
}

#[test]
fn another_model_is_heard_at_once() {
    let mut harness = bench(made_up::listening()).open();
    harness.state_mut().commands.clear();
    click(&mut harness, "First model");
    let run = harness.state().snapshot.runs.runs[1].clone();
    harness.get_by_label_contains(&format!("{} · ", run.run.0)).click();
    harness.run_steps(3);
    let expected = Command::StartListening {
        source: StreamSource::Microphone(None),
        models: vec![ModelSource::Run(run.run.clone()), ModelSource::BuiltInCompressed],
        detect: DetectConfig::default(),
    };
    assert_eq!(harness.state().commands, [expected]);
}

#[test]
fn a_model_file_is_heard_at_once() {
    let mut harness = bench(made_up::listening()).open();
    click(&mut harness, "Second model");
    click(&mut harness, "Choose a file…");
    assert_eq!(harness.state().requests, [ShellRequest::Pick(PickKind::Model(ModelSlot::LiveSecond))]);
    harness.state_mut().commands.clear();
    harness.state_mut().places.live.take_file(1, "/out/model.cgs".into());
    harness.run_steps(2);
    let expected = Command::StartListening {
        source: StreamSource::Microphone(None),
        models: vec![ModelSource::BuiltInDense, ModelSource::File("/out/model.cgs".into())],
        detect: DetectConfig::default(),
    };
    assert_eq!(harness.state().commands, [expected]);
}

#[test]
fn settings_act_while_listening() {
    let mut harness = bench(made_up::listening()).open();
    harness.state_mut().commands.clear();
    let slider = harness.get_by_role_and_label(egui::accesskit::Role::Slider, "Threshold");
    slider.focus();
    harness.run_steps(1);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(2);
    let threshold = harness.state().config.detect.threshold;
    assert!(threshold > DetectConfig::default().threshold);
    let sent = DetectConfig { threshold, ..DetectConfig::default() };
    assert_eq!(harness.state().commands, [Command::SetDetection(sent)]);
}

#[test]
fn what_is_heard_is_also_words() {
    let harness = bench(made_up::listening()).open();
    let spoken = spoken(&harness);
    for needed in [
        "right",
        "multiplications",
        "integer",
        "float",
        "21\u{2009}µs a decision",
        "5.1× slower than CGS",
        "4.1\u{2009}µs a decision",
        "5.1× faster than dense",
        "Level: peak",
        "stop: Dense",
        "Heard · 10",
        "Spectrogram of",
    ] {
        assert!(spoken.contains(needed), "{needed} is not said in:\n{spoken}");
    }
}

#[test]
fn a_model_alone_is_compared_with_nothing() {
    let mut live = made_up::listening();
    live.models.truncate(1);
    live.detections.retain(|detection| detection.model == 0);
    let said = spoken(&bench(live).open());
    assert!(said.contains("µs a decision") && !said.contains("×"), "{said}");
}

#[test]
fn the_cards_stay_where_they_are_when_the_first_decision_is_made() {
    let below = |live: LiveView| {
        let harness = bench(live).open();
        harness.get_by_label_contains("Dense: ").rect()
    };
    let mut early = made_up::listening();
    early.models.iter_mut().for_each(|model| model.decision_micros = 0.0);
    let said = spoken(&bench(early.clone()).open());
    assert!(said.contains("– a decision") && !said.contains("×"), "{said}");
    assert_eq!(below(early), below(made_up::listening()));
}

#[test]
fn faults_are_said_in_words() {
    let mut bench = bench(LiveView {
        failure: "The device was unplugged; connect it again.".into(),
        ..LiveView::default()
    });
    let message = "No microphone was found; connect one, or play a recording.".to_string();
    bench.snapshot.devices = Arc::new(DevicesView { message, ..DevicesView::default() });
    let harness = bench.open();
    let said = spoken(&harness);
    assert!(said.contains("unplugged") && said.contains("No microphone was found"));
    // A recording needs no microphone.
    let mut harness = harness;
    click(&mut harness, "Source: Recording");
    assert!(!spoken(&harness).contains("No microphone was found"));
}

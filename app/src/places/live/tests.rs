//! The place Live, used as a person uses it.

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use engine::protocol::{
    Command, DevicesView, LiveView, ModelSource, PlaybackView, Playing, Snapshot, StreamSource, Tape,
};
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
        "Compressed\nCGS b = 64, p = 75\u{2009}%, 5 × 8 bit",
        "Dense\nfloat",
        "5.1× slower",
        "5.1× faster",
        "4.1\u{2009}µs integer · dense 21\u{2009}µs float",
        "× smaller",
        "KiB · dense ",
        "cgs-64-75-b",
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
    assert!(said.contains("µs\na decision") && said.contains("of memory") && !said.contains("×"), "{said}");
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
    assert!(said.contains("–\na decision") && !said.contains("faster") && said.contains("smaller"), "{said}");
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

/// Height of the text of this label, the largest where there are several; 0 where there is none.
fn height(harness: &egui_kittest::Harness<'_, Bench>, label: &str) -> f32 {
    harness.query_all_by_label(label).map(|node| node.rect().height()).fold(0.0, f32::max)
}

#[test]
fn a_word_heard_is_the_largest_thing_on_the_page_and_the_claims_come_next() {
    let harness = bench(made_up::listening()).open();
    let word = height(&harness, "right");
    let claims = [height(&harness, "5.1× faster"), height(&harness, "5.1× slower")];
    assert!(word > 80.0, "{word} of 800 points");
    assert!(claims.iter().all(|claim| *claim > 26.0 && *claim < word), "{claims:?}");
    for node in harness.get_all_by_label("right") {
        assert!(node.rect().width() < 470.0, "a word stays in its card: {:?}", node.rect());
    }
}

#[test]
fn the_longest_word_that_a_model_knows_fits_into_its_card() {
    let mut live = made_up::listening();
    for model in &mut live.models {
        model.labels[7] = "straightforwardness".into();
    }
    live.detections.iter_mut().rev().take(2).for_each(|found| found.word = "straightforwardness".into());
    let harness = bench(live).open();
    let mut words: Vec<_> = harness.get_all_by_label("straightforwardness").map(|node| node.rect()).collect();
    words.retain(|rect| rect.width() > 100.0);
    words.sort_by(|a, b| a.left().total_cmp(&b.left()));
    assert_eq!(words.len(), 2);
    assert!(words[0].right() < words[1].left(), "{words:?}");
}

#[test]
fn a_row_of_heard_stops_the_stream_goes_there_and_plays() {
    let mut harness = bench(made_up::listening()).open();
    harness.state_mut().commands.clear();
    click(&mut harness, "Play stop at 7.5\u{2009}s, heard by Dense, 93\u{2009}%");
    assert_eq!(harness.state().commands, [Command::StopListening], "an open microphone would hear it");
    harness.state_mut().commands.clear();
    harness.state_mut().snapshot.live = Arc::new(made_up::listened());
    harness.run_steps(3);
    let [Command::PlayTape { from_secs, to_secs }] = harness.state().commands[..] else {
        panic!("{:?}", harness.state().commands)
    };
    assert!(from_secs < 7.0 && to_secs > 7.45 && to_secs - from_secs < 2.0, "{from_secs} to {to_secs}");
    // The page is at that moment: the word that was heard then is the one that is shown.
    assert!(height(&harness, "stop") > 80.0);
    assert!(height(&harness, "right") < 80.0);
}

#[test]
fn what_was_heard_is_looked_through_and_played_after_stopping() {
    let mut harness = bench(made_up::listened()).open();
    let said = spoken(&harness);
    assert!(said.contains("Heard · 10") && said.contains("Spectrogram of ten seconds"), "{said}");
    assert!(height(&harness, "right") > 80.0, "it stays at its end");
    harness.state_mut().commands.clear();
    click(&mut harness, "Play");
    let whole = Command::PlayTape { from_secs: 0.0, to_secs: 10.5 };
    assert_eq!(harness.state().commands, [whole], "from the end it begins anew");
    harness.get_by_label("Moment of what was heard").focus();
    harness.run_steps(3);
    for _ in 0..3 {
        harness.key_press(egui::Key::ArrowLeft);
        harness.run_steps(2);
    }
    assert!(height(&harness, "stop") > 80.0, "three seconds earlier stop was the latest word");
    harness.state_mut().commands.clear();
    click(&mut harness, "Play");
    assert_eq!(harness.state().commands, [Command::PlayTape { from_secs: 7.5, to_secs: 10.5 }]);
    let playing = PlaybackView {
        what: Playing::Stream { from_secs: 2.5 },
        name: "made up".into(),
        position_secs: 1.2,
        length_secs: 3.0,
    };
    harness.state_mut().snapshot.playback = Arc::new(Some(playing));
    harness.run_steps(3);
    assert!(height(&harness, "yes") > 80.0, "words come again as they are heard again");
    harness.state_mut().commands.clear();
    click(&mut harness, "Stop playing");
    assert_eq!(harness.state().commands, [Command::StopPlayback]);
}

#[test]
fn what_is_not_kept_any_more_says_so_and_does_nothing() {
    let mut live = made_up::listened();
    live.tape = Some(Arc::new(Tape { start_secs: 5.0, samples: vec![0.0; 88_000].into() }));
    let mut harness = bench(live).open();
    harness.state_mut().commands.clear();
    click(&mut harness, "Play left at 1.6\u{2009}s, heard by Dense, 93\u{2009}%");
    assert!(harness.state().commands.is_empty(), "{:?}", harness.state().commands);
    click(&mut harness, "Play right at 9.3\u{2009}s, heard by Compressed, 84\u{2009}%");
    assert_eq!(harness.state().commands.len(), 1);
}

#[test]
fn a_recording_is_muted_with_a_switch_that_is_kept() {
    let mut harness = bench(LiveView::default()).open();
    click(&mut harness, "Source: Recording");
    type_into(&mut harness, "Path of the recording", "/sounds/no.flac");
    harness.state_mut().commands.clear();
    click(&mut harness, "Mute");
    assert_eq!(harness.state().commands, [Command::MuteRecordings(true)]);
    harness.state_mut().commands.clear();
    // An engine that has not been told yet, as after a restart of the window.
    click(&mut harness, "Start listening");
    let listening = start(StreamSource::Recording("/sounds/no.flac".into()));
    assert_eq!(harness.state().commands, [Command::MuteRecordings(true), listening]);
    let state = serde_json::to_value(&harness.state().places.live).unwrap();
    assert_eq!(state["is_muted"], true);
}

#[test]
fn a_recording_that_is_not_heard_says_why_while_the_models_go_on() {
    let mut live = made_up::listening();
    live.silence_reason = "no loudspeaker was found; plug one in".into();
    let said = spoken(&bench(live.clone()).open());
    assert!(said.contains("The recording is not heard") && said.contains("no loudspeaker"), "{said}");
    assert!(said.contains("Heard · 10"));
    live.is_muted = true;
    assert!(!spoken(&bench(live).open()).contains("is not heard"), "whoever mutes it knows");
}

#[test]
fn a_device_with_a_long_name_does_not_push_the_page_apart() {
    let mut bench = bench(made_up::listening());
    let mut devices = made_up::devices();
    devices.devices[0].name =
        "Playback and recording through the sound server of this machine, in stereo".into();
    bench.snapshot.devices = Arc::new(devices);
    let harness = bench.open();
    let right = harness.get_by_label("List devices again").rect().right();
    assert!(right < 1280.0 - 320.0 - 8.0, "{right}");
}

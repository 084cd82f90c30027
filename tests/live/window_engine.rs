//! The engine as the window drives it, at a virtual microphone.

use std::path::PathBuf;

use engine::protocol::{Command, Engine, EngineOptions, Event, ModelSource, StreamSource};
use engine::runs::RunId;
use engine::settings::DetectConfig;

use crate::sound_server::SoundServer;
use crate::workshop::Workshop;
use crate::{again_as_child, wait_for};

const FOLDER: &str = "LIVE_TEST_FOLDER";
const NAME: &str = "window_engine::the_engine_survives_a_pulled_microphone_and_listens_again";

#[test]
fn the_engine_survives_a_pulled_microphone_and_listens_again() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return listen_twice(&PathBuf::from(folder));
    }
    let Some(server) = SoundServer::start() else { return };
    let workshop = Workshop::new();
    let speech = workshop.write_speech(&["high", "low"]);
    let mut child = again_as_child(NAME, &server).env(FOLDER, workshop.path("")).spawn().unwrap();
    let has_come = |name: &str| {
        let path = workshop.path(name);
        wait_for(name, || path.exists().then_some(()));
    };
    has_come("open");
    server.play(&speech);
    has_come("heard");
    server.unplug();
    has_come("failed");
    server.replug();
    std::fs::write(workshop.path("replugged"), "").unwrap();
    let status = wait_for("the child", || child.try_wait().unwrap());
    assert!(status.success());
}

/// In the child. What has been reached is told the parent by files.
fn listen_twice(folder: &std::path::Path) {
    let tell = |name: &str| std::fs::write(folder.join(name), "").unwrap();
    let engine =
        Engine::start(EngineOptions { runs_folder: folder.join("runs"), cache_folder: folder.join("cache") });
    let start = || {
        engine.send(Command::StartListening {
            source: StreamSource::Microphone(None),
            models: vec![ModelSource::Run(RunId("words".into())); 2],
            detect: DetectConfig::default(),
        });
    };
    start();
    assert_eq!(wait_for("the stream", || engine.poll_event()), Event::ListeningStarted);
    tell("open");
    wait_for("two words by both models", || (engine.snapshot().live.detections.len() == 4).then_some(()));
    let live = engine.snapshot().live;
    let words: Vec<&str> = live.detections.iter().map(|found| found.word.as_str()).collect();
    assert_eq!(words, ["high", "high", "low", "low"]);
    assert!(live.models.iter().all(|model| model.decision_micros > 0.0));
    tell("heard");
    let event = wait_for("the end of the stream", || engine.poll_event());
    let Event::ListeningFailed { message } = event else { panic!("{event:?}") };
    assert!(message.contains("was unplugged or switched off"), "{message}");
    let live = engine.snapshot().live;
    assert!(!live.listening);
    assert_eq!(live.failure, message);
    let tape = live.tape.clone().unwrap();
    assert!((tape.end_secs() - live.position_secs).abs() < 1e-3, "what was heard is kept");
    assert!(tape.samples.iter().any(|sample| sample.abs() > 0.05));
    tell("failed");
    wait_for("the microphone to be back", || folder.join("replugged").exists().then_some(()));
    start();
    assert_eq!(wait_for("the second stream", || engine.poll_event()), Event::ListeningStarted);
    wait_for("sound", || (engine.snapshot().live.position_secs > 0.5).then_some(()));
    engine.send(Command::StopListening);
    assert_eq!(wait_for("the stop", || engine.poll_event()), Event::ListeningStopped);
}

//! What the loudspeaker gives when the engine plays a clip, or listens to a recording, recorded from a virtual one.

use std::f32::consts::TAU;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use engine::audio::write_wav;
use engine::protocol::{Command, Engine, EngineOptions, Event, ModelSource, Playing, StreamSource};
use engine::settings::DetectConfig;

use crate::sound_server::SoundServer;
use crate::{again_as_child, wait_for};

const CLIP: &str = "LIVE_TEST_CLIP";
const NAME: &str = "playback::a_played_clip_has_its_length_pitch_and_level";
const LISTENING: &str = "playback::a_recording_that_is_listened_to_is_heard_and_so_is_what_was_kept_of_it";
const SILENCE: &str = "playback::a_recording_is_listened_to_where_there_is_no_loudspeaker";
const RECORDER_HZ: usize = 48_000;
const TONE_HZ: f32 = 500.0;
const TONE_LEVEL: f32 = 0.5;

#[test]
fn a_played_clip_has_its_length_pitch_and_level() {
    if let Some(clip) = std::env::var_os(CLIP) {
        return play(PathBuf::from(clip));
    }
    let Some(recorded) = recorded_of_a_tone(NAME) else { return };
    check(&recorded, 0.95..1.05);
}

#[test]
fn a_recording_that_is_listened_to_is_heard_and_so_is_what_was_kept_of_it() {
    if let Some(clip) = std::env::var_os(CLIP) {
        return listen(PathBuf::from(clip));
    }
    let Some(recorded) = recorded_of_a_tone(LISTENING) else { return };
    // What the device had taken before it was muted is heard.
    check(&recorded, 0.9..1.4);
}

#[test]
fn a_recording_is_listened_to_where_there_is_no_loudspeaker() {
    if let Some(clip) = std::env::var_os(CLIP) {
        return listen_in_silence(PathBuf::from(clip));
    }
    let Some(server) = SoundServer::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let clip = tone(folder.path());
    server.unplug();
    assert!(again_as_child(SILENCE, &server).env(CLIP, &clip).status().unwrap().success());
}

/// Writes a second of a tone.
fn tone(folder: &Path) -> PathBuf {
    let clip = folder.join("tone.wav");
    let tone = |n: usize| TONE_LEVEL * (TAU * TONE_HZ * n as f32 / 16_000.0).sin();
    write_wav(&clip, &(0..16_000).map(tone).collect::<Vec<_>>()).unwrap();
    clip
}

/// What a virtual loudspeaker gives while the test of this name runs as a child with a second of a tone; `None` where this
/// machine has none.
fn recorded_of_a_tone(test: &str) -> Option<Vec<f32>> {
    let server = SoundServer::start()?;
    let folder = tempfile::tempdir().unwrap();
    let clip = tone(folder.path());
    let mut recorder = Process::new("parec")
        .args(["--device=virtual_out.monitor", "--format=s16le", "--rate=48000", "--channels=1", "--raw"])
        .arg("--latency-msec=20")
        .envs(server.environment())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = recorder.stdout.take().unwrap();
    // The recorder is ready once it delivers.
    let mut bytes = vec![0; 2];
    stream.read_exact(&mut bytes).unwrap();
    let rest = std::thread::spawn(move || stream.read_to_end(&mut bytes).map(|_| bytes));
    let status = again_as_child(test, &server).env(CLIP, &clip).status().unwrap();
    assert!(status.success());
    // What the sound server still holds is heard within this time.
    std::thread::sleep(std::time::Duration::from_millis(500));
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    let bytes = rest.join().unwrap().unwrap();
    let sample = |pair: &[u8]| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0;
    Some(bytes.chunks_exact(2).map(sample).collect())
}

fn engine(folder: &Path) -> Engine {
    Engine::start(EngineOptions { runs_folder: folder.join("runs"), cache_folder: folder.join("cache") })
}

/// In the child: the engine listens to a recording as the window asks it to.
fn start_listening(engine: &Engine, clip: PathBuf) {
    engine.send(Command::StartListening {
        source: StreamSource::Recording(clip),
        models: vec![ModelSource::BuiltInCompressed],
        detect: DetectConfig::default(),
    });
    assert_eq!(wait_for("the stream", || engine.poll_event()), Event::ListeningStarted);
}

/// The first half of the tone is heard with the models, the second from what was kept.
fn listen(clip: PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    start_listening(&engine, clip);
    assert_eq!(engine.snapshot().live.silence_reason, "");
    wait_for("half of it", || (engine.snapshot().live.position_secs >= 0.5).then_some(()));
    // Muted, it goes on in silence.
    engine.send(Command::MuteRecordings(true));
    assert_eq!(wait_for("the end of the stream", || engine.poll_event()), Event::ListeningStopped);
    let live = engine.snapshot().live;
    assert!(live.is_muted && !live.listening);
    let tape = live.tape.clone().unwrap();
    assert_eq!((tape.start_secs, tape.end_secs()), (0.0, 1.0));
    // As much again as is missing of a second.
    engine.send(Command::PlayTape { from_secs: 0.5, to_secs: 1.0 });
    let playing = wait_for("the sound", || engine.snapshot().playback.as_ref().clone());
    assert_eq!((playing.what, playing.length_secs), (Playing::Stream { from_secs: 0.5 }, 0.5));
    wait_for("its end", || engine.snapshot().playback.is_none().then_some(()));
    assert_eq!(engine.poll_event(), None);
}

fn listen_in_silence(clip: PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    start_listening(&engine, clip);
    assert!(engine.snapshot().live.silence_reason.contains("loudspeaker"), "{:?}", engine.snapshot().live);
    assert_eq!(wait_for("the end of the stream", || engine.poll_event()), Event::ListeningStopped);
    assert_eq!(engine.snapshot().live.position_secs, 1.0);
}

/// In the child: the engine plays a file as the window asks it to.
fn play(clip: PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    engine.send(Command::PlayFile(clip));
    let playing = wait_for("the sound", || engine.snapshot().playback.as_ref().clone());
    assert_eq!((playing.name.as_str(), playing.length_secs), ("tone.wav", 1.0));
    wait_for("its end", || engine.snapshot().playback.is_none().then_some(()));
    assert_eq!(engine.poll_event(), None);
}

/// A starved machine may put pauses into what is heard; they are left out, so that speed decides nothing.
fn check(recorded: &[f32], expected_secs: std::ops::Range<f64>) {
    let pieces = unbroken(recorded);
    assert!(!pieces.is_empty(), "nothing is heard");
    let secs = pieces.iter().map(|piece| piece.len()).sum::<usize>() as f64 / RECORDER_HZ as f64;
    assert!(expected_secs.contains(&secs), "it sounds for {secs} s");
    let longest = pieces.iter().max_by_key(|piece| piece.len()).unwrap();
    let tone = &longest[RECORDER_HZ / 200..longest.len() - RECORDER_HZ / 200];
    let crossings: Vec<usize> =
        (1..tone.len()).filter(|&index| tone[index - 1] < 0.0 && tone[index] >= 0.0).collect();
    let (first, last) = (crossings[0], crossings[crossings.len() - 1]);
    let hertz = (crossings.len() - 1) as f32 * RECORDER_HZ as f32 / (last - first) as f32;
    assert!((hertz / TONE_HZ - 1.0).abs() < 0.01, "it sounds at {hertz} Hz");
    let cycles = &tone[first..last];
    let rms = (cycles.iter().map(|x| x * x).sum::<f32>() / cycles.len() as f32).sqrt();
    assert!((rms / (TONE_LEVEL / 2f32.sqrt()) - 1.0).abs() < 0.02, "its level is {rms}");
}

/// The stretches of sound between pauses of more than a millisecond.
fn unbroken(recorded: &[f32]) -> Vec<&[f32]> {
    let loud: Vec<usize> = (0..recorded.len()).filter(|&index| recorded[index].abs() > 0.02).collect();
    loud.chunk_by(|a, b| b - a <= RECORDER_HZ / 1000)
        .map(|run| &recorded[run[0]..=run[run.len() - 1]])
        .collect()
}

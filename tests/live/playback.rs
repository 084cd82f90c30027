//! What the loudspeaker gives when the engine plays a clip, recorded from a virtual one.

use std::f32::consts::TAU;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};

use engine::audio::write_wav;
use engine::protocol::{Command, Engine, EngineOptions};

use crate::sound_server::SoundServer;
use crate::{again_as_child, wait_for};

const CLIP: &str = "LIVE_TEST_CLIP";
const NAME: &str = "playback::a_played_clip_has_its_length_pitch_and_level";
const RECORDER_HZ: usize = 48_000;
const TONE_HZ: f32 = 500.0;
const TONE_LEVEL: f32 = 0.5;

#[test]
fn a_played_clip_has_its_length_pitch_and_level() {
    if let Some(clip) = std::env::var_os(CLIP) {
        return play(PathBuf::from(clip));
    }
    let Some(server) = SoundServer::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("tone.wav");
    let tone = |n: usize| TONE_LEVEL * (TAU * TONE_HZ * n as f32 / 16_000.0).sin();
    write_wav(&clip, &(0..16_000).map(tone).collect::<Vec<_>>()).unwrap();

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
    let status = again_as_child(NAME, &server).env(CLIP, &clip).status().unwrap();
    assert!(status.success());
    // What the sound server still holds is heard within this time.
    std::thread::sleep(std::time::Duration::from_millis(500));
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    let bytes = rest.join().unwrap().unwrap();
    let recorded: Vec<f32> = bytes
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect();
    check(&recorded);
}

/// In the child: the engine plays a file as the window asks it to.
fn play(clip: PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(EngineOptions {
        runs_folder: folder.path().join("runs"),
        cache_folder: folder.path().join("cache"),
    });
    engine.send(Command::PlayFile(clip));
    let playing = wait_for("the sound", || engine.snapshot().playback.as_ref().clone());
    assert_eq!((playing.name.as_str(), playing.length_secs), ("tone.wav", 1.0));
    wait_for("its end", || engine.snapshot().playback.is_none().then_some(()));
    assert_eq!(engine.poll_event(), None);
}

fn check(recorded: &[f32]) {
    let is_loud = |sample: &f32| sample.abs() > 0.02;
    let first = recorded.iter().position(is_loud).expect("something is heard");
    let last = recorded.iter().rposition(is_loud).unwrap();
    let secs = (last - first) as f64 / RECORDER_HZ as f64;
    assert!((secs - 1.0).abs() < 0.01, "it lasts {secs} s");
    let tone = &recorded[first + RECORDER_HZ / 20..last - RECORDER_HZ / 20];
    let num_cycles = tone.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    let hertz = num_cycles as f32 * RECORDER_HZ as f32 / tone.len() as f32;
    assert!((hertz - TONE_HZ).abs() < 2.5, "it sounds at {hertz} Hz");
    let rms = (tone.iter().map(|x| x * x).sum::<f32>() / tone.len() as f32).sqrt();
    assert!((rms / (TONE_LEVEL / 2f32.sqrt()) - 1.0).abs() < 0.02, "its level is {rms}");
}

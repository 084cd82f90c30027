//! What the tests need: made-up words, a small network that knows them, and the built programs.

use std::f64::consts::TAU;
use std::path::PathBuf;
use std::process::{Command, Output};

use end_to_end::program;
use engine::audio::write_wav;

/// Samples of a second.
pub const SECOND: usize = 16_000;
/// The words of the dataset; the network listens for the first two.
pub const WORDS: [&str; 3] = ["low", "high", "other"];

const NUM_SPEAKERS: usize = 40;
/// Speakers of the testing split, and as many after them of the validation split.
const NUM_HELD_OUT: usize = 6;
const CONFIG: &str = "[data]\nwords = [\"low\", \"high\"]\n[features]\nmean_norm = false\n[model]\nhidden = [48, 32]\n\
                      [sparsity]\nblock = 8\ndrop = 0.5\n[quant]\nweight_bits = 5\n\
                      [train]\nepochs = 15\nbatch = 16\nthreads = 2\n";

/// A folder with a dataset and a trained run.
pub struct Workshop {
    root: tempfile::TempDir,
}

impl Workshop {
    /// Makes the dataset and trains on it.
    pub fn new() -> Self {
        let workshop = Self { root: tempfile::tempdir().unwrap() };
        std::fs::write(workshop.path("config.toml"), CONFIG).unwrap();
        let (mut validation, mut testing) = (String::new(), String::new());
        for word in WORDS {
            std::fs::create_dir_all(workshop.path("data").join(word)).unwrap();
            for speaker in 0..NUM_SPEAKERS {
                let name = clip_name(word, speaker);
                write_wav(&workshop.path("data").join(&name), &spoken(word, speaker)).unwrap();
                match speaker / NUM_HELD_OUT {
                    0 => testing += &format!("{name}\n"),
                    1 => validation += &format!("{name}\n"),
                    _ => {}
                }
            }
        }
        std::fs::write(workshop.path("data/testing_list.txt"), testing).unwrap();
        std::fs::write(workshop.path("data/validation_list.txt"), validation).unwrap();
        workshop.text(&["train", "config.toml", "--data", "data", "--out", "runs/words"]);
        workshop
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `coarsegrain` with these arguments, in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("coarsegrain"));
        command.args(arguments).current_dir(self.root.path()).env("COARSEGRAIN_CACHE", self.path("cache"));
        command
    }

    /// Standard output of `coarsegrain`, which must succeed.
    pub fn text(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Names, words and samples of the clips of the testing split, the words taking turns.
    pub fn test_clips(&self) -> Vec<(String, &'static str, Vec<f32>)> {
        let clip = |(speaker, word)| (clip_name(word, speaker), word, spoken(word, speaker));
        (0..NUM_HELD_OUT).flat_map(|speaker| WORDS.map(|word| (speaker, word))).map(clip).collect()
    }

    /// Writes words of test speakers with pauses between them, to be played.
    pub fn write_speech(&self, words: &[&str]) -> PathBuf {
        let mut samples = vec![0.0; SECOND];
        for (speaker, word) in words.iter().enumerate() {
            samples.extend(spoken(word, speaker));
            samples.extend([0.0; SECOND / 2]);
        }
        samples.extend(vec![0.0; SECOND]);
        let path = self.path("speech.wav");
        write_wav(&path, &samples).unwrap();
        path
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn clip_name(word: &str, speaker: usize) -> String {
    format!("{word}/speaker{speaker}_nohash_0.wav")
}

/// A second with a sound of a third of a second in it: a tone for each word that glides in its own way, at a pitch,
/// a loudness and a moment of the speaker's own, over a little noise.
fn spoken(word: &str, speaker: usize) -> Vec<f32> {
    let (from_hz, to_hz) = match word {
        "low" => (350.0, 350.0),
        "high" => (1_200.0, 2_800.0),
        _ => (1_800.0, 700.0),
    };
    let own = speaker as f64 / NUM_SPEAKERS as f64;
    let pitch = 0.94 + 0.12 * own;
    let loudness = 0.25 + 0.25 * (7.0 * own).sin().abs();
    let middle_secs = 0.5 + 0.12 * (speaker as f64).sin();
    let mut noise_state = speaker as u32 + 1;
    let mut phase = 0.0;
    let sample = |index: usize| {
        let place = (index as f64 / SECOND as f64 - middle_secs) / 0.17;
        let hertz = pitch * (from_hz + (to_hz - from_hz) * (place.clamp(-1.0, 1.0) + 1.0) / 2.0);
        phase += TAU * hertz / SECOND as f64;
        let swell = if place.abs() < 1.0 { (1.0 - place * place).sqrt() } else { 0.0 };
        noise_state = noise_state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(noise_state >> 16) / 65_536.0 - 0.5;
        (loudness * swell * (phase.sin() + 0.3 * (2.0 * phase).sin()) + 0.004 * noise) as f32
    };
    (0..SECOND).map(sample).collect()
}

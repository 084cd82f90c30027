//! A sound server of its own with one virtual microphone and one virtual loudspeaker; `virtual-microphone.sh`
//! beside this folder does the work.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/virtual-microphone.sh");
const PROGRAMS: [&str; 4] = ["pulseaudio", "pactl", "paplay", "parec"];

/// A running server; dropping it ends it.
pub struct SoundServer {
    folder: tempfile::TempDir,
}

impl SoundServer {
    /// Starts a server; `None`, said on standard error, where this machine lacks the programs.
    pub fn start() -> Option<Self> {
        if let Some(missing) = missing() {
            eprintln!("skipped: {missing} is not installed (scripts/test.sh installs it where it can)");
            return None;
        }
        let server = Self { folder: tempfile::tempdir().unwrap() };
        server.act(&["up"]);
        Some(server)
    }

    /// Plays a sound file to its end; the microphone hears it.
    pub fn play(&self, wav: &Path) {
        self.act(&["play", wav.to_str().unwrap()]);
    }

    /// Takes microphone and loudspeaker away.
    pub fn unplug(&self) {
        self.act(&["unplug"]);
    }

    /// Brings them back.
    pub fn replug(&self) {
        self.act(&["replug"]);
    }

    /// Stops the server from answering; it cannot be used any more.
    pub fn freeze(&self) {
        self.act(&["freeze"]);
    }

    /// What a program must have in its environment to use this server and no other.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.folder.path().join("environment")).unwrap();
        let pair = |line: &str| line.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
        text.lines().filter_map(pair).collect()
    }

    fn act(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new("sh").arg(SCRIPT).arg(self.folder.path()).args(arguments).output().unwrap()
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        self.run(&["down"]);
    }
}

/// The first thing that the server or its clients would need and that is not there.
fn missing() -> Option<&'static str> {
    let is_missing = |program: &&str| Command::new(program).arg("--version").output().is_err();
    let program = PROGRAMS.into_iter().find(is_missing);
    program.or_else(|| (!has_alsa_bridge()).then_some("the ALSA plug-in for PulseAudio"))
}

fn has_alsa_bridge() -> bool {
    let in_folder = |folder: PathBuf| folder.join("alsa-lib/libasound_module_pcm_pulse.so").exists();
    let below_lib = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    below_lib.chain(["/usr/lib", "/usr/lib64"].map(PathBuf::from)).any(in_folder)
}

//! Live capture, detection and playback as a person meets them: the built command, the engine behind the
//! window, and a real sound server with a virtual microphone.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod microphone;
mod playback;
mod sound_server;
mod stream;
mod window_engine;
mod workshop;

use std::process::Command;
use std::time::{Duration, Instant};

/// Generous, for machines under load: it only keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// Asks again and again until there is an answer.
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// This test again, as a process that uses the given sound server: the sound library reads its environment
/// once, and other tests of this process have servers of their own.
fn again_as_child(test: &str, server: &sound_server::SoundServer) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).envs(server.environment());
    command
}

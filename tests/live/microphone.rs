//! `coarsegrain listen` at a virtual microphone.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};

use serde_json::Value;

use crate::sound_server::SoundServer;
use crate::wait_for;
use crate::workshop::{Workshop, stderr};

/// Lines that may wait to be read: more than any test here waits for.
const LINES: usize = 1000;

/// The lines that a program prints, as they come.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = sync_channel(LINES);
    std::thread::spawn(move || {
        BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

/// `coarsegrain listen` with the device open.
fn listening(workshop: &Workshop, server: &SoundServer) -> (Child, Receiver<String>, Receiver<String>) {
    let mut command = workshop.command(&["listen", "runs/words", "--device", "default", "--json"]);
    let command = command.envs(server.environment()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (words, messages) = (lines_of(child.stdout.take().unwrap()), lines_of(child.stderr.take().unwrap()));
    let first = messages.recv_timeout(crate::PATIENCE).unwrap();
    assert!(first.starts_with("listening to"), "{first}");
    (child, words, messages)
}

fn word(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    line["word"].as_str().unwrap().to_owned()
}

#[test]
fn the_microphone_hears_played_words_and_pulling_it_is_said_and_ends_cleanly() {
    let Some(server) = SoundServer::start() else { return };
    let workshop = Workshop::new();
    let speech = workshop.write_speech(&["low", "high", "low", "high"]);
    let of_file = workshop.text(&["listen", "runs/words", "--wav", speech.to_str().unwrap(), "--json"]);
    assert_eq!(of_file.lines().map(word).collect::<Vec<_>>(), ["low", "high", "low", "high"]);

    let (mut child, words, messages) = listening(&workshop, &server);
    server.play(&speech);
    let heard: Vec<String> = (0..4).map(|_| word(&words.recv_timeout(crate::PATIENCE).unwrap())).collect();
    assert_eq!(heard, ["low", "high", "low", "high"]);

    server.unplug();
    let status = wait_for("the end of the command", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(1));
    let said = messages.iter().collect::<Vec<_>>().join("\n");
    assert!(said.contains("4 detections in"), "{said}");
    assert!(said.contains("was unplugged or switched off; plug it in again"), "{said}");
    assert_eq!(words.iter().count(), 0, "nothing was said after the four words");

    let mut command = workshop.command(&["listen", "runs/words", "--secs", "1"]);
    let absent = command.envs(server.environment()).output().unwrap();
    assert_eq!(absent.status.code(), Some(1));
    assert!(stderr(&absent).contains("there is no microphone"), "{}", stderr(&absent));

    server.replug();
    let back = command.output().unwrap();
    assert!(back.status.success(), "{}", stderr(&back));
    assert!(stderr(&back).contains("0 detections in 1."), "{}", stderr(&back));
}

#[test]
#[cfg(unix)]
fn a_request_to_end_closes_the_stream_and_sums_it_up() {
    let Some(server) = SoundServer::start() else { return };
    let workshop = Workshop::new();
    let (mut child, _words, messages) = listening(&workshop, &server);
    // Digital silence for a second and a half draws a hint: sound is arriving.
    let hint = messages.recv_timeout(crate::PATIENCE).unwrap();
    assert!(hint.contains("digital silence"), "{hint}");
    // The shell's own `kill`: the program of that name is not everywhere.
    let kill = format!("kill -s INT {}", child.id());
    let signalled = std::process::Command::new("sh").args(["-c", &kill]).status();
    assert!(signalled.unwrap().success());
    let status = wait_for("the end of the command", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
    let said = messages.iter().collect::<Vec<_>>().join("\n");
    assert!(said.contains("0 detections in"), "{said}");
}

#[test]
fn a_sound_service_that_hangs_is_said_and_ends_the_command() {
    let Some(server) = SoundServer::start() else { return };
    let workshop = Workshop::new();
    let (mut child, _words, messages) = listening(&workshop, &server);
    server.freeze();
    let status = wait_for("the end of the command", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(1));
    let said = messages.iter().collect::<Vec<_>>().join("\n");
    assert!(said.contains("nothing has moved through"), "{said}");
}

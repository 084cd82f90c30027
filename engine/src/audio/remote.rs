//! Capture in a process of its own.
//!
//! The headless command must start on machines without a sound library, so nothing of it may be linked
//! into that program. The small program `coarsegrain-microphone` is; it opens the device and writes what it
//! hears to its standard output, and ends when nobody reads any more. [`RemoteCapture`] is the reader.
//!
//! The stream: one line of JSON ([`Greeting`]), then packets of a 16-byte header (number of samples as
//! `u32`, 1 if any clipped or 0 as `u32`, samples lost so far as `u64`) and the samples as `f32`, all
//! little endian.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::capture::Capture;
use super::devices::Device;

/// Name of the program that captures.
pub const PROGRAM: &str = "coarsegrain-microphone";
/// Time between two packets.
const PACKET_INTERVAL: Duration = Duration::from_millis(20);
/// More samples than any packet holds.
const MAX_PACKET: u32 = 1 << 22;

/// First line of the stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Greeting {
    /// Name of the device.
    pub device: String,
    /// Its format in words.
    pub format: String,
}

/// Captures until `out` is closed by its reader (which is no error) or the device ends.
///
/// # Errors
/// The sentence of the [`super::DeviceFault`], or of the failure to write.
pub fn serve(device: Option<&str>, out: &mut dyn Write) -> Result<(), String> {
    let mut capture = Capture::open(device).map_err(|fault| fault.to_string())?;
    let greeting = Greeting { device: capture.device().to_owned(), format: capture.format().to_owned() };
    let mut line = serde_json::to_vec(&greeting).map_err(|error| error.to_string())?;
    line.push(b'\n');
    let mut written = out.write_all(&line);
    let mut samples = Vec::new();
    let mut num_clipped = 0;
    while written.is_ok() {
        std::thread::sleep(PACKET_INTERVAL);
        samples.clear();
        capture.read(&mut samples).map_err(|fault| fault.to_string())?;
        let clipped_before = std::mem::replace(&mut num_clipped, capture.clipped_frames());
        let packet = packet(&samples, num_clipped > clipped_before, capture.lost_samples());
        written = out.write_all(&packet).and_then(|()| out.flush());
    }
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

fn packet(samples: &[f32], is_clipped: bool, num_lost: u64) -> Vec<u8> {
    let mut packet = Vec::with_capacity(16 + 4 * samples.len());
    packet.extend((samples.len() as u32).to_le_bytes());
    packet.extend(u32::from(is_clipped).to_le_bytes());
    packet.extend(num_lost.to_le_bytes());
    packet.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    packet
}

/// What one packet brought besides its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Samples appended.
    pub num_samples: usize,
    /// Whether a sample of the device touched full scale.
    pub is_clipped: bool,
    /// Samples lost since the stream began.
    pub lost_samples: u64,
}

/// The reading end of a capture process; dropping it ends the process.
#[derive(Debug)]
pub struct RemoteCapture {
    child: Child,
    stream: BufReader<ChildStdout>,
    greeting: Greeting,
}

impl RemoteCapture {
    /// Starts the capture program and waits until its device is open.
    ///
    /// # Errors
    /// A sentence for a person: the program is missing, or what it said of the device.
    pub fn open(device: Option<&str>) -> Result<Self, String> {
        let mut command = Command::new(program()?);
        command.args(device.map(|device| format!("--device={device}")));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start `{PROGRAM}`: {error}"))?;
        let Some(stdout) = child.stdout.take() else { return Err(last_words(&mut child)) };
        let mut stream = BufReader::new(stdout);
        let mut line = String::new();
        let is_read = stream.read_line(&mut line).is_ok();
        match serde_json::from_str(&line) {
            Ok(greeting) if is_read => Ok(Self { child, stream, greeting }),
            _ => Err(last_words(&mut child)),
        }
    }

    /// Name and format of the device.
    pub fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    /// Waits for the next packet and appends its samples to `out`: mono, 16 kHz, finite.
    ///
    /// # Errors
    /// Why the capture ended, as a sentence for a person.
    pub fn read(&mut self, out: &mut Vec<f32>) -> Result<Packet, String> {
        match read_packet(&mut self.stream, out) {
            Ok(packet) => Ok(packet),
            Err(_) => Err(last_words(&mut self.child)),
        }
    }
}

impl Drop for RemoteCapture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_packet(stream: &mut impl Read, out: &mut Vec<f32>) -> std::io::Result<Packet> {
    let mut header = [0; 16];
    stream.read_exact(&mut header)?;
    let [a, b, c, d, clipped, _, _, _, lost @ ..] = header;
    let num_samples = u32::from_le_bytes([a, b, c, d]);
    if num_samples > MAX_PACKET {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; 4 * num_samples as usize];
    stream.read_exact(&mut bytes)?;
    out.extend(bytes.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])));
    Ok(Packet {
        num_samples: num_samples as usize,
        is_clipped: clipped != 0,
        lost_samples: u64::from_le_bytes(lost),
    })
}

/// Lists capture devices through the capture program.
///
/// # Errors
/// A sentence for a person.
pub fn list_devices() -> Result<Vec<Device>, String> {
    let output = Command::new(program()?)
        .arg("--list")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `{PROGRAM}`: {error}"))?;
    match serde_json::from_slice(&output.stdout) {
        Ok(devices) if output.status.success() => Ok(devices),
        _ => Err(last_line(&output.stderr)),
    }
}

/// The capture program, which lies beside this one.
fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("cannot find `{PROGRAM}`: {error}"))?;
    let path = own.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    if is_file(&path) {
        Ok(path)
    } else {
        Err(format!(
            "the microphone needs the program `{PROGRAM}`, which is not beside this one; build the whole \
             workspace, or copy it there: {}",
            path.display()
        ))
    }
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// Ends a capture process and returns what it said last.
fn last_words(child: &mut Child) -> String {
    // It has closed its output, so it is about to end; a process that does not is ended here.
    for _ in 0..100 {
        if matches!(child.try_wait(), Ok(Some(_))) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    let mut text = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_end(&mut text);
    }
    last_line(&text)
}

fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    match line {
        Some(line) if line.contains("libasound") => format!(
            "the sound library is missing; install ALSA (Debian, Ubuntu: libasound2; Fedora, Arch: alsa-lib): \
             {line}"
        ),
        Some(line) => line.trim_start_matches("error: ").to_owned(),
        None => format!("`{PROGRAM}` ended without saying why; start it by itself to see"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_survive_the_pipe() {
        let samples = [0.0, -1.0, 0.25, f32::MIN_POSITIVE];
        let mut bytes = packet(&samples, true, 1 << 40);
        bytes.extend(packet(&[], false, 0));
        let mut stream = &bytes[..];
        let mut out = vec![9.0];
        let first = read_packet(&mut stream, &mut out).unwrap();
        assert_eq!(first, Packet { num_samples: 4, is_clipped: true, lost_samples: 1 << 40 });
        assert_eq!(out, [9.0, 0.0, -1.0, 0.25, f32::MIN_POSITIVE]);
        assert_eq!(read_packet(&mut stream, &mut out).unwrap().num_samples, 0);
        assert!(read_packet(&mut stream, &mut out).is_err());
    }

    #[test]
    fn a_packet_of_impossible_size_is_refused() {
        let bytes = [0xff; 16];
        assert!(read_packet(&mut &bytes[..], &mut Vec::new()).is_err());
    }

    #[test]
    fn a_missing_sound_library_is_said_with_its_remedy() {
        let said = last_line(b"x: error while loading shared libraries: libasound.so.2: cannot open\n");
        assert!(said.contains("install ALSA"), "{said}");
        assert_eq!(last_line(b"error: `mic` was unplugged\n\n"), "`mic` was unplugged");
    }
}

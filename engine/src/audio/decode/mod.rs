//! Recordings of any common format to mono samples at 16 kHz.
//!
//! What describes a recording never costs its samples: titles, pictures, seek points and sizes that are
//! wrong are passed over, and only what decoding needs is read. [`input`] brings the bytes, [`wave`],
//! [`flac`], [`ogg`] and [`mpeg`] find the sound in them, [`stream`] decodes it, [`sink`] makes one
//! recording of it.

mod flac;
mod input;
mod mpeg;
mod ogg;
mod opus;
mod quality;
mod sink;
mod stream;
#[cfg(test)]
mod tests;
mod wave;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::errors::Error as DecoderError;

use self::input::{Input, Part};
use self::quality::MAX_INTEGER;
pub use self::quality::Quality;
use self::sink::Sink;
use self::stream::Decoding;
use super::AudioError;
use super::sniff::{Container, NUM_SNIFFED_BYTES, container, id3_len};

/// Longest recording that [`decode`] takes, in seconds: four hours, 0.9 GB of samples.
pub const MAX_DECODE_SECS: f64 = 4.0 * 3600.0;

/// Largest believable amplitude: floating-point files with samples on the 16-bit scale pass, nothing that
/// could overflow an energy does.
const MAX_AMPLITUDE: f32 = 1e6;

/// A decoded recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Mono samples at 16 kHz; full scale is -1 to 1.
    pub samples: Vec<f32>,
    /// Format of the file, such as `WAV`, `FLAC`, `Ogg Vorbis`, `Ogg Opus` or `MP3`.
    pub format: &'static str,
    /// Sample rate of the file in hertz; of its first stream where several are chained.
    pub rate_hz: u32,
    /// Channels of the file; of its first stream where several are chained.
    pub num_channels: usize,
    /// Whether the file holds more than the seconds that were asked for.
    pub is_cut: bool,
    /// What its samples look like, in the part that was read.
    pub quality: Quality,
}

/// Decodes a file to mono samples at 16 kHz, full scale -1 to 1.
///
/// WAV (PCM of 8, 16, 24 and 32 bits, floating point of 32 and 64, A-law, mu-law, ADPCM; RIFX and RF64
/// too), FLAC, Ogg (Vorbis, Opus, FLAC), MP3, MP4 (AAC, ALAC), ADTS, AIFF, CAF, Matroska and WebM, told
/// apart by content and never by name. Channels are averaged; other rates are resampled with a band limit;
/// chained streams follow one another. Memory follows what the file holds: a header that claims more only
/// makes an error.
///
/// A pipe, a device or standard input (`-`) is read to its end first, 64 MB of it into memory and the rest
/// into a temporary file.
///
/// # Errors
/// Unreadable, empty, unknown, unsupported or damaged file; one that holds less than 99 % of the samples
/// that its header promises; 0 samples; a NaN, infinite or absurd sample; more than [`MAX_DECODE_SECS`].
pub fn decode(path: &Path) -> Result<Vec<f32>, AudioError> {
    let recording = decode_recording(path, MAX_DECODE_SECS)?;
    whole(recording, path)
}

/// Decodes the bytes of a file; `name` is used in messages.
///
/// # Errors
/// As [`decode`].
pub fn decode_bytes(bytes: &[u8], name: &Path) -> Result<Vec<f32>, AudioError> {
    whole(decode_bytes_recording(bytes, name, MAX_DECODE_SECS)?, name)
}

/// Decodes the first `max_secs` seconds of the bytes of a file, with the facts of the file; `name` is used in
/// messages.
///
/// # Errors
/// As [`decode_recording`].
pub fn decode_bytes_recording(bytes: &[u8], name: &Path, max_secs: f64) -> Result<Recording, AudioError> {
    // Symphonia reads from owned sources only; recordings in memory are short.
    decode_input(&Input::from_bytes(bytes.to_vec()), name, max_secs, MAX_AMPLITUDE)
}

/// Decodes the first `max_secs` seconds of a file and stops there, with the facts of the file: what a dataset
/// clip needs, whatever the file holds.
///
/// # Errors
/// As [`decode`], without the limit on length, for faults in the part that is read.
pub fn decode_recording(path: &Path, max_secs: f64) -> Result<Recording, AudioError> {
    decode_input(&Input::open(path)?, path, max_secs, MAX_AMPLITUDE)
}

/// As [`decode_recording`], but where samples lie far outside -1 to 1, as in floating-point files with
/// whole numbers, all are divided by the full scale of 16, 24 or 32 bits: the first that holds the
/// largest.
///
/// # Errors
/// As [`decode_recording`]; samples up to 2^31 are taken.
pub fn decode_scaled(path: &Path, max_secs: f64) -> Result<Recording, AudioError> {
    let mut recording = decode_input(&Input::open(path)?, path, max_secs, MAX_INTEGER)?;
    if let Some(scale) = recording.quality.integer_scale() {
        recording.samples.iter_mut().for_each(|sample| *sample /= scale);
        recording.quality = recording.quality.divided_by(scale, &recording.samples);
    }
    Ok(recording)
}

fn whole(recording: Recording, path: &Path) -> Result<Vec<f32>, AudioError> {
    if recording.is_cut {
        return Err(AudioError::TooLong { limit_secs: MAX_DECODE_SECS, path: path.to_path_buf() });
    }
    Ok(recording.samples)
}

fn decode_input(
    input: &Input,
    path: &Path,
    max_secs: f64,
    max_amplitude: f32,
) -> Result<Recording, AudioError> {
    let (container, start) = sniff(input, path)?;
    // Decoders of untrusted input may hold arithmetic that panics; one bad file must not end a load.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let failed = |error| from_decoder(error, container, path);
        let mut sink = Sink::new(path, container, max_secs, max_amplitude);
        for part in parts(input, container, start).map_err(failed)? {
            Decoding::open(input, part, container, path)?.run(&mut sink)?;
            if sink.is_full() {
                break;
            }
        }
        sink.finish()
    }));
    decoded.unwrap_or_else(|_| {
        Err(AudioError::Damaged {
            format: container.name(),
            reason: "its header makes no sense".into(),
            path: path.to_path_buf(),
        })
    })
}

/// The container by content, and where it begins behind a tag.
fn sniff(input: &Input, path: &Path) -> Result<(Container, u64), AudioError> {
    let failed = |source| AudioError::Read { source, path: path.to_path_buf() };
    let head = input.bytes_at(0, NUM_SNIFFED_BYTES).map_err(failed)?;
    if head.is_empty() {
        return Err(AudioError::Empty { path: path.to_path_buf() });
    }
    let tag_len = id3_len(&head);
    if tag_len == 0 {
        return match container(&head, path) {
            Ok(container) => Ok((container, 0)),
            Err(found) => Err(AudioError::NotAudio { found, path: path.to_path_buf() }),
        };
    }
    let behind = input.bytes_at(tag_len, NUM_SNIFFED_BYTES).map_err(failed)?;
    match container(&behind, path) {
        Ok(container) if container != Container::Mp3 => return Ok((container, tag_len)),
        _ => {}
    }
    // Tags lie about their length; other formats than MP3 say where they begin.
    if let Some(start) = mpeg::start(input, tag_len).map_err(failed)? {
        return Ok((Container::Mp3, start));
    }
    for name in [b"fLaC", b"OggS", b"RIFF"] {
        let found = input.find(name, 10, input.len().min(MAX_TAG_BYTES)).map_err(failed)?;
        if let Some(start) = found {
            let head = input.bytes_at(start, NUM_SNIFFED_BYTES).map_err(failed)?;
            if let Ok(container) = container(&head, path) {
                return Ok((container, start));
            }
        }
    }
    match container(&behind, path) {
        Ok(container) => Ok((container, tag_len)),
        Err(found) => Err(AudioError::NotAudio { found, path: path.to_path_buf() }),
    }
}

/// Most bytes of a tag with a wrong length that are looked through.
const MAX_TAG_BYTES: u64 = 16 << 20;

/// The stretches of the file that hold sound, one for each chained stream.
fn parts(input: &Input, container: Container, start: u64) -> Result<Vec<Part>, DecoderError> {
    Ok(match container {
        Container::Wav => vec![wave::part(input, start)?],
        Container::Flac => vec![flac::part(input, start)?],
        Container::Ogg => ogg::parts(input, start)?,
        Container::Aiff => {
            check_aiff(input, start)?;
            vec![Part::rest(input, start)]
        }
        Container::Caf => {
            check_caf(input, start)?;
            vec![Part::rest(input, start)]
        }
        _ => vec![Part::rest(input, start)],
    })
}

/// Whether the sizes in the description of a CAF file can be multiplied, which its reader does unasked.
fn check_caf(input: &Input, start: u64) -> Result<(), DecoderError> {
    /// Where the bytes of a packet and the channels stand, behind the marks of the file and of its description.
    const PACKET_BYTES_AT: usize = 36;
    const CHANNELS_AT: usize = 44;
    const MAX_PACKET_BYTES: u32 = 1 << 20;
    let head = input.bytes_at(start, CHANNELS_AT + 4)?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    match (number(PACKET_BYTES_AT), number(CHANNELS_AT)) {
        (Some(0..=MAX_PACKET_BYTES), Some(channels)) if channels as usize <= sink::MAX_CHANNELS => Ok(()),
        _ => Err(DecoderError::DecodeError("its description makes no sense")),
    }
}

/// The same for an AIFF file.
fn check_aiff(input: &Input, start: u64) -> Result<(), DecoderError> {
    let Some(at) = input.find(b"COMM", start, input.len().min(start + MAX_TAG_BYTES))? else { return Ok(()) };
    // Behind name and size: channels, frames, bits of a sample.
    let common = input.bytes_at(at + 8, 8)?;
    match common.as_slice() {
        [0, channels, _, _, _, _, 0, bits] if usize::from(*channels) <= sink::MAX_CHANNELS && *bits <= 64 => {
            Ok(())
        }
        _ => Err(DecoderError::DecodeError("its description makes no sense")),
    }
}

fn from_decoder(error: DecoderError, container: Container, path: &Path) -> AudioError {
    let (format, path) = (container.name(), path.to_path_buf());
    match error {
        DecoderError::IoError(source) if source.kind() == std::io::ErrorKind::UnexpectedEof => {
            AudioError::Damaged { format, reason: "it ends within its header".into(), path }
        }
        DecoderError::IoError(source) => AudioError::Read { source, path },
        DecoderError::Unsupported(reason) => AudioError::Unsupported { format, reason: reason.into(), path },
        DecoderError::DecodeError(reason) => AudioError::Damaged { format, reason: reason.into(), path },
        other => AudioError::Damaged { format, reason: other.to_string(), path },
    }
}

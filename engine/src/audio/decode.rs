//! Recordings of any common format to mono samples at 16 kHz.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadBytes};
use symphonia::default::formats::{FlacReader, MpaReader, OggReader, WavReader};

use super::sniff::{Container, NUM_SNIFFED_BYTES, container, id3_len};
use super::{AudioError, Resampler};

/// Longest recording that [`decode`] takes, in seconds: four hours, 0.9 GB of samples.
pub const MAX_DECODE_SECS: f64 = 4.0 * 3600.0;

/// Most channels of a recording; more are a damaged header rather than a microphone array.
const MAX_CHANNELS: usize = 64;

/// Largest believable amplitude: floating-point files with samples on the 16-bit scale pass, nothing that
/// could overflow an energy does.
const MAX_AMPLITUDE: f32 = 1e6;

/// A decoded recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Mono samples at 16 kHz; full scale is -1 to 1.
    pub samples: Vec<f32>,
    /// Format of the file: `WAV`, `FLAC`, `Ogg Vorbis` or `MP3`.
    pub format: &'static str,
    /// Sample rate of the file in hertz.
    pub rate_hz: u32,
    /// Channels of the file.
    pub num_channels: usize,
    /// Whether the file holds more than the seconds that were asked for.
    pub is_cut: bool,
}

/// Decodes a file to mono samples at 16 kHz, full scale -1 to 1.
///
/// WAV (PCM of 8, 16, 24 and 32 bits, floating point of 32 and 64, A-law, mu-law, ADPCM), FLAC, Ogg Vorbis
/// and MP3, told apart by content and never by name. Channels are averaged; other rates are resampled with
/// a band limit. Memory follows what the file holds: a header that claims more only makes an error.
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
    // Symphonia reads from owned sources only; recordings in memory are short.
    let source = Cursor::new(bytes.to_vec());
    whole(decode_source(Box::new(source), name, MAX_DECODE_SECS)?, name)
}

/// Decodes the first seconds of a file and stops there: what a dataset clip needs, whatever the file holds.
///
/// # Errors
/// As [`decode`], without the limit on length, for faults in the part that is read.
pub fn decode_first(path: &Path, max_secs: f64) -> Result<Vec<f32>, AudioError> {
    Ok(decode_recording(path, max_secs)?.samples)
}

/// Decodes the first `max_secs` seconds of a file, with the facts of the file.
///
/// # Errors
/// As [`decode_first`].
pub fn decode_recording(path: &Path, max_secs: f64) -> Result<Recording, AudioError> {
    let file = File::open(path).map_err(|source| AudioError::Read { source, path: path.to_path_buf() })?;
    decode_source(Box::new(file), path, max_secs)
}

fn whole(recording: Recording, path: &Path) -> Result<Vec<f32>, AudioError> {
    if recording.is_cut {
        return Err(AudioError::TooLong { limit_secs: MAX_DECODE_SECS, path: path.to_path_buf() });
    }
    Ok(recording.samples)
}

fn decode_source(
    mut source: Box<dyn MediaSource>,
    path: &Path,
    max_secs: f64,
) -> Result<Recording, AudioError> {
    let (container, tag_len) = sniff(&mut source, path)?;
    // Decoders of untrusted input may hold arithmetic that panics; one bad file must not end a load.
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let mut decoding = Decoding::open(source, container, tag_len, path)?;
        decoding.run(max_secs)
    }));
    decoded.unwrap_or_else(|_| {
        Err(AudioError::Damaged {
            format: container.name(),
            reason: "its header makes no sense".into(),
            path: path.to_path_buf(),
        })
    })
}

/// The container by content, and the length of the tag before it.
fn sniff(source: &mut Box<dyn MediaSource>, path: &Path) -> Result<(Container, u64), AudioError> {
    let failed = |source| AudioError::Read { source, path: path.to_path_buf() };
    let head = read_head(source, 0).map_err(failed)?;
    if head.is_empty() {
        return Err(AudioError::Empty { path: path.to_path_buf() });
    }
    let tag_len = id3_len(&head);
    let head = if tag_len == 0 { head } else { read_head(source, tag_len).map_err(failed)? };
    source.seek(SeekFrom::Start(0)).map_err(failed)?;
    match container(&head, path) {
        Ok(container) => Ok((container, tag_len)),
        Err(found) => Err(AudioError::NotAudio { found, path: path.to_path_buf() }),
    }
}

fn read_head(source: &mut Box<dyn MediaSource>, position: u64) -> std::io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(position))?;
    let mut head = Vec::with_capacity(NUM_SNIFFED_BYTES);
    source.by_ref().take(NUM_SNIFFED_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// One file being decoded.
struct Decoding<'a> {
    path: &'a Path,
    container: Container,
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    resampler: Resampler,
    track_id: u32,
    /// Samples per channel that the header promises, where the format says so reliably.
    num_promised: Option<u64>,
    rate_hz: u32,
    num_channels: usize,
}

impl<'a> Decoding<'a> {
    fn open(
        source: Box<dyn MediaSource>,
        container: Container,
        tag_len: u64,
        path: &'a Path,
    ) -> Result<Self, AudioError> {
        let failed = |error| from_decoder(error, container, path);
        let reader = open_reader(source, container, tag_len).map_err(failed)?;
        let track = reader.default_track(TrackType::Audio).ok_or(DecoderError::Unsupported("no sound track"));
        let track = track.map_err(failed)?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let params = params.ok_or(DecoderError::Unsupported("unknown coding")).map_err(failed)?;
        let unsupported = |reason: String| AudioError::Unsupported {
            format: container.name(),
            reason,
            path: path.to_path_buf(),
        };
        let rate_hz = params.sample_rate.unwrap_or(0);
        let resampler = Resampler::new(rate_hz).map_err(|error| unsupported(error.to_string()))?;
        let num_channels = params.channels.as_ref().map_or(0, |channels| channels.count());
        if num_channels > MAX_CHANNELS {
            return Err(unsupported(format!("it has {num_channels} channels")));
        }
        // Encoder delay is cut off an MP3 only where a LAME tag states it: without one, the length is an
        // estimate that would cut into the sound.
        let is_gapless = container != Container::Mp3 || track.delay.is_some();
        let options = AudioDecoderOptions::default().gapless(is_gapless).verify(true);
        let decoder =
            symphonia::default::get_codecs().make_audio_decoder(params, &options).map_err(failed)?;
        if container == Container::Wav && track.num_frames.is_none() {
            let reason = "its header claims the largest size there is, 4 GB, as files written to a pipe do \
                          and `sox FILE NEW.wav` mends";
            return Err(failed(DecoderError::DecodeError(reason)));
        }
        let is_exact = matches!(container, Container::Wav | Container::Flac);
        let num_promised = track.num_frames.filter(|_| is_exact);
        let track_id = track.id;
        Ok(Self {
            path,
            container,
            reader,
            decoder,
            resampler,
            track_id,
            num_promised,
            rate_hz,
            num_channels,
        })
    }

    fn run(&mut self, max_secs: f64) -> Result<Recording, AudioError> {
        let max_in = (max_secs * f64::from(self.rate_hz)).ceil() as u64;
        let (mut samples, mut interleaved, mut mono) = (Vec::new(), Vec::<f32>::new(), Vec::new());
        let (mut num_in, mut is_cut) = (0u64, false);
        while !is_cut {
            let Some(num_channels) = self.next_packet(&mut interleaved)? else { break };
            mix_to_mono(&interleaved, num_channels, &mut mono);
            if num_in + mono.len() as u64 > max_in {
                mono.truncate((max_in - num_in) as usize);
                is_cut = true;
            }
            self.check_samples(&mono, num_in)?;
            num_in += mono.len() as u64;
            self.resampler.push(&mono, &mut samples);
        }
        if !is_cut {
            self.check_end(num_in)?;
        }
        self.resampler.finish(&mut samples);
        if samples.is_empty() {
            return Err(AudioError::NoSamples { path: self.path.to_path_buf() });
        }
        samples.shrink_to_fit();
        let (format, rate_hz) = (self.container.name(), self.rate_hz);
        Ok(Recording { samples, format, rate_hz, num_channels: self.num_channels, is_cut })
    }

    /// Decodes the next packet into `interleaved` and returns its channel count, or `None` at the end.
    fn next_packet(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>, AudioError> {
        loop {
            let packet = match self.reader.next_packet() {
                Ok(Some(packet)) if packet.data.is_empty() => return Ok(None),
                Ok(Some(packet)) => packet,
                // A chained Ogg file starts another stream here: one file is one recording.
                Ok(None) | Err(DecoderError::ResetRequired) => return Ok(None),
                // Files that end early are judged by their length.
                Err(DecoderError::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(error) => return Err(from_decoder(error, self.container, self.path)),
            };
            if packet.track_id != self.track_id {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) if buffer.is_empty() => {}
                Ok(buffer) => {
                    let num_channels = buffer.num_planes();
                    buffer.copy_to_vec_interleaved(interleaved);
                    return Ok(Some(num_channels));
                }
                // The first packets of a cut MP3 refer to bytes before the cut.
                Err(DecoderError::DecodeError(_)) if self.container == Container::Mp3 => {}
                Err(error) => return Err(from_decoder(error, self.container, self.path)),
            }
        }
    }

    fn check_samples(&self, mono: &[f32], num_before: u64) -> Result<(), AudioError> {
        // One pass without branches per sample; the position is looked for only where there is a fault.
        let is_good = |x: &f32| x.abs() <= MAX_AMPLITUDE;
        if mono.iter().all(is_good) {
            return Ok(());
        }
        let position = mono.iter().position(|x| !is_good(x)).unwrap_or(0);
        let (index, value) = (num_before + position as u64, mono[position]);
        Err(AudioError::BadSample { index, value, path: self.path.to_path_buf() })
    }

    /// Whether the file held what its header promised.
    fn check_end(&mut self, num_in: u64) -> Result<(), AudioError> {
        if let Some(expected_samples) = self.num_promised
            && (num_in as f64) < 0.99 * expected_samples as f64
        {
            return Err(AudioError::Truncated {
                format: self.container.name(),
                expected_samples,
                found_samples: num_in,
                path: self.path.to_path_buf(),
            });
        }
        if self.decoder.finalize().verify_ok == Some(false) {
            let error = DecoderError::DecodeError("its checksum does not match its samples");
            return Err(from_decoder(error, self.container, self.path));
        }
        Ok(())
    }
}

fn open_reader(
    source: Box<dyn MediaSource>,
    container: Container,
    tag_len: u64,
) -> Result<Box<dyn FormatReader>, DecoderError> {
    let mut stream = MediaSourceStream::new(source, Default::default());
    stream.ignore_bytes(tag_len)?;
    let options = FormatOptions::default();
    Ok(match container {
        Container::Wav => Box::new(WavReader::try_new(stream, options)?),
        Container::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Container::Ogg => Box::new(OggReader::try_new(stream, options)?),
        Container::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
    })
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

/// The mean over the channels.
fn mix_to_mono(interleaved: &[f32], num_channels: usize, mono: &mut Vec<f32>) {
    mono.clear();
    if num_channels <= 1 {
        mono.extend_from_slice(interleaved);
        return;
    }
    let share = 1.0 / num_channels as f32;
    mono.extend(interleaved.chunks_exact(num_channels).map(|frame| frame.iter().sum::<f32>() * share));
}

//! Playback: mono samples at 16 kHz through a sound device.
//!
//! The whole sound is converted to the device's rate before the device opens, so the callback only copies
//! and counts. As with capture, the stream lives on a thread of its own, which watches and releases it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Data, FromSample, I24, SampleFormat, SizedSample, StreamConfig, U24};

use super::devices::{find, format_words, playback_configs, stream_configs};
use super::fault::{DeviceFault, Direction};
use super::stream_thread::{Opened, StreamThread};
use super::watch::StreamWatch;
use super::{Resampler, SAMPLE_RATE_HZ};

/// Silence after the last sample, so that what the device still holds is heard before it is released.
const TAIL_SECS: f64 = 0.25;

/// Sound that the device takes at once, in milliseconds; it holds two of these, which the tail covers.
const PERIOD_MS: u32 = 50;

/// A sound being played. Dropping it stops the sound and releases the device.
#[derive(Debug)]
pub struct Playback {
    thread: StreamThread,
    watch: Arc<StreamWatch>,
    next_frame: Arc<AtomicUsize>,
    rate_hz: u32,
    length_secs: f64,
}

impl Playback {
    /// Plays mono samples at 16 kHz through the system's default device; nothing is played of an empty
    /// slice, samples outside -1 to 1 are clipped, and a sample that is not a number is silence.
    ///
    /// # Errors
    /// A [`DeviceFault`] that names what is wrong; it takes six seconds at most.
    pub fn start(samples: &[f32]) -> Result<Self, DeviceFault> {
        let watch = Arc::new(StreamWatch::new());
        let next_frame = Arc::new(AtomicUsize::new(0));
        let samples: Arc<[f32]> =
            samples.iter().map(|x| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 }).collect();
        let length_secs = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let (thread_watch, thread_next) = (Arc::clone(&watch), Arc::clone(&next_frame));
        let open = move || open_device(&samples, &thread_watch, &thread_next);
        let (thread, rate_hz) =
            StreamThread::start("sound-playback", Direction::Playback, Arc::clone(&watch), open)?;
        Ok(Self { thread, watch, next_frame, rate_hz, length_secs })
    }

    /// Seconds handed to the device so far, at most the length.
    pub fn position_secs(&self) -> f64 {
        let secs = self.next_frame.load(Ordering::Relaxed) as f64 / f64::from(self.rate_hz);
        secs.min(self.length_secs)
    }

    /// Length in seconds.
    pub fn length_secs(&self) -> f64 {
        self.length_secs
    }

    /// Whether everything has been played.
    pub fn is_done(&self) -> bool {
        self.watch.is_done()
    }

    /// Why the sound ended early, if it did.
    pub fn fault(&self) -> Option<DeviceFault> {
        self.thread.fault()
    }
}

/// What the callback plays from.
#[derive(Clone)]
struct Tape {
    /// Mono, at the device's rate, with a tail of silence.
    frames: Arc<[f32]>,
    next_frame: Arc<AtomicUsize>,
    num_channels: usize,
}

/// Runs on the playback thread.
fn open_device(
    samples: &[f32],
    watch: &Arc<StreamWatch>,
    next_frame: &Arc<AtomicUsize>,
) -> Result<(Opened, u32), DeviceFault> {
    let (device, name) = find(None, Direction::Playback)?;
    let fault_of = |error: &cpal::Error, format: &str| {
        DeviceFault::on_opening(error, Direction::Playback, &name, format)
    };
    let configs = playback_configs(&device).map_err(|error| fault_of(&error, "any"))?;
    let mut tried = Vec::new();
    for config in &configs {
        let rate_hz = config.sample_rate();
        let frames = at_device_rate(samples, rate_hz).ok_or_else(|| DeviceFault::FormatRefused {
            device: name.clone(),
            tried: vec![format_words(config)],
        })?;
        let num_channels = usize::from(config.channels()).max(1);
        let tape = Tape { frames, next_frame: Arc::clone(next_frame), num_channels };
        for stream_config in stream_configs(config, PERIOD_MS) {
            match open_with(&device, &stream_config, config.sample_format(), tape.clone(), watch) {
                Ok(stream) => {
                    return Ok((Opened { stream, device: name, sample_rate_hz: rate_hz }, rate_hz));
                }
                Err(error) => match fault_of(&error, &format_words(config)) {
                    DeviceFault::FormatRefused { .. } => {}
                    fault => return Err(fault),
                },
            }
        }
        tried.push(format_words(config));
    }
    if tried.is_empty() {
        return Err(DeviceFault::NoDevice { direction: Direction::Playback });
    }
    Err(DeviceFault::FormatRefused { device: name, tried })
}

fn open_with(
    device: &cpal::Device,
    config: &StreamConfig,
    sample_format: SampleFormat,
    tape: Tape,
    watch: &Arc<StreamWatch>,
) -> Result<cpal::Stream, cpal::Error> {
    let (data_watch, error_watch) = (Arc::clone(watch), Arc::clone(watch));
    let stream = device.build_output_stream_raw(
        *config,
        sample_format,
        move |data, _| {
            play(data, &tape);
            data_watch.note_frames(data.len() / tape.num_channels);
            if tape.next_frame.load(Ordering::Relaxed) >= tape.frames.len() {
                data_watch.note_done();
            }
        },
        move |error| error_watch.note_error(error.kind()),
        None,
    )?;
    stream.play()?;
    Ok(stream)
}

/// Real-time: copies the next frames to every channel, then silence.
fn play(data: &mut Data, tape: &Tape) {
    match data.sample_format() {
        SampleFormat::I8 => play_typed::<i8>(data, tape),
        SampleFormat::I16 => play_typed::<i16>(data, tape),
        SampleFormat::I24 => play_typed::<I24>(data, tape),
        SampleFormat::I32 => play_typed::<i32>(data, tape),
        SampleFormat::U8 => play_typed::<u8>(data, tape),
        SampleFormat::U16 => play_typed::<u16>(data, tape),
        SampleFormat::U24 => play_typed::<U24>(data, tape),
        SampleFormat::U32 => play_typed::<u32>(data, tape),
        SampleFormat::F32 => play_typed::<f32>(data, tape),
        SampleFormat::F64 => play_typed::<f64>(data, tape),
        // Not opened: see `devices::is_known`.
        _ => {}
    }
}

fn play_typed<T: SizedSample + FromSample<f32>>(data: &mut Data, tape: &Tape) {
    if let Some(out) = data.as_slice_mut::<T>() {
        play_frames(out, tape);
    }
}

fn play_frames<T: SizedSample + FromSample<f32>>(out: &mut [T], tape: &Tape) {
    let first = tape.next_frame.load(Ordering::Relaxed);
    let frames = tape.frames.get(first..).unwrap_or_default();
    let padded = frames.iter().copied().chain(std::iter::repeat(0.0));
    for (frame, sample) in out.chunks_mut(tape.num_channels).zip(padded) {
        frame.fill(T::from_sample_(sample));
    }
    let num_frames = out.len() / tape.num_channels;
    tape.next_frame.store((first + num_frames).min(tape.frames.len()), Ordering::Relaxed);
}

/// The sound at the device's rate, followed by a tail of silence; `None` where the rate is impossible.
fn at_device_rate(samples: &[f32], rate_hz: u32) -> Option<Arc<[f32]>> {
    let mut resampler = Resampler::to_device(rate_hz).ok()?;
    let mut frames = Vec::new();
    resampler.push(samples, &mut frames);
    resampler.finish(&mut frames);
    let num_tail = (TAIL_SECS * f64::from(rate_hz)) as usize;
    frames.resize(frames.len() + num_tail, 0.0);
    Some(frames.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn tape(frames: &[f32], num_channels: usize) -> Tape {
        Tape { frames: frames.into(), next_frame: Arc::default(), num_channels }
    }

    #[test]
    fn every_channel_gets_the_sound_and_then_silence() {
        let tape = tape(&[0.5, -0.5, 0.25], 2);
        let mut out = [1.0f32; 4];
        play_frames(&mut out, &tape);
        assert_eq!(out, [0.5, 0.5, -0.5, -0.5]);
        play_frames(&mut out, &tape);
        assert_eq!(out, [0.25, 0.25, 0.0, 0.0]);
        play_frames(&mut out, &tape);
        assert_eq!(out, [0.0; 4]);
        assert_eq!(tape.next_frame.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn unsigned_devices_rest_at_their_middle() {
        let tape = tape(&[-1.0], 1);
        let mut out = [7u8; 3];
        play_frames(&mut out, &tape);
        assert_eq!(out, [0, 128, 128]);
    }

    #[test]
    fn a_tone_keeps_pitch_level_and_length_at_the_devices_rate() {
        let tone = |rate: u32, n: usize| (0.5 * (TAU * 440.0 * n as f64 / f64::from(rate)).sin()) as f32;
        let samples: Vec<f32> = (0..16_000).map(|n| tone(16_000, n)).collect();
        for rate_hz in [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000] {
            let played = at_device_rate(&samples, rate_hz).unwrap();
            let tail = rate_hz as usize / 4;
            assert_eq!(played.len(), rate_hz as usize + tail, "{rate_hz}");
            let edge = rate_hz as usize / 10;
            for n in edge..rate_hz as usize - edge {
                assert!((played[n] - tone(rate_hz, n)).abs() < 1e-4, "{rate_hz} at {n}");
            }
            assert!(played[rate_hz as usize..].iter().all(|&x| x == 0.0));
        }
        assert!(at_device_rate(&samples, 0).is_none());
    }
}

//! Capture: from a sound device to mono samples at 16 kHz.
//!
//! The callback of the device mixes to mono, writes into a ring buffer without waiting and stores into
//! atomics; nothing else happens on the real-time thread. The reader takes samples out of the ring and
//! resamples them, on its own thread and at its own pace. What does not fit into the ring is counted as
//! lost. The stream itself lives on a thread of its own, which watches it and releases it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Data, FromSample, I24, SampleFormat, SizedSample, StreamConfig, U24};
use rtrb::{Consumer, Producer, RingBuffer};

use super::devices::{capture_configs, find, format_words, stream_configs};
use super::fault::{DeviceFault, Direction};
use super::stream_thread::{Opened, StreamThread};
use super::watch::StreamWatch;
use super::{Resampler, SAMPLE_RATE_HZ};

/// Sound that the ring holds while nobody reads, in seconds.
const RING_SECS: u32 = 10;
/// Sound that the device hands over at once, in milliseconds: one picture of a live stream brings about as much.
const PERIOD_MS: u32 = 30;
/// A sample this close to full scale counts as clipped.
const CLIPPING_LEVEL: f32 = 0.999;

/// Counts that the callback keeps beside the ring.
#[derive(Debug, Default)]
struct Counts {
    lost_frames: AtomicU64,
    clipped_frames: AtomicU64,
}

/// An open capture device.
///
/// Dropping it releases the device, within about a second even where the sound system hangs.
pub struct Capture {
    thread: StreamThread,
    watch: Arc<StreamWatch>,
    counts: Arc<Counts>,
    ring: Consumer<f32>,
    resampler: Resampler,
    block: Vec<f32>,
    device: String,
    format: String,
    opened: Instant,
}

/// What the opening thread hands to the reader.
struct Taps {
    ring: Consumer<f32>,
    resampler: Resampler,
    device: String,
    format: String,
}

impl Capture {
    /// Opens a device by id or name, `None` being the system's default, and starts it.
    ///
    /// Formats are tried one after another until the device accepts one.
    ///
    /// # Errors
    /// A [`DeviceFault`] that names what is wrong; it takes six seconds at most.
    pub fn open(device: Option<&str>) -> Result<Self, DeviceFault> {
        let watch = Arc::new(StreamWatch::new());
        let counts = Arc::new(Counts::default());
        let wanted = device.map(str::to_owned);
        let (thread_watch, thread_counts) = (Arc::clone(&watch), Arc::clone(&counts));
        let open = move || open_device(wanted.as_deref(), &thread_watch, &thread_counts);
        let (thread, taps) =
            StreamThread::start("sound-capture", Direction::Capture, Arc::clone(&watch), open)?;
        Ok(Self {
            thread,
            watch,
            counts,
            ring: taps.ring,
            resampler: taps.resampler,
            block: Vec::new(),
            device: taps.device,
            format: taps.format,
            opened: Instant::now(),
        })
    }

    /// Name of the device.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Format of the device in words, such as `48 kHz, 2 channels, f32`.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// Appends what has arrived since the last call to `out`: mono, 16 kHz, nominally -1 to 1, finite.
    /// Never waits; the number of samples may be 0.
    ///
    /// # Errors
    /// Once everything that had arrived was handed out, why the stream ended by itself.
    pub fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, DeviceFault> {
        // Ask first: what arrived before the end must still be handed out.
        let fault = self.thread.fault();
        let before = out.len();
        let num_ready = self.ring.slots();
        if let Ok(chunk) = self.ring.read_chunk(num_ready) {
            let (first, second) = chunk.as_slices();
            self.block.clear();
            self.block.extend_from_slice(first);
            self.block.extend_from_slice(second);
            chunk.commit_all();
            self.resampler.push(&self.block, out);
        }
        match fault {
            Some(fault) if num_ready == 0 => Err(fault),
            _ => Ok(out.len() - before),
        }
    }

    /// Samples lost so far because nobody read in time, at 16 kHz.
    pub fn lost_samples(&self) -> u64 {
        let lost_frames = self.counts.lost_frames.load(Ordering::Relaxed);
        lost_frames * u64::from(SAMPLE_RATE_HZ) / u64::from(self.resampler.rate_hz())
    }

    /// Frames of the device so far that touched full scale.
    pub fn clipped_frames(&self) -> u64 {
        self.counts.clipped_frames.load(Ordering::Relaxed)
    }

    /// Time since the device last delivered anything.
    pub fn idle_time(&self) -> Duration {
        self.watch.idle_time().min(self.opened.elapsed())
    }
}

/// Runs on the capture thread.
fn open_device(
    wanted: Option<&str>,
    watch: &Arc<StreamWatch>,
    counts: &Arc<Counts>,
) -> Result<(Opened, Taps), DeviceFault> {
    let (device, name) = find(wanted, Direction::Capture)?;
    let configs = capture_configs(&device)
        .map_err(|error| DeviceFault::on_opening(&error, Direction::Capture, &name, "any"))?;
    let mut tried = Vec::new();
    for config in &configs {
        let (format, sample_rate_hz) = (format_words(config), config.sample_rate());
        let Ok(resampler) = Resampler::new(sample_rate_hz) else {
            tried.push(format);
            continue;
        };
        for stream_config in stream_configs(config, PERIOD_MS) {
            match open_with(&device, &stream_config, config.sample_format(), watch, counts) {
                Ok((stream, ring)) => {
                    let taps = Taps { ring, resampler, device: name.clone(), format };
                    return Ok((Opened { stream, device: name, sample_rate_hz }, taps));
                }
                Err(error) => match DeviceFault::on_opening(&error, Direction::Capture, &name, &format) {
                    DeviceFault::FormatRefused { .. } => {}
                    fault => return Err(fault),
                },
            }
        }
        tried.push(format);
    }
    if tried.is_empty() {
        return Err(DeviceFault::NoDevice { direction: Direction::Capture });
    }
    Err(DeviceFault::FormatRefused { device: name, tried })
}

fn open_with(
    device: &cpal::Device,
    config: &StreamConfig,
    sample_format: SampleFormat,
    watch: &Arc<StreamWatch>,
    counts: &Arc<Counts>,
) -> Result<(cpal::Stream, Consumer<f32>), cpal::Error> {
    let (mut producer, consumer) = RingBuffer::new((config.sample_rate * RING_SECS) as usize);
    let num_channels = usize::from(config.channels).max(1);
    let (data_watch, error_watch, counts) = (Arc::clone(watch), Arc::clone(watch), Arc::clone(counts));
    let stream = device.build_input_stream_raw(
        *config,
        sample_format,
        move |data, _| {
            store(data, num_channels, &mut producer, &counts);
            data_watch.note_frames(data.len() / num_channels);
        },
        move |error| error_watch.note_error(error.kind()),
        None,
    )?;
    stream.play()?;
    Ok((stream, consumer))
}

/// Real-time: mixes to mono and writes what fits into the ring.
fn store(data: &Data, num_channels: usize, ring: &mut Producer<f32>, counts: &Counts) {
    match data.sample_format() {
        SampleFormat::I8 => store_typed::<i8>(data, num_channels, ring, counts),
        SampleFormat::I16 => store_typed::<i16>(data, num_channels, ring, counts),
        SampleFormat::I24 => store_typed::<I24>(data, num_channels, ring, counts),
        SampleFormat::I32 => store_typed::<i32>(data, num_channels, ring, counts),
        SampleFormat::U8 => store_typed::<u8>(data, num_channels, ring, counts),
        SampleFormat::U16 => store_typed::<u16>(data, num_channels, ring, counts),
        SampleFormat::U24 => store_typed::<U24>(data, num_channels, ring, counts),
        SampleFormat::U32 => store_typed::<u32>(data, num_channels, ring, counts),
        SampleFormat::F32 => store_typed::<f32>(data, num_channels, ring, counts),
        SampleFormat::F64 => store_typed::<f64>(data, num_channels, ring, counts),
        // Not opened: see `devices::is_known`.
        _ => {}
    }
}

fn store_typed<T: SizedSample>(data: &Data, num_channels: usize, ring: &mut Producer<f32>, counts: &Counts)
where
    f32: FromSample<T>,
{
    let Some(samples) = data.as_slice::<T>() else { return };
    store_frames(samples, num_channels, ring, counts);
}

/// Mono is the mean over channels. A sample that is not a number becomes silence.
fn store_frames<T: Copy>(samples: &[T], num_channels: usize, ring: &mut Producer<f32>, counts: &Counts)
where
    f32: FromSample<T>,
{
    let num_frames = samples.len() / num_channels;
    let num_stored = num_frames.min(ring.slots());
    let scale = 1.0 / num_channels as f32;
    let mut num_clipped = 0;
    let mono = samples.chunks_exact(num_channels).take(num_stored).map(|frame| {
        let mut sum = 0.0;
        let mut is_clipped = false;
        for &sample in frame {
            let value = f32::from_sample_(sample);
            is_clipped |= value.abs() >= CLIPPING_LEVEL;
            sum += if value.is_finite() { value } else { 0.0 };
        }
        num_clipped += u64::from(is_clipped);
        sum * scale
    });
    if let Ok(chunk) = ring.write_chunk_uninit(num_stored) {
        chunk.fill_from_iter(mono);
    }
    counts.lost_frames.fetch_add((num_frames - num_stored) as u64, Ordering::Relaxed);
    counts.clipped_frames.fetch_add(num_clipped, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(ring: &mut Consumer<f32>) -> Vec<f32> {
        std::iter::from_fn(|| ring.pop().ok()).collect()
    }

    #[test]
    fn channels_are_averaged_and_scaled() {
        let (mut producer, mut consumer) = RingBuffer::new(8);
        let counts = Counts::default();
        store_frames::<i16>(&[16_384, 0, -16_384, -16_384], 2, &mut producer, &counts);
        assert_eq!(drain(&mut consumer), [0.25, -0.5]);
        store_frames::<u8>(&[128, 192], 1, &mut producer, &counts);
        assert_eq!(drain(&mut consumer), [0.0, 0.5]);
        assert_eq!(counts.clipped_frames.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_does_not_fit_is_counted_as_lost() {
        let (mut producer, mut consumer) = RingBuffer::new(3);
        let counts = Counts::default();
        store_frames::<f32>(&[0.1, 0.2, 0.3, 0.4, 0.5], 1, &mut producer, &counts);
        assert_eq!(drain(&mut consumer), [0.1, 0.2, 0.3]);
        assert_eq!(counts.lost_frames.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn full_scale_is_counted_and_what_is_no_number_is_silence() {
        let (mut producer, mut consumer) = RingBuffer::new(8);
        let counts = Counts::default();
        store_frames::<f32>(&[f32::NAN, 1.0, f32::INFINITY, 0.5], 1, &mut producer, &counts);
        assert_eq!(drain(&mut consumer), [0.0, 1.0, 0.0, 0.5]);
        assert_eq!(counts.clipped_frames.load(Ordering::Relaxed), 2);
        store_frames::<i16>(&[i16::MIN, 100, 200, 300], 2, &mut producer, &counts);
        assert_eq!(counts.clipped_frames.load(Ordering::Relaxed), 3);
    }
}

//! The way to a loudspeaker: finding a device and a format, and the callback that fills it.
//!
//! The callback takes mono frames from a [`FrameSource`], copies each to every channel and stores into atomics; nothing
//! else happens on the real-time thread.

use std::sync::Arc;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Data, FromSample, I24, SampleFormat, SizedSample, StreamConfig, U24};

use super::devices::{find, format_words, playback_configs, stream_configs};
use super::fault::{DeviceFault, Direction};
use super::stream_thread::Opened;
use super::watch::StreamWatch;

/// Silence after the last sample, so that what the device still holds is heard before it is released.
pub(super) const TAIL_SECS: f64 = 0.25;

/// Sound that the device takes at once, in milliseconds; it holds two of these, which the tail covers.
const PERIOD_MS: u32 = 50;

/// What a callback plays from, at the device's rate. Both methods run on the real-time thread: they neither wait nor
/// allocate.
pub(super) trait FrameSource: Send + 'static {
    /// The next frame; silence where there is none.
    fn next_frame(&mut self) -> f32;

    /// Whether all has been played; asked after each callback.
    fn is_done(&self) -> bool;
}

/// Opens the system's default device and plays what `source` makes for its rate; also gives that rate, and what else
/// `source` gave. Runs on the thread that owns the stream.
///
/// Formats are tried one after another until the device accepts one; `source` gives `None` for an impossible rate.
pub(super) fn open_default<S: FrameSource, Info>(
    watch: &Arc<StreamWatch>,
    mut source: impl FnMut(u32) -> Option<(S, Info)>,
) -> Result<(Opened, (u32, Info)), DeviceFault> {
    let (device, name) = find(None, Direction::Playback)?;
    let fault_of = |error: &cpal::Error, format: &str| {
        DeviceFault::on_opening(error, Direction::Playback, &name, format)
    };
    let configs = playback_configs(&device).map_err(|error| fault_of(&error, "any"))?;
    let mut tried = Vec::new();
    for config in &configs {
        let rate_hz = config.sample_rate();
        for stream_config in stream_configs(config, PERIOD_MS) {
            let (frames, info) = source(rate_hz).ok_or_else(|| DeviceFault::FormatRefused {
                device: name.clone(),
                tried: vec![format_words(config)],
            })?;
            match open_with(&device, &stream_config, config.sample_format(), frames, watch) {
                Ok(stream) => {
                    let opened = Opened { stream, device: name, sample_rate_hz: rate_hz };
                    return Ok((opened, (rate_hz, info)));
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
    mut source: impl FrameSource,
    watch: &Arc<StreamWatch>,
) -> Result<cpal::Stream, cpal::Error> {
    let num_channels = usize::from(config.channels).max(1);
    let (data_watch, error_watch) = (Arc::clone(watch), Arc::clone(watch));
    let stream = device.build_output_stream_raw(
        *config,
        sample_format,
        move |data, _| {
            play(data, num_channels, &mut source);
            data_watch.note_frames(data.len() / num_channels);
            if source.is_done() {
                data_watch.note_done();
            }
        },
        move |error| error_watch.note_error(error.kind()),
        None,
    )?;
    stream.play()?;
    Ok(stream)
}

/// Real-time: copies the next frames to every channel.
fn play(data: &mut Data, num_channels: usize, source: &mut impl FrameSource) {
    match data.sample_format() {
        SampleFormat::I8 => play_typed::<i8>(data, num_channels, source),
        SampleFormat::I16 => play_typed::<i16>(data, num_channels, source),
        SampleFormat::I24 => play_typed::<I24>(data, num_channels, source),
        SampleFormat::I32 => play_typed::<i32>(data, num_channels, source),
        SampleFormat::U8 => play_typed::<u8>(data, num_channels, source),
        SampleFormat::U16 => play_typed::<u16>(data, num_channels, source),
        SampleFormat::U24 => play_typed::<U24>(data, num_channels, source),
        SampleFormat::U32 => play_typed::<u32>(data, num_channels, source),
        SampleFormat::F32 => play_typed::<f32>(data, num_channels, source),
        SampleFormat::F64 => play_typed::<f64>(data, num_channels, source),
        // Not opened: see `devices::is_known`.
        _ => {}
    }
}

fn play_typed<T: SizedSample + FromSample<f32>>(
    data: &mut Data,
    num_channels: usize,
    source: &mut impl FrameSource,
) {
    if let Some(out) = data.as_slice_mut::<T>() {
        play_frames(out, num_channels, source);
    }
}

/// The callback itself, for one type of sample.
pub(super) fn play_frames<T: SizedSample + FromSample<f32>>(
    out: &mut [T],
    num_channels: usize,
    source: &mut impl FrameSource,
) {
    for frame in out.chunks_mut(num_channels) {
        frame.fill(T::from_sample_(source.next_frame()));
    }
}

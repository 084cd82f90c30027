//! Decoded samples of any shape to one recording, mono at 16 kHz.

use std::path::Path;

use super::super::sniff::Container;
use super::super::{AudioError, Resampler};
use super::Recording;
use super::quality::QualityMeter;

/// Most channels of a recording; more are a damaged header rather than a microphone array.
pub(super) const MAX_CHANNELS: usize = 64;

/// Rate and channels of decoded samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub(super) rate_hz: u32,
    pub(super) num_channels: usize,
}

/// Takes decoded samples of any shape, one stream after the other, and makes the recording of them.
pub(super) struct Sink<'a> {
    path: &'a Path,
    container: Container,
    max_secs: f64,
    max_amplitude: f32,
    samples: Vec<f32>,
    mono: Vec<f32>,
    meter: QualityMeter,
    resampler: Option<Resampler>,
    /// Samples taken at the present rate, and seconds taken before at other rates.
    num_in: u64,
    secs_before: f64,
    /// Samples taken at any rate.
    num_taken: u64,
    /// Shape and format of the first stream.
    first: Option<(Shape, &'static str)>,
    is_full: bool,
}

impl<'a> Sink<'a> {
    /// A sink that takes `max_secs` seconds of samples up to `max_amplitude`.
    pub(super) fn new(path: &'a Path, container: Container, max_secs: f64, max_amplitude: f32) -> Self {
        Self {
            path,
            container,
            max_secs,
            max_amplitude,
            samples: Vec::new(),
            mono: Vec::new(),
            meter: QualityMeter::default(),
            resampler: None,
            num_in: 0,
            secs_before: 0.0,
            num_taken: 0,
            first: None,
            is_full: false,
        }
    }

    /// Whether more was pushed than the sink takes.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Makes ready for a stream of this shape.
    pub(super) fn begin(&mut self, shape: Shape, format: &'static str) -> Result<(), AudioError> {
        self.first.get_or_insert((shape, format));
        if shape.num_channels > MAX_CHANNELS {
            return Err(self.unsupported(format!("it has {} channels", shape.num_channels)));
        }
        self.set_rate(shape.rate_hz)
    }

    fn unsupported(&self, reason: String) -> AudioError {
        AudioError::Unsupported { format: self.container.name(), reason, path: self.path.to_path_buf() }
    }

    fn set_rate(&mut self, rate_hz: u32) -> Result<(), AudioError> {
        if self.resampler.as_ref().is_some_and(|resampler| resampler.rate_hz() == rate_hz) {
            return Ok(());
        }
        let next = Resampler::new(rate_hz).map_err(|error| self.unsupported(error.to_string()))?;
        if let Some(mut last) = self.resampler.replace(next) {
            last.finish(&mut self.samples);
            self.secs_before += self.num_in as f64 / f64::from(last.rate_hz());
            self.num_in = 0;
        }
        Ok(())
    }

    /// Takes samples, and returns how many per channel that were.
    pub(super) fn push(&mut self, shape: Shape, interleaved: &[f32]) -> Result<u64, AudioError> {
        self.set_rate(shape.rate_hz)?;
        let Some(resampler) = &mut self.resampler else { return Ok(0) };
        let mono = &mut self.mono;
        mix_to_mono(interleaved, shape.num_channels, mono);
        let max_secs = self.max_secs - self.secs_before;
        let left = ((max_secs * f64::from(shape.rate_hz)).ceil() as u64).saturating_sub(self.num_in);
        if mono.len() as u64 > left {
            mono.truncate(left as usize);
            self.is_full = true;
        }
        check_samples(mono, self.max_amplitude, self.num_taken, self.path)?;
        let num_values = (mono.len() * shape.num_channels.max(1)).min(interleaved.len());
        self.meter.push(&interleaved[..num_values], shape.num_channels, mono);
        let num_in = mono.len() as u64;
        self.num_in += num_in;
        self.num_taken += num_in;
        resampler.push(mono, &mut self.samples);
        Ok(num_in)
    }

    /// The recording.
    pub(super) fn finish(mut self) -> Result<Recording, AudioError> {
        if let Some(resampler) = &mut self.resampler {
            resampler.finish(&mut self.samples);
        }
        let Some((shape, format)) = self.first.filter(|_| !self.samples.is_empty()) else {
            return Err(AudioError::NoSamples { path: self.path.to_path_buf() });
        };
        self.samples.shrink_to_fit();
        Ok(Recording {
            samples: self.samples,
            format,
            rate_hz: shape.rate_hz,
            num_channels: shape.num_channels,
            is_cut: self.is_full,
            quality: self.meter.quality(),
        })
    }
}

fn check_samples(mono: &[f32], max_amplitude: f32, num_before: u64, path: &Path) -> Result<(), AudioError> {
    // One pass without branches per sample; the position is looked for only where there is a fault.
    let is_good = |x: &f32| x.abs() <= max_amplitude;
    if mono.iter().all(is_good) {
        return Ok(());
    }
    let position = mono.iter().position(|x| !is_good(x)).unwrap_or(0);
    let (index, value) = (num_before + position as u64, mono[position]);
    Err(AudioError::BadSample { index, value, path: path.to_path_buf() })
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

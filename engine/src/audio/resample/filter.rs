//! The low-pass filter of a resampler: a windowed sinc, evaluated where the output samples lie.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Adjustable as _, Async, FixedAsync, ResampleError, Resampler as _, Resizable as _,
    SincInterpolationParameters, SincInterpolationType, WindowFunction, calculate_cutoff,
};

/// Filter length in samples of the slower rate. With the window below it passes whole what lies below 94% of
/// half that rate (7.5 kHz at 16 kHz), and what lies above half that rate is 90 dB down.
const LENGTH: usize = 256;
const WINDOW: WindowFunction = WindowFunction::BlackmanHarris;

/// Output samples computed at a time, 10 ms at 16 kHz.
const BLOCK_OUT: usize = 160;

/// Up to so many different places of an output between two inputs, each has a sinc of its own. With more,
/// the tables would take longer to compute than a clip; four neighbours of a coarser table are then joined by
/// a cubic, whose error is below -90 dB.
const MAX_SINCS: usize = 16;

/// A stream from one rate to another, in blocks.
pub(super) struct Filter {
    sinc: Async<f32>,
    rate_in: usize,
    rate_out: usize,
    /// Input samples that the filter looks ahead.
    reach: f64,
    pending: Vec<f32>,
    block: [f32; BLOCK_OUT],
    is_first: bool,
}

impl Filter {
    /// `None` where the converter refuses the rates, as it does a rate of 0.
    pub(super) fn new(rate_in_hz: u32, rate_out_hz: u32) -> Option<Self> {
        let divisor = gcd(rate_in_hz, rate_out_hz).max(1);
        let (rate_in, rate_out) = ((rate_in_hz / divisor) as usize, (rate_out_hz / divisor) as usize);
        let step = rate_in as f64 / rate_out as f64;
        let (oversampling_factor, interpolation) = if rate_out <= MAX_SINCS {
            (rate_out, SincInterpolationType::Nearest)
        } else {
            (MAX_SINCS, SincInterpolationType::Cubic)
        };
        let sinc_len = ((LENGTH as f64 * step.max(1.0)).ceil() as usize).next_multiple_of(8);
        let parameters = SincInterpolationParameters {
            sinc_len,
            f_cutoff: Some(calculate_cutoff(LENGTH, WINDOW)),
            oversampling_factor,
            interpolation,
            window: WINDOW,
        };
        // The converter's tables begin one place between two samples late.
        let reach = sinc_len as f64 / 2.0 - 1.0 / oversampling_factor as f64;
        let longest_step = reach / step + 1.0;
        let sinc =
            Async::new_sinc(1.0 / step, longest_step, &parameters, BLOCK_OUT, 1, FixedAsync::Output).ok()?;
        let most_in = sinc_len / 2 + 1 + (BLOCK_OUT as f64 * step).ceil() as usize;
        let pending = Vec::with_capacity(most_in);
        let block = [0.0; BLOCK_OUT];
        let mut filter = Self { sinc, rate_in, rate_out, reach, pending, block, is_first: true };
        filter.set_step(1, reach).ok()?;
        Some(filter)
    }

    /// The next conversion gives so many output samples, each `step` input samples behind the one before.
    fn set_step(&mut self, num_out: usize, step: f64) -> Result<(), ResampleError> {
        self.sinc.set_chunk_size(num_out)?;
        self.sinc.set_resample_ratio(1.0 / step, false)
    }

    pub(super) fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) {
        while !samples.is_empty() {
            let wanted = self.sinc.input_frames_next();
            let taken = samples.len().min(wanted - self.pending.len());
            self.pending.extend_from_slice(&samples[..taken]);
            samples = &samples[taken..];
            if self.pending.len() == wanted {
                self.convert(out);
            }
        }
    }

    /// Fills the pending block with zeros and converts it.
    pub(super) fn push_silence(&mut self, out: &mut Vec<f32>) {
        self.pending.resize(self.sinc.input_frames_next(), 0.0);
        self.convert(out);
    }

    fn convert(&mut self, out: &mut Vec<f32>) {
        let num_out = self.sinc.output_frames_next();
        let block = &mut self.block[..num_out];
        let input = InterleavedSlice::new(&self.pending[..], 1, self.pending.len());
        let output = InterleavedSlice::new_mut(&mut *block, 1, num_out);
        // Both buffers have exactly the sizes that the converter asked for, so it cannot refuse them;
        // silence in place of an impossible failure keeps the stream's timing.
        let is_done = match (input, output) {
            (Ok(input), Ok(mut output)) => self.sinc.process_into_buffer(&input, &mut output, None).is_ok(),
            _ => false,
        };
        if !is_done {
            block.fill(0.0);
        }
        out.extend_from_slice(block);
        self.pending.clear();
        if self.is_first {
            self.is_first = false;
            // In range: the converter was made with this step and this size.
            let _ = self.set_step(BLOCK_OUT, self.rate_in as f64 / self.rate_out as f64);
        }
    }

    /// Forgets the stream. The first block of the next is one sample, a step as long as the filter's reach
    /// from its start: so it lies on the first input sample, and all others fall into place behind it.
    pub(super) fn restart(&mut self) {
        self.sinc.reset();
        self.pending.clear();
        self.is_first = true;
        // In range: the converter was made for this step.
        let _ = self.set_step(1, self.reach);
    }

    /// Most samples that pushing `num_in` samples can append.
    pub(super) fn max_output(&self, num_in: usize) -> usize {
        ((self.pending.len() + num_in + 1) * self.rate_out).div_ceil(self.rate_in)
    }

    /// Longest time between a sample going in and coming out, in seconds.
    pub(super) fn delay_secs(&self, rate_in_hz: u32) -> f64 {
        let block = (BLOCK_OUT * self.rate_in) as f64 / self.rate_out as f64;
        (self.reach + 1.0 + block) / f64::from(rate_in_hz)
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

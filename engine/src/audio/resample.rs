//! Band-limited conversion of any sample rate to 16 kHz.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

use super::{AudioError, SAMPLE_RATE_HZ};

/// Lowest input rate in hertz.
pub const MIN_RATE_HZ: u32 = 1_000;
/// Highest input rate in hertz.
pub const MAX_RATE_HZ: u32 = 768_000;

/// Output samples per transform: 32 ms, a compromise between the delay of a live stream (one and a half
/// transforms) and the width of the transition band (the filter passes up to about 7.7 kHz).
const MIN_TRANSFORM_OUT: usize = 512;

/// A stream of samples at any rate, converted to 16 kHz mono.
///
/// The output depends on the input samples only, not on how they were cut into chunks, and is aligned with
/// the input: the filter's delay is taken off the front. `n` input samples give `ceil(n * 16000 / rate)`
/// output samples once [`Resampler::finish`] was called. Input at 16 kHz passes through bit for bit. A
/// non-finite input sample spoils the transforms it falls in; the caller checks first.
pub struct Resampler {
    rate_hz: u32,
    num_in: u64,
    num_out: u64,
    filter: Option<Filter>,
}

struct Filter {
    fft: Fft<f32>,
    pending: Vec<f32>,
    block: Vec<f32>,
    delay_left: usize,
}

impl Resampler {
    /// A converter from `rate_hz` to 16 kHz.
    ///
    /// # Errors
    /// [`AudioError::Rate`] where the rate is outside [`MIN_RATE_HZ`]..=[`MAX_RATE_HZ`].
    pub fn new(rate_hz: u32) -> Result<Self, AudioError> {
        if !(MIN_RATE_HZ..=MAX_RATE_HZ).contains(&rate_hz) {
            return Err(AudioError::Rate { rate_hz });
        }
        let filter = if rate_hz == SAMPLE_RATE_HZ { None } else { Some(Filter::new(rate_hz)?) };
        Ok(Self { rate_hz, num_in: 0, num_out: 0, filter })
    }

    /// Converts the next samples and appends what is ready to `out`.
    ///
    /// Does not allocate once `out` has capacity for [`Resampler::max_output`] more samples.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.num_in += samples.len() as u64;
        let before = out.len();
        match &mut self.filter {
            None => out.extend_from_slice(samples),
            Some(filter) => filter.push(samples, out),
        }
        self.num_out += (out.len() - before) as u64;
    }

    /// Ends the stream: appends the samples still in the filter, and makes ready for a new stream.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let expected = (self.num_in * u64::from(SAMPLE_RATE_HZ)).div_ceil(u64::from(self.rate_hz));
        if let Some(filter) = &mut self.filter {
            let end = out.len() + (expected - self.num_out) as usize;
            while out.len() < end {
                filter.push_silence(out);
            }
            out.truncate(end);
            filter.reset();
        }
        self.num_in = 0;
        self.num_out = 0;
    }

    /// Most samples that pushing `num_in` samples can append.
    pub fn max_output(&self, num_in: usize) -> usize {
        match &self.filter {
            None => num_in,
            Some(filter) => {
                let transforms = (filter.pending.len() + num_in) / filter.fft.input_frames_next();
                transforms * filter.fft.output_frames_next()
            }
        }
    }

    /// Time between a sample going in and coming out, in seconds; 0 at 16 kHz.
    pub fn delay_secs(&self) -> f64 {
        match &self.filter {
            None => 0.0,
            Some(filter) => {
                let samples = filter.fft.output_frames_next() + filter.fft.output_delay();
                samples as f64 / f64::from(SAMPLE_RATE_HZ)
            }
        }
    }

    /// Input rate in hertz.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }
}

impl Filter {
    fn new(rate_hz: u32) -> Result<Self, AudioError> {
        let (rate_in, rate_out) = (rate_hz as usize, SAMPLE_RATE_HZ as usize);
        let divisor = gcd(rate_in, rate_out);
        // An even number of smallest blocks, so that the filter's delay is a whole number of samples.
        let num_blocks = MIN_TRANSFORM_OUT.div_ceil(rate_out / divisor).next_multiple_of(2);
        let fft = Fft::new(rate_in, rate_out, num_blocks * (rate_in / divisor), 1, FixedSync::Both)
            .map_err(|_| AudioError::Rate { rate_hz })?;
        let block = vec![0.0; fft.output_frames_next()];
        let pending = Vec::with_capacity(fft.input_frames_next());
        let delay_left = fft.output_delay();
        Ok(Self { fft, pending, block, delay_left })
    }

    fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) {
        let transform = self.fft.input_frames_next();
        while !samples.is_empty() {
            let taken = samples.len().min(transform - self.pending.len());
            self.pending.extend_from_slice(&samples[..taken]);
            samples = &samples[taken..];
            if self.pending.len() == transform {
                self.transform(out);
            }
        }
    }

    /// Fills the pending transform with zeros and converts it.
    fn push_silence(&mut self, out: &mut Vec<f32>) {
        self.pending.resize(self.fft.input_frames_next(), 0.0);
        self.transform(out);
    }

    fn transform(&mut self, out: &mut Vec<f32>) {
        let num_out = self.block.len();
        let input = InterleavedSlice::new(&self.pending[..], 1, self.pending.len());
        let output = InterleavedSlice::new_mut(&mut self.block[..], 1, num_out);
        // Both buffers have exactly the sizes that the converter asked for, so it cannot refuse them;
        // silence in place of an impossible failure keeps the stream's timing.
        let is_done = match (input, output) {
            (Ok(input), Ok(mut output)) => self.fft.process_into_buffer(&input, &mut output, None).is_ok(),
            _ => false,
        };
        if !is_done {
            self.block.fill(0.0);
        }
        let skipped = self.delay_left.min(num_out);
        self.delay_left -= skipped;
        out.extend_from_slice(&self.block[skipped..]);
        self.pending.clear();
    }

    fn reset(&mut self) {
        self.fft.reset();
        self.pending.clear();
        self.delay_left = self.fft.output_delay();
    }
}

/// Greatest common divisor; `a` where `b` is 0.
pub(super) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn sine(rate_hz: u32, frequency_hz: f64, secs: f64) -> Vec<f32> {
        let num = (f64::from(rate_hz) * secs) as usize;
        (0..num).map(|n| (0.5 * (TAU * frequency_hz * n as f64 / f64::from(rate_hz)).sin()) as f32).collect()
    }

    fn convert(rate_hz: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate_hz).unwrap();
        let mut out = Vec::new();
        resampler.push(samples, &mut out);
        resampler.finish(&mut out);
        out
    }

    fn rms(samples: &[f32]) -> f64 {
        (samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    const RATES_HZ: [u32; 12] =
        [1_000, 8_000, 11_025, 12_345, 16_001, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000];

    #[test]
    fn tones_keep_their_shape_place_and_length_at_every_rate() {
        for rate_hz in RATES_HZ {
            let frequency_hz = f64::from(rate_hz.min(16_000)) * 0.11;
            let input = sine(rate_hz, frequency_hz, 1.0);
            let output = convert(rate_hz, &input);
            assert_eq!(output.len(), (input.len() * 16_000).div_ceil(rate_hz as usize), "{rate_hz}");
            let expected = sine(16_000, frequency_hz, 1.0);
            let middle = 2_000..14_000;
            let worst = output[middle.clone()]
                .iter()
                .zip(&expected[middle])
                .map(|(a, b)| (a - b).abs())
                .fold(0.0f32, f32::max);
            assert!(worst < 2e-3, "{rate_hz} Hz: {worst}");
        }
    }

    #[test]
    fn what_lies_above_8_khz_is_removed_not_folded() {
        for (rate_hz, frequency_hz) in
            [(44_100, 9_000.0), (48_000, 8_300.0), (48_000, 15_000.0), (96_000, 40_000.0)]
        {
            let output = convert(rate_hz, &sine(rate_hz, frequency_hz, 1.0));
            let loudness_db = 20.0 * (rms(&output[1_000..15_000]) / rms(&sine(16_000, 1_000.0, 1.0))).log10();
            assert!(loudness_db < -80.0, "{rate_hz} Hz, {frequency_hz} Hz: {loudness_db} dB");
        }
    }

    #[test]
    fn telephone_sound_gains_no_mirror_image() {
        let output = convert(8_000, &sine(8_000, 3_000.0, 1.0));
        // The image would sit at 5 kHz.
        let correlation: f64 = output[2_000..14_000]
            .iter()
            .enumerate()
            .map(|(n, &x)| f64::from(x) * (TAU * 5_000.0 * n as f64 / 16_000.0).cos())
            .sum::<f64>()
            / 12_000.0;
        assert!(correlation.abs() < 1e-4, "{correlation}");
    }

    #[test]
    fn sixteen_khz_passes_bit_for_bit_and_impossible_rates_are_refused() {
        let input = sine(16_000, 440.0, 0.1);
        assert_eq!(convert(16_000, &input), input);
        for rate_hz in [0, 999, 768_001, u32::MAX] {
            assert!(matches!(Resampler::new(rate_hz), Err(AudioError::Rate { .. })), "{rate_hz}");
        }
    }

    #[test]
    fn a_finished_stream_starts_afresh() {
        let mut resampler = Resampler::new(48_000).unwrap();
        let input = sine(48_000, 700.0, 0.3);
        let mut first = Vec::new();
        resampler.push(&input, &mut first);
        resampler.finish(&mut first);
        let mut second = Vec::new();
        resampler.push(&input, &mut second);
        resampler.finish(&mut second);
        assert_eq!(first, second);
        let mut none = Vec::new();
        resampler.finish(&mut none);
        assert!(none.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn chunks_do_not_matter(
            rate in prop::sample::select(&RATES_HZ[..]),
            chunks in prop::collection::vec(1usize..3_000, 1..12),
        ) {
            let num: usize = chunks.iter().sum();
            let input: Vec<f32> = (0..num).map(|n| ((n * 7919 % 1000) as f32 - 500.0) / 700.0).collect();
            let whole = convert(rate, &input);
            let mut resampler = Resampler::new(rate).unwrap();
            let (mut pieces, mut rest) = (Vec::new(), &input[..]);
            for size in chunks {
                let room = resampler.max_output(size);
                let before = pieces.len();
                resampler.push(&rest[..size], &mut pieces);
                prop_assert!(pieces.len() - before <= room);
                rest = &rest[size..];
            }
            resampler.finish(&mut pieces);
            prop_assert_eq!(pieces, whole);
        }
    }
}

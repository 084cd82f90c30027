//! The power spectrum of a frame by itself, for pictures of sound.

use super::fft::{FftPlan, Values};

/// Smallest transform that [`FftPlan`] knows.
const MIN_FFT_SIZE: usize = 128;

/// Computes power spectra of frames of one length, in single precision.
pub(crate) struct PowerSpectrum {
    plan: FftPlan,
    values: Values,
    spare: Values,
    power: Vec<f32>,
}

impl PowerSpectrum {
    /// Spectra of frames of `frame_length` samples, zero-padded to the next power of two, at least 128.
    pub(crate) fn new(frame_length: usize) -> Self {
        let size = frame_length.next_power_of_two().max(MIN_FFT_SIZE);
        let half = size / 2;
        Self {
            plan: FftPlan::new(size),
            values: Values::new(half),
            spare: Values::new(half),
            power: vec![0.0; half + 1],
        }
    }

    /// Lines from 0 Hz to half the sample rate, both included.
    pub(crate) fn num_lines(&self) -> usize {
        self.power.len()
    }

    /// `|sum over n of x[n] exp(-2 pi i k n / size)|^2` for every line `k`. Samples behind the transform's
    /// size are left out; a sample that is not finite makes every line so.
    pub(crate) fn compute(&mut self, samples: impl IntoIterator<Item = f32>) -> &[f32] {
        self.values.re.fill(0.0);
        self.values.im.fill(0.0);
        let pairs = self.values.re.iter_mut().zip(&mut self.values.im).take(self.power.len() - 1);
        for (slot, sample) in pairs.flat_map(|(even, odd)| [even, odd]).zip(samples) {
            *slot = sample;
        }
        self.plan.powers(&mut self.values, &mut self.spare, &mut self.power);
        &self.power
    }
}

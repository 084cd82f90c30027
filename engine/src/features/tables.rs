//! The constant tables of a front end: window, mel filters, cosine transform with lifter.
//!
//! Formulas follow Kaldi's feature extraction (github.com/kaldi-asr/kaldi, `src/feat`); the filterbank is
//! computed in single precision as there, because narrow filters may hold a single spectral line whose
//! weight is the difference of two nearly equal mel frequencies.

use std::f64::consts::{PI, TAU};

use super::FeatureError;
use crate::settings::{FeatureConfig, WindowKind};

/// Numbers that are added up side by side; a power of two, wide enough for the widest registers in use.
pub(super) const LANES: usize = 16;

/// Lengths of buffers that are processed whole lanes at a time.
pub(super) fn padded(len: usize) -> usize {
    len.next_multiple_of(LANES)
}

/// Kaldi keeps this coefficient in single precision.
const BLACKMAN: f64 = 0.42f32 as f64;

/// The window `w[i]`, `0 <= i < len`, padded with zeros to whole lanes: the even values, and the odd ones.
pub(super) fn window(kind: WindowKind, len: usize) -> [Vec<f32>; 2] {
    let step = TAU / (len.max(2) - 1) as f64;
    let value = |i: usize| {
        let cosine = (step * i as f64).cos();
        match kind {
            // A Hann window raised to 0.85: falls to zero at the edges, more slowly than Hann.
            WindowKind::Povey => (0.5 - 0.5 * cosine).powf(0.85),
            WindowKind::Hanning => 0.5 - 0.5 * cosine,
            WindowKind::Hamming => 0.54 - 0.46 * cosine,
            WindowKind::Blackman => {
                BLACKMAN - 0.5 * cosine + (0.5 - BLACKMAN) * (2.0 * step * i as f64).cos()
            }
            WindowKind::Rectangular => 1.0,
        }
    };
    let mut window: Vec<f32> = (0..len).map(|i| value(i) as f32).collect();
    window.resize(padded(len), 0.0);
    [0, 1].map(|first| window[first..].iter().step_by(2).copied().collect())
}

/// Triangular filters on the mel scale, each over its own stretch of the power spectrum.
#[derive(Debug, Clone)]
pub(super) struct MelBank {
    pub(super) filters: Vec<MelFilter>,
    pub(super) weights: Vec<f32>,
}

/// One filter: `weights[start..start + len]` meet the spectrum's lines from `first_line` on. The length is
/// a multiple of the lanes of the filter sum; padding weights are zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct MelFilter {
    pub(super) first_line: usize,
    pub(super) start: usize,
    pub(super) len: usize,
}

/// Lanes of the filter sums: most filters are narrow.
pub(super) const MEL_LANES: usize = 8;

const NYQUIST_HZ: f64 = super::RATE_HZ / 2.0;

/// Upper edge of the filterbank: settings of 0 or less count down from half the sampling rate.
pub(super) fn high_hz(config: &FeatureConfig) -> f64 {
    if config.high_hz <= 0.0 { NYQUIST_HZ + config.high_hz } else { config.high_hz }
}

fn mel_from_hz(hz: f32) -> f32 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

fn hz_from_mel(mel: f32) -> f32 {
    700.0 * ((mel / 1127.0).exp() - 1.0)
}

/// Mel of the lower edge, and the mels from each edge of the filterbank to the next.
fn mel_edges(config: &FeatureConfig) -> (f32, f32) {
    let low = mel_from_hz(config.low_hz as f32);
    (low, (mel_from_hz(high_hz(config) as f32) - low) / (config.num_mel + 1) as f32)
}

/// Where each filter is highest, in Hz, ascending.
pub(super) fn mel_centres_hz(config: &FeatureConfig) -> Vec<f32> {
    let (low, step) = mel_edges(config);
    (1..=config.num_mel).map(|filter| hz_from_mel(low + filter as f32 * step)).collect()
}

impl MelBank {
    pub(super) fn new(config: &FeatureConfig, fft_size: usize) -> Result<Self, FeatureError> {
        let (low_hz, high_hz) = (config.low_hz, high_hz(config));
        if !(low_hz >= 0.0 && low_hz < high_hz && high_hz <= NYQUIST_HZ) {
            return Err(FeatureError::Edges { low_hz, high_hz });
        }
        let (low, step) = mel_edges(config);
        // The line at half the sampling rate belongs to no filter, as in Kaldi.
        let line_hz = super::RATE_HZ as f32 / fft_size as f32;
        let lines: Vec<f32> = (0..fft_size / 2).map(|line| mel_from_hz(line_hz * line as f32)).collect();
        let mut bank = Self { filters: Vec::with_capacity(config.num_mel), weights: Vec::new() };
        for filter in 0..config.num_mel {
            let edge = |n: usize| low + (filter + n) as f32 * step;
            let (left, centre, right) = (edge(0), edge(1), edge(2));
            let mut inside = (0..lines.len()).filter(|&line| lines[line] > left && lines[line] < right);
            let Some(first_line) = inside.next() else {
                let num_mel = config.num_mel;
                return Err(FeatureError::EmptyFilter { filter: filter + 1, num_mel, fft_size });
            };
            let last_line = inside.next_back().unwrap_or(first_line);
            let start = bank.weights.len();
            bank.weights.extend(lines[first_line..=last_line].iter().map(|&mel| {
                if mel <= centre { (mel - left) / (centre - left) } else { (right - mel) / (right - centre) }
            }));
            let len = (last_line + 1 - first_line).next_multiple_of(MEL_LANES);
            bank.weights.resize(start + len, 0.0);
            bank.filters.push(MelFilter { first_line, start, len });
        }
        Ok(bank)
    }
}

/// The first `num_ceps` rows of the orthonormal type-II cosine transform, each scaled by its lifter value
/// `1 + lifter/2 sin(pi c / lifter)`, stored filter by filter with rows padded to whole lanes.
pub(super) fn cosine_transform(num_ceps: usize, num_mel: usize, lifter: f64) -> Vec<f32> {
    let width = padded(num_ceps);
    let mut table = vec![0.0; num_mel * width];
    for (filter, row) in table.chunks_exact_mut(width).enumerate() {
        for (c, value) in row.iter_mut().take(num_ceps).enumerate() {
            let scale = if c == 0 { (1.0 / num_mel as f64).sqrt() } else { (2.0 / num_mel as f64).sqrt() };
            let lift = if lifter == 0.0 { 1.0 } else { 1.0 + 0.5 * lifter * (PI * c as f64 / lifter).sin() };
            let angle = PI / num_mel as f64 * (filter as f64 + 0.5) * c as f64;
            *value = (scale * angle.cos() * lift) as f32;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_symmetric_and_padded() {
        for kind in [
            WindowKind::Povey,
            WindowKind::Hanning,
            WindowKind::Hamming,
            WindowKind::Blackman,
            WindowKind::Rectangular,
        ] {
            let [even, odd] = window(kind, 401);
            let w: Vec<f32> = even.iter().zip(&odd).flat_map(|(&even, &odd)| [even, odd]).collect();
            assert_eq!(w.len(), 416);
            assert!((w[200] - 1.0).abs() < 1e-6, "{kind:?}");
            assert!(w[401..].iter().all(|&x| x == 0.0));
            for i in 0..401 {
                assert!((w[i] - w[400 - i]).abs() < 1e-5, "{kind:?} {i}");
            }
        }
    }

    #[test]
    fn neighbouring_filters_add_up_to_one_between_their_centres() {
        let config = FeatureConfig { num_mel: 23, ..FeatureConfig::default() };
        let bank = MelBank::new(&config, 512).unwrap();
        let mut sums = vec![0.0f32; 300];
        for filter in &bank.filters {
            for (i, &weight) in bank.weights[filter.start..filter.start + filter.len].iter().enumerate() {
                sums[filter.first_line + i] += weight;
            }
        }
        // From the centre of the first filter (about 70 Hz) to that of the last (about 7.2 kHz).
        for (line, &sum) in sums.iter().enumerate().take(229).skip(4) {
            assert!((sum - 1.0).abs() < 1e-4, "line {line}: {sum}");
        }
    }

    #[test]
    fn impossible_banks_are_refused() {
        let with =
            |low_hz, high_hz, num_mel| FeatureConfig { low_hz, high_hz, num_mel, ..Default::default() };
        let edges =
            |config: FeatureConfig| matches!(MelBank::new(&config, 512), Err(FeatureError::Edges { .. }));
        assert!(edges(with(5_000.0, 4_000.0, 23)));
        assert!(edges(with(20.0, 8_001.0, 23)));
        assert!(edges(with(20.0, -8_000.0, 23)));
        let error = MelBank::new(&with(20.0, 0.0, 128), 512).unwrap_err();
        assert!(error.to_string().contains("features.num_mel"), "{error}");
    }

    #[test]
    fn the_cosine_transform_is_orthonormal() {
        let (num, width) = (23, 32);
        let table = cosine_transform(num, num, 0.0);
        for a in 0..num {
            for b in 0..num {
                let dot: f32 = (0..num).map(|m| table[m * width + a] * table[m * width + b]).sum();
                let expected = if a == b { 1.0 } else { 0.0 };
                assert!((dot - expected).abs() < 1e-5, "{a} {b}: {dot}");
            }
        }
    }
}

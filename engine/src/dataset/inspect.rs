//! One clip, looked at closely: waveform, spectrogram, features, and the frames a network would read.

use std::f64::consts::TAU;

use super::{CLIP_SAMPLES, ClipId, Dataset, DatasetError};
use crate::audio::SAMPLE_RATE_HZ;
use crate::features::{FrontEnd, PowerSpectrum};
use crate::protocol::{ClipView, Grid};
use crate::settings::FeatureConfig;

/// Level shown for no sound at all, in dB under a sine of full scale.
const FLOOR_DB: f32 = -120.0;

/// Most rows of a spectrogram: of a longer recording fewer frames are taken, evenly, so that its picture takes no more
/// memory than its sound.
const MOST_ROWS: usize = 6000;

impl Dataset {
    /// Waveform, spectrogram, features and input frames of a clip. A clip shorter than a second is padded evenly
    /// with silence, as the network hears it.
    ///
    /// # Errors
    /// As [`Dataset::samples`], and [`DatasetError::Features`] for settings that describe no front end.
    pub fn inspect(&self, id: ClipId, features: &FeatureConfig) -> Result<ClipView, DatasetError> {
        let front_end = FrontEnd::new(features)?;
        let samples = padded(self.samples(id)?);
        let frames = front_end.frames(&samples);
        let thinning = frames.num_frames.div_ceil(MOST_ROWS).max(1);
        Ok(ClipView {
            spectrogram: spectrogram(
                &samples,
                front_end.frame_length_samples(),
                front_end.frame_shift_samples() * thinning,
            ),
            input_frames: front_end.input_frame_indices(&samples),
            features: Grid { rows: frames.num_frames, cols: frames.num_coefs, values: frames.values },
            frame_shift_secs: front_end.frame_shift_samples() as f64 / f64::from(SAMPLE_RATE_HZ),
            samples,
        })
    }
}

fn padded(samples: Vec<f32>) -> Vec<f32> {
    if samples.len() >= CLIP_SAMPLES {
        return samples;
    }
    let left = (CLIP_SAMPLES - samples.len()) / 2;
    let mut second = vec![0.0; CLIP_SAMPLES];
    second[left..left + samples.len()].copy_from_slice(&samples);
    second
}

/// Log power spectrum in dB, frame by frequency from 0 to 8 kHz; a sine of full scale has 0 dB. Hann windows of
/// `frame_length` samples every `frame_shift`, zero-padded to the next power of two; only whole frames.
fn spectrogram(samples: &[f32], frame_length: usize, frame_shift: usize) -> Grid {
    let rows = (samples.len() + frame_shift).saturating_sub(frame_length) / frame_shift;
    let mut spectrum = PowerSpectrum::new(frame_length);
    let cols = spectrum.num_lines();
    let hann = |i: usize| 0.5 - 0.5 * (TAU * (i as f64 + 0.5) / frame_length as f64).cos();
    let window: Vec<f32> = (0..frame_length).map(|i| hann(i) as f32).collect();
    let full_scale_power = (window.iter().sum::<f32>() / 2.0).powi(2);
    let mut values = Vec::with_capacity(rows * cols);
    for row in 0..rows {
        let frame = &samples[row * frame_shift..row * frame_shift + frame_length];
        let powers = spectrum.compute(frame.iter().zip(&window).map(|(sample, weight)| sample * weight));
        values.extend(powers.iter().map(|power| {
            let share: f32 = power / full_scale_power;
            (10.0 * share.max(f32::MIN_POSITIVE).log10()).max(FLOOR_DB)
        }));
    }
    Grid { rows, cols, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::testing::{TestFolder, wav};

    #[test]
    fn a_tone_of_full_scale_is_a_line_at_its_frequency() {
        let tone: Vec<f32> =
            (0..CLIP_SAMPLES).map(|i| (TAU * 1000.0 * i as f64 / 16_000.0).sin() as f32).collect();
        let grid = spectrogram(&tone, 400, 160);
        assert_eq!((grid.rows, grid.cols, grid.values.len()), (98, 257, 98 * 257));
        for row in grid.values.chunks(257) {
            let loudest = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
            // 1000 Hz is bin 32 of 512 at 16 kHz.
            assert_eq!(loudest.0, 32);
            assert!(loudest.1.abs() < 0.5, "{loudest:?}");
            assert!(row[200] < -60.0);
        }
        assert!(spectrogram(&[0.0; 16_000], 400, 160).values.iter().all(|&x| x == FLOOR_DB));
        assert_eq!(spectrogram(&[0.0; 100], 400, 160).rows, 0);
    }

    #[test]
    fn a_view_shows_what_the_network_reads() {
        let folder = TestFolder::new();
        let mut sound = vec![0i16; 30_000];
        sound[12_000..15_000].fill(9000);
        folder.write("yes/long_nohash_0.wav", &wav(&sound));
        folder.write("no/short_nohash_0.wav", &wav(&sound[11_000..16_000]));
        let dataset = folder.open();
        let config = FeatureConfig::default();
        let front_end = FrontEnd::new(&config).unwrap();
        for id in [ClipId(0), ClipId(1)] {
            let view = dataset.inspect(id, &config).unwrap();
            assert_eq!(view.spectrogram.rows, view.features.rows);
            assert_eq!(view.input_frames.len(), 31);
            assert!(view.samples.len() >= CLIP_SAMPLES);
            // The frames shown, with their means removed, are the input.
            let mut input = vec![0.0; front_end.num_inputs()];
            front_end.input(&dataset.samples(id).unwrap(), &mut front_end.scratch(), &mut input);
            let mut shown: Vec<f32> = Vec::new();
            for &frame in &view.input_frames {
                shown.extend_from_slice(&view.features.values[frame * 13..(frame + 1) * 13]);
            }
            for coef in 0..13 {
                let mean = shown[coef..].iter().step_by(13).sum::<f32>() / 31.0;
                for (got, expected) in shown[coef..].iter().step_by(13).zip(input[coef..].iter().step_by(13))
                {
                    assert!((got - mean - expected).abs() < 1e-3);
                }
            }
        }
        assert!(dataset.inspect(ClipId(9), &config).is_err());
        let nonsense = FeatureConfig { num_frames: 4000, ..config };
        assert!(matches!(dataset.inspect(ClipId(0), &nonsense), Err(DatasetError::Features(_))));
    }
}

//! Background noise: which stretches belong to which split, and how a second of it is drawn.

use std::ops::Range;

use super::clips::Background;
use super::draws::Draws;
use super::{CLIP_SAMPLES, ClipBuffer, Dataset, DatasetError, Split};

/// One second of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoiseSpan {
    /// A stretch of a recording; when it is shorter than a second it is repeated.
    Recorded {
        /// Index into [`Dataset::background`].
        recording: u32,
        /// First sample.
        start: u32,
        /// Sample after the last.
        end: u32,
    },
    /// Computed from this key, for datasets without recordings of noise.
    Made {
        /// Decides over every sample.
        key: u64,
    },
}

/// The stretches of a noise recording that training, validation and testing hear: never the same moment.
/// Of recordings of ten seconds and more the first 80 % train, and 10 % each validate and test; of shorter
/// ones the first half trains.
pub(super) fn parts(num_samples: u32) -> [Range<u32>; 3] {
    let is_long = num_samples as usize / 10 >= CLIP_SAMPLES;
    let at =
        |long: u64, short: u64| (u64::from(num_samples) * if is_long { long } else { short } / 100) as u32;
    let (valid, test) = (at(80, 50), at(90, 75));
    [0..valid, valid..test, test..num_samples]
}

/// Draws a second of noise from the stretches of `split`.
pub(super) fn draw_span(background: &[Background], split: Split, draws: &mut Draws) -> NoiseSpan {
    let recording = draws.below(background.len() as u64) as usize;
    let Some(noise) = background.get(recording) else { return NoiseSpan::Made { key: draws.bits() } };
    let part = parts(noise.stored.num_samples)[split.index()].clone();
    let slack = (part.end - part.start).saturating_sub(CLIP_SAMPLES as u32);
    let start = part.start + draws.below(u64::from(slack) + 1) as u32;
    NoiseSpan::Recorded { recording: recording as u32, start, end: part.end.min(start + CLIP_SAMPLES as u32) }
}

/// Fills `out` with the second of noise, exactly [`CLIP_SAMPLES`] samples.
pub(super) fn read_span(
    dataset: &Dataset,
    span: NoiseSpan,
    buffer: &mut ClipBuffer,
    out: &mut Vec<f32>,
) -> Result<(), DatasetError> {
    match span {
        NoiseSpan::Made { key } => make_noise(key, out),
        NoiseSpan::Recorded { recording, start, end } => {
            dataset.read_background(recording as usize, start..end, buffer, out)?;
            repeat_to_clip(out);
        }
    }
    Ok(())
}

fn repeat_to_clip(out: &mut Vec<f32>) {
    if out.is_empty() {
        out.resize(CLIP_SAMPLES, 0.0);
    }
    while out.len() < CLIP_SAMPLES {
        let missing = CLIP_SAMPLES - out.len();
        out.extend_from_within(..missing.min(out.len()));
    }
    out.truncate(CLIP_SAMPLES);
}

/// White noise through a one-pole low pass of drawn colour and level, from hiss to rumble.
fn make_noise(key: u64, out: &mut Vec<f32>) {
    let mut draws = Draws::new(&[key]);
    let pole = draws.between(0.0, 0.98) as f32;
    // The filter's gain for white noise is 1 / sqrt(1 - pole^2).
    let level = draws.between(0.02, 0.3) as f32 * (1.0 - pole * pole).sqrt();
    let mut state = 0.0;
    out.clear();
    out.extend((0..CLIP_SAMPLES).map(|_| {
        state = pole * state + level * draws.between(-1.0, 1.0) as f32;
        state
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_never_hear_the_same_moment() {
        for num_samples in [1, 2, 100, 15_999, 160_000, 1_000_000, u32::MAX] {
            let [train, valid, test] = parts(num_samples);
            assert_eq!((train.start, test.end), (0, num_samples));
            assert_eq!((train.end, valid.end), (valid.start, test.start));
            assert!(!test.is_empty());
        }
        assert_eq!(parts(1_000_000), [0..800_000, 800_000..900_000, 900_000..1_000_000]);
    }

    #[test]
    fn made_noise_is_a_quiet_second_that_its_key_decides() {
        let make = |key| {
            let mut out = Vec::new();
            make_noise(key, &mut out);
            out
        };
        for key in 0..20 {
            let noise = make(key);
            assert_eq!(noise.len(), CLIP_SAMPLES);
            let rms = (noise.iter().map(|x| x * x).sum::<f32>() / noise.len() as f32).sqrt();
            assert!((0.005..0.3).contains(&rms), "{rms}");
        }
        assert_eq!(make(3), make(3));
        assert_ne!(make(3), make(4));
    }

    #[test]
    fn short_stretches_repeat() {
        let mut out = vec![1.0, 2.0, 3.0];
        repeat_to_clip(&mut out);
        assert_eq!(out.len(), CLIP_SAMPLES);
        assert!(out.iter().enumerate().all(|(i, &x)| x == (i % 3) as f32 + 1.0));
        let mut out = Vec::new();
        repeat_to_clip(&mut out);
        assert_eq!(out, vec![0.0; CLIP_SAMPLES]);
    }
}

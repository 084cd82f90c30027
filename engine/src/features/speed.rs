//! How fast the front end is.

use std::time::Instant;

use super::{FeatureError, Frames, FrontEnd};
use crate::audio::SAMPLE_RATE_HZ;
use crate::settings::FeatureConfig;

/// The speed of a front end on one thread; made by [`measure_speed`], shown by `coarsegrain bench features`.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureSpeed {
    /// Sound processed per round, in seconds.
    pub audio_secs: f64,
    /// Frames computed per round.
    pub num_frames: usize,
    /// Median time of a round in seconds.
    pub median_secs: f64,
    /// Shortest time of a round in seconds.
    pub min_secs: f64,
    /// Seconds of sound per second of work, from the median.
    pub times_real_time: f64,
}

/// Computes the feature matrix of `audio_secs` seconds of noise `num_rounds` times on this thread.
///
/// The memory is warm, and reading and resampling are not part of it.
///
/// # Errors
/// Settings that describe no front end.
pub fn measure_speed(
    config: &FeatureConfig,
    audio_secs: f64,
    num_rounds: usize,
) -> Result<FeatureSpeed, FeatureError> {
    let front_end = FrontEnd::new(config)?;
    let num_samples = (audio_secs.max(0.1) * f64::from(SAMPLE_RATE_HZ)) as usize;
    let samples = noise(num_samples);
    let (mut scratch, mut frames) = (front_end.scratch(), Frames::default());
    front_end.frames_into(&samples, &mut scratch, &mut frames);
    let mut rounds: Vec<f64> = (0..num_rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            front_end.frames_into(std::hint::black_box(&samples), &mut scratch, &mut frames);
            std::hint::black_box(&frames);
            start.elapsed().as_secs_f64()
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let audio_secs = num_samples as f64 / f64::from(SAMPLE_RATE_HZ);
    let median_secs = rounds[rounds.len() / 2];
    Ok(FeatureSpeed {
        audio_secs,
        num_frames: frames.num_frames,
        median_secs,
        min_secs: rounds[0],
        times_real_time: audio_secs / median_secs,
    })
}

/// White noise from a linear congruential generator (Knuth's MMIX constants).
fn noise(num_samples: usize) -> Vec<f32> {
    let mut state = 1u64;
    (0..num_samples)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * 0.2
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_hang_together() {
        let speed = measure_speed(&FeatureConfig::default(), 2.0, 3).unwrap();
        assert_eq!(speed.num_frames, 198);
        assert!(speed.min_secs > 0.0 && speed.min_secs <= speed.median_secs);
        assert!((speed.times_real_time * speed.median_secs - 2.0).abs() < 1e-9);
    }
}

//! Variations of training clips: the same clip sounds different in every epoch.

use super::draws::Draws;
use super::noise::{draw_span, read_span};
use super::task::{Silence, Source};
use super::{CLIP_SAMPLES, ClipBuffer, Dataset, DatasetError, Split, Task};
use crate::audio::SAMPLE_RATE_HZ;
use crate::settings::AugmentConfig;

/// Loudest silence example in training, as a factor on the recording of the noise. Louder than in validation
/// and testing, because a live stream brings loud noise too, and noise of any loudness is silence.
const SILENCE_MAX_VOLUME: f64 = 1.0;
/// Loudest silence example of every other draw: as quiet as those of validation and testing.
const SILENCE_LOW_VOLUME: f64 = 0.1;

/// Working memory of one thread.
#[derive(Debug, Default)]
pub struct AugmentScratch {
    buffer: ClipBuffer,
    clip: Vec<f32>,
    noise: Vec<f32>,
}

/// Varies training clips by speed, time shift, gain and background noise. A pure function of seed, epoch and
/// index of the example: no thread, order or earlier call enters.
#[derive(Debug, Clone)]
pub struct Augmenter {
    config: AugmentConfig,
    seed: u64,
}

/// What was drawn for one clip. Everything is drawn, used or not, so that changing one setting leaves the
/// draws of the others as they were.
struct Variation {
    /// Input samples per output sample.
    speed: f64,
    shift_samples: f64,
    gain: f32,
    noise_volume: f32,
}

impl Augmenter {
    /// Variations with these settings and the seed of the run.
    pub fn new(config: &AugmentConfig, seed: u64) -> Self {
        Self { config: config.clone(), seed }
    }

    /// Fills `out` with the second that training example `index` sounds like in `epoch` (counted from 0), and
    /// returns its label. Nothing is allocated once the buffers are large enough.
    ///
    /// Speed reads the clip by cubic interpolation; the clip (of a longer one, its loudest second) sits in the
    /// middle of the second, moved by the shift, with silence beside it; noise is added after the gain.
    /// A silence example becomes another second of training noise.
    ///
    /// # Errors
    /// As [`Dataset::samples`]; an index past the training examples.
    pub fn training_clip(
        &self,
        dataset: &Dataset,
        task: &Task,
        index: usize,
        epoch: u64,
        scratch: &mut AugmentScratch,
        out: &mut Vec<f32>,
    ) -> Result<usize, DatasetError> {
        let Some(example) = task.training_example(index, epoch) else {
            let reason = format!("there is no training example {index}");
            return Err(DatasetError::Clip { reason, path: dataset.folder().display().to_string() });
        };
        let mut draws = Draws::new(&[self.seed, epoch, index as u64]);
        match example.source {
            Source::Silence(_) => {
                let is_low = draws.unit() < 0.5;
                let max_volume = if is_low { SILENCE_LOW_VOLUME } else { SILENCE_MAX_VOLUME };
                let silence = Silence::draw(dataset, Split::Train, max_volume, &mut draws);
                read_span(dataset, silence.span, &mut scratch.buffer, out)?;
                out.iter_mut().for_each(|sample| *sample *= silence.volume);
            }
            Source::Clip(id) => {
                let variation = self.draw(&mut draws);
                dataset.read_clip(id, &mut scratch.buffer, &mut scratch.clip)?;
                place_clip(&scratch.clip, &variation, out);
                if variation.noise_volume > 0.0 {
                    let span = draw_span(dataset.background(), Split::Train, &mut draws);
                    read_span(dataset, span, &mut scratch.buffer, &mut scratch.noise)?;
                    add_scaled(out, &scratch.noise, variation.noise_volume);
                }
            }
        }
        Ok(example.label)
    }

    fn draw(&self, draws: &mut Draws) -> Variation {
        let config = &self.config;
        let speed = 1.0 + draws.between(-1.0, 1.0) * config.speed;
        let max_shift = config.shift_ms / 1000.0 * f64::from(SAMPLE_RATE_HZ);
        // Whole samples: a shift alone leaves the samples as they are.
        let shift_samples = (draws.between(-1.0, 1.0) * max_shift).round();
        let gain = 10f64.powf(draws.between(-1.0, 1.0) * config.gain_db / 20.0) as f32;
        let is_noisy = draws.unit() < config.noise_probability;
        let volume = (draws.unit() * config.noise_volume) as f32;
        Variation { speed, shift_samples, gain, noise_volume: if is_noisy { volume } else { 0.0 } }
    }
}

/// Writes the clip into a second of `out` at its speed, shift and gain.
fn place_clip(clip: &[f32], variation: &Variation, out: &mut Vec<f32>) {
    out.clear();
    out.resize(CLIP_SAMPLES, 0.0);
    let start = loudest_second(clip);
    let len = clip.len().min(CLIP_SAMPLES);
    // Output sample `i` reads the clip at `first + i * speed`: the middle of one is the middle of the other.
    let pad = ((CLIP_SAMPLES - len) / 2) as f64;
    let middle = CLIP_SAMPLES as f64 / 2.0;
    let first = start as f64 - pad + middle - (middle + variation.shift_samples) * variation.speed;
    if variation.speed == 1.0 {
        copy_shifted(clip, first as i64, variation.gain, out);
    } else {
        interpolate(clip, first, variation.speed, variation.gain, out);
    }
}

/// `out[i] = gain * clip[first + i]`, zero outside of the clip.
fn copy_shifted(clip: &[f32], first: i64, gain: f32, out: &mut [f32]) {
    let skipped = first.clamp(0, clip.len() as i64) as usize;
    let at = (-first).clamp(0, out.len() as i64) as usize;
    for (sample, &source) in out[at..].iter_mut().zip(&clip[skipped..]) {
        *sample = gain * source;
    }
}

/// Fractional bits of a position within a clip. Positions are whole numbers, because stepping and splitting them
/// is then exact and costs a tenth of rounding floats: varying the speed is most of the work of an epoch.
const POSITION_BITS: u32 = 32;

/// Samples that are interpolated side by side.
const LANES: usize = 8;

/// `out[i] = gain * clip(first + i * speed)` by Catmull-Rom cubic interpolation, zero outside of the clip.
fn interpolate(clip: &[f32], first: f64, speed: f64, gain: f32, out: &mut [f32]) {
    let one = f64::from(POSITION_BITS).exp2();
    let (start, step) = ((first * one).round() as i64, (speed * one).round() as i64);
    // Output samples whose four neighbours all exist need no checks: the whole part is in 1..len - 2.
    let samples_before = |whole: i64| {
        let distance = ((whole << POSITION_BITS) - start).max(0);
        ((distance + step - 1) / step).min(out.len() as i64) as usize
    };
    let inner_start = samples_before(1);
    let inner_end = samples_before(clip.len() as i64 - 2).max(inner_start);
    let position = |i: usize| start + i as i64 * step;
    let edge = |i: usize| {
        let (whole, part) = split_position(position(i));
        let at = |index: i64| usize::try_from(index).ok().and_then(|index| clip.get(index)).copied();
        gain * cubic([-1, 0, 1, 2].map(|offset| at(whole + offset).unwrap_or(0.0)), part)
    };
    for (i, sample) in out[..inner_start].iter_mut().enumerate() {
        *sample = edge(i);
    }
    let inside = |i: usize| {
        let (whole, part) = split_position(position(i));
        (clip[whole as usize - 1..].first_chunk::<4>().copied().unwrap_or_default(), part)
    };
    // Taps are gathered one by one and then multiplied side by side: the compiler sees vectors only in the latter.
    let (groups, rest) = out[inner_start..inner_end].as_chunks_mut::<LANES>();
    for (group, samples) in groups.iter_mut().enumerate() {
        let (mut taps, mut parts) = ([[0.0; LANES]; 4], [0.0; LANES]);
        for lane in 0..LANES {
            let ([a, b, c, d], part) = inside(inner_start + group * LANES + lane);
            (taps[0][lane], taps[1][lane], taps[2][lane], taps[3][lane]) = (a, b, c, d);
            parts[lane] = part;
        }
        for lane in 0..LANES {
            let taps = [taps[0][lane], taps[1][lane], taps[2][lane], taps[3][lane]];
            samples[lane] = gain * cubic(taps, parts[lane]);
        }
    }
    let num_grouped = inner_end - inner_start - rest.len();
    for (i, sample) in rest.iter_mut().enumerate() {
        let (taps, part) = inside(inner_start + num_grouped + i);
        *sample = gain * cubic(taps, part);
    }
    for (i, sample) in out.iter_mut().enumerate().skip(inner_end) {
        *sample = edge(i);
    }
}

/// Whole part of a position, and the 24 highest bits of the rest, as a share of 1.
fn split_position(position: i64) -> (i64, f32) {
    let part = (position >> (POSITION_BITS - 24)) & 0xff_ffff;
    (position >> POSITION_BITS, part as i32 as f32 / 16_777_216.0)
}

/// Catmull-Rom spline through the middle two of four equally spaced values, at `x` in `[0, 1)` between them.
fn cubic([a, b, c, d]: [f32; 4], x: f32) -> f32 {
    let third = 1.5 * (b - c) + 0.5 * (d - a);
    let second = a - 2.5 * b + 2.0 * c - 0.5 * d;
    let first = 0.5 * (c - a);
    ((third * x + second) * x + first) * x + b
}

fn add_scaled(out: &mut [f32], noise: &[f32], volume: f32) {
    for (sample, noise) in out.iter_mut().zip(noise) {
        *sample += volume * noise;
    }
}

/// First sample of the second with the most energy, found in steps of 10 ms; 0 for a second or less.
fn loudest_second(samples: &[f32]) -> usize {
    const STEP: usize = CLIP_SAMPLES / 100;
    if samples.len() < CLIP_SAMPLES + STEP {
        return 0;
    }
    let energy = |from: &[f32]| from.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    let mut current = energy(&samples[..CLIP_SAMPLES]);
    let mut best = (current, 0);
    let mut start = 0;
    while start + STEP + CLIP_SAMPLES <= samples.len() {
        current += energy(&samples[start + CLIP_SAMPLES..start + CLIP_SAMPLES + STEP]);
        current -= energy(&samples[start..start + STEP]);
        start += STEP;
        if current > best.0 {
            best = (current, start);
        }
    }
    best.1
}

#[cfg(test)]
mod tests;

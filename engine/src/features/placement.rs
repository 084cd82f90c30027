//! Which frames of a second become the input.

use std::ops::Range;

use crate::audio::SAMPLE_RATE_HZ;
use crate::settings::Placement;

/// Samples of the second that an input is taken from.
pub const SECOND_SAMPLES: usize = SAMPLE_RATE_HZ as usize;

/// The stretch of `num_frames` consecutive frames with the largest total energy; of equal ones the first.
///
/// Sums run in double precision from the first frame on, so equal energies give equal choices wherever the
/// frames came from.
pub(super) fn loudest_start(energies: &[f32], num_frames: usize) -> usize {
    let mut sum: f64 = energies[..num_frames].iter().map(|&energy| f64::from(energy)).sum();
    let (mut best, mut best_start) = (sum, 0);
    for start in 1..=energies.len() - num_frames {
        sum += f64::from(energies[start + num_frames - 1]) - f64::from(energies[start - 1]);
        if sum > best {
            (best, best_start) = (sum, start);
        }
    }
    best_start
}

/// Share of the energy of all frames that their loudest stretch of `num_frames` holds, 0 to 1; 0 where no
/// frame has any energy.
///
/// One word between pauses gives nearly 1, steady noise gives `num_frames` over the number of frames, and
/// running speech something between.
pub(super) fn loudest_share(energies: &[f32], num_frames: usize) -> f32 {
    let sum = |energies: &[f32]| energies.iter().map(|&energy| f64::from(energy)).sum::<f64>();
    let start = loudest_start(energies, num_frames);
    let total = sum(energies);
    if total > 0.0 { (sum(&energies[start..start + num_frames]) / total) as f32 } else { 0.0 }
}

/// The frame that stands at place `index` of an input of `num_frames` frames.
///
/// `energies` are those of all frames of the second; only loudest placement looks at them.
pub(super) struct Placed {
    start: usize,
    /// Frames of the second, where the input is spread over all of them.
    spread_over: Option<usize>,
    num_frames: usize,
}

impl Placed {
    pub(super) fn new(placement: Placement, energies: &[f32], available: usize, num_frames: usize) -> Self {
        let start = match placement {
            Placement::Loudest => loudest_start(energies, num_frames),
            Placement::Centre => (available - num_frames) / 2,
            Placement::Spread if num_frames == 1 => available / 2,
            Placement::Spread => 0,
        };
        let is_spread = placement == Placement::Spread && num_frames > 1;
        Self { start, spread_over: is_spread.then_some(available), num_frames }
    }

    pub(super) fn frame(&self, index: usize) -> usize {
        match self.spread_over {
            None => self.start + index,
            // Rounded to the nearest frame; first and last are always taken.
            Some(available) => {
                let steps = self.num_frames - 1;
                (index * (available - 1) + steps / 2) / steps
            }
        }
    }
}

/// Where the second lies in a longer clip: the stretch with the largest energy among those that start a
/// whole number of shifts after the clip's start; of equal ones the first.
pub(super) fn loudest_second(clip: &[f32], shift: usize) -> Range<usize> {
    let energy = |samples: &[f32]| samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    let mut sum = energy(&clip[..SECOND_SAMPLES]);
    let (mut best, mut best_start, mut start) = (sum, 0, 0);
    while start + shift + SECOND_SAMPLES <= clip.len() {
        let end = start + SECOND_SAMPLES;
        sum += energy(&clip[end..end + shift]) - energy(&clip[start..start + shift]);
        start += shift;
        if sum > best {
            (best, best_start) = (sum, start);
        }
    }
    best_start..best_start + SECOND_SAMPLES
}

/// Fits a clip to exactly one second.
///
/// One second stays as it is. A shorter clip gets zeros on both sides, evenly, the odd one behind. Of a
/// longer clip the loudest second is taken (see the module's source for ties and alignment).
pub(super) fn fit_to_second<'a>(clip: &'a [f32], shift: usize, padded: &'a mut Vec<f32>) -> &'a [f32] {
    if clip.len() >= SECOND_SAMPLES {
        return if clip.len() == SECOND_SAMPLES { clip } else { &clip[loudest_second(clip, shift)] };
    }
    padded.clear();
    padded.resize(SECOND_SAMPLES, 0.0);
    let left = (SECOND_SAMPLES - clip.len()) / 2;
    padded[left..left + clip.len()].copy_from_slice(clip);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_stretch_is_found_and_ties_go_to_the_first() {
        assert_eq!(loudest_start(&[0.0; 98], 31), 0);
        let mut energies = vec![1.0; 98];
        energies[60..80].fill(5.0);
        // Every stretch that covers frames 60 to 79 is as loud; the first of them starts at 49.
        assert_eq!(loudest_start(&energies, 31), 49);
        assert_eq!(loudest_start(&energies, 98), 0);
        energies[97] = 1e9;
        assert_eq!(loudest_start(&energies, 31), 67);
    }

    #[test]
    fn the_loudest_share_tells_a_word_alone_from_steady_sound() {
        assert_eq!(loudest_share(&[0.0; 98], 31), 0.0);
        assert_eq!(loudest_share(&[2.0; 98], 49), 0.5);
        assert_eq!(loudest_share(&[2.0; 98], 98), 1.0);
        let mut energies = vec![1.0; 98];
        energies[20..51].fill(100.0);
        assert!((loudest_share(&energies, 31) - 3100.0 / 3167.0).abs() < 1e-6);
    }

    #[test]
    fn spread_takes_first_last_and_even_steps() {
        let placed = Placed::new(Placement::Spread, &[], 98, 31);
        let frames: Vec<usize> = (0..31).map(|i| placed.frame(i)).collect();
        assert_eq!((frames[0], frames[30]), (0, 97));
        assert!(frames.windows(2).all(|pair| (3..=4).contains(&(pair[1] - pair[0]))), "{frames:?}");
        assert_eq!(Placed::new(Placement::Spread, &[], 98, 1).frame(0), 49);
        let all = Placed::new(Placement::Spread, &[], 98, 98);
        assert!((0..98).all(|i| all.frame(i) == i));
        assert_eq!(Placed::new(Placement::Centre, &[], 98, 31).frame(0), 33);
    }

    #[test]
    fn clips_are_fitted_to_one_second() {
        let mut memory = Vec::new();
        let short = fit_to_second(&[1.0, 2.0, 3.0], 160, &mut memory);
        assert_eq!(short.len(), SECOND_SAMPLES);
        assert_eq!(&short[7_998..8_001], [1.0, 2.0, 3.0]);
        assert_eq!(fit_to_second(&[], 160, &mut memory), [0.0; SECOND_SAMPLES]);
        let mut long = vec![0.01; 40_000];
        long[20_000..36_000].fill(0.5);
        let fitted = fit_to_second(&long, 160, &mut memory);
        assert_eq!(fitted.len(), SECOND_SAMPLES);
        assert!(fitted.iter().all(|&x| x == 0.5));
        assert_eq!(loudest_second(&long[..16_159], 160), 0..16_000);
    }
}

//! The constants of a front end, for writing it down in another language.

use super::FrontEnd;
use super::tables::padded;

/// What a front end computes with, without the padding that wide registers need.
///
/// Code that does the operations of this module in their order, in single precision and unfused, gives its bits.
#[derive(Debug, Clone)]
pub(crate) struct WrittenFrontEnd {
    /// One factor per sample of a frame.
    pub window: Vec<f32>,
    /// Of each step by four, first to last, for each of its twiddles `W`: real and imaginary parts of `W`, `W^2`, `W^3`.
    pub twiddles: Vec<f32>,
    /// Values of the sub-transforms that the first step by four joins: 2 where a step by two comes before, else 1.
    pub first_step: usize,
    /// Real and imaginary parts of the turn of each line below a quarter of the sampling rate.
    pub turns: Vec<f32>,
    /// First line of each mel filter and its weights, none of them zero at the end.
    pub filters: Vec<(usize, Vec<f32>)>,
    /// Cosine transform and lifter, filter by filter, one factor per coefficient; empty for log-mel features.
    pub cosine: Vec<f32>,
    /// Smallest energy whose logarithm is taken.
    pub energy_floor: f32,
    /// Share of the sample before that is taken off a sample.
    pub preemphasis: f32,
    /// Frames of the input within the second, where they do not depend on the sound.
    pub fixed_frames: Option<Vec<usize>>,
}

impl FrontEnd {
    /// Its constants.
    pub(crate) fn written(&self) -> WrittenFrontEnd {
        let plan = &self.plan;
        let window =
            (0..plan.frame_length).map(|sample| plan.window[sample % 2][sample / 2]).collect::<Vec<_>>();
        let steps = plan.fft.steps.iter();
        let twiddles = steps.flat_map(|step| {
            (0..step.num).flat_map(move |k| step.twiddles.iter().map(move |table| table[k * step.repeat]))
        });
        let filters = plan.bank.filters.iter().map(|filter| {
            let weights = &plan.bank.weights[filter.start..filter.start + filter.len];
            let len = weights.iter().rposition(|&weight| weight != 0.0).map_or(0, |last| last + 1);
            (filter.first_line, weights[..len].to_vec())
        });
        let width = padded(plan.num_coefs);
        WrittenFrontEnd {
            window,
            twiddles: twiddles.collect(),
            first_step: plan.fft.steps.first().map_or(1, |step| step.num),
            turns: plan.fft.turn_re.iter().zip(&plan.fft.turn_im).flat_map(|(&re, &im)| [re, im]).collect(),
            filters: filters.collect(),
            cosine: plan.cosine.chunks(width).flat_map(|row| &row[..plan.num_coefs]).copied().collect(),
            energy_floor: plan.energy_floor,
            preemphasis: plan.preemphasis,
            fixed_frames: self.fixed_frames(),
        }
    }
}

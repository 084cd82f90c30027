//! The scales of activations, from training inputs.

use super::{ActivationFormat, EXPONENTS};
use crate::model::{ModelError, NetworkPlan, StoredModel};

/// Most training clips that activations are calibrated on: scales are powers of two, and settle long before.
pub const MAX_CALIBRATION_CLIPS: usize = 1024;

/// Octaves of magnitude that a histogram tells apart, from `2^-40`.
const OCTAVES: usize = 56;
/// Bins of one octave.
const BINS: usize = 32;
/// Binary logarithm of the smallest magnitude that is not counted as zero.
const LOWEST: i32 = -40;

/// How often each magnitude occurs among the numbers that a layer reads, on either side of zero.
///
/// Bins are a thirty-second of an octave wide, so a step chosen on them is as good as one chosen on the numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct MagnitudeHistogram {
    /// Above zero and below it, smallest magnitude first.
    counts: [Vec<u64>; 2],
    num_zeros: u64,
    is_signed: bool,
}

impl MagnitudeHistogram {
    /// Nothing counted yet. `is_signed`: the numbers may be below zero.
    pub fn new(is_signed: bool) -> Self {
        let counts = || vec![0; OCTAVES * BINS];
        Self { counts: [counts(), counts()], num_zeros: 0, is_signed }
    }

    /// Counts numbers; those that are not finite are left out.
    pub fn add(&mut self, values: &[f32]) {
        for value in values.iter().filter(|value| value.is_finite()) {
            let bits = value.abs().to_bits();
            let exponent = (bits >> 23) as i32 - 127;
            if exponent < LOWEST {
                self.num_zeros += 1;
                continue;
            }
            let part = (bits >> 18 & 31) as usize;
            let bin = (exponent - LOWEST) as usize * BINS + part;
            self.counts[usize::from(*value < 0.0)][bin.min(OCTAVES * BINS - 1)] += 1;
        }
    }

    /// Numbers counted.
    pub fn num_values(&self) -> u64 {
        self.num_zeros + self.counts.iter().flatten().sum::<u64>()
    }

    /// Numbers of magnitude 0.
    pub fn num_zeros(&self) -> u64 {
        self.num_zeros
    }

    /// Number in the middle of each bin, ascending, and how many numbers it holds; zeros are not among them.
    pub fn bins(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let [above, below] = &self.counts;
        let below = below.iter().enumerate().rev().map(|(bin, &count)| (-middle_of(bin), count));
        below.chain(above.iter().enumerate().map(|(bin, &count)| (middle_of(bin), count)))
    }

    /// Magnitude in the middle of each bin, ascending, and how many numbers on both sides of zero have it; zeros are not
    /// among them.
    pub fn magnitudes(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let [above, below] = &self.counts;
        let counts = above.iter().zip(below).enumerate();
        counts.map(|(bin, (above, below))| (middle_of(bin), above + below))
    }

    /// Share of the numbers beyond the codes of a format, 0 to 1.
    pub fn clipped_share(&self, format: ActivationFormat) -> f64 {
        let (low, high) = (f64::from(format.min_code()) - 0.5, f64::from(format.max_code()) + 0.5);
        let is_clipped = |value: f64| !(low..=high).contains(&(value / format.step()));
        let clipped: u64 = self.bins().filter(|(value, _)| is_clipped(*value)).map(|(_, count)| count).sum();
        clipped as f64 / self.num_values().max(1) as f64
    }

    /// The format of `bits` bits with the smallest squared error over the numbers; the finer of two that are equal.
    pub fn best_format(&self, bits: u32) -> ActivationFormat {
        let format = |exponent| ActivationFormat { bits, exponent, is_signed: self.is_signed };
        let mut best = (f64::INFINITY, format(0));
        let used = self.magnitudes().filter(|(_, count)| *count > 0);
        let largest = used.map(|(magnitude, _)| magnitude).last().unwrap_or(0.0);
        if largest == 0.0 {
            return best.1;
        }
        // One step above this, every number fits; more would only be coarser.
        let top = (largest / f64::from(format(0).max_code())).log2().ceil() as i32 + 1;
        for exponent in (top - 8..=top).map(|exponent| exponent.clamp(*EXPONENTS.start(), *EXPONENTS.end())) {
            let error = self.squared_error(format(exponent));
            if error < best.0 {
                best = (error, format(exponent));
            }
        }
        best.1
    }

    fn squared_error(&self, format: ActivationFormat) -> f64 {
        let (low, high) = (f64::from(format.min_code()), f64::from(format.max_code()));
        let error = |(value, count): (f64, u64)| {
            let place = value / format.step();
            let code = place.round().clamp(low, high);
            // The numbers of a bin wider than a step are spread evenly over steps; those of a narrower bin are rounded as
            // its middle is.
            let is_wide = place.abs() > BINS as f64 && (low..=high).contains(&place);
            let distance = if is_wide { 1.0 / 12f64.sqrt() } else { place - code } * format.step();
            distance * distance * count as f64
        };
        self.bins().map(error).sum()
    }
}

/// Magnitude in the middle of a bin.
fn middle_of(bin: usize) -> f64 {
    let octave = f64::from((bin / BINS) as i32 + LOWEST).exp2();
    octave * (1.0 + ((bin % BINS) as f64 + 0.5) / BINS as f64)
}

/// What every layer of a model reads, counted over normalised training inputs, one after the other in `inputs`.
///
/// # Errors
/// The inputs are not a whole number of the model's.
pub fn histograms(model: &StoredModel, inputs: &[f32]) -> Result<Vec<MagnitudeHistogram>, ModelError> {
    let mut histograms: Vec<_> =
        (0..model.plan.layers.len()).map(|index| MagnitudeHistogram::new(index == 0)).collect();
    model.predictor()?.watch_layers(inputs, &mut |index, values| histograms[index].add(values))?;
    Ok(histograms)
}

/// Exponents of the steps of what every layer reads; none where the plan is not fixed point.
///
/// Chosen by the smallest squared error on the activations of the model with its quantised weights, over training
/// inputs only.
///
/// # Errors
/// The inputs are not a whole number of the model's.
pub fn calibrate(model: &StoredModel, inputs: &[f32]) -> Result<Vec<i32>, ModelError> {
    if !model.plan.is_fixed() {
        return Ok(Vec::new());
    }
    Ok(exponents(&model.plan, &histograms(model, inputs)?))
}

/// The exponents that histograms ask for at the plan's widths.
pub fn exponents(plan: &NetworkPlan, histograms: &[MagnitudeHistogram]) -> Vec<i32> {
    let layers = plan.layers.iter().zip(histograms);
    layers.map(|(layer, histogram)| histogram.best_format(layer.activation_bits).exponent).collect()
}

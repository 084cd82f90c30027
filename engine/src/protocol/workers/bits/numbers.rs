//! How the weights of a model and what its layers read fill their codes.

use crate::fixed::{ActivationFormat, FixedLayer, FixedNetwork, MagnitudeHistogram, histograms};
use crate::model::{LayerPlan, LayerWeights, ModelError, StoredModel};
use crate::protocol::{CodeRange, LayerNumbers, Numbers};
use crate::quant::WeightQuantiser;
use crate::sparse::PackedLayout;

/// Layer by layer; activations are those of normalised training inputs.
///
/// # Errors
/// The model's parts do not fit each other, or the inputs do not fit the model.
pub(super) fn of_layers(model: &StoredModel, calibration: &[f32]) -> Result<Vec<LayerNumbers>, ModelError> {
    let network = FixedNetwork::of(model)?;
    let read = histograms(model, calibration)?;
    let layers = model.plan.layers.iter().zip(&model.weights).zip(read).enumerate();
    let layers = layers.map(|(index, ((plan, weights), histogram))| {
        let format = network.as_ref().and_then(|network| network.layers().get(index)).map(FixedLayer::input);
        LayerNumbers {
            name: plan.name.clone(),
            weights: weights_of(plan, weights),
            activations: Numbers { codes: format.map(|format| codes_of(&histogram, format)), histogram },
        }
    });
    Ok(layers.collect())
}

fn codes_of(histogram: &MagnitudeHistogram, format: ActivationFormat) -> CodeRange {
    let step = format.step();
    let is_lost = |magnitude: f64| magnitude < step / 2.0;
    let lost: u64 =
        histogram.magnitudes().filter(|(magnitude, _)| is_lost(*magnitude)).map(|(_, count)| count).sum();
    CodeRange {
        bits: format.bits,
        step,
        largest: f64::from(format.largest_magnitude()) * step,
        clipped_share: histogram.clipped_share(format),
        lost_share: lost as f64 / histogram.num_values().max(1) as f64,
    }
}

/// The kept weights; cells of blocks beyond the edge of the layer are left out.
fn weights_of(plan: &LayerPlan, weights: &LayerWeights) -> Numbers {
    let layout = PackedLayout::of(&plan.pattern);
    let mut kept = Vec::with_capacity(plan.pattern.kept_weights() as usize);
    for (index, place) in layout.blocks().enumerate() {
        for row in 0..place.rows {
            let first = index * layout.block_len() + row * layout.block_width();
            kept.extend_from_slice(&weights.blocks[first..first + place.cols]);
        }
    }
    let mut histogram = MagnitudeHistogram::new(true);
    histogram.add(&kept);
    let quantiser = WeightQuantiser::fit(plan.quantiser, plan.weight_bits, &weights.blocks);
    Numbers { histogram, codes: weight_codes(quantiser, &kept) }
}

fn weight_codes(quantiser: WeightQuantiser, weights: &[f32]) -> Option<CodeRange> {
    if quantiser == WeightQuantiser::Float {
        return None;
    }
    let mut values = vec![0.0; weights.len()];
    quantiser.quantise(weights, &mut values);
    let mut ends = [0.0; 2];
    quantiser.quantise(&[f32::MIN, f32::MAX], &mut ends);
    let step = quantiser.step();
    let share = |count: usize| count as f64 / weights.len().max(1) as f64;
    let beyond = |weight: f32| weight < ends[0] - step / 2.0 || weight > ends[1] + step / 2.0;
    let lost = weights.iter().zip(&values).filter(|(weight, value)| **value == 0.0 && **weight != 0.0);
    Some(CodeRange {
        bits: quantiser.bits(),
        step: f64::from(step),
        largest: f64::from(ends[1].max(-ends[0])),
        clipped_share: share(weights.iter().filter(|weight| beyond(**weight)).count()),
        lost_share: share(lost.count()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_weights_are_counted_by_their_codes() {
        // Codes -4 to 3 of a quarter each.
        let quantiser = WeightQuantiser::PowerOfTwo { bits: 3, exponent: -2 };
        let weights = [0.0, 0.1, -0.1, 0.5, 0.8, 0.88, -1.0, -1.1, -1.2, 0.25];
        let codes = weight_codes(quantiser, &weights).unwrap();
        assert_eq!((codes.bits, codes.step, codes.largest), (3, 0.25, 1.0));
        assert!((codes.lost_share - 0.2).abs() < 1e-12, "{codes:?}");
        assert!((codes.clipped_share - 0.2).abs() < 1e-12, "{codes:?}");
        assert!(weight_codes(WeightQuantiser::Float, &weights).is_none());
    }

    #[test]
    fn shares_of_activations_are_those_beyond_either_end() {
        let mut histogram = MagnitudeHistogram::new(false);
        histogram.add(&[0.0, 0.01, 1.0, 2.0, 100.0]);
        let codes = codes_of(&histogram, ActivationFormat { bits: 4, exponent: 0, is_signed: false });
        assert_eq!(codes.largest, 15.0);
        assert!((codes.lost_share - 0.2).abs() < 1e-12 && (codes.clipped_share - 0.2).abs() < 1e-12);
    }

    #[test]
    fn numbers_below_zero_are_lost_by_their_magnitude() {
        let mut histogram = MagnitudeHistogram::new(true);
        // Codes -8 to 7: of eight numbers one is zero, two become zero, and one at either end is clipped.
        histogram.add(&[0.0, 0.01, -0.01, 1.0, -1.0, -8.0, 8.0, -9.0]);
        let codes = codes_of(&histogram, ActivationFormat { bits: 4, exponent: 0, is_signed: true });
        assert_eq!(codes.largest, 8.0);
        assert_eq!((codes.lost_share, codes.clipped_share), (0.25, 0.25));
    }

    #[test]
    fn numbers_that_are_all_below_zero_are_not_all_lost() {
        let mut histogram = MagnitudeHistogram::new(true);
        histogram.add(&[-1.0, -2.0, -3.0, -4.0]);
        let codes = codes_of(&histogram, ActivationFormat { bits: 4, exponent: 0, is_signed: true });
        assert_eq!((codes.lost_share, codes.clipped_share), (0.0, 0.0));
    }
}

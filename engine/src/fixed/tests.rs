//! Integer inference: fast against plain, integers against floats, sums against their width.

use proptest::prelude::*;

use super::testing::{config, model, model_of, samples};
use super::*;
use crate::model::StoredModel;
use crate::sparse::Instructions;

fn check_fast_against_plain(model: &StoredModel) {
    let network = FixedNetwork::of(model).unwrap().unwrap();
    let inputs = model.plan.num_inputs();
    let mut rows = samples(3, inputs, 5);
    // Halfway between two codes.
    let half_step = network.layers()[0].input().step() as f32 / 2.0;
    rows.extend((0..inputs).map(|i| (i as f32 - 50.0) * half_step));
    rows.extend((0..inputs).map(|i| [f32::NAN, f32::INFINITY, -1e30, 1e-30, 0.0][i % 5]));
    for instructions in Instructions::available() {
        let mut fast = FixedPredictor::with_instructions(network.clone(), instructions);
        for row in rows.chunks_exact(inputs) {
            let wanted = network.reference(&network.input_codes(row));
            assert_eq!(fast.outputs(row).unwrap(), wanted, "{}", instructions.name());
        }
    }
}

#[test]
fn fast_inference_gives_the_bits_of_the_definition() {
    let shapes: &[&[(&str, &str)]] = &[
        &[("sparsity.drop", "0")],
        &[("sparsity.drop", "0.75")],
        &[("sparsity.block", "16"), ("sparsity.drop", "0.9"), ("sparsity.selection", "connected")],
        &[("sparsity.block", "4"), ("sparsity.drop", "0.5"), ("sparsity.selection", "independent")],
        // Block rows that keep nothing.
        &[("sparsity.block", "16"), ("sparsity.drop", "0.9"), ("sparsity.selection", "independent")],
        &[("sparsity.drop", "1"), ("sparsity.selection", "independent")],
        &[("sparsity.block", "7"), ("sparsity.drop", "0.5")],
        &[("sparsity.block", "[40, 5]"), ("sparsity.drop", "[0.5, 0.5]")],
        &[("sparsity.block", "256"), ("sparsity.drop", "0.5")],
        &[("sparsity.output.block", "4"), ("sparsity.output.drop", "0.75")],
    ];
    let widths: &[&[(&str, &str)]] = &[
        &[("quant.weight_bits", "5")],
        &[("quant.weight_bits", "8"), ("quant.activation_bits", "8")],
        &[("quant.weight_bits", "1"), ("quant.activation_bits", "4")],
        &[("quant.weight_bits", "6"), ("quant.quantiser", "published")],
        // Beyond bytes.
        &[("quant.weight_bits", "8"), ("quant.quantiser", "published")],
        &[("quant.weight_bits", "16"), ("quant.activation_bits", "16")],
        &[("quant.weight_bits", "5"), ("quant.activation_bits", "9")],
    ];
    for shape in shapes {
        for width in widths {
            let mut settings = vec![("model.hidden", "[70, 33]")];
            settings.extend_from_slice(shape);
            settings.extend_from_slice(width);
            check_fast_against_plain(&model(101, 6, &settings));
        }
    }
}

#[test]
fn layers_of_different_widths_follow_each_other() {
    let mut config = config(&[("model.hidden", "[64, 48, 40]")]);
    for (layer, bits) in [(1, 12), (2, 8), (3, 10)] {
        config.sparsity.layers.push(crate::settings::LayerSparsity {
            layer,
            activation_bits: Some(bits),
            ..Default::default()
        });
    }
    let model = model_of(&config, 50, 5);
    let fixed = FixedNetwork::of(&model).unwrap().unwrap();
    assert_eq!(fixed.layers().iter().map(|layer| layer.input().bits).collect::<Vec<_>>(), [8, 12, 8, 10]);
    check_fast_against_plain(&model);
}

#[test]
fn integers_come_as_close_to_floats_as_their_steps() {
    let model = model(
        60,
        5,
        &[("model.hidden", "[64, 64]"), ("quant.weight_bits", "12"), ("quant.activation_bits", "16")],
    );
    let rows = samples(20, 60, 8);
    let (mut floats, mut integers) = (vec![0.0; 100], vec![0.0; 100]);
    model.predictor().unwrap().logits(&rows, &mut floats).unwrap();
    let mut fixed = FixedPredictor::new(FixedNetwork::of(&model).unwrap().unwrap());
    for (row, logits) in rows.chunks_exact(60).zip(integers.chunks_exact_mut(5)) {
        fixed.logits(row, logits).unwrap();
    }
    let largest = floats.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    for (float, integer) in floats.iter().zip(&integers) {
        assert!((float - integer).abs() < 2e-3 * largest, "{float} {integer}");
    }
}

#[test]
fn the_largest_weights_and_inputs_stay_within_the_accumulator() {
    for settings in [
        vec![("quant.weight_bits", "5")],
        vec![("quant.weight_bits", "8"), ("quant.quantiser", "published")],
        vec![("quant.weight_bits", "16"), ("quant.activation_bits", "16")],
        vec![("quant.weight_bits", "1"), ("quant.activation_bits", "4")],
    ] {
        let mut model = model(130, 4, &settings);
        for layer in &mut model.weights {
            layer.blocks.fill(-1.0);
            layer.bias.fill(-1e30);
        }
        let network = FixedNetwork::of(&model).unwrap().unwrap();
        for layer in network.layers() {
            let accumulator = layer.accumulator();
            let fan_in = i64::from(layer.pattern().fan_in_by_block_row().max().unwrap());
            let level = layer.codes().levels.iter().map(|level| i64::from(level.abs())).max().unwrap();
            let sum = fan_in * level * i64::from(layer.input().largest_magnitude());
            let half = 1i64 << layer.shift().saturating_sub(1);
            let most = sum + layer.bias().iter().map(|bias| bias.abs()).max().unwrap() + half;
            assert!(most < 1i64 << (accumulator.bits - 1), "{settings:?}: {most} in {}", accumulator.bits);
            assert!(most > 1i64 << (accumulator.bits - 4), "{settings:?}: {most} in {}", accumulator.bits);
        }
        check_fast_against_plain(&model);
    }
}

#[test]
fn a_network_with_floating_point_anywhere_ships_floats() {
    assert!(FixedNetwork::of(&model(20, 3, &[("quant.activation_bits", "32")])).unwrap().is_none());
    assert!(FixedNetwork::of(&model(20, 3, &[("quant.weight_bits", "32")])).unwrap().is_none());
    let mut uncalibrated = model(20, 3, &[]);
    uncalibrated.activation_exponents.clear();
    assert!(FixedNetwork::of(&uncalibrated).unwrap().is_none());
    assert!(!ShippedPredictor::of(&uncalibrated).unwrap().is_fixed());
}

#[test]
fn codes_come_back_from_block_order() {
    for drop in ["0", "0.5"] {
        let model =
            model(75, 9, &[("model.hidden", "[50]"), ("sparsity.block", "16"), ("sparsity.drop", drop)]);
        let network = FixedNetwork::of(&model).unwrap().unwrap();
        for layer in network.layers() {
            let levels = layer.levels_by_block();
            assert_eq!(levels.len() as u64, layer.pattern().kept_weights());
            let packed = FixedLayer::packed_from_blocks(layer.pattern(), &levels).unwrap();
            let layout = layer.layout();
            let dense = |levels: &[i32]| {
                let floats: Vec<f32> = levels.iter().map(|&level| level as f32).collect();
                layout.dense_from_packed(&floats).unwrap()
            };
            assert_eq!(dense(&packed), dense(&layer.codes().levels));
        }
    }
}

proptest! {
    #[test]
    fn the_chosen_step_is_about_as_good_as_the_best(seed in 0u64..1000, bits in 4u32..10, is_signed: bool) {
        let mut values = samples(1, 4000, seed);
        if !is_signed {
            values.iter_mut().for_each(|value| *value = value.max(0.0) * 7.0);
        }
        let mut histogram = MagnitudeHistogram::new(is_signed);
        histogram.add(&values);
        let error = |format: ActivationFormat| -> f64 {
            values.iter().map(|&v| f64::from(v - format.value(format.code(v))).powi(2)).sum()
        };
        let chosen = histogram.best_format(bits);
        for exponent in -12..6 {
            let other = ActivationFormat { exponent, ..chosen };
            prop_assert!(error(chosen) <= error(other) * 1.25, "{chosen:?} against {other:?}");
        }
        prop_assert!(histogram.clipped_share(chosen) < 0.2);
    }
}

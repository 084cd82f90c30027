//! One set of tests for all instruction sets.

use super::{Instructions, reference};
use crate::settings::Selection;
use crate::sparse::random::Random;
use crate::sparse::tiles::{TILE, tile_len, tiles_from_rows, tiles_len};
use crate::sparse::{
    Activation, InferenceLayer, InputPanels, LayerStructure, Level, PackedLayout, Pattern, Product,
};

fn random_numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..count).map(|_| random.unit() as f32 * 2.0 - 1.0).collect()
}

fn random_tiles(batch: usize, features: usize, seed: u64) -> Vec<f32> {
    let mut tiles = vec![0.0; tiles_len(batch, features)];
    tiles_from_rows(&random_numbers(batch * features, seed), features, &mut tiles);
    tiles
}

/// Largest difference over the samples of the batch, relative to the largest reference value.
fn difference(found: &[f32], wanted: &[f64], features: usize, batch: usize) -> f64 {
    let scale = wanted.iter().fold(1e-3f64, |largest, value| largest.max(value.abs()));
    let mut largest = 0.0f64;
    for (index, (&found, &wanted)) in found.iter().zip(wanted).enumerate() {
        let sample = index / tile_len(features) * TILE + index % TILE;
        if sample < batch && index % tile_len(features) / TILE < features {
            let error = (f64::from(found) - wanted).abs();
            largest = if error.is_nan() { f64::INFINITY } else { largest.max(error / scale) };
        }
    }
    largest
}

fn pattern(out: usize, inp: usize, levels: &[(usize, f64)], selection: Selection) -> Pattern {
    let levels = levels.iter().map(|&(block, drop)| Level { block, drop }).collect();
    Pattern::draw(LayerStructure { out_features: out, in_features: inp, levels, selection, seed: 3 }, None)
        .unwrap()
}

/// Shapes around the block size, ragged edges, several levels, irregular and empty patterns.
fn layouts() -> Vec<PackedLayout> {
    let mut patterns = Vec::new();
    for block in [1, 2, 3, 4, 7, 8, 16, 24, 32, 64, 100] {
        for (out, inp) in [(1, 1), (block, block), (block + 1, 2 * block - 1), (3 * block + 2, 5 * block)] {
            patterns.push(pattern(out, inp, &[(block, 0.5)], Selection::Balanced));
            patterns.push(pattern(out, inp, &[(block, 0.6)], Selection::Independent));
        }
    }
    patterns.push(pattern(40, 130, &[(16, 0.0)], Selection::Balanced));
    patterns.push(pattern(12, 300, &[(64, 0.0)], Selection::Balanced));
    patterns.push(pattern(130, 100, &[(32, 0.5), (4, 0.5)], Selection::Connected));
    patterns.push(pattern(64, 64, &[(16, 1.0)], Selection::Independent));
    patterns.iter().map(PackedLayout::of).collect()
}

const BATCHES: [usize; 7] = [0, 1, 15, 33, TILE - 1, TILE, 2 * TILE + 17];

#[test]
fn every_kernel_agrees_with_the_plain_products() {
    // Memory that has held other layers' inputs must serve the next.
    let mut panels = InputPanels::default();
    for layout in layouts() {
        let (outs, ins) = (layout.out_features(), layout.in_features());
        let weights = random_numbers(layout.packed_len(), 1);
        for batch in BATCHES {
            let inputs = random_tiles(batch, ins, 2);
            let grads = random_tiles(batch, outs, 3);
            let forward = reference::forward(&layout, &weights, &inputs, batch);
            let input_grads = reference::input_gradient(&layout, &weights, &grads, batch);
            let block_grads = reference::block_gradient(&layout, &grads, &inputs, batch);
            for instructions in Instructions::available() {
                let product = Product::with_instructions(layout.clone(), instructions);
                let what = format!("{} {layout:?} batch {batch}", instructions.name());
                let mut found = vec![0.0; forward.len()];
                product
                    .forward(&weights, &vec![0.0; outs], &inputs, batch, Activation::Linear, &mut found)
                    .unwrap();
                assert!(difference(&found, &forward, outs, batch) < 1e-5, "forward {what}");
                let mut found = vec![0.0; input_grads.len()];
                product.input_gradient(&weights, &grads, batch, None, &mut found).unwrap();
                assert!(difference(&found, &input_grads, ins, batch) < 1e-5, "input gradient {what}");
                let mut found = vec![0.0; block_grads.len()];
                product.block_gradient(&grads, &inputs, batch, &mut panels, &mut found).unwrap();
                let all_in_one = found.len().max(1);
                assert!(
                    difference(&found, &block_grads, all_in_one, usize::MAX) < 1e-5,
                    "block gradient {what}"
                );
            }
        }
    }
}

#[test]
fn a_sample_has_the_same_bits_in_any_batch() {
    let layout = PackedLayout::of(&pattern(70, 90, &[(16, 0.5)], Selection::Balanced));
    let weights = random_numbers(layout.packed_len(), 1);
    let bias = random_numbers(70, 2);
    let rows = random_numbers(200 * 90, 3);
    for instructions in Instructions::available() {
        let product = Product::with_instructions(layout.clone(), instructions);
        let outputs = |first: usize, batch: usize| {
            let mut inputs = vec![0.0; tiles_len(batch, 90)];
            tiles_from_rows(&rows[first * 90..(first + batch) * 90], 90, &mut inputs);
            let mut outputs = vec![0.0; tiles_len(batch, 70)];
            product.forward(&weights, &bias, &inputs, batch, Activation::Relu, &mut outputs).unwrap();
            let mut rows = vec![0.0; batch * 70];
            crate::sparse::rows_from_tiles(&outputs, 70, &mut rows);
            rows
        };
        let all = outputs(0, 200);
        for (first, batch) in [(0, 1), (199, 1), (13, 40), (64, 64), (100, 99)] {
            assert_eq!(
                outputs(first, batch),
                all[first * 70..(first + batch) * 70],
                "{}",
                instructions.name()
            );
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let layout = PackedLayout::of(&pattern(256, 320, &[(32, 0.5)], Selection::Balanced));
    let weights = random_numbers(layout.packed_len(), 1);
    let (inputs, grads) = (random_tiles(300, 320, 2), random_tiles(300, 256, 3));
    let all_products = || {
        let product = Product::new(layout.clone());
        let mut outputs = vec![0.0; tiles_len(300, 256)];
        let mut input_grads = vec![0.0; inputs.len()];
        let mut block_grads = vec![0.0; weights.len()];
        product.forward(&weights, &vec![0.5; 256], &inputs, 300, Activation::Relu, &mut outputs).unwrap();
        product.input_gradient(&weights, &grads, 300, Some((&inputs, 2.0)), &mut input_grads).unwrap();
        let mut panels = InputPanels::default();
        product.block_gradient(&grads, &inputs, 300, &mut panels, &mut block_grads).unwrap();
        (outputs, input_grads, block_grads)
    };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = pool(1).install(all_products);
    assert!(one.0.iter().any(|&value| value > 0.0));
    for threads in [2, 3, 7] {
        assert!(pool(threads).install(all_products) == one, "{threads} threads");
    }
}

#[test]
fn the_measured_peak_is_a_speed() {
    for instructions in Instructions::available() {
        let peak = super::fma_peak(instructions, std::time::Duration::from_millis(1));
        assert!(peak.is_finite() && peak > 1e6, "{} {peak}", instructions.name());
    }
}

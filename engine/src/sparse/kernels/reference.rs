//! The three products, as plainly as they can be written.

use crate::sparse::PackedLayout;
use crate::sparse::tiles::{TILE, tile_len, tiles_len};

/// Every kept weight as (output, input, place in the packed blocks).
pub fn kept_weights(layout: &PackedLayout) -> Vec<(usize, usize, usize)> {
    let mut kept = Vec::new();
    for (index, place) in layout.blocks().enumerate() {
        for row in 0..place.rows {
            for col in 0..place.cols {
                let offset = index * layout.block_len() + row * layout.block_width() + col;
                kept.push((place.row + row, place.col + col, offset));
            }
        }
    }
    kept
}

fn at(features: usize, sample: usize, feature: usize) -> usize {
    sample / TILE * tile_len(features) + feature * TILE + sample % TILE
}

/// `outputs[o] = sum of weight[o][i] * inputs[i]`, without bias.
pub fn forward(layout: &PackedLayout, weights: &[f32], inputs: &[f32], batch: usize) -> Vec<f64> {
    let (outs, ins) = (layout.out_features(), layout.in_features());
    let mut outputs = vec![0.0; tiles_len(batch, outs)];
    for (out, input, offset) in kept_weights(layout) {
        for sample in 0..batch {
            outputs[at(outs, sample, out)] +=
                f64::from(weights[offset]) * f64::from(inputs[at(ins, sample, input)]);
        }
    }
    outputs
}

/// `input_grads[i] = sum of weight[o][i] * grads[o]`.
pub fn input_gradient(layout: &PackedLayout, weights: &[f32], grads: &[f32], batch: usize) -> Vec<f64> {
    let (outs, ins) = (layout.out_features(), layout.in_features());
    let mut input_grads = vec![0.0; tiles_len(batch, ins)];
    for (out, input, offset) in kept_weights(layout) {
        for sample in 0..batch {
            input_grads[at(ins, sample, input)] +=
                f64::from(weights[offset]) * f64::from(grads[at(outs, sample, out)]);
        }
    }
    input_grads
}

/// `block_grads[o][i] = sum over samples of grads[o] * inputs[i]`.
pub fn block_gradient(layout: &PackedLayout, grads: &[f32], inputs: &[f32], batch: usize) -> Vec<f64> {
    let (outs, ins) = (layout.out_features(), layout.in_features());
    let mut block_grads = vec![0.0; layout.packed_len()];
    for (out, input, offset) in kept_weights(layout) {
        for sample in 0..batch {
            block_grads[offset] +=
                f64::from(grads[at(outs, sample, out)]) * f64::from(inputs[at(ins, sample, input)]);
        }
    }
    block_grads
}

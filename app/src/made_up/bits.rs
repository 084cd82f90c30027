//! Made-up measurements at other bits.

use engine::evaluate::BitsPoint;
use engine::evaluate::significance::Paired;
use engine::fixed::MagnitudeHistogram;
use engine::protocol::{BitsView, CodeRange, LayerNumbers, Numbers, RunBits};
use engine::runs::RunId;

use super::Dice;

fn point(weight_bits: u32, activation_bits: u32) -> BitsPoint {
    let lost = |bits: u32, worth: f64| worth * (-0.9 * f64::from(bits)).exp2();
    let accuracy = 0.916 - lost(weight_bits.min(16), 1.6) - lost(activation_bits.min(16), 1.1);
    let memory_bits = 130_048 * u64::from(weight_bits) + 22_188;
    // The run itself is 5 × 8 bit.
    let own = 0.916 - lost(5, 1.6) - lost(8, 1.1);
    let clips = ((accuracy - own) * 803.0).round();
    let (only_first, only_second) = (8 + (-clips).max(0.0) as usize, 8 + clips.max(0.0) as usize);
    let against_own = Some(Paired { num_clips: 803, only_first, only_second, num_unpaired: 0 });
    BitsPoint { weight_bits, activation_bits, accuracy, memory_bits, against_own }
}

fn numbers(seed: u64, is_signed: bool, bits: u32, spread: f64) -> Numbers {
    let mut dice = Dice::new(seed);
    let values: Vec<f32> = (0..20_000)
        .map(|_| {
            let normal = (0..6).map(|_| dice.roll() - 0.5).sum::<f64>() * 1.4 * spread;
            if is_signed { normal as f32 } else { normal.max(0.0) as f32 }
        })
        .collect();
    let mut histogram = MagnitudeHistogram::new(is_signed);
    histogram.add(&values);
    let format = histogram.best_format(bits);
    let codes = CodeRange {
        bits,
        step: format.step(),
        largest: f64::from(format.max_code()) * format.step(),
        clipped_share: histogram.clipped_share(format),
        lost_share: 0.031,
    };
    Numbers { histogram, codes: Some(codes) }
}

/// One run, measured.
pub fn measured(run: &RunId) -> BitsView {
    let layers = ["hidden 1", "hidden 2", "output"].iter().enumerate().map(|(index, name)| LayerNumbers {
        name: (*name).into(),
        weights: numbers(index as u64 + 1, true, 5, 0.2),
        activations: numbers(index as u64 + 9, index == 0, 8, 1.0 + index as f64),
    });
    let bits = RunBits {
        run: run.clone(),
        own: point(5, 8),
        is_integer: true,
        float: point(32, 32),
        by_weight_bits: (2..=8).map(|bits| point(bits, 8)).collect(),
        by_activation_bits: (4..=8).map(|bits| point(5, bits)).collect(),
        num_clips: 803,
        layers: layers.collect(),
        notes: Vec::new(),
    };
    BitsView { measured: vec![std::sync::Arc::new(bits)], ..BitsView::default() }
}

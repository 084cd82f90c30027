//! The bill of a network, layer by layer.

use super::MemoryBits;
use crate::fixed::{ActivationFormat, accumulator_bits, largest_sum};
use crate::model::{LayerPlan, NetworkPlan};
use crate::quant::largest_level;
use crate::settings::Selection;
use crate::sparse::{LayerStructure, Pattern, choices};

/// Bits of a floating-point bias.
const FLOAT_BIAS_BITS: u64 = 32;

/// Bill of one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerBill {
    /// Weights inside kept blocks.
    pub kept_weights: u64,
    /// Weights of the dense layer.
    pub dense_weights: u64,
    /// Bits of this layer.
    pub bits: MemoryBits,
    /// Bits of as many weights chosen one by one, see `elementwise_index_bits`.
    pub elementwise: MemoryBits,
}

/// Bill of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// Layer by layer.
    pub layers: Vec<LayerBill>,
    /// Sum over the layers.
    pub total: MemoryBits,
    /// Sum over the layers, with weights chosen one by one.
    pub elementwise: MemoryBits,
}

impl Bill {
    /// The bill of a planned network.
    pub fn of(plan: &NetworkPlan) -> Self {
        let bias_bits = |index: usize| layer_accumulator_bits(plan, index).map_or(FLOAT_BIAS_BITS, u64::from);
        let layers: Vec<LayerBill> = plan
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| layer_bill(layer, bias_bits(index)))
            .collect();
        let sum = |bits: fn(&LayerBill) -> MemoryBits| {
            layers.iter().map(bits).fold(MemoryBits::default(), |sum, bits| sum + bits)
        };
        Self { total: sum(|layer| layer.bits), elementwise: sum(|layer| layer.elementwise), layers }
    }
}

/// Bits of the accumulator of layer `index`, 0 for the first; `None` where the network computes in floating point, and
/// where there is no such layer. Its biases are of the same width.
pub fn layer_accumulator_bits(plan: &NetworkPlan, index: usize) -> Option<u32> {
    let layer = plan.layers.get(index).filter(|_| plan.is_fixed())?;
    Some(fixed_accumulator_bits(index, layer))
}

/// Bits of the accumulator of a layer in integers.
pub(super) fn fixed_accumulator_bits(index: usize, layer: &LayerPlan) -> u32 {
    let input = ActivationFormat { bits: layer.activation_bits, exponent: 0, is_signed: index == 0 };
    let level = largest_level(layer.quantiser, layer.weight_bits);
    accumulator_bits(largest_sum(&layer.pattern, i64::from(level), i64::from(input.largest_magnitude())))
}

fn layer_bill(layer: &LayerPlan, bias_bits: u64) -> LayerBill {
    let structure = &layer.pattern.structure;
    let kept_weights = layer.pattern.kept_weights();
    let dense_weights = structure.dense_weights();
    let weight_bits = u64::from(layer.weight_bits);
    let num_biases = structure.out_features as u64;
    let bits = |index| {
        let (weights, biases) = (kept_weights * weight_bits, num_biases * bias_bits);
        MemoryBits {
            weights,
            index,
            biases,
            total: weights + index + biases,
            dense_fp32: (dense_weights + num_biases) * 32,
            dense_fp64: (dense_weights + num_biases) * 64,
        }
    };
    LayerBill {
        kept_weights,
        dense_weights,
        bits: bits(index_bits(&layer.pattern)),
        elementwise: bits(elementwise_index_bits(kept_weights, dense_weights, layer.weight_bits)),
    }
}

/// Bits of the block index of a pattern.
fn index_bits(pattern: &Pattern) -> u64 {
    let structure = &pattern.structure;
    let mut bits = 0;
    let mut num_regions = 1u64;
    for (index, kept) in pattern.kept_by_level.iter().enumerate() {
        if let Some(fields) = IndexFields::of(structure, index) {
            bits += kept.len() as u64 * u64::from(fields.col_bits);
            bits += num_regions * fields.rows as u64 * u64::from(fields.count_bits);
        }
        num_regions = kept.len() as u64;
    }
    bits
}

/// The fields of the block index of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexFields {
    /// Block rows of a region: of the layer for the outermost level, of a whole outer block for the others.
    pub rows: usize,
    /// Bits of a kept block's column within its region.
    pub col_bits: u32,
    /// Bits of the number of blocks that a block row of a region keeps; 0 where the rule says it.
    pub count_bits: u32,
}

impl IndexFields {
    /// The fields of level `index`, outer first; `None` where it keeps every block and so needs no index.
    pub fn of(structure: &LayerStructure, index: usize) -> Option<Self> {
        let cols = choices(structure, index);
        let level = structure.levels[index];
        let is_independent = structure.selection == Selection::Independent;
        let keeps_all = match is_independent {
            true => level.drop <= 0.0,
            false => level.kept_per_row(cols) == cols,
        };
        let rows = match index {
            0 => structure.out_features.div_ceil(level.block),
            _ => structure.levels[index - 1].block / level.block,
        };
        let count_bits = if is_independent { ceil_log2(cols as u64 + 1) } else { 0 };
        (!keeps_all).then(|| Self { rows, col_bits: ceil_log2(cols as u64), count_bits })
    }
}

/// Index bits of `kept` weights chosen one by one out of `all`, each stored with the distance to the one before it.
///
/// Distances take 4 or 5 bits, whichever is cheaper. One too long for its field is bridged by stored zeros; their
/// expected number per kept weight, for weights chosen at random, is `q / (1 - q)` with
/// `q = (1 - kept / all)^(2^bits)`, and each costs a weight and a distance. Dense layers need no index.
fn elementwise_index_bits(kept: u64, all: u64, weight_bits: u32) -> u64 {
    if kept == 0 || kept >= all {
        return 0;
    }
    let empty = 1.0 - kept as f64 / all as f64;
    let cost = |bits: i32| {
        let q = empty.powi(1 << bits);
        let fillers = q / (1.0 - q);
        kept as f64 * (f64::from(bits) + fillers * f64::from(bits as u32 + weight_bits))
    };
    cost(4).min(cost(5)).ceil() as u64
}

/// Bits that tell so many things apart.
pub(crate) fn ceil_log2(count: u64) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Config;

    fn bill(settings: &[(&str, &str)]) -> Bill {
        let mut config = Config::default();
        for (key, value) in settings {
            config.set(key, value).unwrap();
        }
        config.check().unwrap();
        Bill::of(&NetworkPlan::from_config(&config).unwrap())
    }

    #[test]
    fn dense_keyword_network_has_the_size_that_is_quoted() {
        let bill = bill(&[("sparsity.drop", "0"), ("quant.weight_bits", "32")]);
        let weights: u64 = bill.layers.iter().map(|layer| layer.dense_weights).sum();
        assert_eq!(weights, 474_624);
        assert_eq!(bill.total.weights, 474_624 * 32);
        assert_eq!(bill.total.index, 0);
        assert_eq!(bill.total.biases, (512 + 512 + 12) * 32);
        assert_eq!(bill.total.total, bill.total.dense_fp32);
        assert_eq!(bill.total.dense_fp64, 2 * bill.total.dense_fp32);
        assert_eq!(bill.elementwise, bill.total);
    }

    #[test]
    fn index_overheads_are_those_of_the_published_arithmetic() {
        let share = |block: &str, drop: &str, bits: &str| {
            let settings = [
                ("model.inputs", "512"),
                ("model.hidden", "512"),
                ("sparsity.block", block),
                ("sparsity.drop", drop),
                ("quant.weight_bits", bits),
            ];
            let bits = bill(&settings).layers[0].bits;
            bits.index as f64 / bits.weights as f64 * 100.0
        };
        assert!((share("64", "0.75", "5") - 0.015).abs() < 5e-4);
        assert!((share("16", "0.75", "6") - 0.33).abs() < 5e-3);
        assert!((share("4", "0.75", "6") - 7.3).abs() < 5e-2);
        assert!((share("[32,4]", "[0.75,0.75]", "6") - 3.4).abs() < 5e-2);
    }

    #[test]
    fn two_levels_multiply() {
        let settings = [
            ("model.inputs", "512"),
            ("model.hidden", "512"),
            ("sparsity.block", "[32,4]"),
            ("sparsity.drop", "[0.75,0.75]"),
        ];
        let layer = bill(&settings).layers[0];
        assert_eq!(layer.kept_weights * 16, layer.dense_weights);
        // 16 rows of 4 of 16 blocks at 4 bits; inside each, 8 rows of 2 of 8 blocks at 3 bits.
        assert_eq!(layer.bits.index, 16 * 4 * 4 + 16 * 4 * 8 * 2 * 3);
    }

    #[test]
    fn independent_rows_pay_for_their_counts() {
        let settings = [
            ("model.inputs", "512"),
            ("model.hidden", "512"),
            ("sparsity.block", "64"),
            ("sparsity.drop", "1"),
            ("sparsity.selection", "independent"),
        ];
        let layer = bill(&settings).layers[0];
        assert_eq!(layer.kept_weights, 0);
        assert_eq!(layer.bits.index, 8 * 4);
    }

    #[test]
    fn elementwise_index_takes_the_cheaper_width() {
        assert_eq!(elementwise_index_bits(0, 100, 5), 0);
        assert_eq!(elementwise_index_bits(100, 100, 5), 0);
        let quarter = elementwise_index_bits(250_000, 1_000_000, 5) as f64 / 250_000.0;
        assert!((4.0..4.2).contains(&quarter), "{quarter}");
        let sixteenth = elementwise_index_bits(62_500, 1_000_000, 5) as f64 / 62_500.0;
        assert!((6.0..7.0).contains(&sixteenth), "{sixteenth}");
    }
}

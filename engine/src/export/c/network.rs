//! The integer network as packed C arrays.

use super::text::{array, comment, string};
use crate::export::bits::pack;
use crate::fixed::{FixedLayer, FixedNetwork};
use crate::memory::ceil_log2;
use crate::quant::{Codes, WeightQuantiser};

/// Bytes of the constant arrays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ArrayBytes {
    pub weights: usize,
    pub index: usize,
    pub biases: usize,
}

impl ArrayBytes {
    pub(super) fn total(self) -> usize {
        self.weights + self.index + self.biases
    }
}

/// Integer types and sizes that the C code is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types {
    /// Bytes of a code: 2, or 4 where unsigned codes of 16 bits occur.
    pub code_bytes: usize,
    /// Bytes of a sum: 4, or 8 where an accumulator is wider than 32 bits.
    pub sum_bytes: usize,
    /// Bits of the widest accumulator.
    pub accumulator_bits: u32,
    /// Units of the widest layer before the output layer; at least 1, which is the least length of an array.
    pub max_units: usize,
}

impl Types {
    pub(super) fn of(network: &FixedNetwork) -> Self {
        let layers = network.layers();
        let accumulator_bits = layers.iter().map(|layer| layer.accumulator().bits).max().unwrap_or(1);
        let fits = |layer: &FixedLayer| layer.input().max_code() <= i32::from(i16::MAX);
        let hidden = &layers[..layers.len().saturating_sub(1)];
        Self {
            code_bytes: if layers.iter().all(fits) { 2 } else { 4 },
            sum_bytes: if accumulator_bits <= 32 { 4 } else { 8 },
            accumulator_bits,
            max_units: hidden.iter().map(|layer| layer.layout().out_features()).max().unwrap_or(1),
        }
    }

    pub(super) fn code_type(self) -> &'static str {
        if self.code_bytes == 2 { "int16_t" } else { "int32_t" }
    }

    pub(super) fn sum_type(self) -> &'static str {
        if self.sum_bytes == 4 { "int32_t" } else { "int64_t" }
    }

    /// `sizeof(cg_memory)` where types are aligned to their size.
    pub(super) fn memory_bytes(self) -> usize {
        (self.max_units * (self.sum_bytes + self.code_bytes)).next_multiple_of(self.sum_bytes)
    }
}

/// The network's part of `coarsegrain_model.c`.
#[derive(Debug, Clone, Default)]
pub(super) struct NetworkText {
    /// Definitions of the arrays.
    pub tables: String,
    /// Initialisers of the layers.
    pub layers: String,
    /// Initialisers of the labels.
    pub labels: String,
    /// What the arrays take.
    pub bytes: ArrayBytes,
}

/// The arrays of a network and its labels.
pub(super) fn network_text(network: &FixedNetwork, labels: &[String]) -> NetworkText {
    let mut text = NetworkText {
        labels: labels.iter().map(|label| format!("    {},\n", string(label))).collect(),
        ..NetworkText::default()
    };
    for (index, layer) in network.layers().iter().enumerate() {
        layer_text(index, layer, &mut text);
    }
    text
}

fn layer_text(index: usize, layer: &FixedLayer, text: &mut NetworkText) {
    let packed = PackedLayer::of(layer);
    let structure = &layer.pattern().structure;
    let mut table = |name: &str, bytes: &[u8]| {
        let name = format!("cg_{name}_{index}");
        text.tables.push_str(&array(&format!("uint8_t {name}[{}]", bytes.len()), bytes));
        if bytes.is_empty() { "NULL".to_string() } else { name }
    };
    let [weights, columns, counts, biases] = [
        table("weights", &packed.weights),
        table("columns", &packed.columns),
        table("counts", &packed.counts),
        table("biases", &packed.biases),
    ];
    text.bytes.weights += packed.weights.len();
    text.bytes.index += packed.columns.len() + packed.counts.len();
    text.bytes.biases += packed.biases.len();
    // A block that is larger than the layer is as large as it.
    let block = structure.inner_block().min(structure.out_features.max(structure.in_features));
    let quantiser = layer.codes().quantiser;
    let fields = [
        ("weights", weights),
        ("columns", columns),
        ("counts", counts),
        ("biases", biases),
        ("num_inputs", structure.in_features.to_string()),
        ("num_outputs", structure.out_features.to_string()),
        ("block", block.to_string()),
        ("blocks_per_row", packed.blocks_per_row.to_string()),
        ("weight_bits", quantiser.bits().to_string()),
        ("skips_zero", u8::from(skips_zero(quantiser)).to_string()),
        ("column_bits", packed.column_bits.to_string()),
        ("count_bits", packed.count_bits.to_string()),
        ("bias_bits", layer.accumulator().bits.to_string()),
        ("shift", layer.shift().to_string()),
        ("code_bits", layer.output().map_or(0, |output| output.bits).to_string()),
    ];
    text.layers.push_str(&format!("    /* {} */\n    {{\n", comment(layer.name())));
    for (name, value) in fields {
        text.layers.push_str(&format!("        .{name} = {value},\n"));
    }
    text.layers.push_str("    },\n");
}

/// Whether no level is 0, and positive ones are stored one lower: one bit is a sign.
fn skips_zero(quantiser: WeightQuantiser) -> bool {
    matches!(quantiser, WeightQuantiser::Published { .. } | WeightQuantiser::PowerOfTwo { bits: 1, .. })
}

/// The numbers of a layer, packed.
struct PackedLayer {
    weights: Vec<u8>,
    /// Empty where every block is kept, or a single column could be.
    columns: Vec<u8>,
    column_bits: u32,
    /// Empty where every block row keeps as many.
    counts: Vec<u8>,
    count_bits: u32,
    blocks_per_row: usize,
    biases: Vec<u8>,
}

impl PackedLayer {
    fn of(layer: &FixedLayer) -> Self {
        let pattern = layer.pattern();
        let (block_rows, block_cols) = (pattern.structure.block_rows(), pattern.structure.block_cols());
        let codes = Codes { quantiser: layer.codes().quantiser, levels: layer.levels_by_block() };
        let weights = pack(codes.words().into_iter().map(u64::from), layer.codes().quantiser.bits());
        let column_bits = if pattern.is_dense() { 0 } else { ceil_log2(block_cols as u64) };
        let columns = pack(pattern.block_cols.iter().map(|&col| u64::from(col)), column_bits);
        let kept: Vec<usize> = (0..block_rows).map(|row| pattern.kept_in_row(row).len()).collect();
        let blocks_per_row = kept.first().copied().unwrap_or(0);
        let is_even = kept.iter().all(|&kept| kept == blocks_per_row);
        let count_bits = if is_even { 0 } else { ceil_log2(block_cols as u64 + 1) };
        let counts = pack(kept.iter().map(|&kept| kept as u64), count_bits);
        let biases = pack(layer.bias().iter().map(|&bias| bias as u64), layer.accumulator().bits);
        Self { weights, columns, column_bits, counts, count_bits, blocks_per_row, biases }
    }
}

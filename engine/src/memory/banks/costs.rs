//! Cycles, accesses and energy of a layer in banks.

use serde::Serialize;

use super::{BankSpec, EnergyPj, EnergyTable, LayerBanks, Region, RegionKind};
use crate::model::{LayerPlan, NetworkPlan};
use crate::sparse::Pattern;

/// Reads and writes of one inference. An engine that reads ahead reads up to `side_by_side` words more per block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Accesses {
    /// Words of weights read: each once.
    pub weight_words: u64,
    /// Words read for block columns and counts: one per block, one per block row where rows differ.
    pub index_words: u64,
    /// Words of biases read: each once.
    pub bias_words: u64,
    /// Activation codes read: one per multiplication.
    pub activation_reads: u64,
    /// Activation codes written.
    pub activation_writes: u64,
}

/// Cycles of one inference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cycles {
    /// In which multipliers work.
    pub multiply: u64,
    /// In which inputs and biases are loaded, blocks looked up and outputs written.
    pub other: u64,
    /// All.
    pub total: u64,
}

/// What the figures of a layer are made of.
pub(super) struct Costs<'a> {
    pub spec: BankSpec,
    pub energy: &'a EnergyTable,
    /// Bits of the activation buffer.
    pub buffer_bits: u64,
}

impl Costs<'_> {
    pub fn layer(&self, plan: &NetworkPlan, index: usize, regions: &[Region]) -> LayerBanks {
        let layer = &plan.layers[index];
        let pattern = &layer.pattern;
        let own: Vec<&Region> = regions.iter().filter(|region| region.layer == index).collect();
        let of_kind = |kind| own.iter().find(|region| region.kind == kind).copied();
        let (weights, biases) = (of_kind(RegionKind::Weights), of_kind(RegionKind::Biases));
        let index_entries = [RegionKind::Columns, RegionKind::Counts]
            .map(|kind| of_kind(kind).map_or(0, |region| region.num_entries));
        let next = plan.layers.get(index + 1);
        let accesses = Accesses {
            weight_words: weights.map_or(0, |region| region.num_words),
            index_words: index_entries.iter().sum(),
            bias_words: biases.map_or(0, |region| region.num_words),
            activation_reads: pattern.kept_weights(),
            activation_writes: next.map_or(0, |_| pattern.structure.out_features as u64),
        };
        let bias_bits = biases.map_or(0, |region| region.entry_bits);
        let cycles = self.cycles(pattern, biases.map_or(1, |region| region.words_per_entry));
        LayerBanks {
            name: layer.name.clone(),
            weight_bits: layer.weight_bits,
            weights_per_word: weights.map_or(0, |region| region.entries_per_word),
            bias_bits,
            num_blocks: pattern.num_blocks(),
            kept_weights: pattern.kept_weights(),
            num_words: own.iter().map(|region| region.num_words).sum(),
            payload_bits: own.iter().map(|region| region.payload_bits()).sum(),
            lost_in_words_bits: own.iter().map(|region| region.lost_bits(self.spec.word_bits)).sum(),
            accesses,
            cycles,
            energy: self.energy_of(layer, next, accesses, bias_bits),
        }
    }

    fn cycles(&self, pattern: &Pattern, words_per_bias: u32) -> Cycles {
        let mut cycles = Cycles::of(0, 1);
        for block_row in 0..pattern.structure.block_rows() {
            let rows = pattern.rows_of(block_row) as u64;
            let kept = pattern.kept_in_row(block_row);
            let chunks: u64 = kept
                .iter()
                .map(|&col| (pattern.cols_of(col as usize) as u64).div_ceil(u64::from(self.spec.multipliers)))
                .sum();
            let other = 2 + rows * (u64::from(words_per_bias) + 1) + 3 * kept.len() as u64;
            cycles = cycles + Cycles::of(rows * chunks, other);
        }
        cycles
    }

    fn energy_of(
        &self,
        layer: &LayerPlan,
        next: Option<&LayerPlan>,
        accesses: Accesses,
        accumulator_bits: u32,
    ) -> EnergyPj {
        let word_reads = accesses.weight_words + accesses.index_words + accesses.bias_words;
        let macs = layer.pattern.kept_weights() as f64;
        let code_pj = |bits| self.energy.sram_pj(bits, self.buffer_bits);
        let written_bits = next.map_or(0, |next| next.activation_bits);
        EnergyPj::of(
            word_reads as f64 * self.energy.sram_pj(self.spec.word_bits, self.spec.bank_bits()),
            accesses.activation_reads as f64 * code_pj(layer.activation_bits)
                + accesses.activation_writes as f64 * code_pj(written_bits),
            macs * self.energy.multiply_pj(layer.weight_bits, layer.activation_bits),
            macs * self.energy.add_pj(accumulator_bits),
        )
    }
}

impl Cycles {
    pub(super) fn of(multiply: u64, other: u64) -> Self {
        Self { multiply, other, total: multiply + other }
    }
}

impl std::ops::Add for Cycles {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self::of(self.multiply + more.multiply, self.other + more.other)
    }
}

impl std::ops::Add for Accesses {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            weight_words: self.weight_words + more.weight_words,
            index_words: self.index_words + more.index_words,
            bias_words: self.bias_words + more.bias_words,
            activation_reads: self.activation_reads + more.activation_reads,
            activation_writes: self.activation_writes + more.activation_writes,
        }
    }
}

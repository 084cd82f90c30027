//! A network laid into banks.

use serde::Serialize;

use super::costs::Costs;
use super::layout::{blocks, layer_regions};
use super::{Accesses, BankError, BankSpec, BlockWords, Cycles, EnergyPj, EnergyTable, Region, RegionKind};
use crate::memory::bill::fixed_accumulator_bits;
use crate::model::{LayerPlan, NetworkPlan};
use crate::sparse::Pattern;

/// A network laid into banks; see the [module](super) for the rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BankPlan {
    /// The memory.
    pub spec: BankSpec,
    /// Banks that are read at once, a power of two; 1 unless the multipliers take more weights a cycle than a word holds.
    pub side_by_side: u32,
    /// Stretches of words, in the order of words.
    pub regions: Vec<Region>,
    /// Words that hold anything.
    pub num_words: u64,
    /// Banks that the network takes, whether there are as many or not.
    pub banks_needed: u64,
    /// Whether there are as many.
    pub fits: bool,
    /// What each bank that is needed holds.
    pub banks: Vec<Bank>,
    /// Bits that carry numbers over all bits of the banks that are needed.
    pub fill: f64,
    /// Bits of used words that carry nothing.
    pub lost_in_words_bits: u64,
    /// Bits of the unused words of the banks that are needed.
    pub empty_words_bits: u64,
    /// Where activations are kept between layers.
    pub activation_buffer: ActivationBuffer,
    /// Layer by layer.
    pub layers: Vec<LayerBanks>,
    /// Reads and writes of one inference.
    pub accesses: Accesses,
    /// Cycles of one inference; other than the layers', those that load the inputs are among them.
    pub cycles: Cycles,
    /// Energy of one inference; other than the layers', writing the inputs is among it.
    pub energy: EnergyPj,
    /// Energy of one inference of the same network dense, at the same widths, in as many banks of this size as it takes:
    /// what dropping blocks saves, with everything else alike.
    pub dense_same_banks_pj: f64,
    /// Energy of one inference of the same network dense, in 32-bit floating point, with its weights in DRAM. Another
    /// memory and another arithmetic: no ratio to [`BankPlan::energy`] is the merit of dropped blocks.
    pub dense_dram_pj: f64,
}

/// One layer in banks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerBanks {
    /// Its name.
    pub name: String,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Weights in a full word.
    pub weights_per_word: u32,
    /// Bits of a bias and of its accumulator.
    pub bias_bits: u32,
    /// Kept innermost blocks.
    pub num_blocks: usize,
    /// Kept weights: its multiplications.
    pub kept_weights: u64,
    /// Words.
    pub num_words: u64,
    /// Bits that carry numbers.
    pub payload_bits: u64,
    /// Bits of its words that carry nothing.
    pub lost_in_words_bits: u64,
    /// Reads and writes of one inference.
    pub accesses: Accesses,
    /// Cycles of one inference.
    pub cycles: Cycles,
    /// Energy of one inference.
    pub energy: EnergyPj,
}

/// Two halves, one read while the other is written; a word holds as many codes as there are multipliers, and each
/// block column starts a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ActivationBuffer {
    /// Words of one half.
    pub words_per_half: u64,
    /// Codes of a word.
    pub codes_per_word: u32,
    /// Bits of a code: the widest of all layers.
    pub code_bits: u32,
}

/// One bank that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bank {
    /// Its number, from 0.
    pub number: u64,
    /// Words that hold anything.
    pub used_words: u64,
    /// What they hold, ascending.
    pub segments: Vec<Segment>,
}

/// Words of one bank that belong to one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Layer, from 0.
    pub layer: usize,
    /// What they hold.
    pub kind: RegionKind,
    /// First word of the bank.
    pub first_word: u64,
    /// Words.
    pub num_words: u64,
}

/// A word by its bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BankAddress {
    /// Bank, from 0.
    pub bank: u64,
    /// Word of the bank, from 0.
    pub word: u64,
}

/// Whether every number but a bias fits into a word.
fn check_widths(plan: &NetworkPlan, regions: &[Region], word_bits: u32) -> Result<(), BankError> {
    let is_wide = |region: &&Region| region.kind != RegionKind::Biases && region.words_per_entry > 1;
    match regions.iter().find(is_wide) {
        Some(region) => Err(BankError::Narrow {
            layer: plan.layers[region.layer].name.clone(),
            kind: region.kind,
            bits: region.entry_bits,
            word_bits,
        }),
        None => Ok(()),
    }
}

/// Banks that feed the multipliers together: a power of two, for the widest weights.
fn banks_read_at_once(plan: &NetworkPlan, spec: BankSpec) -> u32 {
    let widest = plan.layers.iter().map(|layer| layer.weight_bits).max().unwrap_or(1);
    spec.multipliers.div_ceil(spec.word_bits / widest).next_power_of_two()
}

impl BankPlan {
    /// Lays a network into banks.
    ///
    /// # Errors
    /// The specification is out of range, the network is floating point, or a number other than a bias is wider than a
    /// word. A network that is too large is no error: see [`BankPlan::fits`].
    pub fn of(plan: &NetworkPlan, spec: BankSpec, energy: &EnergyTable) -> Result<Self, BankError> {
        let dense = plan.dense().map_err(|error| BankError::Spec(error.to_string()))?;
        let dense_same_banks_pj = Self::without_dense(&dense, spec, energy)?.energy.total;
        Ok(Self { dense_same_banks_pj, ..Self::without_dense(plan, spec, energy)? })
    }

    /// As [`BankPlan::of`], with nothing said of the dense network in such banks.
    fn without_dense(plan: &NetworkPlan, spec: BankSpec, energy: &EnergyTable) -> Result<Self, BankError> {
        spec.check()?;
        if !plan.is_fixed() {
            return Err(BankError::Float);
        }
        let regions = place_regions(plan, spec.word_bits);
        check_widths(plan, &regions, spec.word_bits)?;
        let side_by_side = banks_read_at_once(plan, spec);
        let num_words: u64 = regions.iter().map(|region| region.num_words).sum();
        let side = u64::from(side_by_side);
        let banks_needed = num_words.div_ceil(side).div_ceil(u64::from(spec.depth)).max(1) * side;
        let activation_buffer = ActivationBuffer::of(plan, spec.multipliers);
        let costs = Costs { spec, energy, buffer_bits: activation_buffer.total_bits() };
        let layers: Vec<LayerBanks> =
            (0..plan.layers.len()).map(|index| costs.layer(plan, index, &regions)).collect();
        let payload: u64 = regions.iter().map(Region::payload_bits).sum();
        let mut laid = Self {
            spec,
            side_by_side,
            num_words,
            banks_needed,
            fits: banks_needed <= u64::from(spec.count),
            banks: Vec::new(),
            fill: payload as f64 / (banks_needed * spec.bank_bits()) as f64,
            lost_in_words_bits: regions.iter().map(|region| region.lost_bits(spec.word_bits)).sum(),
            empty_words_bits: banks_needed * spec.bank_bits() - num_words * u64::from(spec.word_bits),
            activation_buffer,
            accesses: layers.iter().fold(Accesses::default(), |sum, layer| sum + layer.accesses),
            cycles: layers.iter().fold(Cycles::default(), |sum, layer| sum + layer.cycles),
            energy: layers.iter().fold(EnergyPj::default(), |sum, layer| sum + layer.energy),
            dense_same_banks_pj: 0.0,
            dense_dram_pj: energy.dense_dram_pj(plan.dense_weights()),
            regions,
            layers,
        };
        laid.add_inputs(plan, &costs);
        laid.banks = (0..banks_needed).map(|bank| laid.bank(bank)).collect();
        Ok(laid)
    }

    /// Loading the network's inputs: a write and a cycle each.
    fn add_inputs(&mut self, plan: &NetworkPlan, costs: &Costs<'_>) {
        let inputs = plan.num_inputs() as u64;
        self.accesses.activation_writes += inputs;
        self.cycles = self.cycles + Cycles::of(0, inputs);
        let bits = plan.layers.first().map_or(0, |layer| layer.activation_bits);
        let writes = inputs as f64 * costs.energy.sram_pj(bits, costs.buffer_bits);
        self.energy = self.energy + EnergyPj::of(0.0, writes, 0.0, 0.0);
    }

    /// Where a word is; words are numbered through all banks.
    pub fn address(&self, word: u64) -> BankAddress {
        let (side, depth) = (u64::from(self.side_by_side), u64::from(self.spec.depth));
        BankAddress { bank: word / side / depth * side + word % side, word: word / side % depth }
    }

    /// The region of a kind in a layer; none where the layer stores nothing of it.
    pub fn region(&self, layer: usize, kind: RegionKind) -> Option<&Region> {
        self.regions.iter().find(|region| region.layer == layer && region.kind == kind)
    }

    /// Where the weights of the kept blocks of a layer are, in the pattern's order; `pattern` is that of the layer.
    pub fn blocks<'a>(&self, layer: usize, pattern: &'a Pattern) -> impl Iterator<Item = BlockWords> + 'a {
        let region = self.region(layer, RegionKind::Weights).copied();
        region.into_iter().flat_map(|region| blocks(region, pattern))
    }

    fn bank(&self, number: u64) -> Bank {
        let (side, depth) = (u64::from(self.side_by_side), u64::from(self.spec.depth));
        let (first, turn) = (number / side * depth, number % side);
        let row_from =
            |word: u64| word.saturating_sub(turn).div_ceil(side).clamp(first, first + depth) - first;
        let segments: Vec<Segment> = self
            .regions
            .iter()
            .map(|region| {
                let start = row_from(region.first_word);
                let end = row_from(region.first_word + region.num_words);
                Segment { layer: region.layer, kind: region.kind, first_word: start, num_words: end - start }
            })
            .filter(|segment| segment.num_words > 0)
            .collect();
        Bank { number, used_words: segments.iter().map(|segment| segment.num_words).sum(), segments }
    }
}

/// The regions of all layers, one after the other.
fn place_regions(plan: &NetworkPlan, word_bits: u32) -> Vec<Region> {
    let mut next = 0;
    let mut regions = Vec::new();
    for (index, layer) in plan.layers.iter().enumerate() {
        let bits = (layer.weight_bits, fixed_accumulator_bits(index, layer));
        for region in layer_regions(index, &layer.pattern, bits, word_bits) {
            regions.push(Region { first_word: next, ..region });
            next += region.num_words;
        }
    }
    regions
}

impl ActivationBuffer {
    fn of(plan: &NetworkPlan, multipliers: u32) -> Self {
        let words = |layer: &LayerPlan| {
            let structure = &layer.pattern.structure;
            let cols = structure.inner_block().min(structure.in_features) as u64;
            structure.block_cols() as u64 * cols.div_ceil(u64::from(multipliers))
        };
        Self {
            words_per_half: plan.layers.iter().map(words).max().unwrap_or(0),
            codes_per_word: multipliers,
            code_bits: plan.layers.iter().map(|layer| layer.activation_bits).max().unwrap_or(0),
        }
    }

    /// Bits of both halves.
    pub fn total_bits(&self) -> u64 {
        2 * self.words_per_half * u64::from(self.codes_per_word) * u64::from(self.code_bits)
    }
}

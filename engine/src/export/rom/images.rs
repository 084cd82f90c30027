//! The words of the banks.

use crate::fixed::{FixedLayer, FixedNetwork};
use crate::memory::banks::{BankPlan, Region, RegionKind};
use crate::quant::Codes;

/// All words of a network, numbered through all banks.
pub(super) struct Words {
    word_bits: u32,
    limbs_per_word: usize,
    limbs: Vec<u64>,
}

impl Words {
    /// The words of a network laid out by a plan of the same network.
    pub fn of(network: &FixedNetwork, plan: &BankPlan) -> Self {
        let word_bits = plan.spec.word_bits;
        let limbs_per_word = word_bits.div_ceil(u64::BITS) as usize;
        let mut words =
            Self { word_bits, limbs_per_word, limbs: vec![0; limbs_per_word * plan.num_words as usize] };
        for region in &plan.regions {
            if let Some(layer) = network.layers().get(region.layer) {
                words.put_region(plan, region, layer);
            }
        }
        words
    }

    fn put_region(&mut self, plan: &BankPlan, region: &Region, layer: &FixedLayer) {
        let pattern = layer.pattern();
        match region.kind {
            RegionKind::Weights => self.put_weights(plan, region, layer),
            RegionKind::Columns => self.put_all(region, pattern.block_cols.iter().map(|&col| col.into())),
            RegionKind::Counts => {
                let rows = 0..pattern.structure.block_rows();
                self.put_all(region, rows.map(|row| pattern.kept_in_row(row).len() as u64));
            }
            RegionKind::Biases => self.put_all(region, layer.bias().iter().map(|&bias| bias as u64)),
        }
    }

    fn put_weights(&mut self, plan: &BankPlan, region: &Region, layer: &FixedLayer) {
        let codes = Codes { quantiser: layer.codes().quantiser, levels: layer.levels_by_block() };
        let codes = codes.words();
        let mut rest = codes.as_slice();
        for block in plan.blocks(region.layer, layer.pattern()) {
            let (these, others) = rest.split_at((block.rows * block.cols).min(rest.len()));
            let place = Region { first_word: block.first_word, ..*region };
            self.put_all(&place, these.iter().map(|&code| code.into()));
            rest = others;
        }
    }

    /// Entries from the start of a region on; bits above an entry's width are left away.
    fn put_all(&mut self, region: &Region, entries: impl Iterator<Item = u64>) {
        let per_word = u64::from(region.entries_per_word);
        for (number, entry) in (0..).zip(entries) {
            let first = region.first_word + number / per_word * u64::from(region.words_per_entry);
            let low_bit = (number % per_word) as u32 * region.entry_bits;
            for part in 0..region.words_per_entry {
                let start = part * self.word_bits;
                let bits = (region.entry_bits - start).min(self.word_bits);
                self.put(first + u64::from(part), low_bit, bits, entry >> start);
            }
        }
    }

    fn put(&mut self, word: u64, low_bit: u32, bits: u32, value: u64) {
        let value = if bits < u64::BITS { value & ((1 << bits) - 1) } else { value };
        let limb = word as usize * self.limbs_per_word + (low_bit / u64::BITS) as usize;
        let shift = low_bit % u64::BITS;
        self.limbs[limb] |= value << shift;
        if shift + bits > u64::BITS {
            self.limbs[limb + 1] |= value >> (u64::BITS - shift);
        }
    }

    /// A word in hexadecimal digits, as many as its bits take.
    fn hex(&self, word: u64) -> String {
        let first = word as usize * self.limbs_per_word;
        let limbs = &self.limbs[first..first + self.limbs_per_word];
        let digits: String = limbs.iter().rev().map(|limb| format!("{limb:016x}")).collect();
        digits[digits.len() - digits_per_word(self.word_bits)..].to_string()
    }

    /// Every bank as one line of digits per word; words that hold nothing are zeros.
    pub fn images(&self, plan: &BankPlan) -> Vec<String> {
        let digits = digits_per_word(self.word_bits);
        let zeros = "0".repeat(digits) + "\n";
        let mut images = vec![zeros.repeat(plan.spec.depth as usize); plan.banks_needed as usize];
        for word in 0..plan.num_words {
            let address = plan.address(word);
            let first = address.word as usize * zeros.len();
            images[address.bank as usize].replace_range(first..first + digits, &self.hex(word));
        }
        images
    }
}

fn digits_per_word(word_bits: u32) -> usize {
    word_bits.div_ceil(4) as usize
}

/// Bytes of all images of a plan.
pub(super) fn image_bytes(plan: &BankPlan) -> u64 {
    let line = digits_per_word(plan.spec.word_bits) as u64 + 1;
    plan.banks_needed.saturating_mul(u64::from(plan.spec.depth)).saturating_mul(line)
}

/// Two's complement codes as one line of digits each.
pub(super) fn hex_lines(codes: impl Iterator<Item = i64>, bits: u32) -> String {
    let mask = if bits < u64::BITS { (1u64 << bits) - 1 } else { u64::MAX };
    let digits = bits.div_ceil(4) as usize;
    codes.map(|code| format!("{:0digits$x}\n", code as u64 & mask)).collect()
}

//! Which words hold what.

use serde::Serialize;

use crate::memory::bill::ceil_log2;
use crate::sparse::Pattern;

/// What a stretch of words holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegionKind {
    /// Kept weights.
    Weights,
    /// Block columns of the kept innermost blocks.
    Columns,
    /// Number of kept innermost blocks of each block row.
    Counts,
    /// Biases, of the accumulator's width.
    Biases,
}

impl RegionKind {
    /// `weights`, `columns`, `counts` or `biases`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weights => "weights",
            Self::Columns => "columns",
            Self::Counts => "counts",
            Self::Biases => "biases",
        }
    }
}

/// A stretch of words of one kind and one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Layer, from 0.
    pub layer: usize,
    /// What it holds.
    pub kind: RegionKind,
    /// First word, numbered through all banks.
    pub first_word: u64,
    /// Words.
    pub num_words: u64,
    /// Numbers stored.
    pub num_entries: u64,
    /// Bits of a number.
    pub entry_bits: u32,
    /// Numbers in a full word; 1 where a number takes several words.
    pub entries_per_word: u32,
    /// Words that a number takes; 1 unless it is wider than a word.
    pub words_per_entry: u32,
}

impl Region {
    /// Bits that carry numbers.
    pub fn payload_bits(&self) -> u64 {
        self.num_entries * u64::from(self.entry_bits)
    }

    /// Bits of its words that carry nothing.
    pub fn lost_bits(&self, word_bits: u32) -> u64 {
        self.num_words * u64::from(word_bits) - self.payload_bits()
    }

    /// A region without place: entries one after the other.
    fn packed(layer: usize, kind: RegionKind, num_entries: u64, entry_bits: u32, word_bits: u32) -> Self {
        let entries_per_word = (word_bits / entry_bits).max(1);
        let words_per_entry = entry_bits.div_ceil(word_bits);
        let num_words = num_entries.div_ceil(u64::from(entries_per_word)) * u64::from(words_per_entry);
        Self {
            layer,
            kind,
            first_word: 0,
            num_words,
            num_entries,
            entry_bits,
            entries_per_word,
            words_per_entry,
        }
    }
}

/// Where the weights of one kept block are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BlockWords {
    /// Layer, from 0.
    pub layer: usize,
    /// Number of the block within the layer, in the pattern's order.
    pub block: usize,
    /// Innermost block row.
    pub block_row: usize,
    /// Innermost block column.
    pub block_col: usize,
    /// Rows, cut at the layer's edge.
    pub rows: usize,
    /// Columns, cut at the layer's edge.
    pub cols: usize,
    /// First word, numbered through all banks.
    pub first_word: u64,
    /// Words.
    pub num_words: u64,
}

/// Words of a block of so many weights.
pub(crate) fn words_of_block(weights: usize, entries_per_word: u32) -> u64 {
    (weights as u64).div_ceil(u64::from(entries_per_word))
}

/// The kept blocks of a layer in the words of its region of weights, in the pattern's order.
pub(super) fn blocks<'a>(region: Region, pattern: &'a Pattern) -> impl Iterator<Item = BlockWords> + 'a {
    let rows = 0..pattern.structure.block_rows();
    let kept = rows.flat_map(|row| pattern.kept_in_row(row).iter().map(move |&col| (row, col as usize)));
    let mut next = region.first_word;
    kept.enumerate().map(move |(block, (block_row, block_col))| {
        let (rows, cols) = (pattern.rows_of(block_row), pattern.cols_of(block_col));
        let num_words = words_of_block(rows * cols, region.entries_per_word);
        let first_word = next;
        next += num_words;
        BlockWords { layer: region.layer, block, block_row, block_col, rows, cols, first_word, num_words }
    })
}

/// The regions of a layer, without places; see the [module](super) for what is stored.
pub(super) fn layer_regions(
    layer: usize,
    pattern: &Pattern,
    (weight_bits, bias_bits): (u32, u32),
    word_bits: u32,
) -> Vec<Region> {
    let packed = |kind, entries, bits| Region::packed(layer, kind, entries, bits, word_bits);
    let mut weights = packed(RegionKind::Weights, pattern.kept_weights(), weight_bits);
    weights.num_words = blocks(weights, pattern).map(|block| block.num_words).sum();
    let mut regions = vec![weights];
    let block_cols = pattern.structure.block_cols() as u64;
    if !pattern.is_dense() {
        let bits = ceil_log2(block_cols).max(1);
        regions.push(packed(RegionKind::Columns, pattern.num_blocks() as u64, bits));
    }
    if kept_in_every_row(pattern).is_none() {
        let bits = ceil_log2(block_cols + 1);
        regions.push(packed(RegionKind::Counts, pattern.structure.block_rows() as u64, bits));
    }
    regions.push(packed(RegionKind::Biases, pattern.structure.out_features as u64, bias_bits));
    regions
}

/// Kept innermost blocks of a block row where that is the same in all of them.
fn kept_in_every_row(pattern: &Pattern) -> Option<usize> {
    let mut counts = (0..pattern.structure.block_rows()).map(|row| pattern.kept_in_row(row).len());
    let first = counts.next().unwrap_or(0);
    counts.all(|count| count == first).then_some(first)
}

//! The table of layers of the Verilog engine.

use super::Rom;
use super::verilog::WeightFormat;
use crate::fixed::FixedLayer;
use crate::memory::banks::{Region, RegionKind, words_of_block};

/// One `case` arm per layer; the last layer is the default.
pub(super) fn layer_table(rom: &Rom<'_>) -> String {
    let layers = rom.network.layers();
    let arm = |(index, layer): (usize, &FixedLayer)| {
        let label = if index + 1 == layers.len() { "default".to_string() } else { index.to_string() };
        let rows = layer_rows(rom, index, layer);
        let assigned: String =
            rows.iter().map(|(name, value)| format!("                {name} = {value};\n")).collect();
        format!("            {label}: begin // {}\n{assigned}            end\n", layer.name())
    };
    layers.iter().enumerate().map(arm).collect()
}

fn layer_rows(rom: &Rom<'_>, index: usize, layer: &FixedLayer) -> Vec<(&'static str, String)> {
    let pattern = layer.pattern();
    let (block_rows, block_cols) = (pattern.structure.block_rows(), pattern.structure.block_cols());
    let (rows, last_rows) = (pattern.rows_of(0), pattern.rows_of(block_rows - 1));
    let (cols, last_cols) = (pattern.cols_of(0), pattern.cols_of(block_cols - 1));
    let region = |kind| rom.plan.region(index, kind);
    let first = |kind| region(kind).map_or(0, |region| region.first_word).to_string();
    let weights_per_word = region(RegionKind::Weights).map_or(1, |region| region.entries_per_word);
    let words = |rows: usize, cols: usize| words_of_block(rows * cols, weights_per_word).to_string();
    let next_cols = rom.network.layers().get(index + 1).map_or(1, |next| next.pattern().cols_of(0));
    let multipliers = rom.plan.spec.multipliers as usize;
    let counts_are_stored = region(RegionKind::Counts).is_some();
    let kept = if counts_are_stored { 0 } else { pattern.kept_in_row(0).len() };
    let mut table = vec![
        ("first_weight", first(RegionKind::Weights)),
        ("first_column", first(RegionKind::Columns)),
        ("first_count", first(RegionKind::Counts)),
        ("first_bias", first(RegionKind::Biases)),
        ("last_block_row", (block_rows - 1).to_string()),
        ("last_block_col", (block_cols - 1).to_string()),
        ("full_rows", rows.to_string()),
        ("last_rows", last_rows.to_string()),
        ("full_cols", cols.to_string()),
        ("last_cols", last_cols.to_string()),
        ("words_inside", words(rows, cols)),
        ("words_right", words(rows, last_cols)),
        ("words_bottom", words(last_rows, cols)),
        ("words_corner", words(last_rows, last_cols)),
        ("column_pitch", cols.div_ceil(multipliers).to_string()),
        ("next_cols", next_cols.to_string()),
        ("stores_columns", bit(region(RegionKind::Columns).is_some())),
        ("stores_counts", bit(counts_are_stored)),
        ("kept_per_row", kept.to_string()),
    ];
    table.extend(entry_rows(region(RegionKind::Columns), ["column_bits", "column_end", "column_mask"]));
    table.extend(entry_rows(region(RegionKind::Counts), ["count_bits", "count_end", "count_mask"]));
    table.extend(bias_rows(rom, region(RegionKind::Biases)));
    table.extend(number_rows(rom, index, layer, weights_per_word));
    table
}

/// Bits of an entry, of the entries of a word, and a mask of its bits.
fn entry_rows(region: Option<&Region>, names: [&'static str; 3]) -> Vec<(&'static str, String)> {
    let bits = region.map_or(0, |region| region.entry_bits);
    let end = region.map_or(0, |region| region.entries_per_word * region.entry_bits);
    let mask = (1u64 << bits) - 1;
    names.into_iter().zip([bits.to_string(), end.to_string(), mask.to_string()]).collect()
}

fn bias_rows(rom: &Rom<'_>, region: Option<&Region>) -> Vec<(&'static str, String)> {
    let bits = region.map_or(1, |region| region.entry_bits);
    let parts = region.map_or(1, |region| region.words_per_entry);
    let (step, end) = match (region, parts) {
        (Some(region), 1) => (bits, bits * region.entries_per_word),
        _ => (rom.plan.spec.word_bits, rom.plan.spec.word_bits),
    };
    let hex = |value: u64| format!("{}'h{value:x}", rom.widths.sum_bits);
    vec![
        ("bias_step", step.to_string()),
        ("bias_end", end.to_string()),
        ("last_bias_part", (parts - 1).to_string()),
        ("bias_mask", hex((1 << bits) - 1)),
        ("bias_sign", hex(1 << (bits - 1))),
    ]
}

/// What concerns the numbers themselves.
fn number_rows(
    rom: &Rom<'_>,
    index: usize,
    layer: &FixedLayer,
    weights_per_word: u32,
) -> Vec<(&'static str, String)> {
    let format = WeightFormat::of(layer);
    let number = WeightFormat::all(rom.network).iter().position(|other| *other == format).unwrap_or(0);
    let shift = if layer.output().is_some() { layer.shift() } else { 0 };
    let rounding = if shift == 0 { 0 } else { 1u64 << (shift - 1) };
    let largest = layer.output().map_or(0, |output| output.max_code());
    let span = weights_per_word * format.bits;
    let hex = |value: u64| format!("{}'h{value:x}", rom.widths.sum_bits);
    vec![
        ("weight_bits", format.bits.to_string()),
        ("word_span", span.to_string()),
        ("wide_span", (span * rom.plan.side_by_side).to_string()),
        ("format", number.to_string()),
        ("is_signed", bit(index == 0)),
        ("is_output", bit(layer.output().is_none())),
        ("down_shift", shift.to_string()),
        ("rounding", hex(rounding)),
        ("largest_code", hex(largest as u64)),
    ]
}

fn bit(value: bool) -> String {
    u8::from(value).to_string()
}

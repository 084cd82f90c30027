//! The address map: which word of which bank holds what, for people and for programs.

use serde_json::{Value, json};

use super::Rom;
use super::verilog::WeightFormat;
use crate::fixed::FixedLayer;
use crate::memory::banks::{BlockWords, Region};

/// `address_map.txt`.
pub(super) fn text(rom: &Rom<'_>) -> String {
    let (plan, spec) = (rom.plan, rom.plan.spec);
    let mut text =
        format!("{} banks of {} words of {} bits\n", plan.banks_needed, spec.depth, spec.word_bits);
    text += &match plan.side_by_side {
        1 => "Words go on from the last word of a bank to the first of the next.\n\n".to_string(),
        side => format!(
            "Banks are read {side} at once and take turns: the word behind word w of bank n is word w of bank n + 1, and behind the last of {side} comes word w + 1 of the first; then on to the next {side} banks.\n\n"
        ),
    };
    text + &regions_table(rom) + &blocks_table(rom)
}

/// What lies in which words.
fn regions_table(rom: &Rom<'_>) -> String {
    let plan = rom.plan;
    let mut text = format!(
        "{:<12} {:<8} {:>6} {:>10} {:>10} {:>10} {:>6} {:>9} {:>14}\n",
        "layer", "what", "bank", "first word", "words", "numbers", "bits", "per word", "words a number"
    );
    for region in &plan.regions {
        let address = plan.address(region.first_word);
        text += &format!(
            "{:<12} {:<8} {:>6} {:>10} {:>10} {:>10} {:>6} {:>9} {:>14}\n",
            layer_name(rom, region),
            region.kind.name(),
            address.bank,
            address.word,
            region.num_words,
            region.num_entries,
            region.entry_bits,
            region.entries_per_word,
            region.words_per_entry
        );
    }
    text
}

/// Where each kept block begins.
fn blocks_table(rom: &Rom<'_>) -> String {
    let plan = rom.plan;
    let mut text = format!(
        "\n{:<12} {:>7} {:>9} {:>12} {:>5} {:>5} {:>6} {:>10} {:>6}\n",
        "layer", "block", "block row", "block column", "rows", "cols", "bank", "first word", "words"
    );
    for (index, layer) in rom.network.layers().iter().enumerate() {
        for block in plan.blocks(index, layer.pattern()) {
            let address = plan.address(block.first_word);
            text += &format!(
                "{:<12} {:>7} {:>9} {:>12} {:>5} {:>5} {:>6} {:>10} {:>6}\n",
                layer.name(),
                block.block,
                block.block_row,
                block.block_col,
                block.rows,
                block.cols,
                address.bank,
                address.word,
                block.num_words
            );
        }
    }
    text
}

fn layer_name<'a>(rom: &Rom<'a>, region: &Region) -> &'a str {
    rom.network.layers().get(region.layer).map_or("", FixedLayer::name)
}

/// `address_map.json`.
pub(super) fn json(rom: &Rom<'_>) -> Result<String, serde_json::Error> {
    let plan = rom.plan;
    let regions: Vec<Value> = plan
        .regions
        .iter()
        .map(|region| {
            let address = plan.address(region.first_word);
            json!({
                "layer": region.layer,
                "what": region.kind.name(),
                "bank": address.bank,
                "first_word": address.word,
                "words": region.num_words,
                "numbers": region.num_entries,
                "bits": region.entry_bits,
                "numbers_per_word": region.entries_per_word,
                "words_per_number": region.words_per_entry,
            })
        })
        .collect();
    let layers = rom.network.layers().iter().enumerate();
    let layers: Vec<Value> = layers.map(|(index, layer)| layer_json(rom, index, layer)).collect();
    let map = json!({
        "word_bits": plan.spec.word_bits,
        "depth": plan.spec.depth,
        "banks": plan.banks_needed,
        "side_by_side": plan.side_by_side,
        "multipliers": plan.spec.multipliers,
        "cycles_per_inference": plan.cycles.total,
        "input_step_exponent": rom.network.layers().first().map(|layer| layer.input().exponent),
        "output_step": rom.network.output_step(),
        "regions": regions,
        "layers": layers,
    });
    Ok(serde_json::to_string_pretty(&map)? + "\n")
}

fn layer_json(rom: &Rom<'_>, index: usize, layer: &FixedLayer) -> Value {
    let format = WeightFormat::of(layer);
    let structure = &layer.pattern().structure;
    let block_json = |block: BlockWords| {
        let address = rom.plan.address(block.first_word);
        json!({
            "layer": block.layer,
            "block": block.block,
            "block_row": block.block_row,
            "block_col": block.block_col,
            "rows": block.rows,
            "cols": block.cols,
            "bank": address.bank,
            "first_word": address.word,
            "words": block.num_words,
        })
    };
    json!({
        "name": layer.name(),
        "out_features": structure.out_features,
        "in_features": structure.in_features,
        "block_size": structure.inner_block(),
        "weight_bits": format.bits,
        "weight_code": format.rule(),
        "input_bits": layer.input().bits,
        "input_is_signed": layer.input().is_signed,
        "accumulator_bits": layer.accumulator().bits,
        "down_shift": layer.output().map(|_| layer.shift()),
        "largest_output_code": layer.output().map(|output| output.max_code()),
        "blocks": rom.plan.blocks(index, layer.pattern()).map(block_json).collect::<Vec<_>>(),
    })
}

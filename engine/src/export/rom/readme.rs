//! The README of the export.

use super::{Rom, bank_file};
use crate::fixed::FixedLayer;
use crate::memory::banks::RegionKind;

/// `README.md`.
pub(super) fn readme(rom: &Rom<'_>, num_vectors: usize) -> String {
    let mut text = intro(rom, num_vectors);
    text += &files(rom, num_vectors);
    text += &sizes(rom);
    text += &arithmetic(rom);
    text
}

fn intro(rom: &Rom<'_>, num_vectors: usize) -> String {
    let sizes: Vec<String> = std::iter::once(rom.network.num_inputs())
        .chain(rom.network.layers().iter().map(|layer| layer.layout().out_features()))
        .map(|size| size.to_string())
        .collect();
    format!(
        "# A {} network in memory banks\n\n\
         The kept blocks of a coarse-grain sparsified network, laid into memory banks, and an engine in plain Verilog-2001 \
         that computes with them what the workbench computes, bit for bit.\n\n\
         ## Run it\n\n\
         With Icarus Verilog:\n\n```\nmake\n```\n\nor, in this folder,\n\n```\n\
         iverilog -g2001 -Wall -o testbench.vvp engine.v bank_rom.v testbench.v && vvp -n testbench.vvp\n```\n\n\
         It prints `{num_vectors} vectors, 0 differing outputs`, or what differs, and the cycles of an inference.\n\n",
        sizes.join("-")
    )
}

fn files(rom: &Rom<'_>, num_vectors: usize) -> String {
    let last = rom.plan.banks_needed - 1;
    let banks = match last {
        0 => format!("`{}`", bank_file(0)),
        _ => format!("`{}` to `{}`", bank_file(0), bank_file(last)),
    };
    let (inputs, outputs) = (rom.network.num_inputs(), rom.network.num_outputs());
    format!(
        "## Files\n\n\
         | file | what it is |\n|---|---|\n\
         | {banks} | images for `$readmemh`, one word of {} bits a line, {} lines each |\n\
         | `address_map.txt`, `address_map.json` | which words hold what: layer, block, block row, block column, bank, first word, words |\n\
         | `engine.v` | the engine: time-multiplexed, {} multipliers |\n\
         | `bank_rom.v` | one bank; replace it by your memory |\n\
         | `testbench.v` | feeds the recorded inputs, compares the outputs |\n\
         | `inputs.hex` | {num_vectors} vectors of {inputs} input codes of {} bits, two's complement, one a line |\n\
         | `sums.hex` | {num_vectors} vectors of {outputs} sums of {} bits, two's complement, one a line |\n\
         | `Makefile` | `make` compiles and simulates |\n\n",
        rom.plan.spec.word_bits,
        rom.plan.spec.depth,
        rom.plan.spec.multipliers,
        rom.widths.input_bits,
        rom.widths.sum_bits,
    )
}

fn sizes(rom: &Rom<'_>) -> String {
    let plan = rom.plan;
    let mut text = format!(
        "## Sizes\n\n\
         {} words in {} banks of {} words; {:.1} % of their bits carry numbers. {} cycles per inference with {} multipliers, \
         {} of them multiply; the first {} load the inputs.\n\n\
         | layer | outputs x inputs | blocks | weight bits | per word | weights | columns | counts | biases | bias bits | cycles |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
        plan.num_words,
        plan.banks_needed,
        plan.spec.depth,
        plan.fill * 100.0,
        plan.cycles.total,
        plan.spec.multipliers,
        plan.cycles.multiply,
        rom.network.num_inputs(),
    );
    for (index, (layer, laid)) in rom.network.layers().iter().zip(&plan.layers).enumerate() {
        let words = |kind| plan.region(index, kind).map_or(0, |region| region.num_words);
        let structure = &layer.pattern().structure;
        text += &format!(
            "| {} | {} x {} | {} of {} x {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            layer.name(),
            structure.out_features,
            structure.in_features,
            laid.num_blocks,
            structure.inner_block(),
            structure.inner_block(),
            laid.weight_bits,
            laid.weights_per_word,
            words(RegionKind::Weights),
            words(RegionKind::Columns),
            words(RegionKind::Counts),
            words(RegionKind::Biases),
            laid.bias_bits,
            laid.cycles.total,
        );
    }
    let buffer = plan.activation_buffer;
    text += &format!(
        "\nWeights, columns, counts and biases are in words. The activation buffer holds two halves of {} words of {} codes of \
         {} bits.\n\n",
        buffer.words_per_half, buffer.codes_per_word, buffer.code_bits
    );
    text
}

fn arithmetic(rom: &Rom<'_>) -> String {
    let mut text = "## Layout and arithmetic\n\n\
         A number starts at the low end of a word, the next one above it, and none straddles a word; a bias that is wider \
         than a word takes several, low part first. Weights lie block by block, row-major inside, cut at the layer's edges; \
         each block starts a word. A layer that keeps every block stores no columns; counts of blocks per block row are \
         stored only where rows differ.\n\n\
         A sum is the bias and the products of weights and activations. A hidden layer gives \
         `clamp((sum + 2^(s-1)) >> s, 0, largest)`, an arithmetic shift (nothing is added where `s` is 0); the output layer \
         gives its sums. \
         Inputs are `floor(x / step + 1/2)` in two's complement, saturated; the other activations are unsigned.\n\n\
         | layer | weight code | activation bits | sum bits | s | largest |\n|---|---|---|---|---|---|\n"
        .to_string();
    for layer in rom.network.layers() {
        let (shift, largest) = match layer.output() {
            Some(output) => (layer.shift().to_string(), output.max_code().to_string()),
            None => ("-".into(), "-".into()),
        };
        text += &format!(
            "| {} | {} | {} | {} | {shift} | {largest} |\n",
            layer.name(),
            super::verilog::WeightFormat::of(layer).rule(),
            layer.input().bits,
            layer.accumulator().bits,
        );
    }
    let exponent = rom.network.layers().first().map_or(0, |layer: &FixedLayer| layer.input().exponent);
    text += &format!(
        "\nThe step of the inputs is 2^{exponent}; a sum of the output layer times {:e} is a score.\n\n\
         Some memories cannot hold a content from the start (iCE40 SPRAM among them): copy the images into them first.\n",
        rom.network.output_step()
    );
    text
}

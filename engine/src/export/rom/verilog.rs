//! The Verilog engine and its testbench: fixed text, with what depends on the network filled in.

use super::Rom;
use super::table::layer_table;
use crate::export::TestVector;
use crate::export::template::fill;
use crate::fixed::{FixedLayer, FixedNetwork};
use crate::memory::banks::BankPlan;
use crate::quant::WeightQuantiser;

/// Numbers that the engine and its testbench share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Widths {
    /// Bits of an input code.
    pub input_bits: u32,
    /// Bits of an activation code in the buffer: the widest of all layers.
    pub code_bits: u32,
    /// Bits of the sums: those of the widest accumulator, and enough for an activation code and a sign.
    pub sum_bits: u32,
}

impl Widths {
    pub fn of(network: &FixedNetwork) -> Self {
        let layers = network.layers();
        let code_bits = layers.iter().map(|layer| layer.input().bits).max().unwrap_or(1);
        let accumulator_bits = layers.iter().map(|layer| layer.accumulator().bits).max().unwrap_or(1);
        Self {
            input_bits: layers.first().map_or(1, |layer| layer.input().bits),
            code_bits,
            sum_bits: accumulator_bits.max(code_bits + 1),
        }
    }
}

/// How weights are stored: their width and the rule that made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WeightFormat {
    pub bits: u32,
    pub is_published: bool,
}

impl WeightFormat {
    pub fn of(layer: &FixedLayer) -> Self {
        let quantiser = layer.codes().quantiser;
        let is_published = matches!(quantiser, WeightQuantiser::Published { .. });
        Self { bits: quantiser.bits(), is_published }
    }

    /// The formats of a network, each once.
    pub fn all(network: &FixedNetwork) -> Vec<Self> {
        let mut formats = Vec::new();
        for format in network.layers().iter().map(Self::of) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    pub fn rule(self) -> &'static str {
        match (self.is_published, self.bits) {
            (true, _) => "two's complement, and one more where that is not negative",
            (false, 1) => "0 is 1, 1 is -1",
            _ => "two's complement",
        }
    }

    /// The level of a stored word `raw` as a Verilog expression of `LEVEL_BITS` bits.
    fn level(self, raw: &str) -> String {
        let bits = self.bits;
        let top = bits - 1;
        let signed = format!("{{{{(LEVEL_BITS-{bits}){{{raw}[{top}]}}}}, {raw}}}");
        match (self.is_published, bits) {
            (true, _) => {
                format!("{raw}[{top}] ? {signed} : {{{{(LEVEL_BITS-{bits}){{1'b0}}}}, {raw}}} + 1'b1")
            }
            (false, 1) => format!("{raw}[0] ? {{LEVEL_BITS{{1'b1}}}} : {{{{(LEVEL_BITS-1){{1'b0}}}}, 1'b1}}"),
            _ => signed,
        }
    }
}

/// Bits that hold the numbers 0 to `largest`.
pub(super) fn bits_of(largest: u64) -> u32 {
    (u64::BITS - largest.leading_zeros()).max(1)
}

/// `engine.v`.
pub(super) fn engine(rom: &Rom<'_>) -> String {
    let widths = rom.widths;
    let values = [
        ("MULTIPLIERS", rom.plan.spec.multipliers.to_string()),
        ("IN_TOP", (widths.input_bits - 1).to_string()),
        ("SUM_TOP", (widths.sum_bits - 1).to_string()),
        ("CONSTANTS", constants(rom)),
        ("LAYERS", layer_table(rom)),
        ("BANK_WORDS", bank_words(rom.plan)),
        ("GROUPS", groups(rom.plan)),
        ("BANKS", banks(rom.plan)),
        ("WINDOWS", windows(rom)),
        ("RAW", raw_weights(rom)),
        (
            "WEIGHTS",
            format_arms(rom, |number, format| {
                let bits = format.bits;
                format!("weights = window_{number}[position +: MULTIPLIERS*{bits}];\n")
            }),
        ),
        (
            "LEVELS",
            format_arms(rom, |number, format| {
                let (bits, level) = (format.bits, format.level(&format!("raw_{number}")));
                format!(
                    "begin\n                        raw_{number} = weights[lane*{bits} +: {bits}];\n                        level = {level};\n                    end\n"
                )
            }),
        ),
    ];
    // The line ends of the template stay.
    fill(
        include_str!("templates/engine.v"),
        &values.map(|(name, value)| (name, value.trim_end().to_string())),
    )
}

/// `bank_rom.v`.
pub(super) fn bank_rom() -> &'static str {
    include_str!("templates/bank_rom.v")
}

/// `testbench.v`.
pub(super) fn testbench(rom: &Rom<'_>, vectors: &[TestVector]) -> String {
    fill(
        include_str!("templates/testbench.v"),
        &[
            ("VECTORS", vectors.len().to_string()),
            ("INPUTS", rom.network.num_inputs().to_string()),
            ("OUTPUTS", rom.network.num_outputs().to_string()),
            ("CYCLES", rom.plan.cycles.total.to_string()),
            ("IN_TOP", (rom.widths.input_bits - 1).to_string()),
            ("SUM_TOP", (rom.widths.sum_bits - 1).to_string()),
        ],
    )
}

fn constants(rom: &Rom<'_>) -> String {
    let (plan, spec, widths) = (rom.plan, rom.plan.spec, rom.widths);
    let side_bits = plan.side_by_side * spec.word_bits;
    let formats = WeightFormat::all(rom.network);
    let level_bits = formats.iter().map(|format| format.bits).max().unwrap_or(1) + 1;
    let parts = widths.sum_bits.div_ceil(spec.word_bits);
    let layers = rom.network.layers();
    let structures = layers.iter().map(|layer| &layer.pattern().structure);
    let largest_dim = structures.map(|s| s.in_features.max(s.out_features)).max().unwrap_or(1) as u64;
    let max_rows = layers.iter().map(|layer| layer.pattern().rows_of(0)).max().unwrap_or(1);
    let buffer_words = 2 * plan.activation_buffer.words_per_half;
    let rows = [
        ("INPUTS", rom.network.num_inputs() as u64, "codes that the network reads"),
        ("MULTIPLIERS", spec.multipliers.into(), "the layout of the banks follows from it"),
        ("WORD_BITS", spec.word_bits.into(), "of a bank"),
        ("DEPTH", spec.depth.into(), "words of a bank"),
        ("SIDES", plan.side_by_side.into(), "banks that are read at once"),
        ("BANKS", plan.banks_needed, ""),
        ("CODE_BITS", widths.code_bits.into(), "of an activation"),
        ("LEVEL_BITS", level_bits.into(), "of a weight once decoded"),
        ("PRODUCT_BITS", (level_bits + widths.code_bits + 1).into(), ""),
        ("SUM_BITS", widths.sum_bits.into(), "hold every partial sum of every layer"),
        ("PARTS", parts.into(), "words of the widest bias at most"),
        ("MAX_ROWS", max_rows as u64, "rows of the largest block: accumulators"),
        (
            "HALF_WORDS",
            plan.activation_buffer.words_per_half,
            "of MULTIPLIERS activations in half of the buffer",
        ),
        (
            "FIRST_COLS",
            layers.first().map_or(1, |layer| layer.pattern().cols_of(0)) as u64,
            "columns of a block of the first layer",
        ),
        (
            "DIM_BITS",
            bits_of(largest_dim.max(spec.multipliers.into()) + 1).into(),
            "count rows, columns and blocks",
        ),
        (
            "WORD_NUMBER_BITS",
            bits_of(plan.num_words + 4 * u64::from(plan.side_by_side)).into(),
            "number the words of all banks",
        ),
        ("ADDRESS_BITS", bits_of(u64::from(spec.depth) - 1).into(), "number the words of a bank"),
        ("BUFFER_BITS", bits_of(buffer_words).into(), "number the words of the buffer"),
        ("SHIFT_BITS", bits_of(4 * u64::from(side_bits)).into(), "number the bits of what is read"),
        ("PART_BITS", bits_of(parts.into()).into(), ""),
        ("LAYER_BITS", bits_of(layers.len() as u64 - 1).into(), ""),
        ("FORMAT_BITS", bits_of(formats.len() as u64 - 1).into(), ""),
    ];
    let line = |(name, value, about): &(&str, u64, &str)| {
        let text = format!("    localparam {name} = {value};");
        if about.is_empty() { text + "\n" } else { format!("{text:<50}// {about}\n") }
    };
    rows.iter().map(line).collect()
}

/// The words that the banks give.
fn bank_words(plan: &BankPlan) -> String {
    (0..plan.banks_needed).map(|bank| format!("    wire [WORD_BITS-1:0] word_{bank};\n")).collect()
}

/// The banks that are read at once, side by side; the last group is the default.
fn groups(plan: &BankPlan) -> String {
    let side = u64::from(plan.side_by_side);
    let num_groups = plan.banks_needed / side;
    let arm = |group: u64| {
        let label = if group + 1 == num_groups { "default".to_string() } else { group.to_string() };
        let words: Vec<_> = (0..side).rev().map(|turn| format!("word_{}", group * side + turn)).collect();
        format!("            {label}: wide = {{{}}};\n", words.join(", "))
    };
    (0..num_groups).map(arm).collect()
}

fn banks(plan: &BankPlan) -> String {
    let bank = |number: u64| {
        format!(
            "    bank_rom #(.WORD_BITS(WORD_BITS), .DEPTH(DEPTH), .ADDRESS_BITS(ADDRESS_BITS), .IMAGE(\"{}\"))\n        bank_{number} (.clk(clk), .enable(!is_idle && group == {}), .address(address), .word(word_{number}));\n",
            super::bank_file(number),
            number / u64::from(plan.side_by_side)
        )
    };
    (0..plan.banks_needed).map(bank).collect()
}

/// For each format, the window of what was read, without the bits between the weights of one word and the next.
fn windows(rom: &Rom<'_>) -> String {
    let (side, width) = (rom.plan.side_by_side, rom.plan.spec.word_bits);
    let window = |(number, format): (usize, &WeightFormat)| {
        let span = width / format.bits * format.bits;
        let pieces = |name: &str| {
            let piece = |turn: u32| format!("{name}[{} +: {span}]", turn * width);
            (0..side).rev().map(piece).collect::<Vec<_>>().join(", ")
        };
        format!(
            "    // Format {number}: {} bits, {}.\n    wire [{}:0] window_{number} = {{{}, {}}};\n",
            format.bits,
            format.rule(),
            2 * side * span - 1,
            pieces("wide"),
            pieces("low"),
        )
    };
    WeightFormat::all(rom.network).iter().enumerate().map(window).collect()
}

/// For each format, a weight as it is stored.
fn raw_weights(rom: &Rom<'_>) -> String {
    let formats = WeightFormat::all(rom.network);
    let raw =
        |(number, format): (usize, &WeightFormat)| format!("    reg [{}:0] raw_{number};\n", format.bits - 1);
    formats.iter().enumerate().map(raw).collect()
}

/// One `case` arm per format; the last one is the default.
fn format_arms(rom: &Rom<'_>, statement: impl Fn(usize, WeightFormat) -> String) -> String {
    let formats = WeightFormat::all(rom.network);
    let arm = |(number, format): (usize, &WeightFormat)| {
        let label = if number + 1 == formats.len() { "default".to_string() } else { number.to_string() };
        format!("                    {label}: {}", statement(number, *format))
    };
    formats.iter().enumerate().map(arm).collect()
}

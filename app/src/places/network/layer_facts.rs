//! What comes of the settings of one layer: shape, blocks, density, fan-in, memory.

use egui::{RichText, Ui};
use engine::protocol::LayerView;

use crate::numbers;
use crate::theme::{Theme, text};
use crate::widgets::{fact_ui, section};

/// How the width of an accumulator is computed.
pub const ACCUMULATOR_HOW: &str = "With F inputs per unit at most, the sum of products is no larger than \
    M = F × largest weight level × largest input code; the bias is no larger than M, and neither is the rounding. \
    1 + bits(3 M) bits hold every partial sum, whatever the weights will be. Biases are stored at this width.";

/// Draws the facts of the selected layer.
pub fn ui(ui: &mut Ui, theme: &Theme, layer: &LayerView) {
    section(ui, "What comes of it");
    let structure = &layer.pattern.structure;
    let whole = |value: usize| numbers::whole(value as u64);
    fact_ui(
        ui,
        "Weights",
        format!("{} × {}", whole(structure.out_features), whole(structure.in_features)),
        "Outputs times inputs of the layer",
    );
    fact_ui(
        ui,
        "Blocks",
        format!("{} rows × {} columns", whole(structure.block_rows()), whole(structure.block_cols())),
        "R = ceil(out/b), C = ceil(in/b), innermost level",
    );
    fact_ui(
        ui,
        "Kept blocks",
        whole(layer.pattern.num_blocks()),
        "Blocks that are stored, trained and multiplied",
    );
    fact_ui(ui, "Density", numbers::percent(layer.density_achieved, 2), "Kept weights over all weights");
    fact_ui(
        ui,
        "Requested",
        numbers::percent(layer.density_requested, 2),
        "Product of 1 − p over the levels",
    );
    if !layer.density_reason.is_empty() {
        ui.label(text::small(&layer.density_reason));
    }
    let (low, high) = layer.fan_in;
    let fan_in = if low == high {
        numbers::whole(low.into())
    } else {
        format!("{} to {}", numbers::whole(low.into()), numbers::whole(high.into()))
    };
    fact_ui(ui, "Fan-in", fan_in, "Inputs of one unit: accumulations per output");
    fact_ui(
        ui,
        "Weights × activations",
        super::widths_text(layer),
        "Width of a kept weight, and of each number that the layer reads",
    );
    let accumulator =
        layer.accumulator_bits.map_or_else(|| "float".into(), |bits| format!("{bits}\u{2009}bits"));
    fact_ui(ui, "Accumulator", accumulator, ACCUMULATOR_HOW);
    let marked = |count: u32, color| {
        let text = RichText::new(numbers::whole(count.into()));
        if count > 0 { text.color(color) } else { text }
    };
    fact_ui(
        ui,
        "Dead units",
        marked(layer.dead_units, theme.palette.error),
        "Outputs without any live input: stored and never useful",
    );
    fact_ui(
        ui,
        "Unused inputs",
        marked(layer.unused_inputs, theme.palette.warning),
        "Inputs that no kept block reads",
    );
    fact_ui(
        ui,
        "Memory",
        numbers::bytes_from_bits(layer.bits.total),
        "Weights, index and biases of this layer",
    );
    fact_ui(
        ui,
        "Smaller than fp32",
        numbers::factor(layer.bits.dense_fp32 as f64 / layer.bits.total.max(1) as f64),
        "Against this layer dense with 32-bit floats",
    );
}

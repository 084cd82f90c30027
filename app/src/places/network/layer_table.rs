//! Layer by layer: shape, blocks, density, fan-in, and bits, with the total.

use egui::{Grid, RichText, Ui};
use engine::protocol::{LayerView, NetworkView};

use super::layer_facts::ACCUMULATOR_HOW;
use super::layer_picture::method_of;
use crate::numbers::{self, THIN_SPACE};
use crate::theme::{Theme, size};

const COLUMNS: [(&str, &str); 14] = [
    ("Layer", ""),
    ("Outputs × inputs", "Shape of the weight matrix"),
    ("Kept blocks", "Kept innermost blocks of all innermost blocks"),
    ("Density", "Kept weights over all weights"),
    ("Requested", "Product of 1 − p over the levels"),
    ("Fan-in", "Smallest and largest number of inputs of one unit"),
    ("Bits", "Width of a kept weight × width of each number that the layer reads"),
    ("Accumulator", ACCUMULATOR_HOW),
    ("Dead units", "Outputs without any live input"),
    ("Unused inputs", "Inputs that no kept block reads"),
    ("Weights", "Kept weights times their bits"),
    ("Index", "ceil(log2 C) bits per kept block, level by level"),
    ("Biases", "At the width of the accumulator; 32 bits each in floating point"),
    ("Of dense fp32", "Bits of this layer over its bits when dense in 32-bit floating point"),
];

/// Draws the table.
pub fn ui(ui: &mut Ui, network: &NetworkView, theme: &Theme) {
    Grid::new("layers").num_columns(COLUMNS.len()).spacing([size::GROUP, size::HALF]).show(ui, |ui| {
        for (name, how) in COLUMNS {
            let label = ui.label(RichText::new(name).small().weak());
            if !how.is_empty() {
                label.on_hover_text(how);
            }
        }
        ui.end_row();
        for layer in &network.layers {
            layer_ui(ui, layer, theme);
        }
        total_ui(ui, network);
    });
}

fn layer_ui(ui: &mut Ui, layer: &LayerView, theme: &Theme) {
    let structure = &layer.pattern.structure;
    ui.label(RichText::new(&layer.name).color(theme.method(method_of(&layer.pattern))));
    ui.label(format!("{} × {}", structure.out_features, structure.in_features));
    let all = (structure.block_rows() * structure.block_cols()) as u64;
    ui.label(format!("{} of {}", numbers::whole(layer.pattern.num_blocks() as u64), numbers::whole(all)));
    let density = ui.label(numbers::percent(layer.density_achieved, 2));
    if !layer.density_reason.is_empty() {
        density.on_hover_text(&layer.density_reason);
    }
    ui.label(numbers::percent(layer.density_requested, 2));
    ui.label(match layer.fan_in {
        (low, high) if low == high => numbers::whole(low.into()),
        (low, high) => format!("{} to {}", numbers::whole(low.into()), numbers::whole(high.into())),
    });
    ui.label(super::widths_text(layer));
    ui.label(layer.accumulator_bits.map_or_else(|| "float".into(), |bits| format!("{bits}{THIN_SPACE}bit")));
    counted_ui(ui, layer.dead_units, theme.palette.error);
    counted_ui(ui, layer.unused_inputs, theme.palette.warning);
    bits_ui(ui, layer.bits.weights);
    bits_ui(ui, layer.bits.index);
    bits_ui(ui, layer.bits.biases);
    ui.label(numbers::percent(layer.bits.total as f64 / layer.bits.dense_fp32.max(1) as f64, 1));
    ui.end_row();
}

fn counted_ui(ui: &mut Ui, count: u32, color: egui::Color32) {
    let text = RichText::new(numbers::whole(count.into()));
    ui.label(if count > 0 { text.color(color) } else { text.weak() });
}

fn bits_ui(ui: &mut Ui, bits: u64) {
    let exact = format!("{}{THIN_SPACE}bits", numbers::whole(bits));
    ui.label(numbers::bytes_from_bits(bits)).on_hover_text(exact);
}

fn total_ui(ui: &mut Ui, network: &NetworkView) {
    let sum = |value: fn(&LayerView) -> u64| network.layers.iter().map(value).sum::<u64>();
    ui.label("Network");
    ui.label(format!("{} weights", numbers::whole(network.dense_macs)));
    ui.label(format!("{} kept", numbers::whole(network.macs)));
    ui.label(numbers::percent(network.density_achieved, 2));
    ui.label(numbers::percent(network.density_requested, 2));
    ui.label("");
    ui.label("");
    ui.label("");
    ui.label(numbers::whole(sum(|layer| layer.dead_units.into())));
    ui.label(numbers::whole(sum(|layer| layer.unused_inputs.into())));
    bits_ui(ui, network.bits.weights);
    bits_ui(ui, network.bits.index);
    bits_ui(ui, network.bits.biases);
    ui.label(numbers::percent(network.bits.total as f64 / network.bits.dense_fp32.max(1) as f64, 1));
    ui.end_row();
}

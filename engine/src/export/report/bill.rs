//! The memory bill, layer by layer and against dense, as a table and as bars.

use super::facts::Facts;
use super::maps::method_class;
use super::markup::{BOX, Cells, Key, Svg, Table, figure, hint, legend, section, text};
use crate::look::Method;
use crate::look::numbers::{self, THIN_SPACE};
use crate::memory::MemoryBits;

const WIDTH: f64 = 960.0;
const ROW: f64 = 28.0;
const BAR: f64 = 16.0;
/// Right end of the names of bars, and of their values.
const NAME_END: f64 = 190.0;
const VALUE_END: f64 = 280.0;
const BARS: f64 = 292.0;

/// One bar of weights, index and biases.
struct Bar {
    name: String,
    method: Method,
    bits: [u64; 3],
}

impl Bar {
    fn of(name: impl Into<String>, method: Method, bits: &MemoryBits) -> Self {
        Self { name: name.into(), method, bits: [bits.weights, bits.index, bits.biases] }
    }

    fn dense(name: &str, bits: u64) -> Self {
        Self { name: name.into(), method: Method::Dense, bits: [bits, 0, 0] }
    }

    fn total(&self) -> u64 {
        self.bits.iter().sum()
    }
}

/// Parts of a bar, and their classes.
const PARTS: [(&str, &str); 3] = [("kept weights", "full"), ("index", "index"), ("biases", "biases")];

/// The section.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let bill = &facts.bill;
    let names = facts.model.plan.layers.iter();
    let layers: Vec<Bar> = names
        .zip(&bill.layers)
        .map(|(layer, bill)| Bar::of(&layer.name, Method::of_pattern(&layer.pattern), &bill.bits))
        .collect();
    let against = [
        Bar::dense("Dense fp64", bill.total.dense_fp64),
        Bar::dense("Dense fp32", bill.total.dense_fp32),
        Bar::of("Element-wise, same density", Method::Elementwise, &bill.elementwise),
        Bar::of(format!("This network ({})", facts.method.name()), facts.method, &bill.total),
    ];
    let method = method_class(facts.method);
    let keys = PARTS.map(|(name, class)| Key {
        class: format!("{method} {class}"),
        path: BOX.into(),
        name: name.into(),
    });
    let biases = match facts.model.plan.is_fixed() {
        true => "biases at the width of their layer's accumulator",
        false => "biases of 32 bits",
    };
    let body = figure(
        "chart",
        &bars("bill-layers", "Memory of each layer", &layers),
        &format!("{} {}", text("Memory of each layer."), legend(&keys)),
    ) + &figure(
        "chart",
        &bars("bill-dense", "Memory of this network against dense and element-wise sparse ones", &against),
        &text(
            "Memory of the whole network against the same network dense, and with as many weights kept one by one.",
        ),
    ) + &table(facts).html()
        + &hint(&format!(
            "Counted are the weights inside kept blocks at their width, the block column of every kept block, and {biases}. Dense networks count every weight and bias."
        ));
    section("memory", "Memory bill", &body)
}

fn exact(bits: u64) -> String {
    format!("{}{THIN_SPACE}bits", numbers::whole(bits))
}

fn bars(id: &str, title: &str, bars: &[Bar]) -> String {
    let largest = bars.iter().map(Bar::total).max().unwrap_or(1).max(1) as f64;
    let height = ROW * bars.len() as f64;
    let words: Vec<String> =
        bars.iter().map(|bar| format!("{}: {}", bar.name, numbers::bytes_from_bits(bar.total()))).collect();
    let description = format!("{}.", words.join("; "));
    let mut svg = Svg::new(id, "plot", [title, &description], [WIDTH, height], [0.0, 0.0, WIDTH, height]);
    for (index, bar) in bars.iter().enumerate() {
        let top = ROW * index as f64 + (ROW - BAR) / 2.0;
        let baseline = top + BAR / 2.0 + 4.0;
        svg.text("end", [NAME_END, baseline], &bar.name);
        svg.text("end value", [VALUE_END, baseline], &numbers::bytes_from_bits(bar.total()));
        let mut left = BARS;
        for (bits, (name, class)) in bar.bits.iter().zip(PARTS) {
            let width = (WIDTH - BARS) * *bits as f64 / largest;
            if *bits > 0 {
                // A gap keeps neighbours apart without relying on their shades.
                let (from, to) = (left, left + (width - 1.0).max(0.5));
                let path = format!("M{from:.2} {top}H{to:.2}V{}H{from:.2}z", top + BAR);
                let name = if bar.method == Method::Dense { "weights and biases" } else { name };
                svg.named_path(
                    &format!("{} {class}", method_class(bar.method)),
                    &path,
                    &format!("{}, {name}: {}", bar.name, exact(*bits)),
                );
            }
            left += width;
        }
    }
    svg.finish()
}

fn table(facts: &Facts<'_>) -> Table {
    let bill = &facts.bill;
    let row = |name: &str, kept: u64, widths: String, bits: &MemoryBits| {
        vec![
            name.to_string(),
            numbers::whole(kept),
            widths,
            numbers::whole(bits.weights),
            numbers::whole(bits.index),
            numbers::whole(bits.biases),
            numbers::whole(bits.total),
            numbers::bytes_from_bits(bits.total),
            numbers::bytes_from_bits(bits.dense_fp32),
            numbers::factor(bits.reduction_vs_fp32()),
        ]
    };
    let layers = facts.model.plan.layers.iter().zip(&bill.layers);
    let rows = layers
        .map(|(layer, bill)| row(&layer.name, bill.kept_weights, layer.weight_bits.to_string(), &bill.bits));
    let headings = [
        "Layer",
        "Kept weights",
        "Bits each",
        "Weights (bits)",
        "Index (bits)",
        "Biases (bits)",
        "Sum (bits)",
        "Memory",
        "Dense fp32",
        "Smaller",
    ];
    Table {
        caption: format!(
            "Memory bill: {}{THIN_SPACE}bytes in all",
            numbers::whole(bill.total.total.div_ceil(8))
        ),
        cells: Cells::Numbers,
        headings: headings.map(String::from).to_vec(),
        rows: rows.collect(),
        total: Some(row("all layers", facts.model.plan.macs(), String::new(), &bill.total)),
    }
}

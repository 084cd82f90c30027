//! Widths and scales of every number of the network, layer by layer.

use super::facts::Facts;
use super::markup::{Cells, Table, hint, section};
use crate::fixed::FixedNetwork;

const UNKNOWN: &str = "–";

/// The section.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let headings = [
        "Layer",
        "Weight bits",
        "Weight exponent",
        "Activation bits",
        "Activation exponent",
        "Accumulator bits",
        "Accumulator exponent",
        "Shift to the output",
    ];
    let rows = match &facts.fixed {
        Some(fixed) => fixed_rows(fixed),
        None => float_rows(facts),
    };
    let table = Table {
        caption: "Widths of weights, activations and accumulators".into(),
        cells: Cells::Numbers,
        headings: headings.map(String::from).to_vec(),
        rows,
        total: None,
    };
    let told = match (&facts.fixed, facts.model.plan.is_fixed()) {
        (Some(_), _) => {
            "An integer n with exponent e stands for n × 2^e. Activations are what a layer reads: two's complement (signed) for the first layer, unsigned behind a rectifier. The accumulator holds every partial sum in any order; a shift to the right makes it the activation of the next layer, and the last layer gives its sums."
        }
        (None, true) => {
            "Weights and activations have fixed-point widths, but the activations of this model were not calibrated, so it computes in floating point; `coarsegrain quantise` calibrates them."
        }
        (None, false) => {
            "Widths of 32 bits are floating point, which has no exponents to list; the network does not compute in integers."
        }
    };
    section("widths", "Widths", &(table.html() + &hint(told)))
}

fn fixed_rows(network: &FixedNetwork) -> Vec<Vec<String>> {
    let layers = network.layers().iter();
    layers
        .map(|layer| {
            let (quantiser, input, sums) = (layer.codes().quantiser, layer.input(), layer.accumulator());
            let sign = if input.is_signed { "signed" } else { "unsigned" };
            vec![
                layer.name().to_string(),
                quantiser.bits().to_string(),
                exponent(quantiser.exponent()),
                format!("{} {sign}", input.bits),
                exponent(input.exponent),
                sums.bits.to_string(),
                exponent(sums.exponent),
                layer.output().map_or_else(|| UNKNOWN.into(), |_| layer.shift().to_string()),
            ]
        })
        .collect()
}

fn float_rows(facts: &Facts<'_>) -> Vec<Vec<String>> {
    let width = |bits: u32| if bits > 16 { format!("{bits} float") } else { bits.to_string() };
    let unknown = || UNKNOWN.to_string();
    let layers = facts.model.plan.layers.iter();
    layers
        .map(|layer| {
            vec![
                layer.name.clone(),
                width(layer.weight_bits),
                unknown(),
                width(layer.activation_bits),
                unknown(),
                unknown(),
                unknown(),
                unknown(),
            ]
        })
        .collect()
}

/// A number with a minus sign that is as wide as a digit.
fn exponent(value: i32) -> String {
    if value < 0 { format!("−{}", value.unsigned_abs()) } else { value.to_string() }
}

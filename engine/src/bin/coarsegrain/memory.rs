//! `coarsegrain memory`: the bill of a network, without training it.

use std::path::PathBuf;

use engine::memory::MemoryBits;
use engine::memory::banks::BankPlan;
use engine::model::{NetworkPlan, network_view};
use engine::protocol::{LayerView, NetworkView};
use engine::settings::config_hash;
use serde_json::json;

use crate::arguments::{SetArgs, load_config};
use crate::banks::{self, BankArgs, EnergyArgs};
use crate::output::{Usage, print_line};

/// Arguments of `coarsegrain memory`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A configuration file, a run folder or an experiment folder.
    config: PathBuf,
    #[command(flatten)]
    set: SetArgs,
    /// Lay the network into memory banks: words, fill, cycles and energy.
    #[arg(long)]
    banks: bool,
    #[command(flatten)]
    bank_args: BankArgs,
    #[command(flatten)]
    energy: EnergyArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the bill, or what memory banks hold.
pub fn run(args: Args) -> anyhow::Result<()> {
    let config = load_config(&args.config, &args.set)?;
    if args.banks || args.bank_args.is_given() || args.energy.is_given() {
        let network = NetworkPlan::from_config(&config)?;
        let table = args.energy.table()?;
        let plan = BankPlan::of(&network, args.bank_args.spec()?, &table)?;
        return match args.json {
            true => print_line(&serde_json::to_string_pretty(&plan)?),
            false => print_line(banks::text_of(&plan, &table).trim_end()),
        };
    }
    let network = network_view(&config).map_err(Usage)?;
    match args.json {
        true => print_line(&serde_json::to_string_pretty(&json_of(&network, &config_hash(&config)))?),
        false => print_line(text_of(&network).trim_end()),
    }
}

fn bits_json(bits: &MemoryBits) -> serde_json::Value {
    json!({
        "weights": bits.weights,
        "index": bits.index,
        "biases": bits.biases,
        "total": bits.total,
        "dense_fp32": bits.dense_fp32,
        "dense_fp64": bits.dense_fp64,
    })
}

fn json_of(network: &NetworkView, hash: &str) -> serde_json::Value {
    let layers: Vec<_> = network.layers.iter().map(layer_json).collect();
    let widths = network.layers.iter().map(|layer| layer.weight_bits);
    json!({
        "memory_bits": bits_json(&network.bits),
        "without_index_bits": bits_json(&network.bits.without_index()),
        "elementwise_bits": bits_json(&network.elementwise),
        "density_requested": network.density_requested,
        "density_achieved": network.density_achieved,
        "reduction_vs_fp32": network.bits.reduction_vs_fp32(),
        "reduction_vs_fp64": network.bits.reduction_vs_fp64(),
        "weight_bits": widths.clone().next(),
        "macs_per_inference": network.macs,
        "dense_macs": network.dense_macs,
        "layers": layers,
        "warnings": network.warnings,
        "config_hash": hash,
    })
}

fn layer_json(layer: &LayerView) -> serde_json::Value {
    let structure = &layer.pattern.structure;
    json!({
        "name": layer.name,
        "out_features": structure.out_features,
        "in_features": structure.in_features,
        "block": structure.levels.iter().map(|level| level.block).collect::<Vec<_>>(),
        "drop": structure.levels.iter().map(|level| level.drop).collect::<Vec<_>>(),
        "selection": structure.selection,
        "block_rows": structure.block_rows(),
        "block_cols": structure.block_cols(),
        "kept_blocks": layer.pattern.num_blocks(),
        "kept_weights": layer.kept_weights,
        "weight_bits": layer.weight_bits,
        "density_requested": layer.density_requested,
        "density_achieved": layer.density_achieved,
        "density_reason": layer.density_reason,
        "fan_in_min": layer.fan_in.0,
        "fan_in_max": layer.fan_in.1,
        "dead_units": layer.dead_units,
        "unused_inputs": layer.unused_inputs,
        "memory_bits": bits_json(&layer.bits),
        "elementwise_bits": bits_json(&layer.elementwise),
    })
}

fn text_of(network: &NetworkView) -> String {
    let mut text = format!(
        "{:<10} {:>11} {:>11} {:>9} {:>9} {:>4} {:>12} {:>10} {:>10} {:>12}\n",
        "layer", "size", "kept", "requested", "achieved", "bits", "weights", "index", "biases", "total bits"
    );
    for layer in &network.layers {
        let structure = &layer.pattern.structure;
        text += &row(
            &layer.name,
            &format!("{}x{}", structure.out_features, structure.in_features),
            layer.kept_weights,
            (layer.density_requested, layer.density_achieved),
            &layer.weight_bits.to_string(),
            &layer.bits,
        );
    }
    let densities = (network.density_requested, network.density_achieved);
    text += &row("network", "", network.macs, densities, "", &network.bits);
    let bits = &network.bits;
    text += &format!(
        "\nthis model      {} ({:.1}x under dense fp32, {:.1}x under dense fp64)\n",
        bytes(bits.total),
        bits.reduction_vs_fp32(),
        bits.reduction_vs_fp64()
    );
    text += &format!(
        "  without biases {} ({:.1}x under the dense fp32 weights)\n",
        bytes(bits.weights + bits.index),
        (network.dense_macs * 32) as f64 / (bits.weights + bits.index).max(1) as f64
    );
    text += &format!(
        "  without index  {} (where patterns are drawn again from their seeds: export --seed-index)\n",
        bytes(bits.without_index().total)
    );
    text += &format!("dense fp32      {}\n", bytes(bits.dense_fp32));
    text += &format!("dense fp64      {}\n", bytes(bits.dense_fp64));
    text += &format!(
        "element-wise    {} (as many weights chosen one by one, {} of them index)\n",
        bytes(network.elementwise.total),
        bytes(network.elementwise.index)
    );
    text += &format!("multiplications {} per inference, dense {}\n", network.macs, network.dense_macs);
    let reasons = network.layers.iter().filter(|layer| !layer.density_reason.is_empty());
    for layer in reasons {
        text += &format!("note: {}: {}\n", layer.name, layer.density_reason);
    }
    for warning in &network.warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

fn row(
    name: &str,
    size: &str,
    kept: u64,
    (requested, achieved): (f64, f64),
    width: &str,
    bits: &MemoryBits,
) -> String {
    format!(
        "{name:<10} {size:>11} {kept:>11} {:>7.2} % {:>7.2} % {width:>4} {:>12} {:>10} {:>10} {:>12}\n",
        requested * 100.0,
        achieved * 100.0,
        bits.weights,
        bits.index,
        bits.biases,
        bits.total
    )
}

/// Bits as bytes, whole numbers below a kibibyte.
fn bytes(bits: u64) -> String {
    let bytes = bits.div_ceil(8);
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.2} MiB", bytes as f64 / 1_048_576.0),
    }
}

//! The network of a configuration as a window shows it, before any training.

use std::sync::Arc;

use super::{LayerPlan, NetworkPlan};
use crate::memory::banks::BankPlan;
use crate::memory::{Bill, layer_accumulator_bits};
use crate::protocol::{BankSettings, LayerView, NetworkView, PlanView};
use crate::settings::{Config, Selection};
use crate::sparse::{Connectivity, Density, LayerStructure, drop_steps};

/// Patterns, densities, bill and warnings of a configuration. A few milliseconds for the usual sizes: it can run on
/// every move of a slider.
///
/// # Errors
/// One sentence that says why there is no such network, and what to change.
pub fn network_view(config: &Config) -> Result<NetworkView, String> {
    Ok(view_of(&plan_of(config)?, config))
}

impl PlanView {
    /// What a window shows of a configuration: its network, also in memory banks.
    pub fn of(config: Config, banks: &BankSettings) -> Self {
        let plan = plan_of(&config);
        let laid = match &plan {
            Ok(plan) => BankPlan::of(plan, banks.spec, &banks.energy).map_err(|error| error.to_string()),
            Err(message) => Err(message.clone()),
        };
        let network = plan.map(|plan| view_of(&plan, &config));
        Self { config, network, banks: laid }
    }
}

fn plan_of(config: &Config) -> Result<NetworkPlan, String> {
    config.check().map_err(|error| error.to_string())?;
    NetworkPlan::from_config(config).map_err(|error| error.to_string())
}

fn view_of(plan: &NetworkPlan, config: &Config) -> NetworkView {
    let bill = Bill::of(plan);
    let connectivity = plan.connectivity();
    let layers = plan
        .layers
        .iter()
        .zip(&connectivity)
        .zip(&bill.layers)
        .enumerate()
        .map(|(index, ((layer, connectivity), bill))| {
            let density = layer.pattern.density();
            LayerView {
                name: layer.name.clone(),
                pattern: Arc::clone(&layer.pattern),
                weight_bits: layer.weight_bits,
                activation_bits: layer.activation_bits,
                accumulator_bits: layer_accumulator_bits(plan, index),
                kept_weights: bill.kept_weights,
                density_requested: density.requested,
                density_achieved: density.achieved,
                density_reason: density.reason,
                drop_steps: steps_of(&[&layer.pattern.structure]),
                drop_given: density.nearest_drop,
                fan_in: (connectivity.smallest_fan_in, connectivity.largest_fan_in),
                dead_units: connectivity.dead_units,
                unused_inputs: connectivity.unused_inputs,
                bits: bill.bits,
                elementwise: bill.elementwise,
            }
        })
        .collect();
    NetworkView {
        layers,
        bits: bill.total,
        elementwise: bill.elementwise,
        macs: plan.macs(),
        dense_macs: plan.dense_weights(),
        density_requested: plan.density_requested(),
        density_achieved: plan.density_achieved(),
        drop_steps: steps_of(&followers(plan, config)),
        warnings: warnings(plan),
    }
}

/// By level, outer first: the drop probabilities at which one of these layers changes.
fn steps_of(structures: &[&LayerStructure]) -> Vec<Vec<f64>> {
    let num_levels = structures.iter().map(|structure| structure.levels.len()).max().unwrap_or(0);
    (0..num_levels).map(|level| drop_steps(structures, level)).collect()
}

/// The hidden layers whose levels are those of the network.
fn followers<'a>(plan: &'a NetworkPlan, config: &Config) -> Vec<&'a LayerStructure> {
    let has_own = |index: usize| {
        let of_layer = config.sparsity.layers.iter().find(|exception| exception.layer == index);
        of_layer.is_some_and(|own| own.block.is_some() || own.drop.is_some() || own.selection.is_some())
    };
    let hidden = plan.layers.iter().take(config.model.hidden.len()).enumerate();
    hidden.filter(|(index, _)| !has_own(*index)).map(|(_, layer)| &layer.pattern.structure).collect()
}

/// Share of inputs without a reader, or of units without signal, from which a person should know.
const WORTH_A_WARNING: f64 = 0.02;

/// What should be changed before training, and how; most serious first.
pub(crate) fn warnings(plan: &NetworkPlan) -> Vec<String> {
    let connectivity = plan.connectivity();
    let mut serious = Vec::new();
    let mut others = Vec::new();
    for (index, (layer, found)) in plan.layers.iter().zip(&connectivity).enumerate() {
        let fed_by_dead = index > 0 && connectivity[index - 1].live_outputs.iter().all(|live| !live);
        if found.live_outputs.iter().all(|live| !live) && !fed_by_dead {
            serious.push(disconnected(layer));
        } else if !fed_by_dead {
            others.extend(dead_units(layer, found));
        }
        others.extend(unused_inputs(layer, found, index));
        others.extend(density_gap(layer, &layer.pattern.density()));
    }
    serious.extend(others);
    serious
}

fn disconnected(layer: &LayerPlan) -> String {
    format!(
        "{}: no unit reads a live input, so the network cannot learn. {}",
        capitalised(&layer.name),
        remedy(layer)
    )
}

fn dead_units(layer: &LayerPlan, found: &Connectivity) -> Option<String> {
    let units = layer.pattern.structure.out_features;
    (found.dead_units > 0).then(|| {
        format!(
            "{}: {} of {units} units read no live input and do nothing. {}",
            capitalised(&layer.name),
            found.dead_units,
            remedy(layer)
        )
    })
}

fn unused_inputs(layer: &LayerPlan, found: &Connectivity, index: usize) -> Option<String> {
    let inputs = layer.pattern.structure.in_features;
    let what = if index == 0 { "features" } else { "units of the layer before" };
    (f64::from(found.unused_inputs) > WORTH_A_WARNING * inputs as f64).then(|| {
        format!(
            "{}: {} of {inputs} {what} are read by no kept block and are lost. {}",
            capitalised(&layer.name),
            found.unused_inputs,
            remedy(layer)
        )
    })
}

fn density_gap(layer: &LayerPlan, density: &Density) -> Option<String> {
    let ratio = density.achieved / density.requested.max(1e-9);
    (density.achieved > 0.0 && !(0.8..=1.25).contains(&ratio)).then(|| {
        format!(
            "{}: density {:.1} % instead of the requested {:.1} %. {}",
            capitalised(&layer.name),
            density.achieved * 100.0,
            density.requested * 100.0,
            density.reason
        )
    })
}

fn remedy(layer: &LayerPlan) -> &'static str {
    match layer.pattern.structure.selection {
        Selection::Connected => "Choose smaller blocks or a lower drop probability.",
        _ => "Choose connected selection, smaller blocks, or a lower drop probability.",
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

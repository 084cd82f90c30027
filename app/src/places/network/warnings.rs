//! What should be changed before training, each with the change as a button.

use egui::{RichText, Ui};
use engine::protocol::NetworkView;
use engine::settings::{Config, OneOrMany, Selection};

use crate::context::PlaceContext;
use crate::theme::size;

/// A change that mends the network.
struct Remedy {
    name: &'static str,
    hover: &'static str,
    apply: fn(&mut Config),
}

/// Draws the warnings of the plan and the remedies that fit it.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, network: &NetworkView) {
    if network.warnings.is_empty() {
        return;
    }
    ui.add_space(size::HALF);
    for warning in &network.warnings {
        ui.add(
            egui::Label::new(RichText::new(format!("⚠ {warning}")).color(ctx.theme.palette.warning)).wrap(),
        );
    }
    let remedies = remedies(ctx.config, network);
    if remedies.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for remedy in remedies {
            if ui.button(remedy.name).on_hover_text(remedy.hover).clicked() {
                (remedy.apply)(ctx.config);
            }
        }
    });
}

fn remedies(config: &Config, network: &NetworkView) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    let lost = network.layers.iter().any(|layer| layer.dead_units > 0 || layer.unused_inputs > 0);
    let all_connected = config.sparsity.selection == Selection::Connected
        && config.sparsity.layers.iter().all(|own| own.selection.is_none());
    if lost && !all_connected {
        remedies.push(Remedy {
            name: "Use connected selection",
            hover: "Chooses block columns that carry signal, least used first, at the same density and cost",
            apply: |config| {
                config.sparsity.selection = Selection::Connected;
                config.sparsity.layers.iter_mut().for_each(|own| own.selection = None);
            },
        });
    }
    if lost && config.sparsity.output.drop.to_vec().iter().any(|drop| *drop > 0.0) {
        remedies.push(Remedy {
            name: "Keep the whole output layer",
            hover: "The output layer is small; dropping its blocks cuts off whole hidden units",
            apply: keep_output,
        });
    }
    let can_halve = config.sparsity.block.to_vec().first().is_some_and(|block| *block > 8);
    if lost && can_halve {
        remedies.push(Remedy {
            name: "Halve the block size",
            hover: "More and smaller blocks spread over more units; the index grows",
            apply: halve_blocks,
        });
    }
    remedies
}

fn halve_blocks(config: &mut Config) {
    use super::layer_settings::{Scope, levels, set_levels};
    let halved =
        levels(config, Scope::Hidden).into_iter().map(|(block, drop)| ((block / 2).max(1), drop)).collect();
    set_levels(config, Scope::Hidden, halved);
}

fn keep_output(config: &mut Config) {
    let num_levels = config.sparsity.output.block.to_vec().len();
    config.sparsity.output.drop = OneOrMany::from_slice(&vec![0.0; num_levels]);
}

//! What should be changed before training, each with the change as a button.

use egui::{Align, Label, Layout, RichText, Ui, vec2};
use engine::protocol::NetworkView;
use engine::settings::{Config, OneOrMany, Selection};

use crate::context::PlaceContext;
use crate::theme::{Theme, size, text};

/// A change that mends the network.
struct Remedy {
    name: &'static str,
    hover: &'static str,
    apply: fn(&mut Config),
}

/// Draws the most serious warning, the way to the others, and the remedies that fit, all in one line: the map below
/// shall not move while a slider does.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, network: &NetworkView) {
    ui.add_space(size::HALF);
    let line = vec2(ui.available_width(), size::CONTROL);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(size::CONTROL);
        for remedy in remedies(ctx.config, network).into_iter().rev() {
            if ui.button(remedy.name).on_hover_text(remedy.hover).clicked() {
                (remedy.apply)(ctx.config);
            }
        }
        if network.warnings.len() > 1 {
            let name = format!("All {} warnings", network.warnings.len());
            ui.menu_button(name, |ui| {
                ui.set_max_width(560.0);
                for warning in &network.warnings {
                    ui.add(Label::new(marked(warning, ctx.theme)).wrap().selectable(true));
                }
            });
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| first_ui(ui, ctx.theme, network));
    });
}

/// The first sentence of the first warning; the rest is the remedy, which stands beside it as a button.
fn first_ui(ui: &mut Ui, theme: &Theme, network: &NetworkView) {
    match network.warnings.first() {
        Some(warning) => {
            let fact = warning.find(". ").map_or(warning.as_str(), |end| &warning[..=end]);
            ui.add(Label::new(marked(fact, theme)).truncate().show_tooltip_when_elided(false))
                .on_hover_text(warning);
        }
        None => {
            let lost = network.layers.iter().any(|layer| layer.dead_units > 0 || layer.unused_inputs > 0);
            let text = if lost {
                "Few inputs are lost: under 2 % in every layer."
            } else {
                "Every unit has a live input, and every input is read."
            };
            ui.label(text::small(text));
        }
    }
}

fn marked(warning: &str, theme: &Theme) -> RichText {
    RichText::new(format!("⚠ {warning}")).color(theme.palette.warning)
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

//! The settings of the network, and of the hidden layers or one layer.

use egui::{DragValue, RichText, Slider, Ui};
use engine::protocol::{LayerView, NetworkView};
use engine::settings::{Config, Quantiser, Selection, setting};

use super::drops;
use super::layer_facts::{self, ACCUMULATOR_HOW};
use super::layer_settings::{self as settings, LevelSetting, MAX_BLOCK, Scope};
use crate::context::PlaceContext;
use crate::numbers::{self, THIN_SPACE};
use crate::theme::{size, text};
use crate::widgets::{focus_ring, labelled, section, segmented, setting_row};

const USUAL_BLOCKS: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// Draws the inspector.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, scope: &mut Scope, network: Option<&NetworkView>) {
    sizes_ui(ui, ctx.config, scope);
    let layer = match *scope {
        Scope::Layer(index) => network.and_then(|network| network.layers.get(index)),
        Scope::Hidden => None,
    };
    scope_ui(ui, ctx, scope, layer);
    levels_ui(ui, ctx.config, *scope, network);
    selection_ui(ui, ctx.config, *scope);
    seed_ui(ui, ctx.config, *scope);
    bits_ui(ui, ctx.config, *scope, network);
    if let Some(layer) = layer {
        layer_facts::ui(ui, ctx.theme, layer);
    }
}

pub(super) fn help(key: &str) -> &'static str {
    setting(key).map_or("", |setting| setting.help)
}

fn sizes_ui(ui: &mut Ui, config: &mut Config, scope: &mut Scope) {
    ui.label(text::heading("Layer sizes"));
    ui.add_space(size::HALF);
    let mut removed = None;
    for index in 0..config.model.hidden.len() {
        let name = format!("Units of hidden {}", index + 1);
        setting_row(ui, &name, help("model.hidden"), |ui| {
            let remove = ui.add_enabled(config.model.hidden.len() > 1, egui::Button::new("−"));
            if labelled(remove, &format!("Remove hidden {}", index + 1)).clicked() {
                removed = Some(index);
            }
            let value = DragValue::new(&mut config.model.hidden[index]).range(1..=8192).speed(2.0);
            labelled(ui.add_sized([72.0, size::CONTROL], value), &name);
        });
    }
    if let Some(index) = removed {
        settings::remove_hidden(config, index);
        *scope = Scope::Hidden;
    }
    let full = config.model.hidden.len() >= 16;
    if ui.add_enabled(!full, egui::Button::new("Add hidden layer")).clicked() {
        settings::add_hidden(config);
    }
}

fn scope_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, scope: &mut Scope, layer: Option<&LayerView>) {
    let name = match (*scope, layer) {
        (Scope::Hidden, _) => "All hidden layers".to_string(),
        (Scope::Layer(_), Some(layer)) => format!("Layer {}", layer.name),
        (Scope::Layer(index), None) => format!("Layer {}", index + 1),
    };
    section(ui, &name);
    match *scope {
        Scope::Hidden => {
            ui.label(text::small("Click a layer in the map or the strip to set it alone."));
            let own = ctx.config.sparsity.layers.len();
            if own > 0 {
                ui.horizontal_wrapped(|ui| {
                    let count = numbers::count(own as u64, "layer has", "layers have");
                    ui.label(RichText::new(format!("{count} settings of their own (*).")).small());
                    if ui.small_button("Let all follow").clicked() {
                        ctx.config.sparsity.layers.clear();
                    }
                });
            }
        }
        Scope::Layer(index) => {
            ui.horizontal(|ui| {
                if ui.button("Edit all hidden layers").clicked() {
                    *scope = Scope::Hidden;
                }
                let own = settings::has_own(ctx.config, index);
                if ui.add_enabled(own, egui::Button::new("Follow the others")).clicked() {
                    settings::follow(ctx.config, index);
                }
            });
        }
    }
}

fn levels_ui(ui: &mut Ui, config: &mut Config, scope: Scope, network: Option<&NetworkView>) {
    let old = settings::levels(config, scope);
    let mut levels = old.clone();
    let num_levels = levels.len();
    for index in 0..num_levels {
        ui.add_space(size::STEP);
        let tag = match (num_levels, index) {
            (1, _) => String::new(),
            (_, 0) => ", outer level".into(),
            (n, i) if i + 1 == n => ", inner level".into(),
            _ => format!(", level {}", index + 1),
        };
        let outer = index.checked_sub(1).map(|outer| levels[outer].0);
        block_ui(ui, &format!("Block size{tag}"), &mut levels[index].0, outer);
        let reach = drops::Reach::of(config, scope, network, index);
        drops::ui(ui, &format!("Drop probability{tag}"), &mut levels[index].1, &reach);
    }
    ui.add_space(size::HALF);
    ui.horizontal(|ui| {
        let innermost = levels.last().map_or(1, |level| level.0);
        let can_add = innermost > 1 && num_levels < 3;
        let add = ui.add_enabled(can_add, egui::Button::new("Add inner level"));
        if add.on_hover_text("Hierarchical CGS: drop smaller blocks inside each kept one").clicked() {
            levels.push(inner_of(innermost));
        }
        let remove = ui.add_enabled(num_levels > 1, egui::Button::new("Remove inner level"));
        if remove.clicked() {
            levels.pop();
        }
    });
    if levels != old {
        settings::set_levels(config, scope, levels);
    }
}

fn inner_of(outer: usize) -> LevelSetting {
    ((outer / 8).max(1), 0.5)
}

/// A slider over the usual sizes, and a field for any other.
fn block_ui(ui: &mut Ui, name: &str, block: &mut usize, outer: Option<usize>) {
    let choices = match outer {
        Some(outer) => settings::proper_divisors(outer),
        None => USUAL_BLOCKS.to_vec(),
    };
    setting_row(ui, name, help("sparsity.block"), |ui| {
        let value = DragValue::new(block).range(1..=outer.map_or(MAX_BLOCK, |outer| outer / 2)).speed(0.25);
        labelled(ui.add_sized([72.0, size::CONTROL], value), name);
    });
    let nearest =
        choices.iter().enumerate().min_by_key(|(_, choice)| choice.abs_diff(*block)).map_or(0, |(at, _)| at);
    let mut at = nearest;
    let slider = Slider::new(&mut at, 0..=choices.len().saturating_sub(1)).show_value(false);
    let response = full_width(ui, slider);
    if labelled(response, name).on_hover_text(help("sparsity.block")).changed() && at != nearest {
        *block = choices[at];
    }
}

pub(super) fn full_width(ui: &mut Ui, slider: Slider<'_>) -> egui::Response {
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        let response = ui.add(slider);
        focus_ring(ui, response)
    })
    .inner
}

fn selection_ui(ui: &mut Ui, config: &mut Config, scope: Scope) {
    section(ui, "Selection");
    let mut selection = settings::selection(config, scope);
    let choices = [
        (
            Selection::Balanced,
            "Balanced",
            "Every block row keeps the same number of blocks: the published rule. Hardware reads the same number of words for every output.",
        ),
        (
            Selection::Connected,
            "Connected",
            "Balanced, and block columns that carry signal are taken least used first: no unit and no input is lost while others are read twice. Same cost.",
        ),
        (
            Selection::Independent,
            "Independent",
            "Every block by its own coin. Block rows differ in length, and at high drop units can lose all inputs.",
        ),
    ];
    if segmented(ui, "Selection", &mut selection, &choices) {
        settings::set_selection(config, scope, selection);
    }
}

fn seed_ui(ui: &mut Ui, config: &mut Config, scope: Scope) {
    let mut seed = settings::seed(config, scope);
    let name = if scope == Scope::Hidden { "Seed" } else { "Own seed" };
    let old = seed;
    setting_row(ui, name, help("seed"), |ui| {
        if ui
            .button("Draw again")
            .on_hover_text("Take the next seed: another pattern of the same rule")
            .clicked()
        {
            seed = seed.wrapping_add(1) & i64::MAX as u64;
        }
        let value = DragValue::new(&mut seed).range(0..=i64::MAX as u64).speed(0.1);
        labelled(ui.add_sized([72.0, size::CONTROL], value), name);
    });
    if seed != old {
        settings::set_seed(config, scope, seed);
    }
}

/// A width that can be floating point instead.
struct Width {
    name: &'static str,
    key: &'static str,
    range: std::ops::RangeInclusive<u32>,
    /// Where to start when floating point is left.
    usual: u32,
    float_how: &'static str,
}

const WEIGHTS: Width = Width {
    name: "Weight bits",
    key: "quant.weight_bits",
    range: 1..=16,
    usual: 5,
    float_how: "No rounding in training; costs 32 bits a weight",
};

const ACTIVATIONS: Width = Width {
    name: "Activation bits",
    key: "quant.activation_bits",
    range: 4..=16,
    usual: 8,
    float_how: "Layers read floating point, so the network has no integers to export",
};

fn bits_ui(ui: &mut Ui, config: &mut Config, scope: Scope, network: Option<&NetworkView>) {
    section(ui, "Numbers");
    if let Some(bits) = width_ui(ui, &WEIGHTS, settings::weight_bits(config, scope)) {
        settings::set_weight_bits(config, scope, bits);
    }
    ui.add_space(size::HALF);
    if let Some(bits) = width_ui(ui, &ACTIVATIONS, settings::activation_bits(config, scope)) {
        settings::set_activation_bits(config, scope, bits);
    }
    if let Some(network) = network {
        arithmetic_ui(ui, network);
    }
    ui.add_space(size::HALF);
    quantiser_ui(ui, config);
}

/// A slider and a switch for floating point; another width when one was chosen.
fn width_ui(ui: &mut Ui, width: &Width, old: u32) -> Option<u32> {
    let mut float = old == 32;
    let mut bits = if float { *width.range.end() } else { old };
    setting_row(ui, width.name, help(width.key), |ui| {
        let switch = ui.checkbox(&mut float, "32-bit float").on_hover_text(width.float_how);
        labelled(switch, &format!("{} as 32-bit float", width.name));
        if !float {
            ui.label(format!("{bits}{THIN_SPACE}bits"));
        }
    });
    ui.add_enabled_ui(!float, |ui| {
        let slider = full_width(ui, Slider::new(&mut bits, width.range.clone()).show_value(false));
        labelled(slider, width.name).on_hover_text(help(width.key));
    });
    let new = match (float, old) {
        (true, _) => 32,
        (false, 32) => width.usual,
        (false, _) => bits,
    };
    (new != old).then_some(new)
}

/// One line that says what the widths come to: integers, or why not.
fn arithmetic_ui(ui: &mut Ui, network: &NetworkView) {
    let sums: Vec<u32> = network.layers.iter().filter_map(|layer| layer.accumulator_bits).collect();
    let line = match (sums.iter().min(), sums.iter().max()) {
        (Some(least), Some(most)) if least == most => format!("Integers throughout, sums of {most} bits."),
        (Some(least), Some(most)) => format!("Integers throughout, sums of {least} to {most} bits."),
        _ => "Floating point: a layer has weights or activations without a width.".into(),
    };
    ui.label(text::small(line)).on_hover_text(ACCUMULATOR_HOW);
}

fn quantiser_ui(ui: &mut Ui, config: &mut Config) {
    let choices = [
        (
            Quantiser::PowerOfTwo,
            "Power of two",
            "Rounded to the nearest code, with one shift per layer: what hardware deploys.",
        ),
        (
            Quantiser::Published,
            "Published",
            "Weights in −1 to 1 rounded away from zero, as in the authors' training code.",
        ),
    ];
    ui.label("Quantiser").on_hover_text(help("quant.quantiser"));
    segmented(ui, "Quantiser", &mut config.quant.quantiser, &choices);
}

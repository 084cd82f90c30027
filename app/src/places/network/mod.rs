//! The place Network: which weights will exist, seen and priced before any training.

pub(in crate::places) mod banks;
mod banks_picture;
mod bill;
mod drops;
mod energy_table;
mod inspector;
mod layer_facts;
mod layer_picture;
mod layer_settings;
mod layer_table;
mod map;
mod map_draw;
mod map_hover;
mod map_view;
mod strip;
mod warnings;

use std::sync::Arc;

use egui::{Align, Layout, RichText, Ui, vec2};
use engine::model::PRESETS;
use engine::protocol::{LayerView, NetworkView, PlanView};
use serde::{Deserialize, Serialize};

pub use layer_picture::method_of;
pub use layer_settings::Scope;

use crate::context::{PlaceContext, ShellRequest};
use crate::messages::sentence;
use crate::numbers;
use crate::places::Place;
use crate::theme::{size, text};
use crate::widgets::{primary_button, segmented};

/// What the lower half shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Lower {
    #[default]
    Bill,
    Layers,
    Banks,
}

/// The place Network: what it remembers between frames and, where not skipped, between sessions.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkPlace {
    scope: Scope,
    lower: Lower,
    #[serde(skip)]
    map: map::PatternMap,
    /// The last plan that had a network: drawn on while a new one is being made or cannot be made.
    #[serde(skip)]
    last: Option<Arc<Option<PlanView>>>,
}

impl NetworkPlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        self.follow(ctx);
        header_ui(ui, ctx);
        let failure = match ctx.snapshot.plan.as_ref() {
            Some(PlanView { network: Err(message), .. }) => Some(message.clone()),
            _ => None,
        };
        if let Some(message) = &failure {
            ui.add_space(size::HALF);
            ui.label(RichText::new(format!("⚠ {}", sentence(message))).color(ctx.theme.palette.error));
        }
        let Some(plan) = self.last.clone() else {
            ui.add_space(size::GROUP);
            if failure.is_none() {
                ui.label(text::small("Drawing the patterns…"));
            }
            return;
        };
        let Some(Ok(network)) = plan.as_ref().as_ref().map(|plan| &plan.network) else { return };
        ui.add_space(size::STEP);
        strip::ui(ui, ctx, network, &mut self.scope);
        warnings::ui(ui, ctx, network);
        ui.add_space(size::STEP);
        let room = ui.available_size();
        let lower = (room.y * 0.28).clamp(216.0, 280.0);
        self.map.refresh(ui, &plan, ctx.theme);
        self.map.ui(ui, vec2(room.x, (room.y - lower).max(120.0)), &mut self.scope, ctx.theme);
        ui.add_space(size::STEP);
        self.lower_ui(ui, ctx, plan.as_ref().as_ref());
    }

    fn lower_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, plan: Option<&PlanView>) {
        let Some(PlanView { network: Ok(network), banks, .. }) = plan else { return };
        let choices = [
            (Lower::Bill, "Memory bill", "What the network costs, beside dense and element-wise sparsity"),
            (Lower::Layers, "Layer by layer", "Density, fan-in and bits of each layer"),
            (
                Lower::Banks,
                "Memory banks",
                "What a chip's own memory holds of it, and what an inference costs there",
            ),
        ];
        ui.horizontal(|ui| {
            segmented(ui, "Show", &mut self.lower, &choices);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                bill::legend_ui(ui, ctx.theme, network)
            });
        });
        ui.add_space(size::HALF);
        // The scroll bars run in the margin, clear of the numbers.
        let margin = egui::Margin { right: size::STEP as i8, bottom: size::STEP as i8, ..Default::default() };
        egui::ScrollArea::both().id_salt("lower").auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(margin).show(ui, |ui| match self.lower {
                Lower::Bill => bill::ui(ui, network, ctx.theme),
                Lower::Layers => layer_table::ui(ui, network, ctx.theme),
                Lower::Banks => banks::ui(ui, ctx, network, banks),
            });
        });
    }

    /// Keeps the scope on a layer that exists, and the last plan that had a network.
    fn follow(&mut self, ctx: &PlaceContext<'_>) {
        if let Scope::Layer(layer) = self.scope
            && layer > ctx.config.model.hidden.len()
        {
            self.scope = Scope::Hidden;
        }
        if let Some(PlanView { network: Ok(_), .. }) = ctx.snapshot.plan.as_ref() {
            self.last = Some(ctx.snapshot.plan.clone());
        }
    }

    fn network(&self) -> Option<&NetworkView> {
        self.last.as_deref()?.as_ref()?.network.as_ref().ok()
    }

    /// Shows the memory banks in the lower half.
    pub fn show_banks(&mut self) {
        self.lower = Lower::Banks;
    }

    /// Draws the inspector: the settings of the network, of the hidden layers or of one layer.
    pub fn inspector_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        self.follow(ctx);
        let mut scope = self.scope;
        inspector::ui(ui, ctx, &mut scope, self.network());
        self.scope = scope;
    }
}

fn header_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
    ui.horizontal(|ui| {
        ui.label(text::title("Network"));
        ui.add_space(size::STEP);
        ui.label(RichText::new("Every block that is kept, before any training").weak());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if primary_button(ui, ctx.theme, "Go to training").clicked() {
                ctx.ask(ShellRequest::GoTo(Place::Train));
            }
            ui.menu_button("Presets", |ui| {
                for preset in PRESETS {
                    if ui.button(preset.name).on_hover_text(preset.note).clicked() {
                        apply_preset(ctx, preset.settings);
                    }
                }
            });
        });
    });
}

/// Applies a preset to a copy first, so that it is taken over whole or not at all.
fn apply_preset(ctx: &mut PlaceContext<'_>, settings: &[(&str, &str)]) {
    let mut config = ctx.config.clone();
    config.sparsity.layers.clear();
    let applied = settings.iter().try_for_each(|(key, value)| config.set(key, value));
    match applied.and_then(|()| config.check()) {
        Ok(()) => *ctx.config = config,
        Err(error) => ctx.messages.error(format!("The preset cannot be applied: {error}.")),
    }
}

/// Widths of a layer's weights and of what it reads: floats where any layer of the network computes in them.
fn widths_text(layer: &LayerView) -> String {
    let activation_bits = layer.accumulator_bits.map_or(32, |_| layer.activation_bits);
    numbers::bit_widths(layer.weight_bits, activation_bits)
}

/// Achieved density, and the requested one where it differs.
fn density_text(layer: &LayerView) -> String {
    let achieved = numbers::percent(layer.density_achieved, 1);
    if (layer.density_achieved - layer.density_requested).abs() < 0.0005 {
        format!("density {achieved}")
    } else {
        format!("density {achieved}, {} requested", numbers::percent(layer.density_requested, 1))
    }
}

//! The inspector of Live: models, and how scores become detections.

use egui::Slider;
use engine::protocol::Command;
use engine::settings::{DetectConfig, setting};

use super::LivePlace;
use crate::context::{ModelSlot, PlaceContext};
use crate::places::model_choice::ModelChoice;
use crate::places::model_picker;
use crate::theme::{size, text};
use crate::{numbers, widgets};

impl LivePlace {
    pub(super) fn models_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        ui.label(text::heading("Models"));
        ui.add_space(size::HALF);
        let fixed = [ModelChoice::BuiltInDense, ModelChoice::BuiltInCompressed, ModelChoice::None];
        let [first, second] = &mut self.models;
        let filter = &mut self.filter;
        let slots = [ModelSlot::LiveFirst, ModelSlot::LiveSecond];
        let first = model_picker::ui(ui, ctx, ("First model", slots[0]), &fixed, first, filter);
        let second = model_picker::ui(ui, ctx, ("Second model", slots[1]), &fixed, second, filter);
        if (first || second) && ctx.snapshot.live.listening {
            self.start(ctx);
        }
    }

    pub(super) fn detection_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        widgets::section(ui, "Detection");
        let before = ctx.config.detect.clone();
        let detect = &mut ctx.config.detect;
        let unit = format!("{}ms", numbers::THIN_SPACE);
        row(ui, "detect.threshold", Slider::new(&mut detect.threshold, 0.0..=1.0).fixed_decimals(2));
        let smooth = Slider::new(&mut detect.smooth_ms, 0.0..=2000.0);
        row(ui, "detect.smooth_ms", smooth.step_by(50.0).suffix(&unit));
        let refractory = Slider::new(&mut detect.refractory_ms, 0.0..=3000.0);
        row(ui, "detect.refractory_ms", refractory.step_by(50.0).suffix(&unit));
        row(ui, "detect.isolation", Slider::new(&mut detect.isolation, 0.0..=1.0).fixed_decimals(2));
        if *detect != DetectConfig::default() && ui.button("Back to defaults").clicked() {
            *detect = DetectConfig { hop_ms: detect.hop_ms, ..DetectConfig::default() };
        }
        if ctx.config.detect != before && ctx.snapshot.live.listening {
            ctx.send(Command::SetDetection(ctx.config.detect.clone()));
        }
    }
}

/// A slider with name and help of its setting above it.
fn row(ui: &mut egui::Ui, key: &str, slider: Slider<'_>) {
    let Some(setting) = setting(key) else { return };
    ui.label(setting.name).on_hover_text(setting.help);
    ui.scope(|ui| {
        // The value keeps its width, so that the rail does not move while it is dragged.
        ui.spacing_mut().interact_size.x = 72.0;
        ui.spacing_mut().slider_width = ui.available_width() - 72.0 - size::STEP;
        let response = ui.add(slider);
        widgets::labelled(widgets::focus_ring(ui, response), setting.name).on_hover_text(setting.help);
    });
}

//! One card per model: the word it has heard last, large, and what the model costs.

use egui::{Color32, FontFamily, FontId, RichText, Sense, vec2};
use engine::protocol::{LiveDetection, LiveModel, LiveView, RunsView};

use super::choice::{colours, method};
use crate::numbers;
use crate::theme::{MEDIUM, Method, Theme, size, text};

/// How long a word stays at full strength, in seconds of the stream.
const FRESH_SECS: f64 = 2.0;

/// Draws the cards side by side.
pub(super) fn ui(ui: &mut egui::Ui, theme: &Theme, live: &LiveView, runs: &RunsView) {
    let count = live.models.len().max(1);
    ui.spacing_mut().item_spacing.x = size::MARGIN;
    ui.columns(count, |uis| {
        let colours = colours(theme, &live.models, runs);
        for (index, ((ui, model), colour)) in uis.iter_mut().zip(&live.models).zip(colours).enumerate() {
            let heard = live.detections.iter().rev().find(|detection| detection.model == index);
            let method = method(&model.source, runs);
            // Dense is neutral; as a large word that is the colour of text, or it would look faded.
            let word = if method == Method::Dense { theme.palette.text } else { colour };
            card_ui(ui, theme, live, model, heard, [colour, word]);
        }
    });
}

fn card_ui(
    ui: &mut egui::Ui,
    theme: &Theme,
    live: &LiveView,
    model: &LiveModel,
    heard: Option<&LiveDetection>,
    [colour, word]: [Color32; 2],
) {
    ui.spacing_mut().item_spacing = vec2(size::STEP, size::HALF);
    egui::Frame::new()
        .fill(theme.palette.raised)
        .corner_radius(size::ROUNDING)
        .inner_margin(size::STEP)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                let (swatch, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                ui.painter().rect_filled(swatch, 2.0, colour);
                ui.add(egui::Label::new(text::heading(&model.name)).truncate());
            });
            word_ui(ui, theme, live, heard, word);
            ui.horizontal_wrapped(|ui| facts_ui(ui, model));
        });
}

/// The last word heard; it takes no room of its own to come and go, so that nothing moves.
fn word_ui(
    ui: &mut egui::Ui,
    theme: &Theme,
    live: &LiveView,
    heard: Option<&LiveDetection>,
    colour: Color32,
) {
    let points = (ui.ctx().content_rect().height() * 0.055).clamp(36.0, 72.0);
    ui.horizontal(|ui| {
        ui.set_min_height(points * 1.25);
        match heard {
            None => {
                ui.label(RichText::new("no word yet").size(points * 0.5).color(theme.palette.weak));
            }
            Some(detection) => {
                let age = live.position_secs - detection.time_secs;
                let is_fresh = age < FRESH_SECS;
                let colour = if is_fresh { colour } else { theme.palette.weak };
                let font = FontId::new(points, FontFamily::Name(MEDIUM.into()));
                ui.label(RichText::new(&detection.word).font(font).color(colour));
                ui.vertical(|ui| {
                    ui.add_space(points * 0.3);
                    ui.label(numbers::percent(f64::from(detection.score), 0));
                    let at = numbers::real(detection.time_secs, 1);
                    ui.label(text::small(format!("at {at}{}s", numbers::THIN_SPACE)));
                });
            }
        }
    });
}

fn facts_ui(ui: &mut egui::Ui, model: &LiveModel) {
    let micros = if model.decision_micros > 0.0 {
        format!("{}{}µs a decision", numbers::significant(model.decision_micros, 3), numbers::THIN_SPACE)
    } else {
        "time a decision: –".into()
    };
    let facts = [
        (numbers::bytes_from_bits(model.bits.total), "Memory of kept weights, block index and biases"),
        (format!("{} multiplications", numbers::whole(model.macs)), "Multiply-accumulates of one decision"),
        (micros, "Median time of one decision's network evaluation on this machine, features excluded"),
    ];
    for (fact, how) in facts {
        ui.label(RichText::new(fact).small()).on_hover_text(how);
        ui.add_space(size::STEP);
    }
}

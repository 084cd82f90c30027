//! One card per model: the word it has heard last, large, and what the model costs.

use egui::{Color32, FontFamily, FontId, Label, RichText, Sense, vec2};
use engine::protocol::{LiveDetection, LiveModel, LiveView};

use super::choice::colours;
use super::rival::Rival;
use crate::numbers;
use crate::theme::{MEDIUM, Method, Theme, size, text};
use crate::widgets;

/// How long a word stays at full strength, in seconds of the stream.
const FRESH_SECS: f64 = 2.0;
/// Widest text of the time of a decision: what stands behind it stays where it is.
const TIME_WIDEST: &str = "888\u{2009}µs a decision";

/// Draws the cards side by side.
pub(super) fn ui(ui: &mut egui::Ui, theme: &Theme, live: &LiveView) {
    let count = live.models.len().max(1);
    ui.spacing_mut().item_spacing.x = size::MARGIN;
    ui.columns(count, |uis| {
        let colours = colours(theme, &live.models);
        for (index, ((ui, model), colour)) in uis.iter_mut().zip(&live.models).zip(colours).enumerate() {
            // Dense is neutral; as a large word that is the colour of text, or it would look faded.
            let is_dense = model.method == Method::Dense;
            let card = Card {
                theme,
                model,
                rival: Rival::of(index, &live.models),
                heard: live.detections.iter().rev().find(|detection| detection.model == index),
                position_secs: live.position_secs,
                colour,
                ink: if is_dense { theme.palette.text } else { colour },
            };
            card.ui(ui);
        }
    });
}

/// The card of one model.
struct Card<'a> {
    theme: &'a Theme,
    model: &'a LiveModel,
    rival: Option<Rival>,
    heard: Option<&'a LiveDetection>,
    position_secs: f64,
    /// Of the model, everywhere.
    colour: Color32,
    /// The same where it is text.
    ink: Color32,
}

impl Card<'_> {
    fn ui(&self, ui: &mut egui::Ui) {
        ui.spacing_mut().item_spacing = vec2(size::STEP, size::HALF);
        egui::Frame::new()
            .fill(self.theme.palette.raised)
            .corner_radius(size::ROUNDING)
            .inner_margin(size::STEP)
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    let (swatch, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                    ui.painter().rect_filled(swatch, 2.0, self.colour);
                    ui.add(Label::new(text::heading(&self.model.name)).truncate());
                });
                self.word_ui(ui);
                self.time_ui(ui);
                self.costs_ui(ui);
            });
    }

    /// The last word heard; it takes no room of its own to come and go, so that nothing moves.
    fn word_ui(&self, ui: &mut egui::Ui) {
        let points = (ui.ctx().content_rect().height() * 0.055).clamp(36.0, 72.0);
        let weak = self.theme.palette.weak;
        ui.horizontal(|ui| {
            ui.set_min_height(points * 1.25);
            let Some(detection) = self.heard else {
                ui.label(RichText::new("no word yet").size(points * 0.5).color(weak));
                return;
            };
            let is_fresh = self.position_secs - detection.time_secs < FRESH_SECS;
            let font = FontId::new(points, FontFamily::Name(MEDIUM.into()));
            let colour = if is_fresh { self.ink } else { weak };
            ui.label(RichText::new(&detection.word).font(font).color(colour));
            ui.vertical(|ui| {
                ui.add_space(points * 0.3);
                ui.label(numbers::percent(f64::from(detection.score), 0));
                let at = numbers::real(detection.time_secs, 1);
                ui.label(text::small(format!("at {at}{}s", numbers::THIN_SPACE)));
            });
        });
    }

    /// The time of a decision, and beside it how that compares with the other model's.
    fn time_ui(&self, ui: &mut egui::Ui) {
        let secs = self.model.decision_micros * 1e-6;
        let time = if secs > 0.0 { numbers::short_time(secs) } else { "–".into() };
        let how = format!(
            "Median time that this model's network took for one of the last hundred decisions, on this machine. \
             Features are not in it. {}",
            self.rival.as_ref().map(Rival::sentence).unwrap_or_default()
        );
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let room = widgets::text_width(ui, TIME_WIDEST) + size::STEP;
            let time = ui.label(format!("{time} a decision"));
            ui.add_space((room - time.rect.width()).max(0.0));
            time.on_hover_text(how.trim_end());
            let Some(rival) = &self.rival else { return };
            // What is gained is said in the model's colour, the same from the other side in a weak one.
            let is_faster = rival.is_beaten_by(self.model);
            let ink = if is_faster { self.ink } else { self.theme.palette.weak };
            let words = RichText::new(rival.words(self.model)).color(ink);
            ui.add(Label::new(words).truncate()).on_hover_text(how.trim_end());
        });
    }

    fn costs_ui(&self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            let bytes = numbers::bytes_from_bits(self.model.bits.total);
            let how = "Memory of kept weights, block index and biases";
            ui.label(text::small(bytes)).on_hover_text(how);
            ui.add_space(size::STEP);
            let macs = format!("{} multiplications", numbers::whole(self.model.macs));
            let how = "Multiply-accumulates of one decision";
            ui.label(text::small(macs)).on_hover_text(how);
            ui.add_space(size::STEP);
            let (word, how) = match self.model.is_integer {
                true => ("integer", "Computes in integers throughout: the very bits that an export computes"),
                false => ("float", "Computes in 32-bit floating point"),
            };
            ui.add(Label::new(text::small(word)).truncate()).on_hover_text(how);
        });
    }
}

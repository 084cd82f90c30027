//! One card per model: the word it has heard last, as large as the space allows, and what the model costs.

use egui::{Align, Color32, FontFamily, FontId, Label, Layout, RichText, Sense, Ui, vec2};
use engine::protocol::{LiveDetection, LiveModel, LiveView};

use super::choice::colours;
use super::names;
use super::rival::{self, Claim, Rival};
use crate::numbers;
use crate::theme::{MEDIUM, Method, Theme, size, text, type_size};
use crate::widgets;

/// How long a word stays at full strength, in seconds of the stream.
const FRESH_SECS: f64 = 2.0;
/// Widest words of a claim: their size does not change while they are measured anew.
const CLAIM_WIDEST: &str = "88.8× smaller";
/// Share of the window's height that a word takes where there is room, and where there is little.
const WORD_SHARES: [f32; 2] = [0.24, 0.12];
/// Height of all else in the window, with pictures that can still be read.
const ALL_ELSE: f32 = 590.0;
/// Share of the window's height that the words of a claim take.
const CLAIM_SHARE: f32 = 0.05;
/// Height of a line of type over its size.
const LEADING: f32 = 1.2;

/// Draws the cards side by side: what was heard up to a moment of the stream.
pub(super) fn ui(ui: &mut Ui, theme: &Theme, live: &LiveView, at_secs: f64) {
    let count = live.models.len().max(1);
    ui.spacing_mut().item_spacing.x = size::MARGIN;
    let names = names::names(&live.models);
    ui.columns(count, |uis| {
        let colours = colours(theme, &live.models);
        for (index, ((ui, model), colour)) in uis.iter_mut().zip(&live.models).zip(colours).enumerate() {
            // Dense is neutral; as a large word that is the colour of text, or it would look faded.
            let is_dense = model.method == Method::Dense;
            let heard = |found: &&LiveDetection| found.model == index && found.time_secs <= at_secs + 1e-6;
            let card = Card {
                theme,
                name: &names[index],
                model,
                rival: Rival::of(index, &live.models),
                heard: live.detections.iter().rev().find(heard),
                at_secs,
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
    name: &'a str,
    model: &'a LiveModel,
    rival: Option<Rival<'a>>,
    heard: Option<&'a LiveDetection>,
    at_secs: f64,
    /// Of the model, everywhere.
    colour: Color32,
    /// The same where it is text.
    ink: Color32,
}

impl Card<'_> {
    fn ui(&self, ui: &mut Ui) {
        ui.spacing_mut().item_spacing = vec2(size::STEP, 2.0);
        egui::Frame::new()
            .fill(self.theme.palette.raised)
            .corner_radius(size::ROUNDING)
            .inner_margin(size::STEP)
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                self.heading_ui(ui);
                self.word_ui(ui);
                self.claims_ui(ui);
                self.facts_ui(ui);
            });
    }

    /// What the model is; to the right, how sure it was of its word, and when.
    fn heading_ui(&self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let (swatch, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(swatch, 2.0, self.colour);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(heard) = self.heard {
                    let at = numbers::real(heard.time_secs, 1);
                    ui.label(text::small(format!("at {at}{}s", numbers::THIN_SPACE)));
                    ui.label(numbers::percent(f64::from(heard.score), 0));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let title = names::title(self.model);
                    let hover = format!("{} · {title}\n{}", self.name, self.model.name);
                    ui.label(text::heading(self.name)).on_hover_text(&hover);
                    ui.add(quiet(text::small(title))).on_hover_text(hover);
                });
            });
        });
    }

    /// The last word heard; it takes no room of its own to come and go, so that nothing moves.
    fn word_ui(&self, ui: &mut Ui) {
        let height = ui.ctx().content_rect().height();
        let [most, least] = WORD_SHARES.map(|share| height * share);
        let room = vec2(ui.available_width(), (height - ALL_ELSE).clamp(least, most));
        let family = FontFamily::Name(MEDIUM.into());
        let words =
            self.model.labels.iter().filter(|label| !super::strips::NO_WORDS.contains(&label.as_str()));
        let points = words
            .map(|word| fitting(ui, word, &family, room))
            .fold(room.y / LEADING, f32::min)
            .max(type_size::FIGURE);
        let weak = self.theme.palette.weak;
        let (rect, _) = ui.allocate_exact_size(vec2(room.x, room.y.max(points * LEADING)), Sense::hover());
        let mut row =
            ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)));
        let Some(detection) = self.heard else {
            row.label(RichText::new("no word yet").size(points * 0.4).color(weak));
            return;
        };
        let is_fresh = self.at_secs - detection.time_secs < FRESH_SECS;
        let font = FontId::new(points, family);
        let colour = if is_fresh { self.ink } else { weak };
        row.add(Label::new(RichText::new(&detection.word).font(font).color(colour)).extend());
    }

    /// How much smaller and how much faster, in words that can be read from afar.
    fn claims_ui(&self, ui: &mut Ui) {
        let memory = rival::memory(self.model, self.rival.as_ref());
        let time = rival::time(self.model, self.rival.as_ref());
        let how_memory = "Memory bill: kept weights, block index and biases of each model";
        let how_time = "Median time that each model's network took for one of the last hundred decisions of this stream, \
                        on this machine; features are not in it";
        let room =
            vec2((ui.available_width() - size::STEP) / 2.0, ui.ctx().content_rect().height() * CLAIM_SHARE);
        let family = FontFamily::Name(MEDIUM.into());
        let points = fitting(ui, CLAIM_WIDEST, &family, room).clamp(type_size::HEADING, room.y);
        ui.columns(2, |uis| {
            for (ui, (claim, how)) in uis.iter_mut().zip([(memory, how_memory), (time, how_time)]) {
                self.claim_ui(ui, &claim, how, FontId::new(points, family.clone()));
            }
        });
    }

    fn claim_ui(&self, ui: &mut Ui, claim: &Claim, how: &str, font: FontId) {
        // What is gained is said in the model's colour, the same from the other side in a weak one.
        let ink = if claim.is_gain { self.ink } else { self.theme.palette.weak };
        let hover = format!("{}\n{}\n{how}.", claim.words, claim.figures);
        let column = ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add(quiet(RichText::new(&claim.words).font(font).color(ink)));
            let fits = widgets::text_width(ui, text::small(&claim.figures)) <= ui.available_width();
            ui.add(quiet(text::small(if fits { &claim.figures } else { &claim.brief })));
        });
        column.response.on_hover_text(hover);
    }

    fn facts_ui(&self, ui: &mut Ui) {
        let macs = numbers::whole(self.model.macs);
        let facts =
            format!("{} · {macs} multiplications · {}", rival::arithmetic(self.model), self.model.name);
        let how = match self.model.is_integer {
            true => "Computes in integers throughout: the very bits that an export computes",
            false => "Computes in 32-bit floating point",
        };
        let hover =
            format!("{how}. Multiply-accumulates of one decision: {macs}.\nFrom: {}", self.model.name);
        ui.add(quiet(text::small(facts))).on_hover_text(hover);
    }
}

/// A line that is cut where it is too long, and whose hover text says all of it: it says so once.
fn quiet(line: RichText) -> Label {
    Label::new(line).truncate().show_tooltip_when_elided(false)
}

/// The largest size, in whole points, in which a text fits into a room.
fn fitting(ui: &Ui, text: &str, family: &FontFamily, room: egui::Vec2) -> f32 {
    const TRIAL: f32 = 32.0;
    let font = FontId::new(TRIAL, family.clone());
    let width = ui.painter().layout_no_wrap(text.into(), font, Color32::WHITE).size().x.max(1.0);
    // A little less: glyphs are hinted anew at every size.
    (TRIAL * room.x / width * 0.97).min(room.y / LEADING).floor()
}

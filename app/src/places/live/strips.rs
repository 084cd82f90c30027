//! One strip per word: its smoothed posterior over time for each model, with the threshold line, and how
//! high it is at the moment as a bar. Spectrogram and strips share one time axis.

use egui::{Align2, Color32, FontId, Rect, Sense, Shape, Stroke, pos2, vec2};
use engine::protocol::{LiveModel, LiveView};

use super::SHOWN_SECS;
use super::choice::colours;
use super::names;
use super::spectrogram::Spectrogram;
use crate::numbers;
use crate::theme::{Theme, type_size};
use crate::widgets;

/// Room for the words to the left.
const LABELS: f32 = 72.0;
/// Room for the bars to the right.
const BARS: f32 = 88.0;
/// Room for the time axis.
const AXIS: f32 = 20.0;

/// Frequencies named beside the spectrogram, with a thin space before the unit.
const FREQUENCIES: [(f32, &str); 5] = [
    (250.0, "250\u{2009}Hz"),
    (500.0, "500\u{2009}Hz"),
    (1000.0, "1\u{2009}kHz"),
    (2000.0, "2\u{2009}kHz"),
    (4000.0, "4\u{2009}kHz"),
];

/// Labels that are not words.
pub(super) const NO_WORDS: [&str; 2] = ["silence", "unknown"];

/// How high a frequency stands in a picture with one row per filter, 0 at the bottom to 1 at the top; `None` outside
/// the centres of the filters.
fn filter_height(filters_hz: &[f32], hz: f32) -> Option<f32> {
    let above = filters_hz.iter().position(|centre| *centre >= hz)?;
    let (left, right) = (filters_hz.get(above.checked_sub(1)?)?, filters_hz.get(above)?);
    let row = above as f32 - (right - hz) / (right - left);
    Some((row + 0.5) / filters_hz.len() as f32)
}

/// The words of all models: those of the first, then what others add.
pub(super) fn words(models: &[LiveModel]) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for label in models.iter().flat_map(|model| model.labels.iter()) {
        if !words.contains(&label.as_str()) {
            words.push(label);
        }
    }
    words
}

/// The smoothed posterior of a word at a moment of the stream; `None` when the model does not know it or has not decided
/// by then.
pub(super) fn score_at(model: &LiveModel, word: &str, secs: f64) -> Option<f32> {
    let col = model.labels.iter().position(|label| label == word)?;
    let num_decided = model.times_secs.partition_point(|time| *time <= secs + 1e-6);
    let row = num_decided.min(model.posteriors.rows).checked_sub(1)?;
    model.posteriors.values.get(row * model.posteriors.cols + col).copied()
}

/// The highest word of each model at a moment, in words, for people who do not see the strips.
pub(super) fn key_numbers(live: &LiveView, secs: f64) -> String {
    let names = names::names(&live.models);
    let phrases = live.models.iter().zip(names).filter_map(|(model, name)| {
        let scores = model.labels.iter().filter_map(|word| Some((word, score_at(model, word, secs)?)));
        let (word, score) = scores.max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(format!("{name}: {word} {}", numbers::percent(f64::from(score), 0)))
    });
    phrases.collect::<Vec<_>>().join(" · ")
}

/// What is drawn.
pub(super) struct Instrument<'a> {
    pub theme: &'a Theme,
    pub live: &'a LiveView,
    pub spectrogram: &'a Spectrogram,
    pub threshold: f64,
    /// Moment of the stream at the right edge, once ten seconds were heard.
    pub end_secs: f64,
    /// Moment of the stream that the bars are of.
    pub at_secs: f64,
}

impl Instrument<'_> {
    /// Draws spectrogram, strips and time axis into all the room there is. Of a stream that has ended, gives the moment that
    /// was pointed at.
    pub fn ui(&self, ui: &mut egui::Ui) -> Option<f64> {
        let room = ui.available_rect_before_wrap();
        let words = words(&self.live.models);
        let strips = words.len().max(1) as f32;
        let height = room.height().max(AXIS + strips * 14.0 + 72.0);
        let picture = ((height - AXIS) * 0.3).clamp(64.0, 320.0);
        let strip = ((height - AXIS - picture - 4.0) / strips).clamp(13.0, 48.0);
        let wanted = vec2(room.width(), picture + 4.0 + strip * strips + AXIS);
        let has_ended = self.live.tape.is_some();
        let sense = if has_ended { Sense::click_and_drag() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(wanted, sense);
        let middle = Rect::from_min_max(
            pos2(rect.left() + LABELS, rect.top()),
            pos2(rect.right() - BARS, rect.top() + picture),
        );
        self.spectrogram_ui(ui, middle);
        let top = middle.bottom() + 4.0;
        for (index, word) in words.iter().enumerate() {
            let y = top + index as f32 * strip;
            let row = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + strip - 1.0));
            self.strip_ui(ui, word, row);
        }
        let bottom = top + strip * strips;
        self.axis_ui(
            ui,
            Rect::from_min_max(pos2(middle.left(), bottom), pos2(middle.right(), bottom + AXIS)),
        );
        if !has_ended {
            return None;
        }
        let x = self.x(middle, self.at_secs);
        if middle.x_range().expand(0.5).contains(x) {
            let stroke = Stroke::new(1.5, self.theme.palette.warning);
            ui.painter().vline(x, middle.top()..=bottom, stroke);
        }
        let pointed = response.interact_pointer_pos().filter(|at| middle.x_range().contains(at.x))?;
        let (start, end) = self.span();
        Some(start + (end - start) * f64::from((pointed.x - middle.left()) / middle.width().max(1.0)))
    }

    /// Time of the left and right end.
    fn span(&self) -> (f64, f64) {
        let end = self.end_secs.max(SHOWN_SECS);
        (end - SHOWN_SECS, end)
    }

    fn x(&self, rect: Rect, secs: f64) -> f32 {
        let (start, end) = self.span();
        rect.left() + rect.width() * ((secs - start) / (end - start)) as f32
    }

    fn spectrogram_ui(&self, ui: &mut egui::Ui, rect: Rect) {
        let response = ui.interact(rect, ui.scope_id().with("spectrogram"), Sense::hover());
        widgets::labelled(response, "Spectrogram of ten seconds").on_hover_text_at_pointer(
            "Log-mel energy on the mel scale; colours span 52 dB below the loudest",
        );
        // A short stream fills the picture from the left, as its strips do.
        let newest = self.x(rect, self.live.position_secs.min(self.span().1));
        let filled = rect.with_max_x(newest.clamp(rect.left(), rect.right()));
        ui.painter().rect_filled(rect, 0.0, self.theme.palette.sunken);
        let secs = SHOWN_SECS * f64::from(filled.width() / rect.width().max(1.0));
        if filled.width() > 1.0 {
            self.spectrogram.paint(ui.painter(), filled, secs, self.live.frame_shift_secs);
        }
        self.frequencies_ui(ui, rect);
    }

    /// Ticks in Hz where the mel filters are, as many as there is room for.
    fn frequencies_ui(&self, ui: &egui::Ui, rect: Rect) {
        let font = FontId::proportional(type_size::SMALL);
        let weak = self.theme.palette.weak;
        let mut lowest_free = rect.bottom();
        for (hz, label) in FREQUENCIES {
            let Some(height) = filter_height(&self.live.filters_hz, hz) else { continue };
            let y = rect.bottom() - rect.height() * height;
            if y + 7.0 > lowest_free || y - 7.0 < rect.top() {
                continue;
            }
            lowest_free = y - 7.0;
            ui.painter().hline(rect.left() - 4.0..=rect.left(), y, Stroke::new(1.0, weak));
            let at = pos2(rect.left() - 8.0, y);
            ui.painter().text(at, Align2::RIGHT_CENTER, label, font.clone(), weak);
        }
    }

    fn strip_ui(&self, ui: &mut egui::Ui, word: &str, row: Rect) {
        let palette = &self.theme.palette;
        let response = ui.interact(row, ui.scope_id().with(("strip", word)), Sense::hover());
        let middle =
            Rect::from_min_max(pos2(row.left() + LABELS, row.top()), pos2(row.right() - BARS, row.bottom()));
        let painter = ui.painter();
        painter.rect_filled(middle, 0.0, palette.sunken);
        let y = |score: f64| middle.bottom() - 1.0 - (middle.height() - 2.0) * score.clamp(0.0, 1.0) as f32;
        let threshold = Stroke::new(1.0, palette.weak.gamma_multiply(0.7));
        let path = [pos2(middle.left(), y(self.threshold)), pos2(middle.right(), y(self.threshold))];
        painter.extend(Shape::dashed_line(&path, threshold, 3.0, 4.0));
        let clipped = painter.with_clip_rect(middle);
        let colours = colours(self.theme, &self.live.models);
        for (index, (model, colour)) in self.live.models.iter().zip(colours).enumerate() {
            // The first trace is broader, so that it shows on both sides where the two agree.
            let stroke = Stroke::new(if index == 0 { 3.0 } else { 1.5 }, colour);
            self.paint_trace(&clipped, model, word, middle, stroke, y);
            self.paint_detections(&clipped, index, word, middle, colour);
        }
        // Silence is not a word that could be heard.
        let is_heard =
            !NO_WORDS.contains(&word)
                && self.live.models.iter().any(|model| {
                    self.score(model, word).is_some_and(|score| f64::from(score) >= self.threshold)
                });
        let font = FontId::proportional(type_size::SMALL.max((row.height() * 0.5).min(type_size::BODY)));
        let colour = if is_heard { palette.text } else { palette.weak };
        painter.text(pos2(middle.left() - 8.0, row.center().y), Align2::RIGHT_CENTER, word, font, colour);
        self.paint_bars(ui, word, row.with_min_x(middle.right() + 8.0));
        let names = names::names(&self.live.models);
        let scores = self.live.models.iter().zip(names).filter_map(|(model, name)| {
            let score = numbers::percent(f64::from(self.score(model, word)?), 0);
            Some(format!("{name} {score}"))
        });
        let words = scores.collect::<Vec<_>>().join(", ");
        widgets::labelled(response, &format!("{word}: {words}"))
            .on_hover_text_at_pointer(format!("{word}\n{words}"));
    }

    fn score(&self, model: &LiveModel, word: &str) -> Option<f32> {
        score_at(model, word, self.at_secs)
    }

    fn paint_trace(
        &self,
        painter: &egui::Painter,
        model: &LiveModel,
        word: &str,
        rect: Rect,
        stroke: Stroke,
        y: impl Fn(f64) -> f32,
    ) {
        let Some(col) = model.labels.iter().position(|label| label == word) else { return };
        let cols = model.posteriors.cols.max(1);
        let (start, end) = self.span();
        // One more on either side, so that the line runs to the edges.
        let first = model.times_secs.partition_point(|time| *time < start).saturating_sub(1);
        let num = model.times_secs.partition_point(|time| *time <= end) + 1 - first;
        let scores = model.posteriors.values.iter().skip(first * cols + col).step_by(cols);
        let points: Vec<_> = model
            .times_secs
            .iter()
            .skip(first)
            .take(num)
            .zip(scores)
            .map(|(secs, score)| pos2(self.x(rect, *secs), y(f64::from(*score))))
            .collect();
        painter.line(points, stroke);
    }

    fn paint_detections(
        &self,
        painter: &egui::Painter,
        model: usize,
        word: &str,
        rect: Rect,
        colour: Color32,
    ) {
        let (start, end) = self.span();
        let heard = self.live.detections.iter().rev().skip_while(|detection| detection.time_secs > end);
        let heard = heard.take_while(|detection| detection.time_secs >= start);
        for detection in heard.filter(|detection| detection.model == model && detection.word == word) {
            // Marks of two models sit at the two edges, so that neither hides the other.
            let x = self.x(rect, detection.time_secs);
            let (tip, base) = if model == 0 {
                (rect.top() + 5.0, rect.top())
            } else {
                (rect.bottom() - 5.0, rect.bottom())
            };
            let points = vec![pos2(x - 4.0, base), pos2(x + 4.0, base), pos2(x, tip)];
            painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
        }
    }

    fn paint_bars(&self, ui: &egui::Ui, word: &str, rect: Rect) {
        let palette = &self.theme.palette;
        let count = self.live.models.len().max(1) as f32;
        let thickness = ((rect.height() - 3.0) / count - 1.0).clamp(2.0, 10.0);
        let painter = ui.painter();
        let mut top = rect.center().y - (thickness + 1.0) * count / 2.0;
        let colours = colours(self.theme, &self.live.models);
        for (model, colour) in self.live.models.iter().zip(colours) {
            let ground = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), thickness));
            painter.rect_filled(ground, 1.0, palette.sunken);
            if let Some(score) = self.score(model, word) {
                let width = rect.width() * score.clamp(0.0, 1.0);
                painter.rect_filled(Rect::from_min_size(ground.min, vec2(width, thickness)), 1.0, colour);
            }
            top += thickness + 1.0;
        }
        let x = rect.left() + rect.width() * self.threshold.clamp(0.0, 1.0) as f32;
        painter.vline(x, rect.y_range(), Stroke::new(1.0, palette.text));
    }

    fn axis_ui(&self, ui: &egui::Ui, rect: Rect) {
        let (start, end) = self.span();
        let font = FontId::proportional(type_size::SMALL);
        let weak = self.theme.palette.weak;
        let painter = ui.painter();
        for second in start.ceil() as i64..=end.floor() as i64 {
            let x = self.x(rect, second as f64);
            painter.vline(x, rect.top()..=rect.top() + 3.0, Stroke::new(1.0, weak));
            // The last label would run into the name of the bars.
            if second % 2 == 0 && x + 16.0 < rect.right() {
                let label = format!("{second}{}s", numbers::THIN_SPACE);
                painter.text(pos2(x, rect.top() + 4.0), Align2::CENTER_TOP, label, font.clone(), weak);
            }
        }
        let at = pos2(rect.right() + 8.0, rect.top() + 4.0);
        let name = match self.live.tape {
            None => "score now".to_string(),
            Some(_) => format!("at {}{}s", numbers::real(self.at_secs, 1), numbers::THIN_SPACE),
        };
        painter.text(at, Align2::LEFT_TOP, name, font, weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_latest_decision_before_a_moment() {
        let live = crate::made_up::listening();
        let model = &live.models[0];
        let stop = |secs| score_at(model, "stop", secs).map(|score| score > 0.5);
        assert_eq!(stop(0.1), None, "nothing was decided yet");
        assert_eq!((stop(7.4), stop(9.0), stop(99.0)), (Some(true), Some(false), Some(false)));
        assert_eq!(score_at(model, "marvin", 7.4), None);
        assert!(key_numbers(&live, 7.4).starts_with("Dense: stop"));
    }

    #[test]
    fn a_frequency_stands_in_the_middle_of_its_filter() {
        let filters_hz = [100.0, 200.0, 400.0, 800.0];
        assert_eq!(filter_height(&filters_hz, 200.0), Some(0.375));
        assert_eq!(filter_height(&filters_hz, 300.0), Some(0.5));
        assert_eq!(filter_height(&filters_hz, 800.0), Some(0.875));
        assert_eq!(filter_height(&filters_hz, 50.0), None);
        assert_eq!(filter_height(&filters_hz, 900.0), None);
        assert_eq!(filter_height(&[], 900.0), None);
    }
}

//! The list of words heard: each row leads to its moment of the stream and plays it.

use egui::accesskit::Role;
use egui::{Align2, FontId, Rect, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};
use engine::protocol::{LiveDetection, LiveView};

use super::choice::colours;
use super::{LivePlace, names};
use crate::context::{PlaceContext, ShellRequest};
use crate::figure::Table;
use crate::numbers;
use crate::theme::{Theme, size, text};
use crate::widgets;

impl LivePlace {
    pub(super) fn heard_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let live = ctx.snapshot.live.clone();
        if live.models.is_empty() {
            return;
        }
        widgets::section(ui, &format!("Heard · {}", numbers::whole(live.detections.len() as u64)));
        if live.detections.is_empty() {
            ui.label(text::small("Nothing above the threshold yet."));
            return;
        }
        if ui.button("Save detections…").on_hover_text("Saves the list as CSV").clicked() {
            let bytes = table(&live).csv().into_bytes();
            ctx.ask(ShellRequest::SaveFile { file_name: "detections.csv".into(), bytes });
        }
        let count = live.detections.len();
        let list = List { theme: ctx.theme, live: &live, names: names::names(&live.models) };
        let mut chosen = None;
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("heard").auto_shrink(false).show_rows(
            ui,
            size::ROW,
            count,
            |ui, range| {
                // Newest first.
                for detection in range.map(|row| &live.detections[count - 1 - row]) {
                    if list.row_ui(ui, detection) {
                        chosen = Some(detection.time_secs);
                    }
                }
            },
        );
        if let Some(time_secs) = chosen {
            self.scrub.play_word(ctx, &live, time_secs);
        }
    }
}

struct List<'a> {
    theme: &'a Theme,
    live: &'a LiveView,
    names: Vec<String>,
}

impl List<'_> {
    /// Whether the sound of a moment is still there to be played.
    fn is_kept(&self, time_secs: f64) -> bool {
        self.live.tape.as_ref().is_none_or(|tape| time_secs > tape.start_secs)
    }

    /// Draws a row; true when it was chosen.
    fn row_ui(&self, ui: &mut Ui, detection: &LiveDetection) -> bool {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
        let name = self.names.get(detection.model).map_or("", String::as_str);
        let at = format!("{}{}s", numbers::real(detection.time_secs, 1), numbers::THIN_SPACE);
        let score = numbers::percent(f64::from(detection.score), 0);
        let is_kept = self.is_kept(detection.time_secs);
        let spoken = format!("Play {} at {at}, heard by {name}, {score}", detection.word);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, is_kept, &spoken));
        let palette = &self.theme.palette;
        if is_kept && (response.hovered() || response.has_focus()) {
            ui.painter().rect_filled(rect, 2.0, palette.raised);
        }
        self.paint(ui, rect, detection, [&at, name, &score], is_kept);
        let file = self.live.models.get(detection.model).map_or("", |model| model.name.as_str());
        let what = match (is_kept, self.live.listening) {
            (false, _) => "Its sound is not kept any more: the last minute is.",
            (true, true) => "Click: stops listening, goes there and plays it.",
            (true, false) => "Click: goes there and plays it.",
        };
        response.on_hover_text(format!("{what}\n{name}: {file}")).clicked() && is_kept
    }

    fn paint(&self, ui: &Ui, rect: Rect, detection: &LiveDetection, words: [&str; 3], is_kept: bool) {
        let palette = &self.theme.palette;
        let [at, name, score] = words;
        let (body, small) = (TextStyle::Body.resolve(ui.style()), TextStyle::Small.resolve(ui.style()));
        let ink = if is_kept { palette.text } else { palette.weak };
        let y = rect.center().y;
        // The scroll bar runs to the right of the numbers.
        let right = rect.right() - size::MARGIN;
        let (word_left, name_left) = (rect.left() + 72.0, right - 150.0);
        let painter = ui.painter_at(rect);
        let write = |x: f32, align: Align2, text: &str, font: &FontId, colour| {
            painter.text(pos2(x, y), align, text, font.clone(), colour);
        };
        write(word_left - size::STEP, Align2::RIGHT_CENTER, at, &small, palette.weak);
        write(right, Align2::RIGHT_CENTER, score, &body, ink);
        if let Some(colour) = colours(self.theme, &self.live.models).get(detection.model) {
            let swatch = Rect::from_center_size(pos2(name_left + 4.0, y), vec2(8.0, 8.0));
            painter.rect_filled(swatch, 2.0, *colour);
        }
        write(name_left + 14.0, Align2::LEFT_CENTER, name, &small, palette.weak);
        let clipped = painter.with_clip_rect(rect.with_max_x(name_left - 4.0));
        clipped.text(pos2(word_left, y), Align2::LEFT_CENTER, &detection.word, body, ink);
    }
}

fn table(live: &LiveView) -> Table {
    let headings = ["time_secs", "word", "score", "model"].map(String::from).to_vec();
    let rows = live.detections.iter().map(|detection| {
        let name = live.models.get(detection.model).map_or(String::new(), |model| model.name.clone());
        vec![detection.time_secs.to_string(), detection.word.clone(), detection.score.to_string(), name]
    });
    Table { headings, rows: rows.collect() }
}

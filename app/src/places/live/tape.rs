//! What was heard, once a stream has ended: the whole of it as a waveform, a moment in it, and the way to hear it again.

use egui::accesskit::{Action, Role};
use egui::{EventFilter, Key, Modifiers, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use engine::protocol::{Command, LiveView, Playing, Tape};

use super::SHOWN_SECS;
use super::choice::colours;
use crate::context::PlaceContext;
use crate::numbers;
use crate::theme::{Theme, size, type_size};
use crate::widgets;

/// Height of the waveform.
const HEIGHT: f32 = 40.0;
/// Seconds that an arrow key moves by.
const STEP_SECS: f64 = 1.0;
/// What is played of a word: from so long before its detection to a little after it.
const BEFORE_SECS: f64 = 1.3;
const AFTER_SECS: f64 = 0.3;

/// Where a person is in what was heard.
#[derive(Debug, Default)]
pub(super) struct Scrub {
    /// The moment that is looked at; absent at the end of the stream.
    at_secs: Option<f64>,
    /// Moment at the right edge of the pictures.
    end_secs: f64,
    /// A stretch to be played as soon as the stream has ended.
    wish: Option<(f64, f64)>,
}

impl Scrub {
    /// The moment that is looked at.
    pub fn at_secs(&self, live: &LiveView) -> f64 {
        self.at_secs.filter(|_| live.tape.is_some()).unwrap_or(live.position_secs)
    }

    /// The moment at the right edge of the pictures.
    pub fn end_secs(&self, live: &LiveView) -> f64 {
        if live.tape.is_some() { self.end_secs } else { live.position_secs }
    }

    /// Looks at a moment; pictures that do not hold it turn to it.
    pub fn go_to(&mut self, live: &LiveView, secs: f64) {
        let Some(tape) = &live.tape else { return };
        let secs = secs.clamp(tape.start_secs, tape.end_secs().max(tape.start_secs));
        self.at_secs = Some(secs);
        let first = (tape.start_secs + SHOWN_SECS).min(live.position_secs);
        if secs > self.end_secs || secs < self.end_secs - SHOWN_SECS {
            self.end_secs = secs + 0.3 * SHOWN_SECS;
        }
        self.end_secs = self.end_secs.clamp(first, live.position_secs);
    }

    /// Jumps to a word and plays it; a stream that is open ends first, since a loudspeaker beside an open microphone would
    /// be heard as new words.
    pub fn play_word(&mut self, ctx: &mut PlaceContext<'_>, live: &LiveView, detected_secs: f64) {
        if live.listening {
            ctx.send(Command::StopListening);
        }
        self.wish = Some((detected_secs - BEFORE_SECS, detected_secs + AFTER_SECS));
    }

    /// Follows the stream and what is played of it; sends what was wished for. Call it in every frame.
    pub fn follow(&mut self, ctx: &mut PlaceContext<'_>, live: &LiveView) {
        if live.listening || live.tape.is_none() {
            self.at_secs = None;
            self.end_secs = live.position_secs;
            return;
        }
        if self.at_secs.is_none() {
            self.end_secs = live.position_secs;
        }
        if let Some((from_secs, to_secs)) = self.wish.take() {
            self.go_to(live, to_secs - AFTER_SECS);
            ctx.send(Command::PlayTape { from_secs, to_secs });
        }
        if let Some((from_secs, position_secs)) = playing(ctx) {
            self.go_to(live, from_secs + position_secs);
        }
    }

    /// Draws what was heard, with the button that plays it.
    pub fn ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, live: &LiveView) {
        let Some(tape) = live.tape.clone() else { return };
        ui.horizontal(|ui| {
            self.button_ui(ui, ctx, live, &tape);
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click_and_drag());
            self.handle(ui, ctx, live, &tape, (rect, &response));
            self.paint(ui, ctx.theme, live, &tape, rect);
            if response.has_focus() {
                let ring = Stroke::new(1.0, ctx.theme.palette.text);
                ui.painter().rect_stroke(rect, size::ROUNDING, ring, egui::StrokeKind::Outside);
            }
            let seconds = |secs: f64| format!("{}{}s", numbers::real(secs, 1), numbers::THIN_SPACE);
            response.on_hover_text(format!(
                "What was heard, {} to {}. Click or drag to look at a moment; arrow keys move by a second.",
                seconds(tape.start_secs),
                seconds(tape.end_secs())
            ));
        });
    }

    fn button_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, live: &LiveView, tape: &Tape) {
        let at_secs = self.at_secs(live);
        let is_playing = playing(ctx).is_some();
        let name = if is_playing { "Stop playing" } else { "Play" };
        let room = widgets::text_width(ui, "Stop playing") + 2.0 * size::STEP;
        let button = ui.add(egui::Button::new(name).min_size(vec2(room, HEIGHT)));
        let hover = if is_playing {
            "Stays at the moment that is heard"
        } else {
            "Plays what was heard, from here on"
        };
        if button.on_hover_text(hover).clicked() {
            let is_at_end = at_secs >= tape.end_secs() - 0.05;
            let from_secs = if is_at_end { tape.start_secs } else { at_secs };
            ctx.send(match is_playing {
                true => Command::StopPlayback,
                false => Command::PlayTape { from_secs, to_secs: tape.end_secs() },
            });
        }
    }

    fn handle(
        &mut self,
        ui: &Ui,
        ctx: &mut PlaceContext<'_>,
        live: &LiveView,
        tape: &Tape,
        (rect, response): (Rect, &Response),
    ) {
        let at_secs = self.at_secs(live);
        response.widget_info(|| WidgetInfo::slider(true, at_secs, "Moment of what was heard"));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(Role::Slider);
            node.set_min_numeric_value(tape.start_secs);
            node.set_max_numeric_value(tape.end_secs());
            node.add_action(Action::Increment);
            node.add_action(Action::Decrement);
        });
        let mut steps = ui.input(|input| {
            input.num_accesskit_action_requests(response.id, Action::Increment) as f64
                - input.num_accesskit_action_requests(response.id, Action::Decrement) as f64
        });
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            steps += ui.input_mut(|input| {
                input.count_and_consume_key(Modifiers::NONE, Key::ArrowRight) as f64
                    - input.count_and_consume_key(Modifiers::NONE, Key::ArrowLeft) as f64
            });
        }
        let pointed = response.interact_pointer_pos().map(|at| {
            let share = f64::from((at.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
            tape.start_secs + share * (tape.end_secs() - tape.start_secs)
        });
        let wanted = pointed.or((steps != 0.0).then_some(at_secs + steps * STEP_SECS));
        if let Some(secs) = wanted {
            self.point_at(ctx, live, secs);
        }
    }

    /// Looks at a moment that a person points at; what plays stops, since it would lead away again.
    pub fn point_at(&mut self, ctx: &mut PlaceContext<'_>, live: &LiveView, secs: f64) {
        if playing(ctx).is_some() {
            ctx.send(Command::StopPlayback);
        }
        self.go_to(live, secs);
    }

    fn paint(&self, ui: &Ui, theme: &Theme, live: &LiveView, tape: &Tape, rect: Rect) {
        let palette = &theme.palette;
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 2.0, palette.sunken);
        let length_secs = (tape.end_secs() - tape.start_secs).max(1e-3);
        let x = |secs: f64| rect.left() + rect.width() * ((secs - tape.start_secs) / length_secs) as f32;
        let end_secs = self.end_secs(live);
        let shown = Rect::from_x_y_ranges(x(end_secs - SHOWN_SECS)..=x(end_secs), rect.y_range());
        painter.rect_filled(shown, 0.0, palette.selected);
        waveform(&painter, rect, &tape.samples, Stroke::new(1.0, palette.weak));
        let colours = colours(theme, &live.models);
        for found in &live.detections {
            let Some(colour) = colours.get(found.model) else { continue };
            // Marks of two models sit at the two edges, as in the strips.
            let y = if found.model == 0 {
                rect.top()..=rect.top() + 8.0
            } else {
                rect.bottom() - 8.0..=rect.bottom()
            };
            painter.vline(x(found.time_secs), y, Stroke::new(2.0, *colour));
        }
        painter.vline(x(self.at_secs(live)), rect.y_range(), Stroke::new(1.5, palette.warning));
        let font = egui::FontId::proportional(type_size::SMALL);
        let label = |secs: f64| format!("{}{}s", numbers::real(secs, 0), numbers::THIN_SPACE);
        let at = |x: f32| pos2(x, rect.bottom() - 2.0);
        painter.text(
            at(rect.left() + 4.0),
            egui::Align2::LEFT_BOTTOM,
            label(tape.start_secs),
            font.clone(),
            palette.text,
        );
        painter.text(
            at(rect.right() - 4.0),
            egui::Align2::RIGHT_BOTTOM,
            label(tape.end_secs()),
            font,
            palette.text,
        );
    }
}

/// Where the stretch of the stream that is played began, and how far it is.
pub(super) fn playing(ctx: &PlaceContext<'_>) -> Option<(f64, f64)> {
    let playback = ctx.snapshot.playback.as_ref().as_ref()?;
    match playback.what {
        Playing::Stream { from_secs } => Some((from_secs, playback.position_secs)),
        Playing::Clip(_) | Playing::File => None,
    }
}

/// The largest magnitude of each column; of a long tape a few hundred samples of each are looked at.
fn waveform(painter: &egui::Painter, rect: Rect, samples: &[f32], stroke: Stroke) {
    const MOST: usize = 256;
    let columns = (rect.width().max(1.0) as usize).min(samples.len());
    let peaks: Vec<f32> = (0..columns)
        .map(|column| {
            let piece = &samples[column * samples.len() / columns..(column + 1) * samples.len() / columns];
            let step = piece.len().div_ceil(MOST).max(1);
            piece.iter().step_by(step).fold(0.0f32, |peak, sample| peak.max(sample.abs()))
        })
        .collect();
    let loudest = peaks.iter().fold(0.02f32, |loudest, peak| loudest.max(*peak));
    for (column, peak) in peaks.iter().enumerate() {
        let half = (peak / loudest * rect.height() * 0.46).max(0.5);
        let x = rect.left() + (column as f32 + 0.5) * rect.width() / columns as f32;
        painter.vline(x, rect.center().y - half..=rect.center().y + half, stroke);
    }
}

//! The left rail: the six places with the state of each.

use egui::accesskit::Role;
use egui::{Align2, FontId, Rect, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};
use engine::protocol::{RunPhase, Snapshot};

use crate::numbers;
use crate::places::Place;
use crate::theme::{Theme, size};
use crate::widgets::place_icon;

/// Height of one entry.
const ENTRY: f32 = 80.0;

/// Draws the rail; returns the place that was asked for.
pub fn ui(ui: &mut Ui, current: Place, snapshot: &Snapshot, theme: &Theme) -> Option<Place> {
    let mut asked = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(size::STEP);
    for place in Place::ALL {
        if entry_ui(ui, place, place == current, &state_of(place, snapshot), theme) {
            asked = Some(place);
        }
    }
    asked
}

fn entry_ui(ui: &mut Ui, place: Place, is_current: bool, state: &str, theme: &Theme) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ENTRY), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_current, place.name()));
    let palette = &theme.palette;
    let painter = ui.painter();
    if is_current {
        painter.rect_filled(rect, 0.0, palette.raised);
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        painter.rect_filled(bar, 0.0, palette.text);
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 0.0, palette.panel);
    }
    if response.has_focus() {
        let ring = egui::Stroke::new(1.0, palette.weak);
        painter.rect_stroke(rect.shrink(2.0), 2.0, ring, egui::StrokeKind::Inside);
    }
    let color = if is_current || response.hovered() { palette.text } else { palette.weak };
    let middle = rect.center().x;
    let icon = Rect::from_center_size(pos2(middle, rect.top() + 23.0), vec2(20.0, 20.0));
    place_icon(painter, icon, place, color);
    let name_font = TextStyle::Body.resolve(ui.style());
    painter.text(pos2(middle, rect.top() + 47.0), Align2::CENTER_CENTER, place.name(), name_font, color);
    let state_font: FontId = TextStyle::Small.resolve(ui.style());
    painter.text(pos2(middle, rect.top() + 64.0), Align2::CENTER_CENTER, state, state_font, palette.weak);
    response.on_hover_text(hover_of(place)).clicked()
}

fn hover_of(place: Place) -> &'static str {
    match place {
        Place::Data => "Speech recordings, words and splits (key 1)",
        Place::Network => "Block patterns and what they cost in memory (key 2)",
        Place::Train => "Training, live (key 3)",
        Place::Compare => "Many runs side by side (key 4)",
        Place::Live => "Microphone in, keyword out (key 5)",
        Place::Export => "Models as files that others compute with (key 6)",
    }
}

/// The state line of a place.
fn state_of(place: Place, snapshot: &Snapshot) -> String {
    match place {
        Place::Data => data_state(snapshot),
        Place::Network => match snapshot.plan.as_ref() {
            Some(plan) => match &plan.network {
                Ok(network) => numbers::bytes_from_bits(network.bits.total),
                Err(_) => "not possible".into(),
            },
            None => "no plan".into(),
        },
        Place::Train => train_state(snapshot),
        Place::Compare => {
            let done = snapshot.runs.runs.iter().filter(|run| run.summary.is_some()).count();
            if snapshot.runs.reading && done == 0 {
                "reading".into()
            } else {
                numbers::count(done as u64, "run", "runs")
            }
        }
        Place::Live => if snapshot.live.listening { "listening" } else { "device closed" }.into(),
        Place::Export => export_state(snapshot),
    }
}

fn data_state(snapshot: &Snapshot) -> String {
    if let Some(loading) = &snapshot.dataset.loading {
        return if loading.total > 0 {
            format!("reading {}", numbers::percent(loading.done as f64 / loading.total as f64, 0))
        } else {
            "reading".into()
        };
    }
    match &snapshot.dataset.open {
        Some(open) => numbers::count(open.clips.len() as u64, "clip", "clips"),
        None => "no dataset".into(),
    }
}

fn export_state(snapshot: &Snapshot) -> String {
    let export = &snapshot.export;
    if export.writing.is_some() {
        return "writing".into();
    }
    match export.done.iter().filter(|outcome| outcome.result.is_ok()).count() {
        0 => "no export".into(),
        done => numbers::count(done as u64, "export", "exports"),
    }
}

fn train_state(snapshot: &Snapshot) -> String {
    let training = &snapshot.training;
    let queued = training.queue.len() as u64;
    match &training.current {
        Some(run) => match run.phase {
            RunPhase::Preparing => "preparing".into(),
            RunPhase::Training => format!("epoch {}/{}", run.epoch, run.num_epochs),
            RunPhase::Paused => format!("paused {}/{}", run.epoch, run.num_epochs),
            RunPhase::Testing => "testing".into(),
            RunPhase::Failed => "failed".into(),
            RunPhase::Finished if queued == 0 => "finished".into(),
            RunPhase::Finished => format!("{queued} queued"),
        },
        None if queued > 0 => format!("{queued} queued"),
        None => "idle".into(),
    }
}

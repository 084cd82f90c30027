//! The first page: three ways to begin, large, until one was taken; afterwards the status line leads back to them.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::text::LayoutJob;
use egui::{Galley, Response, Sense, StrokeKind, TextFormat, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::context::{PickKind, ShellRequest};
use crate::places::Place;
use crate::theme::{Theme, size, text};
use crate::widgets::{focus_ring, labelled};

/// Height of a card.
const HEIGHT: f32 = 72.0;

/// A way to begin.
struct Way {
    name: &'static str,
    purpose: &'static str,
    leads_to: ShellRequest,
}

const WAYS: [Way; 3] = [
    Way {
        name: "Talk to it",
        purpose: "Say yes, no, stop, go: a dense and a compressed network listen side by side.",
        leads_to: ShellRequest::GoTo(Place::Live),
    },
    Way {
        name: "Tune it",
        purpose: "Drop blocks of weights, and see pattern and memory at once.",
        leads_to: ShellRequest::GoTo(Place::Network),
    },
    Way {
        name: "Open my data",
        purpose: "A folder with one sub-folder of recordings per word.",
        leads_to: ShellRequest::Pick(PickKind::Dataset),
    },
];

/// What the person chose on the first page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choice {
    /// One of the ways.
    Go(ShellRequest),
    /// None; the page goes.
    Close,
}

/// Draws the ways side by side.
pub(super) fn ui(ui: &mut Ui, theme: &Theme) -> Option<Choice> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.label(text::heading("Where to begin"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.button("×").on_hover_text("Close; “Begin” in the status line brings it back");
            if labelled(close, "Close where to begin").clicked() {
                chosen = Some(Choice::Close);
            }
        });
    });
    ui.add_space(size::HALF);
    ui.horizontal(|ui| {
        let gaps = (WAYS.len() - 1) as f32 * ui.spacing().item_spacing.x;
        let width = ((ui.available_width() - gaps) / WAYS.len() as f32).floor();
        for way in &WAYS {
            if card_ui(ui, theme, way, width).clicked() {
                chosen = Some(Choice::Go(way.leads_to.clone()));
            }
        }
    });
    ui.add_space(size::MARGIN);
    chosen
}

/// A button with its name above what it is for, both from the left.
fn card_ui(ui: &mut Ui, theme: &Theme, way: &Way, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, way.name));
    let visuals = ui.style().interact(&response);
    ui.painter().rect(rect, size::ROUNDING, visuals.weak_bg_fill, visuals.bg_stroke, StrokeKind::Inside);
    let galley = card(ui, theme, way, width - 2.0 * size::MARGIN);
    let at = pos2(rect.left() + size::MARGIN, rect.center().y - 0.5 * galley.size().y);
    ui.painter().galley(at, galley, theme.palette.text);
    focus_ring(ui, response)
}

fn card(ui: &Ui, theme: &Theme, way: &Way, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    let mut line = |text: &str, style: TextStyle, color| {
        job.append(text, 0.0, TextFormat::simple(style.resolve(ui.style()), color));
    };
    line(way.name, TextStyle::Heading, theme.palette.text);
    line("\n", TextStyle::Small, theme.palette.weak);
    line(way.purpose, TextStyle::Small, theme.palette.weak);
    job.wrap.max_width = width;
    ui.painter().layout_job(job)
}

//! The selected run at other bits: accuracy as a curve, and how its numbers fill their codes.

use std::sync::Arc;

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};
use engine::protocol::{Command, RunBits};
use engine::runs::RunId;

use super::{ComparePlace, bits_chart, bits_histogram};
use crate::context::PlaceContext;
use crate::figure::{Chart, ChartView};
use crate::messages::sentence;
use crate::numbers;
use crate::theme::{Method, size, text};
use crate::widgets;

/// From this width on the curves stand beside the histograms.
const BESIDE: f32 = 720.0;
/// Height of the curves where the histograms stand below them.
const CURVES: f32 = 240.0;
/// Least height of one layer's histograms.
const LAYER: f32 = 80.0;

impl ComparePlace {
    pub(super) fn bits_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        if !self.hint_ui(ui, 1, "Select a finished run to see how few bits it needs.") {
            return;
        }
        let Some(entry) = self.selection.runs().first().and_then(|run| self.catalogue.find(run)) else {
            return;
        };
        let (run, method) = (entry.row.run.clone(), entry.method.unwrap_or(Method::Dense));
        if entry.built_in.is_some() {
            ui.add_space(size::GROUP);
            ui.label("A built-in model is not measured at other bits here; select a run of yours.");
            return;
        }
        if entry.row.summary.is_none() {
            ui.add_space(size::GROUP);
            ui.label("This run has no weights to measure yet.");
            return;
        }
        let view = ctx.snapshot.bits.clone();
        if let Some((_, progress)) = view.measuring.as_ref().filter(|(measuring, _)| *measuring == run) {
            ui.add_space(size::STEP);
            if widgets::progress_ui(ui, progress, Some("Stop measuring")) {
                ctx.send(Command::CancelSweep);
            }
            return;
        }
        if let Some((_, message)) = view.failure.as_ref().filter(|(failed, _)| *failed == run) {
            ui.add(Label::new(RichText::new(sentence(message)).color(ctx.theme.palette.error)).wrap());
        }
        match measured(ctx, &run) {
            Some(bits) => self.measured_ui(ui, ctx, &bits, method),
            None => offer_ui(ui, ctx, run),
        }
    }

    fn measured_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, bits: &RunBits, method: Method) {
        ui.add(Label::new(text::small(key_numbers(bits))).wrap());
        for note in &bits.notes {
            ui.add(Label::new(RichText::new(format!("⚠ {note}")).color(ctx.theme.palette.warning)).wrap());
        }
        self.keep_ui(ui, ctx, bits);
        let ctx = &*ctx;
        let chart = bits_chart::chart(bits, method, ctx.theme);
        let room = ui.available_size();
        if room.x < BESIDE {
            ScrollArea::vertical().id_salt("bits").auto_shrink(false).show(ui, |ui| {
                self.curves_of_bits_ui(ui, ctx, bits, &chart, CURVES);
                histograms_ui(ui, ctx, bits, method, LAYER);
            });
            return;
        }
        let left = (room.x * 0.44).round();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP;
            ui.allocate_ui_with_layout(vec2(left, room.y), Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(vec2(left, room.y));
                self.curves_of_bits_ui(ui, ctx, bits, &chart, room.y);
            });
            let rest = vec2(ui.available_width(), room.y);
            ui.allocate_ui_with_layout(rest, Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(rest);
                let gaps = size::STEP * bits.layers.len() as f32;
                let each = ((room.y - gaps) / bits.layers.len().max(1) as f32).floor();
                ScrollArea::vertical()
                    .id_salt("histograms")
                    .auto_shrink(false)
                    .show(ui, |ui| histograms_ui(ui, ctx, bits, method, each.clamp(LAYER, 2.0 * LAYER)));
            });
        });
    }

    /// Draws the curves; a click on a point chooses its widths.
    fn curves_of_bits_ui(
        &mut self,
        ui: &mut Ui,
        ctx: &PlaceContext<'_>,
        bits: &RunBits,
        chart: &Chart,
        height: f32,
    ) {
        let view = ChartView { legend_lines: 2, ..ChartView::new("accuracy against bits", height.max(96.0)) };
        let (response, pick) = view.show(ui, ctx.theme, chart);
        let Some(pick) = pick else { return };
        response.on_hover_cursor(egui::CursorIcon::PointingHand);
        if let Some(point) = bits_chart::point(bits, pick).filter(|_| pick.clicked) {
            self.keep.choose(point);
        }
    }

    /// The menu that saves the curves, once there are some.
    pub(super) fn save_bits_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let Some(entry) = self.selection.runs().first().and_then(|run| self.catalogue.find(run)) else {
            return;
        };
        let Some(bits) = measured(ctx, &entry.row.run) else { return };
        let method = entry.method.unwrap_or(Method::Dense);
        self.save.ui(
            ui,
            ctx,
            &format!("accuracy against bits of {}", entry.row.run.0),
            |_, theme| bits_chart::figure(&bits, method, entry.row.config.as_ref(), theme),
            |_| bits_chart::table(&bits, entry.row.config.as_ref()),
        );
        let again = ui.button("Measure again");
        if again
            .on_hover_text("Rounds and measures anew, after the run or its recordings have changed")
            .clicked()
        {
            ctx.send(Command::SweepBits(entry.row.run.clone()));
        }
    }
}

fn measured(ctx: &PlaceContext<'_>, run: &RunId) -> Option<Arc<RunBits>> {
    ctx.snapshot.bits.measured.iter().find(|bits| bits.run == *run).cloned()
}

fn offer_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, run: RunId) {
    let purpose = "The weights of this run are rounded anew to 2 to 8 bits, and what its layers read to 4 to 8 bits, \
                   without any training, and each is measured on the validation split. Beside that, the numbers of every \
                   layer are counted: how they fill their codes, and how many are clipped. What is enough can then be kept \
                   as a run of its own.";
    widgets::empty_state(ui, "How few bits are enough?", purpose, |ui| {
        let how = "Takes seconds; the recordings of the run are read if they are not open";
        if widgets::primary_button_with(ui, ctx.theme, "Measure at other bits", how).clicked() {
            ctx.send(Command::SweepBits(run));
        }
    });
}

fn histograms_ui(ui: &mut Ui, ctx: &PlaceContext<'_>, bits: &RunBits, method: Method, height: f32) {
    let width = ((ui.available_width() - size::MARGIN) / 2.0).floor();
    let colour = ctx.theme.method(method);
    for layer in &bits.layers {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::MARGIN;
            for (what, counted) in [("weights", &layer.weights), ("inputs", &layer.activations)] {
                let name = format!("{}, {what}", layer.name);
                bits_histogram::ui(ui, ctx.theme, &name, counted, colour, vec2(width, height));
            }
        });
        ui.add_space(size::HALF);
    }
}

/// The point of the run in words, and what all points are.
fn key_numbers(bits: &RunBits) -> String {
    let own = &bits.own;
    let arithmetic = if bits.is_integer { "integer, " } else { "" };
    format!(
        "{}: {} as shipped ({arithmetic}{}, {} by the bill), {} in float; {} of the validation split, rounded after training",
        bits.run.0,
        numbers::percent(own.accuracy, 1),
        bits_chart::widths(bits),
        bits_chart::bytes(own.memory_bits),
        numbers::percent(bits.float.accuracy, 1),
        numbers::count(bits.num_clips as u64, "clip", "clips"),
    )
}

//! How a run ended, and where to go from there.

use engine::protocol::{CurrentRun, ModelSource, RunPhase, RunState};

use super::{failed, speed};
use crate::context::{PlaceContext, ShellRequest};
use crate::messages::sentence;
use crate::numbers;
use crate::places::{Handover, Place};
use crate::theme::size;
use crate::widgets::{self, Figure};

/// Draws the outcome; returns what the person wants to see elsewhere.
pub(super) fn ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, run: &CurrentRun) -> Option<Handover> {
    let mut handover = None;
    egui::Frame::new()
        .stroke(egui::Stroke::new(1.0, ctx.theme.palette.line))
        .corner_radius(size::ROUNDING)
        .inner_margin(size::MARGIN)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            handover = if run.phase == RunPhase::Failed {
                failed_ui(ui, ctx, run)
            } else {
                finished_ui(ui, ctx, run)
            };
        });
    handover
}

fn finished_ui(ui: &mut egui::Ui, ctx: &PlaceContext<'_>, run: &CurrentRun) -> Option<Handover> {
    let row = ctx.snapshot.runs.runs.iter().find(|row| row.run == run.run);
    if let Some(summary) = row.and_then(|row| row.summary.as_ref()) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP;
            let figure =
                |name, value, beside: String, how: &str| Figure { name, value, beside, how: how.into() };
            let clips = numbers::whole(summary.num_test as u64);
            let clips = match summary.test_accuracy_float {
                Some(float) => format!("integer, {clips} clips; {} in float", numbers::percent(float, 1)),
                None => format!("float, {clips} clips"),
            };
            let test = numbers::percent(summary.test_accuracy, 1);
            widgets::figure_ui(
                ui,
                &figure(
                    "Test accuracy",
                    test,
                    clips,
                    "Best weights by validation, measured once on the testing split",
                ),
            );
            let valid = numbers::percent(summary.valid_accuracy, 1);
            let epoch = format!("epoch {} of {}", summary.best_epoch, summary.num_epochs);
            widgets::figure_ui(
                ui,
                &figure("Validation accuracy", valid, epoch, "Highest accuracy on the validation split"),
            );
            let bytes = numbers::bytes_from_bits(summary.memory_bits.total);
            let fp32 = format!("{} under dense fp32", numbers::factor(summary.reduction_vs_fp32));
            widgets::figure_ui(ui, &figure("Memory", bytes, fp32, "Kept weights, block index and biases"));
            let macs = numbers::whole(summary.macs_per_inference);
            widgets::figure_ui(
                ui,
                &figure(
                    "Multiplications",
                    macs,
                    "per decision".into(),
                    "Multiply-accumulates of one inference",
                ),
            );
            widgets::figure_ui(ui, &speed::step(run));
        });
    } else {
        ui.label("The run is complete; its figures are being read.");
    }
    ui.add_space(size::STEP);
    let mut handover = None;
    ui.horizontal(|ui| {
        if widgets::primary_button(ui, ctx.theme, "Listen with it").clicked() {
            handover = Some(Handover::Listen(ModelSource::Run(run.run.clone())));
        }
        if ui.button("Compare it").clicked() {
            handover = Some(Handover::Compare(run.run.clone()));
        }
        if ui.button("Export it").clicked() {
            handover = Some(Handover::Export(ModelSource::Run(run.run.clone())));
        }
    });
    handover
}

fn failed_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, run: &CurrentRun) -> Option<Handover> {
    let message =
        run.failure.as_deref().unwrap_or("The run ended with an error; its last checkpoint is kept.");
    ui.colored_label(ctx.theme.palette.error, sentence(message));
    ui.add_space(size::STEP);
    let mut handover = None;
    let runs = ctx.snapshot.runs.clone();
    let row = runs.runs.iter().find(|row| row.run == run.run);
    ui.horizontal_wrapped(|ui| {
        if let Some(RunState::Failed(failure)) = row.map(|row| &row.state) {
            failed::remedy_ui(ui, ctx, &run.run, Some(&run.config), failure);
        }
        if ui.button("Change the network").clicked() {
            ctx.ask(ShellRequest::GoTo(Place::Network));
        }
        if ui.button("Look at it in Compare").clicked() {
            handover = Some(Handover::Compare(run.run.clone()));
        }
    });
    handover
}

//! What the run is doing: its name, its buttons, how far it is.

use egui::{Align, Layout, ProgressBar, RichText};
use engine::protocol::{Command, CurrentRun, RunPhase, StopMode};

use super::speed;
use crate::context::PlaceContext;
use crate::theme::{Method, size, text};
use crate::{figure, numbers, widgets};

/// Room of bar and figures, in points.
const STRIP_HEIGHT: f32 = 72.0;

/// Draws name, settings and buttons; true when discarding was asked for.
pub(super) fn header_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, run: &CurrentRun) -> bool {
    let mut discard = false;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            discard = buttons_ui(ui, ctx, run.phase);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (swatch, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
                ui.painter().rect_filled(swatch, 2.0, ctx.theme.method(Method::of(&run.config)));
                let phase = RichText::new(phase_name(run.phase)).color(phase_color(ctx, run.phase));
                let room = ui.available_width() - widgets::text_width(ui, phase.clone()) - 2.0 * size::STEP;
                ui.scope(|ui| {
                    ui.set_max_width(room.max(0.0));
                    ui.add(egui::Label::new(text::title(&run.run.0)).truncate());
                });
                ui.label(phase);
            });
        });
    });
    let phrases = figure::settings_of(&run.config);
    let line = egui::Label::new(text::small(phrases.join(" · "))).truncate().show_tooltip_when_elided(false);
    ui.add(line).on_hover_text(phrases.join("\n"));
    ui.add_space(size::STEP);
    discard
}

fn buttons_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, phase: RunPhase) -> bool {
    let is_running = matches!(phase, RunPhase::Training | RunPhase::Paused);
    if matches!(phase, RunPhase::Finished | RunPhase::Failed) {
        return false;
    }
    let discard = ui.button("Discard…").on_hover_text("Stops now and removes the run's folder").clicked();
    let keep = ui.add_enabled(is_running, egui::Button::new("Stop and keep"));
    let keep =
        keep.on_hover_text("Stops now, keeps the best weights so far and measures them on the testing split");
    if keep.clicked() {
        ctx.send(Command::StopRun(StopMode::Keep));
    }
    if phase == RunPhase::Paused {
        if widgets::primary_button(ui, ctx.theme, "Resume").clicked() {
            ctx.send(Command::ResumeRun);
        }
    } else {
        let pause = ui.add_enabled(phase == RunPhase::Training, egui::Button::new("Pause"));
        if pause.on_hover_text("Holds the run at the next step and frees the processor").clicked() {
            ctx.send(Command::PauseRun);
        }
    }
    discard
}

fn phase_name(phase: RunPhase) -> &'static str {
    match phase {
        RunPhase::Preparing => "preparing",
        RunPhase::Training => "training",
        RunPhase::Paused => "paused",
        RunPhase::Testing => "testing",
        RunPhase::Finished => "finished",
        RunPhase::Failed => "failed",
    }
}

fn phase_color(ctx: &PlaceContext<'_>, phase: RunPhase) -> egui::Color32 {
    let palette = &ctx.theme.palette;
    match phase {
        RunPhase::Finished => palette.good,
        RunPhase::Failed => palette.error,
        RunPhase::Paused => palette.warning,
        _ => palette.weak,
    }
}

/// Draws the bar and the figures of a run in progress.
pub(super) fn strip_ui(ui: &mut egui::Ui, run: &CurrentRun) {
    ui.vertical(|ui| {
        // The same height in every phase, so that the curves do not move when training begins.
        ui.set_min_height(STRIP_HEIGHT);
        phase_ui(ui, run);
    });
}

fn phase_ui(ui: &mut egui::Ui, run: &CurrentRun) {
    if matches!(run.phase, RunPhase::Preparing | RunPhase::Testing) {
        let mut progress = run.progress.clone();
        if progress.what.is_empty() {
            progress.what = match run.phase {
                RunPhase::Preparing => "Reading recordings and learning the normalisation".into(),
                _ => "Measuring the best weights on the testing split".into(),
            };
        }
        widgets::progress_ui(ui, &progress, None);
        return;
    }
    let in_epoch = run.batch as f64 / run.num_batches.max(1) as f64;
    let share = (run.epoch.saturating_sub(1) as f64 + in_epoch) / run.num_epochs.max(1) as f64;
    let fill = ui.visuals().text_color().gamma_multiply(0.7);
    let bar = ProgressBar::new(share.clamp(0.0, 1.0) as f32).desired_height(size::STEP).corner_radius(2);
    widgets::labelled(ui.add(bar.fill(fill)), "Progress of the run");
    ui.add_space(size::HALF);
    // By their tops: a figure that has nothing beside it yet stands where it will stand later.
    ui.with_layout(Layout::left_to_right(Align::Min).with_main_wrap(true), |ui| {
        ui.spacing_mut().item_spacing.x = size::GROUP;
        for (figure, [value, beside]) in figures(run) {
            widgets::figure_column_ui(ui, &figure, [&value, &beside]);
        }
    });
}

/// The figures, each with the widest value it will have and the widest text beside that.
fn figures(run: &CurrentRun) -> Vec<(widgets::Figure, [String; 2])> {
    let figure = |name, value: String, beside: String, how: &str| widgets::Figure {
        name,
        value,
        beside,
        how: how.to_string(),
    };
    let best = run.history.iter().rev().find(|epoch| epoch.is_best);
    let (accuracy, best_epoch) = best.map_or_else(
        || ("–".to_string(), String::new()),
        |best| (numbers::percent(best.valid_accuracy, 1), format!("in epoch {}", best.epoch)),
    );
    let left = match (run.phase, run.left_secs) {
        (RunPhase::Paused, _) => "paused".to_string(),
        (_, Some(secs)) => numbers::duration(secs),
        (_, None) => "–".to_string(),
    };
    let elapsed = |secs| format!("{} so far", numbers::duration(secs));
    let rate = |rate: f64| format!("{rate:.2e}");
    let peak = format!("peak {:.0e}", run.config.train.learning_rate);
    let longest = 59.0 * 60.0 + 59.0;
    vec![
        (
            figure(
                "Epoch",
                epoch_text(run.epoch, run.num_epochs),
                batch_text(run.batch, run.num_batches),
                "Passes over the training split, and steps done in this one",
            ),
            [epoch_text(run.num_epochs, run.num_epochs), batch_text(run.num_batches, run.num_batches)],
        ),
        (
            figure(
                "Time left",
                left,
                elapsed(run.elapsed_secs),
                "Estimated from the speed of the last seconds; pauses are not counted",
            ),
            [numbers::duration(longest), elapsed(longest)],
        ),
        (speed::clips(run), speed::CLIPS_WIDEST.map(String::from)),
        (speed::step(run), speed::STEP_WIDEST.map(String::from)),
        (
            figure("Learning rate", rate(run.learning_rate), peak.clone(), "Step size of the latest step"),
            [rate(8.88e-8), peak],
        ),
        (
            figure(
                "Best validation",
                accuracy,
                best_epoch,
                "Highest accuracy on the validation split; those weights are kept",
            ),
            [numbers::percent(0.888, 1), format!("in epoch {}", run.num_epochs)],
        ),
    ]
}

fn epoch_text(epoch: usize, num_epochs: usize) -> String {
    format!("{epoch} of {num_epochs}")
}

fn batch_text(batch: usize, num_batches: usize) -> String {
    format!("batch {batch} of {num_batches}")
}

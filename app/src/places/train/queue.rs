//! Waiting runs, and runs that can be continued.

use egui::{Align, Layout, ScrollArea};
use engine::protocol::{Command, RunState};

use crate::context::PlaceContext;
use crate::theme::size;
use crate::{figure, numbers, widgets};

/// Rows shown before the list scrolls.
const VISIBLE_ROWS: f32 = 8.0;

/// Draws the queue, first to start first; each run can be taken out.
pub(super) fn queue_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
    let training = ctx.snapshot.training.clone();
    if training.queue.is_empty() {
        return;
    }
    widgets::section(ui, &format!("Queue · {}", numbers::count(training.queue.len() as u64, "run", "runs")));
    let mut removed = None;
    rows(ui, "queue", training.queue.len(), |ui, index| {
        let (run, config) = &training.queue[index];
        let hover = figure::settings_of(config).join("\n");
        if row(ui, &run.0, &hover, "Remove", &format!("Remove {} from the queue", run.0)) {
            removed = Some(run.clone());
        }
    });
    if let Some(run) = removed {
        ctx.send(Command::DequeueRun(run));
    }
    if training.queue.len() > 1 && ui.button("Remove all from queue").clicked() {
        for (run, _) in &training.queue {
            ctx.send(Command::DequeueRun(run.clone()));
        }
    }
}

/// Draws the runs that were interrupted; each can be continued from its last checkpoint.
pub(super) fn interrupted_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
    let training = &ctx.snapshot.training;
    let runs = ctx.snapshot.runs.clone();
    let is_waiting = |run: &engine::runs::RunId| {
        training.queue.iter().any(|(queued, _)| queued == run)
            || training.current.as_ref().is_some_and(|current| current.run == *run)
    };
    let interrupted: Vec<_> =
        runs.runs.iter().filter(|row| row.state == RunState::Interrupted && !is_waiting(&row.run)).collect();
    if interrupted.is_empty() {
        return;
    }
    widgets::section(ui, "Interrupted");
    let mut continued = None;
    rows(ui, "interrupted", interrupted.len(), |ui, index| {
        let run = &interrupted[index];
        let hover = run.config.as_ref().map(|config| figure::settings_of(config).join("\n"));
        let hover = hover.unwrap_or_default();
        if row(ui, &run.run.0, &hover, "Continue", &format!("Continue {}", run.run.0)) {
            continued = Some(run.run.clone());
        }
    });
    if let Some(run) = continued {
        ctx.send(Command::ContinueRun(run));
    }
}

fn rows(ui: &mut egui::Ui, id: &str, count: usize, mut draw: impl FnMut(&mut egui::Ui, usize)) {
    let most = VISIBLE_ROWS * (size::ROW + size::HALF);
    ScrollArea::vertical().id_salt(id).max_height(most).show_rows(ui, size::ROW, count, |ui, range| {
        ui.set_max_width(ui.available_width() - size::STEP);
        for index in range {
            draw(ui, index);
        }
    });
}

/// One run with one button; true when it was pressed.
fn row(ui: &mut egui::Ui, name: &str, hover: &str, action: &str, label: &str) -> bool {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = widgets::labelled(ui.button(action), label);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(name).truncate().show_tooltip_when_elided(false))
                    .on_hover_text(format!("{name}\n{hover}"));
            });
            button.clicked()
        })
        .inner
    })
    .inner
}

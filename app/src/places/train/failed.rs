//! Runs that ended with an error: why, and what helps.

use egui::{Label, RichText};
use engine::protocol::{Command, RunState};
use engine::runs::{Failure, Remedy, RunId};
use engine::settings::Config;

use crate::context::PlaceContext;
use crate::messages::sentence;
use crate::theme::{size, text};
use crate::{figure, widgets};

/// Failed runs that are listed at once; the rest is in Compare.
const MOST_SHOWN: usize = 12;

/// Draws the failed runs, newest first, each with its reason in full and what helps.
pub(super) fn ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
    let runs = ctx.snapshot.runs.clone();
    let training = ctx.snapshot.training.clone();
    // What stands in the middle of the window need not stand here too.
    let is_waiting = |run: &RunId| {
        training.queue.iter().any(|(queued, _)| queued == run)
            || training.current.as_ref().is_some_and(|current| current.run == *run)
    };
    let failed: Vec<_> = runs
        .runs
        .iter()
        .filter_map(|row| match &row.state {
            RunState::Failed(failure) if !is_waiting(&row.run) => Some((row, failure)),
            _ => None,
        })
        .collect();
    if failed.is_empty() {
        return;
    }
    widgets::section(ui, "Failed");
    for (row, failure) in failed.iter().take(MOST_SHOWN) {
        let hover = row.config.as_ref().map(|config| figure::settings_of(config).join("\n"));
        ui.add(Label::new(&row.run.0).wrap()).on_hover_text(hover.unwrap_or_default());
        let reason = RichText::new(sentence(&failure.message)).small().color(ctx.theme.palette.error);
        ui.add(Label::new(reason).wrap().selectable(true));
        ui.horizontal_wrapped(|ui| {
            remedy_ui(ui, ctx, &row.run, row.config.as_ref(), failure);
            let remove = ui.button("Remove").on_hover_text("Moves its folder to the trash folder");
            if widgets::labelled(remove, &format!("Remove {}", row.run.0)).clicked() {
                ctx.send(Command::DeleteRun(row.run.clone()));
            }
        });
        ui.add_space(size::STEP);
    }
    if failed.len() > MOST_SHOWN {
        ui.label(text::small(format!("{} more are listed in Compare.", failed.len() - MOST_SHOWN)));
    }
}

/// Draws the button of what helps.
pub(super) fn remedy_ui(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    run: &RunId,
    config: Option<&Config>,
    failure: &Failure,
) {
    let (name, hover) = match failure.remedy {
        Remedy::LowerLearningRate => (
            "Take its settings, half the learning rate",
            "Puts the run's settings into the window with half its learning rate; then start a new run. Undo takes it back",
        ),
        Remedy::ChangeSettings => (
            "Take its settings to change them",
            "Puts the run's settings into the window; change what the reason names, then start a new run. Undo takes it back",
        ),
        Remedy::TryAgain => {
            ("Try again", "Goes on from its last checkpoint, or from the start where it has none")
        }
    };
    let button =
        ui.add_enabled(failure.remedy == Remedy::TryAgain || config.is_some(), egui::Button::new(name));
    if !widgets::labelled(button, &format!("{name}: {}", run.0)).on_hover_text(hover).clicked() {
        return;
    }
    match (failure.remedy, config) {
        (Remedy::TryAgain, _) => ctx.send(Command::ContinueRun(run.clone())),
        (_, None) => {}
        (Remedy::ChangeSettings, Some(config)) => *ctx.config = config.clone(),
        (Remedy::LowerLearningRate, Some(config)) => {
            *ctx.config = config.clone();
            ctx.config.train.learning_rate = config.train.learning_rate / 2.0;
        }
    }
}

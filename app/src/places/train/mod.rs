//! The place Train: start runs, watch them learn, pause, stop and keep, continue.

mod cells;
mod curves;
mod failed;
mod outcome;
mod pattern_map;
mod progress;
mod queue;
mod settings;
mod speed;
mod start;
#[cfg(test)]
mod tests;

use egui::{Modal, ScrollArea};
use engine::protocol::{Command, CurrentRun, RunPhase, StopMode};
use engine::runs::RunId;
use engine::settings::Config;
use serde::{Deserialize, Serialize};

use super::Handover;
use crate::context::{PlaceContext, ShellRequest};
use crate::figure::SaveMenu;
use crate::places::Place;
use crate::theme::{size, text};
use crate::widgets;

/// The place Train: what it remembers between frames and, where not skipped, between sessions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainPlace {
    form: start::StartForm,
    save: SaveMenu,
    #[serde(skip)]
    map: pattern_map::PatternMap,
    #[serde(skip)]
    discarding: Option<RunId>,
    #[serde(skip)]
    handover: Option<Handover>,
}

impl TrainPlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        self.save.collect(ctx);
        let training = ctx.snapshot.training.clone();
        match &training.current {
            None => self.empty_ui(ui, ctx),
            Some(run) => {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    ui.set_max_width(ui.available_width() - size::STEP);
                    self.run_ui(ui, ctx, run);
                });
            }
        }
        self.discard_ui(ui, ctx);
    }

    /// Draws the inspector: what starts next.
    pub fn inspector_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        self.form.ui(ui, ctx);
        queue::queue_ui(ui, ctx);
        queue::interrupted_ui(ui, ctx);
        failed::ui(ui, ctx);
        settings::ui(ui, ctx);
    }

    /// The runs that the form asks for, as commands.
    ///
    /// # Errors
    /// A sentence that names the field and what it takes.
    pub fn commands(&self, config: &Config) -> Result<Vec<Command>, String> {
        let runs = self.form.runs(config)?;
        let command = |(config, name)| Command::QueueRun { config: Box::new(config), name };
        Ok(runs.into_iter().map(command).collect())
    }

    /// What shall be shown in another place, once.
    pub fn take_handover(&mut self) -> Option<Handover> {
        self.handover.take()
    }

    fn empty_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let purpose = "Here a network learns from the open dataset. Only the kept blocks of its weights exist: \
                       they alone are trained, stored and multiplied. Watch loss, accuracy and the weights of \
                       each block while it learns; pause, stop and keep, or queue several runs.";
        widgets::empty_state(ui, "Nothing is training", purpose, |ui| {
            ui.label(text::small(start::summary(ctx.config)));
            ui.add_space(size::MARGIN);
            if widgets::primary_button(ui, ctx.theme, "Train this network").clicked() {
                // With the seeds and drop probabilities of the form, as its own button does.
                match self.commands(ctx.config) {
                    Ok(commands) => ctx.commands.extend(commands),
                    Err(problem) => ctx.messages.error(problem),
                }
            }
            ui.add_space(size::STEP);
            if ui.button("Change the network").clicked() {
                ctx.ask(ShellRequest::GoTo(Place::Network));
            }
        });
    }

    fn run_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, run: &CurrentRun) {
        if progress::header_ui(ui, ctx, run) {
            self.discarding = Some(run.run.clone());
        }
        match run.phase {
            RunPhase::Finished | RunPhase::Failed => {
                if let Some(handover) = outcome::ui(ui, ctx, run) {
                    ctx.ask(ShellRequest::GoTo(handover.place()));
                    self.handover = Some(handover);
                }
            }
            _ => progress::strip_ui(ui, run),
        }
        ui.add_space(size::STEP);
        curves::ui(ui, ctx, run, &mut self.save);
        ui.add_space(size::STEP);
        self.map.ui(ui, ctx, run, &mut self.save);
    }

    fn discard_ui(&mut self, ui: &egui::Ui, ctx: &mut PlaceContext<'_>) {
        let Some(run) = self.discarding.clone() else { return };
        let is_current = ctx.snapshot.training.current.as_ref().is_some_and(|current| current.run == run);
        if !is_current {
            self.discarding = None;
            return;
        }
        let modal = Modal::new(egui::Id::unique("discard run")).show(ui.ctx(), |ui| {
            ui.set_max_width(400.0);
            ui.label(text::heading(format!("Discard {}?", run.0)));
            ui.add_space(size::STEP);
            ui.label("Its folder is removed with weights and curves. This cannot be undone.");
            ui.add_space(size::MARGIN);
            ui.horizontal(|ui| {
                if ui.button("Keep training").clicked() {
                    self.discarding = None;
                }
                if ui.button(egui::RichText::new("Discard run").color(ctx.theme.palette.error)).clicked() {
                    ctx.send(Command::StopRun(StopMode::Discard));
                    self.discarding = None;
                }
            });
        });
        if modal.should_close() {
            self.discarding = None;
        }
    }
}

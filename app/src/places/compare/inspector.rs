//! The inspector of Compare: what is selected, its figures, and what can be done with it.

use engine::evaluate::significance::{mean_and_spread, standard_error};
use engine::protocol::{Command, ModelSource, RunState};
use engine::runs::{RunEnd, RunId, SeedGroup, Spread, Summary};
use engine::settings::{Config, SETTINGS};

use super::ComparePlace;
use super::catalogue::{Entry, state_name};
use super::columns::{self, Column, date_text};
use super::side_by_side::BIASES_HOW;
use crate::context::{PlaceContext, ShellRequest};
use crate::messages::sentence;
use crate::places::{Handover, Place};
use crate::theme::{size, text};
use crate::{numbers, widgets};

impl ComparePlace {
    /// Draws the inspector of what is selected.
    pub(super) fn selected_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let selected: Vec<Entry> = self.selected().into_iter().cloned().collect();
        match selected.as_slice() {
            [] => self.nothing_ui(ui, ctx),
            [one] => match one.group.clone().filter(|_| one.members.len() > 1) {
                Some(group) => self.group_ui(ui, ctx, one, &group),
                None => self.one_ui(ui, ctx, one),
            },
            many => self.many_ui(ui, ctx, many),
        }
    }

    fn nothing_ui(&self, ui: &mut egui::Ui, ctx: &PlaceContext<'_>) {
        ui.label(text::heading("Nothing selected"));
        ui.add_space(size::HALF);
        ui.label(
            "Click a run in the table or in the chart. With Ctrl or Shift several are selected: their \
             curves are overlaid, and two are put side by side.",
        );
        widgets::section(ui, "Runs folder");
        ui.add(egui::Label::new(text::small(ctx.snapshot.runs.folder.display().to_string())).wrap());
    }

    fn one_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, entry: &Entry) {
        ui.add(egui::Label::new(text::heading(entry.name.as_ref())).wrap());
        if entry.built_in.is_some() {
            let told = "Ships with the workbench. Trained on recordings of Speech Commands, which are no part of it; its figures \
                        here are measured on the testing split of the built-in demo data, so that a run on these can be held \
                        against it.";
            ui.add(egui::Label::new(told).wrap());
        } else {
            let created = date_text(entry.row.created_secs);
            ui.label(text::small(format!("{} · created {created} UTC", state_name(&entry.row.state))));
        }
        ui.add_space(size::STEP);
        if let RunState::Damaged(reason) = &entry.row.state {
            ui.colored_label(ctx.theme.palette.error, sentence(reason));
            ui.add_space(size::STEP);
        }
        if let RunState::Failed(failure) = &entry.row.state {
            ui.colored_label(ctx.theme.palette.error, sentence(&failure.message));
            ui.add_space(size::STEP);
        }
        self.actions_ui(ui, ctx, entry);
        self.rounded_ui(ui, entry);
        if let Some(summary) = &entry.row.summary {
            summary_ui(ui, summary, &entry.clips, entry.built_in.is_some());
        }
        if let Some(config) = &entry.row.config {
            settings_ui(ui, entry, config);
        }
    }

    /// An experiment: its means with their spread, then seed by seed.
    fn group_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, entry: &Entry, group: &SeedGroup) {
        ui.add(egui::Label::new(text::heading(entry.name.as_ref())).wrap());
        let seeds = numbers::count(group.seeds.len() as u64, "seed", "seeds");
        ui.label(text::small(format!("{seeds} of one experiment: runs that differ by their seed alone")));
        widgets::section(ui, "Mean over seeds");
        let spread = |spread: &Spread| match spread.std {
            Some(std) => mean_and_spread(spread.mean, std),
            None => numbers::percent(spread.mean, 1),
        };
        let how = "Mean and standard deviation over the seeds; each seed counts once";
        widgets::fact_ui(ui, "Test accuracy", spread(&group.test_accuracy), how);
        widgets::fact_ui(ui, "Validation accuracy", spread(&group.valid_accuracy), how);
        widgets::fact_ui(ui, "Memory", numbers::bytes_from_bits(group.memory_total_bits as u64), "Mean bill");
        widgets::fact_ui(
            ui,
            "Under dense fp32",
            numbers::factor(group.reduction_vs_fp32),
            "Dense fp32 over that",
        );
        ui.add(egui::Label::new(text::small(format!("Measured on {}", entry.clips))).wrap());
        widgets::section(ui, "Seed by seed");
        for run in entry.members.iter() {
            let Some(member) = self.catalogue.find(run) else { continue };
            let accuracy =
                member.row.summary.as_ref().map(|summary| numbers::percent(summary.test_accuracy, 1));
            let is_copy = group.copies.contains(run);
            let note = if is_copy {
                "A copy: another run of this seed has the same figures"
            } else {
                "Test accuracy"
            };
            let copied = if is_copy { "copy, " } else { "" };
            widgets::fact_ui(ui, &run.0, format!("{copied}{}", accuracy.unwrap_or_default()), note);
        }
        ui.add_space(size::STEP);
        let runs = entry.members.to_vec();
        if ui.button(format!("Delete {} runs", runs.len())).clicked() {
            self.delete(ctx, runs);
        }
        if let Some(config) = &entry.row.config {
            settings_ui(ui, entry, config);
        }
    }

    fn many_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, entries: &[Entry]) {
        const MOST_LISTED: usize = 12;
        let runs: Vec<RunId> = entries.iter().flat_map(|entry| entry.members.iter().cloned()).collect();
        ui.label(text::heading(format!("{} runs selected", runs.len())));
        if runs.len() > super::selection::MOST_OVERLAID {
            let told = format!("Curves are drawn of the first {}.", super::selection::MOST_OVERLAID);
            ui.label(text::small(told));
        }
        ui.add_space(size::HALF);
        for entry in entries.iter().take(MOST_LISTED) {
            widgets::fact_ui(ui, &entry.name, Column::TestAccuracy.text(entry), "Test accuracy");
        }
        if let Some(rest) = entries.len().checked_sub(MOST_LISTED).filter(|rest| *rest > 0) {
            ui.label(text::small(format!("and {} more", numbers::whole(rest as u64))));
        }
        ui.add_space(size::STEP);
        let own: Vec<RunId> = runs
            .into_iter()
            .filter(|run| self.catalogue.find(run).is_some_and(|e| e.built_in.is_none()))
            .collect();
        if !own.is_empty()
            && ui.button(format!("Delete {}", numbers::count(own.len() as u64, "run", "runs"))).clicked()
        {
            self.delete(ctx, own);
        }
    }

    /// Which run the weights were trained in, where that is another one.
    fn rounded_ui(&mut self, ui: &mut egui::Ui, entry: &Entry) {
        let summary = entry.row.summary.as_ref();
        let Some(from) = summary.and_then(|summary| summary.rounded_from.clone()) else { return };
        ui.add_space(size::STEP);
        let told = format!(
            "Rounded after training from {from}: its weights at other bits, calibrated and measured, without further \
             training. There is no checkpoint, so it cannot be continued."
        );
        ui.add(egui::Label::new(told).wrap());
        if self.catalogue.find(&from).is_some() && ui.button(format!("Select {from}")).clicked() {
            self.select(from);
        }
    }

    fn actions_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, entry: &Entry) {
        let run = &entry.row.run;
        let is_stopped = entry.row.summary.as_ref().is_some_and(|summary| summary.end == RunEnd::Stopped);
        ui.horizontal_wrapped(|ui| {
            if entry.row.summary.is_some() && ui.button("Listen with it").clicked() {
                self.hand(ctx, Handover::Listen(ModelSource::of_run(run)));
            }
            if entry.row.summary.is_some() && ui.button("Export it").clicked() {
                self.hand(ctx, Handover::Export(ModelSource::of_run(run)));
            }
            if (entry.row.state == RunState::Interrupted || is_stopped)
                && ui.button("Continue training").clicked()
            {
                ctx.send(Command::ContinueRun(run.clone()));
                ctx.ask(ShellRequest::GoTo(Place::Train));
            }
            if let Some(config) = &entry.row.config {
                let use_it = ui.button("Use its settings");
                if use_it.on_hover_text("Puts this run's settings into Network; Undo takes it back").clicked()
                {
                    *ctx.config = config.clone();
                    ctx.ask(ShellRequest::GoTo(Place::Network));
                }
            }
            if entry.built_in.is_some() {
                return;
            }
            let can_delete = !matches!(entry.row.state, RunState::Running | RunState::Waiting);
            let delete = ui.add_enabled(can_delete, egui::Button::new("Delete run"));
            if delete.on_hover_text("Moves its folder to the trash folder; this can be undone").clicked() {
                self.delete(ctx, vec![run.clone()]);
            }
        });
    }
}

fn summary_ui(ui: &mut egui::Ui, summary: &Summary, clips_name: &str, is_built_in: bool) {
    widgets::section(ui, "Figures");
    let bits = numbers::bytes_from_bits;
    let accuracy = summary.test_accuracy;
    let spread = standard_error(accuracy, summary.num_test);
    let test = format!("{} ± {}", numbers::percent(accuracy, 1), numbers::percent(spread, 1));
    let clips = numbers::whole(summary.num_test as u64);
    let memory = &summary.memory_bits;
    let ended = match summary.end {
        RunEnd::Complete => "all epochs",
        RunEnd::Early => "stopped early",
        RunEnd::Stopped => "stopped and kept",
        RunEnd::Diverged => "the loss stopped being a number",
        RunEnd::Rounded => "then rounded",
    };
    let mut facts: Vec<(&str, String, String)> = vec![
        (
            "Test accuracy",
            test,
            format!(
                "{} On {clips} clips, with the standard error of one test on so many clips. Patterns vary too: compare over several seeds.",
                of_arithmetic(summary)
            ),
        ),
        (
            "Validation accuracy",
            numbers::percent(summary.valid_accuracy, 1),
            "Highest on the validation split; chose the weights".into(),
        ),
        ("Test loss", numbers::significant(summary.test_loss, 3), "Mean cross-entropy in nats".into()),
        ("Memory", bits(memory.total), "Kept weights, block index and biases".into()),
        ("– weights", bits(memory.weights), "Kept weights times their width".into()),
        ("– block index", bits(memory.index), "Column numbers of the kept blocks, level by level".into()),
        ("– biases", bits(memory.biases), BIASES_HOW.into()),
        (
            "Under dense fp32",
            numbers::factor(summary.reduction_vs_fp32),
            format!("Dense fp32 takes {}", bits(memory.dense_fp32)),
        ),
        (
            "Under dense fp64",
            numbers::factor(summary.reduction_vs_fp64),
            format!("Dense fp64 takes {}", bits(memory.dense_fp64)),
        ),
        (
            "Multiplications",
            numbers::whole(summary.macs_per_inference),
            "Multiply-accumulates of one inference".into(),
        ),
        (
            "Density, requested",
            numbers::percent(summary.density_requested, 1),
            "Kept weights over all weights, as asked".into(),
        ),
        (
            "Density, achieved",
            numbers::percent(summary.density_achieved, 1),
            "Kept weights over all weights".into(),
        ),
        (
            "Best epoch",
            format!("{} of {} ({ended})", summary.best_epoch, summary.num_epochs),
            "Epoch whose weights were kept".into(),
        ),
        ("Training time", numbers::duration(summary.train_seconds), "Pauses excluded".into()),
    ];
    if let Some(float) = summary.test_accuracy_float {
        let value = numbers::percent(float, 1);
        let how = "The same weights with floating-point activations, on the same clips".to_string();
        facts.insert(1, ("– in float", value, how));
    }
    facts.insert(0, ("Arithmetic", columns::arithmetic_text(summary), of_arithmetic(summary).into()));
    if is_built_in {
        facts.retain(|(name, ..)| !["Best epoch", "Training time"].contains(name));
    }
    for (name, value, how) in facts {
        widgets::fact_ui(ui, name, value, &how);
    }
    ui.add(egui::Label::new(text::small(format!("Measured on {clips_name}"))).wrap());
}

/// What the figures of a run are figures of.
fn of_arithmetic(summary: &Summary) -> &'static str {
    match summary.test_accuracy_float {
        Some(_) => "Of the integer network: the bits that listen and that are exported.",
        None => "In floating point.",
    }
}

/// Settings that are not at their defaults.
fn settings_ui(ui: &mut egui::Ui, entry: &Entry, config: &Config) {
    widgets::section(ui, "Settings");
    for phrase in entry.phrases() {
        ui.add(egui::Label::new(phrase).wrap());
    }
    let id = ui.scope_id().with("all settings");
    egui::CollapsingHeader::new("All settings").id_salt(id).show(ui, |ui| {
        for setting in SETTINGS {
            let value = config.get(setting.key).unwrap_or_default();
            widgets::fact_ui(ui, setting.name, value, &format!("{}\n{}", setting.key, setting.help));
        }
    });
}

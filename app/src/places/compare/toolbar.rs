//! Filter, columns, saving, undo: the line above the table.

use egui::{Align, Layout, RichText, Stroke, TextEdit};
use engine::protocol::Command;

use super::ComparePlace;
use super::columns::Column;
use crate::context::PlaceContext;
use crate::figure::{Table, table_menu};
use crate::theme::text;
use crate::{numbers, widgets};

/// What a filter may say, for the hover.
const FILTER_HELP: &str = "Words that must all occur in name, state, method or settings, such as hcgs; * stands for any letters, \
                           -word leaves out what has the word, “or” lets in either side.\n\
                           Expressions compare columns and settings: seed=2, drop>=0.75, accuracy>90, memory<100KiB, state!=finished. \
                           In quotes everything is text.";

impl ComparePlace {
    pub(super) fn toolbar_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        ui.horizontal(|ui| {
            self.filter_ui(ui, ctx);
            ui.checkbox(&mut self.differences_only, "Differences only")
                .on_hover_text("Shows only settings in which the listed runs differ");
            if self.catalogue.has_groups() || self.runs_apart {
                let mut by_seed = !self.runs_apart;
                ui.checkbox(&mut by_seed, "Group seeds").on_hover_text(
                    "Shows the seeds of one experiment as one row and one point, with mean and standard deviation; copies of a \
                     run are no seeds",
                );
                self.runs_apart = !by_seed;
            }
            ui.label(text::small(self.count_text(ctx)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Refresh").on_hover_text("Reads the runs folder again").clicked() {
                    ctx.send(Command::RefreshRuns);
                }
                table_menu(ui, ctx, ("Save table…", "runs"), |_| self.table());
                self.undo_ui(ui, ctx);
            });
        });
        for fault in &self.listing.faults {
            let told = format!("Not understood and left out: {fault}");
            ui.add(egui::Label::new(RichText::new(told).color(ctx.theme.palette.error)).wrap());
        }
    }

    fn filter_ui(&mut self, ui: &mut egui::Ui, ctx: &PlaceContext<'_>) {
        let is_understood = self.listing.faults.is_empty();
        ui.scope(|ui| {
            if !is_understood {
                let stroke = Stroke::new(1.0, ctx.theme.palette.error);
                let visuals = ui.visuals_mut();
                for state in
                    [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active]
                {
                    state.bg_stroke = stroke;
                }
                visuals.selection.stroke = stroke;
            }
            let mut field = TextEdit::singleline(&mut self.filter)
                .hint_text("Filter: dense seed=2 drop=0.75")
                .desired_width(220.0);
            if !is_understood {
                field = field.text_color(ctx.theme.palette.error);
            }
            widgets::labelled(ui.add(field), "Filter runs").on_hover_text(FILTER_HELP);
        });
    }

    fn undo_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let Some(runs) = self.deleted.last() else { return };
        let what = match runs.as_slice() {
            [run] => run.0.clone(),
            runs => numbers::count(runs.len() as u64, "run", "runs"),
        };
        let undo =
            ui.button("Undo delete").on_hover_text(format!("Takes {what} back out of the trash folder"));
        if undo.clicked() {
            for run in self.deleted.pop().unwrap_or_default() {
                ctx.send(Command::RestoreRun(run));
            }
        }
    }

    fn count_text(&self, ctx: &PlaceContext<'_>) -> String {
        let runs = &ctx.snapshot.runs;
        let all = runs.runs.len();
        let listed: usize = self.listing.entries(&self.catalogue).map(|entry| entry.members.len()).sum();
        let reading = if runs.reading { " · reading" } else { "" };
        let built_in = match runs.built_in.len() {
            0 => String::new(),
            count => format!(" and {} built in", numbers::whole(count as u64)),
        };
        let count = format!("{}{built_in}", numbers::count(all as u64, "run", "runs"));
        if listed == all + runs.built_in.len() {
            format!("{count}{reading}")
        } else {
            format!("{} of {count}{reading}", numbers::whole(listed as u64))
        }
    }

    /// The listed runs with the shown columns, and what tells where each comes from whether it is shown or not.
    fn table(&self) -> Table {
        let mut columns = self.listing.columns.clone();
        let always = ["sparsity.block", "sparsity.drop", "seed"].map(Column::from_key);
        let more = always.into_iter().flatten().chain([Column::Dataset, Column::Clips]);
        columns.extend(more.filter(|column| !self.listing.columns.contains(column)).collect::<Vec<_>>());
        let mut headings: Vec<String> = columns.iter().map(|column| column.csv_heading()).collect();
        headings
            .extend(["data_fingerprint", "num_seeds", "test_accuracy_std", "pareto_front"].map(String::from));
        let rows = self.listing.entries(&self.catalogue).map(|entry| {
            let mut cells: Vec<String> = columns.iter().map(|column| column.csv_text(entry)).collect();
            let summary = entry.row.summary.as_ref();
            cells.push(summary.map_or_else(String::new, |summary| summary.data_fingerprint.clone()));
            let group = entry.group.as_ref();
            cells.push(group.map_or("1".into(), |group| group.seeds.len().to_string()));
            let std = group.and_then(|group| group.test_accuracy.std);
            cells.push(std.map_or_else(String::new, |std| std.to_string()));
            cells.push(entry.is_pareto.to_string());
            cells
        });
        Table { headings, rows: rows.collect() }
    }
}

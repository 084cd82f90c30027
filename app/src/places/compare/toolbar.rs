//! Filter, columns, saving, undo: the line above the table.

use egui::{Align, Layout, TextEdit};
use engine::protocol::Command;

use super::ComparePlace;
use crate::context::{PlaceContext, ShellRequest};
use crate::figure::Table;
use crate::theme::text;
use crate::{numbers, widgets};

impl ComparePlace {
    pub(super) fn toolbar_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.filter)
                .hint_text("Filter: dense seed=2 drop=0.75")
                .desired_width(220.0);
            widgets::labelled(ui.add(field), "Filter runs").on_hover_text(
                "Words that must all occur in name, state, method or settings, such as “hcgs” or “seed=2”",
            );
            ui.checkbox(&mut self.differences_only, "Differences only")
                .on_hover_text("Shows only settings in which the listed runs differ");
            ui.label(text::small(self.count_text(ctx)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Refresh").on_hover_text("Reads the runs folder again").clicked() {
                    ctx.send(Command::RefreshRuns);
                }
                let save = widgets::labelled(ui.button("Save table…"), "Save the table as CSV");
                if save.on_hover_text("Saves the listed runs with these columns as CSV").clicked() {
                    let bytes = self.table().csv().into_bytes();
                    ctx.ask(ShellRequest::SaveFile { file_name: "runs.csv".into(), bytes });
                }
                self.undo_ui(ui, ctx);
            });
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
        let all = ctx.snapshot.runs.runs.len();
        let listed = self.listing.order.len();
        let reading = if ctx.snapshot.runs.reading { " · reading" } else { "" };
        let count = numbers::count(all as u64, "run", "runs");
        if listed == all {
            format!("{count}{reading}")
        } else {
            format!("{} of {count}{reading}", numbers::whole(listed as u64))
        }
    }

    /// The listed runs with the shown columns.
    fn table(&self) -> Table {
        let columns = &self.listing.columns;
        let mut headings: Vec<String> = columns.iter().map(|column| column.csv_heading()).collect();
        headings.push("pareto_front".into());
        let entries = self.listing.order.iter().map(|index| &self.catalogue.entries[*index]);
        let rows = entries.map(|entry| {
            let mut cells: Vec<String> = columns.iter().map(|column| column.csv_text(entry)).collect();
            cells.push(entry.row.is_pareto.to_string());
            cells
        });
        Table { headings, rows: rows.collect() }
    }
}

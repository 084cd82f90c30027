//! The upper part: chart, curves, confusion, two runs; two of them side by side where there is room.

use egui::{Align, Layout, ScrollArea, vec2};
use engine::evaluate::Confusion;
use engine::runs::RunId;

use super::selection::Pick;
use super::{ComparePlace, View, confusion, curves, side_by_side};
use crate::context::PlaceContext;
use crate::figure::{Table, settings_of};
use crate::theme::{size, text};
use crate::widgets;

/// From this width on the scatter stands beside the other view.
const TWO_VIEWS: f32 = 1040.0;

/// Height that name, words and legend of a matrix take.
const TITLE: f32 = 72.0;

/// Height of a matrix that stands below tables in a list.
const MATRIX_IN_LIST: f32 = 320.0;

/// Which views can be chosen above a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// None: it always stands there.
    None,
    /// All of them.
    All,
    /// All but the scatter, which stands beside.
    BesideScatter,
}

impl ComparePlace {
    pub(super) fn views_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        // Curves and histograms of the bits take the room of two.
        if ui.available_width() < TWO_VIEWS || self.view == View::Bits {
            self.one_view_ui(ui, ctx, self.view, Choice::All);
            return;
        }
        let beside = if self.view == View::Scatter { View::Curves } else { self.view };
        // Two matrices or tables need more room than one chart.
        let share = if beside == View::SideBySide { 0.38 } else { 0.5 };
        let left = (ui.available_width() * share).round();
        let height = ui.available_height();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP;
            ui.allocate_ui_with_layout(vec2(left, height), Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(vec2(left, height));
                self.one_view_ui(ui, ctx, View::Scatter, Choice::None);
            });
            let rest = vec2(ui.available_width(), height);
            ui.allocate_ui_with_layout(rest, Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(rest);
                self.one_view_ui(ui, ctx, beside, Choice::BesideScatter);
            });
        });
    }

    fn one_view_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, view: View, choice: Choice) {
        ui.spacing_mut().item_spacing = vec2(size::STEP, size::HALF);
        ui.horizontal(|ui| {
            match choice {
                Choice::None => {
                    ui.label(text::heading("Accuracy against memory"));
                }
                Choice::All => self.choice_ui(ui, view, 0),
                Choice::BesideScatter => self.choice_ui(ui, view, 1),
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.save_ui(ui, ctx, view));
        });
        match view {
            View::Scatter => self.scatter_ui(ui, ctx),
            View::Curves => self.curves_ui(ui, ctx),
            View::Confusion => self.confusion_ui(ui, ctx),
            View::SideBySide => self.side_by_side_ui(ui, ctx),
            View::Bits => self.bits_ui(ui, ctx),
        }
    }

    /// Draws the choice of views from the `first` on.
    fn choice_ui(&mut self, ui: &mut egui::Ui, shown: View, first: usize) {
        let mut view = shown;
        let all = [
            (View::Scatter, "Accuracy against memory", ""),
            (View::Curves, "Curves", "Curves of the selected runs, one over the other"),
            (View::Confusion, "Confusion", "What the selected run takes for what"),
            (View::SideBySide, "Side by side", "Two selected runs: what differs"),
            (View::Bits, "Bits", "How few bits the selected run needs, and how its numbers fill their codes"),
        ];
        if widgets::segmented(ui, "View", &mut view, &all[first..]) {
            self.view = view;
        }
    }

    fn scatter_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        self.scatter.update(&self.catalogue, &self.listing, &self.selection, ctx.theme);
        if self.scatter.is_empty() {
            ui.add_space(size::GROUP);
            ui.label("No listed run is finished; accuracy and memory are known once a run is.");
            return;
        }
        ui.label(text::small(self.scatter.key_numbers()));
        let height = ui.available_height().max(96.0);
        let Some((run, clicked)) = self.scatter.ui(ui, ctx.theme, height) else { return };
        if clicked {
            let modifiers = ui.input(|input| input.modifiers);
            let pick = if modifiers.command || modifiers.shift { Pick::Toggle } else { Pick::Only };
            self.scroll_to = Some(run.clone());
            self.selection.pick(run, pick, &[]);
        } else if let Some(entry) = self.catalogue.find(&run) {
            let name = &entry.row.run.0;
            let settings = entry.row.config.as_ref().map(settings_of).unwrap_or_default().join("\n");
            egui::Tooltip::always_open(
                ui.ctx().clone(),
                ui.layer_id(),
                ui.scope_id().with("point"),
                egui::PopupAnchor::Pointer,
            )
            .gap(16.0)
            .show(|ui| {
                ui.label(text::heading(name));
                ui.label(text::small(settings));
            });
        }
    }

    fn curves_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let choices = curves::Metric::ALL.map(|metric| (metric, metric.name(), ""));
        widgets::segmented(ui, "Curve", &mut self.metric, &choices);
        if !self.hint_ui(ui, 1, "Select one run or more to see their curves.") {
            return;
        }
        let overlaid = self.selection.overlaid();
        let rounded = curves::without_curves(&self.catalogue, overlaid);
        for (run, from) in &rounded {
            let told = format!("{run} was rounded after training; the curves are those of {from}.");
            ui.add(egui::Label::new(told).wrap());
        }
        if rounded.len() == overlaid.len() {
            return;
        }
        let chart =
            curves::chart(&ctx.snapshot.details, &self.catalogue, &self.selection, self.metric, ctx.theme);
        if chart.series.is_empty() {
            ui.label("The curves are being read.");
            return;
        }
        let height = ui.available_height();
        curves::ui(ui, ctx.theme, &chart, height);
    }

    /// The testing split's confusion of a run.
    fn confusion_of(&self, run: &RunId) -> Option<&Confusion> {
        self.catalogue.find(run)?.row.summary.as_ref().map(|summary| &summary.confusion)
    }

    fn confusion_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        if !self.hint_ui(ui, 1, "Select a finished run to see what it takes for what.") {
            return;
        }
        let shown: Vec<RunId> = self.selection.runs().iter().take(2).cloned().collect();
        let height = ui.available_height() - TITLE;
        self.matrices_ui(ui, ctx, &shown, height);
    }

    fn matrices_ui(&mut self, ui: &mut egui::Ui, ctx: &PlaceContext<'_>, runs: &[RunId], height: f32) {
        let room = vec2(
            (ui.available_width() - size::GROUP * (runs.len().max(1) - 1) as f32) / runs.len().max(1) as f32,
            height.max(120.0),
        );
        let mut clicked = None;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP;
            for run in runs {
                ui.allocate_ui_with_layout(vec2(room.x, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(room.x);
                    ui.add(egui::Label::new(&run.0).truncate());
                    match self.confusion_of(run) {
                        None => {
                            ui.label("This run has no figures yet.");
                        }
                        Some(confusion) => {
                            let words = confusion::key_numbers(confusion);
                            ui.add(egui::Label::new(text::small(words)).truncate());
                            let chosen = self.cell.as_ref();
                            let cell = confusion::matrix_ui(ui, ctx.theme, run, confusion, chosen, room);
                            clicked = cell.or(clicked.take());
                        }
                    }
                });
            }
        });
        if let Some(cell) = clicked {
            self.cell = Some(cell);
        }
        confusion::legend_ui(ui, ctx.theme);
    }

    fn side_by_side_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        if !self.hint_ui(ui, 2, "Select two runs (Ctrl and click) to see what differs between them.") {
            return;
        }
        let pair: Vec<RunId> = self.selection.runs().iter().take(2).cloned().collect();
        let Some((a, b)) = self.catalogue.find(&pair[0]).zip(self.catalogue.find(&pair[1])) else { return };
        let (a, b) = (a.clone(), b.clone());
        let room = vec2(ui.available_width(), ui.available_height());
        if room.x < 1000.0 {
            ScrollArea::vertical().id_salt("side by side").auto_shrink(false).show(ui, |ui| {
                side_by_side::tables_ui(ui, ctx.theme, &a, &b);
                ui.add_space(size::MARGIN);
                self.matrices_ui(ui, ctx, &pair, MATRIX_IN_LIST);
            });
            return;
        }
        let tables = vec2((room.x * 0.4).round(), room.y);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP;
            ui.allocate_ui_with_layout(tables, Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(tables);
                ScrollArea::both().id_salt("side by side").auto_shrink(false).show(ui, |ui| {
                    side_by_side::tables_ui(ui, ctx.theme, &a, &b);
                });
            });
            let rest = vec2(ui.available_width(), room.y);
            ui.allocate_ui_with_layout(rest, Layout::top_down(Align::Min), |ui| {
                let height = ui.available_height() - TITLE;
                self.matrices_ui(ui, ctx, &pair, height);
            });
        });
    }

    /// Says what to select; true when enough is.
    pub(super) fn hint_ui(&self, ui: &mut egui::Ui, needed: usize, hint: &str) -> bool {
        let is_enough = self.selection.runs().len() >= needed;
        if !is_enough {
            ui.add_space(size::GROUP);
            ui.label(hint);
        }
        is_enough
    }

    fn save_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>, view: View) {
        let (catalogue, listing, selection) = (&self.catalogue, &self.listing, &self.selection);
        let metric = self.metric;
        match view {
            View::Bits => self.save_bits_ui(ui, ctx),
            View::Scatter => self.save.ui(
                ui,
                ctx,
                "accuracy against memory",
                |_, theme| {
                    super::scatter::Scatter::figure(catalogue, listing, selection, theme, &self.filter)
                },
                |_| self.scatter.table(),
            ),
            View::Curves => self.save.ui(
                ui,
                ctx,
                &metric.name().to_lowercase(),
                |ctx, theme| {
                    let chart = curves::chart(&ctx.snapshot.details, catalogue, selection, metric, theme);
                    curves::figure(chart, catalogue, selection, theme)
                },
                |ctx| curves::chart(&ctx.snapshot.details, catalogue, selection, metric, ctx.theme).table(),
            ),
            View::Confusion => {
                let Some(run) = selection.runs().first() else { return };
                let Some(entry) = catalogue.find(run) else { return };
                let Some(summary) = &entry.row.summary else { return };
                let settings = entry.row.config.as_ref().map(settings_of).unwrap_or_default();
                self.save.ui(
                    ui,
                    ctx,
                    &format!("confusion of {}", run.0),
                    |_, theme| confusion::figure(run, &summary.confusion, settings, theme),
                    |ctx| confusion::matrix(&summary.confusion, ctx.theme).table(),
                );
            }
            View::SideBySide => {
                let pair = selection.runs();
                let Some((a, b)) = pair.first().zip(pair.get(1)) else { return };
                let Some((a, b)) = catalogue.find(a).zip(catalogue.find(b)) else { return };
                let save = widgets::labelled(ui.button("Save…"), "Save both tables as CSV");
                if save.clicked() {
                    let table: Table = side_by_side::table(a, b);
                    let bytes = table.csv().into_bytes();
                    let file_name = "side-by-side.csv".to_string();
                    ctx.ask(crate::context::ShellRequest::SaveFile { file_name, bytes });
                }
            }
        }
    }
}

//! The upper part: chart, curves, confusion, two runs; two of them side by side where there is room.

use egui::{Align, Layout, ScrollArea, vec2};
use engine::evaluate::Confusion;
use engine::runs::RunId;

use super::catalogue::Entry;
use super::selection::Pick;
use super::{ComparePlace, View, confusion, curves, side_by_side, verdict};
use crate::context::PlaceContext;
use crate::figure::{Table, settings_of, table_menu};
use crate::numbers;
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
        let set = self.shown_set();
        self.sets_ui(ui, set);
        self.scatter.update(&self.catalogue, &self.listing, &self.selection, ctx.theme, set);
        if self.scatter.is_empty() {
            ui.add_space(size::GROUP);
            if !self.filter.trim().is_empty() {
                ui.label(format!("No finished run on these clips matches “{}”.", self.filter.trim()));
            } else {
                ui.label("No listed run is finished; accuracy and memory are known once a run is.");
            }
            return;
        }
        ui.add(egui::Label::new(text::small(self.scatter.key_numbers())).wrap());
        let height = ui.available_height().max(96.0);
        let Some((runs, clicked)) = self.scatter.ui(ui, ctx.theme, height) else { return };
        if clicked {
            let modifiers = ui.input(|input| input.modifiers);
            let pick = if modifiers.command || modifiers.shift { Pick::Toggle } else { Pick::Only };
            self.scroll_to = runs.first().cloned();
            self.selection.pick(&runs, pick, &[]);
        }
    }

    /// The choice of testing clips, where there are several: accuracies on different ones do not stand in one chart.
    fn sets_ui(&mut self, ui: &mut egui::Ui, shown: Option<usize>) {
        let sets = &self.catalogue.sets;
        let Some(set) = shown.and_then(|shown| sets.get(shown)).filter(|_| sets.len() > 1) else { return };
        let others = self.listing.entries(&self.catalogue);
        let others: usize = others
            .filter(|entry| entry.set.is_some() && entry.set != shown)
            .map(|entry| entry.members.len())
            .sum();
        let mut chosen = shown;
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(text::small("Measured on"));
            let picker = egui::ComboBox::from_id_salt("testing clips")
                .selected_text(&set.name)
                .width((ui.available_width() * 0.6).min(360.0))
                .truncate();
            let response = picker.show_ui(ui, |ui| {
                for (at, set) in sets.iter().enumerate() {
                    ui.selectable_value(&mut chosen, Some(at), &set.name);
                }
            });
            widgets::labelled(response.response, "Testing clips of the chart")
                .labelled_by(label.id)
                .on_hover_text(&set.name);
            if others > 0 {
                let told = match others {
                    1 => "1 listed run was measured on other words or clips".to_string(),
                    count => format!("{count} listed runs were measured on other words or clips"),
                };
                ui.label(text::small(told));
            }
        });
        if chosen != shown {
            self.chosen_set = chosen;
        }
    }

    fn curves_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let choices = curves::Metric::ALL.map(|metric| (metric, metric.name(), ""));
        widgets::segmented(ui, "Curve", &mut self.metric, &choices);
        if !self.hint_ui(ui, 1, "Select one run or more to see their curves.") {
            return;
        }
        let overlaid = self.selection.overlaid();
        let mut without: Vec<String> = curves::without_curves(&self.catalogue, overlaid)
            .into_iter()
            .map(|(run, from)| format!("{run} was rounded after training; the curves are those of {from}."))
            .collect();
        let built_in =
            overlaid.iter().filter_map(|run| self.catalogue.find(run)).filter(|e| e.built_in.is_some());
        without.extend(built_in.map(|entry| format!("{}: its training left no curves.", entry.name)));
        for told in &without {
            ui.add(egui::Label::new(told).wrap());
        }
        if without.len() == overlaid.len() {
            return;
        }
        let chart = curves::chart(&ctx.snapshot.details, &self.curved(), self.metric, ctx.theme);
        if chart.series.is_empty() {
            ui.label("The curves are being read.");
            return;
        }
        let height = ui.available_height();
        curves::ui(ui, ctx.theme, &chart, height);
    }

    /// The selected entries whose curves are drawn.
    fn curved(&self) -> Vec<&Entry> {
        let overlaid = self.selection.overlaid();
        let rounded = curves::without_curves(&self.catalogue, overlaid);
        let has_curve =
            |run: &RunId| overlaid.contains(run) && !rounded.iter().any(|(other, _)| other == run);
        let selected = self.selected().into_iter();
        selected.filter(|entry| entry.members.iter().any(has_curve)).collect()
    }

    /// The testing split's confusion of a run.
    fn confusion_of(&self, run: &RunId) -> Option<&Confusion> {
        self.catalogue.find(run)?.row.summary.as_ref().map(|summary| &summary.confusion)
    }

    fn confusion_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        if !self.hint_ui(ui, 1, "Select a finished run to see what it takes for what.") {
            return;
        }
        let shown = self.first_runs();
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
                    let name = self.catalogue.find(run).map_or(run.0.as_str(), |entry| entry.name.as_ref());
                    ui.add(egui::Label::new(name).truncate());
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
        let selected = self.selected();
        let [a, b, rest @ ..] = selected.as_slice() else {
            ui.add_space(size::GROUP);
            ui.label("The selected runs are seeds of one experiment; select another experiment beside it (Ctrl and click).");
            return;
        };
        if !rest.is_empty() {
            let told = format!("The first two of {} are shown.", numbers::whole(selected.len() as u64));
            ui.label(text::small(told));
        }
        let (a, b) = ((*a).clone(), (*b).clone());
        let pair = self.first_runs();
        let said = verdict::of(&a, &b, &ctx.snapshot.details);
        let room = vec2(ui.available_width(), ui.available_height());
        if room.x < 1000.0 {
            ui.spacing_mut().scroll = egui::style::ScrollStyle::solid();
            ScrollArea::vertical().id_salt("side by side").auto_shrink(false).show(ui, |ui| {
                side_by_side::tables_ui(ui, ctx.theme, &a, &b, &said);
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
                ui.spacing_mut().scroll = egui::style::ScrollStyle::solid();
                ScrollArea::both().id_salt("side by side").auto_shrink(false).show(ui, |ui| {
                    side_by_side::tables_ui(ui, ctx.theme, &a, &b, &said);
                });
            });
            let rest = vec2(ui.available_width(), room.y);
            ui.allocate_ui_with_layout(rest, Layout::top_down(Align::Min), |ui| {
                let height = ui.available_height() - TITLE;
                self.matrices_ui(ui, ctx, &pair, height);
            });
        });
    }

    /// The first run of each of the first two selected entries: a matrix is of one run.
    fn first_runs(&self) -> Vec<RunId> {
        let selected = self.selected().into_iter();
        selected.take(2).filter_map(|entry| entry.members.first().cloned()).collect()
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
            View::Scatter => {
                let set = self.shown_set();
                let (filter, scatter) = (&self.filter, &self.scatter);
                self.save.ui(
                    ui,
                    ctx,
                    "accuracy against memory",
                    |_, theme| super::scatter::Scatter::figure(catalogue, listing, set, theme, filter),
                    |_| scatter.table(),
                );
            }
            View::Curves => {
                let entries: Vec<Entry> = self.curved().into_iter().cloned().collect();
                let entries: Vec<&Entry> = entries.iter().collect();
                self.save.ui(
                    ui,
                    ctx,
                    &metric.name().to_lowercase(),
                    |ctx, theme| {
                        let chart = curves::chart(&ctx.snapshot.details, &entries, metric, theme);
                        curves::figure(chart, &entries, theme)
                    },
                    |ctx| curves::table(&ctx.snapshot.details, &entries, metric),
                );
            }
            View::Confusion => {
                let Some(run) = selection.runs().first() else { return };
                let Some(entry) = catalogue.find(run) else { return };
                let Some(summary) = &entry.row.summary else { return };
                let mut settings = entry.row.config.as_ref().map(settings_of).unwrap_or_default();
                settings.push(format!("measured on {}", entry.clips));
                let name = entry.name.clone();
                self.save.ui(
                    ui,
                    ctx,
                    &format!("confusion of {name}"),
                    |_, theme| confusion::figure(&name, &summary.confusion, settings, theme),
                    |ctx| confusion::table(entry, &summary.confusion, ctx.theme),
                );
            }
            View::SideBySide => {
                let selected = self.selected();
                let [a, b, ..] = selected.as_slice() else { return };
                let said = verdict::of(a, b, &ctx.snapshot.details);
                let table: Table = side_by_side::table(a, b, &said);
                table_menu(ui, ctx, ("Save…", "both tables side by side"), |_| table);
            }
        }
    }
}

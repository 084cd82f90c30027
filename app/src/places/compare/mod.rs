//! The place Compare: many runs side by side.
//!
//! One list of runs drives everything: filter and sorting of the table decide what the chart shows, and a
//! selection made in either shows its curves, errors and figures.

mod bits;
mod bits_chart;
mod bits_histogram;
mod bits_keep;
mod catalogue;
mod clips;
mod columns;
mod confusion;
mod curves;
mod filter;
mod inspector;
mod listing;
mod scatter;
mod selection;
mod side_by_side;
mod table_view;
#[cfg(test)]
mod tests;
mod toolbar;
mod verdict;
mod views;

use egui::{Key, Modifiers, Rect, ScrollArea, Sense, Stroke, UiBuilder, pos2};
use engine::protocol::{Command, RunState};
use engine::runs::RunId;
use serde::{Deserialize, Serialize};

use super::{Handover, Place};
use crate::context::{PlaceContext, ShellRequest};
use crate::figure::SaveMenu;
use crate::theme::size;
use crate::widgets;
use columns::Column;
use selection::Pick;

/// What fills the upper part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum View {
    /// Accuracy against memory.
    #[default]
    Scatter,
    /// Curves of the selected runs.
    Curves,
    /// Confusion matrix of the selected run.
    Confusion,
    /// Two runs.
    SideBySide,
    /// The selected run at other bits.
    Bits,
}

/// The place Compare: what it remembers between frames and, where not skipped, between sessions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ComparePlace {
    filter: String,
    sort: String,
    ascending: bool,
    differences_only: bool,
    /// Whether every seed of an experiment is a row and a point of its own.
    runs_apart: bool,
    /// Share of the height that the table takes.
    table_share: f32,
    view: View,
    save: SaveMenu,
    #[serde(skip)]
    metric: curves::Metric,
    #[serde(skip)]
    catalogue: catalogue::Catalogue,
    #[serde(skip)]
    listing: listing::Listing,
    #[serde(skip)]
    selection: selection::Selection,
    #[serde(skip)]
    scatter: scatter::Scatter,
    /// The testing clips that the chart is of, where a person chose them.
    #[serde(skip)]
    chosen_set: Option<usize>,
    #[serde(skip)]
    cell: Option<confusion::Cell>,
    #[serde(skip)]
    keep: bits_keep::Keep,
    #[serde(skip)]
    requested: Vec<RunId>,
    #[serde(skip)]
    deleted: Vec<Vec<RunId>>,
    /// Whether a run was ever selected; before that, the newest finished one is.
    #[serde(skip)]
    has_selected: bool,
    #[serde(skip)]
    scroll_to: Option<RunId>,
    #[serde(skip)]
    handover: Option<Handover>,
}

impl Default for ComparePlace {
    fn default() -> Self {
        Self {
            filter: String::new(),
            sort: Column::Created.key().into(),
            ascending: false,
            differences_only: true,
            runs_apart: false,
            table_share: 0.42,
            view: View::default(),
            save: SaveMenu::default(),
            metric: curves::Metric::default(),
            catalogue: catalogue::Catalogue::default(),
            listing: listing::Listing::default(),
            selection: selection::Selection::default(),
            scatter: scatter::Scatter::default(),
            chosen_set: None,
            cell: None,
            keep: bits_keep::Keep::default(),
            requested: Vec::new(),
            deleted: Vec::new(),
            has_selected: false,
            scroll_to: None,
            handover: None,
        }
    }
}

impl ComparePlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        self.save.collect(ctx);
        self.refresh(ui, ctx);
        let runs = &ctx.snapshot.runs;
        if runs.runs.is_empty() && runs.built_in.is_empty() && self.deleted.is_empty() {
            self.empty_ui(ui, ctx);
            return;
        }
        self.keys(ui, ctx);
        let (upper, lower) = self.split(ui);
        ui.scope_builder(UiBuilder::new().max_rect(upper), |ui| self.views_ui(ui, ctx));
        ui.scope_builder(UiBuilder::new().max_rect(lower), |ui| {
            self.first_run_ui(ui, ctx);
            self.toolbar_ui(ui, ctx);
            ui.add_space(size::HALF);
            self.table_ui(ui, ctx);
        });
    }

    /// Divides the room between views and table; the divider can be dragged.
    fn split(&mut self, ui: &mut egui::Ui) -> (Rect, Rect) {
        const LEAST_VIEWS: f32 = 200.0;
        const LEAST_TABLE: f32 = 112.0;
        let room = ui.available_rect_before_wrap();
        let most = (room.height() - LEAST_VIEWS).max(LEAST_TABLE);
        let table = (room.height() * self.table_share).clamp(LEAST_TABLE, most);
        let divider = room.bottom() - table;
        let handle = Rect::from_min_max(pos2(room.left(), divider - 12.0), pos2(room.right(), divider - 2.0));
        let response = ui.interact(handle, ui.scope_id().with("divider"), Sense::drag());
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Splitter, true, "Divider between views and table")
        });
        let line = if response.hovered() || response.dragged() {
            ui.visuals().weak_text_color()
        } else {
            ui.visuals().widgets.noninteractive.bg_stroke.color
        };
        ui.painter().hline(room.x_range(), handle.center().y, Stroke::new(1.0, line));
        if response.dragged() {
            self.table_share = ((table - response.drag_delta().y) / room.height()).clamp(0.1, 0.9);
        }
        response.on_hover_cursor(egui::CursorIcon::ResizeVertical);
        let upper = room.with_max_y(handle.top() - 2.0);
        (upper, room.with_min_y(divider))
    }

    /// Draws the inspector.
    pub fn inspector_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        if let Some(cell) = self.cell.clone()
            && matches!(self.view, View::Confusion | View::SideBySide)
            && self.selection.contains(&cell.run)
        {
            let details = ctx.snapshot.details.iter().find(|details| details.run == cell.run).cloned();
            let config = self.catalogue.find(&cell.run).and_then(|entry| entry.row.config.clone());
            if ui.button("Back to the run").clicked() {
                self.cell = None;
            }
            clips::ui(ui, ctx, &cell, details.as_deref(), config.as_ref());
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.selected_ui(ui, ctx));
    }

    /// Selects a run and brings it into view.
    pub fn select(&mut self, run: RunId) {
        self.filter.clear();
        self.has_selected = true;
        self.scroll_to = Some(run.clone());
        self.chosen_set = None;
        self.selection.pick(&[run], Pick::Only, &[]);
    }

    /// Selects a run and shows which bits it needs.
    pub fn select_for_bits(&mut self, run: RunId) {
        self.select(run);
        self.view = View::Bits;
    }

    /// What shall be shown in another place, once.
    pub fn take_handover(&mut self) -> Option<Handover> {
        self.handover.take()
    }

    fn hand(&mut self, ctx: &mut PlaceContext<'_>, handover: Handover) {
        ctx.ask(ShellRequest::GoTo(handover.place()));
        self.handover = Some(handover);
    }

    /// Takes up a new snapshot and asks for what the selection needs.
    fn refresh(&mut self, ui: &egui::Ui, ctx: &mut PlaceContext<'_>) {
        let is_complete = self.catalogue.update(&ctx.snapshot.runs);
        if is_complete {
            let catalogue = &self.catalogue;
            // While the folder is being read, a run not yet seen is not a run that is gone.
            if !ctx.snapshot.runs.reading {
                self.selection.keep(|run| catalogue.find(run).is_some());
            }
            let newest = self.catalogue.entries.iter().find(|entry| entry.row.summary.is_some());
            // While the folder is being read, the newest run may be still to come.
            if let Some(newest) = newest.filter(|_| !self.has_selected && !ctx.snapshot.runs.reading) {
                let newest = self.catalogue.listed(&newest.row.run, !self.runs_apart).unwrap_or(newest);
                self.selection.pick(&newest.members.clone(), Pick::Only, &[]);
                self.has_selected = true;
            }
        } else {
            ui.ctx().request_repaint();
        }
        let wanted = listing::Wanted {
            filter: self.filter.clone(),
            sort: Column::from_key(&self.sort).unwrap_or(Column::Created),
            ascending: self.ascending,
            differences_only: self.differences_only,
            by_seed: !self.runs_apart,
        };
        self.listing.update(&self.catalogue, &wanted);
        let overlaid = self.selection.overlaid();
        if overlaid != self.requested {
            self.requested = overlaid.to_vec();
            if !self.requested.is_empty() {
                ctx.send(Command::LoadRunDetails(self.requested.clone()));
            }
        }
    }

    fn empty_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        if ctx.snapshot.runs.reading {
            widgets::empty_state(
                ui,
                "Reading the runs folder",
                "The runs appear here as they are read.",
                |ui| {
                    ui.spinner();
                },
            );
            return;
        }
        let purpose = "Here all runs stand side by side: accuracy against memory with the best trade-offs marked, \
                       curves one over the other, what is mistaken for what, and which settings made the difference.";
        widgets::empty_state(ui, "No runs yet", purpose, |ui| {
            if widgets::primary_button(ui, ctx.theme, "Train a first run").clicked() {
                ctx.ask(ShellRequest::GoTo(Place::Train));
            }
            ui.add_space(size::STEP);
            if ui.button("Read the runs folder again").clicked() {
                ctx.send(Command::RefreshRuns);
            }
        });
    }

    /// Up and Down go from run to run, Esc selects none, Delete moves the selected ones to the trash folder.
    fn keys(&mut self, ui: &egui::Ui, ctx: &mut PlaceContext<'_>) {
        if ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        let step = ui.input_mut(|input| {
            let down = input.consume_key(Modifiers::NONE, Key::ArrowDown);
            let up = input.consume_key(Modifiers::NONE, Key::ArrowUp);
            i64::from(down) - i64::from(up)
        });
        if step != 0 && !self.listing.order.is_empty() {
            let place = self.selection.last().and_then(|run| self.place_of(run));
            let last = self.listing.order.len() as i64 - 1;
            let next = place.map_or(0, |place| (place as i64 + step).clamp(0, last)) as usize;
            let run = self.run_at(next);
            self.scroll_to.clone_from(&run);
            if let Some(members) = self.entry_at(next).map(|entry| entry.members.clone()) {
                self.chosen_set = None;
                self.selection.pick(&members, Pick::Only, &[]);
            }
        }
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.selection.clear();
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Delete)) {
            self.delete(ctx, self.selection.runs().to_vec());
        }
    }

    fn run_at(&self, place: usize) -> Option<RunId> {
        Some(self.entry_at(place)?.members.first()?.clone())
    }

    fn entry_at(&self, place: usize) -> Option<&catalogue::Entry> {
        self.catalogue.rows(self.listing.by_seed).get(*self.listing.order.get(place)?)
    }

    /// The selected entries, in the order of the selection: runs, or experiments of which every seed is selected.
    fn selected(&self) -> Vec<&catalogue::Entry> {
        let mut found: Vec<&catalogue::Entry> = Vec::new();
        for run in self.selection.runs() {
            let listed = self.catalogue.listed(run, self.listing.by_seed);
            let whole = listed.filter(|entry| self.selection.contains_all(&entry.members));
            let Some(entry) = whole.or_else(|| self.catalogue.find(run)) else { continue };
            if !found.iter().any(|known| known.members == entry.members) {
                found.push(entry);
            }
        }
        found
    }

    /// The testing clips that the chart is of: those of the run selected last, those chosen, or those of the most runs.
    fn shown_set(&self) -> Option<usize> {
        let of_selected = || self.selected().last().and_then(|entry| entry.set);
        let chosen = self.chosen_set.filter(|set| *set < self.catalogue.sets.len());
        chosen.or_else(of_selected).or(if self.catalogue.sets.is_empty() { None } else { Some(0) })
    }

    fn place_of(&self, run: &RunId) -> Option<usize> {
        let rows = self.catalogue.rows(self.listing.by_seed);
        self.listing.order.iter().position(|index| rows[*index].members.contains(run))
    }

    /// Moves runs to the trash folder; the run in progress stays.
    fn delete(&mut self, ctx: &mut PlaceContext<'_>, mut runs: Vec<RunId>) {
        let catalogue = &self.catalogue;
        // A built-in model is no folder that could be moved.
        runs.retain(|run| {
            let entry = catalogue.find(run);
            entry.is_some_and(|entry| {
                !matches!(entry.row.state, RunState::Running | RunState::Waiting) && entry.built_in.is_none()
            })
        });
        if runs.is_empty() {
            return;
        }
        for run in &runs {
            ctx.send(Command::DeleteRun(run.clone()));
        }
        self.selection.keep(|run| !runs.contains(run));
        self.deleted.push(runs);
    }

    /// What stands there until a first run was trained.
    fn first_run_ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        let runs = &ctx.snapshot.runs;
        if !runs.runs.is_empty() || runs.reading {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(
                "The two models that are built in stand here to compare with; your runs come beside them.",
            );
            if widgets::primary_button(ui, ctx.theme, "Train a first run").clicked() {
                ctx.ask(ShellRequest::GoTo(Place::Train));
            }
        });
        ui.add_space(size::HALF);
    }

    /// Says that a filter lets nothing in.
    fn nothing_listed_ui(&mut self, ui: &mut egui::Ui) {
        ui.add_space(size::STEP);
        ui.horizontal_wrapped(|ui| {
            ui.label(format!("No run matches “{}”.", self.filter.trim()));
            if ui.button("Clear the filter").clicked() {
                self.filter.clear();
            }
        });
    }

    fn table_ui(&mut self, ui: &mut egui::Ui, ctx: &PlaceContext<'_>) {
        if self.listing.order.is_empty() && !self.filter.trim().is_empty() {
            self.nothing_listed_ui(ui);
            return;
        }
        let scroll_to = self.scroll_to.take().and_then(|run| self.place_of(&run));
        let sort = (Column::from_key(&self.sort).unwrap_or(Column::Created), self.ascending);
        let view = table_view::TableView {
            theme: ctx.theme,
            catalogue: &self.catalogue,
            listing: &self.listing,
            selection: &self.selection,
            sort,
            scroll_to,
        };
        let response = view.show(ui);
        if let Some(column) = response.sort_by {
            // A new column starts with its better end on top; the same one turns round.
            let better_first = column.better() == columns::Better::Lower || !column.is_number();
            self.ascending = if sort.0 == column { !self.ascending } else { better_first };
            self.sort = column.key().into();
        }
        if let Some((place, pick)) = response.picked
            && let Some(entry) = self.entry_at(place)
        {
            let picked = entry.members.clone();
            let listed: Vec<&[RunId]> =
                self.listing.entries(&self.catalogue).map(|entry| entry.members.as_ref()).collect();
            self.chosen_set = None;
            self.selection.pick(&picked, pick, &listed);
        }
    }
}

//! The table of runs: only visible rows are laid out, so that thousands stay fast.

use egui::{Align2, Color32, FontId, Rect, ScrollArea, Sense, Stroke, pos2, vec2};

use super::catalogue::{Catalogue, Entry};
use super::columns::Column;
use super::listing::Listing;
use super::selection::{Pick, Selection};
use crate::numbers;
use crate::theme::{Theme, type_size};

/// Height of a row.
const ROW: f32 = 22.0;
/// Space to both sides of a cell's text.
const PADDING: f32 = 8.0;

/// What a person did with the table.
#[derive(Debug, Default)]
pub(super) struct TableResponse {
    /// The column whose heading was clicked.
    pub sort_by: Option<Column>,
    /// The place in the listing whose row was clicked, and how.
    pub picked: Option<(usize, Pick)>,
}

/// How the table is drawn.
pub(super) struct TableView<'a> {
    pub theme: &'a Theme,
    pub catalogue: &'a Catalogue,
    pub listing: &'a Listing,
    pub selection: &'a Selection,
    pub sort: (Column, bool),
    /// A place in the listing that shall come into view.
    pub scroll_to: Option<usize>,
}

/// Left end and width of every column.
fn layout(columns: &[Column]) -> Vec<(f32, f32)> {
    let mut left = 0.0;
    let width = |column: &Column| match column {
        Column::Run => 224.0,
        Column::State => 88.0,
        Column::Method => 140.0,
        Column::Created => 136.0,
        Column::TrainTime | Column::Macs | Column::TestAccuracy | Column::ValidAccuracy => 112.0,
        Column::Clips => 280.0,
        Column::Setting(_) => (column.heading().len() as f32 * 7.0 + 2.0 * PADDING).clamp(88.0, 160.0),
        _ => 96.0,
    };
    columns
        .iter()
        .map(|column| {
            let place = (left, width(column));
            left += place.1;
            place
        })
        .collect()
}

impl TableView<'_> {
    /// Draws the table over all the room there is.
    pub fn show(&self, ui: &mut egui::Ui) -> TableResponse {
        let mut response = TableResponse::default();
        let columns = layout(&self.listing.columns);
        let width = columns.last().map_or(0.0, |(left, width)| left + width).max(ui.available_width());
        let (heading, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW + 4.0), Sense::hover());
        let count = self.listing.order.len();
        // Bars that stand beside the numbers, never on them.
        ui.spacing_mut().scroll = egui::style::ScrollStyle::solid();
        let mut area = ScrollArea::both().id_salt("runs").auto_shrink(false);
        if let Some(row) = self.scroll_to {
            area = area.vertical_scroll_offset(self.offset_for(ui, row));
        }
        let shown = area.show_viewport(ui, |ui, viewport| {
            ui.set_width(width);
            ui.set_height(count as f32 * ROW);
            let origin = ui.max_rect().min;
            let first = (viewport.min.y / ROW).max(0.0) as usize;
            let last = ((viewport.max.y / ROW).ceil().max(0.0) as usize).min(count);
            for place in first..last {
                let top = origin.y + place as f32 * ROW;
                let rect = Rect::from_min_size(pos2(origin.x, top), vec2(width, ROW));
                self.row_ui(ui, place, rect, &columns, &mut response);
            }
        });
        let offset = shown.state.clamped_offset();
        ui.data_mut(|data| {
            data.insert_temp(egui::Id::unique("runs view"), (offset.y, shown.inner_rect.height()));
        });
        self.headings_ui(ui, heading, offset.x, &columns, &mut response);
        response
    }

    /// The scroll offset that brings a row into view with the least movement.
    fn offset_for(&self, ui: &egui::Ui, row: usize) -> f32 {
        let (offset, height) = ui
            .data(|data| data.get_temp::<(f32, f32)>(egui::Id::unique("runs view")).unwrap_or((0.0, 200.0)));
        let top = row as f32 * ROW;
        if top < offset { top } else { offset.max(top + ROW - height + 16.0).min(top) }
    }

    fn headings_ui(
        &self,
        ui: &egui::Ui,
        rect: Rect,
        offset: f32,
        columns: &[(f32, f32)],
        response: &mut TableResponse,
    ) {
        let palette = &self.theme.palette;
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, palette.raised);
        for (column, (left, width)) in self.listing.columns.iter().zip(columns) {
            let corner = pos2(rect.left() + left - offset, rect.top());
            let cell = Rect::from_min_size(corner, vec2(*width, rect.height()));
            if !cell.intersects(rect) {
                continue;
            }
            let heading =
                ui.interact(cell.intersect(rect), ui.scope_id().with(("heading", column)), Sense::click());
            let is_sorted = self.sort.0 == *column;
            let order = match (is_sorted, self.sort.1) {
                (false, _) => "",
                (true, true) => ", smallest first",
                (true, false) => ", largest first",
            };
            heading.widget_info(|| {
                let text = format!("Sort by {}{order}", column.heading());
                egui::WidgetInfo::labeled(egui::Role::Button, true, text)
            });
            if heading.hovered() || heading.has_focus() {
                painter.rect_filled(cell, 0.0, palette.hovered);
            }
            if heading.clicked() {
                response.sort_by = Some(*column);
            }
            heading.on_hover_text(format!("{}\n{}", column.heading(), column.help()));
            let colour = if is_sorted { palette.text } else { palette.weak };
            let room = cell.shrink2(vec2(PADDING, 0.0));
            let arrow = if is_sorted { 12.0 } else { 0.0 };
            let text = Rect::from_min_max(room.min, room.max - vec2(arrow, 0.0));
            paint_text(&painter, text, column.heading(), column.is_number(), type_size::SMALL, colour);
            if is_sorted {
                paint_arrow(&painter, pos2(room.right() - 4.0, cell.center().y), self.sort.1, colour);
            }
        }
        painter.hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, palette.line));
    }

    fn row_ui(
        &self,
        ui: &egui::Ui,
        place: usize,
        rect: Rect,
        columns: &[(f32, f32)],
        response: &mut TableResponse,
    ) {
        let rows = self.catalogue.rows(self.listing.by_seed);
        let Some(entry) = self.listing.order.get(place).and_then(|index| rows.get(*index)) else { return };
        let palette = &self.theme.palette;
        let is_selected = self.selection.contains_all(&entry.members);
        // Only what is seen can be clicked, by hand and through a screen reader.
        let seen = rect.intersect(ui.clip_rect());
        let id = ui.scope_id().with(("run", &entry.members[0], self.listing.by_seed));
        let row = ui.interact(seen, id, Sense::click());
        row.widget_info(|| {
            egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, is_selected, spoken(entry))
        });
        if is_selected {
            ui.painter().rect_filled(rect, 0.0, palette.selected);
        } else if row.hovered() || row.has_focus() {
            ui.painter().rect_filled(rect, 0.0, palette.raised);
        }
        if row.has_focus() {
            let stroke = Stroke::new(1.0, palette.text);
            ui.painter().rect_stroke(rect.shrink(0.5), 0.0, stroke, egui::StrokeKind::Inside);
        }
        if row.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            response.picked = Some((place, Pick::from_modifiers(modifiers)));
        }
        let pointer = row.hover_pos();
        let mut told = None;
        for (column, (left, width)) in self.listing.columns.iter().zip(columns) {
            let cell = Rect::from_min_size(pos2(rect.left() + left, rect.top()), vec2(*width, ROW));
            if ui.clip_rect().intersects(cell) {
                let is_cut = self.cell_ui(ui, entry, *column, cell);
                if pointer.is_some_and(|pointer| cell.contains(pointer)) {
                    told = self.cell_words(entry, *column, is_cut);
                }
            }
        }
        if let Some(words) = told {
            row.on_hover_text_at_pointer(words);
        }
    }

    /// What hovers over a cell: all of a text that was cut, and what a mark means.
    fn cell_words(&self, entry: &Entry, column: Column, is_cut: bool) -> Option<String> {
        let mut lines = Vec::new();
        if is_cut {
            lines.push(column.text(entry));
        }
        if column == Column::Run && entry.members.len() > 1 {
            lines.push(entry.members.iter().map(|run| run.0.as_str()).collect::<Vec<_>>().join("\n"));
        }
        if column == Column::Run && entry.is_pareto {
            lines.push(format!("On the Pareto front: {}", entry.clips));
        }
        if let Some(best) = self.listing.best(column, entry) {
            let of = format!("Best of the listed runs measured on {}", entry.clips);
            lines.push(match best.is_clear {
                true => of,
                false => format!("{of}, but others are within noise of it; side by side tests a pair"),
            });
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Draws a cell; true when its text was cut.
    fn cell_ui(&self, ui: &egui::Ui, entry: &Entry, column: Column, cell: Rect) -> bool {
        let palette = &self.theme.palette;
        let mut room = cell.shrink2(vec2(PADDING, 0.0));
        let painter = ui.painter();
        if column == Column::Method
            && let Some(method) = entry.method
        {
            let swatch = Rect::from_center_size(pos2(room.left() + 4.0, room.center().y), vec2(8.0, 8.0));
            painter.rect_filled(swatch, 2.0, self.theme.method(method));
            room.min.x += 16.0;
        }
        if column == Column::Run {
            // Runs on the front carry a mark, so that the table alone tells them.
            if entry.is_pareto {
                let at = pos2(room.left() + 3.0, room.center().y);
                painter.circle_filled(at, 3.0, palette.text);
            }
            room.min.x += 14.0;
        }
        let colour = match (column, &entry.row.state) {
            (
                Column::State,
                engine::protocol::RunState::Damaged(_) | engine::protocol::RunState::Failed(_),
            ) => palette.error,
            (Column::State, engine::protocol::RunState::Interrupted) => palette.warning,
            (Column::State | Column::Created, _) => palette.weak,
            _ => palette.text,
        };
        let text = column.text(entry);
        if let Some(best) = self.listing.best(column, entry) {
            let mark =
                Rect::from_min_max(pos2(cell.left() + 2.0, cell.top() + 2.0), cell.max - vec2(2.0, 2.0));
            // Colour says better; what may be chance is only marked.
            let stroke = Stroke::new(1.0, if best.is_clear { palette.good } else { palette.line });
            painter.rect_stroke(mark, 3.0, stroke, egui::StrokeKind::Inside);
        }
        paint_text(painter, room, &text, column.is_number(), type_size::BODY, colour)
    }
}

/// What a screen reader says of a row.
fn spoken(entry: &Entry) -> String {
    let values = [Column::Run, Column::State, Column::Method, Column::TestAccuracy, Column::Memory];
    let mut phrases: Vec<String> =
        values.iter().map(|column| column.text(entry)).filter(|text| !text.is_empty()).collect();
    if let Some(group) = &entry.group {
        phrases.push(numbers::count(group.seeds.len() as u64, "seed", "seeds"));
    }
    if entry.is_pareto {
        phrases.push("on the Pareto front".into());
    }
    phrases.join(", ")
}

/// One line of text, cut off with an ellipsis where the room ends; true when it was.
fn paint_text(
    painter: &egui::Painter,
    room: Rect,
    text: &str,
    right: bool,
    points: f32,
    colour: Color32,
) -> bool {
    if text.is_empty() {
        return false;
    }
    let mut job = egui::text::LayoutJob::simple_singleline(text.into(), FontId::proportional(points), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(1.0));
    let galley = painter.layout_job(job);
    let (at, anchor) = if right {
        (room.right_center(), Align2::RIGHT_CENTER)
    } else {
        (room.left_center(), Align2::LEFT_CENTER)
    };
    let rect = anchor.anchor_size(at, galley.size());
    let is_cut = galley.elided;
    painter.galley(rect.min, galley, colour);
    is_cut
}

fn paint_arrow(painter: &egui::Painter, at: egui::Pos2, ascending: bool, colour: Color32) {
    let tip = if ascending { -3.0 } else { 3.0 };
    let points = vec![at + vec2(-3.5, -tip * 0.6), at + vec2(3.5, -tip * 0.6), at + vec2(0.0, tip)];
    painter.add(egui::Shape::convex_polygon(points, colour, Stroke::NONE));
}

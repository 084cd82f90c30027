//! Confusion matrices: rows are true labels, columns what the run took them for.

use egui::{Align2, Color32, FontId, Pos2, Rect, Sense, Stroke, Vec2, pos2, vec2};
use engine::evaluate::Confusion;
use engine::look;
use engine::runs::RunId;

use super::catalogue::Entry;
use super::columns::Column;
use crate::figure::{Body, ColourScale, Figure, Ink, Matrix, rgb};
use crate::numbers;
use crate::theme::{Mode, Theme, type_size};

/// A cell of the matrix of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub run: RunId,
    pub label: usize,
    pub predicted: usize,
}

/// Name of the rows.
const ROWS: &str = "true";
/// Name of the columns.
const COLS: &str = "predicted";

/// Widest cell in points.
const WIDEST_CELL: f32 = 60.0;
/// Highest cell in points.
const TALLEST_CELL: f32 = 40.0;

/// Colour of a share of the true label's clips, 0 to 1.
fn share_color(theme: &Theme, share: f32) -> Color32 {
    let [r, g, b] = look::share_of_label(share, theme.mode.ground());
    Color32::from_rgb(r, g, b)
}

/// Black or white, whichever is readable on the ground.
fn ink_on(ground: Color32) -> Color32 {
    let [r, g, b] = look::text_on(rgb(ground));
    Color32::from_rgb(r, g, b)
}

fn shares(counts: &[u32]) -> impl Iterator<Item = f32> + '_ {
    let total: u32 = counts.iter().sum();
    counts.iter().map(move |count| *count as f32 / total.max(1) as f32)
}

/// Draws one matrix into the room given; returns the cell that was clicked.
///
/// Cells may be wider than high, so that words stand upright above their columns where there is room.
pub(super) fn matrix_ui(
    ui: &mut egui::Ui,
    theme: &Theme,
    run: &RunId,
    confusion: &Confusion,
    chosen: Option<&Cell>,
    room: Vec2,
) -> Option<Cell> {
    let count = confusion.labels.len();
    if count == 0 {
        ui.label("This run has no confusion matrix.");
        return None;
    }
    let font = FontId::proportional(type_size::SMALL);
    let widest = confusion
        .labels
        .iter()
        .map(|label| ui.painter().layout_no_wrap(label.clone(), font.clone(), Color32::WHITE).size().x)
        .fold(0.0, f32::max)
        .min(96.0);
    let left = 16.0 + widest + 8.0;
    let cell_width = ((room.x - left) / count as f32).min(WIDEST_CELL).floor();
    let are_upright = cell_width >= widest + 4.0;
    let margin = vec2(left, if are_upright { 34.0 } else { 16.0 + widest + 8.0 });
    let cell_height = ((room.y - margin.y) / count as f32).clamp(8.0, TALLEST_CELL).floor();
    // Words that stand across the columns need no wide cells: squares look best then.
    let cell_width = if are_upright { cell_width } else { cell_width.min(cell_height).max(8.0) };
    let cell_size = vec2(cell_width, cell_height);
    let (rect, _) = ui.allocate_exact_size(margin + cell_size * count as f32, Sense::hover());
    let origin = rect.min + margin;
    paint_labels(ui, theme, confusion, rect, origin, cell_size, are_upright);
    let (mut clicked, mut outlined) = (None, Vec::new());
    for (label, counts) in confusion.counts.iter().enumerate() {
        for (predicted, (count, share)) in counts.iter().zip(shares(counts)).enumerate() {
            let corner = origin + vec2(predicted as f32, label as f32) * cell_size;
            let cell = Cell { run: run.clone(), label, predicted };
            let square = Rect::from_min_size(corner, cell_size - Vec2::splat(1.0));
            let response = cell_ui(ui, theme, confusion, &cell, square, (*count, share));
            if response.hovered() || response.has_focus() || chosen == Some(&cell) {
                outlined.push((square, if chosen == Some(&cell) { 2.0 } else { 1.0 }));
            }
            if response.clicked() {
                clicked = Some(cell);
            }
        }
    }
    // Last, so that no neighbour covers a part of an outline.
    for (square, width) in outlined {
        let stroke = Stroke::new(width, theme.palette.text);
        ui.painter().rect_stroke(square.expand(0.5), 0.0, stroke, egui::StrokeKind::Outside);
    }
    clicked
}

fn paint_labels(
    ui: &egui::Ui,
    theme: &Theme,
    confusion: &Confusion,
    rect: Rect,
    origin: Pos2,
    cell: Vec2,
    are_upright: bool,
) {
    let painter = ui.painter();
    let font = FontId::proportional(type_size::SMALL);
    let extent = cell * confusion.labels.len() as f32;
    let (text, weak) = (theme.palette.text, theme.palette.weak);
    painter.text(pos2(origin.x + extent.x / 2.0, rect.top()), Align2::CENTER_TOP, COLS, font.clone(), text);
    upwards(painter, pos2(rect.left(), origin.y + extent.y / 2.0), ROWS, &font, text, Align2::CENTER_TOP);
    for (index, label) in confusion.labels.iter().enumerate() {
        let middle = (index as f32 + 0.5) * cell;
        let at = pos2(origin.x - 6.0, origin.y + middle.y);
        painter.text(at, Align2::RIGHT_CENTER, label, font.clone(), weak);
        let above = pos2(origin.x + middle.x, origin.y - 5.0);
        if are_upright {
            painter.text(above, Align2::CENTER_BOTTOM, label, font.clone(), weak);
        } else {
            upwards(painter, above, label, &font, weak, Align2::LEFT_CENTER);
        }
    }
}

/// Text that reads upwards: its start (left) or middle at a position.
fn upwards(painter: &egui::Painter, at: Pos2, text: &str, font: &FontId, colour: Color32, anchor: Align2) {
    let galley = painter.layout_no_wrap(text.to_string(), font.clone(), colour);
    let size = galley.size();
    let corner = match anchor.x() {
        egui::Align::Center => at + vec2(0.0, size.x / 2.0),
        _ => at + vec2(-size.y / 2.0, 0.0),
    };
    let shape = egui::epaint::TextShape::new(corner, galley, colour).with_angle(-std::f32::consts::FRAC_PI_2);
    painter.add(shape);
}

fn cell_ui(
    ui: &egui::Ui,
    theme: &Theme,
    confusion: &Confusion,
    cell: &Cell,
    square: Rect,
    (count, share): (u32, f32),
) -> egui::Response {
    let id = ui.scope_id().with(("cell", &cell.run, cell.label, cell.predicted));
    let response = ui.interact(square, id, Sense::click());
    let name = |index: usize| confusion.labels.get(index).map_or("", String::as_str);
    let words = format!(
        "true {}, predicted {}: {}",
        name(cell.label),
        name(cell.predicted),
        numbers::count(u64::from(count), "clip", "clips")
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &words));
    let fill = share_color(theme, share);
    let painter = ui.painter();
    painter.rect_filled(square, 0.0, fill);
    if count > 0 && square.height() >= 15.0 {
        let points = (square.height() * 0.5).min(type_size::SMALL);
        let font = FontId::proportional(points);
        painter.text(square.center(), Align2::CENTER_CENTER, count.to_string(), font, ink_on(fill));
    }
    let of_row = numbers::percent(f64::from(share), 1);
    response.on_hover_text(format!("{words}\n{of_row} of the clips that are truly {}", name(cell.label)))
}

/// The commonest confusions in words.
pub(super) fn key_numbers(confusion: &Confusion) -> String {
    let words: Vec<String> = confusion
        .largest_errors(3)
        .iter()
        .map(|(count, label, predicted)| format!("{label} as {predicted} {count}×"))
        .collect();
    if words.is_empty() { "no confusions".into() } else { format!("most confused: {}", words.join(", ")) }
}

/// Draws what the colours mean.
pub(super) fn legend_ui(ui: &mut egui::Ui, theme: &Theme) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.small("0");
        let (rect, _) = ui.allocate_exact_size(vec2(120.0, 8.0), Sense::hover());
        let step = rect.width() / 48.0;
        for index in 0..48 {
            let share = (index as f32 / 47.0).powi(2);
            let left = rect.left() + index as f32 * step;
            let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(step + 0.5, rect.height()));
            ui.painter().rect_filled(cell, 0.0, share_color(theme, share));
        }
        ui.small(format!("100{}% of the true word's clips (square-root scale)", numbers::THIN_SPACE));
    });
}

/// The matrix as data for a figure or a table.
pub(super) fn matrix(confusion: &Confusion, theme: &Theme) -> Matrix {
    let color = |share: f32| rgb(share_color(theme, share));
    Matrix {
        labels: confusion.labels.clone(),
        row_axis: ROWS.into(),
        col_axis: COLS.into(),
        counts: confusion.counts.clone(),
        fills: confusion.counts.iter().map(|counts| shares(counts).map(color).collect()).collect(),
        scale: ColourScale {
            name: "share of the true word's clips (square-root scale)".into(),
            low: "0".into(),
            high: "100 %".into(),
            stops: (0..32).map(|index| color((index as f32 / 31.0).powi(2))).collect(),
        },
    }
}

/// The matrix as a table, each row with what made it.
pub(super) fn table(entry: &Entry, confusion: &Confusion, theme: &Theme) -> crate::figure::Table {
    let mut table = matrix(confusion, theme).table();
    let columns = ["sparsity.block", "sparsity.drop", "seed"].map(Column::from_key).into_iter().flatten();
    let columns: Vec<Column> = std::iter::once(Column::Run).chain(columns).chain([Column::Dataset]).collect();
    table.headings.extend(columns.iter().map(|column| column.csv_heading()));
    for row in &mut table.rows {
        row.extend(columns.iter().map(|column| column.text(entry)));
    }
    table
}

/// The matrix as a figure.
pub(super) fn figure(name: &str, confusion: &Confusion, settings: Vec<String>, theme: &Theme) -> Figure {
    Figure {
        title: format!("Confusion of {name} on the testing split"),
        body: Body::Matrix(matrix(confusion, theme)),
        settings,
        ink: Ink::of_theme(theme.mode == Mode::Dark),
    }
}

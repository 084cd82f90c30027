//! Confusion matrices and block maps laid out on paper.

use std::collections::BTreeMap;

use engine::look::text_on;

use super::chart_layout::{Area, LABEL_SIZE, SMALL_SIZE};
use super::matrix::{CellLayer, ColourScale};
use super::scene::{Anchor, Mark, Scene, fit_text, text_width};
use super::{CellMap, Ink, Matrix, Rgb};

/// Height of the colour scale with its texts.
const SCALE_HEIGHT: f32 = 34.0;

/// Draws a matrix of counts: rows are true labels, columns predicted ones.
pub(super) fn draw_matrix(scene: &mut Scene, matrix: &Matrix, ink: &Ink, area: Area) {
    let count = matrix.labels.len().max(1) as f32;
    let labels_width = matrix
        .labels
        .iter()
        .map(|label| text_width(label, SMALL_SIZE))
        .fold(0.0, f32::max)
        .min(area.width * 0.3);
    let left = area.left + LABEL_SIZE + 10.0 + labels_width + 8.0;
    let top_space = LABEL_SIZE + 8.0 + labels_width.min(area.height * 0.25) + 6.0;
    let side = ((area.right() - left) / count)
        .min((area.height - top_space - SCALE_HEIGHT) / count)
        .clamp(4.0, 56.0);
    let top = area.top + top_space;
    let extent = side * count;
    axis_names(scene, matrix, ink, area, [left, top], extent);
    for (index, label) in matrix.labels.iter().enumerate() {
        let middle = (index as f32 + 0.5) * side;
        let label = fit_text(label, SMALL_SIZE, labels_width + 1.0);
        let baseline = top + middle + SMALL_SIZE * 0.36;
        scene.text([left - 6.0, baseline], &label, SMALL_SIZE, ink.weak, Anchor::End);
        scene.marks.push(Mark::Text {
            at: [left + middle + SMALL_SIZE * 0.36, top - 6.0],
            text: label,
            size: SMALL_SIZE,
            colour: ink.weak,
            anchor: Anchor::Start,
            upwards: true,
            bold: false,
        });
    }
    for (row, (counts, fills)) in matrix.counts.iter().zip(&matrix.fills).enumerate() {
        for (col, (count, fill)) in counts.iter().zip(fills).enumerate() {
            let (x, y) = (left + col as f32 * side, top + row as f32 * side);
            scene.marks.push(Mark::Rect { rect: [x, y, side - 1.0, side - 1.0], fill: *fill });
            let size = (side * 0.36).min(SMALL_SIZE + 1.0);
            if *count > 0 && size >= 4.0 {
                let at = [x + side / 2.0, y + side / 2.0 + size * 0.36];
                scene.text(at, &count.to_string(), size, text_on(*fill), Anchor::Middle);
            }
        }
    }
    colour_scale(scene, &matrix.scale, ink, [left, top + extent + 8.0], extent.clamp(120.0, 320.0));
}

fn axis_names(scene: &mut Scene, matrix: &Matrix, ink: &Ink, area: Area, [left, top]: [f32; 2], extent: f32) {
    let at = [left + extent / 2.0, area.top + LABEL_SIZE];
    scene.text(at, &matrix.col_axis, LABEL_SIZE, ink.text, Anchor::Middle);
    scene.marks.push(Mark::Text {
        at: [area.left + LABEL_SIZE, top + extent / 2.0],
        text: matrix.row_axis.clone(),
        size: LABEL_SIZE,
        colour: ink.text,
        anchor: Anchor::Middle,
        upwards: true,
        bold: false,
    });
}

fn colour_scale(scene: &mut Scene, scale: &ColourScale, ink: &Ink, [x, y]: [f32; 2], width: f32) {
    if scale.stops.is_empty() {
        return;
    }
    let step = width / scale.stops.len() as f32;
    for (index, colour) in scale.stops.iter().enumerate() {
        // Half a point of overlap hides the seams that antialiasing would leave.
        let rect = [x + index as f32 * step, y, step + 0.5, 8.0];
        scene.marks.push(Mark::Rect { rect, fill: *colour });
    }
    let baseline = y + 8.0 + SMALL_SIZE + 2.0;
    scene.text([x, baseline], &scale.low, SMALL_SIZE, ink.weak, Anchor::Start);
    scene.text([x + width / 2.0, baseline], &scale.name, SMALL_SIZE, ink.weak, Anchor::Middle);
    scene.text([x + width, baseline], &scale.high, SMALL_SIZE, ink.weak, Anchor::End);
}

/// Draws layers side by side, all at the same points per weight.
pub(super) fn draw_cells(scene: &mut Scene, map: &CellMap, ink: &Ink, area: Area) {
    const GAP: f32 = 24.0;
    let name_height = LABEL_SIZE + 8.0;
    let widths: usize = map.layers.iter().map(|layer| layer.in_features).sum();
    let tallest = map.layers.iter().map(|layer| layer.out_features).max().unwrap_or(1);
    let gaps = GAP * map.layers.len().saturating_sub(1) as f32;
    let per_weight = ((area.width - gaps) / widths.max(1) as f32)
        .min((area.height - name_height - SCALE_HEIGHT) / tallest.max(1) as f32)
        .max(0.001);
    let mut left = area.left;
    for layer in &map.layers {
        let width = layer.in_features as f32 * per_weight;
        let name = fit_text(&layer.name, LABEL_SIZE, width.max(60.0) + GAP - 4.0);
        scene.text([left, area.top + LABEL_SIZE], &name, LABEL_SIZE, ink.text, Anchor::Start);
        draw_layer(scene, layer, map.empty, [left, area.top + name_height], per_weight);
        left += width + GAP;
    }
    let y = area.top + name_height + tallest as f32 * per_weight + 8.0;
    colour_scale(scene, &map.scale, ink, [area.left, y], (area.width * 0.5).clamp(120.0, 320.0));
}

fn draw_layer(scene: &mut Scene, layer: &CellLayer, empty: Rgb, [x, y]: [f32; 2], per_weight: f32) {
    let size = [layer.in_features as f32 * per_weight, layer.out_features as f32 * per_weight];
    scene.marks.push(Mark::Rect { rect: [x, y, size[0], size[1]], fill: empty });
    let mut by_colour: BTreeMap<Rgb, Vec<[f32; 4]>> = BTreeMap::new();
    let side = layer.block as f32 * per_weight;
    for (row, col, colour) in &layer.cells {
        let (left, top) = (*col as f32 * side, *row as f32 * side);
        // Blocks at the ragged edges end with the matrix.
        let rect = [x + left, y + top, side.min(size[0] - left), side.min(size[1] - top)];
        by_colour.entry(*colour).or_default().push(rect);
    }
    scene.marks.extend(by_colour.into_iter().map(|(fill, rects)| Mark::Rects { rects, fill }));
}

//! What the map says of the block under the pointer.

use egui::{Grid, Painter, Rect, Stroke, StrokeKind, Ui, vec2};

use super::layer_picture::LayerPicture;
use super::map::BlockAt;
use crate::numbers;
use crate::theme::{Theme, text};

/// Outlines the block, and its row and column across the layer.
pub fn mark(painter: &Painter, picture: &LayerPicture, at: BlockAt, layer: Rect, scale: f32, theme: &Theme) {
    let side = scale * picture.layer.pattern.structure.inner_block() as f32;
    let corner = layer.min + vec2(at.col as f32 * side, at.row as f32 * side);
    let block = Rect::from_min_size(corner, vec2(side, side)).intersect(layer);
    let band = theme.palette.text.gamma_multiply(0.10);
    painter.rect_filled(Rect::from_x_y_ranges(layer.x_range(), block.y_range()), 0.0, band);
    painter.rect_filled(Rect::from_x_y_ranges(block.x_range(), layer.y_range()), 0.0, band);
    painter.rect_stroke(block, 0.0, Stroke::new(1.5, theme.palette.text), StrokeKind::Outside);
}

/// Draws the facts of the block.
pub fn ui(ui: &mut Ui, picture: &LayerPicture, at: BlockAt) {
    let pattern = &picture.layer.pattern;
    let structure = &pattern.structure;
    let kept = pattern.kept_in_row(at.row);
    let address = kept
        .binary_search(&(at.col as u32))
        .ok()
        .map(|offset| pattern.row_starts.get(at.row).copied().unwrap_or(0) as usize + offset);
    let block = structure.inner_block();
    let fan_in: usize = kept.iter().map(|&col| pattern.cols_of(col as usize)).sum();
    ui.label(text::heading(match address {
        Some(address) => format!("{}, kept block {}", picture.layer.name, numbers::whole(address as u64)),
        None => format!("{}, dropped block", picture.layer.name),
    }));
    Grid::new("block facts").num_columns(2).show(ui, |ui| {
        let mut row = |name: &str, value: String| {
            ui.label(egui::RichText::new(name).weak());
            ui.label(value);
            ui.end_row();
        };
        row("Block row", format!("{} of {}", at.row, structure.block_rows()));
        row("Block column", format!("{} of {}", at.col, structure.block_cols()));
        row("Outputs", span(at.row, block, structure.out_features));
        row("Inputs", span(at.col, block, structure.in_features));
        match address {
            Some(address) => {
                let weights = (block * block) as u64;
                let first = numbers::whole(address as u64 * weights);
                let last = numbers::whole((address as u64 + 1) * weights - 1);
                row(
                    "Address",
                    format!(
                        "{} of {} kept blocks",
                        numbers::whole(address as u64),
                        numbers::whole(pattern.num_blocks() as u64)
                    ),
                );
                row("Packed weights", format!("{first} to {last}"));
            }
            None => row("Address", "none: these weights are not stored".into()),
        }
        row(
            "Fan-in of this row",
            format!(
                "{} of {} inputs",
                numbers::whole(fan_in as u64),
                numbers::whole(structure.in_features as u64)
            ),
        );
        for (depth, level) in
            structure.levels.iter().enumerate().take(structure.levels.len().saturating_sub(1))
        {
            let ratio = level.block / block.max(1);
            let outer = ((at.row / ratio) as u32, (at.col / ratio) as u32);
            let is_kept =
                pattern.kept_by_level.get(depth).is_some_and(|kept| kept.binary_search(&outer).is_ok());
            let state = if is_kept { "kept" } else { "dropped" };
            row(
                if depth == 0 { "Outer block" } else { "Middle block" },
                format!("row {}, column {} of size {}, {state}", outer.0, outer.1, level.block),
            );
        }
    });
}

fn span(index: usize, block: usize, features: usize) -> String {
    let first = index * block;
    let last = (first + block).min(features).saturating_sub(1);
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

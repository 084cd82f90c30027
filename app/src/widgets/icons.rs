//! The icons of the rail, drawn with lines, so that they are sharp at every size.

use egui::{Color32, Painter, Pos2, Rect, Stroke, pos2, vec2};

use crate::places::Place;

/// Draws the icon of a place into a square.
pub fn place_icon(painter: &Painter, rect: Rect, place: Place, color: Color32) {
    let at = |x: f32, y: f32| pos2(rect.left() + x * rect.width(), rect.top() + y * rect.height());
    let stroke = Stroke::new(rect.width() * 0.075, color);
    match place {
        Place::Data => waveform(painter, at, stroke),
        Place::Network => blocks(painter, rect, color),
        Place::Train => curve(painter, at, stroke),
        Place::Compare => scatter(painter, at, stroke, color),
        Place::Live => microphone(painter, at, rect, stroke),
        Place::Export => parcel(painter, at, stroke),
    }
}

fn waveform(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    for (index, half) in [0.12, 0.3, 0.46, 0.22, 0.36, 0.14].into_iter().enumerate() {
        let x = 0.06 + index as f32 * 0.176;
        painter.line_segment([at(x, 0.5 - half), at(x, 0.5 + half)], stroke);
    }
}

fn blocks(painter: &Painter, rect: Rect, color: Color32) {
    let kept = [[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1]];
    let cell = rect.width() / 4.0;
    for (row, cells) in kept.iter().enumerate() {
        for (col, kept) in cells.iter().enumerate() {
            let corner = rect.min + vec2(col as f32 * cell, row as f32 * cell);
            let block = Rect::from_min_size(corner, vec2(cell, cell)).shrink(cell * 0.11);
            let fill = if *kept == 1 { color } else { color.gamma_multiply(0.22) };
            painter.rect_filled(block, 0.5, fill);
        }
    }
}

fn curve(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    painter.line(vec![at(0.08, 0.04), at(0.08, 0.92), at(0.98, 0.92)], stroke);
    let points = (0..=16)
        .map(|step| {
            let x = step as f32 / 16.0;
            at(0.2 + 0.76 * x, 0.78 - 0.64 * (1.0 - (-3.2 * x).exp()))
        })
        .collect();
    painter.line(points, stroke);
}

fn scatter(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke, color: Color32) {
    painter.line(vec![at(0.08, 0.04), at(0.08, 0.92), at(0.98, 0.92)], stroke);
    for (x, y) in [(0.28, 0.62), (0.42, 0.36), (0.7, 0.22), (0.62, 0.6), (0.86, 0.44)] {
        painter.circle_filled(at(x, y), stroke.width * 1.15, color);
    }
}

fn microphone(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, rect: Rect, stroke: Stroke) {
    let body = Rect::from_min_max(at(0.36, 0.04), at(0.64, 0.58));
    painter.rect_stroke(body, rect.width() * 0.14, stroke, egui::StrokeKind::Middle);
    let arc = (0..=12)
        .map(|step| {
            let angle = std::f32::consts::PI * step as f32 / 12.0;
            at(0.5 - 0.32 * angle.cos(), 0.44 + 0.32 * angle.sin())
        })
        .collect();
    painter.line(arc, stroke);
    painter.line_segment([at(0.5, 0.76), at(0.5, 0.95)], stroke);
    painter.line_segment([at(0.3, 0.95), at(0.7, 0.95)], stroke);
}

/// An arrow that leaves a tray.
fn parcel(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    painter.line(vec![at(0.06, 0.56), at(0.06, 0.94), at(0.94, 0.94), at(0.94, 0.56)], stroke);
    painter.line_segment([at(0.5, 0.7), at(0.5, 0.06)], stroke);
    painter.line(vec![at(0.27, 0.29), at(0.5, 0.06), at(0.73, 0.29)], stroke);
}

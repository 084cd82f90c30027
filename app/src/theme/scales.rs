//! Colour scales for pictures of numbers.

use egui::Color32;
use engine::look;

/// Perceptually uniform scale for magnitudes, 0 to 1; out of range is clamped, non-finite is 0.
pub fn sequential(position: f32) -> Color32 {
    let [r, g, b] = look::sequential(position);
    Color32::from_rgb(r, g, b)
}

/// Diverging scale for signed values, −1 to 1; out of range is clamped, non-finite is 0.
pub fn diverging(value: f32) -> Color32 {
    let [r, g, b] = look::diverging(value);
    Color32::from_rgb(r, g, b)
}

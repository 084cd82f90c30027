//! Colour scales for pictures of numbers.

use egui::Color32;

// Twenty-one equidistant stops of the viridis scale (S. van der Walt and N. Smith, CC0).
const SEQUENTIAL: [[u8; 3]; 21] = [
    [68, 1, 84],
    [71, 18, 101],
    [72, 35, 116],
    [69, 52, 127],
    [64, 67, 135],
    [58, 82, 139],
    [52, 94, 141],
    [46, 107, 142],
    [41, 120, 142],
    [36, 132, 141],
    [32, 144, 140],
    [30, 155, 138],
    [34, 167, 132],
    [47, 179, 123],
    [68, 191, 112],
    [94, 201, 97],
    [121, 209, 81],
    [154, 216, 60],
    [189, 222, 38],
    [223, 227, 24],
    [253, 231, 36],
];

// Blue over near-white to orange-red, even in lightness to both sides.
const DIVERGING: [[u8; 3]; 9] = [
    [33, 79, 140],
    [67, 124, 184],
    [129, 172, 214],
    [194, 215, 233],
    [240, 240, 238],
    [245, 209, 179],
    [229, 156, 108],
    [197, 100, 54],
    [146, 54, 16],
];

fn sample(stops: &[[u8; 3]], position: f32) -> Color32 {
    let position = if position.is_finite() { position.clamp(0.0, 1.0) } else { 0.0 };
    let scaled = position * (stops.len() - 1) as f32;
    let index = (scaled as usize).min(stops.len() - 2);
    let share = scaled - index as f32;
    let mix = |channel: usize| {
        let (a, b) = (f32::from(stops[index][channel]), f32::from(stops[index + 1][channel]));
        (a + (b - a) * share).round() as u8
    };
    Color32::from_rgb(mix(0), mix(1), mix(2))
}

/// Perceptually uniform scale for magnitudes, 0 to 1; out of range is clamped, non-finite is 0.
pub fn sequential(position: f32) -> Color32 {
    sample(&SEQUENTIAL, position)
}

/// Diverging scale for signed values, −1 to 1; out of range is clamped, non-finite is 0.
pub fn diverging(value: f32) -> Color32 {
    let value = if value.is_finite() { value } else { 0.0 };
    sample(&DIVERGING, value * 0.5 + 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let linear = egui::Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    }

    #[test]
    fn sequential_grows_in_lightness() {
        let steps: Vec<f32> = (0..=100).map(|i| luminance(sequential(i as f32 / 100.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[1] >= pair[0] - 1e-3));
        assert_eq!(sequential(f32::NAN), sequential(0.0));
    }

    #[test]
    fn diverging_is_lightest_at_zero() {
        let zero = luminance(diverging(0.0));
        assert!((1..=10).all(|i| luminance(diverging(i as f32 / 10.0)) < zero));
        assert!((1..=10).all(|i| luminance(diverging(-i as f32 / 10.0)) < zero));
    }
}

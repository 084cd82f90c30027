//! Colours as plain numbers: scales for pictures of numbers, and text that is readable on them.

/// A colour as red, green and blue, 0 to 255 each.
pub type Rgb = [u8; 3];

/// What a colour stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// A dark window, a slide.
    Dark,
    /// A light window, paper.
    Light,
}

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

fn sample(stops: &[Rgb], position: f32) -> Rgb {
    let position = if position.is_finite() { position.clamp(0.0, 1.0) } else { 0.0 };
    let scaled = position * (stops.len() - 1) as f32;
    let index = (scaled as usize).min(stops.len() - 2);
    let share = scaled - index as f32;
    std::array::from_fn(|channel| {
        let (a, b) = (f32::from(stops[index][channel]), f32::from(stops[index + 1][channel]));
        (a + (b - a) * share).round() as u8
    })
}

/// Perceptually uniform scale for magnitudes, 0 to 1; out of range is clamped, non-finite is 0.
pub fn sequential(position: f32) -> Rgb {
    sample(&SEQUENTIAL, position)
}

/// Diverging scale for signed values, −1 to 1; out of range is clamped, non-finite is 0.
pub fn diverging(value: f32) -> Rgb {
    let value = if value.is_finite() { value } else { 0.0 };
    sample(&DIVERGING, value * 0.5 + 0.5)
}

/// Colour of a cell of a confusion matrix that holds this share of its true label's clips, 0 to 1: nothing at 0, then
/// the square root on the scale of magnitudes, so that a few errors can be seen beside many hits.
pub fn share_of_label(share: f32, ground: Ground) -> Rgb {
    match ground {
        Ground::Dark if share <= 0.0 => [0x0b, 0x0d, 0x10],
        Ground::Light if share <= 0.0 => [0xf0, 0xf2, 0xf4],
        Ground::Dark => sequential(0.1 + 0.9 * share.sqrt()),
        Ground::Light => sequential(0.9 * share.sqrt()),
    }
}

/// Relative luminance as defined in WCAG 2.1, 0 to 1.
fn luminance(colour: Rgb) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

/// Text colour, black or white, that is readable on `ground`: the contrast is at least 4.5:1.
pub fn text_on(ground: Rgb) -> Rgb {
    // Black and white contrast equally with a luminance of 0.179.
    if luminance(ground) > 0.179 { [0, 0, 0] } else { [255, 255, 255] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_grows_in_lightness() {
        let steps: Vec<f64> = (0..=100).map(|i| luminance(sequential(i as f32 / 100.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[1] >= pair[0] - 1e-3));
        assert_eq!(sequential(f32::NAN), sequential(0.0));
    }

    #[test]
    fn diverging_is_lightest_at_zero() {
        let zero = luminance(diverging(0.0));
        assert!((1..=10).all(|i| luminance(diverging(i as f32 / 10.0)) < zero));
        assert!((1..=10).all(|i| luminance(diverging(-i as f32 / 10.0)) < zero));
    }

    #[test]
    fn text_is_readable_on_any_ground() {
        assert_eq!(text_on([255, 255, 0]), [0, 0, 0]);
        assert_eq!(text_on([68, 1, 84]), [255, 255, 255]);
        assert_eq!(text_on([0, 0, 0]), [255, 255, 255]);
    }
}

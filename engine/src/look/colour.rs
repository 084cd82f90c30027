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

// Hues in turn of light, so that neighbours differ in both; 4.5:1 on the plots of the window and on paper.
const RUNS_ON_DARK: [Rgb; 12] = [
    [0x56, 0xb4, 0xe9],
    [0xf0, 0x9a, 0x3a],
    [0x2f, 0xc0, 0x96],
    [0xe0, 0x8d, 0xbd],
    [0xe6, 0xdb, 0x5a],
    [0x8f, 0xa8, 0xff],
    [0xff, 0x8a, 0x75],
    [0x8f, 0xe3, 0xd6],
    [0xc9, 0xa3, 0x6b],
    [0xc7, 0x9b, 0xff],
    [0xb7, 0xe0, 0x7a],
    [0xa9, 0xb3, 0xbd],
];
const RUNS_ON_LIGHT: [Rgb; 12] = [
    [0x00, 0x66, 0xa8],
    [0xa8, 0x4e, 0x00],
    [0x00, 0x75, 0x58],
    [0x9c, 0x3b, 0x78],
    [0x72, 0x68, 0x00],
    [0x44, 0x50, 0xb8],
    [0xb3, 0x31, 0x1f],
    [0x00, 0x40, 0x70],
    [0x5a, 0x38, 0x10],
    [0x6a, 0x3f, 0xb0],
    [0x2e, 0x6b, 0x00],
    [0x5c, 0x67, 0x72],
];

/// Colour of the `index`-th of several runs of one method, whose colour would not tell them apart; twelve in turn.
pub fn of_run(index: usize, ground: Ground) -> Rgb {
    match ground {
        Ground::Dark => RUNS_ON_DARK[index % RUNS_ON_DARK.len()],
        Ground::Light => RUNS_ON_LIGHT[index % RUNS_ON_LIGHT.len()],
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
    fn runs_are_seen_and_told_apart() {
        let contrast = |a: Rgb, b: Rgb| {
            let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
            a.max(b) / a.min(b)
        };
        for (ground, paper) in [(Ground::Dark, [0x16, 0x18, 0x1c]), (Ground::Light, [0xf7, 0xf8, 0xf9])] {
            let all: Vec<Rgb> = (0..12).map(|index| of_run(index, ground)).collect();
            assert!(all.iter().all(|colour| contrast(*colour, paper) >= 4.5), "{ground:?}");
            for (at, a) in all.iter().enumerate() {
                for b in &all[..at] {
                    let apart: i32 =
                        a.iter().zip(b).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).sum();
                    assert!(apart > 60, "{a:?} and {b:?}");
                }
            }
            assert_eq!(of_run(12, ground), all[0]);
        }
    }

    #[test]
    fn text_is_readable_on_any_ground() {
        assert_eq!(text_on([255, 255, 0]), [0, 0, 0]);
        assert_eq!(text_on([68, 1, 84]), [255, 255, 255]);
        assert_eq!(text_on([0, 0, 0]), [255, 255, 255]);
    }
}

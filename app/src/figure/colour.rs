//! Colours of figures, as plain numbers.

/// A colour as red, green and blue, 0 to 255 each.
pub type Rgb = [u8; 3];

/// Colours of everything in a figure that is not data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    /// Background.
    pub paper: Rgb,
    /// Titles and labels.
    pub text: Rgb,
    /// Tick labels, settings.
    pub weak: Rgb,
    /// Axes and frames.
    pub line: Rgb,
    /// Grid lines.
    pub grid: Rgb,
}

impl Ink {
    /// For paper and documents: black on white.
    pub const LIGHT: Self = Self {
        paper: [255, 255, 255],
        text: [20, 22, 26],
        weak: [84, 88, 96],
        line: [120, 124, 132],
        grid: [226, 228, 232],
    };
    /// For slides with a dark ground.
    pub const DARK: Self = Self {
        paper: [22, 24, 28],
        text: [238, 240, 244],
        weak: [170, 175, 184],
        line: [120, 126, 136],
        grid: [48, 52, 58],
    };

    /// The ink that matches a dark or light window.
    pub fn of_theme(is_dark: bool) -> Self {
        if is_dark { Self::DARK } else { Self::LIGHT }
    }
}

/// The colour of the window as a plain colour; transparency is dropped.
pub fn rgb(colour: egui::Color32) -> Rgb {
    [colour.r(), colour.g(), colour.b()]
}

/// Text colour, black or white, that is readable on `ground`.
///
/// Chosen by relative luminance as defined in WCAG 2.1, so that the contrast is at least 4.5:1.
pub(super) fn text_on(ground: Rgb) -> Rgb {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(ground[0]) + 0.7152 * linear(ground[1]) + 0.0722 * linear(ground[2]);
    // Black and white contrast equally with a luminance of 0.179.
    if luminance > 0.179 { [0, 0, 0] } else { [255, 255, 255] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_readable_on_any_ground() {
        assert_eq!(text_on([255, 255, 0]), [0, 0, 0]);
        assert_eq!(text_on([68, 1, 84]), [255, 255, 255]);
        assert_eq!(text_on([0, 0, 0]), [255, 255, 255]);
    }
}

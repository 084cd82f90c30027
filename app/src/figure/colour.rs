//! Colours of figures, as plain numbers.

pub use engine::look::Rgb;

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

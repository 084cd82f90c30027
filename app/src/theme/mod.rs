//! Every colour, size and piece of type of the window, in one place.
//!
//! Chrome is neutral; colour means data. Each method has one colour everywhere, splits have one line style
//! each, magnitudes run on [`scales::sequential`], signed values on [`scales::diverging`].

mod fonts;
mod palette;
pub mod scales;
mod style;
pub mod text;

pub use engine::look::Method;
#[cfg(test)]
pub(crate) use fonts::tests as test_fonts;
pub use fonts::{
    FallbackFonts, FontSearch, FoundFont, MEDIUM, definitions as font_definitions, escaped,
    installed as installed_fonts, look_in as look_for_fonts_in, spelled_out,
};
pub use palette::Palette;

use engine::dataset::Split;
use engine::look::Ground;
use serde::{Deserialize, Serialize};

/// Dark or light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Light text on dark ground.
    #[default]
    Dark,
    /// Dark text on light ground.
    Light,
}

impl Mode {
    /// The ground that data stands on.
    pub fn ground(self) -> Ground {
        match self {
            Self::Dark => Ground::Dark,
            Self::Light => Ground::Light,
        }
    }
}

/// Sizes in points, on a grid of eight.
pub mod size {
    /// Half a step.
    pub const HALF: f32 = 4.0;
    /// One step.
    pub const STEP: f32 = 8.0;
    /// Two steps: the margin of panels.
    pub const MARGIN: f32 = 16.0;
    /// Three steps: the gap between groups.
    pub const GROUP: f32 = 24.0;
    /// Width of the rail.
    pub const RAIL: f32 = 104.0;
    /// Usual width of the inspector.
    pub const INSPECTOR: f32 = 320.0;
    /// Height of the status line.
    pub const STATUS: f32 = 32.0;
    /// Height of a row in a list.
    pub const ROW: f32 = 24.0;
    /// Height of buttons, fields and sliders.
    pub const CONTROL: f32 = 24.0;
    /// Rounding of controls.
    pub const ROUNDING: u8 = 4;
    /// Width of a line in a plot.
    pub const LINE: f32 = 1.75;
}

/// Type sizes in points: one family, five sizes.
pub mod type_size {
    /// Units, axes, hints.
    pub const SMALL: f32 = 11.0;
    /// Everything that is read.
    pub const BODY: f32 = 13.0;
    /// Titles of groups.
    pub const HEADING: f32 = 15.0;
    /// Titles of places.
    pub const TITLE: f32 = 20.0;
    /// The few figures that a place is about.
    pub const FIGURE: f32 = 28.0;
}

/// Colours of the mode in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Dark or light.
    pub mode: Mode,
    /// Colours.
    pub palette: Palette,
}

impl Theme {
    /// The theme of a mode.
    pub fn new(mode: Mode) -> Self {
        let palette = match mode {
            Mode::Dark => Palette::dark(),
            Mode::Light => Palette::light(),
        };
        Self { mode, palette }
    }

    /// Sets fonts, type sizes, spacing and colours of every widget.
    pub fn apply(&self, ctx: &egui::Context) {
        style::apply(self, ctx);
    }

    /// Puts the built-in faces to use; once, when the window opens.
    pub fn install_fonts(ctx: &egui::Context) {
        fonts::install(ctx);
    }

    /// The colour of a method, the same in every place.
    pub fn method(&self, method: Method) -> egui::Color32 {
        let [r, g, b] = method.colour(self.mode.ground());
        egui::Color32::from_rgb(r, g, b)
    }

    /// The frame of what lies over the window.
    pub fn modal(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.palette.panel)
            .stroke(egui::Stroke::new(1.0, self.palette.line))
            .corner_radius(2 * size::ROUNDING)
            .inner_margin(size::MARGIN)
    }

    /// The line style of a split, the same in every plot.
    pub fn split_line(split: Split) -> egui_plot::LineStyle {
        match split {
            Split::Train => egui_plot::LineStyle::Solid,
            Split::Valid => egui_plot::LineStyle::Dashed { length: 8.0 },
            Split::Test => egui_plot::LineStyle::Dotted { spacing: 5.0 },
        }
    }
}

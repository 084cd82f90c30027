//! Neutral colours of the chrome and the few colours of state.

use egui::Color32;

/// Colours of one mode. Text on any ground here has a contrast of at least 4.5:1.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// Rail and status line.
    pub ground: Color32,
    /// Centre and inspector.
    pub panel: Color32,
    /// Cards, table headers, idle controls.
    pub raised: Color32,
    /// Hovered controls.
    pub hovered: Color32,
    /// Selected rows, pressed controls.
    pub selected: Color32,
    /// Fields, plots, maps.
    pub sunken: Color32,
    /// Separators and outlines.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Units, hints, axes.
    pub weak: Color32,
    /// Filled main button of a place: its ground.
    pub primary: Color32,
    /// Filled main button of a place: its text.
    pub on_primary: Color32,
    /// Went as wanted.
    pub good: Color32,
    /// Needs a look.
    pub warning: Color32,
    /// Failed.
    pub error: Color32,
}

impl Palette {
    pub(super) fn dark() -> Self {
        Self {
            ground: Color32::from_rgb(0x0e, 0x11, 0x14),
            panel: Color32::from_rgb(0x15, 0x19, 0x1d),
            raised: Color32::from_rgb(0x1f, 0x24, 0x2a),
            hovered: Color32::from_rgb(0x2a, 0x31, 0x38),
            selected: Color32::from_rgb(0x3a, 0x44, 0x4f),
            sunken: Color32::from_rgb(0x0b, 0x0d, 0x10),
            line: Color32::from_rgb(0x2c, 0x33, 0x3a),
            text: Color32::from_rgb(0xe4, 0xe8, 0xec),
            weak: Color32::from_rgb(0x9a, 0xa5, 0xb0),
            primary: Color32::from_rgb(0xe4, 0xe8, 0xec),
            on_primary: Color32::from_rgb(0x0e, 0x11, 0x14),
            good: Color32::from_rgb(0x5f, 0xc9, 0x8f),
            warning: Color32::from_rgb(0xf2, 0xc1, 0x4e),
            error: Color32::from_rgb(0xff, 0x7d, 0x72),
        }
    }

    pub(super) fn light() -> Self {
        Self {
            ground: Color32::from_rgb(0xe9, 0xec, 0xef),
            panel: Color32::from_rgb(0xf7, 0xf8, 0xf9),
            raised: Color32::from_rgb(0xe9, 0xec, 0xef),
            hovered: Color32::from_rgb(0xdd, 0xe2, 0xe6),
            selected: Color32::from_rgb(0xd0, 0xd7, 0xdd),
            sunken: Color32::from_rgb(0xff, 0xff, 0xff),
            line: Color32::from_rgb(0xcf, 0xd5, 0xda),
            text: Color32::from_rgb(0x17, 0x1c, 0x21),
            weak: Color32::from_rgb(0x55, 0x60, 0x6b),
            primary: Color32::from_rgb(0x1f, 0x26, 0x2d),
            on_primary: Color32::from_rgb(0xff, 0xff, 0xff),
            good: Color32::from_rgb(0x13, 0x6f, 0x43),
            warning: Color32::from_rgb(0x80, 0x55, 0x00),
            error: Color32::from_rgb(0xb4, 0x23, 0x18),
        }
    }
}

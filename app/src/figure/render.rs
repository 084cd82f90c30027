//! Figures as PNG: the SVG text, rasterised, so that both files show the same picture.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::{Figure, svg};

/// Largest side of a PNG in pixels: four bytes a pixel, 400 MB at most.
const MAX_PIXELS: f32 = 10_000.0;

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The size is not one a picture can have.
    #[error(
        "a figure must be between 1 and {MAX_PIXELS} pixels on each side, but {width} x {height} was asked; choose a smaller size"
    )]
    Size {
        /// Width asked, in pixels.
        width: f32,
        /// Height asked, in pixels.
        height: f32,
    },
    /// The picture could not be drawn.
    #[error("cannot draw the figure: {0}; save it as SVG instead")]
    Draw(String),
}

/// The font of the window, so that no font has to be installed.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for font in crate::theme::font_definitions().font_data.values() {
        fonts.load_font_source(fontdb::Source::Binary(font.font.clone()));
    }
    Arc::new(fonts)
});

/// The figure as PNG, laid out on `width` by `height` points, with `scale` pixels a point.
///
/// # Errors
/// A side below 1 or above 10 000 pixels, or a picture that cannot be drawn.
pub fn png(figure: &Figure, width: f32, height: f32, scale: f32) -> Result<Vec<u8>, FigureError> {
    let text = svg(figure, width, height);
    let draw = |error: &dyn std::fmt::Display| FigureError::Draw(error.to_string());
    let options = Options { fontdb: FONTS.clone(), font_family: "InterTabular".into(), ..Options::default() };
    let tree = Tree::from_str(&text, &options).map_err(|error| draw(&error))?;
    let (w, h) = (tree.size().width() * scale, tree.size().height() * scale);
    let is_possible = |side: f32| (1.0..=MAX_PIXELS).contains(&side.round());
    if !is_possible(w) || !is_possible(h) {
        return Err(FigureError::Size { width: w.round(), height: h.round() });
    }
    let mut pixmap = Pixmap::new(w.round() as u32, h.round() as u32)
        .ok_or(FigureError::Size { width: w.round(), height: h.round() })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| draw(&error))
}

//! Figures as PNG: the SVG text, rasterised, so that both files show the same picture.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{FontResolver, Options, Tree, fontdb};
use skrifa::MetadataProvider as _;

use super::{Figure, svg};
use crate::theme::{FallbackFonts, escaped, installed_fonts};

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
    png_with(figure, width, height, scale, &installed_fonts())
}

/// The same, with letters that the built-in faces lack from these fonts, and by number where those lack them too.
fn png_with(
    figure: &Figure,
    width: f32,
    height: f32,
    scale: f32,
    others: &FallbackFonts,
) -> Result<Vec<u8>, FigureError> {
    let text = legible(&svg(figure, width, height), others);
    let draw = |error: &dyn std::fmt::Display| FigureError::Draw(error.to_string());
    let font_resolver = FontResolver { select_fallback: fallback(others), ..FontResolver::default() };
    let options = Options {
        fontdb: FONTS.clone(),
        font_family: "InterTabular".into(),
        font_resolver,
        ..Options::default()
    };
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

/// Whether one of the built-in faces has the letter.
fn is_built_in(letter: char) -> bool {
    FONTS.faces().any(|face| face_has(&FONTS, face.id, letter))
}

fn face_has(fonts: &fontdb::Database, face: fontdb::ID, letter: char) -> bool {
    let has = fonts.with_face_data(face, |data, index| {
        let font = skrifa::FontRef::from_index(data, index).ok()?;
        font.charmap().map(letter)
    });
    has.flatten().is_some_and(|glyph| glyph != skrifa::GlyphId::NOTDEF)
}

/// The text with every letter that no font can draw as its number, `\u{1eb}`: it would leave a gap.
fn legible(text: &str, others: &FallbackFonts) -> String {
    if text.is_ascii() {
        return text.to_string();
    }
    let mut known = std::collections::HashMap::new();
    let mut can_draw = |letter: char| {
        letter.is_ascii()
            || letter.is_whitespace()
            || *known
                .entry(letter)
                .or_insert_with(|| is_built_in(letter) || others.find(letter, &|| false).is_some())
    };
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if can_draw(letter) {
            out.push(letter);
        } else {
            out.push_str(&escaped(&letter.to_string()));
        }
    }
    out
}

/// Picks a font for a letter that those used so far lack: a built-in one first, then the one that the window takes.
fn fallback(others: &FallbackFonts) -> resvg::usvg::FallbackSelectionFn<'_> {
    Box::new(|letter, used, fonts| {
        let loaded =
            fonts.faces().map(|face| face.id).find(|id| !used.contains(id) && face_has(fonts, *id, letter));
        loaded.or_else(|| {
            let found = others.find(letter, &|| false)?;
            let ids = Arc::make_mut(fonts).load_font_source(fontdb::Source::Binary(found.data));
            ids.into_iter().find(|id| fonts.face(*id).is_some_and(|face| face.index == found.index))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Body, Chart, Ink, Unit};
    use crate::theme::test_fonts::fonts_in;

    fn titled(title: &str) -> Figure {
        let axis = || Axis::new("", Unit::Plain);
        let chart = Chart { x: axis(), y: axis(), series: Vec::new(), rules: Vec::new() };
        Figure { title: title.into(), body: Body::Chart(chart), settings: Vec::new(), ink: Ink::LIGHT }
    }

    #[test]
    fn letters_of_every_script_leave_ink_and_differ() {
        let folder = tempfile::tempdir().unwrap();
        let (with, none) = (folder.path().join("with"), folder.path().join("none"));
        std::fs::create_dir_all(&with).unwrap();
        let fonts = [fonts_in(&with, &[&['예'], &['は', 'い']]), FallbackFonts::of_folder(none)];
        let picture =
            |title: &str, fonts: &FallbackFonts| png_with(&titled(title), 300.0, 200.0, 1.0, fonts).unwrap();
        for fonts in &fonts {
            let blank = picture("", fonts);
            let pictures: Vec<_> =
                ["예", "はい", "نعم", "हाँ", "はいは"].map(|title| picture(title, fonts)).into();
            for (index, one) in pictures.iter().enumerate() {
                assert!(*one != blank, "title {index} is blank");
                assert!(!pictures[..index].contains(one), "title {index} looks like another");
            }
        }
        assert_eq!(legible("Müller: は, ن", &fonts[0]), "Müller: は, \\u{646}");
        assert_eq!(legible("Müller: は", &fonts[1]), "Müller: \\u{306f}");
    }
}

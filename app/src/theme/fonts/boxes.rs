//! Boxes with numbers, for letters that no font here can show: names stay different from each other, and can be looked
//! up.

use egui::{
    Color32, ColorImage, GlyphBitmap, GlyphRasterizer, GlyphRasterizerRequest, RasterizedGlyph, vec2,
};

/// Letters of one cluster that are drawn; no script stacks more signs on one letter.
const MOST_LETTERS: usize = 8;
/// Font size, in pixels, at which a pixel of a digit is one pixel.
const PIXEL: f32 = 13.0;
/// Rows of a box: border, gap, digit of five, gap, digit of five, gap, border.
const ROWS: usize = 15;

/// The digits 0 to F, three pixels by five, row by row from the top left.
const DIGITS: [u16; 16] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_010_010_010,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
    0b010_101_111_101_101,
    0b110_101_110_101_110,
    0b011_100_100_100_011,
    0b110_101_101_101_110,
    0b111_100_111_100_111,
    0b111_100_111_100_100,
];

/// Draws what no font has. White space is left to the fonts: it needs no picture.
pub(super) fn rasterizer() -> GlyphRasterizer {
    GlyphRasterizer::new("coarsegrain::numbered_box", |request: &GlyphRasterizerRequest<'_>| {
        let is_blank = request.cluster.chars().all(char::is_whitespace);
        (!is_blank).then(|| draw(request.cluster, request.font_size_px))
    })
}

/// One box for each letter of the cluster, side by side.
fn draw(cluster: &str, font_size_px: f32) -> RasterizedGlyph {
    let scale = (font_size_px / PIXEL).floor().clamp(1.0, 8.0) as usize;
    let boxes: Vec<(u32, usize)> =
        cluster.chars().take(MOST_LETTERS).map(|letter| (letter.into(), columns(letter))).collect();
    let width: usize = boxes.iter().map(|(_, columns)| box_width(*columns) + 1).sum::<usize>().max(1);
    let mut image = ColorImage::new(
        [width * scale, ROWS * scale],
        vec![Color32::TRANSPARENT; width * ROWS * scale * scale],
    );
    let mut left = 0;
    for (number, columns) in boxes {
        for (x, y) in pixels(number, columns) {
            for (dx, dy) in (0..scale).flat_map(|dx| (0..scale).map(move |dy| (dx, dy))) {
                image[((left + x) * scale + dx, y * scale + dy)] = Color32::WHITE;
            }
        }
        left += box_width(columns) + 1;
    }
    let height = (ROWS * scale) as f32;
    // In the middle of the capitals, which are about 0.72 of the size.
    let top = -(0.36 * font_size_px + 0.5 * height).round();
    let bitmap = GlyphBitmap { image, offset_px: vec2(0.0, top), is_color: false };
    RasterizedGlyph { bitmap, advance_px: (width * scale) as f32 }
}

/// Digits in a row of the box: two rows hold four digits, or six beyond the first 65 536 letters.
fn columns(letter: char) -> usize {
    if u32::from(letter) > 0xffff { 3 } else { 2 }
}

fn box_width(columns: usize) -> usize {
    4 * columns + 3
}

/// The pixels of a box that are set.
fn pixels(number: u32, columns: usize) -> Vec<(usize, usize)> {
    let width = box_width(columns);
    let mut set: Vec<(usize, usize)> = (0..width).flat_map(|x| [(x, 0), (x, ROWS - 1)]).collect();
    set.extend((1..ROWS - 1).flat_map(|y| [(0, y), (width - 1, y)]));
    for place in 0..2 * columns {
        let digit = DIGITS[(number >> (4 * (2 * columns - 1 - place)) & 0xf) as usize];
        let (x, y) = (2 + 4 * (place % columns), 2 + 6 * (place / columns));
        for bit in (0..15).filter(|bit| digit >> (14 - bit) & 1 == 1) {
            set.push((x + bit % 3, y + bit / 3));
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_a_box_of_its_own() {
        let picture = |cluster: &str, px: f32| draw(cluster, px).bitmap.image;
        let words = ["\u{e000}", "\u{e001}", "\u{10ffff}", "\u{e000}\u{301}", "\u{301}\u{e000}"];
        for (index, word) in words.iter().enumerate() {
            for px in [9.0, 13.0, 28.0, 90.0] {
                let image = picture(word, px);
                assert!(image.pixels.contains(&Color32::WHITE));
                assert!(image.width().max(image.height()) <= egui::MAX_GLYPH_SIZE);
                assert!(words[..index].iter().all(|other| picture(other, px) != image), "{word:?}");
            }
        }
        assert!(picture(&"\u{10fffe}".repeat(40), 90.0).width() <= egui::MAX_GLYPH_SIZE);
    }
}

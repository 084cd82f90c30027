//! The scrolling spectrogram: a ring of columns in a texture, of which only new columns are written. Of a stream that has
//! ended it holds the ten seconds that are looked at.

use std::ops::Range;
use std::sync::Arc;

use egui::{Color32, ColorImage, Rect, TextureHandle, TextureOptions, pos2};
use engine::protocol::{Grid, LiveView};

use crate::theme::scales;

/// Shown range of log-mel energies below the loudest, in nepers of energy (52 dB).
const RANGE: f32 = 12.0;
/// The loudest value moves in steps, so that the colours of the past change rarely.
const TOP_STEP: f32 = 2.0;
/// Lowest value for the loudest: a silent room stays dark.
const LEAST_TOP: f32 = 16.0;

/// A texture with the latest columns.
#[derive(Default)]
pub(super) struct Spectrogram {
    texture: Option<TextureHandle>,
    drawn: Option<Arc<LiveView>>,
    /// Rows of the snapshot that the texture holds, once the stream has ended.
    window: Option<Range<usize>>,
    /// Columns of the texture.
    width: usize,
    /// Column that is written next.
    next: usize,
    /// Columns written since the texture was made anew, at most `width`.
    filled: usize,
    top: f32,
}

impl std::fmt::Debug for Spectrogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spectrogram").field("width", &self.width).field("filled", &self.filled).finish()
    }
}

/// How many rows of `new` came after the last row of `old`, given how many are expected; `None` when the two
/// do not join.
fn num_new_rows(old: &Grid, new: &Grid, expected: usize) -> Option<usize> {
    if old.cols != new.cols || old.rows == 0 || new.rows == 0 {
        return None;
    }
    let row = |grid: &Grid, index: usize| {
        grid.values.get(index * grid.cols..(index + 1) * grid.cols).map(<[f32]>::to_vec)
    };
    let last = row(old, old.rows - 1)?;
    let joins = |count: &usize| *count < new.rows && row(new, new.rows - 1 - count).as_ref() == Some(&last);
    // Frames end a little after the samples that the position counts, so the number may be off by a few.
    (0..=4).flat_map(|offset| [expected + offset, expected.saturating_sub(offset)]).find(joins)
}

impl Spectrogram {
    /// Writes what is new in the snapshot, or once the stream has ended, the ten seconds up to `end_secs`.
    pub fn update(&mut self, egui_ctx: &egui::Context, live: &Arc<LiveView>, end_secs: f64) {
        let window = live.tape.is_some().then(|| rows_before(live, end_secs));
        let is_drawn = self.drawn.as_ref().is_some_and(|drawn| Arc::ptr_eq(drawn, live));
        if is_drawn && self.window == window {
            return;
        }
        self.window.clone_from(&window);
        if let Some(rows) = window {
            let top = if is_drawn { self.top } else { top(&live.spectrogram) };
            self.draw_all(egui_ctx, &part(&live.spectrogram, rows), capacity(live), top);
            self.drawn = Some(live.clone());
            return;
        }
        let new = &live.spectrogram;
        let width = new.rows.max(capacity(live));
        let top = top(new);
        let count = self.drawn.as_ref().and_then(|drawn| {
            let secs = live.position_secs - drawn.position_secs;
            let expected = (secs / live.frame_shift_secs.max(1e-4)).round().max(0.0) as usize;
            num_new_rows(&drawn.spectrogram, new, expected)
        });
        match (count, &mut self.texture) {
            (Some(count), Some(texture)) if width == self.width && top == self.top => {
                for index in new.rows - count..new.rows {
                    let column = column(new, index, top);
                    texture.set_partial([self.next, 0], column, TextureOptions::LINEAR);
                    self.next = (self.next + 1) % width;
                    self.filled = (self.filled + 1).min(width);
                }
            }
            _ => self.draw_all(egui_ctx, new, width, top),
        }
        self.drawn = Some(live.clone());
    }

    fn draw_all(&mut self, egui_ctx: &egui::Context, grid: &Grid, width: usize, top: f32) {
        let (width, height) = (width.max(grid.rows).max(1), grid.cols.max(1));
        let mut image = ColorImage::filled([width, height], color(f32::NEG_INFINITY, top));
        for row in 0..grid.rows {
            for (y, pixel) in column(grid, row, top).pixels.into_iter().enumerate() {
                image.pixels[y * image.size[0] + row] = pixel;
            }
        }
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            none => *none = Some(egui_ctx.load_texture("live spectrogram", image, TextureOptions::LINEAR)),
        }
        (self.width, self.filled, self.top) = (width, grid.rows, top);
        self.next = grid.rows % self.width;
    }

    /// Paints the columns so that the newest ends at the right edge; `secs` is the time the rectangle spans.
    pub fn paint(&self, painter: &egui::Painter, rect: Rect, secs: f64, frame_shift_secs: f64) {
        painter.rect_filled(rect, 0.0, color(f32::NEG_INFINITY, self.top));
        let Some(texture) = &self.texture else { return };
        let per_column = rect.width() * (frame_shift_secs / secs.max(1e-3)) as f32;
        let width = self.width as f32;
        // The ring, unrolled: the older stretch begins at `next` when the texture is full.
        let older = if self.filled == self.width { self.width - self.next } else { 0 };
        let newer = if self.filled == self.width { self.next } else { self.filled };
        let mut right = rect.right();
        for (start, count) in [(0, newer), (self.width - older, older)] {
            if count == 0 {
                continue;
            }
            let left = right - count as f32 * per_column;
            let piece = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
            // Half a texel from the ends, so that the ring's seam does not bleed into the picture.
            let uv = Rect::from_min_max(
                pos2((start as f32 + 0.5) / width, 0.0),
                pos2((start as f32 + count as f32 - 0.5) / width, 1.0),
            );
            painter.with_clip_rect(rect).image(texture.id(), piece, uv, Color32::WHITE);
            right = left;
        }
    }
}

/// Rows of the ten seconds that end at a moment of the stream; the newest row ends at its position.
fn rows_before(live: &LiveView, end_secs: f64) -> Range<usize> {
    let rows = live.spectrogram.rows;
    let after = ((live.position_secs - end_secs) / live.frame_shift_secs.max(1e-4)).round().max(0.0) as usize;
    let end = rows.saturating_sub(after);
    end.saturating_sub(capacity(live))..end
}

/// Some rows of a grid.
fn part(grid: &Grid, rows: Range<usize>) -> Grid {
    let values = grid.values.get(rows.start * grid.cols..rows.end * grid.cols).unwrap_or_default();
    Grid { rows: rows.len(), cols: grid.cols, values: values.to_vec() }
}

/// Columns of the ten seconds that are shown.
fn capacity(live: &LiveView) -> usize {
    (super::SHOWN_SECS / live.frame_shift_secs.max(1e-3)).round() as usize
}

fn top(grid: &Grid) -> f32 {
    let loudest =
        grid.values.iter().copied().filter(|value| value.is_finite()).fold(f32::NEG_INFINITY, f32::max);
    ((loudest / TOP_STEP).ceil() * TOP_STEP).max(LEAST_TOP)
}

fn color(value: f32, top: f32) -> Color32 {
    scales::sequential((value - (top - RANGE)) / RANGE)
}

/// One frame as a column of pixels, highest filter on top.
fn column(grid: &Grid, row: usize, top: f32) -> ColorImage {
    let values = grid.values.get(row * grid.cols..(row + 1) * grid.cols).unwrap_or(&[]);
    let pixels: Vec<Color32> = values.iter().rev().map(|value| color(*value, top)).collect();
    ColorImage::new([1, pixels.len()], pixels)
}

#[cfg(test)]
mod tests {
    use engine::protocol::Tape;

    use super::*;

    fn grid(range: std::ops::Range<usize>) -> Grid {
        let values: Vec<f32> = range.clone().flat_map(|row| [row as f32, row as f32 * 0.5]).collect();
        Grid { rows: range.len(), cols: 2, values }
    }

    #[test]
    fn new_rows_are_found_near_the_expected_number() {
        assert_eq!(num_new_rows(&grid(0..10), &grid(0..13), 3), Some(3));
        assert_eq!(num_new_rows(&grid(0..10), &grid(5..15), 4), Some(5), "off by one");
        assert_eq!(num_new_rows(&grid(0..10), &grid(0..10), 0), Some(0));
        assert_eq!(num_new_rows(&grid(0..10), &grid(100..110), 3), None, "another stream");
        assert_eq!(num_new_rows(&Grid::default(), &grid(0..3), 3), None);
    }

    fn live(range: std::ops::Range<usize>) -> Arc<LiveView> {
        let position_secs = range.end as f64 * 0.01;
        Arc::new(LiveView {
            spectrogram: grid(range),
            frame_shift_secs: 0.01,
            position_secs,
            ..LiveView::default()
        })
    }

    #[test]
    fn the_ring_turns_without_being_drawn_anew() {
        let ctx = egui::Context::default();
        let mut spectrogram = Spectrogram::default();
        spectrogram.update(&ctx, &live(0..4), 0.04);
        assert_eq!((spectrogram.width, spectrogram.next, spectrogram.filled), (1000, 4, 4));
        spectrogram.update(&ctx, &live(0..12), 0.12);
        assert_eq!((spectrogram.next, spectrogram.filled), (12, 12));
        // Values up to 1010 would raise the top; the same values keep it.
        spectrogram.update(&ctx, &live(0..12), 0.12);
        assert_eq!(spectrogram.next, 12);
    }

    #[test]
    fn of_a_stream_that_has_ended_ten_seconds_are_held() {
        let ctx = egui::Context::default();
        let mut spectrogram = Spectrogram::default();
        let tape = Tape { start_secs: 0.0, samples: vec![0.0; 60 * 16_000].into() };
        let ended = Arc::new(LiveView { tape: Some(Arc::new(tape)), ..(*live(0..6000)).clone() });
        spectrogram.update(&ctx, &ended, 60.0);
        assert_eq!((spectrogram.window.clone(), spectrogram.width), (Some(5000..6000), 1000));
        spectrogram.update(&ctx, &ended, 25.0);
        assert_eq!(spectrogram.window, Some(1500..2500));
        spectrogram.update(&ctx, &ended, 4.0);
        assert_eq!((spectrogram.window.clone(), spectrogram.filled), (Some(0..400), 400));
    }
}

//! Drawing one layer of the map: blocks, grid lines, addresses, edges, captions.

use std::ops::Range;

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Stroke, StrokeKind, TextStyle, Ui, pos2, vec2};

use engine::sparse::LayerStructure;

use super::layer_picture::{LayerPicture, PatternColors};
use crate::numbers;
use crate::theme::{Theme, size};

/// Blocks along a side from which grid lines are drawn, in points.
const GRID_FROM: f32 = 6.0;
/// Most blocks drawn one by one.
const MAX_SINGLE_BLOCKS: usize = 40_000;

/// Block rows and block columns.
type Blocks = (Range<usize>, Range<usize>);

/// Where and how a layer is drawn.
pub struct LayerCanvas<'a> {
    /// Painter of the whole map.
    pub painter: &'a Painter,
    /// The layer on the screen.
    pub rect: Rect,
    /// The map on the screen.
    pub screen: Rect,
    /// Points per weight.
    pub scale: f32,
    /// Colours.
    pub theme: &'a Theme,
}

impl LayerCanvas<'_> {
    /// Draws a layer.
    pub fn layer_ui(&self, ui: &Ui, picture: &LayerPicture, is_selected: bool) {
        let structure = &picture.layer.pattern.structure;
        let block = structure.inner_block();
        let visible = self.visible_blocks(structure);
        let single = visible.0.len() * visible.1.len() <= MAX_SINGLE_BLOCKS;
        if picture.blocks_per_texel > 1 && single {
            self.single_blocks_ui(picture, &visible);
        } else {
            let texels = (block * picture.blocks_per_texel) as f32;
            // A ragged edge block reaches beyond the layer; only the part inside is shown.
            let used = vec2(structure.in_features as f32, structure.out_features as f32) / texels;
            let [width, height] = picture.texture.size();
            let uv = Rect::from_min_size(Pos2::ZERO, used / vec2(width as f32, height as f32));
            self.painter.image(picture.texture.id(), self.rect, uv, Color32::WHITE);
        }
        self.grid_ui(picture);
        self.addresses_ui(ui, picture, &visible);
        self.edges_ui(picture);
        let palette = &self.theme.palette;
        let outline = if is_selected { (2.0, palette.text) } else { (1.0, palette.line) };
        self.painter.rect_stroke(self.rect, 0.0, Stroke::from(outline), StrokeKind::Outside);
        self.captions_ui(ui, picture, is_selected);
    }

    /// Block rows and block columns that are on the screen.
    fn visible_blocks(&self, structure: &LayerStructure) -> Blocks {
        let side = self.scale * structure.inner_block() as f32;
        let range = |start: f32, from: f32, to: f32, count: usize| {
            let first = ((from - start) / side).floor().max(0.0) as usize;
            let last = ((to - start) / side).ceil().max(0.0) as usize;
            first.min(count)..last.min(count)
        };
        let (rect, screen) = (self.rect, self.screen);
        (
            range(rect.top(), screen.top(), screen.bottom(), structure.block_rows()),
            range(rect.left(), screen.left(), screen.right(), structure.block_cols()),
        )
    }

    /// A block on the screen, cut at a ragged edge.
    fn block_rect(&self, picture: &LayerPicture, row: usize, col: u32) -> Rect {
        let side = self.scale * picture.layer.pattern.structure.inner_block() as f32;
        let corner = self.rect.min + vec2(col as f32 * side, row as f32 * side);
        Rect::from_min_size(corner, vec2(side, side)).intersect(self.rect)
    }

    /// Draws kept blocks one by one, where the texture is too coarse.
    fn single_blocks_ui(&self, picture: &LayerPicture, visible: &Blocks) {
        let colors = PatternColors::new(self.theme, picture.method);
        self.painter.rect_filled(self.rect, 0.0, colors.dropped);
        let mut mesh = Mesh::default();
        for row in visible.0.clone() {
            for &col in picture.layer.pattern.kept_in_row(row) {
                if visible.1.contains(&(col as usize)) {
                    mesh.add_colored_rect(self.block_rect(picture, row, col), colors.kept);
                }
            }
        }
        self.painter.add(mesh);
    }

    /// Lines between blocks once there is room for them: faint for the innermost level, clear for outer ones.
    fn grid_ui(&self, picture: &LayerPicture) {
        let levels = &picture.layer.pattern.structure.levels;
        let side = |block: usize| self.scale * block as f32;
        let inner_shown = levels.last().is_some_and(|level| side(level.block) >= GRID_FROM);
        let (rect, shown) = (self.rect, self.rect.intersect(self.screen));
        for (depth, level) in levels.iter().enumerate().rev() {
            let step = side(level.block);
            if step < GRID_FROM {
                continue;
            }
            // Outer lines must stand out only from inner ones.
            let stands_out = depth + 1 < levels.len() && inner_shown;
            let palette = &self.theme.palette;
            let stroke = Stroke::from(if stands_out { (2.0, palette.weak) } else { (1.0, palette.line) });
            let first = |start: f32, from: f32| ((from - start) / step).floor().max(1.0);
            let mut x = rect.left() + first(rect.left(), shown.left()) * step;
            while x < shown.right() {
                self.painter.vline(x, shown.y_range(), stroke);
                x += step;
            }
            let mut y = rect.top() + first(rect.top(), shown.top()) * step;
            while y < shown.bottom() {
                self.painter.hline(shown.x_range(), y, stroke);
                y += step;
            }
        }
    }

    /// Writes its address into every kept block that has room for it.
    fn addresses_ui(&self, ui: &Ui, picture: &LayerPicture, visible: &Blocks) {
        let pattern = &picture.layer.pattern;
        let digits = pattern.num_blocks().max(1).ilog10() as f32 + 1.0;
        let room = vec2(4.0 + 7.0 * digits, 16.0);
        let side = self.scale * pattern.structure.inner_block() as f32;
        if side < room.max_elem() + size::HALF {
            return;
        }
        let font = TextStyle::Small.resolve(ui.style());
        for row in visible.0.clone() {
            let start = pattern.row_starts[row] as usize;
            for (offset, &col) in pattern.kept_in_row(row).iter().enumerate() {
                let square = self.block_rect(picture, row, col);
                if visible.1.contains(&(col as usize))
                    && square.width() >= room.x
                    && square.height() >= room.y
                {
                    let (text, color) = ((start + offset).to_string(), self.theme.palette.ground);
                    self.painter.text(square.center(), Align2::CENTER_CENTER, text, font.clone(), color);
                }
            }
        }
    }

    /// Marks dead units at the left edge and unused inputs at the top edge.
    fn edges_ui(&self, picture: &LayerPicture) {
        let (rect, palette) = (self.rect, &self.theme.palette);
        for &(from, to) in &picture.dead_units {
            let top = rect.top() + from as f32 * self.scale;
            let bottom = (rect.top() + to as f32 * self.scale).max(top + 1.5);
            let bar = Rect::from_min_max(pos2(rect.left() - 7.0, top), pos2(rect.left() - 3.0, bottom));
            self.painter.rect_filled(bar, 0.0, palette.error);
        }
        for &(from, to) in &picture.unused_inputs {
            let left = rect.left() + from as f32 * self.scale;
            let right = (rect.left() + to as f32 * self.scale).max(left + 1.5);
            let bar = Rect::from_min_max(pos2(left, rect.top() - 7.0), pos2(right, rect.top() - 3.0));
            self.painter.rect_filled(bar, 0.0, palette.warning);
        }
    }

    /// Names the layer above, and says its density below.
    fn captions_ui(&self, ui: &Ui, picture: &LayerPicture, is_selected: bool) {
        let rect = self.rect;
        if rect.width() < 56.0 {
            return;
        }
        let palette = &self.theme.palette;
        let structure = &picture.layer.pattern.structure;
        let (body, small) = (TextStyle::Body.resolve(ui.style()), TextStyle::Small.resolve(ui.style()));
        let name_color = if is_selected { palette.text } else { palette.weak };
        let put = |at, align, text: &str, font, color| self.painter.text(at, align, text, font, color);
        let top = rect.top() - 10.0;
        put(pos2(rect.left(), top), Align2::LEFT_BOTTOM, &picture.layer.name, body, name_color);
        if rect.width() > 150.0 {
            let shape = format!("{} × {}", structure.out_features, structure.in_features);
            put(pos2(rect.right(), top), Align2::RIGHT_BOTTOM, &shape, small.clone(), palette.weak);
        }
        let density = if rect.width() > 180.0 {
            super::density_text(&picture.layer)
        } else {
            numbers::percent(picture.layer.density_achieved, 1)
        };
        put(pos2(rect.left(), rect.bottom() + 6.0), Align2::LEFT_TOP, &density, small, palette.weak);
    }
}

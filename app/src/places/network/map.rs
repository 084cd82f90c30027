//! The map: every layer's pattern on one plane that can be zoomed and moved.

use std::sync::Arc;

use egui::{
    Align2, Color32, CursorIcon, Mesh, Painter, PointerButton, Pos2, Rect, Response, Sense, Stroke,
    StrokeKind, TextStyle, Ui, pos2, vec2,
};
use engine::protocol::PlanView;

use super::layer_picture::{LayerPicture, PatternColors, pictures};
use super::layer_settings::Scope;
use super::map_hover;
use super::map_view::{MapView, layout};
use crate::theme::{Mode, Theme, size, text};
use crate::widgets::labelled;

/// Blocks along a side from which grid lines are drawn, in points.
const GRID_FROM: f32 = 6.0;
/// Most blocks drawn one by one.
const MAX_SINGLE_BLOCKS: usize = 40_000;

/// The map and the pictures it was drawn from last.
#[derive(Default)]
pub struct PatternMap {
    view: MapView,
    pictures: Vec<LayerPicture>,
    shown: Option<(Arc<Option<PlanView>>, Mode)>,
}

/// A block under the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockAt {
    /// Layer, 0 for the first.
    pub layer: usize,
    /// Innermost block row.
    pub row: usize,
    /// Innermost block column.
    pub col: usize,
}

impl PatternMap {
    /// Takes over a new plan. A plan without a network leaves the last pictures in place.
    pub fn refresh(&mut self, ui: &Ui, plan: &Arc<Option<PlanView>>, theme: &Theme) {
        let known =
            self.shown.as_ref().is_some_and(|(shown, mode)| Arc::ptr_eq(shown, plan) && *mode == theme.mode);
        if known {
            return;
        }
        if let Some(Ok(network)) = plan.as_ref().as_ref().map(|plan| &plan.network) {
            self.pictures = pictures(ui.ctx(), network, theme);
        }
        self.shown = Some((plan.clone(), theme.mode));
    }

    /// Draws the map into the given room; a click selects the layer under it.
    pub fn ui(&mut self, ui: &mut Ui, room: egui::Vec2, scope: &mut Scope, theme: &Theme) {
        let (screen, response) = ui.allocate_exact_size(room, Sense::click_and_drag());
        let label = self.spoken();
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Image, true, &label));
        let shapes: Vec<(usize, usize)> = self
            .pictures
            .iter()
            .map(|picture| {
                let structure = &picture.layer.pattern.structure;
                (structure.out_features, structure.in_features)
            })
            .collect();
        let places = layout(&shapes);
        let whole = places.iter().fold(Rect::NOTHING, |whole, rect| whole.union(*rect));
        let painter = ui.painter_at(screen);
        painter.rect_filled(screen, size::ROUNDING, theme.palette.ground);
        if self.pictures.is_empty() {
            return;
        }
        if self.view.fits_all {
            self.view.fit(whole, above_buttons(screen), screen);
        }
        self.take_gestures(ui, &response, screen, whole, &places, scope);
        let pointer = response.hover_pos();
        let hovered = pointer.and_then(|at| self.block_at(self.view.plane(at, screen), &places));
        for (index, picture) in self.pictures.iter().enumerate() {
            let rect = self.view.screen_rect(places[index], screen);
            if rect.expand(48.0).intersects(screen) {
                let is_selected = *scope == Scope::Layer(index);
                self.layer_ui(&painter, picture, rect, screen, is_selected, theme, ui);
            }
        }
        if let Some(block) = hovered {
            let place = self.view.screen_rect(places[block.layer], screen);
            map_hover::mark(&painter, &self.pictures[block.layer], block, place, self.view.scale, theme);
            let picture = &self.pictures[block.layer];
            response.on_hover_ui_at_pointer(|ui| map_hover::ui(ui, picture, block));
        }
        self.buttons_ui(ui, screen, &places, whole, *scope);
    }

    /// What a screen reader says of the map.
    fn spoken(&self) -> String {
        let layers: Vec<String> = self
            .pictures
            .iter()
            .map(|picture| {
                let pattern = &picture.layer.pattern;
                format!(
                    "{}: {} of {} blocks kept",
                    picture.layer.name,
                    pattern.num_blocks(),
                    pattern.structure.block_rows() * pattern.structure.block_cols()
                )
            })
            .collect();
        format!("Pattern map. {}", layers.join("; "))
    }

    fn take_gestures(
        &mut self,
        ui: &Ui,
        response: &Response,
        screen: Rect,
        whole: Rect,
        places: &[Rect],
        scope: &mut Scope,
    ) {
        if let Some(at) = response.hover_pos() {
            let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = pinch * (scroll * 0.004).exp();
            if factor != 1.0 {
                self.view.zoom(factor, at, screen, whole);
            }
        }
        if response.dragged_by(PointerButton::Primary) || response.dragged_by(PointerButton::Middle) {
            self.view.pan(response.drag_delta(), whole);
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        }
        if let Some(at) = response.interact_pointer_pos() {
            let hit = self.layer_at(self.view.plane(at, screen), places);
            if response.double_clicked() {
                match hit {
                    Some(layer) => {
                        self.view.fits_all = false;
                        self.view.fit(places[layer], above_buttons(screen), screen);
                    }
                    None => self.view.fits_all = true,
                }
            } else if response.clicked() {
                *scope = hit.map_or(Scope::Hidden, Scope::Layer);
            }
        }
    }

    fn layer_at(&self, at: Pos2, places: &[Rect]) -> Option<usize> {
        // A thin layer is easier to hit with some room around it.
        let slack = 4.0 / self.view.scale;
        places.iter().position(|place| place.expand(slack).contains(at))
    }

    fn block_at(&self, at: Pos2, places: &[Rect]) -> Option<BlockAt> {
        let layer = places.iter().position(|place| place.contains(at))?;
        let inside = at - places[layer].min;
        let structure = &self.pictures[layer].layer.pattern.structure;
        let block = structure.inner_block() as f32;
        let (row, col) = ((inside.y / block) as usize, (inside.x / block) as usize);
        (row < structure.block_rows() && col < structure.block_cols()).then_some(BlockAt { layer, row, col })
    }

    #[expect(clippy::too_many_arguments, reason = "one call, and each argument is plain")]
    fn layer_ui(
        &self,
        painter: &Painter,
        picture: &LayerPicture,
        rect: Rect,
        screen: Rect,
        is_selected: bool,
        theme: &Theme,
        ui: &Ui,
    ) {
        let structure = &picture.layer.pattern.structure;
        let block = structure.inner_block();
        let visible = visible_blocks(
            rect,
            screen,
            self.view.scale * block as f32,
            structure.block_rows(),
            structure.block_cols(),
        );
        let single = (visible.1.len() * visible.0.len()) <= MAX_SINGLE_BLOCKS;
        if picture.blocks_per_texel > 1 && single {
            self.single_blocks_ui(painter, picture, rect, &visible, theme);
        } else {
            let texels = (block * picture.blocks_per_texel) as f32;
            // A ragged edge block reaches beyond the layer; only the part inside is shown.
            let used = vec2(structure.in_features as f32, structure.out_features as f32) / texels;
            let [width, height] = picture.texture.size();
            let uv = Rect::from_min_size(Pos2::ZERO, used / vec2(width as f32, height as f32));
            painter.image(picture.texture.id(), rect, uv, Color32::WHITE);
        }
        self.grid_ui(painter, picture, rect, screen, theme);
        addresses_ui(painter, picture, rect, &visible, self.view.scale, theme, ui);
        edges_ui(painter, picture, rect, self.view.scale, theme);
        let outline = if is_selected { theme.palette.text } else { theme.palette.line };
        let width = if is_selected { 2.0 } else { 1.0 };
        painter.rect_stroke(rect, 0.0, Stroke::new(width, outline), StrokeKind::Outside);
        captions_ui(painter, picture, rect, is_selected, theme, ui);
    }

    /// Draws kept blocks one by one, where the texture is too coarse.
    fn single_blocks_ui(
        &self,
        painter: &Painter,
        picture: &LayerPicture,
        rect: Rect,
        visible: &(std::ops::Range<usize>, std::ops::Range<usize>),
        theme: &Theme,
    ) {
        let colors = PatternColors::new(theme, picture.method);
        let side = self.view.scale * picture.layer.pattern.structure.inner_block() as f32;
        painter.rect_filled(rect, 0.0, colors.dropped);
        let mut mesh = Mesh::default();
        for row in visible.0.clone() {
            for &col in picture.layer.pattern.kept_in_row(row) {
                if visible.1.contains(&(col as usize)) {
                    let corner = rect.min + vec2(col as f32 * side, row as f32 * side);
                    let square = Rect::from_min_size(corner, vec2(side, side)).intersect(rect);
                    mesh.add_colored_rect(square, colors.kept);
                }
            }
        }
        painter.add(mesh);
    }

    /// Lines between blocks once there is room for them: faint for the innermost level, clear for outer ones.
    fn grid_ui(&self, painter: &Painter, picture: &LayerPicture, rect: Rect, screen: Rect, theme: &Theme) {
        let levels = &picture.layer.pattern.structure.levels;
        let side = |block: usize| self.view.scale * block as f32;
        let inner_shown = levels.last().is_some_and(|level| side(level.block) >= GRID_FROM);
        for (depth, level) in levels.iter().enumerate().rev() {
            let step = side(level.block);
            if step < GRID_FROM {
                continue;
            }
            // Outer lines must stand out only from inner ones.
            let stands_out = depth + 1 < levels.len() && inner_shown;
            let (width, color) =
                if stands_out { (2.0, theme.palette.weak) } else { (1.0, theme.palette.line) };
            let stroke = Stroke::new(width, color);
            let shown = rect.intersect(screen);
            let first = |start: f32, from: f32| ((from - start) / step).floor().max(1.0);
            let mut x = rect.left() + first(rect.left(), shown.left()) * step;
            while x < shown.right() {
                painter.vline(x, shown.y_range(), stroke);
                x += step;
            }
            let mut y = rect.top() + first(rect.top(), shown.top()) * step;
            while y < shown.bottom() {
                painter.hline(shown.x_range(), y, stroke);
                y += step;
            }
        }
    }

    fn buttons_ui(&mut self, ui: &mut Ui, screen: Rect, places: &[Rect], whole: Rect, scope: Scope) {
        let corner = Rect::from_min_max(
            pos2(screen.left() + size::STEP, screen.bottom() - size::CONTROL - size::STEP),
            pos2(screen.right() - size::STEP, screen.bottom() - size::STEP),
        );
        let mut inner = ui.new_child(
            egui::UiBuilder::new().max_rect(corner).layout(egui::Layout::right_to_left(egui::Align::Center)),
        );
        let ui = &mut inner;
        if labelled(ui.button("+"), "Zoom in").clicked() {
            self.view.zoom(1.5, screen.center(), screen, whole);
        }
        if labelled(ui.button("−"), "Zoom out").clicked() {
            self.view.zoom(1.0 / 1.5, screen.center(), screen, whole);
        }
        if let Scope::Layer(layer) = scope
            && let Some(place) = places.get(layer)
            && ui.button("Fit layer").clicked()
        {
            self.view.fits_all = false;
            self.view.fit(*place, above_buttons(screen), screen);
        }
        if ui.button("Fit network").clicked() {
            self.view.fits_all = true;
        }
        ui.add(
            egui::Label::new(text::small("Scroll zooms, drag moves, double click fits a layer.")).truncate(),
        );
    }
}

/// The screen without the row of buttons at its foot.
fn above_buttons(screen: Rect) -> Rect {
    screen.with_max_y(screen.bottom() - size::CONTROL - size::STEP)
}

/// Block rows and block columns of a layer that are on the screen.
fn visible_blocks(
    rect: Rect,
    screen: Rect,
    side: f32,
    rows: usize,
    cols: usize,
) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let range = |start: f32, from: f32, to: f32, count: usize| {
        let first = ((from - start) / side).floor().max(0.0) as usize;
        let last = ((to - start) / side).ceil().max(0.0) as usize;
        first.min(count)..last.min(count)
    };
    (
        range(rect.top(), screen.top(), screen.bottom(), rows),
        range(rect.left(), screen.left(), screen.right(), cols),
    )
}

/// Writes its address into every kept block that has room for it.
fn addresses_ui(
    painter: &Painter,
    picture: &LayerPicture,
    rect: Rect,
    visible: &(std::ops::Range<usize>, std::ops::Range<usize>),
    scale: f32,
    theme: &Theme,
    ui: &Ui,
) {
    let pattern = &picture.layer.pattern;
    let side = scale * pattern.structure.inner_block() as f32;
    let digits = pattern.num_blocks().max(1).ilog10() as f32 + 1.0;
    if side < 10.0 + 7.0 * digits || side < 22.0 {
        return;
    }
    let font = TextStyle::Small.resolve(ui.style());
    for row in visible.0.clone() {
        let start = pattern.row_starts[row] as usize;
        for (offset, &col) in pattern.kept_in_row(row).iter().enumerate() {
            if visible.1.contains(&(col as usize)) {
                let corner = rect.min + vec2(col as f32 * side, row as f32 * side);
                let square = Rect::from_min_size(corner, vec2(side, side)).intersect(rect);
                if square.height() < 16.0 || square.width() < 4.0 + 7.0 * digits {
                    continue;
                }
                let text = (start + offset).to_string();
                painter.text(
                    square.center(),
                    Align2::CENTER_CENTER,
                    text,
                    font.clone(),
                    theme.palette.ground,
                );
            }
        }
    }
}

/// Marks dead units at the left edge and unused inputs at the top edge.
fn edges_ui(painter: &Painter, picture: &LayerPicture, rect: Rect, scale: f32, theme: &Theme) {
    for &(from, to) in &picture.dead_units {
        let top = rect.top() + from as f32 * scale;
        let bottom = (rect.top() + to as f32 * scale).max(top + 1.5);
        let bar = Rect::from_min_max(pos2(rect.left() - 7.0, top), pos2(rect.left() - 3.0, bottom));
        painter.rect_filled(bar, 0.0, theme.palette.error);
    }
    for &(from, to) in &picture.unused_inputs {
        let left = rect.left() + from as f32 * scale;
        let right = (rect.left() + to as f32 * scale).max(left + 1.5);
        let bar = Rect::from_min_max(pos2(left, rect.top() - 7.0), pos2(right, rect.top() - 3.0));
        painter.rect_filled(bar, 0.0, theme.palette.warning);
    }
}

fn captions_ui(
    painter: &Painter,
    picture: &LayerPicture,
    rect: Rect,
    is_selected: bool,
    theme: &Theme,
    ui: &Ui,
) {
    if rect.width() < 72.0 {
        return;
    }
    let palette = &theme.palette;
    let layer = &picture.layer;
    let structure = &layer.pattern.structure;
    let body = TextStyle::Body.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let name_color = if is_selected { palette.text } else { palette.weak };
    let top = pos2(rect.left(), rect.top() - 10.0);
    painter.text(top, Align2::LEFT_BOTTOM, &layer.name, body, name_color);
    let shape = format!("{} × {}", structure.out_features, structure.in_features);
    if rect.width() > 150.0 {
        painter.text(pos2(rect.right(), top.y), Align2::RIGHT_BOTTOM, shape, small.clone(), palette.weak);
    }
    let below = pos2(rect.left(), rect.bottom() + 6.0);
    painter.text(below, Align2::LEFT_TOP, super::density_text(layer), small, palette.weak);
}

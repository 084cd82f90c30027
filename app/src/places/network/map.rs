//! The map: every layer's pattern on one plane that can be zoomed and moved.

use std::sync::Arc;

use egui::{
    CursorIcon, EventFilter, Key, Modifiers, PointerButton, Pos2, Rect, Response, Sense, Stroke, StrokeKind,
    Ui, pos2, vec2,
};
use engine::protocol::PlanView;

use super::layer_picture::{LayerPicture, pictures};
use super::layer_settings::Scope;
use super::map_draw::LayerCanvas;
use super::map_hover;
use super::map_view::{MapView, layout};
use crate::theme::{Mode, Theme, size, text};
use crate::widgets::labelled;

/// Points that an arrow key moves the map by.
const KEY_STEP: f32 = 64.0;

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
        self.take_keys(ui, &response, screen, whole);
        let pointer = response.hover_pos();
        let hovered = pointer.and_then(|at| self.block_at(self.view.plane(at, screen), &places));
        for (index, picture) in self.pictures.iter().enumerate() {
            let rect = self.view.screen_rect(places[index], screen);
            if rect.expand(48.0).intersects(screen) {
                let is_selected = *scope == Scope::Layer(index);
                let canvas = LayerCanvas { painter: &painter, rect, screen, scale: self.view.scale, theme };
                canvas.layer_ui(ui, picture, is_selected);
            }
        }
        if response.has_focus() {
            let ring = Stroke::new(1.0, theme.palette.weak);
            painter.rect_stroke(screen, size::ROUNDING, ring, StrokeKind::Inside);
        }
        if let Some(block) = hovered {
            let place = self.view.screen_rect(places[block.layer], screen);
            map_hover::mark(&painter, &self.pictures[block.layer], block, place, self.view.scale, theme);
            let picture = &self.pictures[block.layer];
            response.on_hover_ui_at_pointer(|ui| map_hover::ui(ui, picture, block));
        }
        self.buttons_ui(ui, (screen, theme.palette.ground), &places, whole, *scope);
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

    /// Arrows move the map, plus and minus zoom it, Home fits it, while it has the focus.
    fn take_keys(&mut self, ui: &Ui, response: &Response, screen: Rect, whole: Rect) {
        if !response.has_focus() {
            return;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        for (key, step) in [
            (Key::ArrowLeft, vec2(KEY_STEP, 0.0)),
            (Key::ArrowRight, vec2(-KEY_STEP, 0.0)),
            (Key::ArrowUp, vec2(0.0, KEY_STEP)),
            (Key::ArrowDown, vec2(0.0, -KEY_STEP)),
        ] {
            if pressed(key) {
                self.view.pan(step, whole);
            }
        }
        for (key, factor) in [(Key::Plus, 1.25), (Key::Equals, 1.25), (Key::Minus, 0.8)] {
            if pressed(key) {
                self.view.zoom(factor, screen.center(), screen, whole);
            }
        }
        if pressed(Key::Home) {
            self.view.fits_all = true;
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

    fn buttons_ui(
        &mut self,
        ui: &mut Ui,
        (screen, ground): (Rect, egui::Color32),
        places: &[Rect],
        whole: Rect,
        scope: Scope,
    ) {
        let corner = Rect::from_min_max(
            pos2(screen.left() + size::STEP, screen.bottom() - size::CONTROL - size::STEP),
            pos2(screen.right() - size::STEP, screen.bottom() - size::STEP),
        );
        // The map goes on below the buttons; its lines must not run through their text.
        ui.painter().rect_filled(corner.expand(size::HALF), size::ROUNDING, ground);
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

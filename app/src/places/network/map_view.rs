//! Where the map looks: the plane of weights, and its place on the screen.
//!
//! One unit of the plane is one weight. Layers stand side by side, first to last, centred on a line, each with
//! its inputs running right and its outputs running down.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Room around everything when the whole network is fitted, in points.
const FIT_MARGIN: Vec2 = vec2(28.0, 36.0);
/// Points per weight, at most.
const MAX_SCALE: f32 = 64.0;

/// Offset and scale of the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapView {
    /// The point of the plane in the middle of the screen.
    centre: Vec2,
    /// Points per weight.
    pub scale: f32,
    /// Whether the whole network is kept in view; ends when the person moves the map.
    pub fits_all: bool,
}

impl Default for MapView {
    fn default() -> Self {
        Self { centre: Vec2::ZERO, scale: 1.0, fits_all: true }
    }
}

/// Places layers of these `(out_features, in_features)` on the plane.
pub fn layout(shapes: &[(usize, usize)]) -> Vec<Rect> {
    let tallest = shapes.iter().map(|shape| shape.0).max().unwrap_or(0) as f32;
    let widest = shapes.iter().map(|shape| shape.1).max().unwrap_or(0) as f32;
    let gap = 0.12 * tallest.max(widest * 0.5).max(16.0);
    let mut left = 0.0;
    let mut rects = Vec::with_capacity(shapes.len());
    for &(rows, cols) in shapes {
        let size = vec2(cols as f32, rows as f32);
        rects.push(Rect::from_min_size(pos2(left, (tallest - size.y) / 2.0), size));
        left += size.x + gap;
    }
    rects
}

impl MapView {
    /// Fits a part of the plane into a part of the screen.
    pub fn fit(&mut self, part: Rect, room: Rect, screen: Rect) {
        let inner = (room.size() - 2.0 * FIT_MARGIN).max(vec2(32.0, 32.0));
        let scale = (inner / part.size().max(vec2(1.0, 1.0))).min_elem();
        self.scale = scale.min(MAX_SCALE);
        self.centre = part.center().to_vec2() + (screen.center() - room.center()) / self.scale;
    }

    /// Zooms by a factor, keeping the point of the plane under `at` where it is; `whole` bounds zooming out.
    pub fn zoom(&mut self, factor: f32, at: Pos2, screen: Rect, whole: Rect) {
        let smallest = 0.5 * (screen.size() / whole.size().max(vec2(1.0, 1.0))).min_elem();
        let under = self.plane(at, screen);
        self.scale = (self.scale * factor).clamp(smallest.min(MAX_SCALE), MAX_SCALE);
        self.centre += under.to_vec2() - self.plane(at, screen).to_vec2();
        self.fits_all = false;
    }

    /// Moves the map by points on the screen, keeping some of it in view.
    pub fn pan(&mut self, delta: Vec2, whole: Rect) {
        self.centre -= delta / self.scale;
        self.centre = self.centre.clamp(whole.min.to_vec2(), whole.max.to_vec2());
        self.fits_all = false;
    }

    /// The point of the plane at a point of the screen.
    pub fn plane(&self, at: Pos2, screen: Rect) -> Pos2 {
        ((at - screen.center()) / self.scale + self.centre).to_pos2()
    }

    /// The point of the screen at a point of the plane.
    pub fn screen(&self, at: Pos2, screen: Rect) -> Pos2 {
        screen.center() + (at.to_vec2() - self.centre) * self.scale
    }

    /// A part of the plane on the screen.
    pub fn screen_rect(&self, part: Rect, screen: Rect) -> Rect {
        Rect::from_min_max(self.screen(part.min, screen), self.screen(part.max, screen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let screen = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 600.0));
        let whole = Rect::from_min_size(Pos2::ZERO, vec2(1500.0, 512.0));
        let mut view = MapView::default();
        view.fit(whole, screen, screen);
        let at = pos2(300.0, 200.0);
        let before = view.plane(at, screen);
        view.zoom(3.0, at, screen, whole);
        assert!((view.plane(at, screen) - before).length() < 0.01);
        assert!((view.screen(before, screen) - at).length() < 0.01);
    }

    #[test]
    fn layers_stand_side_by_side_on_one_line() {
        let rects = layout(&[(512, 403), (512, 512), (12, 512)]);
        assert!(rects.windows(2).all(|pair| pair[0].right() < pair[1].left()));
        assert!(rects.iter().all(|rect| (rect.center().y - 256.0).abs() < 1e-3));
    }
}

//! The strip of layers: inputs, then one card per layer; a click selects what the inspector edits.

use egui::accesskit::Role;
use egui::{
    Align2, Color32, Painter, Rect, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use engine::protocol::{LayerView, NetworkView};

use super::layer_picture::method_of;
use super::layer_settings::{self, Scope};
use crate::context::PlaceContext;
use crate::numbers;
use crate::theme::{Theme, size};

/// Height of a card, and width of the arrow between two.
const HEIGHT: f32 = 48.0;
const ARROW: f32 = 20.0;

/// Draws the strip.
pub fn ui(ui: &mut Ui, ctx: &PlaceContext<'_>, network: &NetworkView, scope: &mut Scope) {
    let cards = network.layers.len() as f32 + 1.0;
    let width = ((ui.available_width() - ARROW * (cards - 1.0)) / cards).clamp(116.0, 176.0).floor();
    egui::ScrollArea::horizontal().id_salt("strip").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let num_inputs = network.layers.first().map_or(0, |layer| layer.pattern.structure.in_features);
            let lines = [format!("{} inputs", numbers::whole(num_inputs as u64)), inputs_text(ctx)];
            let all =
                card_ui(ui, width, ctx.theme, &lines, None, *scope == Scope::Hidden, "All hidden layers");
            let all = all.on_hover_text("Edit all hidden layers at once");
            if all.clicked() {
                *scope = Scope::Hidden;
            }
            for (index, layer) in network.layers.iter().enumerate() {
                arrow_ui(ui, ctx.theme);
                let is_selected = *scope == Scope::Layer(index);
                let own = layer_settings::has_own(ctx.config, index);
                let lines = [title(layer, own), structure_text(layer)];
                let color = ctx.theme.method(method_of(&layer.pattern));
                let card = card_ui(
                    ui,
                    width,
                    ctx.theme,
                    &lines,
                    Some(color),
                    is_selected,
                    &format!("Layer {}", layer.name),
                );
                if card.on_hover_text(hover(layer)).clicked() {
                    *scope = if is_selected { Scope::Hidden } else { Scope::Layer(index) };
                }
            }
        });
    });
}

fn inputs_text(ctx: &PlaceContext<'_>) -> String {
    let config = &ctx.config;
    if config.model.inputs > 0 {
        return "set by hand".into();
    }
    let coefs = match config.features.kind {
        engine::settings::FeatureKind::Mfcc => config.features.num_ceps,
        engine::settings::FeatureKind::Logmel => config.features.num_mel,
    };
    format!("{} frames × {}", config.features.num_frames, coefs)
}

fn title(layer: &LayerView, own: bool) -> String {
    let units = numbers::whole(layer.pattern.structure.out_features as u64);
    format!("{}: {units}{}", layer.name, if own { " *" } else { "" })
}

fn structure_text(layer: &LayerView) -> String {
    let levels: Vec<String> = layer
        .pattern
        .structure
        .levels
        .iter()
        .map(|level| {
            let drop = format!("{:.1}", level.drop * 100.0);
            format!("{} at {}", level.block, drop.trim_end_matches('0').trim_end_matches('.'))
        })
        .collect();
    let bits = super::widths_text(layer);
    if layer.pattern.is_dense() {
        format!("dense, {bits}")
    } else {
        format!("{}\u{2009}%, {bits}", levels.join(", "))
    }
}

fn hover(layer: &LayerView) -> String {
    format!(
        "{} outputs from {} inputs; block size at drop probability, outer level first; {}; weight bits × bits of what it reads, {}. Click to edit this layer alone.",
        layer.pattern.structure.out_features,
        layer.pattern.structure.in_features,
        super::density_text(layer),
        layer
            .accumulator_bits
            .map_or_else(|| "in floating point".into(), |bits| format!("summed in {bits} bits"))
    )
}

fn card_ui(
    ui: &mut Ui,
    width: f32,
    theme: &Theme,
    lines: &[String; 2],
    color: Option<Color32>,
    is_selected: bool,
    name: &str,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, name));
    let palette = &theme.palette;
    let fill = if is_selected {
        palette.selected
    } else if response.hovered() {
        palette.hovered
    } else {
        palette.raised
    };
    let painter = ui.painter();
    painter.rect_filled(rect, size::ROUNDING, fill);
    if is_selected || response.has_focus() {
        painter.rect_stroke(rect, size::ROUNDING, Stroke::new(1.0, palette.weak), StrokeKind::Inside);
    }
    if let Some(color) = color {
        let bar = Rect::from_min_size(rect.min + vec2(size::STEP, 10.0), vec2(3.0, rect.height() - 20.0));
        painter.rect_filled(bar, 1.0, color);
    }
    lines_ui(ui, painter, rect, lines, theme, if color.is_some() { 20.0 } else { 12.0 });
    response
}

fn lines_ui(ui: &Ui, painter: &Painter, rect: Rect, lines: &[String; 2], theme: &Theme, indent: f32) {
    let painter = painter.with_clip_rect(rect.shrink2(vec2(size::HALF, 0.0)));
    let x = rect.left() + indent;
    let (body, small) = (TextStyle::Body.resolve(ui.style()), TextStyle::Small.resolve(ui.style()));
    painter.text(pos2(x, rect.top() + 16.0), Align2::LEFT_CENTER, &lines[0], body, theme.palette.text);
    painter.text(pos2(x, rect.top() + 33.0), Align2::LEFT_CENTER, &lines[1], small, theme.palette.weak);
}

fn arrow_ui(ui: &mut Ui, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ARROW, HEIGHT), Sense::hover());
    let middle = rect.center();
    let stroke = Stroke::new(1.25, theme.palette.weak);
    let tip = middle + vec2(5.0, 0.0);
    ui.painter().line_segment([middle - vec2(5.0, 0.0), tip], stroke);
    ui.painter().line(vec![tip + vec2(-3.5, -3.5), tip, tip + vec2(-3.5, 3.5)], stroke);
}

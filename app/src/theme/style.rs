//! The theme as egui's style.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Visuals, vec2};

use super::{MEDIUM, Mode, Palette, Theme, size, type_size};

/// Width of a scroll bar when it is at its widest.
const SCROLL_BAR: f32 = 6.0;

pub(super) fn apply(theme: &Theme, ctx: &egui::Context) {
    let visuals = visuals(theme.mode, &theme.palette);
    ctx.set_theme(match theme.mode {
        Mode::Dark => egui::Theme::Dark,
        Mode::Light => egui::Theme::Light,
    });
    ctx.all_styles_mut(|style| {
        style.visuals = visuals.clone();
        let medium = FontFamily::Name(MEDIUM.into());
        style.text_styles = [
            (TextStyle::Small, type_size::SMALL, FontFamily::Proportional),
            (TextStyle::Body, type_size::BODY, FontFamily::Proportional),
            (TextStyle::Button, type_size::BODY, FontFamily::Proportional),
            (TextStyle::Monospace, type_size::BODY, FontFamily::Monospace),
            (TextStyle::Heading, type_size::HEADING, medium.clone()),
            (TextStyle::Name("title".into()), type_size::TITLE, medium.clone()),
            (TextStyle::Name("figure".into()), type_size::FIGURE, medium),
        ]
        .map(|(name, points, family)| (name, FontId::new(points, family)))
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(size::STEP, size::HALF);
        spacing.button_padding = vec2(size::STEP, size::HALF);
        spacing.interact_size = vec2(size::GROUP, size::CONTROL);
        spacing.menu_margin = Margin::same(size::STEP as i8);
        spacing.window_margin = Margin::same(size::MARGIN as i8);
        spacing.slider_width = 136.0;
        spacing.slider_rail_height = size::HALF;
        spacing.tooltip_width = 360.0;
        spacing.indent = size::MARGIN;
        // Narrower than the step that stays free at the right of every row: no bar ever lies over digits.
        spacing.scroll.bar_width = SCROLL_BAR;
        spacing.scroll.bar_outer_margin = 1.0;
        style.interaction.tooltip_delay = 0.4;
        style.interaction.selectable_labels = false;
        style.animation_time = 0.0;
    });
}

fn visuals(mode: Mode, palette: &Palette) -> Visuals {
    let mut visuals = match mode {
        Mode::Dark => Visuals::dark(),
        Mode::Light => Visuals::light(),
    };
    let rounding = CornerRadius::same(size::ROUNDING);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.weak);
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(2 * size::ROUNDING);
    visuals.menu_corner_radius = rounding;
    visuals.extreme_bg_color = palette.sunken;
    visuals.text_edit_bg_color = Some(palette.sunken);
    visuals.faint_bg_color = palette.raised.gamma_multiply(0.5);
    visuals.code_bg_color = palette.raised;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.hyperlink_color = palette.text;
    visuals.selection.bg_fill = palette.selected;
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.slider_trailing_fill = true;
    visuals.striped = false;
    let widgets = &mut visuals.widgets;
    for (state, fill, outline, text) in [
        (&mut widgets.noninteractive, palette.panel, palette.line, palette.text),
        (&mut widgets.inactive, palette.raised, Color32::TRANSPARENT, palette.text),
        (&mut widgets.hovered, palette.hovered, palette.line, palette.text),
        (&mut widgets.active, palette.selected, palette.weak, palette.text),
        (&mut widgets.open, palette.hovered, palette.line, palette.text),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, outline);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = rounding;
        state.expansion = 0.0;
    }
    // The rail of a slider and the ring of a switch must be seen on the panel.
    widgets.inactive.bg_fill = palette.line;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scroll_bars_keep_within_the_step_beside_rows() {
        let ctx = egui::Context::default();
        for mode in [Mode::Dark, Mode::Light] {
            apply(&Theme::new(mode), &ctx);
            let scroll = ctx.global_style().spacing.scroll;
            assert!(scroll.bar_width + scroll.bar_outer_margin < size::STEP);
        }
    }
}

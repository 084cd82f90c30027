//! Figures with their unit, and how they are computed on hover.

use egui::{RichText, TextStyle, TextWrapMode, Ui, WidgetText, vec2};

use crate::theme::text;

/// One figure that a place is about.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// Its value with unit.
    pub value: String,
    /// What stands beside it: the request, the share.
    pub beside: String,
    /// How it is computed.
    pub how: String,
}

/// Draws a figure large, with its name above and what stands beside it below.
pub fn figure_ui(ui: &mut Ui, figure: &Figure) {
    let inner = ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(text::small(figure.name));
        ui.label(text::title(&figure.value));
        if !figure.beside.is_empty() {
            ui.label(text::small(&figure.beside));
        }
    });
    if !figure.how.is_empty() {
        inner.response.on_hover_text(&figure.how);
    }
}

/// Draws a figure whose room is that of the widest `[value, beside]` it will show, so that its neighbours stay where
/// they are while it changes.
pub fn figure_column_ui(ui: &mut Ui, figure: &Figure, widest: [&str; 2]) {
    let [value, beside] = widest;
    let texts = [text::title(value), text::small(beside), text::small(figure.name)];
    let width = texts.into_iter().map(|text| text_width(ui, text)).fold(0.0, f32::max);
    ui.allocate_ui(vec2(width, 0.0), |ui| {
        ui.set_min_width(width);
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        figure_ui(ui, figure);
    });
}

/// Width of a text in one line, in whole points.
pub fn text_width(ui: &Ui, text: impl Into<WidgetText>) -> f32 {
    let galley = text.into().into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body);
    galley.size().x.ceil()
}

/// Draws one line of a list of facts: name to the left, value to the right, how it is computed on hover.
///
/// The value keeps its room and a long name is cut; one hover tells all of both, and how the value is computed.
pub fn fact_ui(ui: &mut Ui, name: &str, value: impl Into<RichText>, how: &str) {
    let value = value.into();
    let shown = value.text().to_string();
    let row = ui.horizontal(|ui| {
        // Name first, as it is read aloud, in the room that the value leaves it.
        let value_width = text_width(ui, value.clone());
        let room = (ui.available_width() - value_width - ui.spacing().item_spacing.x).max(0.0);
        let is_cut = text_width(ui, name) > room || value_width > ui.available_width();
        ui.scope(|ui| {
            ui.set_max_width(room);
            let label = egui::Label::new(RichText::new(name).weak()).truncate();
            ui.add(label.show_tooltip_when_elided(false));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let value = egui::Label::new(value).truncate().show_tooltip_when_elided(false).selectable(true);
            ui.add(value);
        });
        is_cut
    });
    let whole = if row.inner { format!("{name}: {shown}") } else { String::new() };
    let lines: Vec<&str> = [whole.as_str(), how].into_iter().filter(|line| !line.is_empty()).collect();
    if !lines.is_empty() {
        row.response.on_hover_text(lines.join("\n"));
    }
}

//! The list of keys, shown on `?`.

use egui::{Grid, Modal, ScrollArea, Ui};

use super::actions::ActionRow;
use crate::theme::{Theme, size, text};
use crate::widgets::PRIMARY_KEY;

/// Keys that places handle themselves.
const OF_PLACES: [(&str, &str); 7] = [
    ("Ctrl+Enter", "Do what the main button of the place says"),
    ("1 … 6", "Go to a place"),
    ("Space", "Play or stop the clip (Data); start or stop listening (Live)"),
    ("Up, Down", "Next clip, next run"),
    ("Arrows, +, −, Home", "Move, zoom and fit the pattern map, when it has the focus"),
    ("Esc", "Close what is open on top; give up reading a dataset"),
    ("?", "Show the keys"),
];

/// Draws the list; false when it was closed.
pub fn ui(ctx: &egui::Context, table: &[ActionRow], theme: &Theme) -> bool {
    let modal = Modal::new(egui::Id::unique("keys")).frame(theme.modal()).show(ctx, |ui| {
        ui.label(text::title("Keys"));
        ui.add_space(size::STEP);
        let room = ctx.content_rect().height() - 200.0;
        ScrollArea::vertical().max_height(room).show(ui, |ui| list_ui(ui, table));
        ui.add_space(size::STEP);
        ui.label(text::small(
            "Tab moves between controls, arrows change a slider, double click on a number types a value.",
        ));
        ui.add_space(size::STEP);
        ui.button("Close").clicked()
    });
    !(modal.inner || modal.should_close())
}

fn list_ui(ui: &mut Ui, table: &[ActionRow]) {
    ui.style_mut().spacing.interact_size.y = 0.0;
    Grid::new("keys").spacing([size::GROUP, size::HALF]).show(ui, |ui| {
        for (keys, name) in OF_PLACES {
            ui.label(if keys == "Ctrl+Enter" {
                ui.ctx().format_shortcut(&PRIMARY_KEY)
            } else {
                keys.to_string()
            });
            ui.label(name);
            ui.end_row();
        }
        for row in table {
            let Some(shortcut) = row.shortcut else { continue };
            ui.label(ui.ctx().format_shortcut(&shortcut));
            ui.label(row.name);
            ui.end_row();
        }
    });
}

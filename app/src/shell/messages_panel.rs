//! The list of messages above the status line.

use egui::{Label, RichText, ScrollArea, Ui};

use super::status::color;
use crate::messages::Messages;
use crate::numbers;
use crate::theme::{Theme, size, text};

/// Draws the list; false when it was closed.
pub fn ui(ui: &mut Ui, messages: &mut Messages, theme: &Theme) -> bool {
    messages.mark_read();
    let mut stays = true;
    let mut clear = false;
    ui.horizontal(|ui| {
        ui.label(text::heading("Messages"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            stays = !ui.button("Close messages").clicked();
            clear = ui.button("Clear").clicked();
            if ui.button("Copy all").clicked() {
                let lines: Vec<String> = messages.iter().map(|message| message.text.clone()).collect();
                ui.ctx().copy_text(lines.join("\n"));
            }
        });
    });
    if clear {
        messages.clear();
    }
    ui.add_space(size::HALF);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - size::STEP);
        for message in messages.iter().rev() {
            ui.horizontal_top(|ui| {
                let time = RichText::new(numbers::duration(message.time_secs)).weak();
                ui.add_sized([88.0, 16.0], Label::new(time));
                let text = RichText::new(&message.text).color(color(message.severity, theme));
                ui.add(Label::new(text).wrap().selectable(true));
            });
        }
    });
    stays
}

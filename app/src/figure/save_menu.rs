//! The menu that saves one plot: format, size, ground; its numbers as a table.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{DragValue, PopupCloseBehavior};
use serde::{Deserialize, Serialize};

use super::{Figure, FigureFormat, FigureMaker, Table, TableFormat};
use crate::context::{PlaceContext, ShellRequest};
use crate::theme::{Mode, Theme};
use crate::widgets;

/// The ground that a figure is drawn on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ground {
    /// White, for papers.
    #[default]
    White,
    /// Dark, for slides.
    Dark,
}

/// Sizes on offer, in points: name, width, height.
const SIZES: [(&str, f32, f32); 3] =
    [("Column", 640.0, 420.0), ("Page", 960.0, 600.0), ("Slide", 1280.0, 720.0)];

/// What a person last chose, and the thread that makes figures.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveMenu {
    format: FigureFormat,
    ground: Ground,
    width: f32,
    height: f32,
    pixels_per_point: f32,
    #[serde(skip)]
    maker: FigureMaker,
}

impl Default for SaveMenu {
    fn default() -> Self {
        Self {
            format: FigureFormat::Png,
            ground: Ground::White,
            width: SIZES[1].1,
            height: SIZES[1].2,
            pixels_per_point: 2.0,
            maker: FigureMaker::default(),
        }
    }
}

impl SaveMenu {
    /// Hands finished figures to the shell, which asks where to save them. Call once a frame.
    pub fn collect(&mut self, ctx: &mut PlaceContext<'_>) {
        for (file_stem, made) in self.maker.take() {
            match made {
                Ok(contents) => ctx.ask(ShellRequest::SaveAs { file_stem, contents }),
                Err(error) => ctx.messages.error(error.to_string()),
            }
        }
    }

    /// Draws the button with its menu.
    ///
    /// `figure` builds the picture with the colours of a theme; `table` its numbers. Both are called only
    /// when the person saves.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut PlaceContext<'_>,
        what: &str,
        figure: impl FnOnce(&PlaceContext<'_>, &Theme) -> Figure,
        table: impl FnOnce(&PlaceContext<'_>) -> Table,
    ) {
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (button, _) = MenuButton::new("Save…").config(config).ui(ui, |ui| {
            ui.set_min_width(264.0);
            // Menus draw their buttons without a frame; here they are controls, not entries.
            ui.visuals_mut().button_frame = true;
            self.options_ui(ui);
            ui.add_space(8.0);
            if widgets::primary_button(ui, ctx.theme, "Save figure").clicked() {
                let mode = if self.ground == Ground::Dark { Mode::Dark } else { Mode::Light };
                let figure = figure(ctx, &Theme::new(mode));
                self.order(ui, ctx, figure, what);
                ui.close();
            }
            ui.separator();
            numbers_ui(ui, ctx, what, table);
        });
        let label = format!("Save {what}");
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
        button.on_hover_text(format!("Save {what} as a picture, or its numbers as a table"));
    }

    fn order(&mut self, ui: &egui::Ui, ctx: &mut PlaceContext<'_>, figure: Figure, what: &str) {
        let size = [self.width, self.height];
        let ordered =
            self.maker.order(ui.ctx(), figure, self.format, size, self.pixels_per_point, &stem(what));
        if let Err(error) = ordered {
            ctx.messages.error(error.to_string());
        }
    }

    fn options_ui(&mut self, ui: &mut egui::Ui) {
        egui::Grid::new("save options").num_columns(2).show(ui, |ui| {
            ui.label("Format");
            ui.horizontal(|ui| {
                for format in FigureFormat::ALL {
                    ui.selectable_value(&mut self.format, format, format.name());
                }
            });
            ui.end_row();
            ui.label("Ground");
            ui.horizontal(|ui| {
                ui.selectable_value(&mut self.ground, Ground::White, "White");
                ui.selectable_value(&mut self.ground, Ground::Dark, "Dark");
            });
            ui.end_row();
            ui.label("Size");
            ui.horizontal(|ui| {
                for (name, width, height) in SIZES {
                    let is_chosen = self.width == width && self.height == height;
                    if ui.selectable_label(is_chosen, name).clicked() {
                        (self.width, self.height) = (width, height);
                    }
                }
            });
            ui.end_row();
            let name = ui.label("Width × height");
            ui.horizontal(|ui| {
                let sides = 240.0..=4000.0;
                ui.add(DragValue::new(&mut self.width).range(sides.clone()).fixed_decimals(0).suffix(" pt"))
                    .labelled_by(name.id);
                ui.add(DragValue::new(&mut self.height).range(sides).fixed_decimals(0).suffix(" pt"))
                    .labelled_by(name.id);
            });
            ui.end_row();
            let name = ui.label("Pixels per point");
            ui.add_enabled(
                self.format == FigureFormat::Png,
                DragValue::new(&mut self.pixels_per_point).range(1.0..=4.0).speed(0.02).fixed_decimals(1),
            )
            .labelled_by(name.id);
            ui.end_row();
        });
    }
}

/// Draws the line that offers to save or copy a table in each format.
fn numbers_ui(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    what: &str,
    table: impl FnOnce(&PlaceContext<'_>) -> Table,
) {
    let mut wanted = None;
    egui::Grid::new("numbers").num_columns(4).show(ui, |ui| {
        for (doing, copies) in [("Save numbers as", false), ("Copy numbers as", true)] {
            ui.label(doing);
            for format in TableFormat::ALL {
                let button = ui.button(format.name());
                if widgets::labelled(button, &format!("{doing} {}", format.name())).clicked() {
                    wanted = Some((format, copies));
                }
            }
            ui.end_row();
        }
    });
    let Some((format, copies)) = wanted else { return };
    let table = table(ctx);
    if copies {
        ui.ctx().copy_text(table.text(format));
        ctx.messages.info(format!("Copied the numbers as {}.", format.name()));
    } else {
        ctx.ask(ShellRequest::SaveAs { file_stem: stem(what), contents: table.contents(format) });
    }
    ui.close();
}

/// The menu that saves or copies a table alone.
pub fn table_menu(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    (name, what): (&str, &str),
    table: impl FnOnce(&PlaceContext<'_>) -> Table,
) {
    let (button, _) = MenuButton::new(name).ui(ui, |ui| {
        ui.set_min_width(264.0);
        ui.visuals_mut().button_frame = true;
        numbers_ui(ui, ctx, what, table);
    });
    let label = format!("Save {what}");
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    button.on_hover_text(format!("Save or copy {what} as CSV, Markdown or LaTeX"));
}

/// A file name without ending: lower case, words joined by hyphens.
fn stem(what: &str) -> String {
    let words = what.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_plain() {
        assert_eq!(stem("Accuracy against memory (KiB)"), "accuracy-against-memory-kib");
    }
}

//! The place Data: open a dataset, see what is in it, pick the target words, look at and hear any clip.

mod clip_list;
mod clip_view;
mod fetch;
mod header;
mod notes;
mod targets;
#[cfg(test)]
mod tests;
mod words;

use egui::Ui;
use engine::dataset::ClipId;
use engine::protocol::{Command, DatasetView};
use serde::{Deserialize, Serialize};

use crate::context::{PickKind, PlaceContext, ShellRequest};
use crate::messages::quoted;
use crate::numbers;
use crate::theme::{size, text};
use crate::widgets::{empty_state, labelled, primary_button, progress_ui, segmented};

/// What the lower half shows beside the words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Tab {
    #[default]
    Clips,
    Faults,
    Noise,
}

/// The place Data: what it remembers between frames and, where not skipped, between sessions.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DataPlace {
    sort: words::Sort,
    tab: Tab,
    #[serde(skip)]
    word_search: String,
    #[serde(skip)]
    typed_path: Option<String>,
    #[serde(skip)]
    clips: clip_list::ClipList,
    #[serde(skip)]
    pictures: clip_view::Pictures,
    #[serde(skip)]
    fetch_open: bool,
    /// Why the last dataset that was asked for did not open.
    #[serde(skip)]
    failure: Option<String>,
}

impl DataPlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        header::ui(ui, ctx, &mut self.typed_path, &mut self.fetch_open);
        if let Some(progress) = &ctx.snapshot.dataset.loading {
            ui.add_space(size::STEP);
            self.failure = None;
            if progress_ui(ui, progress, Some("Cancel reading")) {
                ctx.commands.push(Command::CancelDataset);
            }
        }
        self.failure_ui(ui, ctx);
        if self.fetch_open || ctx.snapshot.fetch.progress.is_some() {
            fetch::ui(ui, ctx, &mut self.fetch_open);
        }
        let dataset = ctx.snapshot.dataset.clone();
        match &dataset.open {
            Some(open) => {
                self.clips.follow(open);
                self.open_ui(ui, ctx, open);
            }
            None if ctx.snapshot.dataset.loading.is_none() => self.empty_ui(ui, ctx),
            None => {}
        }
    }

    /// Shows why a dataset did not open, until another is asked for or the person has read it.
    pub fn show_failure(&mut self, message: String) {
        self.failure = Some(quoted(&message));
    }

    fn failure_ui(&mut self, ui: &mut Ui, ctx: &PlaceContext<'_>) {
        let Some(message) = self.failure.clone() else { return };
        ui.add_space(size::HALF);
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button("Dismiss").clicked() {
                    self.failure = None;
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text = egui::RichText::new(format!("⚠ {message}")).color(ctx.theme.palette.error);
                    // Its own hover is the text that was cut.
                    ui.add(egui::Label::new(text).truncate());
                });
            });
        });
    }

    fn empty_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let theme = ctx.theme;
        empty_state(
            ui,
            "Speech to learn from",
            "A dataset is a folder with one sub-folder of recordings per word, such as Google Speech Commands. \
             The built-in demo dataset works at once; drop a folder on the window to use your own.",
            |ui| {
                if primary_button(ui, theme, "Open the demo dataset").clicked() {
                    ctx.ask(ShellRequest::OpenDataset(None));
                }
                ui.add_space(size::STEP);
                if ui.button("Open folder…").clicked() {
                    ctx.ask(ShellRequest::Pick(PickKind::Dataset));
                }
                ui.add_space(size::HALF);
                if ui.button("Fetch Speech Commands…").clicked() {
                    self.fetch_open = true;
                }
            },
        );
    }

    fn open_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &DatasetView) {
        ui.add_space(size::MARGIN);
        header::figures_ui(ui, open);
        notes::ui(ui, ctx, open);
        targets::missing_ui(ui, ctx, open);
        ui.add_space(size::MARGIN);
        let room = ui.available_size();
        let words_width = (room.x * 0.44).clamp(344.0, 600.0);
        ui.horizontal_top(|ui| {
            ui.allocate_ui(egui::vec2(words_width, room.y), |ui| {
                ui.vertical(|ui| {
                    ui.set_width(words_width);
                    words::ui(ui, ctx, open, &mut self.word_search, &mut self.sort, &mut self.clips.word);
                });
            });
            ui.add_space(size::MARGIN);
            ui.vertical(|ui| self.tabs_ui(ui, ctx, open));
        });
    }

    fn tabs_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &DatasetView) {
        let faults = format!("Faults ({})", numbers::whole(open.faults.len() as u64));
        let noise = format!("Background noise ({})", open.background.len());
        let choices = [
            (Tab::Clips, "Clips", ""),
            (Tab::Faults, faults.as_str(), "Files that were left out, and why"),
            (Tab::Noise, noise.as_str(), "Recordings from which silence and training noise are cut"),
        ];
        segmented(ui, "Show", &mut self.tab, &choices);
        ui.add_space(size::STEP);
        match self.tab {
            Tab::Clips => self.clips.ui(ui, ctx, open),
            Tab::Faults => faults_ui(ui, open),
            Tab::Noise => noise_ui(ui, open),
        }
    }

    /// Draws the inspector: the selected clip, the target words, the front end.
    pub fn inspector_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        clip_view::ui(ui, ctx, self.clips.selected, &mut self.pictures);
        targets::ui(ui, ctx);
        targets::front_end_ui(ui, ctx);
    }

    /// The selected clip.
    pub fn selected(&self) -> Option<ClipId> {
        self.clips.selected
    }
}

fn faults_ui(ui: &mut Ui, open: &DatasetView) {
    if open.faults.is_empty() {
        ui.label(text::small("Every file could be read."));
        return;
    }
    if ui.button("Copy list").clicked() {
        let lines: Vec<String> =
            open.faults.iter().map(|fault| format!("{}\t{}", fault.path, fault.reason)).collect();
        ui.ctx().copy_text(lines.join("\n"));
    }
    ui.add_space(size::HALF);
    let row = 2.0 * size::ROW - size::STEP;
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(ui, row, open.faults.len(), |ui, range| {
        for fault in &open.faults[range] {
            ui.allocate_ui(egui::vec2(ui.available_width(), row), |ui| {
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.add(egui::Label::new(&fault.path).truncate().selectable(true));
                    ui.add(egui::Label::new(text::small(&fault.reason)).truncate().selectable(true));
                });
            });
        }
    });
}

fn noise_ui(ui: &mut Ui, open: &DatasetView) {
    if open.background.is_empty() {
        ui.label(text::small(
            "This dataset has no _background_noise_ folder; silence is made from faint white noise.",
        ));
    }
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        size::ROW,
        open.background.len(),
        |ui, range| {
            // The scroll bar runs to the right of the numbers.
            ui.set_max_width(ui.available_width() - size::MARGIN);
            for (name, secs) in &open.background[range] {
                crate::widgets::fact_ui(ui, name, numbers::duration(*secs), "");
            }
        },
    );
}

/// A search field with a name; true when its text changed.
fn search_ui(ui: &mut Ui, name: &str, query: &mut String) -> bool {
    let field = egui::TextEdit::singleline(query).hint_text(name).desired_width(160.0);
    labelled(ui.add(field), name).changed()
}

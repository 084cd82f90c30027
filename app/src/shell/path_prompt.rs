//! A typed path, where no dialog of the system comes up.

use std::path::PathBuf;

use egui::{Modal, TextEdit};

use crate::context::PickKind;
use crate::files::{DialogRequest, path_from_typed};
use crate::theme::{Theme, size, text};
use crate::widgets::{labelled, primary_button};

/// An open prompt.
#[derive(Debug)]
pub struct PathPrompt {
    request: DialogRequest,
    typed: String,
}

/// How a prompt ends.
#[derive(Debug)]
pub enum PromptEnd {
    /// A path was given.
    Path(DialogRequest, PathBuf),
    /// It was closed.
    Cancelled,
}

impl PathPrompt {
    /// A prompt that answers `request`, with a first guess at the path.
    pub fn new(request: DialogRequest, guess: String) -> Self {
        Self { request, typed: guess }
    }

    /// Draws it; `None` while it stays open.
    pub fn ui(&mut self, ctx: &egui::Context, theme: &Theme) -> Option<PromptEnd> {
        let (title, verb) = match &self.request {
            DialogRequest::Pick(PickKind::Dataset) => ("Open dataset folder", "Open"),
            DialogRequest::Pick(PickKind::Config) => ("Open configuration", "Open"),
            DialogRequest::Pick(PickKind::Recording) => ("Listen to a recording", "Open"),
            DialogRequest::Pick(PickKind::FetchFolder) => ("Folder for Speech Commands", "Choose"),
            DialogRequest::Pick(PickKind::ExportFolder) => ("Folder for exports", "Choose"),
            DialogRequest::Pick(PickKind::Model(_)) => ("Model file", "Choose"),
            DialogRequest::Save { .. } => ("Save", "Save"),
        };
        let modal = Modal::new(egui::Id::unique("path prompt")).frame(theme.modal()).show(ctx, |ui| {
            ui.set_width(560.0);
            ui.label(text::title(title));
            ui.add_space(size::STEP);
            ui.label("No file dialog answers on this system. Type the path, or drop the file on the window.");
            ui.add_space(size::STEP);
            let field = TextEdit::singleline(&mut self.typed).desired_width(f32::INFINITY);
            let field = labelled(ui.add(field), "Path");
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if !entered {
                field.request_focus();
            }
            ui.add_space(size::STEP);
            ui.horizontal(|ui| {
                let pressed = primary_button(ui, theme, verb).clicked();
                let cancelled = ui.button("Cancel").clicked();
                (entered || pressed, cancelled)
            })
            .inner
        });
        let (accepted, cancelled) = modal.inner;
        if accepted && !self.typed.trim().is_empty() {
            Some(PromptEnd::Path(self.request.clone(), path_from_typed(&self.typed)))
        } else if cancelled || modal.should_close() {
            Some(PromptEnd::Cancelled)
        } else {
            None
        }
    }
}

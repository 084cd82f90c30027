//! The choice of a model, among the built-in ones and every finished run.

use egui::{ComboBox, ScrollArea, TextEdit};

use super::model_choice::{ModelChoice, finished};
use crate::context::{ModelSlot, PickKind, PlaceContext, ShellRequest};
use crate::theme::size;
use crate::{numbers, widgets};

/// Draws a picker over the full width: `fixed` choices first, then the way to a file, then the finished runs; true when
/// another model was chosen. A file is chosen in a dialog and comes back to the picker's slot.
pub(super) fn ui(
    ui: &mut egui::Ui,
    ctx: &mut PlaceContext<'_>,
    (name, slot): (&str, ModelSlot),
    fixed: &[ModelChoice],
    choice: &mut ModelChoice,
    filter: &mut String,
) -> bool {
    let before = choice.clone();
    let label = ui.label(name);
    let picker = ComboBox::from_id_salt(name)
        .width(ui.available_width())
        .selected_text(choice.name())
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .truncate();
    let response = picker.show_ui(ui, |ui| {
        for model in fixed {
            option_ui(ui, choice, model.clone(), model.name());
        }
        let file = ui.selectable_label(matches!(choice, ModelChoice::File(_)), "Choose a file…");
        if file.on_hover_text("A packed file (.cgs), or the model.safetensors of a run").clicked() {
            ctx.ask(ShellRequest::Pick(PickKind::Model(slot)));
            ui.close();
        }
        ui.separator();
        runs_ui(ui, ctx, choice, filter);
    });
    // All of the name: the control cuts what is long.
    widgets::labelled(response.response, name).labelled_by(label.id).on_hover_text(choice.name());
    *choice != before
}

fn option_ui(ui: &mut egui::Ui, choice: &mut ModelChoice, model: ModelChoice, name: &str) {
    if ui.selectable_label(*choice == model, name).clicked() {
        *choice = model;
        ui.close();
    }
}

/// Runs, thousands of them if need be: only visible rows are laid out.
fn runs_ui(ui: &mut egui::Ui, ctx: &PlaceContext<'_>, choice: &mut ModelChoice, filter: &mut String) {
    let field = TextEdit::singleline(filter).hint_text("Filter runs").desired_width(f32::INFINITY);
    widgets::labelled(ui.add(field), "Filter the runs on offer");
    let runs = finished(&ctx.snapshot.runs, filter);
    if runs.is_empty() {
        ui.weak("No finished run");
        return;
    }
    let most = 8.0 * (size::ROW + size::HALF);
    ScrollArea::vertical().max_height(most).show_rows(ui, size::ROW, runs.len(), |ui, range| {
        for (run, accuracy) in &runs[range] {
            let name = format!("{} · {}", run.0, numbers::percent(*accuracy, 1));
            option_ui(ui, choice, ModelChoice::Run(run.0.clone()), &name);
        }
    });
}

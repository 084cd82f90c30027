//! A choice among a few names, all in view.

use egui::{Button, Response, Ui};

/// Draws one button per choice, the current one pressed; true when another was chosen.
///
/// `name` goes before each choice for screen readers: "Selection: balanced".
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    current: &mut T,
    choices: &[(T, &str, &str)],
) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        for (value, label, hover) in choices {
            let mut response: Response =
                ui.add(Button::selectable(*current == *value, *label).frame_when_inactive(true));
            if !hover.is_empty() {
                response = response.on_hover_text(*hover);
            }
            let full = format!("{name}: {label}");
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label(full));
            if response.clicked() && *current != *value {
                *current = *value;
                changed = true;
            }
        }
    });
    changed
}

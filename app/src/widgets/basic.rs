//! Buttons, sections, empty places, progress.

use egui::response::Flags;
use egui::{
    Button, Key, KeyboardShortcut, Modifiers, Order, Popup, Response, RichText, Ui, WidgetText, vec2,
};
use engine::protocol::Progress;

use crate::numbers;
use crate::theme::{Theme, size, spelled_out, text};

/// The key that does what the main button in view says.
pub const PRIMARY_KEY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// The button that a place is about. Give it once per view. Its key presses it too, unless something lies over it.
pub fn primary_button(ui: &mut Ui, theme: &Theme, name: &str) -> Response {
    primary_button_with(ui, theme, name, "")
}

/// The same, with more to say on hover than its key.
pub fn primary_button_with(ui: &mut Ui, theme: &Theme, name: &str, hover: &str) -> Response {
    let mut response = bare_primary_button(ui, theme, name);
    let is_covered = !ui.memory(|memory| memory.allows_interaction(ui.layer_id()))
        || Popup::is_any_open(ui.ctx()) && ui.layer_id().order == Order::Background;
    if ui.is_enabled() && !is_covered && ui.input_mut(|input| input.consume_shortcut(&PRIMARY_KEY)) {
        response.flags.set(Flags::FAKE_PRIMARY_CLICKED, true);
    }
    let key = ui.ctx().format_shortcut(&PRIMARY_KEY);
    response.on_hover_text(if hover.is_empty() { key } else { format!("{hover} ({key})") })
}

fn bare_primary_button(ui: &mut Ui, theme: &Theme, name: &str) -> Response {
    let palette = &theme.palette;
    let label = RichText::new(name).color(palette.on_primary);
    ui.scope(|ui| {
        // Hover and press tint the fill; the text keeps its contrast.
        let widgets = &mut ui.visuals_mut().widgets;
        for (state, fill) in [
            (&mut widgets.inactive, palette.primary),
            (&mut widgets.hovered, palette.primary.gamma_multiply(0.92)),
            (&mut widgets.active, palette.primary.gamma_multiply(0.84)),
        ] {
            state.weak_bg_fill = fill;
            state.bg_stroke = egui::Stroke::NONE;
        }
        ui.add(Button::new(label).min_size(vec2(0.0, size::CONTROL + size::HALF)))
    })
    .inner
}

/// Title of a group of controls, with room above.
pub fn section(ui: &mut Ui, name: &str) {
    ui.add_space(size::MARGIN);
    ui.label(text::heading(name));
    ui.add_space(size::HALF);
}

/// Gives a control that carries no text of its own a name for screen readers.
pub fn labelled(response: Response, name: &str) -> Response {
    let name = name.to_string();
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

/// Spells a name out on hover where it has letters that no font can show here.
pub fn spell_out(ui: &Ui, response: Response, name: &str) -> Response {
    match spelled_out(ui, name) {
        Some(spelled) => response.on_hover_text(spelled),
        None => response,
    }
}

/// Shows that the keyboard is at a control that does not show it by itself.
pub fn focus_ring(ui: &Ui, response: Response) -> Response {
    if response.has_focus() {
        let ring = egui::Stroke::new(1.0, ui.visuals().weak_text_color());
        ui.painter().rect_stroke(response.rect, size::ROUNDING, ring, egui::StrokeKind::Outside);
    }
    response
}

/// An empty place: what it is for. `actions` draws the next steps as buttons.
pub fn empty_state(ui: &mut Ui, title: &str, purpose: impl Into<WidgetText>, actions: impl FnOnce(&mut Ui)) {
    let room = ui.available_height();
    ui.add_space((room * 0.2).min(160.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(520.0);
        ui.label(text::title(title));
        ui.add_space(size::STEP);
        ui.label(purpose);
        ui.add_space(size::GROUP);
        actions(ui);
    });
}

/// A long job: what it is doing, how far it is, time left. Returns whether its way out was taken.
pub fn progress_ui(ui: &mut Ui, progress: &Progress, cancel: Option<&str>) -> bool {
    let share = if progress.total > 0 { progress.done as f32 / progress.total as f32 } else { 0.0 };
    let mut amount = if progress.total > 0 {
        format!("{} of {}", numbers::whole(progress.done), numbers::whole(progress.total))
    } else {
        numbers::whole(progress.done)
    };
    if let Some(left) = progress.left_secs {
        amount += &format!(" · {} left", numbers::duration(left));
    }
    let mut cancelled = false;
    ui.horizontal(|ui| {
        ui.label(&progress.what);
        ui.label(RichText::new(amount).weak());
        if let Some(name) = cancel {
            cancelled = ui.button(name).clicked();
        }
    });
    let bar = egui::ProgressBar::new(share).desired_height(size::STEP).corner_radius(2);
    let response = ui.add(bar.fill(ui.visuals().text_color().gamma_multiply(0.7)));
    labelled(response, &progress.what);
    cancelled
}

//! One control for each kind of setting, made from the engine's table: name, unit, range and help come from there.

use egui::{Align, ComboBox, DragValue, Layout, Response, TextEdit, Ui};
use engine::settings::{Config, Setting, ValueKind, setting};

use super::labelled;
use crate::theme::size;

/// Width of the control at the right of its row.
const CONTROL_WIDTH: f32 = 128.0;

/// Draws the row of one setting; true when it was changed. A key that no setting has draws nothing.
pub fn setting_ui(ui: &mut Ui, config: &mut Config, key: &str) -> bool {
    let Some(row) = setting(key) else { return false };
    let Some(text) = config.get(key) else { return false };
    let new = setting_row(ui, row.name, row.help, |ui| control_ui(ui, row, &text));
    let before = config.clone();
    new.is_some_and(|new| config.set(key, &new).is_ok() && *config != before)
}

/// A row with a name to the left and a control to the right.
pub fn setting_row<R>(ui: &mut Ui, name: &str, help: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        if !help.is_empty() {
            label.on_hover_text(help);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), control).inner
    })
    .inner
}

fn control_ui(ui: &mut Ui, row: &Setting, text: &str) -> Option<String> {
    match row.kind {
        ValueKind::Switch => {
            let mut on = text == "true";
            let response = labelled(ui.checkbox(&mut on, ""), row.name).on_hover_text(row.help);
            response.changed().then(|| on.to_string())
        }
        ValueKind::Whole { min, max } => {
            let mut value: i64 = text.parse().unwrap_or(min);
            let mut control = DragValue::new(&mut value).range(min..=max);
            match zero_word(row.key) {
                Some(word) => control = control_with_word(control, word, suffix(row.unit)),
                None => control = control.suffix(suffix(row.unit)),
            }
            number_ui(ui, control, row).then(|| value.to_string())
        }
        ValueKind::Real { min, max } => {
            let mut value: f64 = text.parse().unwrap_or(min);
            let speed = ((max - min) / 400.0).min(value.abs().max(1e-5) / 40.0).max(1e-6);
            let control = DragValue::new(&mut value)
                .range(min..=max)
                .speed(speed)
                .suffix(suffix(row.unit))
                .custom_formatter(|value, _| format!("{value}"));
            number_ui(ui, control, row).then(|| format!("{value:?}"))
        }
        ValueKind::Choice(names) => choice_ui(ui, row, names, text),
        ValueKind::Text => text_ui(ui, row, text),
        // Lists are typed without brackets and quotes.
        _ => text_ui(ui, row, &text.replace(['[', ']', '"'], "")),
    }
}

/// What a zero stands for, where it is no number of anything.
fn zero_word(key: &str) -> Option<&'static str> {
    match key {
        "train.threads" => Some("all"),
        "train.patience" => Some("never"),
        _ => None,
    }
}

fn control_with_word<'a>(control: DragValue<'a>, word: &'static str, suffix: String) -> DragValue<'a> {
    control
        .custom_formatter(
            move |value, _| if value == 0.0 { word.to_string() } else { format!("{value:.0}{suffix}") },
        )
        .custom_parser(move |typed| match typed.trim() {
            text if text == word => Some(0.0),
            text => text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok(),
        })
}

fn suffix(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!("\u{2009}{unit}") }
}

fn number_ui(ui: &mut Ui, control: DragValue<'_>, row: &Setting) -> bool {
    let response = ui.add_sized([CONTROL_WIDTH, size::CONTROL], control);
    labelled(response, row.name).on_hover_text(row.help).changed()
}

fn choice_ui(ui: &mut Ui, row: &Setting, names: &[&str], text: &str) -> Option<String> {
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(row.key).width(CONTROL_WIDTH).selected_text(text);
    let response = combo.show_ui(ui, |ui| {
        for name in names {
            if ui.selectable_label(*name == text, *name).clicked() {
                chosen = Some((*name).to_string());
            }
        }
    });
    labelled(response.response, row.name).on_hover_text(row.help);
    chosen
}

/// Text is taken over when the field is left, so that half-typed values are never set.
fn text_ui(ui: &mut Ui, row: &Setting, text: &str) -> Option<String> {
    let id = ui.scope_id().with(row.key);
    let mut typed = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| text.to_string());
    let field = TextEdit::singleline(&mut typed).desired_width(CONTROL_WIDTH);
    // A list that the field cuts is read on hover.
    let is_cut = super::text_width(ui, text) > CONTROL_WIDTH - 2.0 * size::STEP;
    let hover = if is_cut { format!("{text}\n\n{}", row.help) } else { row.help.to_string() };
    let response: Response = labelled(ui.add(field), row.name).on_hover_text(hover);
    if response.lost_focus() {
        ui.data_mut(|data| data.remove_temp::<String>(id));
        return Some(typed);
    }
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, typed));
    }
    None
}

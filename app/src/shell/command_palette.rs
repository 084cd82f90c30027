//! The command palette: every action by name, and every setting by key.

use egui::{Align2, Key, Modal, ScrollArea, TextEdit};
use engine::settings::{Config, SETTINGS};

use super::actions::{Action, ActionRow};
use crate::theme::{Theme, size, text};

/// Id of the field, so that its cursor can be moved.
const FIELD: &str = "command palette field";

/// The open palette.
#[derive(Debug, Default)]
pub struct CommandPalette {
    query: String,
    selected: usize,
}

/// What one line of the list offers.
struct Entry {
    name: String,
    hint: String,
    action: Option<Action>,
    /// What choosing it types into the field instead of acting.
    fill: Option<String>,
}

impl CommandPalette {
    /// Draws it. The first value is the chosen action, the second whether the palette stays open.
    pub fn ui(
        &mut self,
        ctx: &egui::Context,
        table: &[ActionRow],
        config: &Config,
        theme: &Theme,
    ) -> (Option<Action>, bool) {
        let entries = entries(&self.query, table, config, ctx);
        self.selected = self.selected.min(entries.len().saturating_sub(1));
        let moved = ctx.input_mut(|input| {
            let none = egui::Modifiers::NONE;
            let down = input.count_and_consume_key(none, Key::ArrowDown);
            let up = input.count_and_consume_key(none, Key::ArrowUp);
            down as isize - up as isize
        });
        self.selected = self.selected.saturating_add_signed(moved).min(entries.len().saturating_sub(1));
        let enter = ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter));
        let mut chosen = if enter { Some(self.selected) } else { None };
        let area = Modal::default_area(egui::Id::unique("command palette"))
            .anchor(Align2::CENTER_TOP, [0.0, 10.0 * size::STEP]);
        let modal =
            Modal::new(egui::Id::unique("command palette")).frame(theme.modal()).area(area).show(ctx, |ui| {
                ui.set_width(560.0);
                let field = TextEdit::singleline(&mut self.query)
                    .id(egui::Id::unique(FIELD))
                    .hint_text("Find an action, or type a setting: sparsity.drop=0.75")
                    .desired_width(f32::INFINITY)
                    .show(ui)
                    .response;
                field.widget_info(|| {
                    let mut info = egui::WidgetInfo::text_edit(true, &self.query, &self.query, "");
                    info.label = Some("Find an action".into());
                    info
                });
                field.request_focus();
                if field.changed() {
                    self.selected = 0;
                }
                ui.add_space(size::STEP);
                ScrollArea::vertical().max_height(400.0).auto_shrink([false, true]).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.set_max_width(ui.available_width() - size::STEP);
                    if entries.is_empty() {
                        ui.label(text::small("No action has this name."));
                    }
                    for (index, entry) in entries.iter().enumerate() {
                        let response = entry_ui(ui, entry, index == self.selected, theme);
                        if response.clicked() {
                            chosen = Some(index);
                        }
                        if moved != 0 && index == self.selected {
                            response.scroll_to_me(None);
                        }
                    }
                });
            });
        let entry = chosen.and_then(|index| entries.into_iter().nth(index));
        if let Some(text) = entry.as_ref().and_then(|entry| entry.fill.clone()) {
            self.fill(ctx, text);
        }
        let action = entry.and_then(|entry| entry.action);
        let stays = action.is_none() && !modal.should_close();
        (action, stays)
    }
}

impl CommandPalette {
    /// Types for the person, and leaves the cursor behind the text.
    fn fill(&mut self, ctx: &egui::Context, text: String) {
        let end = egui::text::CCursor::new(text.chars().count());
        let id = egui::Id::unique(FIELD);
        let mut state = egui::text_edit::TextEditState::load(ctx, id).unwrap_or_default();
        state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
        state.store(ctx, id);
        self.query = text;
        self.selected = 0;
    }
}

fn entry_ui(ui: &mut egui::Ui, entry: &Entry, selected: bool, theme: &Theme) -> egui::Response {
    let button = egui::Button::selectable(selected, entry.name.as_str())
        .right_text(egui::RichText::new(&entry.hint).color(theme.palette.weak))
        .min_size(egui::vec2(ui.available_width(), size::ROW));
    ui.add_enabled(entry.action.is_some() || entry.fill.is_some(), button)
}

fn entries(query: &str, table: &[ActionRow], config: &Config, ctx: &egui::Context) -> Vec<Entry> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let fits = |name: &str| {
        let name = name.to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    if let Some((key, value)) = query.split_once('=') {
        let (key, value) = (key.trim(), value.trim());
        let mut trial = config.clone();
        let tried = trial.set(key, value).and_then(|()| trial.check());
        return vec![match tried {
            Ok(()) => Entry {
                name: format!("Set {key} to {value}"),
                hint: format!("now {}", config.get(key).unwrap_or_default()),
                action: Some(Action::Set(key.into(), value.into())),
                fill: None,
            },
            Err(error) => Entry { name: error.to_string(), hint: String::new(), action: None, fill: None },
        }];
    }
    let actions = table.iter().filter(|row| row.action != Action::ShowPalette && fits(row.name)).map(|row| {
        let hint = row.shortcut.map(|shortcut| ctx.format_shortcut(&shortcut)).unwrap_or_default();
        Entry { name: row.name.into(), hint, action: Some(row.action.clone()), fill: None }
    });
    let settings = SETTINGS
        .iter()
        .filter(|setting| !words.is_empty() && (fits(setting.key) || fits(setting.name)))
        .map(|setting| Entry {
            name: format!("{} ({})", setting.name, setting.key),
            hint: config.get(setting.key).unwrap_or_default(),
            fill: Some(format!("{}=", setting.key)),
            action: None,
        });
    actions.chain(settings).collect()
}

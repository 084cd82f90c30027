//! The form that queues runs; lists typed in a field make several.

use egui::TextEdit;
use engine::protocol::Command;
use engine::settings::Config;
use serde::{Deserialize, Serialize};

use crate::context::{PlaceContext, ShellRequest};
use crate::data_folder::DataFolder;
use crate::figure;
use crate::messages::quoted;
use crate::messages::sentence;
use crate::numbers;
use crate::places::Place;
use crate::theme::{size, text};
use crate::widgets;

/// Most runs that one press may queue.
const MOST_RUNS: usize = 200;

/// Most notes about the recordings shown above the button; Data has all.
const MOST_NOTES: usize = 2;

/// What was typed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StartForm {
    #[serde(skip)]
    name: String,
    seeds: String,
    drops: String,
}

/// One line that says what would be trained.
pub(super) fn summary(config: &Config) -> String {
    format!(
        "{} · {} · {} · {} epochs",
        figure::widths(config),
        figure::method_phrase(config),
        bits(config),
        config.train.epochs
    )
}

/// Weight and activation bits: `5 × 8 bit`.
fn bits(config: &Config) -> String {
    numbers::bit_widths(config.quant.weight_bits, config.quant.activation_bits)
}

/// What the recordings hold that no network can learn from, said before the time is spent.
fn sound_notes_ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
    let Some(open) = ctx.snapshot.dataset.open.clone() else { return };
    for note in open.sound_notes.iter().take(MOST_NOTES) {
        ui.label(text::small(quoted(note)).color(ctx.theme.palette.warning));
    }
    if open.sound_notes.is_empty() {
        return;
    }
    let name = match open.sound_notes.len().saturating_sub(MOST_NOTES) {
        0 => "Look at the data".to_owned(),
        1 => "Look at the data and 1 more note".to_owned(),
        more => format!("Look at the data and {more} more notes"),
    };
    if ui.button(name).on_hover_text("Opens the place Data").clicked() {
        ctx.ask(ShellRequest::GoTo(Place::Data));
    }
    ui.add_space(size::STEP);
}

impl StartForm {
    /// Draws the form; its button sends one command per run.
    pub fn ui(&mut self, ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
        ui.label(text::heading("New run"));
        ui.add_space(size::HALF);
        ui.label(figure::widths(ctx.config));
        ui.label(figure::method_phrase(ctx.config));
        ui.label(bits(ctx.config));
        let data = DataFolder::of_config(ctx.config);
        let on = egui::Label::new(format!("on {}", data.name())).truncate().show_tooltip_when_elided(false);
        ui.add(on).on_hover_text(format!("The data that are open: {}", data.place()));
        if ui.button("Change blocks and bits").on_hover_text("Opens the place Network").clicked() {
            ctx.ask(ShellRequest::GoTo(Place::Network));
        }
        ui.add_space(size::STEP);
        field(ui, "Name", &mut self.name, "made from the settings", "Name of the run and of its folder.");
        let seed = ctx.config.seed.to_string();
        field(
            ui,
            "Seed",
            &mut self.seeds,
            &seed,
            "One seed, or a list such as 1, 2, 3 or 1-5: one run each. Compare patterns over several seeds.",
        );
        let drop = ctx.config.get("sparsity.drop").unwrap_or_default();
        field(
            ui,
            "Drop probability",
            &mut self.drops,
            &drop,
            "One value, or a list such as 0.5, 0.75 or 50 %, 75 %: one run each. Levels of one run go in brackets: [0.75, 0.5].",
        );
        ui.add_space(size::STEP);
        sound_notes_ui(ui, ctx);
        match self.runs(ctx.config) {
            Err(problem) => {
                ui.colored_label(ctx.theme.palette.warning, sentence(&problem));
                ui.add_enabled_ui(false, |ui| widgets::primary_button(ui, ctx.theme, "Start training"));
            }
            Ok(runs) => self.button_ui(ui, ctx, runs),
        }
    }

    fn button_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut PlaceContext<'_>,
        runs: Vec<(Config, Option<String>)>,
    ) {
        use engine::protocol::RunPhase::{Failed, Finished};
        let current = ctx.snapshot.training.current.as_ref();
        let is_idle = current.is_none_or(|run| matches!(run.phase, Finished | Failed));
        let name = match (is_idle, runs.len()) {
            (true, 1) => "Start training".to_string(),
            (true, count) => format!("Start {count} runs"),
            (false, 1) => "Add to queue".to_string(),
            (false, count) => format!("Add {count} runs to queue"),
        };
        if widgets::primary_button(ui, ctx.theme, &name).clicked() {
            for (config, name) in runs {
                ctx.send(Command::QueueRun { config: Box::new(config), name });
            }
            self.name.clear();
        }
    }

    /// Every run that the fields ask for: each drop probability with each seed.
    ///
    /// # Errors
    /// A sentence that names the field and what it takes.
    pub fn runs(&self, base: &Config) -> Result<Vec<(Config, Option<String>)>, String> {
        let seeds = parse_seeds(&self.seeds)?;
        let drops = parse_drops(&self.drops)?;
        let count = seeds.len().max(1) * drops.len().max(1);
        if count > MOST_RUNS {
            return Err(format!(
                "These lists ask for {count} runs; at most {MOST_RUNS} can be queued at once."
            ));
        }
        let mut runs = Vec::with_capacity(count);
        for drop in options(&drops) {
            for seed in options(&seeds) {
                let mut config = base.clone();
                let mut name = self.name.trim().to_string();
                if let Some(drop) = drop {
                    config.set("sparsity.drop", drop).map_err(|error| error.to_string())?;
                    if drops.len() > 1 {
                        name += &format!("-p{}", drop.trim_matches(['[', ']']).replace(", ", "-"));
                    }
                }
                if let Some(seed) = seed {
                    config.seed = *seed;
                    if seeds.len() > 1 {
                        name += &format!("-s{seed}");
                    }
                }
                config.check().map_err(|error| error.to_string())?;
                let is_named = !self.name.trim().is_empty();
                runs.push((config, is_named.then_some(name)));
            }
        }
        Ok(runs)
    }
}

/// Each value, or once nothing when the list is empty: the configuration's own value then stands.
fn options<T>(values: &[T]) -> Vec<Option<&T>> {
    if values.is_empty() { vec![None] } else { values.iter().map(Some).collect() }
}

fn field(ui: &mut egui::Ui, name: &str, value: &mut String, hint: &str, help: &str) {
    let label = ui.label(name).on_hover_text(help);
    ui.add(TextEdit::singleline(value).hint_text(hint).desired_width(f32::INFINITY))
        .labelled_by(label.id)
        .on_hover_text(help);
}

/// Whole numbers separated by commas; `1-5` counts up.
fn parse_seeds(typed: &str) -> Result<Vec<u64>, String> {
    let problem = |item: &str| format!("“{item}” is no seed; type whole numbers such as 1, 2, 3 or 1-5.");
    let mut seeds = Vec::new();
    for item in typed.split([',', ' ', ';']).map(str::trim).filter(|item| !item.is_empty()) {
        match item.split_once('-') {
            None => seeds.push(item.parse().map_err(|_| problem(item))?),
            Some((first, last)) => {
                let first: u64 = first.parse().map_err(|_| problem(item))?;
                let last: u64 = last.parse().map_err(|_| problem(item))?;
                if last < first || last - first >= MOST_RUNS as u64 {
                    return Err(problem(item));
                }
                seeds.extend(first..=last);
            }
        }
    }
    let mut once: Vec<u64> = Vec::with_capacity(seeds.len());
    for seed in seeds {
        // Settings are stored in TOML, whose whole numbers end here.
        if seed > i64::MAX as u64 {
            return Err(problem(&seed.to_string()));
        }
        if !once.contains(&seed) {
            once.push(seed);
        }
    }
    Ok(once)
}

/// Drop probabilities separated by commas, each as `--set` takes it; brackets hold the levels of one run.
fn parse_drops(typed: &str) -> Result<Vec<String>, String> {
    let mut items = Vec::new();
    let (mut depth, mut item) = (0, String::new());
    for c in typed.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' | ';' if depth == 0 => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    items.push(item);
    items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).map(parse_drop).collect()
}

fn parse_drop(item: &str) -> Result<String, String> {
    let problem = || {
        format!(
            "“{item}” is no drop probability; type numbers from 0 to 1 or per cent, such as 0.75 or 75 %."
        )
    };
    let value = |text: &str| -> Result<String, String> {
        let text = text.trim();
        let (number, scale) = match text.strip_suffix('%') {
            Some(number) => (number.trim(), 0.01),
            None => (text, 1.0),
        };
        let value = number.parse::<f64>().map_err(|_| problem())? * scale;
        if (0.0..=1.0).contains(&value) { Ok(figure::trimmed(value, 9)) } else { Err(problem()) }
    };
    match item.strip_prefix('[') {
        None => value(item),
        Some(rest) => {
            let inner = rest.strip_suffix(']').ok_or_else(problem)?;
            let levels = inner.split(',').map(value).collect::<Result<Vec<_>, _>>()?;
            Ok(format!("[{}]", levels.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::settings::OneOrMany;

    use super::*;

    fn form(seeds: &str, drops: &str) -> StartForm {
        StartForm { name: "sweep".into(), seeds: seeds.into(), drops: drops.into() }
    }

    #[test]
    fn lists_make_one_run_each() {
        let runs = form("1, 3-4", "50 %, 0.75").runs(&Config::default()).unwrap();
        let names: Vec<String> = runs.iter().filter_map(|(_, name)| name.clone()).collect();
        assert_eq!(
            names,
            [
                "sweep-p0.5-s1",
                "sweep-p0.5-s3",
                "sweep-p0.5-s4",
                "sweep-p0.75-s1",
                "sweep-p0.75-s3",
                "sweep-p0.75-s4"
            ]
        );
        assert_eq!(runs[4].0.seed, 3);
        assert_eq!(runs[0].0.sparsity.drop, OneOrMany::One(0.5));
    }

    #[test]
    fn empty_fields_take_the_configuration() {
        let runs = StartForm::default().runs(&Config::default()).unwrap();
        assert_eq!(runs, vec![(Config::default(), None)]);
    }

    #[test]
    fn brackets_hold_levels() {
        let mut base = Config::default();
        base.sparsity.block = OneOrMany::Many(vec![32, 4]);
        base.sparsity.drop = OneOrMany::Many(vec![0.5, 0.5]);
        let runs = form("", "[0.75, 0.5], [75 %, 75 %]").runs(&base).unwrap();
        assert_eq!(runs[1].0.sparsity.drop, OneOrMany::Many(vec![0.75, 0.75]));
        assert_eq!(runs[1].1.as_deref(), Some("sweep-p0.75-0.75"));
        assert!(form("", "0.5").runs(&base).unwrap_err().contains("level"));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(form("one", "").runs(&Config::default()).unwrap_err().contains("“one”"));
        assert!(form("5-1", "").runs(&Config::default()).unwrap_err().contains("seed"));
        assert!(form("", "75").runs(&Config::default()).unwrap_err().contains("per cent"));
        assert!(form("", "[0.5").runs(&Config::default()).is_err());
        assert!(form("1-150", "0.1,0.2").runs(&Config::default()).unwrap_err().contains("300 runs"));
    }
}

//! The target words, and the front end that turns their sound into network inputs.

use egui::{CollapsingHeader, RichText, Ui};
use engine::dataset::{own_label, target_of_words};
use engine::protocol::DatasetView;
use engine::settings::DataConfig;

use crate::context::PlaceContext;
use crate::numbers;
use crate::theme::text;
use crate::widgets::{section, setting_ui};

/// For every word of the dataset the target word that it is, found as training finds it.
pub fn found(open: &DatasetView, targets: &[String]) -> Vec<Option<usize>> {
    let words: Vec<String> = open.words.iter().map(|row| row.word.clone()).collect();
    target_of_words(&words, targets)
}

/// Adds or removes a target word; order of adding is the order of outputs. `found` is where it stands now.
pub fn set_target(words: &mut Vec<String>, word: &str, found: Option<usize>, is_target: bool) {
    match found.filter(|&target| target < words.len()) {
        Some(target) if !is_target => {
            words.remove(target);
        }
        None if is_target => words.push(word.to_string()),
        _ => {}
    }
}

/// Every word of the dataset that can be a target word.
fn all_words(open: &DatasetView) -> Vec<String> {
    open.words.iter().map(|row| row.word.clone()).filter(|word| own_label(word).is_none()).collect()
}

/// Draws the picker: one chip per word of the dataset.
pub fn ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
    section(ui, "Target words");
    let outputs = ctx.config.data.words.len() + 2;
    ui.label(text::small(format!(
        "{}: {} target words, unknown and silence.",
        numbers::count(outputs as u64, "output", "outputs"),
        ctx.config.data.words.len()
    )));
    let Some(open) = ctx.snapshot.dataset.open.clone() else {
        setting_ui(ui, ctx.config, "data.words");
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        let found = found(&open, &ctx.config.data.words);
        for (row, found) in open.words.iter().zip(found) {
            if own_label(&row.word).is_some() {
                continue;
            }
            let is_target = found.is_some();
            let chip = egui::Button::selectable(is_target, row.word.as_str()).frame_when_inactive(true);
            let response = crate::widgets::labelled(ui.add(chip), &format!("Target: {}", row.word));
            if crate::widgets::spell_out(ui, response, &row.word).clicked() {
                set_target(&mut ctx.config.data.words, &row.word, found, !is_target);
            }
        }
    });
    ui.horizontal(|ui| {
        let usual = DataConfig::default().words;
        if ui.button("All words").clicked() {
            ctx.config.data.words = all_words(&open);
        }
        let of_usual = found(&open, &usual);
        let all_there = (0..usual.len()).all(|target| of_usual.contains(&Some(target)));
        let ten = ui.add_enabled(all_there, egui::Button::new("Usual ten"));
        if ten.on_hover_text("yes, no, up, down, left, right, on, off, stop, go").clicked() {
            ctx.config.data.words = usual;
        }
    });
    setting_ui(ui, ctx.config, "data.unknown_share");
    setting_ui(ui, ctx.config, "data.silence_share");
    setting_ui(ui, ctx.config, "data.scale");
}

/// Warns of target words that the open dataset lacks, with the remedy as a button.
pub fn missing_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, open: &DatasetView) {
    let targets = &ctx.config.data.words;
    let found = found(open, targets);
    let missing: Vec<String> = (targets.iter().enumerate())
        .filter(|(target, _)| !found.contains(&Some(*target)))
        .map(|(_, word)| word.clone())
        .collect();
    if missing.is_empty() && !targets.is_empty() {
        return;
    }
    let text = if targets.is_empty() {
        "No target word is chosen; choose at least one.".to_string()
    } else {
        let names: Vec<&str> = missing.iter().map(|word| word.as_str()).collect();
        format!("This dataset has no recordings of: {}.", names.join(", "))
    };
    let present = targets.len() - missing.len();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(format!("⚠ {text}")).color(ctx.theme.palette.warning));
        let remedy = if present > 0 { "Drop these words" } else { "Use all words of this dataset" };
        if ui.button(remedy).clicked() {
            if present > 0 {
                ctx.config.data.words.retain(|word| !missing.contains(word));
            } else {
                ctx.config.data.words = all_words(open);
            }
        }
    });
}

/// Draws the settings of the front end.
pub fn front_end_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
    section(ui, "Front end");
    let features = &ctx.config.features;
    ui.label(text::small(format!(
        "{} frames of {} ms every {} ms become one network input.",
        features.num_frames, features.frame_length_ms, features.frame_shift_ms
    )));
    for key in [
        "features.kind",
        "features.num_frames",
        "features.placement",
        "features.num_ceps",
        "features.num_mel",
    ] {
        setting_ui(ui, ctx.config, key);
    }
    CollapsingHeader::new("More of the front end").show(ui, |ui| {
        for key in [
            "features.mean_norm",
            "features.frame_length_ms",
            "features.frame_shift_ms",
            "features.low_hz",
            "features.high_hz",
            "features.use_energy",
            "features.preemphasis",
            "features.lifter",
        ] {
            setting_ui(ui, ctx.config, key);
        }
    });
}

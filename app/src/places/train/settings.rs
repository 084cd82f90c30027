//! How the next run learns: the settings that belong to no layer.

use egui::CollapsingHeader;
use engine::settings::{Config, Optimiser, Schedule};

use crate::context::PlaceContext;
use crate::widgets::{section, setting_ui};

const USUAL: [&str; 5] =
    ["train.epochs", "train.batch", "train.learning_rate", "train.schedule", "train.optimiser"];
const REGULARISATION: [&str; 4] =
    ["train.weight_decay", "train.label_smoothing", "model.dropout", "train.patience"];
const AUGMENTATION: [&str; 5] = [
    "augment.noise_probability",
    "augment.noise_volume",
    "augment.shift_ms",
    "augment.gain_db",
    "augment.speed",
];

/// Draws them; settings that the chosen optimiser or schedule does not read are left out.
pub(super) fn ui(ui: &mut egui::Ui, ctx: &mut PlaceContext<'_>) {
    section(ui, "Training");
    let extra = extra(ctx.config);
    for key in USUAL.into_iter().chain(extra).chain(["train.threads"]) {
        setting_ui(ui, ctx.config, key);
    }
    for (name, keys) in [("Against overfitting", &REGULARISATION[..]), ("Augmentation", &AUGMENTATION[..])] {
        CollapsingHeader::new(name).show(ui, |ui| {
            for key in keys {
                setting_ui(ui, ctx.config, key);
            }
        });
    }
}

fn extra(config: &Config) -> Vec<&'static str> {
    let mut keys = Vec::new();
    if config.train.schedule == Schedule::Step {
        keys.extend(["train.step_epochs", "train.step_factor"]);
    }
    if config.train.optimiser == Optimiser::Sgd {
        keys.push("train.momentum");
    }
    keys
}

//! What a setting decides: the result of a run, or only where and how it is made and used.

use serde_json::Value;

use super::{Config, SETTINGS};

/// What a setting decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The result: another value is another experiment.
    Result,
    /// The random choices alone: another value is another run of the same experiment.
    Seed,
    /// Where recordings lie. What they are, the data fingerprint says.
    Place,
    /// How the machine works; every value gives the same bits.
    Machine,
    /// How a stream is listened to, after everything was measured.
    Listening,
}

impl Role {
    /// The role of a setting; `None` for a key that is none.
    ///
    /// Every key stands here by name, so that a new one has to be thought about: a test holds it.
    pub fn of(key: &str) -> Option<Self> {
        Some(match key {
            "seed" => Self::Seed,
            "data.dir" => Self::Place,
            "train.threads" => Self::Machine,
            "detect.hop_ms"
            | "detect.smooth_ms"
            | "detect.threshold"
            | "detect.refractory_ms"
            | "detect.isolation" => Self::Listening,
            "data.words" | "data.noise" | "data.exclude" | "data.scale" | "data.unknown_share"
            | "data.silence_share" => Self::Result,
            "features.kind"
            | "features.frame_length_ms"
            | "features.frame_shift_ms"
            | "features.num_mel"
            | "features.num_ceps"
            | "features.low_hz"
            | "features.high_hz"
            | "features.use_energy"
            | "features.raw_energy"
            | "features.energy_floor"
            | "features.remove_dc"
            | "features.preemphasis"
            | "features.window"
            | "features.lifter"
            | "features.num_frames"
            | "features.placement"
            | "features.mean_norm" => Self::Result,
            "augment.noise_probability"
            | "augment.noise_volume"
            | "augment.shift_ms"
            | "augment.gain_db"
            | "augment.speed" => Self::Result,
            "model.kind" | "model.hidden" | "model.inputs" | "model.outputs" | "model.dropout" => {
                Self::Result
            }
            "sparsity.block"
            | "sparsity.drop"
            | "sparsity.selection"
            | "sparsity.output.block"
            | "sparsity.output.drop"
            | "sparsity.layers" => Self::Result,
            "quant.weight_bits" | "quant.activation_bits" | "quant.quantiser" => Self::Result,
            "train.epochs"
            | "train.batch"
            | "train.learning_rate"
            | "train.optimiser"
            | "train.momentum"
            | "train.weight_decay"
            | "train.schedule"
            | "train.step_epochs"
            | "train.step_factor"
            | "train.patience"
            | "train.label_smoothing"
            | "train.average" => Self::Result,
            _ => return None,
        })
    }
}

/// The settings that decide a result, as one text that is the same for configurations that mean the same: a list of one
/// level is that level, and the order in a file does not count.
pub fn experiment_text(config: &Config) -> String {
    let mut value = serde_json::to_value(config).unwrap_or_default();
    for setting in SETTINGS.iter().filter(|setting| Role::of(setting.key) != Some(Role::Result)) {
        remove(&mut value, setting.key);
    }
    single_levels(&mut value);
    value.to_string()
}

fn remove(value: &mut Value, key: &str) {
    let (sections, name) =
        key.rsplit_once('.').map_or((None, key), |(sections, name)| (Some(sections), name));
    let section = sections
        .into_iter()
        .flat_map(|sections| sections.split('.'))
        .try_fold(value, |inner, part| inner.get_mut(part));
    if let Some(Value::Object(section)) = section {
        section.remove(name);
    }
}

/// Turns lists of one block size or drop probability into plain values, wherever they stand below `sparsity`.
fn single_levels(value: &mut Value) {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    match field {
                        Value::Array(items)
                            if items.len() == 1 && matches!(name.as_str(), "block" | "drop") =>
                        {
                            *field = items.remove(0);
                        }
                        other => walk(other),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    if let Some(sparsity) = value.get_mut("sparsity") {
        walk(sparsity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::OneOrMany;

    #[test]
    fn every_setting_has_a_role() {
        let without: Vec<&str> =
            SETTINGS.iter().map(|setting| setting.key).filter(|key| Role::of(key).is_none()).collect();
        assert!(without.is_empty(), "say in Role::of what these decide: {without:?}");
        assert_eq!(Role::of("no.such.key"), None);
    }

    #[test]
    fn roles_agree_with_what_a_run_is_continued_with() {
        let mut other = Config::default();
        other.data.dir = "/elsewhere".into();
        other.train.threads = 3;
        (other.detect.hop_ms, other.detect.smooth_ms, other.detect.threshold) = (50.0, 100.0, 0.9);
        (other.detect.refractory_ms, other.detect.isolation) = (100.0, 0.1);
        let (plain, kept) = (Config::default(), crate::settings::result_settings(&other));
        for setting in SETTINGS {
            let decides = matches!(Role::of(setting.key), Some(Role::Result | Role::Seed));
            let differs = other.get(setting.key) != plain.get(setting.key);
            assert!(decides != differs, "{}: give it another value above", setting.key);
            assert_eq!(kept.get(setting.key), plain.get(setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn a_result_depends_on_its_settings_alone() {
        let config = Config::default();
        let plain = experiment_text(&config);
        for (key, value) in [
            ("seed", "7"),
            ("data.dir", "/elsewhere"),
            ("train.threads", "3"),
            ("detect.threshold", "0.9"),
            ("detect.hop_ms", "50"),
        ] {
            let mut other = config.clone();
            other.set(key, value).unwrap();
            assert_eq!(experiment_text(&other), plain, "{key}");
        }
        for (key, value) in [
            ("data.words", "yes,no"),
            ("data.unknown_share", "0.5"),
            ("features.num_ceps", "12"),
            ("augment.gain_db", "0"),
            ("model.hidden", "64"),
            ("sparsity.output.drop", "0.5"),
            ("quant.weight_bits", "4"),
            ("train.epochs", "2"),
        ] {
            let mut other = config.clone();
            other.set(key, value).unwrap();
            assert_ne!(experiment_text(&other), plain, "{key}");
        }
        let mut one_level = config.clone();
        one_level.sparsity.block = OneOrMany::Many(vec![64]);
        assert_eq!(experiment_text(&one_level), plain, "a list of one level");
    }
}

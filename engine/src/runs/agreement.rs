//! Whether the files of a run belong together.
//!
//! Settings, figures, weights and checkpoint each say which settings they are of: `summary.json` and the checkpoint by a
//! hash, `model.safetensors` by the settings themselves. A crash, an edit or a copy can leave files of two runs in one
//! folder, or an empty `config.toml`, whose defaults nobody chose: what would then be shown as one run never was.

use super::tensor_header::TensorHeader;
use super::{RunFolder, Summary, file_names};
use crate::files::path_text;
use crate::settings::{
    Config, SETTINGS, is_hash_of, is_hash_of_text, is_result_hash_of, result_hash, result_settings,
};

/// Settings told apart in a message.
const MAX_TOLD: usize = 3;

/// What is known of a run beside its settings.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    /// Final figures.
    pub summary: Option<Summary>,
    /// Header of the weights; absent where there are none or they are damaged.
    pub model: Option<TensorHeader>,
    /// Header of the checkpoint; absent as above.
    pub checkpoint: Option<TensorHeader>,
}

/// Settings that the weights of a run carry.
struct Carried {
    text: String,
}

impl Carried {
    fn of(header: &TensorHeader) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct About {
            config: String,
        }
        let about = header.texts().find_map(|text| serde_json::from_str::<About>(text).ok())?;
        Some(Self { text: about.config })
    }

    fn config(&self) -> Option<Config> {
        Config::from_toml(&self.text).ok()
    }
}

/// Files of a run that do not belong together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Which file does not belong to the others, and what to do.
    pub reason: String,
    /// Whether the figures in `summary.json` are those of the weights or of the settings.
    pub keeps_figures: bool,
}

/// Checks that settings are those that the figures, weights and checkpoint of a run were made with. `text` is what
/// `config` was read from.
///
/// # Errors
/// Files that do not belong together.
pub(super) fn check(
    run: &RunFolder,
    text: &str,
    config: &Config,
    witnesses: &Witnesses,
) -> Result<(), Misfit> {
    let (told, keeps_figures) = match &witnesses.summary {
        Some(summary) => match witnesses.model.as_ref().map(Carried::of) {
            // Weights that are missing or damaged are told by themselves.
            None if is_hash_of(&summary.config_hash, config, text)
                || is_of_checkpoint(text, config, witnesses.checkpoint.as_ref()) == Some(true) =>
            {
                return Ok(());
            }
            None => (
                format!(
                    "config.toml is not as it was when the run ended, and {} is missing or damaged; put both back",
                    file_names::MODEL
                ),
                false,
            ),
            Some(None) => (
                format!("{} was not written by this program; put the right one back", file_names::MODEL),
                false,
            ),
            // Nothing was touched since: what a glance at thousands of runs finds in nearly all of them.
            Some(Some(carried))
                if [text, &carried.text].iter().all(|text| is_hash_of_text(&summary.config_hash, text)) =>
            {
                return Ok(());
            }
            Some(Some(carried)) => match finished(text, config, summary, &carried) {
                None => return Ok(()),
                Some(misfit) => misfit,
            },
        },
        None => match begun(text, config, witnesses.checkpoint.as_ref()) {
            None => return Ok(()),
            Some(told) => (told, false),
        },
    };
    Err(Misfit { reason: format!("{told}, or delete the run ({})", path_text(run.path())), keeps_figures })
}

/// The settings of a finished run as its weights carry them, where its figures are of these.
pub(super) fn settings_of_weights(summary: &Summary, model: &TensorHeader) -> Option<Config> {
    let carried = Carried::of(model)?;
    let config = carried.config()?;
    is_hash_of(&summary.config_hash, &config, &carried.text).then_some(config)
}

/// What is wrong with the settings of a run that has figures and weights, and whether the figures are its own.
fn finished(text: &str, config: &Config, summary: &Summary, carried: &Carried) -> Option<(String, bool)> {
    let model = file_names::MODEL;
    let Some(carried_config) = carried.config() else {
        return Some((format!("{model} holds settings that are not valid; put the right one back"), false));
    };
    // Where the recordings lie, threads and detection may have been changed since; nothing else.
    // An empty file holds no settings, though it is read as the defaults.
    let is_written = !is_blank(text);
    let is_carried = is_written && result_hash(config) == result_hash(&carried_config);
    let is_measured = is_written && is_hash_of(&summary.config_hash, config, text);
    let carried_is_measured = is_hash_of(&summary.config_hash, &carried_config, &carried.text);
    match (is_carried, is_measured, carried_is_measured) {
        (true, true, _) | (true, _, true) => None,
        (true, false, false) => Some((
            format!(
                "summary.json holds the figures of other settings than config.toml and {model}; put the right one back"
            ),
            false,
        )),
        (false, true, _) => Some((
            format!(
                "{model} holds the weights of other settings than config.toml and summary.json; put the right one back"
            ),
            true,
        )),
        (false, false, _) => Some((
            format!(
                "config.toml does not hold the settings that the run was trained with ({}); put it back as it was{}",
                differences(text, config, &carried_config),
                if carried_is_measured {
                    ", let `coarsegrain train --resume --out RUN` write it again"
                } else {
                    ""
                }
            ),
            carried_is_measured,
        )),
    }
}

/// What is wrong with the settings of a run without figures: its checkpoint says which settings it is of; before there is
/// one, only that `config.toml` was written to its end can be told.
fn begun(text: &str, config: &Config, checkpoint: Option<&TensorHeader>) -> Option<String> {
    match is_of_checkpoint(text, config, checkpoint) {
        Some(true) => None,
        Some(false) => Some(format!(
            "config.toml does not hold the settings that the checkpoint was written with ({}); put it back as it was, remove {} to train with the settings that are there now",
            if is_blank(text) { "it is empty" } else { "their hashes differ" },
            file_names::CHECKPOINT
        )),
        None if is_blank(text) => Some("config.toml is empty; write the settings again".into()),
        None if is_cut_short(text) => {
            Some("config.toml is cut short; write the settings that are missing".into())
        }
        None => None,
    }
}

/// Whether settings are those of a checkpoint; `None` where there is none that says so.
fn is_of_checkpoint(text: &str, config: &Config, checkpoint: Option<&TensorHeader>) -> Option<bool> {
    #[derive(serde::Deserialize)]
    struct State {
        config_hash: String,
    }
    let state = checkpoint?.texts().find_map(|text| serde_json::from_str::<State>(text).ok())?;
    Some(is_result_hash_of(&state.config_hash, config, text))
}

/// What differs between settings and those of the training, as far as a line holds it.
fn differences(text: &str, config: &Config, trained: &Config) -> String {
    if is_blank(text) {
        return "it is empty".into();
    }
    let (now, then) = (result_settings(config), result_settings(trained));
    let changed = SETTINGS.iter().filter_map(|setting| {
        let (now, then) = (now.get(setting.key)?, then.get(setting.key)?);
        (now != then).then(|| format!("`{}` is {now}, was {then}", setting.key))
    });
    let mut changed: Vec<String> = changed.collect();
    if changed.is_empty() {
        return "`sparsity.layers` differs".into();
    }
    let num_more = changed.len().saturating_sub(MAX_TOLD);
    changed.truncate(MAX_TOLD);
    match num_more {
        0 => changed.join(", "),
        more => format!("{}, and {more} more", changed.join(", ")),
    }
}

/// Whether a file holds no setting at all.
fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

/// Whether a file that this program wrote ends before its last settings. Files of earlier versions lack keys too, but not
/// all behind one that decides over the result.
fn is_cut_short(text: &str) -> bool {
    let Ok(table) = text.parse::<toml::Table>() else { return false };
    // The last key of the last section that decides over the result.
    let ends = table.get("train").is_some_and(|train| train.get("threads").is_some());
    text.starts_with("# Run ") && !ends
}

#[cfg(test)]
mod tests;

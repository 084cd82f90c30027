//! Whether the files of a run belong together.
//!
//! Settings, figures, weights and checkpoint each say which settings they are of: `summary.json` and the checkpoint by a
//! hash, `model.safetensors` by the settings themselves. A crash, an edit or a copy can leave files of two runs in one
//! folder, or an empty `config.toml`, whose defaults nobody chose: what would then be shown as one run never was.

use super::tensor_header::TensorHeader;
use super::{RunFolder, Summary, file_names};
use crate::files::path_text;
use crate::settings::{Config, SETTINGS, is_hash_of, is_result_hash_of, result_hash, result_settings};

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
    config: Config,
    text: String,
}

impl Carried {
    fn of(header: &TensorHeader) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct About {
            config: String,
        }
        let about = header.texts().find_map(|text| serde_json::from_str::<About>(text).ok())?;
        Some(Self { config: Config::from_toml(&about.config).ok()?, text: about.config })
    }
}

/// Checks that settings are those that the figures, weights and checkpoint of a run were made with. `text` is what
/// `config` was read from.
///
/// # Errors
/// Which file does not belong to the others, and what to do.
pub(super) fn check(
    run: &RunFolder,
    text: &str,
    config: &Config,
    witnesses: &Witnesses,
) -> Result<(), String> {
    let place = path_text(run.path());
    match &witnesses.summary {
        Some(summary) => match witnesses.model.as_ref().map(Carried::of) {
            // Weights that are missing or damaged are told by themselves; the figures can still speak.
            None if is_hash_of(&summary.config_hash, config, text) => Ok(()),
            None => Err(format!(
                "config.toml does not hold the settings that summary.json was written for; put it back as it was, or delete the run ({place})"
            )),
            Some(None) => Err(format!(
                "{} was not written by this program; {} ({place})",
                file_names::MODEL,
                run.way_out()
            )),
            Some(Some(carried)) => check_finished(run, text, config, summary, &carried),
        },
        None => check_begun(text, config, witnesses.checkpoint.as_ref())
            .map_err(|reason| format!("{reason}, or delete the run ({place})")),
    }
}

fn check_finished(
    run: &RunFolder,
    text: &str,
    config: &Config,
    summary: &Summary,
    carried: &Carried,
) -> Result<(), String> {
    let place = path_text(run.path());
    // Where the recordings lie, threads and detection may have been changed since; nothing else.
    let is_carried = result_hash(config) == result_hash(&carried.config);
    let is_measured = is_hash_of(&summary.config_hash, config, text);
    let carried_is_measured = is_hash_of(&summary.config_hash, &carried.config, &carried.text);
    match (is_carried, is_measured, carried_is_measured) {
        (true, true, _) | (true, _, true) => Ok(()),
        (true, false, false) => Err(format!(
            "summary.json holds the figures of other settings than config.toml and {}; put the right one back, or delete the run ({place})",
            file_names::MODEL
        )),
        (false, true, _) => Err(format!(
            "{} holds the weights of other settings than config.toml and summary.json; put the right one back, or delete the run ({place})",
            file_names::MODEL
        )),
        (false, false, _) => Err(format!(
            "config.toml does not hold the settings that the run was trained with ({}); put it back as it was{}, or delete the run ({place})",
            differences(text, config, &carried.config),
            if carried_is_measured {
                " (`coarsegrain train --resume --out RUN` writes it again from the model)"
            } else {
                ""
            }
        )),
    }
}

/// A run without figures: its checkpoint says which settings it is of; before there is one, only that
/// `config.toml` was written to its end can be told.
fn check_begun(text: &str, config: &Config, checkpoint: Option<&TensorHeader>) -> Result<(), String> {
    #[derive(serde::Deserialize)]
    struct State {
        config_hash: String,
    }
    let state = checkpoint
        .and_then(|header| header.texts().find_map(|text| serde_json::from_str::<State>(text).ok()));
    match state {
        Some(state) if is_result_hash_of(&state.config_hash, config, text) => Ok(()),
        Some(_) => Err(format!(
            "config.toml does not hold the settings that the checkpoint was written with ({}); put it back as it was, remove {} to train with the settings that are there now",
            if is_blank(text) { "it is empty" } else { "their hashes differ" },
            file_names::CHECKPOINT
        )),
        None if is_blank(text) => Err("config.toml is empty; write the settings again".into()),
        None if is_cut_short(text) => {
            Err("config.toml is cut short; write the settings that are missing".into())
        }
        None => Ok(()),
    }
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

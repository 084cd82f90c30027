//! What state a run folder is in, from its files alone.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::agreement::{self, Witnesses};
use super::folder::file_names;
use super::tensor_header::TensorHeader;
use super::{Failure, RunFolder, RunId, RunLock, Summary, experiment_of, failure};
use crate::files::path_text;
use crate::settings::Config;

/// State of a run folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// Complete.
    Finished,
    /// In progress, in this program or another.
    Running,
    /// In the queue of this program: it has not begun, or waits to go on. Its folder alone does not tell.
    Waiting,
    /// Can be continued, from its checkpoint or, when it has none yet, from the start.
    Interrupted,
    /// It ended with an error.
    Failed(Failure),
    /// A file is missing or cannot be read: says which, and what to do.
    Damaged(String),
}

/// One run in the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its name.
    pub run: RunId,
    /// Its configuration; absent when damaged.
    pub config: Option<Config>,
    /// Its state.
    pub state: RunState,
    /// Final figures; absent before the end.
    pub summary: Option<Summary>,
    /// When it was created, in seconds since 1970.
    pub created_secs: u64,
    /// On the Pareto front of test accuracy against total memory, among runs measured on the same testing clips.
    pub is_pareto: bool,
    /// The experiment that it belongs to, see [`super::experiment_of`]; empty before the end.
    #[serde(default)]
    pub experiment: String,
}

/// The state of a folder; `None` when nothing in it belongs to a run.
pub(super) fn state_of(folder: &Path) -> Option<RunState> {
    row_of(folder).map(|row| row.state)
}

/// Everything the table shows of a folder; `None` when nothing in it belongs to a run.
///
/// Reads `config.toml`, `summary.json` and the headers of tensor files; never a whole tensor file.
pub fn row_of(folder: &Path) -> Option<RunRow> {
    let all = [
        file_names::CONFIG,
        file_names::METRICS,
        file_names::CHECKPOINT,
        file_names::MODEL,
        file_names::SUMMARY,
    ];
    if !all.iter().any(|name| folder.join(name).exists()) {
        return None;
    }
    let run = RunFolder::at(folder);
    let mut row = RunRow {
        run: run.id(),
        config: None,
        state: RunState::Interrupted,
        summary: None,
        created_secs: created_secs(&run),
        is_pareto: false,
        experiment: String::new(),
    };
    row.state = match fill(&run, &mut row) {
        Ok(state) => state,
        Err(reason) => RunState::Damaged(reason),
    };
    if row.state == RunState::Interrupted
        && let Some(failure) = failure::of(folder)
    {
        row.state = RunState::Failed(failure);
    }
    if RunLock::holder(folder).is_some() {
        row.state = RunState::Running;
    }
    if let (Some(config), Some(summary)) = (&row.config, &row.summary) {
        row.experiment = experiment_of(config, summary);
    }
    Some(row)
}

fn fill(run: &RunFolder, row: &mut RunRow) -> Result<RunState, String> {
    let plain = |error: super::RunError| match error {
        super::RunError::Damaged(reason) => reason,
        other => other.to_string(),
    };
    let (config, text) = run.config_with_text().map_err(plain)?;
    let mut witnesses = Witnesses { summary: run.summary().map_err(plain)?, ..Witnesses::default() };
    let header = |name, advice: &str| {
        TensorHeader::read(&run.file(name))
            .map_err(|fault| format!("{name} {fault}; {advice} ({})", path_text(run.path())))
    };
    if let Some(summary) = &witnesses.summary {
        row.summary = Some(summary.clone());
        let advice = run.way_out();
        let model = header(file_names::MODEL, &advice);
        witnesses.model = model.as_ref().ok().and_then(|model| model.clone());
        if witnesses.model.is_none() {
            let checkpoint = TensorHeader::read(&run.file(file_names::CHECKPOINT));
            witnesses.checkpoint = checkpoint.unwrap_or_default();
        }
        // Settings that nobody chose are not shown, whatever else is wrong.
        agreement::check(run, &text, &config, &witnesses).map_err(|misfit| {
            row.summary.take_if(|_| !misfit.keeps_figures);
            misfit.reason
        })?;
        row.config = Some(config);
        return match model? {
            Some(_) => Ok(RunState::Finished),
            None => Err(format!("{} is missing; {advice} ({})", file_names::MODEL, path_text(run.path()))),
        };
    }
    if run.rounded_from().is_some() {
        // Without a checkpoint, training would begin from nothing and make another run of it.
        row.config = Some(config);
        return Err(format!("its rounding was not finished; {} ({})", run.way_out(), path_text(run.path())));
    }
    let checkpoint = header(file_names::CHECKPOINT, "remove it and train from the start, or delete the run");
    witnesses.checkpoint = checkpoint.as_ref().ok().and_then(|checkpoint| checkpoint.clone());
    agreement::check(run, &text, &config, &witnesses).map_err(|misfit| misfit.reason)?;
    row.config = Some(config);
    checkpoint.map(|_| RunState::Interrupted)
}

fn created_secs(run: &RunFolder) -> u64 {
    run.created_secs().unwrap_or_else(|| {
        std::fs::metadata(run.path())
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .map_or(0, |time| time.as_secs())
    })
}

#[cfg(test)]
pub(in crate::runs) mod tests {
    use std::fs;

    use super::*;
    use crate::evaluate::Confusion;
    use crate::memory::MemoryBits;

    pub(in crate::runs) fn summary(test_accuracy: f64, total: u64) -> Summary {
        Summary {
            test_accuracy,
            valid_accuracy: 0.5,
            test_loss: 1.0,
            num_test: 10,
            test_fingerprint: None,
            num_valid: None,
            density_requested: 0.25,
            density_achieved: 0.25,
            weight_bits: 5,
            activation_bits: 8,
            test_accuracy_float: None,
            memory_bits: MemoryBits { total, ..MemoryBits::default() },
            reduction_vs_fp32: 20.0,
            reduction_vs_fp64: 40.0,
            macs_per_inference: 1000,
            train_seconds: 1.0,
            samples_per_sec: 1000.0,
            seed: 1,
            config_hash: crate::settings::config_hash(&Config::default()),
            data_fingerprint: "d".into(),
            best_epoch: 1,
            num_epochs: 1,
            end: crate::runs::RunEnd::Complete,
            rounded_from: None,
            confusion: Confusion::default(),
            version: "0".into(),
            machine: None,
        }
    }

    /// A finished run of the default settings.
    pub(in crate::runs) fn finished_row(name: &str, seed: u64, accuracy: f64, bits: u64) -> RunRow {
        let config = Config { seed, ..Config::default() };
        let summary = Summary { seed, ..summary(accuracy, bits) };
        RunRow {
            run: RunId(name.into()),
            experiment: experiment_of(&config, &summary),
            config: Some(config),
            state: RunState::Finished,
            summary: Some(summary),
            created_secs: 0,
            is_pareto: false,
        }
    }

    /// A tensor file with these bytes of tensors, of the default settings.
    pub(in crate::runs) fn tensor_file(num_bytes: usize) -> Vec<u8> {
        tensor_file_of(num_bytes, &texts_of_model(&Config::default().to_toml()))
    }

    /// The text that a model with these settings carries, as JSON.
    pub(in crate::runs) fn texts_of_model(config: &str) -> String {
        let text = serde_json::json!({ "format": "coarsegrain-model", "config": config }).to_string();
        serde_json::json!({ "coarsegrain": text }).to_string()
    }

    /// The text that a checkpoint of settings with this hash carries, as JSON.
    pub(in crate::runs) fn texts_of_checkpoint(hash: &str) -> String {
        let text = serde_json::json!({ "version": 1, "config_hash": hash }).to_string();
        serde_json::json!({ "state": text }).to_string()
    }

    /// A tensor file with these bytes of tensors, and these texts (a JSON object, or nothing).
    pub(in crate::runs) fn tensor_file_of(num_bytes: usize, texts: &str) -> Vec<u8> {
        let texts = if texts.is_empty() { String::new() } else { format!("\"__metadata__\":{texts},") };
        let header =
            format!("{{{texts}\"w\":{{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,{num_bytes}]}}}}");
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.extend(std::iter::repeat_n(7, num_bytes));
        file
    }

    fn damage(folder: &Path) -> String {
        match state_of(folder) {
            Some(RunState::Damaged(reason)) => reason,
            other => panic!("expected damage, found {other:?}"),
        }
    }

    #[test]
    fn files_tell_the_state() {
        let runs = tempfile::tempdir().unwrap();
        assert_eq!(state_of(runs.path()), None);
        let run = RunFolder::create(runs.path(), None, &Config::default()).unwrap();
        assert_eq!(run.state(), Some(RunState::Interrupted));
        fs::write(run.file(file_names::CHECKPOINT), tensor_file(16)).unwrap();
        assert_eq!(run.state(), Some(RunState::Interrupted));
        let lock = RunLock::acquire(run.path()).unwrap();
        assert_eq!(run.state(), Some(RunState::Running));
        drop(lock);
        fs::write(run.file(file_names::MODEL), tensor_file(16)).unwrap();
        run.write_summary(&summary(0.5, 10)).unwrap();
        assert_eq!(run.state(), Some(RunState::Finished));
        assert_eq!(run.summary().unwrap().unwrap(), summary(0.5, 10));
    }

    #[test]
    fn a_rounded_run_is_never_offered_for_training() {
        let runs = tempfile::tempdir().unwrap();
        let path = runs.path().join("a-w5a8");
        let from = RunId("a".into());
        let run = RunFolder::create_rounded(&path, &Config::default(), "d", &from).unwrap();
        assert!(damage(&path).contains("round a again"), "{}", damage(&path));
        run.write_summary(&summary(0.5, 10)).unwrap();
        assert!(damage(&path).contains("model.safetensors is missing; delete the run and round a again"));
        fs::write(run.file(file_names::MODEL), tensor_file(16)).unwrap();
        assert_eq!(run.state(), Some(RunState::Finished));
        fs::write(run.file(file_names::SUMMARY), "{").unwrap();
        assert!(damage(&path).contains("round a again"));
    }

    #[test]
    fn damage_names_the_file_and_the_way_out() {
        let runs = tempfile::tempdir().unwrap();
        let run = RunFolder::create(runs.path(), None, &Config::default()).unwrap();
        let whole = tensor_file(16);
        fs::write(run.file(file_names::CHECKPOINT), &whole[..whole.len() - 1]).unwrap();
        assert!(damage(run.path()).contains("checkpoint.safetensors is"));
        fs::remove_file(run.file(file_names::CHECKPOINT)).unwrap();
        run.write_summary(&summary(0.5, 10)).unwrap();
        assert!(damage(run.path()).contains("model.safetensors is missing"));
        fs::write(run.file(file_names::MODEL), [255; 40]).unwrap();
        assert!(damage(run.path()).contains("not a tensor file"));
        fs::write(run.file(file_names::MODEL), &whole).unwrap();
        fs::write(run.file(file_names::SUMMARY), "{ \"test_accuracy\": ").unwrap();
        assert!(damage(run.path()).contains("summary.json is not valid"));
        fs::write(run.file(file_names::CONFIG), "[train]\nepoch = 3").unwrap();
        assert!(damage(run.path()).contains("epoch"));
        fs::remove_file(run.file(file_names::CONFIG)).unwrap();
        assert!(damage(run.path()).contains("config.toml is missing"));
    }
}

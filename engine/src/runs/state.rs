//! What state a run folder is in, from its files alone.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::file_names;
use super::{RunFolder, RunId, RunLock, Summary};
use crate::settings::Config;

/// State of a run folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// Complete.
    Finished,
    /// In progress, in this program or another.
    Running,
    /// Can be continued, from its checkpoint or, when it has none yet, from the start.
    Interrupted,
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
    /// On the Pareto front of test accuracy against total memory.
    pub is_pareto: bool,
}

/// Largest header of a tensor file that is read; what the format itself allows.
const MAX_HEADER_BYTES: u64 = 100_000_000;

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
    };
    row.state = match fill(&run, &mut row) {
        Ok(state) => state,
        Err(reason) => RunState::Damaged(reason),
    };
    if RunLock::holder(folder).is_some() {
        row.state = RunState::Running;
    }
    Some(row)
}

fn fill(run: &RunFolder, row: &mut RunRow) -> Result<RunState, String> {
    let plain = |error: super::RunError| match error {
        super::RunError::Damaged(reason) => reason,
        other => other.to_string(),
    };
    row.config = Some(run.config().map_err(plain)?);
    row.summary = run.summary().map_err(plain)?;
    let check = |name, advice: &str| {
        check_tensor_file(&run.file(name))
            .map_err(|fault| format!("{name} {fault}; {advice} ({})", run.path().display()))
    };
    if row.summary.is_some() {
        let advice = run.way_out();
        return match check(file_names::MODEL, &advice)? {
            true => Ok(RunState::Finished),
            false => Err(format!("{} is missing; {advice} ({})", file_names::MODEL, run.path().display())),
        };
    }
    if run.rounded_from().is_some() {
        // Without a checkpoint, training would begin from nothing and make another run of it.
        return Err(format!("its rounding was not finished; {} ({})", run.way_out(), run.path().display()));
    }
    check(file_names::CHECKPOINT, "remove it and train from the start, or delete the run")?;
    Ok(RunState::Interrupted)
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

/// Whether a safetensors file is there and as long as its header says; `Err` says what is wrong with it.
pub(super) fn check_tensor_file(path: &Path) -> Result<bool, String> {
    #[derive(Deserialize)]
    struct Entry {
        #[serde(default)]
        data_offsets: (u64, u64),
    }
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    let length = file.metadata().map_err(|error| format!("cannot be read: {error}"))?.len();
    let mut size = [0; 8];
    let cut_short = || "is cut short".to_string();
    file.read_exact(&mut size).map_err(|_| cut_short())?;
    let header_length = u64::from_le_bytes(size);
    if header_length > MAX_HEADER_BYTES {
        return Err("is not a tensor file".into());
    }
    let mut header = Vec::new();
    file.take(header_length).read_to_end(&mut header).map_err(|error| format!("cannot be read: {error}"))?;
    if (header.len() as u64) < header_length {
        return Err(cut_short());
    }
    let entries: std::collections::BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|_| "is not a tensor file".to_string())?;
    let end = entries
        .into_iter()
        .filter(|(name, _)| name != "__metadata__")
        .filter_map(|(_, value)| serde_json::from_value::<Entry>(value).ok())
        .map(|entry| entry.data_offsets.1)
        .max()
        .unwrap_or(0);
    if length == 8 + header_length + end {
        Ok(true)
    } else {
        Err(format!("is {length} bytes long instead of {}", 8 + header_length + end))
    }
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
            config_hash: "c".into(),
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

    pub(in crate::runs) fn tensor_file(num_bytes: usize) -> Vec<u8> {
        let header = format!("{{\"w\":{{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,{num_bytes}]}}}}");
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

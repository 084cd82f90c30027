//! Why a run ended with an error, kept in its folder, so that it is not taken for one that was only interrupted.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::file_names;
use super::replace_file;

/// Largest file that is read; a message is a few hundred bytes.
const MOST_BYTES: u64 = 1 << 16;

/// Why a run ended with an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// One sentence, then what to do.
    pub message: String,
    /// What can help.
    pub remedy: Remedy,
}

/// What can help a run that ended with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// A new run with a lower learning rate: this one diverged, and would again.
    LowerLearningRate,
    /// A new run with other settings: these can never be trained on these recordings.
    ChangeSettings,
    /// The same run once more: what was in the way lay outside of it, such as a full disk or an absent folder.
    TryAgain,
}

/// Keeps a failure in the folder of its run. A folder that cannot be written to is left as it is: the run then counts
/// as interrupted.
pub(crate) fn keep(folder: &Path, failure: &Failure) {
    let Ok(text) = serde_json::to_vec_pretty(failure) else { return };
    if let Err(error) =
        replace_file(&folder.join(file_names::FAILURE), "why the run failed", |file| file.write_all(&text))
    {
        tracing::warn!("cannot note why the run failed: {error}");
    }
}

/// Forgets the failure of a run that is tried again.
pub(crate) fn forget(folder: &Path) {
    // Absent in nearly every run.
    std::fs::remove_file(folder.join(file_names::FAILURE)).ok();
}

/// The failure in the folder of a run; `None` where there is none that can be read.
pub(super) fn of(folder: &Path) -> Option<Failure> {
    let path = folder.join(file_names::FAILURE);
    if std::fs::metadata(&path).ok()?.len() > MOST_BYTES {
        return None;
    }
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{RunFolder, RunState};
    use crate::settings::Config;

    #[test]
    fn a_failed_run_is_not_an_interrupted_one() {
        let runs = tempfile::tempdir().unwrap();
        let run = RunFolder::create(runs.path(), None, &Config::default()).unwrap();
        for remedy in [Remedy::LowerLearningRate, Remedy::ChangeSettings, Remedy::TryAgain] {
            let failure = Failure { message: "it ended".into(), remedy };
            keep(run.path(), &failure);
            assert_eq!(run.state(), Some(RunState::Failed(failure)));
        }
        std::fs::write(run.file(file_names::FAILURE), "{ \"message\": ").unwrap();
        assert_eq!(run.state(), Some(RunState::Interrupted));
        forget(run.path());
        assert!(!run.file(file_names::FAILURE).exists());
        forget(run.path());
        run.remove_if_unused();
        assert!(!run.path().exists());
    }
}

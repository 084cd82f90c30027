//! One run folder: making it, opening it, reading its small files.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::agreement::{self, Witnesses};
use super::tensor_header::TensorHeader;
use super::{RunError, RunId, RunState, Summary, base_name, read_metrics, replace_file, state};
use crate::files::{make_folder, path_text};
use crate::settings::{Config, SettingsError, config_path};
use crate::train::EpochMetrics;

/// Names of the files of a run.
pub mod file_names {
    /// Settings.
    pub const CONFIG: &str = "config.toml";
    /// One line an epoch.
    pub const METRICS: &str = "metrics.jsonl";
    /// Tensors of the last checkpoint, and a copy of its state.
    pub const CHECKPOINT: &str = "checkpoint.safetensors";
    /// State of the last checkpoint, for people.
    pub const CHECKPOINT_STATE: &str = "checkpoint.json";
    /// Best weights.
    pub const MODEL: &str = "model.safetensors";
    /// Final figures.
    pub const SUMMARY: &str = "summary.json";
    /// Why the run ended with an error.
    pub const FAILURE: &str = "failure.json";
    /// What the best weights take each clip of the testing split for, one line a clip.
    pub const PREDICTIONS: &str = "predictions.jsonl";
}

const FINGERPRINT: &str = "data_fingerprint";
const CREATED: &str = "created_secs";
const ROUNDED: &str = "rounded_from";

/// The configuration that a path names: that of a file, of an experiment folder or of a run. Settings that lie beside
/// figures or weights must be those of the figures and weights.
///
/// # Errors
/// See [`Config::load`] and [`RunFolder::config`].
pub fn load_config(path: &Path) -> Result<Config, RunError> {
    let file = config_path(path);
    let folder = file.parent().unwrap_or(Path::new(""));
    let beside = [file_names::METRICS, file_names::CHECKPOINT, file_names::MODEL, file_names::SUMMARY];
    let is_run = file.file_name().is_some_and(|name| name == file_names::CONFIG)
        && beside.iter().any(|name| folder.join(name).exists());
    match is_run {
        true => RunFolder::open(folder)?.config(),
        false => Ok(Config::load(&file)?),
    }
}

/// A folder that holds a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes a new folder below `runs_folder` with `config.toml` in it.
    ///
    /// Without a name, one is made from the configuration and the first free number from 001; making a
    /// folder is atomic, so two programs never get the same one.
    ///
    /// # Errors
    /// The name is taken, or the folder cannot be written.
    pub fn create(runs_folder: &Path, name: Option<&RunId>, config: &Config) -> Result<Self, RunError> {
        make_folder(runs_folder).map_err(RunError::write("the runs folder", runs_folder))?;
        if let Some(name) = name {
            return Self::create_at(&runs_folder.join(&name.0), config);
        }
        let base = base_name(config);
        let mut number = 1_u64;
        loop {
            let path = runs_folder.join(format!("{base}-{number:03}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Self::create_at(&path, config),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(RunError::write("the run folder", &path)(error)),
            }
        }
    }

    /// Makes a run folder at this very path, which must not exist or be empty.
    ///
    /// # Errors
    /// The folder holds a run or other files, which are left alone; or it cannot be written.
    pub fn create_at(path: &Path, config: &Config) -> Result<Self, RunError> {
        make_folder(path).map_err(RunError::write("the run folder", path))?;
        Self::check_free(path)?;
        let run = Self::at(path);
        run.write_config(config, None)?;
        Ok(run)
    }

    /// Like [`RunFolder::create_at`], for the weights of another run, rounded after training: the heading of
    /// `config.toml` says whose, and [`RunFolder::rounded_from`] reads it.
    ///
    /// # Errors
    /// See [`RunFolder::create_at`].
    pub fn create_rounded(
        path: &Path,
        config: &Config,
        fingerprint: &str,
        from: &RunId,
    ) -> Result<Self, RunError> {
        make_folder(path).map_err(RunError::write("the run folder", path))?;
        Self::check_free(path)?;
        let run = Self::at(path);
        run.write_settings(config, Some(fingerprint), Some(from))?;
        Ok(run)
    }

    /// Checks that a run can be made at this very path: it does not exist, or is an empty folder.
    ///
    /// # Errors
    /// The folder holds a run or other files.
    pub fn check_free(path: &Path) -> Result<(), RunError> {
        match Self::at(path).state() {
            None if !path.exists() || is_empty(path)? => Ok(()),
            None => Err(RunError::NotEmpty(path.to_path_buf())),
            Some(RunState::Finished) => Err(RunError::Finished(path.to_path_buf())),
            Some(RunState::Waiting | RunState::Interrupted | RunState::Failed(_)) => {
                Err(RunError::Interrupted(path.to_path_buf()))
            }
            Some(RunState::Damaged(reason)) => Err(RunError::Damaged(reason)),
            Some(RunState::Running) => {
                let owner = super::RunLock::holder(path).unwrap_or_else(|| "another program".into());
                Err(RunError::InUse { owner, path: path.to_path_buf() })
            }
        }
    }

    /// Opens the folder of a run.
    ///
    /// # Errors
    /// There is no `config.toml` in it.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if !path.join(file_names::CONFIG).is_file() {
            return Err(RunError::NotARun(path.to_path_buf()));
        }
        Ok(Self::at(path))
    }

    /// The folder as it is, whatever is in it.
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name: that of its folder.
    pub fn id(&self) -> RunId {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        RunId(path_text(path.file_name().unwrap_or(path.as_os_str())))
    }

    /// Path of one of its files; see [`file_names`].
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Its settings.
    ///
    /// # Errors
    /// `config.toml` is missing or not valid, or holds other settings than the run's figures, weights or checkpoint were
    /// made with.
    pub fn config(&self) -> Result<Config, RunError> {
        let (config, text) = self.config_with_text()?;
        // What is wrong with the other files is told where they are read.
        let witnesses = Witnesses {
            summary: self.summary().unwrap_or_default(),
            model: TensorHeader::read(&self.file(file_names::MODEL)).unwrap_or_default(),
            checkpoint: TensorHeader::read(&self.file(file_names::CHECKPOINT)).unwrap_or_default(),
        };
        agreement::check(self, &text, &config, &witnesses)
            .map_err(|misfit| RunError::Damaged(misfit.reason))?;
        Ok(config)
    }

    /// Writes `config.toml` of a finished run again where it is missing or is not what the run was trained with, from the
    /// settings that the weights carry; says whether it did. Does nothing where the figures are not of these, or all is well.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn repair_config(path: &Path) -> Result<bool, RunError> {
        let run = Self::at(path);
        let model = TensorHeader::read(&run.file(file_names::MODEL)).unwrap_or_default();
        let (Ok(Some(summary)), Some(model), Err(_)) = (run.summary(), model, run.config()) else {
            return Ok(false);
        };
        let Some(config) = agreement::settings_of_weights(&summary, &model) else { return Ok(false) };
        let rounded_from = run.rounded_from().or(summary.rounded_from);
        run.write_settings(&config, Some(&summary.data_fingerprint), rounded_from.as_ref())?;
        Ok(true)
    }

    /// What `config.toml` holds, as settings and as text, whether or not it belongs to the rest of the run.
    pub(super) fn config_with_text(&self) -> Result<(Config, String), RunError> {
        Config::load_with_text(&self.file(file_names::CONFIG)).map_err(|error| match error {
            SettingsError::Read { source, path } if source.kind() != std::io::ErrorKind::NotFound => {
                RunError::Read { what: "the settings of the run", source, path }
            }
            SettingsError::Read { path, .. } => RunError::Damaged(format!(
                "config.toml is missing; put it back, or delete the run ({})",
                path_text(&path)
            )),
            other => RunError::Damaged(format!(
                "{other}; correct config.toml, or delete the run ({})",
                path_text(&self.path)
            )),
        })
    }

    /// Writes `config.toml`: the settings, below a heading with name, time and data fingerprint.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_config(&self, config: &Config, fingerprint: Option<&str>) -> Result<(), RunError> {
        self.write_settings(config, fingerprint, self.rounded_from().as_ref())
    }

    fn write_settings(
        &self,
        config: &Config,
        fingerprint: Option<&str>,
        rounded_from: Option<&RunId>,
    ) -> Result<(), RunError> {
        let created = self.created_secs().unwrap_or_else(now_secs);
        let line = |key: &str, text: &str| format!("# {key} = {text}\n");
        let what = match rounded_from {
            Some(from) => {
                format!(
                    "# Run {}: the weights of {from}, rounded after training.\n{}",
                    self.id(),
                    line(ROUNDED, &from.0)
                )
            }
            None => format!("# Run {}: everything needed to repeat it.\n", self.id()),
        };
        let fingerprint = fingerprint.map(|text| line(FINGERPRINT, text)).unwrap_or_default();
        let text = format!(
            "{what}# coarsegrain = {}\n# {CREATED} = {created}\n{fingerprint}\n{}",
            env!("CARGO_PKG_VERSION"),
            config.to_toml()
        );
        replace_file(&self.file(file_names::CONFIG), "the settings of the run", |file| {
            file.write_all(text.as_bytes())
        })
    }

    /// Hash of the dataset that the run was trained on, once it was opened.
    pub fn fingerprint(&self) -> Option<String> {
        self.heading(FINGERPRINT)
    }

    /// The run whose weights it holds, rounded after training; `None` where it was trained itself.
    pub fn rounded_from(&self) -> Option<RunId> {
        self.heading(ROUNDED).map(RunId)
    }

    /// When the run was made, in seconds since 1970.
    pub fn created_secs(&self) -> Option<u64> {
        self.heading(CREATED)?.parse().ok()
    }

    fn heading(&self, key: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.file(file_names::CONFIG)).ok()?;
        heading_of(&text, key)
    }

    /// Final figures, or `None` before the end.
    ///
    /// # Errors
    /// `summary.json` cannot be read or is not valid.
    pub fn summary(&self) -> Result<Option<Summary>, RunError> {
        let path = self.file(file_names::SUMMARY);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RunError::read("the summary of the run", &path)(error)),
        };
        let summary: Result<Summary, _> = serde_json::from_slice(&text);
        let checked = summary.map_err(|error| error.to_string()).and_then(Summary::checked);
        checked.map(Some).map_err(|reason| {
            RunError::Damaged(format!(
                "summary.json is not valid ({reason}); {} ({})",
                self.way_out(),
                path_text(&path)
            ))
        })
    }

    /// What a person can do about a file that the end of the run writes, where it is lost or damaged.
    pub(super) fn way_out(&self) -> String {
        match self.rounded_from() {
            Some(from) => format!("delete the run and round {from} again"),
            None => "continue the run to make it again, or delete the run".into(),
        }
    }

    /// Writes the final figures; from then on the run counts as finished.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_summary(&self, summary: &Summary) -> Result<(), RunError> {
        replace_file(&self.file(file_names::SUMMARY), "the summary of the run", |file| {
            serde_json::to_writer_pretty(&mut *file, summary)?;
            file.write_all(b"\n")
        })
    }

    /// Finished epochs.
    ///
    /// # Errors
    /// `metrics.jsonl` cannot be read or is damaged before its last line.
    pub fn history(&self) -> Result<Vec<EpochMetrics>, RunError> {
        read_metrics(&self.file(file_names::METRICS))
    }

    /// Whether one of its tensor files is there and as long as its header says.
    pub fn has_whole(&self, name: &str) -> bool {
        matches!(TensorHeader::read(&self.file(name)), Ok(Some(_)))
    }

    /// Removes a folder in which nothing was trained: settings, empty metrics and lock, then the folder if
    /// nothing else is in it. Does nothing when there is more to lose.
    pub fn remove_if_unused(&self) {
        let files = [file_names::CHECKPOINT, file_names::MODEL, file_names::SUMMARY];
        let is_used = files.iter().any(|name| self.file(name).exists())
            || std::fs::metadata(self.file(file_names::METRICS)).is_ok_and(|metadata| metadata.len() > 0);
        if !is_used && super::RunLock::holder(&self.path).is_none() {
            for name in [file_names::CONFIG, file_names::METRICS, file_names::FAILURE] {
                let _ = std::fs::remove_file(self.file(name));
            }
            let _ = std::fs::remove_dir(&self.path);
        }
    }

    /// What state the folder is in; `None` when nothing in it belongs to a run.
    pub fn state(&self) -> Option<RunState> {
        state::state_of(&self.path)
    }
}

fn is_empty(path: &Path) -> Result<bool, RunError> {
    let mut entries = std::fs::read_dir(path).map_err(RunError::read("the run folder", path))?;
    Ok(entries.next().is_none())
}

/// The value of `# key = value` in the comments that head a file.
pub(super) fn heading_of(text: &str, key: &str) -> Option<String> {
    text.lines().take_while(|line| line.starts_with('#')).find_map(|line| {
        let (found, value) = line.trim_start_matches('#').split_once('=')?;
        (found.trim() == key).then(|| value.trim().to_string())
    })
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_numbered_and_never_taken_twice() {
        let runs = tempfile::tempdir().unwrap();
        let config = Config::default();
        let first = RunFolder::create(runs.path(), None, &config).unwrap();
        let second = RunFolder::create(runs.path(), None, &config).unwrap();
        assert_eq!(first.id().0, "cgs-64x75-5bit-seed1-001");
        assert_eq!(second.id().0, "cgs-64x75-5bit-seed1-002");
        assert_eq!(first.config().unwrap(), config);
        assert!(matches!(RunFolder::create_at(first.path(), &config), Err(RunError::Interrupted(_))));
    }

    #[test]
    fn the_fingerprint_joins_the_settings() {
        let runs = tempfile::tempdir().unwrap();
        let config = Config::default();
        let run = RunFolder::create(runs.path(), Some(&RunId("a".into())), &config).unwrap();
        let created = run.created_secs().unwrap();
        assert_eq!(run.fingerprint(), None);
        run.write_config(&config, Some("abc123")).unwrap();
        assert_eq!(run.fingerprint().as_deref(), Some("abc123"));
        assert_eq!(run.created_secs(), Some(created));
        assert_eq!(run.config().unwrap(), config);
    }

    #[test]
    fn a_rounded_run_says_whose_weights_it_holds() {
        let runs = tempfile::tempdir().unwrap();
        let config = Config::default();
        let path = runs.path().join("a-w5a8");
        RunFolder::check_free(&path).unwrap();
        let run = RunFolder::create_rounded(&path, &config, "abc123", &RunId("a".into())).unwrap();
        assert_eq!(run.rounded_from(), Some(RunId("a".into())));
        assert_eq!(run.fingerprint().as_deref(), Some("abc123"));
        run.write_config(&config, None).unwrap();
        assert_eq!(run.rounded_from(), Some(RunId("a".into())), "written again, it is still rounded");
        assert_eq!(run.config().unwrap(), config);
        assert!(RunFolder::check_free(&path).is_err());
        let trained = RunFolder::create(runs.path(), Some(&RunId("b".into())), &config).unwrap();
        assert_eq!(trained.rounded_from(), None);
    }

    #[test]
    fn foreign_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thesis.tex"), "years of work").unwrap();
        let error = RunFolder::create_at(folder.path(), &Config::default()).unwrap_err();
        assert!(matches!(error, RunError::NotEmpty(_)), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(RunFolder::open(folder.path()), Err(RunError::NotARun(_))));
    }
}

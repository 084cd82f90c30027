//! What can go wrong with run folders.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::settings::SettingsError;

/// A run folder that cannot be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file or folder cannot be read.
    #[error("cannot read {what}: {source} ({path})")]
    Read {
        /// What it is, for a person.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {what}: {source}; {} ({path})", remedy(.source))]
    Write {
        /// What it is, for a person.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// A configuration that belongs to no run is not valid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A file of a run is missing, cut short or not what it should be.
    #[error("the run is damaged: {0}")]
    Damaged(String),
    /// The folder holds no run.
    #[error("there is no run here: `config.toml` is missing; name the folder of a run ({0})")]
    NotARun(PathBuf),
    /// The folder to be written holds a finished run.
    #[error(
        "this folder already holds a finished run, which is left as it is; choose another folder, or delete this one first ({0})"
    )]
    Finished(PathBuf),
    /// The folder to be written holds a run that was interrupted.
    #[error(
        "this folder already holds an interrupted run, which is left as it is; continue it with --resume, or choose another folder ({0})"
    )]
    Interrupted(PathBuf),
    /// The folder to be written holds other files.
    #[error("this folder holds other files and is left as it is; choose a new or an empty folder ({0})")]
    NotEmpty(PathBuf),
    /// Another program writes this run.
    #[error("this run is being written by {owner}; wait until it ends, or stop it there ({path})")]
    InUse {
        /// Machine, process and last sign of life.
        owner: String,
        /// Folder of the run.
        path: PathBuf,
    },
    /// The name cannot be that of a folder.
    #[error("`{name}` cannot be the name of a run: {reason}")]
    Name {
        /// What was given.
        name: String,
        /// Why not.
        reason: &'static str,
    },
}

/// What a person can do about a failed write.
fn remedy(source: &std::io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "the disk is full; what was saved before is kept: make room, then continue the run"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "this place cannot be written to: choose another folder or change its permissions"
        }
        _ => "what was saved before is kept",
    }
}

impl RunError {
    pub(crate) fn read(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Read { what, source, path }
    }

    pub(crate) fn write(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Write { what, source, path }
    }

    /// Whether there was no room to write.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Write { source, .. } if matches!(
            source.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
        ))
    }
}

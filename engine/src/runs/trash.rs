//! Deleting runs so that they can be had back.

use std::path::{Path, PathBuf};

use super::{RunError, RunId, RunLock};

const FOLDER: &str = ".trash";

/// Moves a run to the trash folder inside the runs folder.
///
/// A run of the same name that is already there is kept under a number.
///
/// # Errors
/// The run is in progress, does not exist, or cannot be moved.
pub fn delete(runs_folder: &Path, run: &RunId) -> Result<(), RunError> {
    let run = RunId::new(&run.0)?;
    let from = runs_folder.join(&run.0);
    if !from.is_dir() {
        return Err(RunError::NotARun(from));
    }
    if let Some(owner) = RunLock::holder(&from) {
        return Err(RunError::InUse { owner, path: from });
    }
    let trash = runs_folder.join(FOLDER);
    std::fs::create_dir_all(&trash).map_err(RunError::write("the trash folder", &trash))?;
    let to = trash.join(&run.0);
    if to.exists() {
        let aside = free_name(&to);
        std::fs::rename(&to, &aside).map_err(RunError::write("the trash folder", &to))?;
    }
    std::fs::rename(&from, &to).map_err(RunError::write("the run folder", &from))
}

/// Takes the run that was deleted last under this name back out of the trash folder.
///
/// # Errors
/// There is none, its name is taken again, or it cannot be moved.
pub fn restore(runs_folder: &Path, run: &RunId) -> Result<(), RunError> {
    let run = RunId::new(&run.0)?;
    let from = runs_folder.join(FOLDER).join(&run.0);
    let to = runs_folder.join(&run.0);
    if !from.is_dir() {
        return Err(RunError::NotARun(from));
    }
    if to.exists() {
        return Err(RunError::NotEmpty(to));
    }
    std::fs::rename(&from, &to).map_err(RunError::write("the run folder", &to))
}

fn free_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut number = 1_u64;
    loop {
        let candidate = path.with_file_name(format!("{name}~{number}"));
        if !candidate.exists() {
            return candidate;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{RunFolder, list};
    use crate::settings::Config;

    #[test]
    fn a_deleted_run_comes_back_whole() {
        let runs = tempfile::tempdir().unwrap();
        let name = RunId("a".into());
        let make = || RunFolder::create(runs.path(), Some(&name), &Config::default()).unwrap();
        std::fs::write(make().file("notes.txt"), "mine").unwrap();
        delete(runs.path(), &name).unwrap();
        assert!(list(runs.path()).unwrap().is_empty());
        // The name is used and deleted again: nothing in the trash is lost.
        make();
        assert!(restore(runs.path(), &name).is_err());
        delete(runs.path(), &name).unwrap();
        assert!(runs.path().join(".trash/a~1/notes.txt").exists());
        restore(runs.path(), &name).unwrap();
        assert_eq!(list(runs.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_run_in_progress_is_not_deleted() {
        let runs = tempfile::tempdir().unwrap();
        let run = RunFolder::create(runs.path(), None, &Config::default()).unwrap();
        let _lock = RunLock::acquire(run.path()).unwrap();
        assert!(matches!(delete(runs.path(), &run.id()), Err(RunError::InUse { .. })));
        assert!(matches!(delete(runs.path(), &RunId("none".into())), Err(RunError::NotARun(_))));
        assert!(matches!(delete(runs.path(), &RunId("../x".into())), Err(RunError::Name { .. })));
    }
}

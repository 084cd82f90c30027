//! Listing thousands of runs fast.
//!
//! A hidden file in the runs folder remembers finished and damaged runs together with the sizes and times
//! of their files. It is only a cache: it is rebuilt from the folders whenever it is absent, damaged or
//! outdated, and a folder that cannot be written to does without it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::folder::file_names;
use super::state::row_of;
use super::{RunError, RunRow, RunState, compare::fronts_of, replace_file, testing_sets};

const FILE: &str = ".coarsegrain-index.json";
/// Changed whenever rows mean something else.
const VERSION: u32 = 3;

#[derive(Default, Serialize, Deserialize)]
struct Index {
    version: u32,
    rows: Vec<Remembered>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Remembered {
    folder: String,
    stamp: Vec<(u64, u64)>,
    row: RunRow,
}

/// Every run directly below `runs_folder`, newest first, with the Pareto fronts marked. Folders that hold
/// nothing of a run, and hidden ones, are left out; an absent runs folder has no runs.
///
/// # Errors
/// The runs folder cannot be read.
pub fn list(runs_folder: &Path) -> Result<Vec<RunRow>, RunError> {
    let mut rows: Vec<RunRow> = list_with_folders(runs_folder)?.into_iter().map(|(_, row)| row).collect();
    mark_pareto(&mut rows);
    Ok(rows)
}

/// As [`list`], each with its folder, and without marks.
///
/// # Errors
/// The runs folder cannot be read.
pub(super) fn list_with_folders(runs_folder: &Path) -> Result<Vec<(PathBuf, RunRow)>, RunError> {
    let folders = folders_below(runs_folder)?;
    let index_path = runs_folder.join(FILE);
    let known = read_index(&index_path);
    let found: Vec<(Option<Remembered>, (PathBuf, RunRow))> = folders
        .par_iter()
        .filter_map(|folder| {
            let (remembered, row) = look_at(folder, &known)?;
            Some((remembered, (folder.clone(), row)))
        })
        .collect();
    let (remembered, mut rows): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let remembered: Vec<Remembered> = remembered.into_iter().flatten().collect();
    let is_unchanged =
        remembered.len() == known.len() && remembered.iter().all(|new| known.get(&new.folder) == Some(new));
    if !is_unchanged {
        write_index(&index_path, remembered);
    }
    rows.sort_by(|(_, a), (_, b)| b.created_secs.cmp(&a.created_secs).then_with(|| b.run.cmp(&a.run)));
    Ok(rows)
}

/// Sets `is_pareto` of every row: one front for each set of testing clips, see [`testing_sets`].
pub fn mark_pareto(rows: &mut [RunRow]) {
    let fronts = fronts_of(rows, &testing_sets(rows));
    for (row, is_pareto) in rows.iter_mut().zip(fronts) {
        row.is_pareto = is_pareto;
    }
}

fn folders_below(runs_folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let entries = match std::fs::read_dir(runs_folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RunError::read("the runs folder", runs_folder)(error)),
    };
    Ok(entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect())
}

fn look_at(folder: &Path, known: &HashMap<String, Remembered>) -> Option<(Option<Remembered>, RunRow)> {
    let name = folder.file_name()?.to_str().map(String::from);
    let stamp = stamp(folder);
    if let Some(known) = name.as_ref().and_then(|name| known.get(name))
        && known.stamp == stamp
    {
        return Some((Some(known.clone()), known.row.clone()));
    }
    let row = row_of(folder)?;
    // Runs in progress change without a trace in the stamp.
    let is_settled = matches!(row.state, RunState::Finished | RunState::Damaged(_));
    let remembered = name.filter(|_| is_settled).map(|folder| Remembered { folder, stamp, row: row.clone() });
    Some((remembered, row))
}

/// Time of change and size of the folder and of the files that make up a row.
fn stamp(folder: &Path) -> Vec<(u64, u64)> {
    let files = [file_names::CONFIG, file_names::CHECKPOINT, file_names::MODEL, file_names::SUMMARY];
    std::iter::once(folder.to_path_buf())
        .chain(files.iter().map(|name| folder.join(name)))
        .map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some((changed.as_nanos() as u64, metadata.len()))
        })
        .map(Option::unwrap_or_default)
        .collect()
}

fn read_index(path: &Path) -> HashMap<String, Remembered> {
    let index: Index = std::fs::read(path)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .filter(|index: &Index| index.version == VERSION)
        .unwrap_or_default();
    index.rows.into_iter().map(|row| (row.folder.clone(), row)).collect()
}

fn write_index(path: &Path, rows: Vec<Remembered>) {
    let index = Index { version: VERSION, rows };
    let result = replace_file(path, "the index of runs", |file| {
        let text = serde_json::to_vec(&index)?;
        file.write_all(&text)
    });
    if let Err(error) = result {
        tracing::debug!("listing runs without an index: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::runs::state::tests::{summary, tensor_file};
    use crate::runs::{RunFolder, RunId};
    use crate::settings::Config;

    fn finished(runs: &Path, name: &str, accuracy: f64, bits: u64) -> RunFolder {
        let run = RunFolder::create(runs, Some(&RunId(name.into())), &Config::default()).unwrap();
        fs::write(run.file(file_names::MODEL), tensor_file(8)).unwrap();
        run.write_summary(&summary(accuracy, bits)).unwrap();
        run
    }

    fn names(rows: &[RunRow]) -> Vec<(&str, bool)> {
        rows.iter().map(|row| (row.run.0.as_str(), row.is_pareto)).collect()
    }

    #[test]
    fn the_index_agrees_with_the_folders_whatever_happens() {
        let runs = tempfile::tempdir().unwrap();
        finished(runs.path(), "a", 0.8, 100);
        let b = finished(runs.path(), "b", 0.7, 200);
        fs::create_dir(runs.path().join("notes")).unwrap();
        let first = list(runs.path()).unwrap();
        assert_eq!(names(&first), [("b", false), ("a", true)]);
        assert!(runs.path().join(FILE).exists());
        assert_eq!(list(runs.path()).unwrap(), first);
        // A file cut short in place.
        fs::OpenOptions::new().write(true).open(b.file(file_names::MODEL)).unwrap().set_len(9).unwrap();
        assert!(matches!(list(runs.path()).unwrap()[0].state, RunState::Damaged(_)));
        // New figures.
        fs::write(b.file(file_names::MODEL), tensor_file(8)).unwrap();
        b.write_summary(&summary(0.9, 200)).unwrap();
        assert_eq!(names(&list(runs.path()).unwrap()), [("b", true), ("a", true)]);
        // A damaged index.
        fs::write(runs.path().join(FILE), "{").unwrap();
        assert_eq!(names(&list(runs.path()).unwrap()), [("b", true), ("a", true)]);
    }

    #[test]
    fn an_absent_folder_has_no_runs() {
        assert!(list(Path::new("/no/such/folder")).unwrap().is_empty());
    }
}

//! Runs from several folders in one list: a run is its path, and its name says as much of it as is needed.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::index::list_with_folders;
use super::{RunError, RunId, RunRow, row_of};
use crate::files::path_text;

/// Runs of several folders, each once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// The runs; where two have the same name, as much of the path stands before it as tells them apart.
    pub rows: Vec<RunRow>,
    /// Their folders, in the same order, without links.
    pub paths: Vec<PathBuf>,
}

/// The runs in these folders, each of which is a run or holds runs; one that is reached twice counts once.
///
/// # Errors
/// A folder cannot be read.
pub fn gather(folders: &[PathBuf]) -> Result<Gathered, RunError> {
    let mut gathered = Gathered::default();
    let mut seen = HashSet::new();
    for folder in folders {
        let found = match row_of(folder) {
            Some(row) => vec![(folder.clone(), row)],
            None => list_with_folders(folder)?,
        };
        for (path, row) in found {
            let path = std::fs::canonicalize(&path).unwrap_or(path);
            if seen.insert(path.clone()) {
                gathered.paths.push(path);
                gathered.rows.push(row);
            }
        }
    }
    for (row, name) in gathered.rows.iter_mut().zip(names(&gathered.paths)) {
        row.run = RunId(name);
    }
    Ok(gathered)
}

/// Names of different paths: the last part, and before it as many as tell those apart that share it.
///
/// Two paths can read alike where they are no Unicode: a number is put behind those.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let mut names = vec![String::new(); paths.len()];
    let mut open: Vec<usize> = (0..paths.len()).collect();
    let most = paths.iter().map(|path| path.components().count()).max().unwrap_or(0);
    for length in 1..=most {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for &at in &open {
            by_name.entry(end_of(&paths[at], length)).or_default().push(at);
        }
        open.clear();
        for (name, members) in by_name {
            for (number, at) in members.iter().enumerate() {
                let numbered = format!("{name} ({})", number + 1);
                names[*at] = if members.len() > 1 && length == most { numbered } else { name.clone() };
            }
            if members.len() > 1 {
                open.extend(members);
            }
        }
    }
    names
}

/// The last parts of a path, joined by `/` on every system.
fn end_of(path: &Path, length: usize) -> String {
    let parts: Vec<String> = path.iter().rev().take(length).map(path_text).collect();
    let parts = parts.into_iter().rev().collect::<Vec<_>>();
    parts.join("/").replacen("//", "/", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{RunFolder, list};
    use crate::settings::Config;

    fn named(paths: &[&str]) -> Vec<String> {
        names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_name_says_as_much_of_the_path_as_is_needed() {
        assert_eq!(named(&["/a/run1", "/a/run2"]), ["run1", "run2"]);
        assert_eq!(
            named(&["/a/monday/run1", "/a/tuesday/run1", "/a/monday/run2"]),
            ["monday/run1", "tuesday/run1", "run2"]
        );
        assert_eq!(named(&["/x/runs/r", "/y/runs/r", "/x/old/r"]), ["x/runs/r", "y/runs/r", "old/r"]);
        assert_eq!(named(&["/r", "/a/r", "/a/a/r"]).iter().collect::<HashSet<_>>().len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_read_alike_are_numbered() {
        use std::os::unix::ffi::OsStringExt as _;
        let path = |byte: u8| PathBuf::from(std::ffi::OsString::from_vec(vec![b'/', b'r', byte]));
        let names = names(&[path(0xff), path(0xfe), "/s".into()]);
        assert_ne!(names[0], names[1]);
        assert_eq!(names[2], "s");
    }

    #[test]
    fn a_run_reached_twice_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["monday/run1", "tuesday/run1"] {
            RunFolder::create_at(&folder.path().join(name), &Config::default()).unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        let all = gather(&[at("monday"), at("tuesday"), at("monday/run1"), at("monday/../monday")]).unwrap();
        let names: Vec<&str> = all.rows.iter().map(|row| row.run.0.as_str()).collect();
        assert_eq!(names, ["monday/run1", "tuesday/run1"]);
        assert_eq!(list(&at("monday")).unwrap()[0].run.0, "run1", "one folder alone keeps short names");
        assert!(gather(&[at("none")]).unwrap().rows.is_empty());
    }
}

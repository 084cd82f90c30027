//! Copying a run folder from elsewhere into the runs folder.

use std::io;
use std::path::Path;

use engine::files::{make_folder, path_text};

/// Copies the run folder `from` below `into` and gives the name it has there.
///
/// The copy is made under a hidden name and renamed when complete, so that a half run is never listed. A run
/// that already lies in `into` is left as it is. Sub-folders are not part of a run and are not copied.
///
/// # Errors
/// A file cannot be read or written; the half copy is removed.
pub(super) fn import_run(from: &Path, into: &Path) -> io::Result<String> {
    let name = from.file_name().map_or_else(|| "run".into(), path_text);
    make_folder(into)?;
    let (from, into) = (from.canonicalize()?, into.canonicalize()?);
    if from.parent() == Some(into.as_path()) {
        return Ok(name);
    }
    let free = (1..)
        .map(|n| if n == 1 { name.clone() } else { format!("{name}-{n}") })
        .find(|candidate| !into.join(candidate).exists())
        .unwrap_or(name);
    let part = into.join(format!(".{free}.part"));
    let copied = copy_files(&from, &part).and_then(|()| std::fs::rename(&part, into.join(&free)));
    if let Err(error) = copied {
        let _ = std::fs::remove_dir_all(&part);
        return Err(error);
    }
    Ok(free)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_copied_once_and_renamed_beside_a_namesake() {
        let folder = tempfile::tempdir().unwrap();
        let (from, into) = (folder.path().join("else/run"), folder.path().join("runs"));
        std::fs::create_dir_all(&from).unwrap();
        std::fs::write(from.join("config.toml"), "seed = 1").unwrap();
        assert_eq!(import_run(&from, &into).unwrap(), "run");
        assert_eq!(import_run(&from, &into).unwrap(), "run-2");
        assert_eq!(import_run(&into.join("run"), &into).unwrap(), "run");
        assert_eq!(std::fs::read_to_string(into.join("run-2/config.toml")).unwrap(), "seed = 1");
        assert_eq!(std::fs::read_dir(&into).unwrap().count(), 2);
    }
}

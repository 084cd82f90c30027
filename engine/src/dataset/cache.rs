//! Where decoded sound and computed inputs are kept between starts.
//!
//! Everything in the cache can be computed again: a damaged or missing file costs time, never data.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tracing::warn;

/// Age at which an unfinished file is taken for the leftover of a killed program.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// The cache folder: `COARSEGRAIN_CACHE`, else `$XDG_CACHE_HOME/coarsegrain`, else `~/.cache/coarsegrain`;
/// without a home that can be written, a folder among the temporary files.
pub fn default_cache_folder() -> PathBuf {
    if let Some(folder) = folder_from_env("COARSEGRAIN_CACHE") {
        return folder;
    }
    let home = folder_from_env("XDG_CACHE_HOME").or_else(|| Some(folder_from_env("HOME")?.join(".cache")));
    match home.map(|home| home.join("coarsegrain")) {
        Some(folder) if fs::create_dir_all(&folder).is_ok() => folder,
        _ => std::env::temp_dir().join("coarsegrain-cache"),
    }
}

fn folder_from_env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Marks a file as just used, so that [`prune`] takes it last.
pub(super) fn touch(file: &File) {
    // A cache on a read-only disk still serves.
    let _ = file.set_modified(SystemTime::now());
}

/// Removes the files of `folder` that were used longest ago until the rest fit into `max_bytes`; `keep`
/// stays in any case.
pub(super) fn prune(folder: &Path, max_bytes: u64, keep: &Path) {
    let mut files = cached_files(folder);
    // What a killed program was writing has no name of its own and would never be used.
    let is_abandoned = |path: &Path| path.extension().is_some_and(|extension| extension == "tmp");
    files.retain(|(written, _, path)| {
        let is_old = written.elapsed().is_ok_and(|age| age > ABANDONED);
        !(is_old && is_abandoned(path) && fs::remove_file(path).is_ok())
    });
    files.sort_by_key(|(used, ..)| std::cmp::Reverse(*used));
    let mut total = 0;
    for (_, len, path) in files {
        total += len;
        if total > max_bytes
            && path != keep
            && let Err(error) = fs::remove_file(&path)
        {
            warn!("cannot remove an old cache file ({error}): {}", path.display());
        }
    }
}

fn cached_files(folder: &Path) -> Vec<(SystemTime, u64, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((meta.modified().ok()?, meta.len(), entry.path()))
        })
        .collect()
}

/// A file that appears under its name only when it is complete; dropped before that, it leaves nothing.
pub(super) struct PendingFile {
    temporary: tempfile::TempPath,
    target: PathBuf,
}

impl PendingFile {
    /// Creates the temporary file beside `target`, and the folder if need be.
    pub(super) fn create(target: &Path) -> io::Result<(Self, File)> {
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("writing-").suffix(".tmp");
        // Files for one's eyes only would surprise whoever shares the folder; the umask still holds.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let (file, temporary) = builder.tempfile_in(folder)?.into_parts();
        Ok((Self { temporary, target: target.to_owned() }, file))
    }

    /// Gives the file its name.
    pub(super) fn commit(self) -> io::Result<()> {
        self.temporary.persist(&self.target).map_err(|failure| failure.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pruning_takes_the_file_used_longest_ago() {
        let folder = tempfile::tempdir().unwrap();
        for (age_secs, name) in [(30, "old"), (20, "middle"), (10, "new")] {
            let path = folder.path().join(name);
            fs::write(&path, [0; 100]).unwrap();
            let used = SystemTime::now() - std::time::Duration::from_secs(age_secs);
            File::options().write(true).open(&path).unwrap().set_modified(used).unwrap();
        }
        prune(folder.path(), 250, &folder.path().join("new"));
        let mut left: Vec<_> = cached_files(folder.path()).into_iter().map(|(.., path)| path).collect();
        left.sort();
        assert_eq!(left, [folder.path().join("middle"), folder.path().join("new")]);
        prune(folder.path(), 0, &folder.path().join("middle"));
        assert_eq!(cached_files(folder.path())[0].2, folder.path().join("middle"), "the file in use stays");
        let (abandoned, file) = PendingFile::create(&folder.path().join("late")).unwrap();
        file.set_modified(SystemTime::now() - 2 * ABANDONED).unwrap();
        prune(folder.path(), 250, &folder.path().join("middle"));
        assert_eq!(cached_files(folder.path()).len(), 1);
        drop(abandoned);
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("sub/name");
        let (pending, file) = PendingFile::create(&target).unwrap();
        drop((pending, file));
        assert!(cached_files(&folder.path().join("sub")).is_empty());
        let (pending, _file) = PendingFile::create(&target).unwrap();
        pending.commit().unwrap();
        assert!(target.is_file());
    }
}

//! Files that are replaced whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::RunError;

/// Writes a file so that any reader, at any moment and after any crash, sees the old content or the new
/// one: beside its place, flushed to the disk, renamed, and the folder flushed.
///
/// # Errors
/// Anything the writer or the system reports; the old file is then untouched and no trace is left.
pub fn replace_file(
    path: &Path,
    what: &'static str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), RunError> {
    replace_file_by_path(path, what, |partial| {
        let mut file = BufWriter::new(File::create(partial)?);
        write(&mut file)?;
        file.flush()
    })
}

/// Like [`replace_file`], for writers that want a path: `write` makes the file at the path it is given.
///
/// # Errors
/// Anything the writer or the system reports; the old file is then untouched and no trace is left.
pub fn replace_file_by_path(
    path: &Path,
    what: &'static str,
    write: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), RunError> {
    let partial = partial_path(path);
    let result = write(&partial)
        .and_then(|()| File::open(&partial)?.sync_all())
        .and_then(|()| fs::rename(&partial, path))
        .and_then(|()| sync_parent(path));
    if result.is_err() {
        // Frees the room that a half-written file takes on a full disk; nothing more can be done here.
        let _ = fs::remove_file(&partial);
    }
    result.map_err(RunError::write(what, path))
}

/// Where a file is written before it takes its place.
fn partial_path(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    path.with_file_name(name)
}

/// Makes a rename survive a power cut.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(parent).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot flush folders; the rename itself has happened.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        replace_file(&path, "the summary", |file| file.write_all(b"old")).unwrap();
        let error = replace_file(&path, "the summary", |file| {
            file.write_all(&[0; 100_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert!(error.is_disk_full());
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

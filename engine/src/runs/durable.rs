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

/// Where a file lies, and its content.
pub(crate) type Placed<'a> = (PathBuf, &'a [u8]);

/// Like [`replace_file`], for files that belong together: none takes its place before all are written, so a disk that is too
/// full for them leaves every old file. A crash while they take their places can leave some of either.
///
/// # Errors
/// See [`replace_file`]; every old file is then untouched unless the very renaming failed.
pub(crate) fn replace_files(files: &[Placed<'_>], what: &'static str) -> Result<(), RunError> {
    let write = |(path, content): &Placed<'_>| {
        let mut file = File::create(partial_path(path))?;
        file.write_all(content)?;
        file.sync_all()
    };
    let take_place = |(path, _): &Placed<'_>| fs::rename(partial_path(path), path);
    let each = |step: &dyn Fn(&Placed<'_>) -> io::Result<()>| {
        files.iter().try_for_each(|file| step(file).map_err(RunError::write(what, &file.0)))
    };
    let result = each(&write).and_then(|()| each(&take_place)).and_then(|()| match files.first() {
        Some((path, _)) => sync_parent(path).map_err(RunError::write(what, path)),
        None => Ok(()),
    });
    if result.is_err() {
        // As above: to free room; nothing more can be done here.
        files.iter().for_each(|(path, _)| drop(fs::remove_file(partial_path(path))));
    }
    result
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

    #[test]
    fn files_that_belong_together_take_their_places_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let read = |name: &str| fs::read(path(name)).unwrap();
        replace_files(&[(path("a"), b"1"), (path("b"), b"2")], "the export").unwrap();
        assert_eq!((read("a"), read("b")), (b"1".to_vec(), b"2".to_vec()));
        // The second cannot be written, so the first stays as it was.
        let error = replace_files(&[(path("a"), b"3"), (path("gone/b"), b"4")], "the export").unwrap_err();
        assert!(error.to_string().contains("gone"), "{error}");
        assert_eq!(read("a"), b"1");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no trace is left");
    }
}

//! Files of runs that are replaced whole or not at all: [`crate::files`] with errors that say what it was.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::RunError;
use crate::files;

/// Writes a file with [`files::write_file`].
///
/// # Errors
/// Anything the writer or the system reports; the old file is then untouched and no trace is left.
pub fn replace_file(
    path: &Path,
    what: &'static str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), RunError> {
    files::write_file(path, write).map_err(RunError::write(what, path))
}

/// Writes files that belong together with [`files::write_files`].
///
/// # Errors
/// See [`replace_file`]; every old file is then untouched unless the very renaming failed.
pub(crate) fn replace_files(files: &[(PathBuf, &[u8])], what: &'static str) -> Result<(), RunError> {
    files::write_files(files).map_err(|(path, source)| RunError::Write { what, source, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        let full = |_: &mut dyn Write| Err(io::Error::from(io::ErrorKind::StorageFull));
        let error = replace_file(&path, "the summary", full).unwrap_err();
        assert!(error.is_disk_full());
        assert!(error.to_string().contains("disk is full"), "{error}");
        let error = replace_files(&[(path.join("gone/b"), b"4")], "the export").unwrap_err();
        assert!(error.to_string().contains("gone"), "{error}");
    }
}

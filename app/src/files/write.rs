//! Writing a file so that a reader, or a crash, never meets half of it.

use std::path::Path;

use engine::files;

/// Writes `bytes` with [`files::write_file`], into a folder that is made where there is none.
///
/// # Errors
/// The folder cannot be made, or the file not written; what was at `path` before is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    files::make_folder(path.parent().unwrap_or(Path::new("")))?;
    files::write_file(path, |file| file.write_all(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_in_one_step_and_leaves_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/state.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_and_what_it_names_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("target"), "kept").unwrap();
        std::os::unix::fs::symlink("target", path("figure.svg")).unwrap();
        write_atomically(&path("figure.svg"), b"new").unwrap();
        assert_eq!(std::fs::read(path("target")).unwrap(), b"new");
        assert!(path("figure.svg").is_symlink());
    }

    #[test]
    fn a_failed_write_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        // A folder in the file's place makes the rename fail.
        let path = folder.path().join("taken");
        std::fs::create_dir_all(path.join("inside")).unwrap();
        assert!(write_atomically(&path, b"new").is_err());
        assert!(path.join("inside").is_dir());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

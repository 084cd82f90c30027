//! What lies in the folder of one word.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;

use super::NOISE_FOLDER;
use crate::audio::{CONVERT_HINT, EXTENSIONS, OTHER_EXTENSIONS};
use crate::dataset::{DatasetError, Fault};

/// Folders listed at once; more than cores, because listing is waiting.
const MAX_LISTING_THREADS: usize = 8;

/// Reason given for a name that no configuration or table could hold.
pub(super) const NOT_UTF8: &str = "the name is not valid UTF-8; rename it";

/// What changes when a file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) len: u64,
    pub(super) modified_nanos: u64,
    /// Time of the last change of contents or permissions, where the system knows it.
    pub(super) changed_nanos: u64,
}

impl From<&fs::Metadata> for Stamp {
    fn from(meta: &fs::Metadata) -> Self {
        let since_1970 = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified_nanos = since_1970.map_or(0, |since| since.as_nanos() as u64);
        #[cfg(unix)]
        let changed_nanos = {
            use std::os::unix::fs::MetadataExt;
            (meta.ctime() as u64).wrapping_mul(1_000_000_000).wrapping_add(meta.ctime_nsec() as u64)
        };
        #[cfg(not(unix))]
        let changed_nanos = 0;
        Self { len: meta.len(), modified_nanos, changed_nanos }
    }
}

/// The recordings in one folder, sorted by name.
#[derive(Debug, Default)]
pub(super) struct FolderContents {
    pub(super) name: String,
    pub(super) files: Vec<(String, Stamp)>,
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<String>,
    could_be_read: bool,
}

/// Lists word folders and the noise folder in parallel; the results come in the order of `names`.
pub(super) fn read_folders(
    dataset: &Path,
    names: &[&str],
    cancel: &AtomicBool,
) -> Result<Vec<FolderContents>, DatasetError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(names.len().clamp(1, MAX_LISTING_THREADS))
        .thread_name(|number| format!("dataset-list-{number}"))
        .build()
        .map_err(|error| DatasetError::Thread { source: io::Error::other(error) })?;
    pool.install(|| names.par_iter().map(|name| FolderContents::read(dataset, name, cancel)).collect())
}

impl FolderContents {
    fn read(dataset: &Path, name: &str, cancel: &AtomicBool) -> Result<Self, DatasetError> {
        let mut contents = Self { name: name.to_owned(), could_be_read: true, ..Self::default() };
        if name.starts_with('_') && name != NOISE_FOLDER {
            contents.notes.push(format!("The folder `{name}` was not read: words do not begin with `_`."));
            return Ok(contents);
        }
        let path = dataset.join(name);
        let names = match sorted_names(&path) {
            Ok(names) => names,
            Err(error) => {
                let reason = format!("the folder cannot be read: {error}");
                contents.faults.push(Fault { path: name.to_owned(), reason });
                contents.could_be_read = false;
                return Ok(contents);
            }
        };
        let mut num_folders = 0;
        for file_name in names {
            if cancel.load(Ordering::Relaxed) {
                return Err(DatasetError::Cancelled);
            }
            num_folders += usize::from(contents.add(&path, &file_name));
        }
        if num_folders > 0 {
            contents.notes.push(format!("{num_folders} folders inside `{name}` were not read: recordings lie directly in the folder of their word."));
        }
        if contents.files.is_empty() && contents.faults.is_empty() {
            contents.notes.push(format!("The folder `{name}` holds no recordings."));
        }
        Ok(contents)
    }

    /// Whether the folder itself is the fault.
    pub(super) fn is_unreadable(&self) -> bool {
        !self.could_be_read
    }

    /// Adds a file; true when it is a folder instead.
    fn add(&mut self, folder: &Path, name: &OsStr) -> bool {
        let Some(text) = name.to_str() else {
            self.fault(&name.to_string_lossy(), NOT_UTF8);
            return false;
        };
        if text.starts_with('.') {
            return false;
        }
        if has_extension(text, &OTHER_EXTENSIONS) {
            self.fault(text, &format!("this format is not read; {CONVERT_HINT}"));
            return false;
        }
        if !is_recording(text) {
            return folder.join(name).is_dir();
        }
        match fs::metadata(folder.join(name)) {
            Ok(meta) if meta.is_dir() => return true,
            Ok(meta) if !meta.is_file() => self.fault(text, "not a regular file"),
            Ok(meta) => self.files.push((text.to_owned(), Stamp::from(&meta))),
            Err(error) => self.fault(text, &format!("cannot be read: {error}")),
        }
        false
    }

    fn fault(&mut self, file_name: &str, reason: &str) {
        self.faults.push(Fault { path: format!("{}/{file_name}", self.name), reason: reason.to_owned() });
    }
}

/// Whether a name has the extension of a format that is read.
pub(super) fn is_recording(name: &str) -> bool {
    has_extension(name, &EXTENSIONS)
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

/// Names in a folder, sorted.
pub(super) fn sorted_names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

//! What lies in a folder and the folders inside it, before anything is made of it.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;

use crate::audio::{CONVERT_HINT, EXTENSIONS, OTHER_EXTENSIONS};
use crate::dataset::names::{Meaning, meaning};
use crate::dataset::{DatasetError, Fault};

/// Folders listed at once; more than cores, because listing is waiting.
const LISTING_THREADS: usize = 8;

/// Folders inside folders that are looked into: split, speaker, word, and what lies in it.
const MAX_DEPTH: usize = 6;

/// Reason given for a name that no configuration or table could hold.
const NOT_UTF8: &str = "the name is not valid UTF-8; rename it";

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

/// A folder with all that lies in it, sorted by name.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Its own name.
    pub(super) name: String,
    /// Path relative to the dataset folder, with `/`; empty for the dataset folder itself.
    pub(super) path: String,
    /// Recordings that lie directly in it.
    pub(super) files: Vec<(String, Stamp)>,
    /// Folders that lie directly in it.
    pub(super) folders: Vec<Folder>,
    /// Sound that cannot be used, directly in it.
    pub(super) faults: Vec<Fault>,
    /// What could not be looked at: dead links, folders without permission, names of no text.
    pub(super) blocked: Vec<Fault>,
    /// Folders that archives and disks leave behind; nothing in them is looked at.
    pub(super) litter: Vec<String>,
    num_entries: usize,
}

impl Folder {
    /// Reads the dataset folder, folders in parallel, because on a network every look at a file is a wait.
    pub(super) fn read_all(root: &Path, cancel: &AtomicBool) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { path: root.to_owned(), source };
        let entries = sorted_entries(root).map_err(unreadable)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(LISTING_THREADS)
            .thread_name(|number| format!("dataset-list-{number}"))
            .build()
            .map_err(|error| DatasetError::Thread { source: io::Error::other(error) })?;
        let mut folder = Self::default();
        pool.install(|| folder.fill(root, entries, 0, cancel))?;
        Ok(folder)
    }

    fn read(path: &Path, own: Self, depth: usize, cancel: &AtomicBool) -> Result<Self, DatasetError> {
        let mut folder = own;
        if depth > MAX_DEPTH {
            folder.block(
                &folder.path.clone(),
                &format!("folders are read {MAX_DEPTH} deep; move it further up"),
            );
            return Ok(folder);
        }
        match sorted_entries(path) {
            Ok(entries) => folder.fill(path, entries, depth, cancel)?,
            Err(error) => {
                let reason =
                    format!("the folder cannot be read ({error}); allow it to be read, or remove it");
                folder.block(&folder.path.clone(), &reason);
            }
        }
        Ok(folder)
    }

    fn fill(
        &mut self,
        path: &Path,
        entries: Vec<DirEntry>,
        depth: usize,
        cancel: &AtomicBool,
    ) -> Result<(), DatasetError> {
        self.num_entries = entries.len();
        let mut inner = Vec::new();
        for entry in entries {
            if cancel.load(Ordering::Relaxed) {
                return Err(DatasetError::Cancelled);
            }
            inner.extend(self.add(&entry));
        }
        let read = inner.into_par_iter().map(|own| {
            let path = path.join(&own.name);
            Self::read(&path, own, depth + 1, cancel)
        });
        self.folders = read.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Adds a file; a folder is returned, to be read.
    fn add(&mut self, entry: &DirEntry) -> Option<Self> {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let path = self.path_of(&name.to_string_lossy());
            self.block(&path, NOT_UTF8);
            return None;
        };
        if name.starts_with('.') {
            return None;
        }
        let path = self.path_of(name);
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let is_folder = match entry.file_type() {
            Ok(kind) if !kind.is_symlink() => kind.is_dir(),
            _ => match fs::metadata(entry.path()) {
                Ok(meta) => meta.is_dir(),
                Err(error) => {
                    let fault = Fault { path, reason: link_reason(&entry.path(), &error) };
                    let list = if is_recording(name) { &mut self.faults } else { &mut self.blocked };
                    list.push(fault);
                    return None;
                }
            },
        };
        if !is_folder {
            self.add_file(name, path, &entry.path());
            return None;
        }
        if meaning(name) == Some(Meaning::Litter) {
            self.litter.push(path);
            return None;
        }
        if is_link && leads_back(&entry.path()) {
            self.block(&path, "the link leads back to a folder that it lies in; remove the link");
            return None;
        }
        Some(Self { name: name.to_owned(), path, ..Self::default() })
    }

    fn add_file(&mut self, name: &str, path: String, full: &Path) {
        let mut fault =
            |reason: &str| self.faults.push(Fault { path: path.clone(), reason: reason.to_owned() });
        if has_extension(name, &OTHER_EXTENSIONS) {
            return fault(&format!("this format is not read; {CONVERT_HINT}"));
        }
        if !is_recording(name) {
            return;
        }
        match fs::metadata(full) {
            Ok(meta) if !meta.is_file() => fault("not a regular file"),
            Ok(meta) => self.files.push((name.to_owned(), Stamp::from(&meta))),
            Err(error) => fault(&format!("cannot be read: {error}")),
        }
    }

    /// Whether nothing at all lies in it.
    pub(super) fn is_empty(&self) -> bool {
        self.num_entries == 0
    }

    /// Recordings in it and in every folder inside.
    pub(super) fn num_recordings(&self) -> usize {
        self.files.len() + self.folders.iter().map(Self::num_recordings).sum::<usize>()
    }

    /// Whether recordings, good or bad, lie directly in it.
    pub(super) fn has_sound(&self) -> bool {
        !self.files.is_empty() || !self.faults.is_empty()
    }

    /// Takes what could not be looked at out of it and every folder inside.
    pub(super) fn take_blocked(&mut self) -> Vec<Fault> {
        let mut blocked = std::mem::take(&mut self.blocked);
        self.folders.iter_mut().for_each(|folder| blocked.extend(folder.take_blocked()));
        blocked
    }

    /// Takes the names of litter out of it and every folder inside.
    pub(super) fn take_litter(&mut self) -> Vec<String> {
        let mut litter = std::mem::take(&mut self.litter);
        self.folders.iter_mut().for_each(|folder| litter.extend(folder.take_litter()));
        litter
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    fn block(&mut self, path: &str, reason: &str) {
        self.blocked.push(Fault { path: path.to_owned(), reason: reason.to_owned() });
    }
}

fn link_reason(path: &Path, error: &io::Error) -> String {
    let target = fs::read_link(path).unwrap_or_default();
    match error.kind() {
        io::ErrorKind::NotFound => format!(
            "the link leads nowhere ({}); mount the disk that it leads to, or remove it",
            target.display()
        ),
        _ => format!("the link to {} cannot be followed ({error}); mend it, or remove it", target.display()),
    }
}

/// Whether a link leads to a folder above itself, so that following it would never end.
fn leads_back(link: &Path) -> bool {
    let parent = link.parent().map(Path::canonicalize);
    match (link.canonicalize(), parent) {
        (Ok(target), Some(Ok(parent))) => parent.starts_with(target),
        _ => false,
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

fn sorted_entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

//! What lies in a dataset folder, before any recording is opened.

mod folder;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use self::folder::{FolderContents, NOT_UTF8, Stamp, is_recording, read_folders, sorted_names};
use super::digest::FieldHasher;
use super::split::{SplitLists, parse_list};
use super::{DatasetError, Fault};

/// The folder of background noise.
pub(super) const NOISE_FOLDER: &str = "_background_noise_";

/// One recording, not yet opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedFile {
    /// Folder in the dataset folder.
    pub(super) folder: String,
    /// Name in that folder.
    pub(super) name: String,
    /// Index into [`Listing::words`]; `None` for background noise.
    pub(super) word: Option<u16>,
    stamp: Stamp,
}

impl ListedFile {
    /// Path relative to the dataset folder.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }
}

/// Everything that a dataset folder offers, in order of names.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Words with at least one recording, sorted.
    pub(super) words: Vec<String>,
    /// Recordings of words, by word and name, then recordings of background noise.
    pub(super) files: Vec<ListedFile>,
    /// The list files.
    pub(super) lists: SplitLists,
    /// Files and folders that cannot be used.
    pub(super) faults: Vec<Fault>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

impl Listing {
    /// Lists a dataset folder: two levels of folders, no recording is opened. Folders are listed in parallel,
    /// because on a network every look at a file is a wait.
    pub(super) fn read(folder: &Path, cancel: &AtomicBool) -> Result<Self, DatasetError> {
        let meta = fs::metadata(folder).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => DatasetError::Missing { path: folder.to_owned() },
            _ => DatasetError::Unreadable { path: folder.to_owned(), source },
        })?;
        if !meta.is_dir() {
            return Err(DatasetError::NotFolder { path: folder.to_owned() });
        }
        let names = sorted_names(folder)
            .map_err(|source| DatasetError::Unreadable { path: folder.to_owned(), source })?;
        if names.is_empty() {
            return Err(DatasetError::Empty { path: folder.to_owned() });
        }
        let mut listing = Self { lists: read_lists(folder)?, ..Self::default() };
        let mut num_loose = 0;
        let mut folders = Vec::new();
        for name in &names {
            match name.to_str() {
                None => listing.fault(&name.to_string_lossy(), NOT_UTF8),
                Some(name) if name.starts_with('.') => {}
                Some(name) if folder.join(name).is_dir() => folders.push(name),
                Some(name) => num_loose += usize::from(is_recording(name)),
            }
        }
        for contents in read_folders(folder, &folders, cancel)? {
            if contents.is_unreadable() {
                listing.faults.extend(contents.faults);
            } else {
                listing.add_folder(contents);
            }
        }
        if listing.words.is_empty() {
            let hint = no_words_hint(folder, num_loose, &listing.faults);
            return Err(DatasetError::NoWords { hint, path: folder.to_owned() });
        }
        listing.finish(num_loose);
        Ok(listing)
    }

    /// Identifies folder and contents, without opening any recording.
    pub(super) fn key(&self, folder: &Path) -> String {
        let mut hasher = FieldHasher::new("decoded sound 1");
        hasher.bytes(folder.as_os_str().as_encoded_bytes());
        for file in &self.files {
            hasher.text(&file.folder);
            hasher.text(&file.name);
            hasher.number(file.stamp.len);
            hasher.number(file.stamp.modified_nanos);
            hasher.number(file.stamp.changed_nanos);
        }
        hasher.finish()
    }

    fn add_folder(&mut self, contents: FolderContents) {
        let FolderContents { name, files, faults, notes, .. } = contents;
        let is_noise = name == NOISE_FOLDER;
        // A word whose recordings are all faulty is still a word: its faults are listed.
        let is_word = !is_noise && (!files.is_empty() || !faults.is_empty());
        self.faults.extend(faults);
        self.notes.extend(notes);
        let Ok(word) = u16::try_from(self.words.len()) else {
            return self.fault(&name, "there are more than 65,536 words; put fewer folders into the dataset");
        };
        let files = files.into_iter().map(|(file_name, stamp)| ListedFile {
            folder: name.clone(),
            name: file_name,
            word: (!is_noise).then_some(word),
            stamp,
        });
        self.files.extend(files);
        if is_word {
            self.words.push(name);
        }
    }

    fn finish(&mut self, num_loose: usize) {
        // Noise sorts before lower-case words; clips come first so that clip ids are indices.
        let (clips, noise): (Vec<_>, Vec<_>) = self.files.drain(..).partition(|file| file.word.is_some());
        self.files = clips;
        self.files.extend(noise);
        if num_loose > 0 {
            self.notes.push(format!("{num_loose} recordings beside the word folders were not read: a recording belongs into the folder of its word."));
        }
        let keys: HashSet<String> = self.files.iter().map(list_key).collect();
        let num_unmatched = self.lists.num_unmatched(&keys);
        if num_unmatched > 0 {
            self.notes
                .push(format!("{num_unmatched} names in the list files are no recordings of this dataset."));
        }
    }

    fn fault(&mut self, path: &str, reason: &str) {
        self.faults.push(Fault { path: path.to_owned(), reason: reason.to_owned() });
    }
}

fn list_key(file: &ListedFile) -> String {
    format!("{}/{}", file.folder, super::names::stem(&file.name))
}

/// Reads both list files. A list that exists but cannot be read is an error: without it, testing clips would
/// be learnt from.
fn read_lists(folder: &Path) -> Result<SplitLists, DatasetError> {
    let read = |name: &str| {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(parse_list(&String::from_utf8_lossy(&bytes)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(DatasetError::Unreadable { path, source }),
        }
    };
    Ok(SplitLists { validation: read("validation_list.txt")?, testing: read("testing_list.txt")? })
}

fn no_words_hint(folder: &Path, num_loose: usize, faults: &[Fault]) -> String {
    if let Some(fault) = faults.first() {
        return format!("`{}`: {}", fault.path, fault.reason);
    }
    if num_loose > 0 {
        return format!(
            "its {num_loose} recordings lie directly in it: open the folder above if this is one word"
        );
    }
    let inner = sorted_names(folder).unwrap_or_default().into_iter().find(|name| {
        let inner = folder.join(name);
        let folders = sorted_names(&inner).unwrap_or_default();
        folders.iter().any(|word| holds_recordings(&inner.join(word)))
    });
    match inner {
        Some(name) => format!("open the folder `{}` in it instead", name.to_string_lossy()),
        None => "choose the folder that holds the word folders".to_owned(),
    }
}

fn holds_recordings(folder: &Path) -> bool {
    let names = sorted_names(folder).unwrap_or_default();
    names.iter().filter_map(|name| name.to_str()).any(is_recording)
}

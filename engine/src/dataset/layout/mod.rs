//! What lies in a dataset folder, before any recording is opened.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::digest::FieldHasher;
use super::split::{SplitLists, parse_list};
use super::{DatasetError, Fault};

/// The folder of background noise.
pub(super) const NOISE_FOLDER: &str = "_background_noise_";

const READ_EXTENSIONS: [&str; 6] = ["wav", "wave", "flac", "ogg", "oga", "mp3"];
const OTHER_EXTENSIONS: [&str; 11] =
    ["m4a", "mp4", "aac", "wma", "opus", "aif", "aiff", "aifc", "au", "caf", "webm"];

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

/// What changes when a file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified_nanos: u64,
    /// Time of the last change of contents or permissions, where the system knows it.
    changed_nanos: u64,
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
    /// Lists a dataset folder: two levels of folders, no recording is opened.
    pub(super) fn read(folder: &Path) -> Result<Self, DatasetError> {
        let meta = fs::metadata(folder).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => DatasetError::Missing { path: folder.to_owned() },
            _ => DatasetError::Unreadable { path: folder.to_owned(), source },
        })?;
        if !meta.is_dir() {
            return Err(DatasetError::NotFolder { path: folder.to_owned() });
        }
        let mut names = Vec::new();
        let entries = fs::read_dir(folder)
            .map_err(|source| DatasetError::Unreadable { path: folder.to_owned(), source })?;
        for entry in entries {
            let entry =
                entry.map_err(|source| DatasetError::Unreadable { path: folder.to_owned(), source })?;
            names.push(entry.file_name());
        }
        if names.is_empty() {
            return Err(DatasetError::Empty { path: folder.to_owned() });
        }
        names.sort();
        let mut listing = Self { lists: read_lists(folder)?, ..Self::default() };
        let mut num_loose = 0;
        for name in &names {
            let path = folder.join(name);
            let Some(name) = name.to_str() else {
                listing.fault(&name.to_string_lossy(), NOT_UTF8);
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                listing.add_folder(&path, name);
            } else if has_extension(name, &READ_EXTENSIONS) {
                num_loose += 1;
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

    fn add_folder(&mut self, path: &Path, name: &str) {
        let is_noise = name == NOISE_FOLDER;
        if name.starts_with('_') && !is_noise {
            self.notes.push(format!("The folder `{name}` was not read: words do not begin with `_`."));
            return;
        }
        let names = match sorted_names(path) {
            Ok(names) => names,
            Err(error) => return self.fault(name, &format!("the folder cannot be read: {error}")),
        };
        let Ok(next_word) = u16::try_from(self.words.len()) else {
            return self.fault(name, "there are more than 65,536 words; put fewer folders into the dataset");
        };
        let word = (!is_noise).then_some(next_word);
        let num_before = self.files.len();
        let num_faults_before = self.faults.len();
        let mut num_folders = 0;
        for file_name in names {
            num_folders += usize::from(self.add_file(path, name, word, &file_name));
        }
        if num_folders > 0 {
            self.notes.push(format!("{num_folders} folders inside `{name}` were not read: recordings lie directly in the folder of their word."));
        }
        // A word whose recordings are all faulty is still a word: its faults are listed.
        let has_recordings = self.files.len() > num_before || self.faults.len() > num_faults_before;
        if has_recordings && !is_noise {
            self.words.push(name.to_owned());
        } else if !has_recordings {
            self.notes.push(format!("The folder `{name}` holds no recordings."));
        }
    }

    /// Adds a file of a word folder; true when it is a folder instead.
    fn add_file(
        &mut self,
        folder: &Path,
        word_folder: &str,
        word: Option<u16>,
        name: &std::ffi::OsStr,
    ) -> bool {
        let Some(text) = name.to_str() else {
            self.fault(&format!("{word_folder}/{}", name.to_string_lossy()), NOT_UTF8);
            return false;
        };
        let path = format!("{word_folder}/{text}");
        if text.starts_with('.') {
            return false;
        }
        if has_extension(text, &OTHER_EXTENSIONS) {
            self.fault(&path, "this format is not read; convert it to WAV, FLAC, OGG Vorbis or MP3");
            return false;
        }
        if !has_extension(text, &READ_EXTENSIONS) {
            return folder.join(name).is_dir();
        }
        match fs::metadata(folder.join(name)) {
            Ok(meta) if meta.is_dir() => return true,
            Ok(meta) if !meta.is_file() => self.fault(&path, "not a regular file"),
            Ok(meta) => self.files.push(ListedFile {
                folder: word_folder.to_owned(),
                name: text.to_owned(),
                word,
                stamp: Stamp::from(&meta),
            }),
            Err(error) => self.fault(&path, &format!("cannot be read: {error}")),
        }
        false
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

const NOT_UTF8: &str = "the name is not valid UTF-8; rename it";

fn list_key(file: &ListedFile) -> String {
    format!("{}/{}", file.folder, super::names::stem(&file.name))
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

fn sorted_names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
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
    names.iter().filter_map(|name| name.to_str()).any(|name| has_extension(name, &READ_EXTENSIONS))
}

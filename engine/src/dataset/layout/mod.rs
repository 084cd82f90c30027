//! What lies in a dataset folder, before any recording is opened.

mod arrange;
mod doubts;
mod folder;
mod hint;
mod roles;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use self::arrange::{Arrangement, Part, PartWord, arrange, label_of};
use self::folder::{Folder, Stamp};
use self::roles::Role;
pub use self::roles::{FolderDoubt, FolderRemedy, FolderRoles};
use super::digest::FieldHasher;
use super::names::{composed, stem};
use super::split::{LISTS, ListText, Listable, SplitSource, match_lists};
use super::{DatasetError, Fault, Split};

/// The folder of background noise.
pub(super) const NOISE_FOLDER: &str = "_background_noise_";

/// One recording, not yet opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedFile {
    /// Folder in the dataset folder, with `/`; empty for the dataset folder itself.
    pub(super) folder: String,
    /// Name in that folder.
    pub(super) name: String,
    /// Index into [`Listing::words`]; `None` for background noise.
    pub(super) word: Option<u16>,
    /// The split that lists or folders give to it.
    pub(super) split: Option<Split>,
    /// The speaker whose folder it lies in.
    pub(super) speaker: Option<String>,
    /// Whether its label was read from its name.
    pub(super) is_labelled: bool,
    stamp: Stamp,
}

impl ListedFile {
    /// Path relative to the dataset folder.
    pub(super) fn path(&self) -> String {
        if self.folder.is_empty() { self.name.clone() } else { format!("{}/{}", self.folder, self.name) }
    }

    /// The name without a label in front.
    pub(super) fn unlabelled_name(&self) -> &str {
        match label_of(&self.name) {
            Some((_, rest)) if self.is_labelled => rest,
            _ => &self.name,
        }
    }
}

/// Everything that a dataset folder offers, in order of names.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Words with at least one recording, sorted.
    pub(super) words: Vec<String>,
    /// Recordings of words, by word and name, then recordings of background noise.
    pub(super) files: Vec<ListedFile>,
    /// Where the splits come from.
    pub(super) source: SplitSource,
    /// Files and folders that cannot be used.
    pub(super) faults: Vec<Fault>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
    /// Folders whose names mean something else than what they are read as.
    pub(super) doubts: Vec<FolderDoubt>,
    /// Whether words lie as folders directly in the dataset folder, as in Speech Commands.
    pub(super) is_plain: bool,
}

impl Listing {
    /// Lists a dataset folder; no recording is opened.
    pub(super) fn read(
        folder: &Path,
        roles: &FolderRoles,
        cancel: &AtomicBool,
    ) -> Result<Self, DatasetError> {
        let meta = fs::metadata(folder).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => DatasetError::Missing { path: folder.to_owned() },
            _ => DatasetError::Unreadable { path: folder.to_owned(), source },
        })?;
        if !meta.is_dir() {
            return Err(DatasetError::NotFolder { path: folder.to_owned() });
        }
        let mut root = Folder::read_all(folder, cancel)?;
        let mut listing = Self { faults: root.take_blocked(), ..Self::default() };
        let litter = root.take_litter();
        if root.is_empty() && listing.faults.is_empty() {
            return Err(DatasetError::Empty { path: folder.to_owned() });
        }
        let arrangement = arrange(&root, roles).ok_or_else(|| DatasetError::NoWords {
            hint: hint::no_words_hint(&root, roles, &listing.faults),
            path: folder.to_owned(),
        })?;
        listing.add_parts(&arrangement.parts, roles)?;
        for &(split, folder) in &arrangement.splits {
            listing.source.folders[split.index()].push(folder.name.clone());
        }
        listing.match_lists(folder)?;
        listing.is_plain = arrangement.is_plain();
        listing.notes = doubts::notes(&arrangement, &root, &litter, roles);
        listing.doubts = doubts::doubts(&listing, &arrangement, &root, roles);
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
            // Noise is kept at greater length; under its usual name nothing needs saying.
            if file.word.is_none() && file.folder != NOISE_FOLDER {
                hasher.text("noise");
            }
        }
        hasher.finish()
    }

    fn add_parts(&mut self, parts: &[Part], roles: &FolderRoles) -> Result<(), DatasetError> {
        let mut files: Vec<(Option<&str>, ListedFile)> = Vec::new();
        // By their composed forms, so that a copy from another system has the same order.
        let mut words: BTreeMap<(String, &str), u16> = BTreeMap::new();
        for part in parts {
            self.faults.extend(part.folder.faults.iter().cloned());
            // A word whose recordings are all faulty is still a word: its faults are listed.
            if let PartWord::Folder(word) = part.word {
                words.insert((composed(word), word), 0);
            }
            for (name, stamp) in &part.folder.files {
                let Some(word) = self.word_in(part, name, roles) else { continue };
                words.extend(word.map(|word| ((composed(word), word), 0)));
                files.push((word, listed(part, name, *stamp)));
            }
        }
        for (index, slot) in words.values_mut().enumerate() {
            *slot = u16::try_from(index).map_err(|_| DatasetError::TooManyWords)?;
        }
        for (word, file) in &mut files {
            file.word = word.and_then(|word| words.get(&(composed(word), word)).copied());
        }
        // Clips come first, so that clip ids are indices. The extension does not enter their order: the same
        // recordings in another format are the same dataset.
        files.sort_by_cached_key(|(word, file)| {
            let name = format!("{}.wav", composed(stem(&file.name)));
            (word.is_none(), file.word, composed(&file.folder), name, file.name.clone())
        });
        self.words = words.into_keys().map(|(_, word)| word.to_owned()).collect();
        self.files = files.into_iter().map(|(_, file)| file).collect();
        Ok(())
    }

    /// The word of a recording: `Some(None)` for noise, `None` where it is left out.
    fn word_in<'a>(
        &mut self,
        part: &Part<'a>,
        name: &'a str,
        roles: &FolderRoles,
    ) -> Option<Option<&'a str>> {
        match part.word {
            PartWord::Folder(word) => Some(Some(word)),
            PartWord::Noise => Some(None),
            PartWord::FileNames => match label_of(name) {
                None => {
                    let path = if part.folder.path.is_empty() {
                        name.to_owned()
                    } else {
                        format!("{}/{name}", part.folder.path)
                    };
                    let reason =
                        "the name has no label as the others have; call it LABEL.NAME, such as yes.1.wav";
                    self.faults.push(Fault { path, reason: reason.to_owned() });
                    None
                }
                Some((label, _)) => match roles.role_of(label, label) {
                    Role::Word => Some(Some(label)),
                    Role::Noise => Some(None),
                    Role::Excluded => None,
                },
            },
        }
    }

    /// Holds the recordings against the list files.
    fn match_lists(&mut self, folder: &Path) -> Result<(), DatasetError> {
        let lists = read_lists(folder)?;
        let listable: Vec<_> = self
            .files
            .iter()
            .map(|file| Listable {
                folder: &file.folder,
                word: file.word.map_or(NOISE_FOLDER, |word| &self.words[usize::from(word)]),
                file_name: &file.name,
            })
            .collect();
        let (splits, reports) = match_lists(&listable, lists);
        let num_entries: usize = reports.iter().map(|report| report.num_entries).sum();
        if num_entries > 0 && reports.iter().all(|report| report.num_found == 0) {
            return Err(DatasetError::ForeignLists {
                lists: reports.iter().map(|report| report.list).collect::<Vec<_>>().join(" and "),
                num_entries,
                example: reports.into_iter().find_map(|report| report.example).unwrap_or_default(),
                recording: self.files.first().map_or_else(String::new, ListedFile::path),
            });
        }
        for (file, listed) in self.files.iter_mut().zip(splits) {
            // The most held-out of what the lists and the folder say.
            file.split = file.split.max(listed);
        }
        self.source.lists = reports;
        Ok(())
    }

    /// Recordings of a word.
    fn num_files_of(&self, word: usize) -> usize {
        self.files.iter().filter(|file| file.word.map(usize::from) == Some(word)).count()
    }
}

fn listed(part: &Part, name: &str, stamp: Stamp) -> ListedFile {
    ListedFile {
        folder: part.folder.path.clone(),
        name: name.to_owned(),
        word: None,
        split: part.split,
        speaker: part.speaker.map(str::to_owned),
        is_labelled: part.word == PartWord::FileNames,
        stamp,
    }
}

/// Reads both list files, whatever the case of their names. A list that exists but cannot be read is an error: without
/// it, testing clips would be learnt from.
fn read_lists(folder: &Path) -> Result<[Option<ListText>; 2], DatasetError> {
    let names: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.file_name()).collect())
        .unwrap_or_default();
    let read = |list: &str| {
        let named = |exact: bool| {
            let is_list = |name: &&std::ffi::OsString| {
                name.to_str()
                    .is_some_and(|name| if exact { name == list } else { name.eq_ignore_ascii_case(list) })
            };
            names.iter().find(is_list)
        };
        let Some(name) = named(true).or_else(|| named(false)) else { return Ok(None) };
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(ListText::read(&bytes))),
            Err(source) => Err(DatasetError::Unreadable { path, source }),
        }
    };
    let [(_, validation), (_, testing)] = LISTS;
    Ok([read(validation)?, read(testing)?])
}

impl Arrangement<'_> {
    /// Whether words lie as folders directly in the dataset folder, as in Speech Commands.
    fn is_plain(&self) -> bool {
        self.splits.is_empty() && self.nesting == arrange::Nesting::Words
    }
}

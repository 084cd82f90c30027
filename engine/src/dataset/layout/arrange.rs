//! What the folders of a dataset are: words, splits, speakers, noise.
//!
//! Read are word folders; the same inside split folders (`training/yes`); speakers as folders above or below the words;
//! and labels in file names (`yes.0a7c.wav`), in split folders or beside each other. Word folders come first: a folder
//! that was ever read as words is never read as something else because of what lies beside it.

use std::collections::BTreeSet;

use super::folder::Folder;
use super::words::{is_known_word, looks_like_speaker};
use super::{FolderRoles, Role};
use crate::dataset::Split;
use crate::dataset::names::{Meaning, meaning, stem};

/// Recordings of one folder, and what they are.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub(super) folder: &'a Folder,
    pub(super) word: PartWord<'a>,
    pub(super) split: Option<Split>,
    pub(super) speaker: Option<&'a str>,
}

/// Where the word of a part is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartWord<'a> {
    /// In the name of a folder.
    Folder(&'a str),
    /// In each file name, up to the first dot.
    FileNames,
    /// Nowhere: it is background noise.
    Noise,
}

/// How the folders of a dataset lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nesting {
    /// `word/clip`.
    Words,
    /// `speaker/word/clip`.
    SpeakersAbove,
    /// `word/speaker/clip`.
    SpeakersBelow,
    /// `label.id.wav`.
    FileNames,
}

/// What was made of the folders.
#[derive(Debug, Clone)]
pub(super) struct Arrangement<'a> {
    pub(super) nesting: Nesting,
    pub(super) parts: Vec<Part<'a>>,
    /// Folders that are splits.
    pub(super) splits: Vec<(Split, &'a Folder)>,
    /// Folders with recordings that nothing was made of.
    pub(super) unread: Vec<&'a Folder>,
    /// Folders without any recording.
    pub(super) empty: Vec<&'a Folder>,
    /// Recordings beside word folders.
    pub(super) num_loose: usize,
}

/// One level at which words may lie: the dataset folder, or that of a split.
struct Level<'a> {
    split: Option<Split>,
    folder: &'a Folder,
}

/// Makes words, splits, speakers and noise of a folder; `None` when there are no words in it.
pub(super) fn arrange<'a>(root: &'a Folder, roles: &FolderRoles) -> Option<Arrangement<'a>> {
    let splits = split_folders(root, roles);
    if !splits.is_empty() {
        let levels: Vec<_> =
            splits.iter().map(|&(split, folder)| Level { split: Some(split), folder }).collect();
        if let Some(mut found) = arrange_levels(&levels, roles).filter(Arrangement::is_mostly_read) {
            let is_split = |folder: &Folder| splits.iter().any(|(_, split)| split.path == folder.path);
            let beside = root.folders.iter().filter(|folder| !is_split(folder));
            for folder in beside.filter(|folder| roles.role(folder) != Role::Excluded) {
                match roles.role(folder) {
                    Role::Noise => found.parts.push(noise_part(folder)),
                    _ if folder.num_recordings() > 0 => found.unread.push(folder),
                    _ => {}
                }
            }
            found.num_loose += root.files.len();
            found.splits = splits;
            return Some(found);
        }
    }
    arrange_levels(&[Level { split: None, folder: root }], roles)
}

/// The folders that are splits: where nothing else holds recordings, or where several of them hold folders and at most
/// one word folder lies beside them. A folder `test` among word folders is a word.
fn split_folders<'a>(root: &'a Folder, roles: &FolderRoles) -> Vec<(Split, &'a Folder)> {
    let mut splits = Vec::new();
    let (mut num_words, mut num_nested) = (0, 0);
    for folder in root.folders.iter().filter(|folder| folder.num_recordings() > 0 || folder.has_sound()) {
        match (roles.role(folder), meaning(&folder.name)) {
            (Role::Excluded | Role::Noise, _) => {}
            (_, Some(Meaning::Split(split))) => splits.push((split, folder)),
            (_, Some(Meaning::Noise | Meaning::Silence | Meaning::Unknown)) => {}
            _ if folder.has_sound() => num_words += 1,
            _ => num_nested += 1,
        }
    }
    let num_inner = |folder: &Folder| folder.num_recordings() - folder.files.len();
    let hold_folders = splits.iter().all(|(_, folder)| num_inner(folder) > folder.files.len());
    let are_several = splits.iter().any(|(split, _)| *split != splits[0].0);
    match (num_words, num_nested) {
        (0, 0) => splits,
        (0 | 1, _) if hold_folders && are_several => splits,
        _ => Vec::new(),
    }
}

fn arrange_levels<'a>(levels: &[Level<'a>], roles: &FolderRoles) -> Option<Arrangement<'a>> {
    let nesting = nesting_of(levels, roles)?;
    let mut found = Arrangement {
        nesting,
        parts: Vec::new(),
        splits: Vec::new(),
        unread: Vec::new(),
        empty: Vec::new(),
        num_loose: 0,
    };
    for level in levels {
        if nesting == Nesting::FileNames {
            let (folder, split) = (level.folder, level.split);
            found.parts.push(Part { folder, word: PartWord::FileNames, split, speaker: None });
        } else {
            found.num_loose += level.folder.files.len();
        }
        for folder in &level.folder.folders {
            found.add(folder, level.split, roles);
        }
    }
    Some(found)
}

impl<'a> Arrangement<'a> {
    /// Whether most recordings were made something of; word folders with a few folders inside are no splits.
    fn is_mostly_read(&self) -> bool {
        self.parts.iter().map(|part| part.folder.files.len()).sum::<usize>() > self.num_loose
    }

    /// Adds a folder of a level.
    fn add(&mut self, folder: &'a Folder, split: Option<Split>, roles: &FolderRoles) {
        match roles.role(folder) {
            Role::Excluded => return,
            Role::Noise => return self.parts.push(noise_part(folder)),
            Role::Word => {}
        }
        let word = PartWord::Folder(folder.name.as_str());
        match self.nesting {
            Nesting::Words if folder.has_sound() => {
                self.parts.push(Part { folder, word, split, speaker: None });
                self.unread.extend(folder.folders.iter().filter(|inner| inner.num_recordings() > 0));
            }
            Nesting::SpeakersAbove | Nesting::SpeakersBelow => {
                let outer = folder;
                for folder in outer.folders.iter().filter(|inner| roles.role(inner) != Role::Excluded) {
                    let (word, speaker) = match self.nesting {
                        Nesting::SpeakersAbove if roles.role(folder) == Role::Noise => {
                            (PartWord::Noise, None)
                        }
                        Nesting::SpeakersAbove => (PartWord::Folder(&folder.name), Some(outer.name.as_str())),
                        _ => (word, Some(folder.name.as_str())),
                    };
                    if folder.has_sound() {
                        self.parts.push(Part { folder, word, split, speaker });
                    }
                    self.unread.extend(folder.folders.iter().filter(|inner| inner.num_recordings() > 0));
                }
            }
            _ if folder.num_recordings() > 0 => self.unread.push(folder),
            _ => self.empty.push(folder),
        }
    }
}

fn noise_part(folder: &Folder) -> Part<'_> {
    Part { folder, word: PartWord::Noise, split: None, speaker: None }
}

fn nesting_of(levels: &[Level], roles: &FolderRoles) -> Option<Nesting> {
    let is_word = |folder: &&Folder| roles.role(folder) == Role::Word;
    let outer = || levels.iter().flat_map(|level| &level.folder.folders).filter(is_word);
    if outer().any(|folder| folder.has_sound()) {
        return Some(Nesting::Words);
    }
    let pairs: Vec<(&str, &str)> = outer()
        .flat_map(|outer| outer.folders.iter().map(move |inner| (outer, inner)))
        .filter(|(_, inner)| inner.has_sound() && roles.role(inner) != Role::Excluded)
        .map(|(outer, inner)| (outer.name.as_str(), inner.name.as_str()))
        .collect();
    if !pairs.is_empty() {
        return nesting_of_pairs(&pairs);
    }
    has_labels(levels).then_some(Nesting::FileNames)
}

/// Which of two levels of folders are the speakers. `None` where a single folder lies above: it is only a wrapper.
fn nesting_of_pairs(pairs: &[(&str, &str)]) -> Option<Nesting> {
    let outer: BTreeSet<&str> = pairs.iter().map(|(outer, _)| *outer).collect();
    let inner: BTreeSet<&str> = pairs.iter().map(|(_, inner)| *inner).collect();
    if outer.len() < 2 {
        return None;
    }
    let share = |names: &BTreeSet<&str>, has: fn(&str) -> bool| {
        names.iter().filter(|name| has(name)).count() as f64 / names.len() as f64
    };
    let starts_large = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
    let signs = [
        share(&inner, is_known_word) - share(&outer, is_known_word),
        share(&outer, looks_like_speaker) - share(&inner, looks_like_speaker),
        share(&outer, starts_large) - share(&inner, starts_large),
        // There are more voices than words in most datasets.
        outer.len() as f64 - inner.len() as f64,
    ];
    let decided = signs.into_iter().find(|&sign| sign != 0.0).unwrap_or(0.0);
    Some(if decided > 0.0 { Nesting::SpeakersAbove } else { Nesting::SpeakersBelow })
}

/// The label in a file name `label.id.wav`, and the rest of the name.
pub(super) fn label_of(file_name: &str) -> Option<(&str, &str)> {
    stem(file_name).split_once('.').filter(|(label, id)| !label.trim().is_empty() && !id.is_empty())?;
    file_name.split_once('.')
}

/// Whether file names carry labels: nearly all do, there are several labels, and labels come again.
fn has_labels(levels: &[Level]) -> bool {
    let names: Vec<&str> =
        levels.iter().flat_map(|level| &level.folder.files).map(|(name, _)| name.as_str()).collect();
    let labels: Vec<&str> = names.iter().filter_map(|name| Some(label_of(name)?.0)).collect();
    let different: BTreeSet<&str> = labels.iter().copied().collect();
    different.len() >= 2 && different.len() < labels.len() && labels.len() * 10 >= names.len() * 9
}

//! Which split a clip belongs to: lists where the dataset has them, the published hash otherwise, and never
//! one speaker in two splits.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use super::Split;
use super::names::{self, SpeakerRule};

/// Share of speakers that the published rule gives to validation, and as many to testing, in percent.
const HELD_OUT_PERCENT: f64 = 10.0;

/// The split of the published rule: with `h = sha1(name) mod 2^27`, `h * 100 / (2^27 - 1)` below 10 is
/// validation, below 20 testing, else training. Source: `which_set` of the Speech Commands tutorial.
pub(super) fn published_split(name: &str) -> Split {
    let full = Sha1::digest(name.as_bytes());
    let last = full.iter().skip(16).fold(0u32, |value, &byte| value << 8 | u32::from(byte));
    let percent = f64::from(last % (1 << 27)) * 100.0 / f64::from((1 << 27) - 1);
    if percent < HELD_OUT_PERCENT {
        Split::Valid
    } else if percent < 2.0 * HELD_OUT_PERCENT {
        Split::Test
    } else {
        Split::Train
    }
}

/// The names in `validation_list.txt` and `testing_list.txt`, as `word/stem`; absent where there is no list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SplitLists {
    pub(super) validation: Option<HashSet<String>>,
    pub(super) testing: Option<HashSet<String>>,
}

/// The names of one list. Either slash, any extension, blank lines and comment lines are accepted.
pub(super) fn parse_list(text: &str) -> HashSet<String> {
    text.lines()
        .map(|line| line.trim().trim_start_matches('\u{feff}').replace('\\', "/"))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.trim_start_matches("./").rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/{}", names::stem(name)),
            None => names::stem(&line).to_owned(),
        })
        .collect()
}

impl SplitLists {
    fn exist(&self) -> bool {
        self.validation.is_some() || self.testing.is_some()
    }

    /// The split that the lists give to a clip; `None` where a missing list leaves it open.
    fn split_of(&self, key: &str) -> Option<Split> {
        let lists_it = |list: &Option<HashSet<String>>| list.as_ref().is_some_and(|list| list.contains(key));
        if lists_it(&self.testing) {
            Some(Split::Test)
        } else if lists_it(&self.validation) {
            Some(Split::Valid)
        } else {
            (self.testing.is_some() && self.validation.is_some()).then_some(Split::Train)
        }
    }

    /// The split of a clip that one missing list leaves open: the hash may fill the missing split only.
    fn split_left_open(&self, name: &str) -> Split {
        match published_split(name) {
            Split::Valid if self.validation.is_none() => Split::Valid,
            Split::Test if self.testing.is_none() => Split::Test,
            _ => Split::Train,
        }
    }

    /// Listed names that are no file of the dataset.
    pub(super) fn num_unmatched(&self, keys: &HashSet<String>) -> usize {
        let lists = self.validation.iter().chain(&self.testing);
        lists.flat_map(|list| list.iter()).filter(|name| !keys.contains(*name)).count()
    }
}

/// A clip to be assigned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    /// Index of its word.
    pub(super) word: u16,
    /// Folder of its word.
    pub(super) folder: &'a str,
    /// File name in that folder.
    pub(super) file_name: &'a str,
}

impl Named<'_> {
    /// How lists name it: `word/stem`.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.folder, names::stem(self.file_name))
    }
}

/// Speakers and splits of all clips, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignment {
    /// Speaker; empty where the name does not say.
    pub(super) speakers: Vec<Arc<str>>,
    /// Split.
    pub(super) splits: Vec<Split>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

/// Assigns every clip. Clips of one speaker always end in one split.
pub(super) fn assign(clips: &[Named], lists: &SplitLists) -> Assignment {
    let files: Vec<_> = clips.iter().map(|clip| (clip.word, clip.file_name)).collect();
    let (found, rule) = names::speakers(&files);
    let mut notes = Vec::new();
    let hashed = |i: usize| found[i].unwrap_or(clips[i].file_name);
    let mut splits: Vec<Split> = if lists.exist() {
        let listed = |(i, clip): (usize, &Named)| {
            lists.split_of(&clip.key()).unwrap_or_else(|| lists.split_left_open(hashed(i)))
        };
        clips.iter().enumerate().map(listed).collect()
    } else {
        (0..clips.len()).map(|i| published_split(hashed(i))).collect()
    };
    notes.push(rule_note(lists).to_owned());
    let leaks = leaking_speakers(&found, &splits);
    if !leaks.is_empty() {
        let repaired: Vec<_> = (0..clips.len())
            .map(|i| found[i].and_then(|speaker| leaks.get(speaker)).map_or(splits[i], strictest))
            .collect();
        let lists_are_usable = keeps_enough_training(&splits, &repaired);
        notes.push(leak_note(&leaks, lists_are_usable));
        splits = if lists_are_usable {
            repaired
        } else {
            (0..clips.len()).map(|i| published_split(hashed(i))).collect()
        };
    }
    notes.extend(speaker_note(rule, found.iter().filter(|speaker| speaker.is_none()).count(), clips.len()));
    let mut known: HashMap<&str, Arc<str>> = HashMap::new();
    let nobody: Arc<str> = Arc::from("");
    let speakers: Vec<_> = found
        .iter()
        .map(|speaker| {
            speaker
                .map_or(nobody.clone(), |name| known.entry(name).or_insert_with(|| Arc::from(name)).clone())
        })
        .collect();
    if known.len() == 1 && found.iter().all(Option::is_some) {
        notes.push(ONE_SPEAKER_NOTE.to_owned());
    }
    Assignment { speakers, splits, notes }
}

const ONE_SPEAKER_NOTE: &str = "All clips are by one speaker, so all are in one split and nothing can be trained: add \
    recordings of other speakers, or take `_nohash_` out of the file names to split clip by clip (accuracy then says \
    nothing about other voices).";

fn rule_note(lists: &SplitLists) -> &'static str {
    match (&lists.validation, &lists.testing) {
        (Some(_), Some(_)) => "Splits follow validation_list.txt and testing_list.txt.",
        (Some(_), None) => {
            "Splits follow validation_list.txt; testing_list.txt is missing, so a tenth of the other speakers is for testing, chosen by the published hash."
        }
        (None, Some(_)) => {
            "Splits follow testing_list.txt; validation_list.txt is missing, so a tenth of the other speakers is for validation, chosen by the published hash."
        }
        (None, None) => {
            "There are no list files: splits follow the published hash of the name (a tenth each for validation and testing)."
        }
    }
}

fn speaker_note(rule: SpeakerRule, num_unknown: usize, num_clips: usize) -> Option<String> {
    match rule {
        SpeakerRule::Published => None,
        SpeakerRule::NamePart(0) => {
            Some("Speakers are read from the file names: the part before the first `_` or `-`.".to_owned())
        }
        SpeakerRule::NamePart(_) => {
            Some("Speakers are read from the file names: the second part between `_` or `-`.".to_owned())
        }
        SpeakerRule::None => Some(format!(
            "The names of {num_unknown} of {num_clips} clips do not say who speaks: these are split one by one, and a \
             speaker may be in several splits. Name files SPEAKER_nohash_NUMBER.wav to keep speakers apart."
        )),
    }
}

/// Clips per split of every speaker in more than one split.
fn leaking_speakers<'a>(speakers: &[Option<&'a str>], splits: &[Split]) -> BTreeMap<&'a str, [usize; 3]> {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (speaker, split) in speakers.iter().zip(splits) {
        if let Some(speaker) = speaker {
            counts.entry(speaker).or_default()[split.index()] += 1;
        }
    }
    counts.retain(|_, counts| counts.iter().filter(|&&count| count > 0).count() > 1);
    counts
}

/// Where a leaking speaker goes: testing before validation, so that nothing listed as held out is learnt from.
fn strictest(counts: &[usize; 3]) -> Split {
    if counts[Split::Test.index()] > 0 { Split::Test } else { Split::Valid }
}

/// Whether moving the leaking speakers leaves at least half of the training clips.
fn keeps_enough_training(listed: &[Split], repaired: &[Split]) -> bool {
    let num_training = |splits: &[Split]| splits.iter().filter(|&&split| split == Split::Train).count();
    num_training(repaired) * 2 >= num_training(listed)
}

fn leak_note(leaks: &BTreeMap<&str, [usize; 3]>, lists_are_usable: bool) -> String {
    let shown: Vec<_> = leaks
        .iter()
        .take(5)
        .map(|(speaker, [train, valid, test])| {
            format!("{speaker} (training {train}, validation {valid}, testing {test})")
        })
        .collect();
    let more = if leaks.len() > shown.len() { ", ..." } else { "" };
    let cure = if lists_are_usable {
        "all clips of such a speaker were moved to testing, or to validation when testing does not name it"
    } else {
        "keeping to the lists would leave less than half of the training clips, so they were ignored and every \
         speaker was assigned by the published hash"
    };
    format!(
        "The lists leak {} of their speakers into several splits: {}{more}; {cure}.",
        leaks.len(),
        shown.join(", ")
    )
}

#[cfg(test)]
mod tests;

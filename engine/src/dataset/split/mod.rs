//! Which split a clip belongs to: lists where the dataset has them, the published hash otherwise, and never
//! one speaker in two splits.

mod copies;
mod lists;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use super::Split;
use super::names::{self, SpeakerRule};

pub(super) use copies::{CopyCure, keep_copies_together};
pub use lists::held_out;
pub(super) use lists::{LISTS, ListReport, ListText, Listable, match_lists};

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

/// What decides over the splits before the published hash does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SplitSource {
    /// What became of the list files that exist.
    pub(super) lists: Vec<ListReport>,
    /// Folders that are splits, by split.
    pub(super) folders: [Vec<String>; 3],
}

impl SplitSource {
    fn has_folders(&self) -> bool {
        self.folders.iter().any(|names| !names.is_empty())
    }

    fn list(&self, split: Split) -> Option<&ListReport> {
        self.lists.iter().find(|report| report.split == split)
    }

    /// Whether lists or folders say which clips are in a held-out split.
    fn gives(&self, split: Split) -> bool {
        !self.folders[split.index()].is_empty() || self.list(split).is_some()
    }

    fn is_hash(&self) -> bool {
        self.lists.is_empty() && !self.has_folders()
    }

    /// The split of a clip that is not held out by name: the hash may fill a split that nothing gives.
    fn split_left_open(&self, name: &str) -> Split {
        match published_split(name) {
            held_out @ (Split::Valid | Split::Test) if !self.gives(held_out) => held_out,
            _ => Split::Train,
        }
    }

    fn split_of(&self, given: Option<Split>, name: &str) -> Split {
        match given {
            Some(held_out @ (Split::Valid | Split::Test)) => held_out,
            _ if self.is_hash() => published_split(name),
            _ => self.split_left_open(name),
        }
    }
}

/// A clip to be assigned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    /// Index of its word.
    pub(super) word: u16,
    /// File name without the label, where it carries one.
    pub(super) file_name: &'a str,
    /// What the hash is taken of where no speaker is known.
    pub(super) hash_name: &'a str,
    /// The split that lists or folders give to it.
    pub(super) given: Option<Split>,
    /// The speaker whose folder it lies in.
    pub(super) speaker: Option<&'a str>,
    /// Whether its label was read from the file name.
    pub(super) is_labelled: bool,
}

/// The name that the published rule hashes where it knows no speaker: that of the WAV file, whatever the format
/// here, so that the same recordings in another format are split alike.
pub(super) fn hash_name(file_name: &str) -> String {
    format!("{}.wav", names::stem(file_name))
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
pub(super) fn assign(clips: &[Named], source: &SplitSource) -> Assignment {
    let (found, rule) = speakers(clips);
    let hashed = |i: usize| found[i].unwrap_or(clips[i].hash_name);
    let mut splits: Vec<Split> =
        clips.iter().enumerate().map(|(i, clip)| source.split_of(clip.given, hashed(i))).collect();
    let mut notes = source_notes(source);
    let leaks = leaking_speakers(&found, &splits);
    if !leaks.is_empty() {
        let repaired: Vec<_> = (0..clips.len())
            .map(|i| found[i].and_then(|speaker| leaks.get(speaker)).map_or(splits[i], strictest))
            .collect();
        let cure = match (keeps_enough_training(&splits, &repaired), source.has_folders()) {
            (true, _) => LeakCure::Moved,
            (false, true) => LeakCure::None,
            (false, false) => LeakCure::Hashed,
        };
        notes.push(leak_note(&leaks, source, cure));
        splits = match cure {
            LeakCure::Moved => repaired,
            LeakCure::Hashed => (0..clips.len()).map(|i| published_split(hashed(i))).collect(),
            LeakCure::None => splits,
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

/// The speaker of every clip: its folder, else what the file names say.
fn speakers<'a>(clips: &[Named<'a>]) -> (Vec<Option<&'a str>>, SpeakerRule) {
    if clips.iter().all(|clip| clip.speaker.is_some()) {
        return (clips.iter().map(|clip| clip.speaker).collect(), SpeakerRule::Folder);
    }
    let files: Vec<_> = clips.iter().map(|clip| (clip.word, clip.file_name)).collect();
    let (mut found, mut rule) = names::speakers(&files);
    if rule == SpeakerRule::None
        && clips.iter().all(|clip| clip.is_labelled)
        && let Some(behind) = names::speakers_behind_labels(&files)
    {
        (found, rule) = (behind, SpeakerRule::AfterLabel);
    }
    for (found, clip) in found.iter_mut().zip(clips) {
        *found = clip.speaker.or(*found);
    }
    (found, rule)
}

const ONE_SPEAKER_NOTE: &str = "All clips are by one speaker, so all are in one split and nothing can be trained: add \
    recordings of other speakers, or take `_nohash_` out of the file names to split clip by clip (accuracy then says \
    nothing about other voices).";

/// Where the splits come from, and which names of the lists are no recordings.
fn source_notes(source: &SplitSource) -> Vec<String> {
    let mut notes = Vec::new();
    if source.is_hash() {
        notes.push("There are no list files: splits follow the published hash of the name (a tenth each for validation and testing).".to_owned());
    }
    if source.has_folders() {
        let names: Vec<_> = source.folders.iter().flatten().map(|name| format!("`{name}`")).collect();
        let folders = if names.len() == 1 { "folder" } else { "folders" };
        notes.push(format!("Splits follow the {folders} {}.{}", and(&names), left_open(source)));
    }
    let followed = |report: &&ListReport| report.num_found > 0 || report.num_entries == 0;
    let lists: Vec<_> = source.lists.iter().filter(followed).map(|report| report.list.to_owned()).collect();
    if !lists.is_empty() && !source.has_folders() {
        notes.push(format!("Splits follow {}{}.", and(&lists), left_open_by_lists(source)));
    } else if !lists.is_empty() {
        notes.push(format!("What {} name is held out as well.", and(&lists)));
    }
    notes.extend(source.lists.iter().filter_map(unfound_note));
    notes
}

fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn left_open(source: &SplitSource) -> String {
    let open: Vec<_> =
        [Split::Valid, Split::Test].into_iter().filter(|&split| !source.gives(split)).collect();
    if source.folders[Split::Train.index()].is_empty() || open.is_empty() {
        return String::new();
    }
    let names: Vec<_> = open.iter().map(|split| split.name().to_owned()).collect();
    let names = and(&names);
    let share = if open.len() == 1 { "a tenth" } else { "a tenth each" };
    format!(
        " There is no folder for {names}, so {share} of the training clips is for {names}, chosen by the published hash."
    )
}

fn left_open_by_lists(source: &SplitSource) -> String {
    let open = LISTS.into_iter().find(|&(split, _)| !source.gives(split));
    open.map_or_else(String::new, |(split, list)| {
        let name = split.name();
        format!("; {list} is missing, so a tenth of the other speakers is for {name}, chosen by the published hash")
    })
}

/// What a list names in vain.
fn unfound_note(report: &ListReport) -> Option<String> {
    let ListReport { list, num_entries, num_found, num_missing, num_foreign, example, .. } = report;
    let example = example.as_ref()?;
    let split = report.split.name();
    if *num_found == 0 {
        return Some(format!(
            "None of the {num_entries} names in {list} is a recording of this dataset, for example `{example}`: nothing is held \
             out for {split} by it. Mend the list, or remove it to split by the published hash."
        ));
    }
    Some(match num_missing {
        0 => format!(
            "{num_foreign} of the {num_entries} names in {list} are of words that this dataset does not have, for example `{example}`."
        ),
        _ => format!(
            "{} of the {num_entries} names in {list} are no recordings of this dataset; for {num_missing} of them the word is \
             there and the file is not, for example `{example}`: check that no recording was renamed, or it is no longer held \
             out for {split}.",
            num_missing + num_foreign
        ),
    })
}

fn speaker_note(rule: SpeakerRule, num_unknown: usize, num_clips: usize) -> Option<String> {
    match rule {
        SpeakerRule::Published | SpeakerRule::Folder => None,
        SpeakerRule::NamePart(0) => {
            Some("Speakers are read from the file names: the part before the first `_` or `-`.".to_owned())
        }
        SpeakerRule::NamePart(_) => {
            Some("Speakers are read from the file names: the second part between `_` or `-`.".to_owned())
        }
        SpeakerRule::AfterLabel => {
            Some("Speakers are read from the file names: the part behind the label.".to_owned())
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

/// What is done about speakers in several splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeakCure {
    /// All clips of such a speaker go to the most held-out of its splits.
    Moved,
    /// Lists are ignored.
    Hashed,
    /// Folders are followed all the same.
    None,
}

fn leak_note(leaks: &BTreeMap<&str, [usize; 3]>, source: &SplitSource, cure: LeakCure) -> String {
    let shown: Vec<_> = leaks
        .iter()
        .take(5)
        .map(|(speaker, [train, valid, test])| {
            format!("{speaker} (training {train}, validation {valid}, testing {test})")
        })
        .collect();
    let more = if leaks.len() > shown.len() { ", ..." } else { "" };
    let who = if source.has_folders() { "split folders" } else { "lists" };
    let cure = match cure {
        LeakCure::Moved => {
            "all clips of such a speaker were moved to testing, or to validation when testing does not name it"
        }
        LeakCure::Hashed => {
            "keeping to the lists would leave less than half of the training clips, so they were ignored and every \
             speaker was assigned by the published hash"
        }
        LeakCure::None => {
            "moving them would leave less than half of the training clips, so the folders are followed, and testing hears \
             voices that were trained on"
        }
    };
    format!(
        "The {who} leak {} of their speakers into several splits: {}{more}; {cure}.",
        leaks.len(),
        shown.join(", ")
    )
}

#[cfg(test)]
mod tests;

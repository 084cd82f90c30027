//! Whether a dataset can teach a task, and what to do when it cannot.

use std::collections::HashSet;

use super::{SILENCE, Task};
use crate::dataset::{Dataset, DatasetError, Split, names};
use crate::settings::DataConfig;

/// Fewer clips than this of a word in a split are worth a note.
const FEW_CLIPS: usize = 10;

fn task_error(problem: String, remedy: impl Into<String>) -> DatasetError {
    DatasetError::Task { problem, remedy: remedy.into() }
}

/// The target words are words of the dataset, each once.
pub(super) fn check_words(dataset: &Dataset, data: &DataConfig) -> Result<(), DatasetError> {
    if data.words.is_empty() {
        return Err(task_error("there are no target words".into(), "name at least one in data.words"));
    }
    if let [word] = dataset.words() {
        let problem =
            format!("the dataset holds a single word, `{word}`, and one word cannot be told from others");
        return Err(task_error(problem, "add folders with recordings of other words"));
    }
    let mut seen = HashSet::new();
    for word in &data.words {
        if names::meaning(word).is_some_and(names::Meaning::is_label) {
            let problem = format!("`{word}` is a label of its own and cannot be a target word");
            return Err(task_error(problem, "take it out of data.words"));
        }
        if !seen.insert(names::normal(word)) {
            return Err(task_error(
                format!("the target word `{word}` is given twice"),
                "name it once in data.words",
            ));
        }
    }
    match missing_words(dataset, data).first() {
        Some(word) => Err(no_such_word(dataset, word)),
        None => Ok(()),
    }
}

/// Target words of which the dataset has no recordings.
fn missing_words<'a>(dataset: &Dataset, data: &'a DataConfig) -> Vec<&'a str> {
    let found = names::target_of_words(dataset.words(), &data.words);
    let is_missing = |&(target, _): &(usize, &String)| !found.contains(&Some(target));
    data.words.iter().enumerate().filter(is_missing).map(|(_, word)| word.as_str()).collect()
}

fn no_such_word(dataset: &Dataset, word: &str) -> DatasetError {
    let words = dataset.words();
    let near = names::nearest(word, words.iter().map(String::as_str));
    let quoted = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let remedy = if near.is_empty() {
        let all: Vec<_> = words.iter().take(40).map(String::as_str).collect();
        let more = if words.len() > all.len() { ", ..." } else { "" };
        format!("choose data.words among {}{more}", quoted(&all))
    } else {
        format!("did you mean {}?", quoted(&near))
    };
    DatasetError::NoSuchWord { word: word.to_owned(), remedy }
}

/// Every target word can be learnt, and every split measures something.
pub(super) fn check_splits(dataset: &Dataset, task: &Task) -> Result<(), DatasetError> {
    for split in Split::ALL {
        if task.examples(split).iter().all(|example| example.label <= super::UNKNOWN) {
            let problem = format!("the {} split has no clips of the target words", split.name());
            return Err(task_error(problem, empty_split_remedy(dataset)));
        }
    }
    let counts = label_counts(task, Split::Train);
    let untaught = task.labels.iter().zip(&counts).skip(2).find(|&(_, &count)| count == 0);
    match untaught {
        None => Ok(()),
        Some((word, _)) => {
            let problem = format!("the target word `{word}` has no training clips");
            Err(task_error(problem, "add recordings of it by other speakers, or take it out of data.words"))
        }
    }
}

fn empty_split_remedy(dataset: &Dataset) -> String {
    let speakers: HashSet<_> = dataset.clips().iter().map(|clip| &clip.speaker).collect();
    if speakers.len() == 1 && speakers.iter().all(|speaker| !speaker.is_empty()) {
        return "all clips are by one speaker and a speaker is never in two splits: add recordings of others, or take \
                `_nohash_` out of the file names to split clip by clip"
            .to_owned();
    }
    "add recordings of more speakers, or name whole speakers in validation_list.txt and testing_list.txt"
        .to_owned()
}

/// An evaluation needs at least one of the words.
pub(super) fn check_any_word(dataset: &Dataset, data: &DataConfig) -> Result<(), DatasetError> {
    if missing_words(dataset, data).len() < data.words.len() {
        return Ok(());
    }
    let problem = format!("the dataset has none of the {} target words", data.words.len());
    Err(task_error(problem, "evaluate on a dataset with a folder for at least one of them"))
}

pub(super) fn missing_words_note(dataset: &Dataset, data: &DataConfig) -> Option<String> {
    let missing = missing_words(dataset, data);
    (!missing.is_empty()).then(|| format!("The dataset has no recordings of {}.", missing.join(", ")))
}

/// Words that are taught as unknown although they differ from a target word in case alone, and target words that are
/// found under another spelling.
pub(super) fn near_words_notes(dataset: &Dataset, data: &DataConfig) -> Vec<String> {
    let found = names::target_of_words(dataset.words(), &data.words);
    let mut notes = Vec::new();
    for (word, found) in dataset.words().iter().zip(found) {
        match found.map(|target| &data.words[target]) {
            Some(target) if target != word => {
                notes.push(format!("The recordings in {word:?} are taught as the target word {target:?}."));
            }
            Some(_) => {}
            None if names::own_label(word).is_some() => {}
            None => notes.extend(
                data.words.iter().find(|target| names::folded(target) == names::folded(word)).map(|target| {
                    format!(
                        "`{word}` is taught as unknown: it differs from the target word `{target}` in case."
                    )
                }),
            ),
        }
    }
    notes
}

/// Words with so few clips that their accuracy means little.
pub(super) fn thin_words_notes(task: &Task) -> Vec<String> {
    let mut notes = Vec::new();
    for split in Split::ALL {
        let counts = label_counts(task, split);
        let thin: Vec<_> = (task.labels.iter().zip(&counts).enumerate())
            .filter(|&(label, (_, &count))| label != SILENCE && count < FEW_CLIPS)
            .map(|(_, (word, count))| format!("{word} ({count})"))
            .collect();
        if !thin.is_empty() {
            notes.push(format!("Few {} clips: {}.", split.name(), thin.join(", ")));
        }
    }
    notes
}

fn label_counts(task: &Task, split: Split) -> Vec<usize> {
    let mut counts = vec![0; task.labels.len()];
    for example in task.examples(split) {
        counts[example.label] += 1;
    }
    counts
}

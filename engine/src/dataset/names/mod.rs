//! What names say: speakers in file names, folders that are no words, words that look alike.

mod meaning;
mod normal;

pub use meaning::own_label;
pub(super) use meaning::{Meaning, meaning};
pub use normal::target_of_words;
pub(super) use normal::{composed, folded, normal, unquoted};

use std::collections::{HashMap, HashSet};

/// How the speaker of a clip is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpeakerRule {
    /// `SPEAKER_nohash_N`, as in Speech Commands.
    Published,
    /// The part of the name at this place, between `_` or `-`, told the speakers apart.
    NamePart(usize),
    /// All of the name behind the label in it told the speakers apart.
    AfterLabel,
    /// The folder inside or above that of the word.
    Folder,
    /// Names say nothing about speakers.
    None,
}

/// Name without its extension.
pub(super) fn stem(file_name: &str) -> &str {
    match file_name.rfind('.') {
        Some(dot) if dot > 0 => &file_name[..dot],
        _ => file_name,
    }
}

/// The speaker in a name of the published form `SPEAKER_nohash_N`.
pub(super) fn published_speaker(file_name: &str) -> Option<&str> {
    file_name.split_once("_nohash_").map(|(speaker, _)| speaker).filter(|speaker| !speaker.is_empty())
}

/// The speaker of every file, given as (word, file name); `None` where the name does not say.
///
/// Names of the published form name their speaker. The other names are looked at together: if their first
/// part (before `_` or `-`), or else their second one, holds letters and is shared between words as speakers
/// are (at least three different values, four of five of them in more than one word), it is the speaker.
pub(super) fn speakers<'a>(files: &[(u16, &'a str)]) -> (Vec<Option<&'a str>>, SpeakerRule) {
    let mut found: Vec<_> = files.iter().map(|(_, name)| published_speaker(name)).collect();
    let other: Vec<usize> = (0..files.len()).filter(|&i| found[i].is_none()).collect();
    if other.is_empty() {
        return (found, SpeakerRule::Published);
    }
    for place in 0..2 {
        let parts: Option<Vec<_>> =
            other.iter().map(|&i| Some((files[i].0, name_part(files[i].1, place)?))).collect();
        if let Some(parts) = parts.filter(|parts| look_like_speakers(parts)) {
            for (&i, (_, speaker)) in other.iter().zip(parts) {
                found[i] = Some(speaker);
            }
            return (found, SpeakerRule::NamePart(place));
        }
    }
    (found, SpeakerRule::None)
}

/// The speakers of files named `label.speaker.wav`, given without their labels: all that is left of the name, where it
/// is shared between words as speakers are.
pub(super) fn speakers_behind_labels<'a>(files: &[(u16, &'a str)]) -> Option<Vec<Option<&'a str>>> {
    let stems: Vec<_> = files.iter().map(|&(word, name)| (word, stem(name))).collect();
    let num_with_letters = stems.iter().filter(|(_, stem)| stem.chars().any(char::is_alphabetic)).count();
    // Bare numbers count takes.
    let are_speakers = num_with_letters * 2 > stems.len() && look_like_speakers(&stems);
    are_speakers.then(|| stems.into_iter().map(|(_, stem)| Some(stem)).collect())
}

/// Part number `place` of a name of several parts; it must hold a letter, because bare numbers often count takes.
fn name_part(file_name: &str, place: usize) -> Option<&str> {
    let mut parts = stem(file_name).split(['_', '-']);
    let part = parts.nth(place).filter(|part| !part.is_empty())?;
    parts.next()?;
    part.chars().any(char::is_alphabetic).then_some(part)
}

fn look_like_speakers(parts: &[(u16, &str)]) -> bool {
    let mut words: HashMap<&str, HashSet<u16>> = HashMap::new();
    for &(word, part) in parts {
        words.entry(part).or_default().insert(word);
    }
    let shared = words.values().filter(|words| words.len() > 1).count();
    words.len() >= 3 && words.len() < parts.len() && shared * 5 >= words.len() * 4
}

/// Up to three of `candidates` that a person may have meant by `word`, best first.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let limit = (wanted.chars().count() / 2).clamp(1, 3);
    let mut near: Vec<_> = candidates
        .into_iter()
        .map(|candidate| (edit_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Levenshtein distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_names_name_their_speaker() {
        let files = [(0, "0132a06d_nohash_2.wav"), (1, "bob_nohash_0.flac")];
        let (found, rule) = speakers(&files);
        assert_eq!(found, [Some("0132a06d"), Some("bob")]);
        assert_eq!(rule, SpeakerRule::Published);
        assert_eq!(published_speaker("_nohash_1.wav"), None);
    }

    #[test]
    fn a_first_part_shared_between_words_is_the_speaker() {
        let files = [
            (0, "anna_1.wav"),
            (1, "anna_2.wav"),
            (0, "bob_1.wav"),
            (1, "bob_7.wav"),
            (0, "cy_1.wav"),
            (1, "cy_2.wav"),
        ];
        let (found, rule) = speakers(&files);
        assert_eq!(rule, SpeakerRule::NamePart(0));
        assert_eq!(found[3], Some("bob"));
    }

    #[test]
    fn a_word_in_front_of_the_speaker_is_passed_over() {
        let names: Vec<String> = ["zero", "one"]
            .iter()
            .flat_map(|word| ["jackson", "theo", "lucas"].map(|speaker| format!("{word}_{speaker}_0.wav")))
            .collect();
        let files: Vec<_> =
            names.iter().enumerate().map(|(i, name)| ((i / 3) as u16, name.as_str())).collect();
        let (found, rule) = speakers(&files);
        assert_eq!(rule, SpeakerRule::NamePart(1));
        assert_eq!(found[4], Some("theo"));
    }

    #[test]
    fn counted_names_say_nothing() {
        let files = [
            (0, "yes_001.wav"),
            (0, "yes_002.wav"),
            (1, "no_001.wav"),
            (1, "no_002.wav"),
            (2, "up_001.wav"),
            (2, "up_002.wav"),
        ];
        let (found, rule) = speakers(&files);
        assert_eq!(rule, SpeakerRule::None);
        assert!(found.iter().all(Option::is_none));
        assert_eq!(speakers(&[(0, "clip.wav"), (1, "other.wav")]).1, SpeakerRule::None);
    }

    #[test]
    fn the_nearest_words_are_offered() {
        assert_eq!(nearest("Yess", ["yes", "no", "left"]), ["yes"]);
        assert_eq!(nearest("rihgt", ["right", "night", "up"]), ["right"]);
        assert!(nearest("marvin", ["yes", "no"]).is_empty());
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn stems_lose_one_extension() {
        assert_eq!(stem("a.b.wav"), "a.b");
        assert_eq!(stem("plain"), "plain");
        assert_eq!(stem(".hidden"), ".hidden");
    }
}

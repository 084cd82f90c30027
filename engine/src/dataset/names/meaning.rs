//! What the name of a folder says that it holds, where that is something else than the recordings of a word.

use super::normal::folded;
use crate::dataset::Split;

/// What a folder is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// One split of a dataset: `training`, `val`, `Test`.
    Split(Split),
    /// Background noise: `background_noise`, `Noise`.
    Noise,
    /// Recordings without any word: `silence`, `_silence_`.
    Silence,
    /// Recordings of words that are told from none: `unknown`, `_unknown_`.
    Unknown,
    /// What archives and disks leave behind: `__MACOSX`, `@eaDir`.
    Litter,
}

impl Meaning {
    /// Whether such a folder carries a label that every task has.
    pub(crate) fn is_label(self) -> bool {
        matches!(self, Self::Silence | Self::Unknown)
    }
}

/// The label that every task has and that a folder of this name carries, such as `silence` for `_silence_`; `None` for
/// a word.
pub fn own_label(folder: &str) -> Option<&'static str> {
    match meaning(folder) {
        Some(Meaning::Silence) => Some("silence"),
        Some(Meaning::Unknown) => Some("unknown"),
        _ => None,
    }
}

const TRAIN: [&str; 3] = ["train", "training", "trn"];
const VALID: [&str; 6] = ["val", "valid", "validation", "validate", "dev", "development"];
const TEST: [&str; 7] = ["test", "testing", "tests", "tst", "eval", "evaluation", "heldout"];
/// Endings that say nothing: `train_set`, `TestData`.
const ENDINGS: [&str; 7] = ["set", "data", "split", "folder", "clips", "audio", "files"];
const NOISE: [&str; 8] = [
    "noise",
    "noises",
    "backgroundnoise",
    "backgroundnoises",
    "bgnoise",
    "background",
    "backgrounds",
    "noisebackground",
];
const LITTER: [&str; 14] = [
    "__macosx",
    "@eadir",
    "@tmp",
    "@recycle",
    "@sharebin",
    "#recycle",
    "#snapshot",
    "lost+found",
    "$recycle.bin",
    "recycler",
    "system volume information",
    "found.000",
    "__pycache__",
    ".ds_store",
];

/// What the name of a folder means, in any case and with any of the usual decorations; `None` for a word.
pub(crate) fn meaning(name: &str) -> Option<Meaning> {
    let name = folded(name);
    if LITTER.contains(&name.as_str()) {
        return Some(Meaning::Litter);
    }
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).collect();
    match bare.as_str() {
        "silence" => return Some(Meaning::Silence),
        "unknown" => return Some(Meaning::Unknown),
        bare if NOISE.contains(&bare) => return Some(Meaning::Noise),
        _ => {}
    }
    let mut parts = ENDINGS.iter().filter_map(|ending| bare.strip_suffix(ending)).chain([bare.as_str()]);
    parts.find_map(split_named).map(Meaning::Split)
}

fn split_named(bare: &str) -> Option<Split> {
    let tables = [(&TRAIN[..], Split::Train), (&VALID[..], Split::Valid), (&TEST[..], Split::Test)];
    tables.into_iter().find(|(names, _)| names.contains(&bare)).map(|(_, split)| split)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_splits_noise_labels_and_litter_in_any_spelling() {
        for (names, expected) in [
            (&["training", "Train", "TRAIN_SET", "train-data", "_train_"][..], Meaning::Split(Split::Train)),
            (&["val", "Valid", "validation", "DEV", "devset"], Meaning::Split(Split::Valid)),
            (&["test", "Testing", "test_set", "eval", "held-out"], Meaning::Split(Split::Test)),
            (&["_background_noise_", "Background Noise", "noise", "_NOISE_", "background"], Meaning::Noise),
            (&["silence", "_silence_", "Silence", "silence "], Meaning::Silence),
            (&["unknown", "_unknown_", "UNKNOWN"], Meaning::Unknown),
            (&["__MACOSX", "@eaDir", "lost+found", "$RECYCLE.BIN"], Meaning::Litter),
        ] {
            for name in names {
                assert_eq!(meaning(name), Some(expected), "{name}");
            }
        }
        for word in ["yes", "backward", "tree", "learn", "set", "data", "contest", "devil", "stop", ""] {
            assert_eq!(meaning(word), None, "{word}");
        }
    }
}

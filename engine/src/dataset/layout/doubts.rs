//! What a person should know about the folders of a dataset.

use std::collections::BTreeMap;

use super::arrange::{Arrangement, Nesting, PartWord};
use super::folder::Folder;
use super::roles::is_set_aside;
use super::{FolderDoubt, FolderRemedy, FolderRoles, Listing, NOISE_FOLDER};
use crate::dataset::names::{Meaning, composed, folded, meaning, normal};

/// Names shown in one note.
const SHOWN: usize = 5;

fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > shown.len() { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn folders(count: usize) -> &'static str {
    if count == 1 { "folder" } else { "folders" }
}

/// How the folders were read, and which were not.
pub(super) fn notes(
    found: &Arrangement,
    root: &Folder,
    litter: &[String],
    roles: &FolderRoles,
) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(nesting_note(found));
    let aside: Vec<&str> =
        levels(found, root).map(|folder| folder.name.as_str()).filter(|name| is_set_aside(name)).collect();
    notes.extend(
        aside
            .iter()
            .filter(|name| meaning(name) != Some(Meaning::Noise))
            .map(|name| format!("The folder `{name}` was not read: words do not begin with `_`.")),
    );
    if !litter.is_empty() {
        let names = quoted(litter.iter().map(String::as_str));
        notes.push(format!("Not read, because archives and disks leave it behind: {names}."));
    }
    if !found.unread.is_empty() {
        notes.push(unread_note(&found.unread));
    }
    notes.extend(
        found.empty.iter().map(|folder| format!("The folder `{}` holds no recordings.", folder.path)),
    );
    if found.num_loose > 0 {
        let count = found.num_loose;
        notes.push(format!("{count} recordings beside the word folders were not read: a recording belongs into the folder of its word."));
    }
    notes.extend(role_notes(root, roles));
    notes
}

/// Folders in which words may lie: those of the dataset folder, or of its splits.
fn levels<'a>(found: &Arrangement<'a>, root: &'a Folder) -> impl Iterator<Item = &'a Folder> {
    let inner: Vec<_> = found.splits.iter().flat_map(|(_, split)| &split.folders).collect();
    root.folders.iter().chain(inner)
}

fn nesting_note(found: &Arrangement) -> Option<String> {
    let part = found.parts.iter().find(|part| part.word != PartWord::Noise)?;
    let (PartWord::Folder(word), Some(speaker)) = (part.word, part.speaker) else {
        let labels = "Words are read from the file names: all up to the first dot.";
        return (found.nesting == Nesting::FileNames).then(|| labels.to_owned());
    };
    let path = &part.folder.path;
    Some(format!(
        "Speakers are read from the folders: `{path}` is taken for the word `{word}` by the speaker `{speaker}`."
    ))
}

fn unread_note(unread: &[&Folder]) -> String {
    let num_recordings: usize = unread.iter().map(|folder| folder.num_recordings()).sum();
    let names = quoted(unread.iter().map(|folder| folder.path.as_str()));
    format!(
        "{num_recordings} recordings in {} {} were not read: {names}. Recordings lie directly in the folder of their word; move \
         them there to have them read.",
        unread.len(),
        folders(unread.len())
    )
}

/// What settings leave out, and what they name in vain.
fn role_notes(root: &Folder, roles: &FolderRoles) -> Vec<String> {
    let mut notes = Vec::new();
    if !roles.exclude.is_empty() {
        let names = quoted(roles.exclude.iter().map(String::as_str));
        notes.push(format!("Left out, as data.exclude says: {names}."));
    }
    for (key, names) in [("data.noise", &roles.noise), ("data.exclude", &roles.exclude)] {
        for name in names.iter().filter(|name| !has_folder(root, &composed(name.trim_end_matches('/')))) {
            notes.push(format!("{key} names `{name}`, which is no folder and no label of this dataset."));
        }
    }
    notes
}

fn has_folder(folder: &Folder, name: &str) -> bool {
    let has_label = || {
        let labels = folder.files.iter().filter_map(|(file, _)| super::label_of(file));
        labels.into_iter().any(|(label, _)| composed(label) == name)
    };
    has_label()
        || folder.folders.iter().any(|inner| {
            composed(&inner.name) == name || composed(&inner.path) == name || has_folder(inner, name)
        })
}

/// Folders that are read as words, or not at all, while their names mean something else.
pub(super) fn doubts(
    listing: &Listing,
    found: &Arrangement,
    root: &Folder,
    roles: &FolderRoles,
) -> Vec<FolderDoubt> {
    use FolderRemedy::{LeaveOut, UseAsNoise};
    let mut doubts = Vec::new();
    for word in &listing.words {
        let count =
            |what: &str| format!("The folder `{word}` is taught as a word, but its name means {what}.");
        match meaning(word) {
            Some(Meaning::Noise) => {
                doubts.push(FolderDoubt::new(word, &count("background noise"), &[UseAsNoise, LeaveOut]));
            }
            Some(Meaning::Split(split)) => {
                let text = count(&format!("the {} split", split.name()));
                let text = format!("{text} Put word folders into it to have it read as that split.");
                doubts.push(FolderDoubt::new(word, &text, &[LeaveOut]));
            }
            _ => {}
        }
    }
    let is_listed =
        |folder: &Folder| roles.exclude.contains(&folder.name) || roles.noise.contains(&folder.name);
    for folder in levels(found, root).filter(|folder| folder.num_recordings() > 0 && !is_listed(folder)) {
        let is_unread =
            is_set_aside(&folder.name) || found.unread.iter().any(|unread| unread.path == folder.path);
        match meaning(&folder.name) {
            Some(Meaning::Noise) if is_unread && folded(&folder.name) != NOISE_FOLDER => {
                let text =
                    format!("The folder `{}` was not read; its name means background noise.", folder.path);
                doubts.push(FolderDoubt::new(&folder.path, &text, &[UseAsNoise]));
            }
            Some(Meaning::Split(split)) if is_unread && found.is_plain() => {
                let text = format!(
                    "The folder `{}` looks like the {} split and was not read, because word folders lie beside it. Put them into \
                     split folders of their own, or open a folder without them.",
                    folder.path,
                    split.name()
                );
                doubts.push(FolderDoubt::new(&folder.path, &text, &[LeaveOut]));
            }
            _ => {}
        }
    }
    doubts.extend(twins(listing));
    doubts
}

/// Words that differ in case or blanks only.
fn twins(listing: &Listing) -> Vec<FolderDoubt> {
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, word) in listing.words.iter().enumerate() {
        if !meaning(word).is_some_and(Meaning::is_label) {
            alike.entry(folded(word)).or_default().push(index);
        }
    }
    let mut doubts = Vec::new();
    for mut group in alike.into_values().filter(|group| group.len() > 1) {
        // The one that is most likely meant: in small letters, else with most recordings.
        group.sort_by_key(|&word| {
            let is_plain = folded(&listing.words[word]) == listing.words[word];
            std::cmp::Reverse((is_plain, listing.num_files_of(word)))
        });
        let main = &listing.words[group[0]];
        for other in group[1..].iter().map(|&word| &listing.words[word]) {
            let text = match normal(other) == normal(main) {
                true => format!(
                    "The folders {main:?} and {other:?} differ only in blanks or Unicode form: both are taught as the word `{}`.",
                    normal(main)
                ),
                false => format!(
                    "The folders `{main}` and `{other}` differ only in case or blanks, and each is a word of its own: with the \
                     target word `{main}`, `{other}` is taught as unknown."
                ),
            };
            // Settings name folders in Unicode NFC, where these two would be one.
            let can_be_told = composed(other) != composed(main);
            let remedies: &[_] = if can_be_told { &[FolderRemedy::LeaveOut] } else { &[] };
            doubts.push(FolderDoubt::new(other, &text, remedies));
        }
    }
    doubts
}

//! A dataset from what was listed and what could be decoded.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{MAX_CLIP_SECS, OpenOptions};
use crate::audio::SAMPLE_RATE_HZ;
use crate::dataset::clips::{Background, Clip, Earlier};
use crate::dataset::digest::{Digest, FieldHasher};
use crate::dataset::layout::{ListedFile, Listing};
use crate::dataset::names::{composed, own_label, stem};
use crate::dataset::split::{
    Assignment, CopyCure, Named, SplitSource, assign, hash_name, keep_copies_together,
};
use crate::dataset::store::{Outcome, Store, Stored};
use crate::dataset::{Dataset, DatasetError, Fault, Split};

/// Puts together what was listed and what could be decoded.
pub(super) fn assemble(
    folder: PathBuf,
    listing: Listing,
    outcomes: Vec<Outcome>,
    store: Store,
    options: &OpenOptions,
) -> Result<Dataset, DatasetError> {
    let mut faults = listing.faults.clone();
    let mut readable: Vec<(usize, &ListedFile, Stored)> = Vec::new();
    for (recording, (file, outcome)) in listing.files.iter().zip(outcomes).enumerate() {
        match outcome {
            Outcome::Stored(stored) => readable.push((recording, file, stored)),
            Outcome::Faulty(reason) => faults.push(Fault { path: file.path(), reason }),
        }
    }
    faults.sort_by(|a, b| a.path.cmp(&b.path));
    faults.dedup();
    let (clips, noise): (Vec<_>, Vec<_>) = readable.into_iter().partition(|(_, file, _)| file.word.is_some());
    if clips.is_empty() {
        let first = faults.first().cloned().unwrap_or(Fault { path: String::new(), reason: String::new() });
        let num_faults = faults.len();
        return Err(DatasetError::NoClips {
            num_faults,
            first: first.path,
            reason: first.reason,
            path: folder,
        });
    }
    let copies = copies(&clips, &store);
    let names: Vec<_> = clips.iter().map(|(_, file, _)| Spelling::now(file)).collect();
    let mut assignment = assign_as(&names, &clips, &listing.source);
    let (num_leaking, cure) = keep_copies_together(&mut assignment, &copies);
    let clips = make_clips(&clips, &assignment);
    let background: Vec<_> = noise
        .iter()
        .map(|&(recording, file, stored)| Background { path: file.path(), stored, recording })
        .collect();
    let splits: Vec<_> = clips.iter().map(|clip| clip.split).collect();
    let fingerprint = fingerprint(&listing.words, &clips, &background);
    let earlier = listing.is_plain.then(|| earlier(&listing, &clips, &background)).flatten();
    let earlier = earlier.filter(|earlier| earlier.fingerprint != fingerprint || earlier.splits != splits);
    let mut notes = assignment.notes;
    notes.extend(copy_notes(&copies, (num_leaking, cure), &clips, &listing.words));
    notes.extend(label_notes(&listing.words));
    notes.extend(listing.doubts.iter().map(|doubt| doubt.text.clone()));
    notes.extend(listing.notes);
    notes.extend(content_notes(&listing.words, &clips, &background));
    Ok(Dataset {
        folder,
        is_demo: false,
        words: listing.words,
        clips,
        background,
        faults,
        notes,
        doubts: listing.doubts,
        roles: options.roles.clone(),
        fingerprint,
        earlier,
        store,
        cache: options.cache.clone(),
    })
}

/// A recording with its place in the store.
type Readable<'a> = (usize, &'a ListedFile, Stored);

/// How names are spelt where speakers and hashes are taken from them.
struct Spelling {
    file_name: String,
    hash_name: String,
    speaker: Option<String>,
}

impl Spelling {
    /// In Unicode NFC, without what depends on the file format.
    fn now(file: &ListedFile) -> Self {
        Self {
            file_name: composed(file.unlabelled_name()),
            hash_name: hash_name(&composed(&file.name)),
            speaker: file.speaker.as_deref().map(composed),
        }
    }

    /// As versions before this rule did: with the extension.
    fn before(file_name: &str) -> Self {
        Self { file_name: file_name.to_owned(), hash_name: file_name.to_owned(), speaker: None }
    }
}

fn assign_as(names: &[Spelling], clips: &[Readable], source: &SplitSource) -> Assignment {
    let named: Vec<_> = names
        .iter()
        .zip(clips)
        .map(|(spelling, (_, file, _))| Named {
            word: file.word.unwrap_or(0),
            file_name: &spelling.file_name,
            hash_name: &spelling.hash_name,
            given: file.split,
            speaker: spelling.speaker.as_deref(),
            is_labelled: file.is_labelled,
        })
        .collect();
    assign(&named, source)
}

fn make_clips(clips: &[(usize, &ListedFile, Stored)], assignment: &Assignment) -> Vec<Clip> {
    let assigned = assignment.splits.iter().zip(&assignment.speakers);
    clips
        .iter()
        .zip(assigned)
        .map(|(&(recording, file, stored), (&split, speaker))| Clip {
            path: file.path(),
            word: file.word.unwrap_or(0),
            split,
            speaker: Arc::clone(speaker),
            stored,
            recording,
        })
        .collect()
}

/// Clips of the same sound, in groups; recordings without any sound are not looked at, because they are alike anyway.
fn copies(clips: &[Readable], store: &Store) -> Vec<Vec<usize>> {
    let mut by_digest: HashMap<Digest, Vec<usize>> = HashMap::with_capacity(clips.len());
    for (index, (_, _, stored)) in clips.iter().enumerate() {
        by_digest.entry(stored.digest).or_default().push(index);
    }
    let mut bytes = Vec::new();
    let mut has_sound = |group: &Vec<usize>| {
        let (recording, _, stored) = &clips[group[0]];
        let read = store.read(*recording, stored, 0, stored.num_samples, &mut bytes);
        // A cache that cannot be read says nothing about the sound.
        read.is_err() || bytes.as_chunks::<2>().0.windows(2).any(|pair| pair[0] != pair[1])
    };
    let mut groups: Vec<_> =
        by_digest.into_values().filter(|group| group.len() > 1 && has_sound(group)).collect();
    groups.sort_unstable();
    groups
}

/// How many recordings are there more than once, where they lay, and which of them have two labels.
fn copy_notes(
    groups: &[Vec<usize>],
    (num_leaking, cure): (usize, CopyCure),
    clips: &[Clip],
    words: &[String],
) -> Vec<String> {
    let Some(example) = groups.first() else { return Vec::new() };
    let num_files: usize = groups.iter().map(Vec::len).sum();
    let pair =
        |group: &[usize]| format!("`{}` and `{}`", clips[group[0]].path, clips[group[group.len() - 1]].path);
    let moved = "of them lay in more than one split, and all copies were moved to the most held-out one";
    let cure = match (num_leaking, cure) {
        (0, _) => "all copies of each are in one split".to_owned(),
        (leaking, CopyCure::WithSpeakers) => format!("{leaking} {moved}, with the clips of their speakers"),
        (leaking, CopyCure::Alone) => format!("{leaking} {moved}"),
        (leaking, CopyCure::Left) => format!(
            "{leaking} of them lie in more than one split, so what is tested is also trained on. Moving them would leave \
             too little to train on: remove the copies"
        ),
    };
    let mut notes = vec![format!(
        "{} there more than once ({num_files} files), for example {}: {cure}.",
        count(groups.len(), "recording is", "recordings are"),
        pair(example)
    )];
    let is_torn = |group: &&Vec<usize>| group.iter().any(|&clip| clips[clip].word != clips[group[0]].word);
    let torn: Vec<_> = groups.iter().filter(is_torn).collect();
    if let Some(example) = torn.first() {
        let word = |clip: usize| &words[usize::from(clips[clip].word)];
        let (first, last) = (example[0], example[example.len() - 1]);
        notes.push(format!(
            "{} under different words, for example {} (`{}` and `{}`): one of the labels is wrong. Remove the wrong copies.",
            count(torn.len(), "recording stands", "recordings stand"),
            pair(example),
            word(first),
            word(last)
        ));
    }
    notes
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Folders that carry a label of every task.
fn label_notes(words: &[String]) -> Vec<String> {
    let labels = words.iter().filter_map(|word| {
        let label = own_label(word)?;
        Some(format!("The recordings in `{word}` carry the label {label}; `{word}` cannot be a target word."))
    });
    labels.collect()
}

/// What the dataset was before extensions, Unicode forms and copies were looked at, so that what was made of it then is
/// known again.
fn earlier(listing: &Listing, clips: &[Clip], background: &[Background]) -> Option<Earlier> {
    let word = |clip: &Clip| &listing.words[usize::from(clip.word)];
    let mut order: Vec<usize> = (0..clips.len()).collect();
    order.sort_by(|&a, &b| (word(&clips[a]), &clips[a].path).cmp(&(word(&clips[b]), &clips[b].path)));
    let files: Vec<_> =
        order.iter().map(|&clip| listing.files.get(clips[clip].recording)).collect::<Option<_>>()?;
    let names: Vec<_> = files.iter().map(|file| Spelling::before(&file.name)).collect();
    let readable: Vec<_> =
        files.iter().zip(&order).map(|(&file, &clip)| (0, file, clips[clip].stored)).collect();
    let assignment = assign_as(&names, &readable, &listing.source);
    let spelt = |name: &str| name.to_owned();
    let in_order = order.iter().zip(&assignment.splits).map(|(&clip, &split)| (&clips[clip], split));
    let fingerprint = fingerprint_of(&listing.words, in_order, background, spelt);
    let mut splits = vec![Split::Train; clips.len()];
    for (&clip, &split) in order.iter().zip(&assignment.splits) {
        splits[clip] = split;
    }
    Some(Earlier { fingerprint, splits })
}

/// What the contents themselves call for saying.
pub(in crate::dataset) fn content_notes(
    words: &[String],
    clips: &[Clip],
    background: &[Background],
) -> Vec<String> {
    let mut notes = Vec::new();
    if let [word] = words {
        notes.push(format!(
            "There is a single word, `{word}`: training needs at least two words to tell apart."
        ));
    }
    let num_cut =
        clips.iter().filter(|clip| clip.stored.num_samples == MAX_CLIP_SECS * SAMPLE_RATE_HZ).count();
    if num_cut > 0 {
        notes.push(format!("{num_cut} clips last a minute or more; only their first minute is kept."));
    }
    notes.extend(crate::dataset::sound::notes(clips, background));
    if background.is_empty() {
        notes.push(
            "There is no _background_noise_ folder: silence is made from quiet synthetic noise.".to_owned(),
        );
    }
    notes
}

/// Hash of words, names, splits and samples. Neither extensions nor Unicode forms enter: a decoded copy on another
/// system is the same dataset.
pub(in crate::dataset) fn fingerprint(words: &[String], clips: &[Clip], background: &[Background]) -> String {
    fingerprint_of(words, clips.iter().map(|clip| (clip, clip.split)), background, composed)
}

fn fingerprint_of<'a>(
    words: &[String],
    clips: impl Iterator<Item = (&'a Clip, Split)>,
    background: &[Background],
    spelt: fn(&str) -> String,
) -> String {
    let mut hasher = FieldHasher::new("dataset 1");
    for (clip, split) in clips {
        hasher.text(&spelt(&words[usize::from(clip.word)]));
        hasher.text(&spelt(stem(&clip.path)));
        hasher.number(split.index() as u64);
        hasher.bytes(&clip.stored.digest);
    }
    for noise in background {
        hasher.text(&spelt(stem(&noise.path)));
        hasher.bytes(&noise.stored.digest);
    }
    hasher.finish()
}

/// Clips per word, in the order of words; used by views and tests of tasks.
pub(in crate::dataset) fn counts_per_word(words: &[String], clips: &[Clip]) -> HashMap<u16, [usize; 3]> {
    let mut counts: HashMap<u16, [usize; 3]> = (0..words.len()).map(|word| (word as u16, [0; 3])).collect();
    for clip in clips {
        counts.entry(clip.word).or_default()[clip.split.index()] += 1;
    }
    counts
}

//! The demo dataset inside the program: synthetic voices, for whoever has no recordings at hand.
//!
//! It is stored as a few long Ogg Vorbis streams and a table that says which stretch is which clip. Opened, it
//! is a dataset like any other; exported, it is a folder in Speech Commands layout that opens as the same one.

mod assets;
mod table;
#[cfg(test)]
mod tests;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use self::assets::Assets;
use self::table::{DemoRow, parse_table};
use super::clips::{Background, Clip};
use super::digest::FieldHasher;
use super::layout::NOISE_FOLDER;
use super::open::{
    Decoded, content_notes, fingerprint, quantise, remove_older, reopen, threads_or_all, write_store,
};
use super::store::{Outcome, Store, Stored};
use super::{Dataset, DatasetError, FolderRoles, OpenOptions};
use crate::audio::Quality;

/// First part of the cache file's name.
const GROUP: &str = "demo";

impl Dataset {
    /// Opens the demo dataset that is part of the program. The first time its streams are decoded into the
    /// cache; `progress(done, total)` counts clips.
    ///
    /// # Errors
    /// A cache that cannot be written, [`DatasetError::Cancelled`], or [`DatasetError::Demo`] when the program
    /// file is damaged.
    pub fn open_demo(
        options: &OpenOptions,
        progress: &dyn Fn(u64, u64),
        cancel: &AtomicBool,
    ) -> Result<Self, DatasetError> {
        open_assets(assets::built_in(), options, progress, cancel)
    }
}

fn demo_error(reason: impl Into<String>) -> DatasetError {
    DatasetError::Demo { reason: reason.into() }
}

fn open_assets(
    assets: &Assets,
    options: &OpenOptions,
    progress: &dyn Fn(u64, u64),
    cancel: &AtomicBool,
) -> Result<Dataset, DatasetError> {
    let rows = parse_table(assets.table).map_err(demo_error)?;
    let key = key(assets);
    let path = options.store_path(GROUP, &key);
    let total = rows.len() as u64;
    progress(0, total);
    let (store, outcomes) = match Store::open(&path, &key) {
        Some(opened) => opened,
        None => {
            decode_all(assets, &rows, &path, &key, options.threads, progress, cancel)?;
            remove_older(&path, GROUP);
            reopen(&path, &key)?
        }
    };
    if cancel.load(Ordering::Relaxed) {
        return Err(DatasetError::Cancelled);
    }
    progress(total, total);
    assemble(rows, outcomes, store, options)
}

/// Identifies the assets by their contents.
fn key(assets: &Assets) -> String {
    let mut hasher = FieldHasher::new("demo dataset 1");
    hasher.text(assets.table);
    for (name, bytes) in assets.streams {
        hasher.text(name);
        hasher.bytes(bytes);
    }
    hasher.finish()
}

/// A stream once it is decoded, or why it cannot be.
type Stream = OnceLock<Result<Vec<i16>, String>>;

/// Decodes all streams, each on one of a few named threads, and writes their clips as soon as each is there: the table
/// goes through the streams in their order, so that the first clips are written while later streams are decoded.
fn decode_all(
    assets: &Assets,
    rows: &[DemoRow],
    path: &Path,
    key: &str,
    threads: usize,
    progress: &dyn Fn(u64, u64),
    cancel: &AtomicBool,
) -> Result<(), DatasetError> {
    let streams: Vec<Stream> = assets.streams.iter().map(|_| Stream::new()).collect();
    // The table's order, which is not that of the assets.
    let first_use = |name: &str| rows.iter().position(|row| row.file == name).unwrap_or(rows.len());
    let mut order: Vec<usize> = (0..streams.len()).collect();
    order.sort_by_key(|&index| first_use(assets.streams[index].0));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            // Set in any case, since somebody waits for it.
            streams[index].get_or_init(|| decode_stream(assets.streams[index], cancel));
        }
    };
    thread::scope(|scope| {
        for number in 0..threads_or_all(threads).min(streams.len()) {
            let thread = thread::Builder::new().name(format!("demo-read-{number}"));
            thread.spawn_scoped(scope, work).map_err(|source| DatasetError::Thread { source })?;
        }
        let cut = |index: usize| cut_clip(&rows[index], assets, &streams);
        write_store(path, key, rows.len(), &cut, 1, progress, cancel)
    })
}

/// The samples of a stream, or in words why there are none.
fn decode_stream(
    (name, bytes): (&'static str, &'static [u8]),
    cancel: &AtomicBool,
) -> Result<Vec<i16>, String> {
    if cancel.load(Ordering::Relaxed) {
        return Err("it was given up".to_owned());
    }
    let decoded = catch_unwind(|| crate::audio::decode_bytes(bytes, Path::new(name)));
    let decoded = decoded.map_err(|_| "its decoder failed".to_owned())?;
    decoded.map(|samples| quantise(&samples)).map_err(|error| error.to_string())
}

/// The samples of one row.
fn cut_clip(row: &DemoRow, assets: &Assets, streams: &[Stream]) -> Result<Decoded, String> {
    let stream = assets.streams.iter().position(|(name, _)| *name == row.file);
    let stream = stream.ok_or_else(|| format!("there is no stream {}", row.file))?;
    // The scope of the decoders keeps this from waiting for a stream that nobody decodes.
    let decoded = streams[stream].wait().as_ref().map_err(String::clone)?;
    let samples = decoded.get(row.start_sample..row.start_sample + row.num_samples);
    let samples = samples.ok_or_else(|| format!("the stream {} is too short", row.file))?.to_vec();
    let quality = Quality::of_codes(&samples);
    Ok(Decoded { samples, quality })
}

fn assemble(
    rows: Vec<DemoRow>,
    outcomes: Vec<Outcome>,
    store: Store,
    options: &OpenOptions,
) -> Result<Dataset, DatasetError> {
    let mut words: Vec<String> =
        rows.iter().filter(|row| !row.is_noise()).map(|row| row.word.clone()).collect();
    words.sort();
    words.dedup();
    let mut clips = Vec::new();
    let mut background = Vec::new();
    for (recording, (row, outcome)) in rows.iter().zip(outcomes).enumerate() {
        let stored = match outcome {
            Outcome::Stored(stored) => stored,
            Outcome::Faulty(reason) => return Err(demo_error(format!("{}: {reason}", row.path))),
        };
        match words.binary_search(&row.word) {
            Ok(word) => clips.push(make_clip(row, word as u16, stored, recording)),
            Err(_) => background.push(Background { path: row.path.clone(), stored, recording }),
        }
    }
    // The order in which the exported folder lists them.
    clips.sort_by(|a, b| (a.word, &a.path).cmp(&(b.word, &b.path)));
    background.sort_by(|a, b| a.path.cmp(&b.path));
    let fingerprint = fingerprint(&words, &clips, &background);
    let mut notes = vec!["The built-in demo dataset: synthetic voices only. Networks trained on it hear real voices less well.".to_owned()];
    notes.extend(content_notes(&words, &clips, &background));
    Ok(Dataset {
        folder: PathBuf::new(),
        is_demo: true,
        words,
        clips,
        background,
        faults: Vec::new(),
        notes,
        doubts: Vec::new(),
        roles: FolderRoles::default(),
        fingerprint,
        earlier: None,
        store,
        cache: options.cache.clone(),
    })
}

fn make_clip(row: &DemoRow, word: u16, stored: Stored, recording: usize) -> Clip {
    let speaker = Arc::from(row.speaker.as_str());
    Clip { path: row.path.clone(), word, split: row.split, speaker, stored, recording }
}

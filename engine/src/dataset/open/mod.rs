//! Opening a dataset folder: list, decode once in parallel, then read from the cache.

mod assemble;

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use self::assemble::assemble;
pub(super) use self::assemble::{content_notes, counts_per_word, fingerprint};
use super::digest::FieldHasher;
use super::layout::{FolderRoles, Listing};
use super::store::{Outcome, Store, StoreWriter};
use super::{Dataset, DatasetError, cache, default_cache_folder};
use crate::audio::{Quality, SAMPLE_RATE_HZ};
use crate::settings::SampleScale;

/// Longest part of a clip that is kept, in seconds.
const MAX_CLIP_SECS: u32 = 60;
/// Longest part of a recording of background noise that is kept, in seconds.
const MAX_NOISE_SECS: u32 = 600;
/// Most decoded sound kept for datasets that are not open, in bytes.
const MAX_CACHE_BYTES: u64 = 12 << 30;
/// Decoded recordings that may wait for the writer.
const WAITING: usize = 32;

/// How a dataset is read.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Folder for decoded sound and computed inputs.
    pub cache: PathBuf,
    /// Decoding threads; 0 takes all cores.
    pub threads: usize,
    /// Folders that are something else than words.
    pub roles: FolderRoles,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { cache: default_cache_folder(), threads: 0, roles: FolderRoles::default() }
    }
}

impl OpenOptions {
    pub(super) fn store_path(&self, group: &str, key: &str) -> PathBuf {
        self.cache.join("pcm").join(format!("{group}-{key}.pcm"))
    }
}

impl Dataset {
    /// Opens a folder of word folders: Speech Commands layout, or any folder with one sub-folder of
    /// recordings per word; the same inside split folders; speakers as folders above or below the words; or labels in
    /// file names (`label.id.wav`).
    ///
    /// The first time every recording is decoded into one cache file, in parallel; later the folder is only
    /// listed. `progress(done, total)` is called from this thread as recordings are done. At most the first
    /// minute of a clip and the first ten minutes of a noise recording are kept.
    ///
    /// Splits follow folders, `validation_list.txt` and `testing_list.txt` (names in them are compared in one normal
    /// form), otherwise the published hash of the speaker. A speaker is never in two splits, nor are copies of one
    /// recording; lists or folders that say otherwise are reported in [`Self::notes`]. A recording that cannot be read
    /// is reported in [`Self::faults`].
    ///
    /// # Errors
    /// No such folder, no word folders, lists of other recordings, not one readable recording, a cache that cannot be
    /// written, or [`DatasetError::Cancelled`] once `cancel` is set.
    pub fn open(
        folder: &Path,
        options: &OpenOptions,
        progress: &dyn Fn(u64, u64),
        cancel: &AtomicBool,
    ) -> Result<Self, DatasetError> {
        let listing = Listing::read(folder, &options.roles, cancel)?;
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        // The way a person names the folder is kept for showing; links are followed only to know it again.
        let resolved = absolute.canonicalize().unwrap_or_else(|_| absolute.clone());
        let key = scaled_key(listing.key(&resolved), options.roles.scale);
        let group = group_of(&resolved);
        let path = options.store_path(&group, &key);
        let total = listing.files.len() as u64;
        let (store, outcomes) = match Store::open(&path, &key) {
            Some(opened) => opened,
            None => {
                decode_all(folder, &listing, &path, &key, options, progress, cancel)?;
                remove_older(&path, &group);
                reopen(&path, &key)?
            }
        };
        if cancel.load(Ordering::Relaxed) {
            return Err(DatasetError::Cancelled);
        }
        progress(total, total);
        assemble(absolute, listing, outcomes, store, options)
    }
}

/// The key of what is decoded with a scale: as it always was for samples as they are.
fn scaled_key(key: String, scale: SampleScale) -> String {
    match scale {
        SampleScale::AsIs => key,
        SampleScale::Integers => {
            let mut hasher = FieldHasher::new("samples on an integer scale 1");
            hasher.text(&key);
            hasher.finish()
        }
    }
}

/// Opens what was just written.
pub(super) fn reopen(path: &Path, key: &str) -> Result<(Store, Vec<Outcome>), DatasetError> {
    Store::open(path, key).ok_or_else(|| {
        let source = io::Error::new(io::ErrorKind::InvalidData, "what was written could not be read back");
        DatasetError::Cache { path: path.to_owned(), source }
    })
}

/// Part of the cache file's name that stays when the contents of the folder change.
fn group_of(folder: &Path) -> String {
    let mut hasher = FieldHasher::new("folder");
    hasher.bytes(folder.as_os_str().as_encoded_bytes());
    hasher.finish().chars().take(12).collect()
}

/// Removes what was decoded from earlier contents of the same folder, and what was not used for long.
pub(super) fn remove_older(path: &Path, group: &str) {
    let Some(folder) = path.parent() else { return };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_of_group = entry.file_name().to_str().is_some_and(|name| name.starts_with(group));
        if is_of_group && entry.path() != path {
            // Another program may still read it; it keeps its open file.
            let _ = std::fs::remove_file(entry.path());
        }
    }
    cache::prune(folder, MAX_CACHE_BYTES, path);
}

/// Decodes every listed recording into the cache file.
fn decode_all(
    folder: &Path,
    listing: &Listing,
    path: &Path,
    key: &str,
    options: &OpenOptions,
    progress: &dyn Fn(u64, u64),
    cancel: &AtomicBool,
) -> Result<(), DatasetError> {
    let files = &listing.files;
    let decode = |index: usize| {
        let file = &files[index];
        let secs = if file.word.is_some() { MAX_CLIP_SECS } else { MAX_NOISE_SECS };
        decode_file(&folder.join(file.path()), (secs * SAMPLE_RATE_HZ) as usize, options.roles.scale)
    };
    write_store(path, key, files.len(), &decode, threads_or_all(options.threads), progress, cancel)
}

/// The number of threads asked for; for 0, one for every core.
pub(super) fn threads_or_all(threads: usize) -> usize {
    match threads {
        0 => thread::available_parallelism().map_or(1, NonZeroUsize::get),
        threads => threads,
    }
}

/// A decoded recording, ready to be stored.
#[derive(Debug)]
pub(super) struct Decoded {
    /// 16-bit samples at 16 kHz.
    pub(super) samples: Vec<i16>,
    /// What they looked like before they were clipped to 16 bits.
    pub(super) quality: Quality,
}

/// Runs `decode(0..count)` on named threads and writes what comes back, in memory bounded by the recordings
/// in work. A panic in a decoder makes that recording faulty.
pub(super) fn write_store(
    path: &Path,
    key: &str,
    count: usize,
    decode: &(dyn Fn(usize) -> Result<Decoded, String> + Sync),
    num_threads: usize,
    progress: &dyn Fn(u64, u64),
    cancel: &AtomicBool,
) -> Result<(), DatasetError> {
    let cache_error = |source| DatasetError::Cache { path: path.to_owned(), source };
    let mut writer = StoreWriter::create(path).map_err(cache_error)?;
    let mut outcomes = vec![Outcome::Faulty(String::new()); count];
    let next = AtomicUsize::new(0);
    let (sender, receiver) = crossbeam_channel::bounded(WAITING);
    thread::scope(|scope| {
        // Moved in, so that leaving early closes the channel before the threads are joined.
        let receiver = receiver;
        for number in 0..num_threads.min(count).max(1) {
            let (sender, next) = (sender.clone(), &next);
            let work = move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || cancel.load(Ordering::Relaxed) {
                        break;
                    }
                    let decoded = catch_unwind(AssertUnwindSafe(|| decode(index))).unwrap_or_else(|_| {
                        Err("the decoder failed on this file; convert it again".to_owned())
                    });
                    if sender.send((index, decoded)).is_err() {
                        break;
                    }
                }
            };
            let thread = thread::Builder::new().name(format!("dataset-read-{number}"));
            thread.spawn_scoped(scope, work).map_err(|source| DatasetError::Thread { source })?;
        }
        drop(sender);
        for (done, (index, decoded)) in receiver.iter().enumerate() {
            if cancel.load(Ordering::Relaxed) {
                return Err(DatasetError::Cancelled);
            }
            outcomes[index] = match decoded {
                Ok(Decoded { samples, quality }) => {
                    Outcome::Stored(writer.push(&samples, quality).map_err(cache_error)?)
                }
                Err(reason) => Outcome::Faulty(reason),
            };
            progress(done as u64 + 1, count as u64);
        }
        Ok(())
    })?;
    if cancel.load(Ordering::Relaxed) {
        return Err(DatasetError::Cancelled);
    }
    writer.finish(key, &outcomes).map_err(cache_error)
}

/// Decodes the first `max_samples` of a recording to 16-bit samples, or says in a sentence why it cannot.
pub(super) fn decode_file(path: &Path, max_samples: usize, scale: SampleScale) -> Result<Decoded, String> {
    let max_secs = max_samples as f64 / f64::from(SAMPLE_RATE_HZ);
    let recording = match scale {
        SampleScale::AsIs => crate::audio::decode_recording(path, max_secs),
        SampleScale::Integers => crate::audio::decode_scaled(path, max_secs),
    };
    let mut recording = recording.map_err(|error| without_path(&error.to_string(), path))?;
    recording.samples.truncate(max_samples);
    if recording.samples.is_empty() {
        return Err("the recording has 0 samples".to_owned());
    }
    Ok(Decoded { samples: quantise(&recording.samples), quality: recording.quality })
}

/// 16-bit samples, rounded and clipped.
pub(super) fn quantise(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|sample| (sample * 32768.0).round().clamp(-32768.0, 32767.0) as i16).collect()
}

/// A fault is shown beside its path, so the reason need not repeat it.
fn without_path(message: &str, path: &Path) -> String {
    let path = path.display().to_string();
    message.replace(&format!(" ({path})"), "").replace(&format!(": {path}"), "")
}

#[cfg(test)]
mod shapes;
#[cfg(test)]
mod tests;

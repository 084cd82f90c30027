//! An open dataset: its clips, and their samples.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::digest::digest;
use super::store::{Store, Stored};
use super::{ClipId, DatasetError, Fault, FolderDoubt, FolderRoles, Split};

/// A readable recording of a word.
#[derive(Debug, Clone)]
pub struct Clip {
    /// Path relative to the dataset folder, with `/`.
    pub path: String,
    /// Index into [`Dataset::words`].
    pub word: u16,
    /// Split.
    pub split: Split,
    /// Speaker; empty where the file name does not say.
    pub speaker: Arc<str>,
    pub(super) stored: Stored,
    pub(super) recording: usize,
}

impl Clip {
    /// Samples at [`crate::audio::SAMPLE_RATE_HZ`].
    pub fn num_samples(&self) -> usize {
        self.stored.num_samples as usize
    }
}

/// A readable recording of background noise.
#[derive(Debug, Clone)]
pub struct Background {
    /// Path relative to the dataset folder, with `/`.
    pub path: String,
    pub(super) stored: Stored,
    pub(super) recording: usize,
}

impl Background {
    /// Samples at [`crate::audio::SAMPLE_RATE_HZ`].
    pub fn num_samples(&self) -> usize {
        self.stored.num_samples as usize
    }
}

/// Working memory of one thread that reads clips; reused, it stops allocating.
#[derive(Debug, Default)]
pub struct ClipBuffer {
    bytes: Vec<u8>,
}

/// The splits that an earlier version of the program gave to the same recordings.
#[derive(Debug, Clone)]
pub(super) struct Earlier {
    pub(super) fingerprint: String,
    pub(super) splits: Vec<Split>,
}

/// An open dataset. Its sound lies decoded in the cache; clips are read from any number of threads.
#[derive(Debug)]
pub struct Dataset {
    pub(super) folder: PathBuf,
    pub(super) is_demo: bool,
    pub(super) words: Vec<String>,
    pub(super) clips: Vec<Clip>,
    pub(super) background: Vec<Background>,
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<String>,
    pub(super) doubts: Vec<FolderDoubt>,
    pub(super) roles: FolderRoles,
    pub(super) fingerprint: String,
    pub(super) earlier: Option<Earlier>,
    pub(super) store: Store,
    pub(super) cache: PathBuf,
}

const EARLIER_NOTE: &str = "The splits are those of an earlier version, which the run was made with: there, splits could depend on the file \
    format, and copies of one recording could be in two of them.";

impl Dataset {
    /// The folder; for the demo dataset a name in angle brackets.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is the built-in demo dataset.
    pub fn is_demo(&self) -> bool {
        self.is_demo
    }

    /// The words, sorted.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Every readable clip, by word and file name; [`ClipId`] is the index.
    pub fn clips(&self) -> &[Clip] {
        &self.clips
    }

    /// A clip, if it exists.
    pub fn clip(&self, id: ClipId) -> Option<&Clip> {
        self.clips.get(id.index())
    }

    /// Recordings of background noise.
    pub fn background(&self) -> &[Background] {
        &self.background
    }

    /// Files left out.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// What a person should know: the rule behind the splits, leaks, folders that were not read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Hash of contents and splits, 32 hexadecimal digits. Folder, file format and file times do not enter.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Folders whose names mean something else than what they are read as; their texts are among [`Self::notes`].
    pub fn doubts(&self) -> &[FolderDoubt] {
        &self.doubts
    }

    /// What the dataset was told about its folders.
    pub fn roles(&self) -> &FolderRoles {
        &self.roles
    }

    /// Whether a stored fingerprint is of these recordings: today's, or the one that an earlier version of the program
    /// gave them, whose splits were others.
    pub fn recognises(&self, fingerprint: &str) -> bool {
        self.fingerprint == fingerprint
            || self.earlier.as_ref().is_some_and(|earlier| earlier.fingerprint == fingerprint)
    }

    /// The dataset as it was when `fingerprint` was stored: with the splits of then, so that a run made on it goes on
    /// with what it began with and is tested on nothing that it was trained on. Unchanged for any other fingerprint.
    #[must_use]
    pub fn as_of(mut self, fingerprint: &str) -> Self {
        if self.fingerprint == fingerprint {
            return self;
        }
        if let Some(earlier) = self.earlier.take_if(|earlier| earlier.fingerprint == fingerprint) {
            for (clip, split) in self.clips.iter_mut().zip(earlier.splits) {
                clip.split = split;
            }
            self.fingerprint = earlier.fingerprint;
            self.notes.push(EARLIER_NOTE.to_owned());
        }
        self
    }

    /// The cache folder this dataset was opened with.
    pub fn cache_folder(&self) -> &Path {
        &self.cache
    }

    /// All samples of a clip at 16 kHz, -1 to 1.
    ///
    /// # Errors
    /// [`DatasetError::Clip`] when there is no such clip, or when cache and recording are both gone or changed.
    pub fn samples(&self, id: ClipId) -> Result<Vec<f32>, DatasetError> {
        let mut samples = Vec::new();
        self.read_clip(id, &mut ClipBuffer::default(), &mut samples)?;
        Ok(samples)
    }

    /// Reads all samples of a clip into `samples`, replacing what is there. As [`Self::samples`], without
    /// allocating once the buffers are large enough.
    ///
    /// # Errors
    /// As [`Self::samples`].
    pub fn read_clip(
        &self,
        id: ClipId,
        buffer: &mut ClipBuffer,
        samples: &mut Vec<f32>,
    ) -> Result<(), DatasetError> {
        let Some(clip) = self.clip(id) else {
            let reason = format!("clip {} of {} does not exist", id.0, self.clips.len());
            return Err(DatasetError::Clip { reason, path: self.folder.display().to_string() });
        };
        let all = 0..clip.stored.num_samples;
        self.read_stored(&clip.path, clip.recording, &clip.stored, all, buffer, samples)
    }

    /// Reads a stretch of a recording of background noise; a range past its end is cut.
    pub(super) fn read_background(
        &self,
        index: usize,
        range: Range<u32>,
        buffer: &mut ClipBuffer,
        samples: &mut Vec<f32>,
    ) -> Result<(), DatasetError> {
        samples.clear();
        let Some(noise) = self.background.get(index) else { return Ok(()) };
        let end = range.end.min(noise.stored.num_samples);
        let range = range.start.min(end)..end;
        self.read_stored(&noise.path, noise.recording, &noise.stored, range, buffer, samples)
    }

    fn read_stored(
        &self,
        path: &str,
        recording: usize,
        stored: &Stored,
        range: Range<u32>,
        buffer: &mut ClipBuffer,
        samples: &mut Vec<f32>,
    ) -> Result<(), DatasetError> {
        let len = range.end - range.start;
        if let Err(error) = self.store.read(recording, stored, range.start, len, &mut buffer.bytes) {
            tracing::warn!("reading the recording itself, because the cache failed ({error}): {path}");
            self.decode_again(path, stored, range, buffer)?;
        }
        let pairs = buffer.bytes.as_chunks::<2>().0;
        samples.clear();
        samples.extend(pairs.iter().map(|&pair| f32::from(i16::from_le_bytes(pair)) / 32768.0));
        Ok(())
    }

    /// Gets samples from the recording itself, when the cache is damaged or gone.
    fn decode_again(
        &self,
        path: &str,
        stored: &Stored,
        range: Range<u32>,
        buffer: &mut ClipBuffer,
    ) -> Result<(), DatasetError> {
        let failed = |reason: &str| DatasetError::Clip { reason: reason.to_owned(), path: path.to_owned() };
        if self.is_demo {
            return Err(failed("the cache is damaged"));
        }
        let max_samples = stored.num_samples as usize;
        let decoded = super::open::decode_file(&self.folder.join(path), max_samples, self.roles.scale)
            .map_err(|reason| failed(&reason))?;
        buffer.bytes.clear();
        buffer.bytes.extend(decoded.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        if digest(&buffer.bytes) != stored.digest {
            return Err(failed("it has changed since the dataset was opened"));
        }
        buffer.bytes.truncate(range.end as usize * 2);
        buffer.bytes.drain(..range.start as usize * 2);
        Ok(())
    }
}

//! Decoded sound on disk: one file per dataset content, read clip by clip.
//!
//! Layout, little endian: the samples of all recordings as 16-bit integers at 16 kHz, one recording after
//! another; then an index in JSON; then a footer of 40 bytes: offset and length of the index (8 bytes each),
//! the first 16 bytes of the index's SHA-256, and [`MAGIC`]. The page cache of the system keeps what is in
//! use in memory, so the workbench itself holds no more than the clips it is working on.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::cache::PendingFile;
use super::digest::{Digest, digest, digest_from_hex, hex};
use crate::audio::Quality;

/// The last byte counts formats: 1 had no quality, and read fewer formats of recordings.
const MAGIC: &[u8; 8] = b"CGPCM\0\0\x02";
const FOOTER_BYTES: u64 = 40;

/// Where a recording's samples are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stored {
    /// Byte offset in the file.
    pub(super) offset: u64,
    /// Samples.
    pub(super) num_samples: u32,
    /// Digest of the samples' bytes.
    pub(super) digest: Digest,
    /// What the samples look like, before they were clipped to 16 bits.
    pub(super) quality: Quality,
}

/// What became of a listed recording.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It was decoded.
    Stored(Stored),
    /// It was left out for this reason.
    Faulty(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct Index {
    key: String,
    outcomes: Vec<IndexRow>,
}

#[derive(Debug, Serialize, Deserialize)]
enum IndexRow {
    /// Offset, samples, digest in hexadecimal, the numbers of the quality.
    S(u64, u32, String, [f32; 4]),
    /// Reason.
    F(String),
}

impl From<&Outcome> for IndexRow {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Stored(Stored { offset, num_samples, digest, quality }) => {
                let Quality { peak, full_scale_share, span, mix_ratio } = *quality;
                Self::S(*offset, *num_samples, hex(digest), [peak, full_scale_share, span, mix_ratio])
            }
            Outcome::Faulty(reason) => Self::F(reason.clone()),
        }
    }
}

impl IndexRow {
    /// The outcome, if its samples lie within the first `data_bytes` of the file.
    fn outcome(self, data_bytes: u64) -> Option<Outcome> {
        match self {
            Self::F(reason) => Some(Outcome::Faulty(reason)),
            Self::S(offset, num_samples, digest, [peak, full_scale_share, span, mix_ratio]) => {
                let end = offset.checked_add(u64::from(num_samples) * 2)?;
                let digest = digest_from_hex(&digest)?;
                let quality = Quality { peak, full_scale_share, span, mix_ratio };
                (end <= data_bytes).then_some(Outcome::Stored(Stored {
                    offset,
                    num_samples,
                    digest,
                    quality,
                }))
            }
        }
    }
}

/// Decoded sound being written.
pub(super) struct StoreWriter {
    pending: PendingFile,
    out: BufWriter<File>,
    written_bytes: u64,
    bytes: Vec<u8>,
}

impl StoreWriter {
    /// Starts the file that will be `target`.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let (pending, file) = PendingFile::create(target)?;
        Ok(Self {
            pending,
            out: BufWriter::with_capacity(1 << 20, file),
            written_bytes: 0,
            bytes: Vec::new(),
        })
    }

    /// Appends a recording.
    pub(super) fn push(&mut self, samples: &[i16], quality: Quality) -> io::Result<Stored> {
        self.bytes.clear();
        self.bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        self.out.write_all(&self.bytes)?;
        let offset = self.written_bytes;
        self.written_bytes += self.bytes.len() as u64;
        Ok(Stored { offset, num_samples: samples.len() as u32, digest: digest(&self.bytes), quality })
    }

    /// Writes the index and gives the file its name.
    pub(super) fn finish(mut self, key: &str, outcomes: &[Outcome]) -> io::Result<()> {
        let index = Index { key: key.to_owned(), outcomes: outcomes.iter().map(IndexRow::from).collect() };
        let index = serde_json::to_vec(&index)?;
        self.out.write_all(&index)?;
        self.out.write_all(&self.written_bytes.to_le_bytes())?;
        self.out.write_all(&(index.len() as u64).to_le_bytes())?;
        self.out.write_all(&digest(&index))?;
        self.out.write_all(MAGIC)?;
        // Without this, a power cut could leave the name on an empty file.
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()?;
        self.pending.commit()
    }
}

/// Decoded sound, ready to be read from any thread.
#[derive(Debug)]
pub(super) struct Store {
    file: File,
    /// Samples whose digest was found right, by index of the recording; each is checked once.
    verified: Vec<AtomicBool>,
}

impl Store {
    /// Opens a complete file with the right key; `None` when it is missing, damaged or of another dataset.
    pub(super) fn open(path: &Path, key: &str) -> Option<(Self, Vec<Outcome>)> {
        let file = File::open(path).ok()?;
        let (index, data_bytes) = read_index(&file)?;
        if index.key != key {
            return None;
        }
        let outcomes: Option<Vec<_>> =
            index.outcomes.into_iter().map(|row| row.outcome(data_bytes)).collect();
        let outcomes = outcomes?;
        super::cache::touch(&file);
        let verified = outcomes.iter().map(|_| AtomicBool::new(false)).collect();
        Some((Self { file, verified }, outcomes))
    }

    /// Reads samples `start..start + len` of a recording into `bytes`; the whole recording is checked against
    /// its digest when it is first read.
    pub(super) fn read(
        &self,
        recording: usize,
        stored: &Stored,
        start: u32,
        len: u32,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        let verified = self.verified.get(recording).is_some_and(|verified| verified.load(Ordering::Relaxed));
        if !verified {
            self.read_bytes(stored.offset, stored.num_samples, bytes)?;
            if digest(bytes) != stored.digest {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "decoded sound in the cache is damaged",
                ));
            }
            if let Some(verified) = self.verified.get(recording) {
                verified.store(true, Ordering::Relaxed);
            }
        }
        self.read_bytes(stored.offset + u64::from(start) * 2, len, bytes)
    }

    fn read_bytes(&self, offset: u64, num_samples: u32, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.resize(num_samples as usize * 2, 0);
        read_exact_at(&self.file, bytes, offset)
    }
}

fn read_index(file: &File) -> Option<(Index, u64)> {
    let file_bytes = file.metadata().ok()?.len();
    let mut footer = [0; FOOTER_BYTES as usize];
    let footer_offset = file_bytes.checked_sub(FOOTER_BYTES)?;
    read_exact_at(file, &mut footer, footer_offset).ok()?;
    let number =
        |at: usize| -> Option<u64> { Some(u64::from_le_bytes(footer.get(at..at + 8)?.try_into().ok()?)) };
    let (offset, len) = (number(0)?, number(8)?);
    if footer.get(32..)? != MAGIC || offset.checked_add(len)? != footer_offset {
        return None;
    }
    let mut index = vec![0; usize::try_from(len).ok()?];
    read_exact_at(file, &mut index, offset).ok()?;
    if digest(&index).as_slice() != footer.get(16..32)? {
        return None;
    }
    Some((serde_json::from_slice(&index).ok()?, offset))
}

#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let num_read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if num_read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += num_read as u64;
        bytes = &mut bytes[num_read..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(path: &Path) -> Vec<Outcome> {
        let mut writer = StoreWriter::create(path).unwrap();
        let quality = Quality { peak: 12_345.678, full_scale_share: 0.25, span: 2.0 / 3.0, mix_ratio: 1e-7 };
        let outcomes = vec![
            Outcome::Stored(writer.push(&[1, -2, i16::MAX, i16::MIN], quality).unwrap()),
            Outcome::Faulty("broken".to_owned()),
            Outcome::Stored(writer.push(&[7], Quality::default()).unwrap()),
        ];
        writer.finish("key", &outcomes).unwrap();
        outcomes
    }

    fn read(store: &Store, recording: usize, outcome: &Outcome) -> io::Result<Vec<u8>> {
        let Outcome::Stored(stored) = outcome else { panic!("faulty") };
        let mut bytes = Vec::new();
        store.read(recording, stored, 0, stored.num_samples, &mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pcm");
        let written = write(&path);
        let (store, outcomes) = Store::open(&path, "key").unwrap();
        assert_eq!(outcomes, written);
        assert_eq!(read(&store, 0, &outcomes[0]).unwrap(), [1, 0, 254, 255, 255, 127, 0, 128]);
        assert_eq!(read(&store, 2, &outcomes[2]).unwrap(), [7, 0]);
        assert!(Store::open(&path, "other key").is_none());
        assert!(Store::open(&folder.path().join("none"), "key").is_none());
    }

    #[test]
    fn a_file_of_the_format_before_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pcm");
        write(&path);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() = 1;
        fs::write(&path, &bytes).unwrap();
        assert!(Store::open(&path, "key").is_none());
    }

    #[test]
    fn damage_anywhere_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pcm");
        write(&path);
        let whole = fs::read(&path).unwrap();
        for len in 0..whole.len() {
            fs::write(&path, &whole[..len]).unwrap();
            assert!(Store::open(&path, "key").is_none(), "cut to {len} bytes");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&path, &damaged).unwrap();
            let found = match Store::open(&path, "key") {
                None => true,
                Some((store, outcomes)) => {
                    read(&store, 0, &outcomes[0]).is_err() || read(&store, 2, &outcomes[2]).is_err()
                }
            };
            assert!(found, "byte {at}");
        }
    }
}

//! Where the bytes of a recording come from: a file, a pipe that is read to its end, or memory.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use symphonia::core::io::MediaSource;

use super::super::AudioError;
use super::super::sniff::{NUM_SNIFFED_BYTES, container, id3_len};

/// The path that means standard input.
const STANDARD_INPUT: &str = "-";

/// Most bytes taken from a pipe: more than [`super::MAX_DECODE_SECS`] of 48 kHz stereo.
const MAX_PIPE_BYTES: u64 = 4 << 30;

/// Bytes of a pipe held in memory; what is more goes to an unnamed temporary file.
const MAX_PIPE_MEMORY: usize = 64 << 20;

/// Bytes looked through at once by [`Input::find`].
const WINDOW: usize = 1 << 16;

trait Bytes: Read + Seek + Send {}
impl<T: Read + Seek + Send> Bytes for T {}

/// The bytes of one recording, readable at any position and by several readers.
#[derive(Clone)]
pub(super) struct Input {
    bytes: Arc<Mutex<dyn Bytes>>,
    len: u64,
}

impl Input {
    /// Opens a file; reads a pipe, a device or standard input (`-`) to its end.
    pub(super) fn open(path: &Path) -> Result<Self, AudioError> {
        let failed = |source| AudioError::Read { source, path: path.to_path_buf() };
        if path.as_os_str() == STANDARD_INPUT {
            return Self::spool(io::stdin().lock(), path);
        }
        let file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_file() {
            return Ok(Self { len: meta.len(), bytes: Arc::new(Mutex::new(file)) });
        }
        if meta.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        Self::spool(file, path)
    }

    /// The bytes of a file in memory.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { len: bytes.len() as u64, bytes: Arc::new(Mutex::new(Cursor::new(bytes))) }
    }

    fn spool(mut source: impl Read, path: &Path) -> Result<Self, AudioError> {
        let failed = |source| AudioError::Read { source, path: path.to_path_buf() };
        let mut head = Vec::with_capacity(NUM_SNIFFED_BYTES);
        source.by_ref().take(NUM_SNIFFED_BYTES as u64).read_to_end(&mut head).map_err(failed)?;
        // A device such as /dev/zero never ends: what is no sound is refused before it is read.
        if !head.is_empty()
            && id3_len(&head) == 0
            && let Err(found) = container(&head, path)
        {
            return Err(AudioError::NotAudio { found, path: path.to_path_buf() });
        }
        let mut spooled = tempfile::SpooledTempFile::new(MAX_PIPE_MEMORY);
        spooled.write_all(&head).map_err(failed)?;
        let rest = io::copy(&mut source.take(MAX_PIPE_BYTES), &mut spooled).map_err(failed)?;
        if rest == MAX_PIPE_BYTES {
            return Err(AudioError::PipeTooLong { path: path.to_path_buf() });
        }
        Ok(Self { len: head.len() as u64 + rest, bytes: Arc::new(Mutex::new(spooled)) })
    }

    /// Bytes in all.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from `position` on, as far as there are bytes, and returns how many there were.
    pub(super) fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let available = usize::try_from(self.len.saturating_sub(position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(available);
        // A reader that panicked left nothing half done: each read seeks first.
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.seek(SeekFrom::Start(position))?;
        let mut num_read = 0;
        while num_read < wanted {
            match bytes.read(&mut buffer[num_read..wanted]) {
                Ok(0) => break,
                Ok(count) => num_read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(num_read)
    }

    /// Up to `len` bytes from `position` on; fewer at the end.
    pub(super) fn bytes_at(&self, position: u64, len: usize) -> io::Result<Vec<u8>> {
        let available = usize::try_from(self.len.saturating_sub(position)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len.min(available)];
        let num_read = self.read_at(position, &mut bytes)?;
        bytes.truncate(num_read);
        Ok(bytes)
    }

    /// The first position at or after `from`, and before `until`, where `name` stands.
    pub(super) fn find(&self, name: &[u8; 4], mut from: u64, until: u64) -> io::Result<Option<u64>> {
        while from < until {
            let window = self.bytes_at(from, WINDOW)?;
            if let Some(at) = window.windows(name.len()).position(|bytes| bytes == name) {
                return Ok(Some(from + at as u64).filter(|&found| found < until));
            }
            if window.len() < WINDOW {
                break;
            }
            // The name may lie across two windows.
            from += (WINDOW - (name.len() - 1)) as u64;
        }
        Ok(None)
    }
}

/// A stretch of a recording's bytes behind a description of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Bytes that come first.
    pub(super) prefix: Vec<u8>,
    /// Where the stretch begins.
    pub(super) start: u64,
    /// Its length in bytes.
    pub(super) len: u64,
    /// Bytes per sample whose order is reversed on the way; 1 leaves them as they are.
    pub(super) swapped_width: usize,
}

impl Part {
    /// Everything from `start` on, as it is.
    pub(super) fn rest(input: &Input, start: u64) -> Self {
        Self { prefix: Vec::new(), start, len: input.len().saturating_sub(start), swapped_width: 1 }
    }
}

/// A [`Part`], read like a file.
pub(super) struct PartSource {
    input: Input,
    part: Part,
    position: u64,
}

impl PartSource {
    pub(super) fn new(input: Input, part: Part) -> Self {
        Self { input, part, position: 0 }
    }

    fn num_bytes(&self) -> u64 {
        self.part.prefix.len() as u64 + self.part.len
    }

    /// Reads from the stretch, `offset` bytes after its start.
    fn read_stretch(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.part.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let width = self.part.swapped_width.max(1);
        if width == 1 {
            return self.input.read_at(self.part.start + offset, &mut buffer[..wanted]);
        }
        // Whole samples around what is asked for.
        let skipped = (offset % width as u64) as usize;
        let len = (skipped + wanted).next_multiple_of(width);
        let mut samples = self.input.bytes_at(self.part.start + offset - skipped as u64, len)?;
        samples.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        let read = samples.get(skipped..).unwrap_or_default();
        let num_read = read.len().min(wanted);
        buffer[..num_read].copy_from_slice(&read[..num_read]);
        Ok(num_read)
    }
}

impl Read for PartSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let prefix_len = self.part.prefix.len() as u64;
        let num_read = if self.position < prefix_len {
            let mut left = &self.part.prefix[self.position as usize..];
            left.read(buffer)?
        } else {
            self.read_stretch(self.position - prefix_len, buffer)?
        };
        self.position += num_read as u64;
        Ok(num_read)
    }
}

impl Seek for PartSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.num_bytes().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl MediaSource for PartSource {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.num_bytes())
    }
}

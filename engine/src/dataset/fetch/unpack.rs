//! Unpacking an archive that is not trusted beyond its checksum.
//!
//! Only regular files and folders below the target are made: no links, no devices, no `..`, no absolute paths.
//! Their number and size are bounded. On any error everything unpacked is removed again.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use tar::{Entry, EntryType};

use super::{Archive, FetchError, FetchOptions, Stage};

const MAX_ENTRIES: u64 = 1_000_000;

/// Unpacks `file`, which lies at `part`, into `target`, which is made anew.
pub(super) fn unpack(
    archive: &Archive,
    file: &mut File,
    part: &Path,
    target: &Path,
    options: &FetchOptions,
) -> Result<(), FetchError> {
    let write_error = |source| FetchError::Write { source, path: target.to_owned() };
    remove_folder(target).map_err(write_error)?;
    fs::create_dir_all(target).map_err(write_error)?;
    let result = unpack_entries(archive, file, part, target, options);
    if result.is_err() {
        // What cannot be removed now is removed by the next attempt.
        let _ = remove_folder(target);
    }
    result
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn unpack_entries(
    archive: &Archive,
    file: &mut File,
    part: &Path,
    target: &Path,
    options: &FetchOptions,
) -> Result<(), FetchError> {
    let damaged = |source| FetchError::Damaged { source, path: part.to_owned() };
    file.seek(SeekFrom::Start(0)).map_err(damaged)?;
    let position = AtomicU64::new(0);
    let counted = Counted { inner: BufReader::with_capacity(1 << 20, file), position: &position };
    let mut tar = tar::Archive::new(MultiGzDecoder::new(counted));
    let mut room = archive.max_unpacked_bytes;
    for (number, entry) in (0u64..).zip(tar.entries().map_err(damaged)?) {
        options.check()?;
        (options.progress)(Stage::Unpacking, position.load(Ordering::Relaxed), archive.size_bytes);
        let mut entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |reason: &str| FetchError::Unsafe { reason: reason.to_owned(), entry: name.clone() };
        if number >= MAX_ENTRIES {
            return Err(refuse("it has more than a million entries"));
        }
        let Some(path) = safe_path(&entry.path().map_err(damaged)?, target) else {
            return Err(refuse("its path leads out of the folder"));
        };
        match entry.header().entry_type() {
            EntryType::Directory => make_folder(&path)?,
            EntryType::Regular | EntryType::Continuous => {
                room = room.checked_sub(entry.size()).ok_or_else(|| refuse("its files are too large"))?;
                write_entry(&mut entry, &path, options)
                    .map_err(|error| error.told(&path, &name, &damaged))?;
            }
            // Attributes of entries that follow; they carry nothing that is written.
            EntryType::XGlobalHeader => {}
            _ => return Err(refuse("it is neither a file nor a folder")),
        }
    }
    (options.progress)(Stage::Unpacking, archive.size_bytes, archive.size_bytes);
    Ok(())
}

/// Where an entry goes; `None` unless that is below `target`.
fn safe_path(name: &Path, target: &Path) -> Option<PathBuf> {
    let mut path = target.to_owned();
    for component in name.components() {
        match component {
            // A backslash or colon is a way out on Windows.
            Component::Normal(part)
                if !part.as_encoded_bytes().iter().any(|byte| b"\\:\0".contains(byte)) =>
            {
                path.push(part);
            }
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(path)
}

fn make_folder(path: &Path) -> Result<(), FetchError> {
    fs::create_dir_all(path).map_err(|source| FetchError::Write { source, path: path.to_owned() })
}

enum EntryError {
    Read(io::Error),
    Write(io::Error),
    Twice,
    Other(FetchError),
}

impl EntryError {
    fn told(self, path: &Path, name: &str, damaged: &dyn Fn(io::Error) -> FetchError) -> FetchError {
        match self {
            Self::Read(source) => damaged(source),
            Self::Write(source) => FetchError::Write { source, path: path.to_owned() },
            Self::Twice => {
                FetchError::Unsafe { reason: "it is in the archive twice".into(), entry: name.to_owned() }
            }
            Self::Other(error) => error,
        }
    }
}

/// Writes a file that must not exist yet.
fn write_entry(entry: &mut Entry<impl Read>, path: &Path, options: &FetchOptions) -> Result<(), EntryError> {
    if let Some(folder) = path.parent() {
        make_folder(folder).map_err(EntryError::Other)?;
    }
    let mut file = File::create_new(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => EntryError::Twice,
        _ => EntryError::Write(error),
    })?;
    let mut buffer = [0; 32 << 10];
    loop {
        options.check().map_err(EntryError::Other)?;
        match entry.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(num_read) => file.write_all(&buffer[..num_read]).map_err(EntryError::Write)?,
            Err(error) => return Err(EntryError::Read(error)),
        }
    }
}

/// Counts what is read of the archive, for the progress.
struct Counted<'a, R> {
    inner: R,
    position: &'a AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let num_read = self.inner.read(buffer)?;
        self.position.fetch_add(num_read as u64, Ordering::Relaxed);
        Ok(num_read)
    }
}

//! Fetching the full Speech Commands archive: download with resuming, verify, unpack, in this order.
//!
//! Nothing is unpacked before the checksum is right, and the dataset folder appears under its name only when
//! it is complete. What has arrived of the archive stays for the next attempt.

mod download;
mod error;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod unpack;
mod verify;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

pub use download::Patience;
pub use error::FetchError;

/// An archive of a dataset: `.tar.gz` with one folder per word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Where it is, `http` or `https`.
    pub address: String,
    /// Its bytes.
    pub size_bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Name of the dataset folder made from it.
    pub name: String,
    /// Most bytes that its files may have in all.
    pub max_unpacked_bytes: u64,
}

impl Archive {
    /// Speech Commands v0.02 (P. Warden, arXiv:1804.03209; CC BY 4.0): 105,829 clips of 35 words. Size and
    /// checksum as published in the checksum table of TensorFlow Datasets and in torchaudio.
    pub fn speech_commands() -> Self {
        Self {
            address:
                "https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz"
                    .into(),
            size_bytes: 2_428_923_189,
            sha256: "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58".into(),
            name: "speech_commands_v0.02".into(),
            max_unpacked_bytes: 16 << 30,
        }
    }

    /// The dataset folder that [`fetch`] makes when it is told `folder`: a folder of this archive's name inside
    /// it, or `folder` itself when it has that name.
    pub fn dataset_folder(&self, folder: &Path) -> PathBuf {
        if folder.file_name().is_some_and(|name| name == self.name.as_str()) {
            folder.to_owned()
        } else {
            folder.join(&self.name)
        }
    }
}

/// What a fetch is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Bytes of the archive that have arrived.
    Downloading,
    /// Bytes of the archive that have been hashed.
    Verifying,
    /// Bytes of the archive that have been unpacked.
    Unpacking,
}

impl Stage {
    /// A short phrase for a progress bar.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Downloading => "Downloading",
            Self::Verifying => "Verifying the checksum",
            Self::Unpacking => "Unpacking",
        }
    }
}

/// Who is told about progress (stage, bytes done, bytes in all), who may stop, and how long to be patient.
#[derive(Clone, Copy)]
pub struct FetchOptions<'a> {
    /// Called often; must return at once.
    pub progress: &'a dyn Fn(Stage, u64, u64),
    /// Set to give up; what has arrived is kept.
    pub cancel: &'a AtomicBool,
    /// When a connection counts as lost, and how often it is tried again.
    pub patience: Patience,
}

impl FetchOptions<'_> {
    fn check(&self) -> Result<(), FetchError> {
        if self.cancel.load(Ordering::Relaxed) { Err(FetchError::Cancelled) } else { Ok(()) }
    }
}

/// Fetches an archive and returns its dataset folder. A dataset folder that is there already is returned as it
/// is; an archive that is there already, whole or in part, is not downloaded again.
///
/// Beside the dataset folder this writes `NAME.tar.gz.part`, and `NAME.unpacking` while unpacking; both are gone
/// after success.
///
/// # Errors
/// See [`FetchError`]. After any error but a wrong checksum, calling again goes on where it stopped.
pub fn fetch(archive: &Archive, folder: &Path, options: &FetchOptions) -> Result<PathBuf, FetchError> {
    let target = archive.dataset_folder(folder);
    if target.is_dir() && fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some()) {
        return Ok(target);
    }
    let parent = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|source| FetchError::Write { source, path: parent.to_owned() })?;
    let part = parent.join(format!("{}.tar.gz.part", archive.name));
    let mut file = open_part(&part)?;
    download::download(archive, &mut file, &part, options)?;
    if let Err(error) = verify::verify(archive, &mut file, &part, options) {
        if matches!(error, FetchError::Checksum { .. }) {
            let _ = fs::remove_file(&part);
        }
        return Err(error);
    }
    let unpacking = parent.join(format!("{}.unpacking", archive.name));
    unpack::unpack(archive, &mut file, &part, &unpacking, options)?;
    fs::rename(&unpacking, &target).map_err(|source| FetchError::Write { source, path: target.clone() })?;
    // The recordings are complete; an archive that cannot be removed only takes space.
    if let Err(error) = fs::remove_file(&part) {
        tracing::warn!("cannot remove the archive ({error}): {}", part.display());
    }
    Ok(target)
}

/// Opens what has arrived so far, and keeps other programs from writing to it.
fn open_part(part: &Path) -> Result<File, FetchError> {
    let failed = |source| FetchError::Write { source, path: part.to_owned() };
    let file =
        File::options().read(true).write(true).create(true).truncate(false).open(part).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FetchError::Busy { path: part.to_owned() }),
        Err(TryLockError::Error(error)) => {
            // Some network file systems know no locks; two programs at once would fail the checksum.
            tracing::warn!("cannot lock ({error}): {}", part.display());
            Ok(file)
        }
    }
}

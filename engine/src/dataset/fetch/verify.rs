//! Whether what arrived is what was published.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Archive, FetchError, FetchOptions, Stage};
use crate::dataset::digest::hex;

/// Compares the file's SHA-256 with the archive's.
pub(super) fn verify(
    archive: &Archive,
    file: &mut File,
    path: &Path,
    options: &FetchOptions,
) -> Result<(), FetchError> {
    let damaged = |source| FetchError::Damaged { source, path: path.to_owned() };
    file.seek(SeekFrom::Start(0)).map_err(damaged)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        options.check()?;
        let num_read = file.read(&mut buffer).map_err(damaged)?;
        if num_read == 0 {
            break;
        }
        hash.update(&buffer[..num_read]);
        done += num_read as u64;
        (options.progress)(Stage::Verifying, done, archive.size_bytes);
    }
    let found = hex(&hash.finalize());
    if found.eq_ignore_ascii_case(&archive.sha256) {
        return Ok(());
    }
    Err(FetchError::Checksum { found, expected: archive.sha256.clone(), path: path.to_owned() })
}

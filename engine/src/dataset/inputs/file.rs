//! The cache file of inputs: values as 32-bit floats, little endian, row by row, then a footer of 40 bytes: rows
//! and columns (8 bytes each), the first 16 bytes of the SHA-256 of the values, and [`MAGIC`].

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::dataset::cache::{self, PendingFile};
use crate::dataset::store::read_exact_at;

const MAGIC: &[u8; 8] = b"CGINPUT\x01";
const FOOTER_BYTES: u64 = 40;

/// Inputs being written.
pub(super) struct InputWriter {
    pending: PendingFile,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: Vec<u8>,
    cols: usize,
    rows: u64,
}

impl InputWriter {
    pub(super) fn create(path: &Path, cols: usize) -> io::Result<Self> {
        let (pending, file) = PendingFile::create(path)?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok(Self { pending, out, hash: Sha256::new(), bytes: Vec::new(), cols, rows: 0 })
    }

    /// Appends rows.
    pub(super) fn push(mut self, values: &[f32]) -> io::Result<Self> {
        self.bytes.clear();
        self.bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self.hash.update(&self.bytes);
        self.rows += (values.len() / self.cols.max(1)) as u64;
        self.out.write_all(&self.bytes)?;
        Ok(self)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&footer(self.rows, self.cols as u64, self.hash))?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()?;
        self.pending.commit()
    }
}

fn footer(rows: u64, cols: u64, hash: Sha256) -> [u8; FOOTER_BYTES as usize] {
    let mut footer = [0; FOOTER_BYTES as usize];
    footer[..8].copy_from_slice(&rows.to_le_bytes());
    footer[8..16].copy_from_slice(&cols.to_le_bytes());
    footer[16..32].copy_from_slice(&hash.finalize()[..16]);
    footer[32..].copy_from_slice(MAGIC);
    footer
}

/// A complete file of inputs.
#[derive(Debug)]
pub(super) struct InputFile {
    file: File,
    path: PathBuf,
    cols: usize,
}

impl InputFile {
    /// Opens a file of exactly these dimensions whose values are what was written; `None` for any other.
    pub(super) fn open(path: &Path, rows: usize, cols: usize) -> Option<Self> {
        let file = File::open(path).ok()?;
        let value_bytes = (rows as u64).checked_mul(cols as u64)?.checked_mul(4)?;
        if file.metadata().ok()?.len() != value_bytes + FOOTER_BYTES {
            return None;
        }
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let mut hash = Sha256::new();
        io::copy(&mut reader.by_ref().take(value_bytes), &mut hash).ok()?;
        let mut found = [0; FOOTER_BYTES as usize];
        reader.read_exact(&mut found).ok()?;
        if found != footer(rows as u64, cols as u64, hash) {
            return None;
        }
        cache::touch(&file);
        Some(Self { file, path: path.to_owned(), cols })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads some rows.
    pub(super) fn read(&self, rows: Range<usize>) -> io::Result<Vec<f32>> {
        let mut bytes = vec![0; rows.len() * self.cols * 4];
        read_exact_at(&self.file, &mut bytes, rows.start as u64 * self.cols as u64 * 4)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_written_and_damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inputs/a.f32");
        let writer = InputWriter::create(&path, 2).unwrap();
        writer
            .push(&[1.0, 2.0, 3.0, 4.0])
            .unwrap()
            .push(&[5.0, f32::MIN_POSITIVE])
            .unwrap()
            .finish()
            .unwrap();
        let file = InputFile::open(&path, 3, 2).unwrap();
        assert_eq!(file.read(1..3).unwrap(), [3.0, 4.0, 5.0, f32::MIN_POSITIVE]);
        assert!(InputFile::open(&path, 2, 3).is_none(), "other dimensions");
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, damaged).unwrap();
            assert!(InputFile::open(&path, 3, 2).is_none(), "byte {at}");
        }
    }
}

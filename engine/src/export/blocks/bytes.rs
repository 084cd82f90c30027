//! Little-endian fields of whole bytes, for the header.

use crate::export::ExportError;

/// Appends a text behind its length in two bytes; `None` where it is too long for them.
pub fn push_text(bytes: &mut Vec<u8>, text: &str) -> Option<()> {
    let len = u16::try_from(text.len()).ok()?;
    bytes.extend(len.to_le_bytes());
    bytes.extend(text.as_bytes());
    Some(())
}

/// What is left to read.
#[derive(Debug)]
pub struct ByteReader<'a> {
    rest: &'a [u8],
}

impl<'a> ByteReader<'a> {
    /// Reads `bytes` from the front.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes left.
    pub fn num_left(&self) -> usize {
        self.rest.len()
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], ExportError> {
        let (these, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or_else(|| ExportError::Damaged("its header is shorter than what it announces".into()))?;
        self.rest = rest;
        Ok(these)
    }

    /// The next field of `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ExportError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, ExportError> {
        Ok(self.array::<1>()?[0])
    }

    /// The next two bytes.
    pub fn u16(&mut self) -> Result<u16, ExportError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// The next four bytes, as a count.
    pub fn count(&mut self) -> Result<usize, ExportError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    /// A text behind its length.
    pub fn text(&mut self) -> Result<String, ExportError> {
        let len = usize::from(self.u16()?);
        let text = std::str::from_utf8(self.take(len)?);
        Ok(text.map_err(|_| ExportError::Damaged("a text of its header is not UTF-8".into()))?.to_owned())
    }
}

//! The sound in a WAV file, whatever its description says.
//!
//! A WAV file is a list of named chunks with sizes. Two of them matter, `fmt ` and `data`; the others hold
//! titles, cue points and studio notes, and are often wrong. This module finds the two and puts a plain
//! header before the samples, so that nothing else in the file can cost them. A file whose sizes are right
//! gives the samples that following the sizes gives.

use symphonia::core::errors::Error as DecoderError;

use super::input::{Input, Part};
use super::sink::MAX_CHANNELS;

/// Length of `RIFF`, size and `WAVE`.
const RIFF_HEADER_BYTES: u64 = 12;
/// Length of a chunk's name and size.
const CHUNK_HEADER_BYTES: u64 = 8;
/// Most bytes looked through for a chunk that the sizes do not lead to.
const MAX_SEARCH_BYTES: u64 = 64 << 20;
/// Most chunks followed; studio files have some tens.
const MAX_CHUNKS: usize = 10_000;
/// Longest `fmt ` chunk that means something: the coefficient tables of ADPCM.
const MAX_FORMAT_BYTES: u64 = 1024;

const TAG_PCM: u16 = 1;
const TAG_ADPCM: u16 = 2;
const TAG_FLOAT: u16 = 3;
const TAG_A_LAW: u16 = 6;
const TAG_MU_LAW: u16 = 7;
const TAG_IMA_ADPCM: u16 = 0x11;
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// A chunk as it describes itself.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    name: [u8; 4],
    /// Where the content begins.
    body: u64,
    /// Claimed length of the content.
    len: u64,
}

impl Chunk {
    /// Where the next chunk begins: contents are padded to even lengths.
    fn end(&self) -> u64 {
        self.body.saturating_add(self.len).saturating_add(self.len & 1)
    }
}

/// What was found in the file.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    format: Option<Chunk>,
    data: Option<Chunk>,
}

/// The samples of the WAV file that begins at `start`, behind a header with nothing but their format.
///
/// RIFF, RIFX (big endian), RF64 and BW64. A claimed size of the samples counts, except where it is what
/// programs write that do not know it: see [`is_placeholder`].
///
/// # Errors
/// No format, no samples, an unreadable file.
pub(super) fn part(input: &Input, start: u64) -> Result<Part, DecoderError> {
    let head = input.bytes_at(start, RIFF_HEADER_BYTES as usize)?;
    let wave = Wave { input, is_big_endian: head.starts_with(b"RIFX") };
    let first = start + RIFF_HEADER_BYTES;
    let mut found = wave.walk(first)?;
    if found.format.is_none() || found.data.is_none() {
        found = wave.search(first)?;
    }
    let format = found.format.ok_or(DecoderError::DecodeError("it does not say how its sound is coded"))?;
    let data = found.data.ok_or(DecoderError::DecodeError("it ends before its sound begins"))?;
    let (format, sample_bytes) = wave.plain_format(&format)?;
    let available = input.len().saturating_sub(data.body);
    let claimed = match data.len {
        0xffff_ffff if head.starts_with(b"RF64") || head.starts_with(b"BW64") => wave.ds64(first)?,
        len => Some(len),
    };
    let is_empty = claimed == Some(0) && wave.is_chain(data.end())?;
    let is_known = |&len: &u64| is_empty || (len != 0 && !is_placeholder(len, available));
    let claimed = claimed.filter(is_known).unwrap_or(available);
    Ok(Part {
        prefix: plain_header(&format, claimed),
        start: data.body,
        len: claimed.min(available),
        swapped_width: if wave.is_big_endian { sample_bytes } else { 1 },
    })
}

/// Whether a size that ends beyond the file is none: programs that write into a pipe cannot go back to fill it
/// in, and leave the largest number that they think readers take.
///
/// Sizes within 64 KiB below 4 GiB, and around 2 GiB, are what ffmpeg, SoX, arecord and others leave, less
/// a header or rounded to a block. Any other size from 2 GiB on is one where less than an eighth is there:
/// such a file was never that long, while a long recording that was cut off keeps its claim.
fn is_placeholder(claimed: u64, available: u64) -> bool {
    const NEAR: u64 = 64 << 10;
    const TWO_GIB: u64 = 1 << 31;
    const FOUR_GIB: u64 = 1 << 32;
    let is_known = (TWO_GIB - NEAR..=TWO_GIB + NEAR).contains(&claimed)
        || (FOUR_GIB - NEAR..FOUR_GIB).contains(&claimed);
    claimed > available && (is_known || (claimed >= TWO_GIB && available < claimed / 8))
}

/// The chunks of one file.
struct Wave<'a> {
    input: &'a Input,
    is_big_endian: bool,
}

impl Wave<'_> {
    fn u16(&self, bytes: [u8; 2]) -> u16 {
        if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    fn chunk_at(&self, position: u64) -> std::io::Result<Option<Chunk>> {
        let header = self.input.bytes_at(position, CHUNK_HEADER_BYTES as usize)?;
        let [a, b, c, d, size @ ..] = header.as_slice() else { return Ok(None) };
        let Ok(size) = <[u8; 4]>::try_from(size) else { return Ok(None) };
        let len = u64::from(self.u32(size));
        Ok(Some(Chunk { name: [*a, *b, *c, *d], body: position + CHUNK_HEADER_BYTES, len }))
    }

    /// Follows the sizes from chunk to chunk.
    fn walk(&self, mut position: u64) -> std::io::Result<Found> {
        let mut found = Found::default();
        for _ in 0..MAX_CHUNKS {
            let Some(chunk) = self.chunk_at(position)? else { break };
            match &chunk.name {
                b"fmt " => found.format = Some(chunk),
                b"data" => {
                    found.data = Some(chunk);
                    // A size of 0 is either the truth, and chunks follow, or never filled in.
                    if found.format.is_some() && (chunk.len > 0 || !self.is_chain(chunk.end())?) {
                        break;
                    }
                }
                _ => {}
            }
            position = chunk.end();
        }
        Ok(found)
    }

    /// Whether well-formed chunks, at least one, lead from `position` to the end of the file.
    fn is_chain(&self, mut position: u64) -> std::io::Result<bool> {
        let first = position;
        for _ in 0..MAX_CHUNKS {
            let Some(chunk) = self.chunk_at(position)? else { break };
            if !chunk.name.iter().all(|byte| (0x20..0x7f).contains(byte)) {
                return Ok(false);
            }
            position = chunk.end();
        }
        // The last chunk may lack its padding.
        Ok(position > first && (self.input.len()..=self.input.len() + 1).contains(&position))
    }

    /// Looks for the two chunks by their names, because a size among the chunks before them is wrong.
    fn search(&self, first: u64) -> std::io::Result<Found> {
        let until = first.saturating_add(MAX_SEARCH_BYTES);
        let format =
            self.find(b"fmt ", first, until, |chunk, _| (14..=MAX_FORMAT_BYTES).contains(&chunk.len))?;
        let fits = |chunk: &Chunk, available| chunk.len <= available || is_placeholder(chunk.len, available);
        // The word may stand in a comment: a size that fits tells. A cut-off file has none that does.
        let data = match self.find(b"data", first, until, fits)? {
            None => self.find(b"data", first, until, |_, _| true)?,
            found => found,
        };
        Ok(Found { format, data })
    }

    fn find(
        &self,
        name: &[u8; 4],
        mut from: u64,
        until: u64,
        is_it: impl Fn(&Chunk, u64) -> bool,
    ) -> std::io::Result<Option<Chunk>> {
        while let Some(position) = self.input.find(name, from, until)? {
            let chunk = self.chunk_at(position)?;
            let available = self.input.len().saturating_sub(position + CHUNK_HEADER_BYTES);
            if let Some(chunk) = chunk.filter(|chunk| is_it(chunk, available)) {
                return Ok(Some(chunk));
            }
            from = position + 1;
        }
        Ok(None)
    }

    /// The length of the samples that a 64-bit file keeps in its first chunk.
    fn ds64(&self, first: u64) -> std::io::Result<Option<u64>> {
        let Some(chunk) = self.chunk_at(first)?.filter(|chunk| &chunk.name == b"ds64") else {
            return Ok(None);
        };
        let sizes = self.input.bytes_at(chunk.body, 16)?;
        Ok(sizes.get(8..16).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes))
    }

    /// The format in little endian, in the one form that every reader takes, and the bytes of a sample.
    fn plain_format(&self, chunk: &Chunk) -> Result<(Vec<u8>, usize), DecoderError> {
        let raw = self.input.bytes_at(chunk.body, chunk.len.clamp(16, MAX_FORMAT_BYTES) as usize)?;
        let short = |at: usize| raw.get(at..at + 2).map(|bytes| self.u16([bytes[0], bytes[1]]));
        let long = |at: usize| Some(self.u32(raw.get(at..at + 4)?.try_into().ok()?));
        let fields = (short(0), short(2), long(4), long(8), short(12));
        let (Some(tag), Some(num_channels), Some(rate_hz), Some(bytes_per_sec), Some(block)) = fields else {
            return Err(DecoderError::DecodeError("it ends within its header"));
        };
        // Beyond them its reader multiplies past what 16 bits hold.
        if usize::from(num_channels) > MAX_CHANNELS {
            return Err(DecoderError::Unsupported("it has more than 64 channels"));
        }
        // Sizes below a byte are stored in whole bytes; the oldest headers do not say at all.
        let stored_bits = 8 * block.checked_div(num_channels).unwrap_or(0).min(8);
        let stated = short(14).filter(|_| chunk.len >= 16).unwrap_or(0);
        let is_odd = stated == 0 || stated % 8 != 0;
        let is_plain = matches!(tag, TAG_PCM | TAG_FLOAT | TAG_A_LAW | TAG_MU_LAW);
        let bits = if is_plain && is_odd && stored_bits > stated { stored_bits } else { stated };
        let mut plain = Vec::with_capacity(40);
        for field in [tag, num_channels] {
            plain.extend_from_slice(&field.to_le_bytes());
        }
        for field in [rate_hz, bytes_per_sec] {
            plain.extend_from_slice(&field.to_le_bytes());
        }
        for field in [block, bits] {
            plain.extend_from_slice(&field.to_le_bytes());
        }
        match tag {
            TAG_PCM | TAG_FLOAT => {}
            TAG_A_LAW | TAG_MU_LAW => plain.extend_from_slice(&[0, 0]),
            TAG_EXTENSIBLE => self.extend(&mut plain, &raw, bits),
            TAG_ADPCM | TAG_IMA_ADPCM => {
                let extra = short(16).unwrap_or(0);
                plain.extend_from_slice(&extra.to_le_bytes());
                plain.extend(raw.iter().skip(18).take(usize::from(extra)));
            }
            // Not decoded: its reader says so.
            _ => {}
        }
        Ok((plain, usize::from(bits / 8)))
    }

    /// Completes an extensible format. Only its channel mask and its kind of coding say something that the
    /// fields before do not.
    fn extend(&self, plain: &mut Vec<u8>, raw: &[u8], bits: u16) {
        /// What follows the tag of the coding in its identifier.
        const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
        let Some(extension) = raw.get(16..40) else {
            // Cut short: integer samples are what nearly all such files hold.
            plain[..2].copy_from_slice(&TAG_PCM.to_le_bytes());
            return;
        };
        let short = |at: usize| self.u16([extension[at], extension[at + 1]]);
        let mask = self.u32([extension[4], extension[5], extension[6], extension[7]]);
        let (valid, coding) = (short(2), short(8));
        let is_fit = valid > 0 && (valid == bits || (valid < bits && coding == TAG_PCM));
        plain.extend_from_slice(&22u16.to_le_bytes());
        plain.extend_from_slice(&(if is_fit || coding > TAG_FLOAT { valid } else { bits }).to_le_bytes());
        plain.extend_from_slice(&mask.to_le_bytes());
        if self.is_big_endian {
            plain.extend_from_slice(&coding.to_le_bytes());
            plain.extend_from_slice(&GUID_TAIL);
        } else {
            plain.extend_from_slice(&extension[8..24]);
        }
    }
}

/// A header with a format and the length of the samples in bytes, all that a WAV file needs.
fn plain_header(format: &[u8], data_len: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(28 + format.len());
    // The outer size bounds nothing here; the largest number means that it is not known.
    header.extend_from_slice(b"RIFF\xff\xff\xff\xffWAVEfmt ");
    header.extend_from_slice(&(format.len() as u32).to_le_bytes());
    header.extend_from_slice(format);
    if format.len() % 2 == 1 {
        header.push(0);
    }
    header.extend_from_slice(b"data");
    header.extend_from_slice(&u32::try_from(data_len).unwrap_or(u32::MAX).to_le_bytes());
    header
}

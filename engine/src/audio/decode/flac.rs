//! The sound in a FLAC file, whatever its tags, pictures and seek points say.

use symphonia::core::errors::Error as DecoderError;

use super::input::{Input, Part};

/// Length of `fLaC`.
const MARKER_BYTES: u64 = 4;
/// Length of a block's kind and size.
const BLOCK_HEADER_BYTES: u64 = 4;
/// Length of the one block that decoding needs.
const STREAM_INFO_BYTES: usize = 34;
/// Marks the last block.
const LAST: u8 = 0x80;
/// Most tags behind the sound.
const MAX_TAGS: usize = 8;
/// Most blocks followed; files have a handful.
const MAX_BLOCKS: usize = 1000;

/// The frames of the FLAC file that begins at `start`, behind its stream information alone.
///
/// # Errors
/// No stream information, an unreadable file.
pub(super) fn part(input: &Input, start: u64) -> Result<Part, DecoderError> {
    let info = stream_info(input, start)?.ok_or(DecoderError::DecodeError("it has no stream information"))?;
    let mut prefix = b"fLaC".to_vec();
    prefix.extend_from_slice(&[LAST, 0, 0, STREAM_INFO_BYTES as u8]);
    prefix.extend_from_slice(&info);
    // Where the sizes of the blocks lead to no frame, the decoder looks for the first one itself.
    let behind_info = start + MARKER_BYTES + BLOCK_HEADER_BYTES + STREAM_INFO_BYTES as u64;
    let first_frame = first_frame(input, start + MARKER_BYTES)?.unwrap_or(behind_info);
    let len = sound_end(input)?.saturating_sub(first_frame);
    Ok(Part { prefix, len, ..Part::rest(input, first_frame) })
}

/// Where the last frame ends: before the tags of MP3 players, which the decoder would take for a part of it.
fn sound_end(input: &Input) -> std::io::Result<u64> {
    const ID3V1_BYTES: u64 = 128;
    const APE_FOOTER_BYTES: u64 = 32;
    let mut end = input.len();
    for _ in 0..MAX_TAGS {
        if let Some(start) = end.checked_sub(ID3V1_BYTES)
            && input.bytes_at(start, 3)? == b"TAG"
        {
            end = start;
            continue;
        }
        let Some(footer_start) = end.checked_sub(APE_FOOTER_BYTES) else { break };
        let footer = input.bytes_at(footer_start, APE_FOOTER_BYTES as usize)?;
        let [
            b'A',
            b'P',
            b'E',
            b'T',
            b'A',
            b'G',
            b'E',
            b'X',
            _,
            _,
            _,
            _,
            a,
            b,
            c,
            d,
            ..,
            flags,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] = footer.as_slice()
        else {
            break;
        };
        // Its size counts the footer, and not the header that a flag tells of.
        let header = if flags & 0x80 != 0 { APE_FOOTER_BYTES } else { 0 };
        let size = u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + header;
        end = end.checked_sub(size.max(APE_FOOTER_BYTES)).unwrap_or(footer_start);
    }
    Ok(end)
}

/// The content of the first stream information block.
fn stream_info(input: &Input, start: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut position = start + MARKER_BYTES;
    for _ in 0..MAX_BLOCKS {
        let head = input.bytes_at(position, BLOCK_HEADER_BYTES as usize + STREAM_INFO_BYTES)?;
        let [kind, a, b, c, info @ ..] = head.as_slice() else { return Ok(None) };
        if kind & !LAST == 0 {
            return Ok(Some(info.to_vec()).filter(|info| info.len() == STREAM_INFO_BYTES));
        }
        position += BLOCK_HEADER_BYTES + block_len([*a, *b, *c]);
    }
    Ok(None)
}

/// Where the sizes of the blocks lead, if a frame begins there.
fn first_frame(input: &Input, mut position: u64) -> std::io::Result<Option<u64>> {
    for _ in 0..MAX_BLOCKS {
        let head = input.bytes_at(position, BLOCK_HEADER_BYTES as usize)?;
        let [kind, a, b, c] = head.as_slice() else { return Ok(None) };
        position += BLOCK_HEADER_BYTES + block_len([*a, *b, *c]);
        if kind & LAST != 0 {
            let sync = input.bytes_at(position, 2)?;
            let is_frame = matches!(sync.as_slice(), [0xff, 0xf8 | 0xf9]);
            return Ok(is_frame.then_some(position));
        }
    }
    Ok(None)
}

fn block_len([a, b, c]: [u8; 3]) -> u64 {
    u64::from(u32::from_be_bytes([0, a, b, c]))
}

//! The streams of an Ogg file, one after the other.
//!
//! Ogg files may be chained: radio streams that were saved, and files joined with `cat`, hold complete
//! streams behind one another, each with its own rate and channels. Each becomes a part of its own.
//!
//! Tags of Opus are replaced by none: its reader takes everything behind tags that it cannot read for tags.

use std::io;

use super::input::{Input, Part};

/// Length of a page's header before its table of segments.
const HEADER_BYTES: usize = 27;
/// Flag of the first page of a stream.
const FIRST: u8 = 2;

/// Most pages that tags may take: pictures of some megabytes.
const MAX_TAG_PAGES: usize = 1000;

/// A page, without its content.
struct Page {
    flags: u8,
    serial: [u8; 4],
    /// Where its content begins.
    content: u64,
    /// Where the next page begins.
    end: u64,
    /// Whether the last packet goes on in the next page.
    is_open: bool,
}

/// The chained streams of the file that begins at `start`; one part where nothing is chained.
pub(super) fn parts(input: &Input, start: u64) -> io::Result<Vec<Part>> {
    let mut starts = vec![start];
    let (mut position, mut is_among_first) = (start, true);
    while position < input.len() {
        let Some(page) = page_at(input, position)? else {
            // Damage within a stream: its reader skips it as well.
            match input.find(b"OggS", position + 1, input.len())? {
                Some(next) => position = next,
                None => break,
            }
            continue;
        };
        // Streams side by side begin together; a beginning behind other pages is a new link of the chain.
        let is_first = page.flags & FIRST != 0;
        if is_first && !is_among_first {
            starts.push(position);
        }
        is_among_first = is_first;
        position = page.end;
    }
    let ends = starts.iter().skip(1).copied().chain([input.len()]);
    let part = |(&start, end): (&u64, u64)| {
        without_tags(input, Part { len: end - start, ..Part::rest(input, start) })
    };
    starts.iter().zip(ends).map(part).collect()
}

/// A stream of Opus with its tags emptied; any other stream as it is.
fn without_tags(input: &Input, part: Part) -> io::Result<Part> {
    let Some(first) = page_at(input, part.start)? else { return Ok(part) };
    if input.bytes_at(first.content, 8)? != b"OpusHead" {
        return Ok(part);
    }
    let mut position = first.end;
    for _ in 0..MAX_TAG_PAGES {
        // Pages of streams side by side lie between those of the tags: these are left alone.
        let Some(page) = page_at(input, position)?.filter(|page| page.serial == first.serial) else { break };
        position = page.end;
        if !page.is_open {
            let end = part.start + part.len;
            let mut prefix = input.bytes_at(part.start, (first.end - part.start) as usize)?;
            prefix.extend(page_of_no_tags(first.serial));
            return Ok(Part { prefix, start: position, len: end.saturating_sub(position), ..part });
        }
    }
    Ok(part)
}

/// The second page of a stream of Opus, with no tags on it.
fn page_of_no_tags(serial: [u8; 4]) -> Vec<u8> {
    let tags = b"OpusTags\0\0\0\0\0\0\0\0";
    let mut page = b"OggS\0\0\0\0\0\0\0\0\0\0".to_vec();
    page.extend_from_slice(&serial);
    page.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 1, tags.len() as u8]);
    page.extend_from_slice(tags);
    let sum = checksum(&page);
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

/// The cyclic redundancy check of Ogg: polynomial 0x04c11db7, not reflected, from 0.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ (u32::from(byte) << 24), |sum, _| (sum << 1) ^ ((sum >> 31) * 0x04c1_1db7))
    })
}

fn page_at(input: &Input, position: u64) -> io::Result<Option<Page>> {
    let head = input.bytes_at(position, HEADER_BYTES + 255)?;
    let [b'O', b'g', b'g', b'S', 0, flags, _, _, _, _, _, _, _, _, a, b, c, d, ..] = head.as_slice() else {
        return Ok(None);
    };
    let Some(num_segments) = head.get(HEADER_BYTES - 1) else { return Ok(None) };
    let end = HEADER_BYTES + usize::from(*num_segments);
    let Some(segments) = head.get(HEADER_BYTES..end) else { return Ok(None) };
    let num_bytes: u64 = segments.iter().map(|&len| u64::from(len)).sum();
    let content = position + end as u64;
    Ok(Some(Page {
        flags: *flags,
        serial: [*a, *b, *c, *d],
        content,
        end: content + num_bytes,
        is_open: segments.last().is_none_or(|&len| len == 255),
    }))
}

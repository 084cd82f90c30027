//! The streams of an Ogg file, one after the other.
//!
//! Ogg files may be chained: radio streams that were saved, and files joined with `cat`, hold complete streams behind one
//! another, each with its own rate and channels. Each becomes a part of its own.

use std::io;

use super::input::{Input, Part};

/// Length of a page's header before its table of segments.
const HEADER_BYTES: usize = 27;
/// Flag of the first page of a stream.
const FIRST: u8 = 2;

/// A page, without its content.
struct Page {
    flags: u8,
    /// Where the next page begins.
    end: u64,
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
    let part = |(&start, end): (&u64, u64)| Part { len: end - start, ..Part::rest(input, start) };
    Ok(starts.iter().zip(ends).map(part).collect())
}

fn page_at(input: &Input, position: u64) -> io::Result<Option<Page>> {
    let head = input.bytes_at(position, HEADER_BYTES + 255)?;
    let [b'O', b'g', b'g', b'S', 0, flags, .., _] = head.as_slice() else { return Ok(None) };
    let Some(num_segments) = head.get(HEADER_BYTES - 1) else { return Ok(None) };
    let end = HEADER_BYTES + usize::from(*num_segments);
    let Some(segments) = head.get(HEADER_BYTES..end) else { return Ok(None) };
    let content: u64 = segments.iter().map(|&len| u64::from(len)).sum();
    Ok(Some(Page { flags: *flags, end: position + end as u64 + content }))
}

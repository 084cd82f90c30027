//! Where the sound of an MP3 file begins, whatever its tag says, and what its frames add up to.

use std::io;

use super::input::Input;

/// Most bytes behind a wrong tag that are looked through: tags hold pictures.
const MAX_SEARCH_BYTES: usize = 16 << 20;
/// Frames in a row that are sound and no accident.
const CERTAIN_FRAMES: usize = 4;
/// Length of a frame's header.
const HEADER_BYTES: usize = 4;
/// Length of a tag's header.
const TAG_HEADER_BYTES: u64 = 10;

/// Where the frames begin behind a tag that claims to end at `tag_end`; `None` where there are none.
///
/// A tag whose end no frame follows may be longer or shorter than it says. Then the first run of frames
/// counts, unless it ends within the tag: pictures and other recordings in a tag look like frames for a
/// while.
pub(super) fn start(input: &Input, tag_end: u64) -> io::Result<Option<u64>> {
    let at_end = input.bytes_at(tag_end, MAX_SEARCH_BYTES.min(1 << 14))?;
    if is_run(&at_end, 2) {
        return Ok(Some(tag_end));
    }
    let head = input.bytes_at(TAG_HEADER_BYTES, MAX_SEARCH_BYTES)?;
    let claimed = usize::try_from(tag_end.saturating_sub(TAG_HEADER_BYTES)).unwrap_or(usize::MAX);
    let mut from = 0;
    while let Some(found) = first_run(&head, from) {
        let end = end_of_run(&head, found);
        if claimed >= head.len() || end >= claimed {
            return Ok(Some(TAG_HEADER_BYTES + found as u64));
        }
        from = end;
    }
    Ok(None)
}

fn first_run(bytes: &[u8], from: usize) -> Option<usize> {
    (from..bytes.len()).find(|&at| bytes[at] == 0xff && is_run(&bytes[at..], CERTAIN_FRAMES))
}

/// Whether `bytes` begin with that many frames of one kind, or with fewer up to their end.
fn is_run(bytes: &[u8], num_frames: usize) -> bool {
    let Some(first) = frame(bytes) else { return false };
    let mut at = first.len;
    for _ in 1..num_frames {
        match bytes.get(at..).and_then(frame) {
            Some(next) if next.kind == first.kind => at += next.len,
            _ => return at == bytes.len(),
        }
    }
    true
}

fn end_of_run(bytes: &[u8], mut at: usize) -> usize {
    while let Some(next) = bytes.get(at..).and_then(frame) {
        at += next.len;
    }
    at
}

/// A frame's header.
struct Frame {
    /// Version, layer and sampling rate, which all frames of a recording share.
    kind: (u8, u8),
    /// Bytes up to the next frame.
    len: usize,
}

/// The layer-III frame that `bytes` begin with.
fn frame(bytes: &[u8]) -> Option<Frame> {
    /// Kilobits per second by index: of MPEG 1, and of the halved rates of MPEG 2.
    const KILOBITS: [[usize; 16]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
    ];
    const RATES_HZ: [usize; 3] = [44_100, 48_000, 32_000];
    let &[0xff, second, third, _] = bytes.get(..HEADER_BYTES)? else { return None };
    let version = second >> 3 & 3;
    if second & 0xe0 != 0xe0 || version == 1 || second >> 1 & 3 != 1 {
        return None;
    }
    // Versions 3, 2 and 0: MPEG 1, 2 and 2.5.
    let (is_full, divisor) = match version {
        3 => (true, 1),
        2 => (false, 2),
        _ => (false, 4),
    };
    let kilobits = KILOBITS[usize::from(!is_full)][usize::from(third >> 4)];
    let rate_hz = RATES_HZ.get(usize::from(third >> 2 & 3))? / divisor;
    let num_samples = if is_full { 1152 } else { 576 };
    let len = num_samples / 8 * kilobits * 1000 / rate_hz + usize::from(third >> 1 & 1);
    (kilobits > 0).then_some(Frame { kind: (second & 0xfe, third & 0x0c), len })
}

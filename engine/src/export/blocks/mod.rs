//! `model.cgs`: a whole recogniser in one packed file, as small as the memory bill says it is.
//!
//! Reading gives back the integer network to the bit, with the front end that feeds it. The payload has exactly the bits
//! that [`crate::memory`] bills, in one stream without gaps; what is not the network lies in the header. All numbers are
//! little-endian; a text is UTF-8 behind its length in bytes (u16).
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | `89 43 47 53 0D 0A 1A 0A` |
//! | 8 | 2 | version of the format: 1 |
//! | 10 | 2 | flags: bit 0 is set where the payload holds no block index and patterns are drawn from their seeds; others are 0 |
//! | 12 | 4 | `H`, the bytes before the payload |
//! | 16 | 8 | `B`, the bits of the payload |
//! | 24 | `H - 24` | rest of the header |
//! | `H` | `ceil(B / 8)` | payload |
//! | `H + ceil(B / 8)` | 4 | CRC-32 (polynomial `EDB88320`, as in zip and PNG) of all bytes before it |
//!
//! Rest of the header:
//!
//! | bytes | content |
//! |---|---|
//! | text | the settings `features.*`, as TOML without their prefix |
//! | 2 | number of labels |
//! | texts | labels, in the order of the outputs |
//! | 2 | number of layers |
//! | | per layer, first to last: |
//! | text | name |
//! | 4, 4 | outputs, inputs |
//! | 1 | selection: 0 balanced, 1 connected, 2 independent |
//! | 1 | number of levels |
//! | 4, 8 each | block size, and drop probability (f64); outer level first |
//! | 8 | seed of the pattern |
//! | 1, 1, 2 | rule of the weights (0 power of two, 1 published), bits, and binary logarithm of their step (i16; 0 for the published rule, whose step is `2^(1 - bits)`) |
//! | 1, 2 | bits of what it reads, and binary logarithm of the step (i16); two's complement in the first layer, unsigned behind a rectifier |
//! | 1 | bits of the accumulator and of a bias |
//! | rest | normalisation of the inputs, packed without loss: see below |
//!
//! Payload and normalisation are streams of fields, each with its lowest bit first, from the lowest bit of a byte up; the
//! last byte is filled up with zeros. Payload, per layer, first to last:
//!
//! 1. The block index, unless bit 0 of the flags is set. Level by level, outer first; in each level region by region: the
//!    layer for the outermost, the kept blocks of the level around it, by row and then column, for the others; in each region
//!    block row by block row, as many as a whole region has. A block row of independent selection begins with the number of
//!    blocks that it keeps, in `ceil(log2(C + 1))` bits; of the other selections it keeps
//!    `max(1, round(c (1 - p)))` of the `c` blocks that it has, where `round` takes halves up and is given a number larger
//!    by a part in 10^12, so that a half in f64 is one. Then the kept block columns, ascending, counted from the
//!    region's first, in `ceil(log2 C)` bits each. `C` is the number of block columns of the layer, or of a whole outer block
//!    (of the layer, where that is smaller). A level that keeps every block is left out.
//! 2. Weight codes: kept blocks by row and then column, row by row inside, without what lies beyond the layer's edges. Two's
//!    complement. At one bit, 0 is 1 and 1 is -1; the published rule has no code 0, so levels above it are stored one lower.
//! 3. Biases in two's complement, at the accumulator's width and scale.
//!
//! Normalisation (`(x - mean) * inv_std` for each input `x`): first, in 32 bits, the inputs from one frame to the next. Then
//! `mean`, then `inv_std`, each coefficient by coefficient:
//!
//! | bits | content |
//! |---|---|
//! | 2 | guess: 0 is 0; 1 the value before, `a`; 2 the line through the two before, `a + (a - b)` in f32 (`a` where that is not finite) |
//! | 5 | width `k` |
//! | 32 | value in the first frame, an f32; in the second frame `b` is `a` |
//! | | per later frame, its place less the place of the guess, `d`, as `u = 2 d`, or `-2 d - 1` below zero: |
//! | at least `k + 1` | `u >> k` ones, a zero, the low `k` bits of `u`; where these are 8 ones or more: |
//! | 40 | eight ones, `u` |
//!
//! The place of a float among all floats is its bits as a whole number where it is positive, and `-1 - m` where it is
//! negative, `m` being its bits without the sign; differences wrap around at 32 bits.
//!
//! # Patterns from their seeds
//! Where bit 0 of the flags is set, a reader draws each layer's kept blocks as they were drawn before training. All numbers
//! are unsigned, of 64 bits, and wrap around; `rotl` turns bits to the left.
//!
//! ```text
//! mix(z):    z += 9e3779b97f4a7c15                                               (SplitMix64)
//!            z = (z ^ (z >> 30)) * bf58476d1ce4e5b9
//!            z = (z ^ (z >> 27)) * 94d049bb133111eb; return z ^ (z >> 31)
//! start:     s[i] = mix(seed + i * 9e3779b97f4a7c15), i = 0 to 3, once per layer
//! next():    r = rotl(s[0] + s[3], 23) + s[0]; t = s[1] << 17                    (xoshiro256++)
//!            s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t
//!            s[3] = rotl(s[3], 45); return r
//! below(n):  repeat m = next() * n, in 128 bits, until its low half is at least 2^64 mod n
//!            return the high half of m
//! front(k):  for i = 0 to k - 1: exchange columns[i] and columns[i + below(c - i)]
//! ```
//!
//! Level by level, outer first; in each level region by region, in the order of the block index, but each region as it is cut
//! at the layer's edges. `columns` are the region's `c` block columns, ascending at its start, and stay as a row leaves them
//! for the next. Block row by block row, with `keep = max(1, round(c (1 - p)))`:
//!
//! - Balanced: nothing is drawn where `keep = c`. Otherwise `front(keep)`; the first `keep` columns are kept.
//! - Connected: nothing is drawn where `keep = c`. Otherwise `front(c)`; kept are the `keep` columns that come first when
//!   those with signal come before those without, then those kept by fewer block rows of this level so far, then by their
//!   place after `front`. Then the kept ones are put first, ascending, and the others behind them, ascending. A block column
//!   has signal where one of its inputs has: all of the network's inputs do, and an output of a layer does where its block
//!   row, on the innermost level, keeps a block column with signal.
//! - Independent: column by column, kept where `(next() >> 11) / 2^53 >= p`; nothing is drawn where `p` is 0 or 1.
//!
//! The arithmetic is that of [`crate::fixed`]. A reader checks every size against the bytes that are there before it
//! allocates, so a damaged file costs an error and no more memory than 64 numbers per byte of its length, and a quarter of a
//! million numbers for files that hold next to nothing.

mod bytes;
#[cfg(test)]
mod damage_tests;
mod header;
mod index;
mod normalisation;
mod packed;
mod payload;
#[cfg(test)]
mod tests;

pub use packed::{PackedFile, PackedModel, read, write};

use super::{ExportError, ExportOptions, Files, Format, OutFile};
use crate::memory::{Bill, MemoryBits};
use crate::model::StoredModel;

/// Name of the file.
pub const FILE_NAME: &str = "model.cgs";

/// The packed file of a model.
///
/// # Errors
/// The model is not an integer network, or cannot be read back from what would be written: its patterns are not those of
/// its selection rule, or with [`super::IndexStorage::Seed`] not those of its seeds.
pub fn files(model: &StoredModel, options: &ExportOptions) -> Result<Files, ExportError> {
    let packed = PackedModel::of(model)?;
    let file = write(&packed, options.index)?;
    let stored = Bill::of(&model.plan).total;
    let bill = options.bill(Format::Blocks, stored);
    if file.payload_bits != bill.total {
        return Err(unsuitable(format!(
            "the payload has {} bits, but the bill says {}; please report this model",
            file.payload_bits, bill.total
        )));
    }
    Ok(Files {
        network_bytes: Some(file.payload_bits.div_ceil(8)),
        notes: notes(&file, &bill, &stored),
        files: vec![OutFile { name: FILE_NAME.into(), content: file.bytes }],
    })
}

/// `bill` is that of the file, `stored` that of the same file with its index in it.
fn notes(file: &PackedFile, bill: &MemoryBits, stored: &MemoryBits) -> Vec<String> {
    let index_text = match stored.index - bill.index {
        0 => format!("{} of the block index", bill.index),
        saved => format!("none of the block index, which is drawn again from its seeds ({saved} bits saved)"),
    };
    let payload = file.payload_bits.div_ceil(8);
    let all = file.bytes.len() as u64;
    vec![
        format!(
            "payload: {} bits, as billed = {} of weights, {index_text}, {} of biases; {payload} bytes",
            file.payload_bits, bill.weights, bill.biases
        ),
        format!(
            "header: {} bytes (front end, labels, layers; {} of them the normalisation of the inputs), and 4 of checksum",
            file.header_len, file.normalisation_len
        ),
        format!(
            "file: {all} bytes, {:.2} % above its payload",
            (all as f64 / payload.max(1) as f64 - 1.0) * 100.0
        ),
        format!("use it: `coarsegrain evaluate {FILE_NAME}` and `coarsegrain listen {FILE_NAME}`"),
    ]
}

fn unsuitable(reason: impl Into<String>) -> ExportError {
    ExportError::Unsuitable { format: Format::Blocks, reason: reason.into() }
}

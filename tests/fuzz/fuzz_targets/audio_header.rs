//! Any bytes behind the mark of every format that is read: an error, or samples.

#![no_main]

mod allocation;
mod audio;

use libfuzzer_sys::fuzz_target;

/// What files begin with; the empty one leaves that to the bytes.
const MARKS: [&[u8]; 16] = [
    b"",
    b"RIFF\xff\xff\xff\xffWAVE",
    b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0",
    b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10\0\x01\0\x01\0\0\x3e\x80\0\0\x7d\0\0\x02\0\x10",
    b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0",
    b"fLaC\0\0\0\x22",
    b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x03\xe8\0\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"OggS\0\x02",
    b"ID3\x04\0\0\0\0\0\x20",
    b"\xff\xfb\x90\x64",
    b"\xff\xf1\x60\x40",
    b"FORM\0\0\0\xffAIFF",
    b"FORM\0\0\0\xffAIFC",
    b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20",
    b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42",
    b"\x1aE\xdf\xa3\x84\x42\x86\x81\x01\x18\x53\x80\x67",
];

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, bytes) = input;
    let mark = MARKS[usize::from(kind) % MARKS.len()];
    audio::check(&[mark, bytes].concat());
});

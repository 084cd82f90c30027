//! Any bytes as packets of every coding that lies in Ogg, in pages with right checksums: an error, or samples.
//!
//! Random bytes would all fail at the checksum of the first page.

#![no_main]

mod allocation;
mod audio;

use libfuzzer_sys::fuzz_target;

const LAST: u8 = 4;
const FIRST: u8 = 2;

/// A page with one packet.
fn page(flags: u8, position: u64, sequence: u32, packet: &[u8]) -> Vec<u8> {
    let packet = &packet[..packet.len().min(255 * 254)];
    let mut bytes = b"OggS\0".to_vec();
    bytes.push(flags);
    bytes.extend_from_slice(&position.to_le_bytes());
    bytes.extend_from_slice(&1u32.to_le_bytes());
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    let num_full = packet.len() / 255;
    bytes.push(num_full as u8 + 1);
    bytes.extend(std::iter::repeat_n(255, num_full));
    bytes.push((packet.len() % 255) as u8);
    bytes.extend_from_slice(packet);
    let sum = checksum(&bytes);
    bytes[22..26].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The cyclic redundancy check of Ogg: polynomial 0x04c11db7, not reflected, from 0.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| sum << 1 ^ (sum >> 31) * 0x04c1_1db7)
    })
}

fuzz_target!(|input: (u8, [u8; 21], Vec<Vec<u8>>)| {
    let (kind, fields, packets) = input;
    let mut headers: Vec<Vec<u8>> = match kind % 4 {
        // Opus, of one stream or of several, with fields of any kind.
        0 => vec![b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0".to_vec(), b"OpusTags\0\0\0\0\0\0\0\0".to_vec()],
        1 => vec![[b"OpusHead\x01", fields.as_slice()].concat(), b"OpusTags\0\0\0\0\0\0\0\0".to_vec()],
        2 => vec![[b"\x01vorbis\0\0\0\0", fields.as_slice()].concat()],
        _ => vec![[b"\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22", fields.as_slice(), &[0; 13]].concat()],
    };
    headers.extend(packets);
    let last = headers.len() - 1;
    let pages = headers.iter().enumerate().map(|(index, packet)| {
        let flags = if index == 0 { FIRST } else { 0 } | if index == last { LAST } else { 0 };
        page(flags, 960 * index as u64, index as u32, packet)
    });
    audio::check(&pages.collect::<Vec<_>>().concat());
});

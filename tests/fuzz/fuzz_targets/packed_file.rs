//! Any bytes as a packed file: an error, or a network that can be computed with and packed again.

#![no_main]

use engine::export::{IndexStorage, blocks};
use libfuzzer_sys::fuzz_target;

/// Bytes of the checksum at the end of a file.
const CHECKSUM_LEN: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    // Random bytes would all fail at the checksum, so the right one goes behind them.
    let content = &bytes[..bytes.len().saturating_sub(CHECKSUM_LEN)];
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let sealed = [content, &crc.sum().to_le_bytes()].concat();
    let Ok(model) = blocks::read(&sealed) else { return };
    model.network.reference(&vec![1; model.network.num_inputs()]);
    let again = blocks::write(&model, IndexStorage::Stored);
    assert!(again.is_ok_and(|file| blocks::read(&file.bytes).is_ok_and(|read| read == model)));
});

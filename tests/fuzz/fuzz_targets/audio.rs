//! What both targets of recordings check.

use std::path::Path;

use engine::audio::decode_bytes_recording;

use crate::allocation::peak_of;

/// Longest recording decoded: compressed silence of hours fits into a few bytes.
const MAX_SECS: f64 = 20.0;

/// Memory of decoders that no input changes: windows, tables, buffers, and the filter of the resampler.
const FIXED_BYTES: usize = 16 << 20;

/// Decodes `bytes`; whatever they are, that must neither panic nor take more than four times their size
/// and that of the samples in memory.
pub fn check(bytes: &[u8]) {
    let (peak, decoded) = peak_of(|| decode_bytes_recording(bytes, Path::new("fuzz"), MAX_SECS));
    let num_samples = decoded.as_ref().map_or(0, |recording| recording.samples.len());
    let limit = FIXED_BYTES + 4 * (bytes.len() + 4 * num_samples);
    assert!(peak <= limit, "{peak} bytes for {} bytes of input and {num_samples} samples", bytes.len());
    if let Ok(recording) = decoded {
        assert!(num_samples > 0 && recording.samples.iter().all(|sample| sample.is_finite()));
        assert!(num_samples <= (MAX_SECS * 16_000.0) as usize + 16);
        let quality = recording.quality;
        assert!(quality.peak.is_finite() && quality.span.is_finite() && quality.mix_ratio.is_finite());
    }
}

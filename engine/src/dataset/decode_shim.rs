//! Stands in for `audio::decode_first` until it is here.
use std::path::Path;

pub(super) fn decode_first(path: &Path, _max_secs: f64) -> Result<Vec<f32>, String> {
    let mut reader = hound::WavReader::open(path).map_err(|e| e.to_string())?;
    reader.samples::<i16>().map(|s| s.map(|s| f32::from(s) / 32768.0).map_err(|e| e.to_string())).collect()
}
pub(super) const SAMPLE_RATE_HZ: u32 = 16_000;

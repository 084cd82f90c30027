//! Writing 16-bit mono WAV at 16 kHz: what every other program reads.

use std::io::{Cursor, Seek, Write};
use std::path::Path;

use super::{AudioError, SAMPLE_RATE_HZ};

const SPEC: hound::WavSpec = hound::WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE_HZ,
    bits_per_sample: 16,
    sample_format: hound::SampleFormat::Int,
};

/// Writes mono 16 kHz samples as 16-bit PCM: `round(32768 x)`, clipped to the 16-bit range; a non-finite
/// sample becomes 0. Samples that were decoded from 16-bit files come back bit for bit.
///
/// # Errors
/// [`AudioError::Write`] where the file cannot be written. A half-written file is left where it is: callers
/// that replace files write beside them and rename.
pub fn write_wav(path: &Path, samples: &[f32]) -> Result<(), AudioError> {
    let failed = |source| AudioError::Write { source, path: path.to_path_buf() };
    let file = std::fs::File::create(path).map_err(failed)?;
    write_samples(std::io::BufWriter::new(file), samples).map_err(failed)
}

/// The bytes of the file that [`write_wav`] writes.
pub fn wav_bytes(samples: &[f32]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::with_capacity(44 + 2 * samples.len()));
    // Writing to memory fails only beyond 4 GB, where the caller sees an unreadable file.
    let _ = write_samples(&mut bytes, samples);
    bytes.into_inner()
}

fn write_samples<W: Write + Seek>(target: W, samples: &[f32]) -> std::io::Result<()> {
    let io_error = |error| match error {
        hound::Error::IoError(source) => source,
        other => std::io::Error::other(other),
    };
    let mut writer = hound::WavWriter::new(target, SPEC).map_err(io_error)?;
    for &sample in samples {
        writer.write_sample(pcm16(sample)).map_err(io_error)?;
    }
    writer.finalize().map_err(io_error)
}

/// `as` saturates, and turns NaN into 0.
fn pcm16(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::super::{decode, decode_bytes};
    use super::*;

    #[test]
    fn written_samples_read_back() {
        let samples: Vec<f32> = (-32_768..32_768).step_by(77).map(|n| n as f32 / 32_768.0).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        write_wav(&path, &samples).unwrap();
        assert_eq!(decode(&path).unwrap(), samples);
        assert_eq!(decode_bytes(&wav_bytes(&samples), Path::new("memory")).unwrap(), samples);
    }

    #[test]
    fn loud_samples_clip_and_bad_ones_fall_silent() {
        let bytes = wav_bytes(&[2.0, -2.0, f32::NAN, 0.0]);
        let samples = decode_bytes(&bytes, Path::new("memory")).unwrap();
        assert_eq!(samples, [32_767.0 / 32_768.0, -1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = write_wav(Path::new("/no such folder/a.wav"), &[0.0]).unwrap_err();
        assert!(matches!(error, AudioError::Write { .. }), "{error}");
    }
}

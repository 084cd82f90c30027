//! Recordings of every kind, whole, wrong and hostile, made on the spot or by `scripts/audio_fixtures.py`.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// The tone of `scripts/audio_fixtures.py`.
pub(super) fn tone(rate_hz: u32, secs: f64) -> Vec<f64> {
    let wave = |t: f64| 0.4 * (TAU * 400.0 * t).sin() + 0.2 * (TAU * 1000.0 * t).sin();
    (0..(f64::from(rate_hz) * secs) as usize).map(|n| wave(n as f64 / f64::from(rate_hz))).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Coding {
    Int(u16),
    Float(u16),
}

/// Samples as little-endian bytes of a coding.
fn coded(coding: Coding, samples: impl Iterator<Item = f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for x in samples {
        match coding {
            Coding::Int(8) => bytes.push((x * 127.0 + 128.0).round() as u8),
            Coding::Int(bits) => {
                let code = (x * 2f64.powi(i32::from(bits) - 1)).round() as i32;
                bytes.extend_from_slice(&code.to_le_bytes()[..usize::from(bits) / 8]);
            }
            Coding::Float(32) => bytes.extend_from_slice(&(x as f32).to_le_bytes()),
            Coding::Float(_) => bytes.extend_from_slice(&x.to_le_bytes()),
        }
    }
    bytes
}

/// A WAV file whose header may promise other sizes than it holds.
struct WavFile {
    coding: Coding,
    rate_hz: u32,
    num_channels: u16,
    data: Vec<u8>,
    promised: Option<u32>,
}

impl WavFile {
    fn new(coding: Coding, rate_hz: u32, num_channels: u16, mono: &[f64]) -> Self {
        let repeated = mono.iter().flat_map(|&x| std::iter::repeat_n(x, usize::from(num_channels)));
        Self { coding, rate_hz, num_channels, data: coded(coding, repeated), promised: None }
    }

    fn bytes(&self) -> Vec<u8> {
        let (tag, bits) = match self.coding {
            Coding::Int(bits) => (1u16, bits),
            Coding::Float(bits) => (3, bits),
        };
        let block = self.num_channels.wrapping_mul(bits / 8);
        let promised = self.promised.unwrap_or(self.data.len() as u32);
        let mut bytes = b"RIFF".to_vec();
        bytes.extend_from_slice(&promised.saturating_add(36).to_le_bytes());
        bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0");
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&self.num_channels.to_le_bytes());
        bytes.extend_from_slice(&self.rate_hz.to_le_bytes());
        bytes.extend_from_slice(&self.rate_hz.wrapping_mul(u32::from(block)).to_le_bytes());
        bytes.extend_from_slice(&block.to_le_bytes());
        bytes.extend_from_slice(&bits.to_le_bytes());
        bytes.extend_from_slice(b"data");
        bytes.extend_from_slice(&promised.to_le_bytes());
        bytes.extend_from_slice(&self.data);
        bytes
    }

    fn decode(&self) -> Result<Vec<f32>, AudioError> {
        decode_bytes(&self.bytes(), Path::new("test.wav"))
    }
}

pub(super) fn assert_is_tone(samples: &[f32], tolerance: f64, what: &str) {
    assert!((samples.len() as i64 - 8_000).abs() <= 1, "{what}: {} samples", samples.len());
    let worst = samples[1_000..7_000]
        .iter()
        .zip(&tone(16_000, 0.5)[1_000..7_000])
        .map(|(&a, b)| (f64::from(a) - b).abs())
        .fold(0.0, f64::max);
    assert!(worst < tolerance, "{what}: {worst}");
}

#[test]
fn wav_of_every_width_rate_and_channel_count_decodes() {
    let widths = [
        (Coding::Int(8), 0.02),
        (Coding::Int(16), 1e-4),
        (Coding::Int(24), 1e-6),
        (Coding::Int(32), 1e-6),
        (Coding::Float(32), 1e-6),
        (Coding::Float(64), 1e-6),
    ];
    for (coding, tolerance) in widths {
        for rate_hz in [8_000, 16_000, 44_100, 48_000] {
            for num_channels in [1, 2, 6] {
                let samples =
                    WavFile::new(coding, rate_hz, num_channels, &tone(rate_hz, 0.5)).decode().unwrap();
                let resampling = if rate_hz == 16_000 { 0.0 } else { 2e-3 };
                assert_is_tone(
                    &samples,
                    tolerance + resampling,
                    &format!("{rate_hz} Hz, {num_channels} channels"),
                );
            }
        }
    }
}

#[test]
fn sixteen_bit_samples_at_16_khz_are_exact() {
    let codes: Vec<f64> = (-32_768..32_768).step_by(3).map(|code| f64::from(code) / 32_768.0).collect();
    let samples = WavFile::new(Coding::Int(16), 16_000, 1, &codes).decode().unwrap();
    assert!(samples.iter().zip(&codes).all(|(&a, &b)| f64::from(a) == b));
    assert_eq!(samples.len(), codes.len());
}

#[test]
fn channels_are_averaged() {
    let interleaved = (0..2_000).map(|n| if n % 2 == 0 { 0.5 } else { -0.25 });
    let mut file = WavFile::new(Coding::Float(32), 16_000, 2, &[]);
    file.data = coded(Coding::Float(32), interleaved);
    assert_eq!(file.decode().unwrap(), vec![0.125; 1_000]);
}

pub(super) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio")
}

#[test]
fn compressed_recordings_decode() {
    for (name, tolerance, format, rate_hz, num_channels) in [
        ("mono-16k.flac", 1e-4, "FLAC", 16_000, 1),
        ("stereo-44k-24bit.flac", 2e-3, "FLAC", 44_100, 2),
        ("stereo-44k.ogg", 0.05, "Ogg Vorbis", 44_100, 2),
        ("mono-16k.ogg", 0.05, "Ogg Vorbis", 16_000, 1),
        ("stereo-48k.mp3", 0.05, "MP3", 48_000, 2),
        ("mono-22k.mp3", 0.05, "MP3", 22_050, 1),
    ] {
        let recording = decode_recording(&fixtures().join(name), 10.0).unwrap();
        assert_eq!((recording.format, recording.rate_hz), (format, rate_hz), "{name}");
        assert_eq!((recording.num_channels, recording.is_cut), (num_channels, false), "{name}");
        assert_is_tone(&recording.samples, tolerance, name);
    }
}

#[test]
fn names_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for (name, disguise) in [("stereo-48k.mp3", "a.wav"), ("mono-16k.ogg", "b.flac"), ("mono-16k.flac", "c")]
    {
        let path = folder.path().join(disguise);
        std::fs::copy(fixtures().join(name), &path).unwrap();
        assert_is_tone(&decode(&path).unwrap(), 0.05, disguise);
    }
}

#[test]
fn tags_before_the_sound_are_skipped() {
    for name in ["stereo-48k.mp3", "mono-16k.flac"] {
        // A tag whose body looks like frames of MP3.
        let mut bytes = b"ID3\x04\0\0\0\0\x08\0".to_vec();
        bytes.extend([0xff, 0xfb, 0x90, 0x64].iter().cycle().take(1_024));
        bytes.extend(std::fs::read(fixtures().join(name)).unwrap());
        assert_is_tone(&decode_bytes(&bytes, Path::new(name)).unwrap(), 0.05, name);
    }
}

#[test]
fn only_the_first_seconds_are_read_where_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    std::fs::write(&path, WavFile::new(Coding::Int(16), 48_000, 2, &tone(48_000, 3.0)).bytes()).unwrap();
    let recording = decode_recording(&path, 1.0).unwrap();
    assert_eq!((recording.samples.len(), recording.is_cut), (16_000, true));
    assert_eq!(decode_recording(&path, 10.0).unwrap().samples.len(), 48_000);
    let exact = decode_recording(&path, 3.0).unwrap();
    assert_eq!((exact.samples.len(), exact.is_cut), (48_000, false));
}

#[test]
fn empty_text_and_missing_files_are_named() {
    let at = Path::new("dog/a.wav");
    assert!(matches!(decode_bytes(b"", at), Err(AudioError::Empty { .. })));
    let text = decode_bytes(b"this is not sound, and no parser should think so", at).unwrap_err();
    assert!(matches!(text, AudioError::NotAudio { .. }));
    assert!(text.to_string().contains("text") && text.to_string().ends_with("(dog/a.wav)"), "{text}");
    assert!(matches!(decode(Path::new("/no such file.wav")), Err(AudioError::Read { .. })));
    assert!(decode(&std::env::temp_dir()).is_err());
}

#[test]
fn recordings_without_samples_are_refused() {
    let wav = WavFile::new(Coding::Int(16), 16_000, 1, &[]);
    assert!(matches!(wav.decode(), Err(AudioError::NoSamples { .. })));
}

#[test]
fn cut_off_recordings_are_refused() {
    let whole = WavFile::new(Coding::Int(16), 16_000, 1, &tone(16_000, 1.0)).bytes();
    let error = decode_bytes(&whole[..whole.len() / 2], Path::new("a.wav")).unwrap_err();
    let AudioError::Truncated { expected_samples, found_samples, .. } = error else { panic!("{error}") };
    assert_eq!(expected_samples, 16_000);
    assert!((7_900..8_000).contains(&found_samples), "{found_samples}");
    // Less than 1 % missing is a damaged last block that nobody hears.
    assert_eq!(decode_bytes(&whole[..whole.len() - 20], Path::new("a.wav")).unwrap().len(), 15_990);
    for len in [12, 20, 36, 43] {
        let error = decode_bytes(&whole[..len], Path::new("a.wav")).unwrap_err();
        assert!(matches!(error, AudioError::Damaged { .. }), "{len}: {error}");
    }
    let flac = std::fs::read(fixtures().join("stereo-44k-24bit.flac")).unwrap();
    assert!(decode_bytes(&flac[..flac.len() / 2], Path::new("a.flac")).is_err());
}

#[test]
fn a_header_that_claims_more_than_there_is_costs_no_memory() {
    for promised in [1 << 20, 1 << 30, 0x7FFE_0000] {
        let mut file = WavFile::new(Coding::Int(16), 16_000, 1, &tone(16_000, 1.0));
        file.promised = Some(promised);
        let error = file.decode().map(|samples| samples.len()).unwrap_err();
        assert!(matches!(error, AudioError::Truncated { .. }), "{promised}: {error}");
    }
}

#[test]
fn samples_that_are_not_numbers_are_named() {
    for (coding, value) in [
        (Coding::Float(32), f64::NAN),
        (Coding::Float(64), f64::NAN),
        (Coding::Float(32), f64::INFINITY),
        (Coding::Float(64), f64::NEG_INFINITY),
        (Coding::Float(64), 1e300),
        (Coding::Float(32), 1e9),
    ] {
        let mut samples = tone(44_100, 0.5);
        samples[12_345] = value;
        let error = WavFile::new(coding, 44_100, 1, &samples).decode().unwrap_err();
        assert!(matches!(error, AudioError::BadSample { index: 12_345, .. }), "{value}: {error}");
    }
}

#[test]
fn headers_that_make_no_sense_are_errors() {
    let with = |change: fn(&mut WavFile)| {
        let mut file = WavFile::new(Coding::Int(16), 16_000, 1, &tone(16_000, 0.1));
        change(&mut file);
        file.decode().unwrap_err().to_string()
    };
    assert!(with(|f| f.rate_hz = 0).contains("0 Hz"));
    assert!(with(|f| f.rate_hz = u32::MAX).contains("Hz"));
    with(|f| f.num_channels = 0);
    with(|f| f.num_channels = 65_535);
    with(|f| f.coding = Coding::Int(12));
    with(|f| f.coding = Coding::Float(16));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn damaged_files_never_panic_or_hang(
        which in 0usize..7,
        position in 0.0f64..1.0,
        bytes in prop::collection::vec(any::<u8>(), 1..40),
        keep in 0.2f64..1.0,
    ) {
        let names = ["mono-16k.flac", "stereo-44k-24bit.flac", "stereo-44k.ogg", "mono-16k.ogg", "stereo-48k.mp3", "mono-22k.mp3"];
        let mut file = match names.get(which) {
            Some(name) => std::fs::read(fixtures().join(name)).unwrap(),
            None => WavFile::new(Coding::Int(24), 22_050, 2, &tone(22_050, 0.2)).bytes(),
        };
        // Half of the damage goes to the first hundred bytes, where headers are.
        let span = if bytes[0] % 2 == 0 { file.len().min(100) } else { file.len() };
        let start = (position * span as f64) as usize;
        for (target, byte) in file[start..].iter_mut().zip(&bytes) {
            *target = *byte;
        }
        file.truncate((keep * file.len() as f64) as usize);
        if let Ok(samples) = decode_bytes(&file, Path::new("damaged")) {
            prop_assert!(!samples.is_empty() && samples.iter().all(|x| x.is_finite()));
            prop_assert!(samples.len() < 20_000_000);
        }
    }
}

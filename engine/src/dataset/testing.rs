//! Small datasets on disk for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::draws::{Draws, key_of_text};
use super::{Dataset, DatasetError, FolderRoles, OpenOptions};

/// A dataset folder and a cache of its own; both vanish with it.
pub(crate) struct TestFolder {
    _root: tempfile::TempDir,
    pub(crate) data: PathBuf,
    pub(crate) options: OpenOptions,
}

impl TestFolder {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        fs::create_dir(&data).unwrap();
        let options =
            OpenOptions { cache: root.path().join("cache"), threads: 2, roles: FolderRoles::default() };
        Self { data, options, _root: root }
    }

    /// Words `yes`, `no`, `left` and background noise, by `num_speakers` speakers with two takes each.
    pub(crate) fn with_speakers(num_speakers: usize) -> Self {
        let folder = Self::new();
        for word in ["yes", "no", "left"] {
            for speaker in 0..num_speakers {
                for take in 0..2 {
                    folder.clip(&format!("{word}/speaker{speaker}_nohash_{take}.wav"), 4000);
                }
            }
        }
        folder.clip("_background_noise_/hum.wav", 20 * 16_000);
        folder
    }

    /// Writes a clip of noise that its path decides.
    pub(crate) fn clip(&self, path: &str, num_samples: usize) {
        let mut draws = Draws::new(&[key_of_text(path)]);
        let samples: Vec<i16> = (0..num_samples).map(|_| draws.between(-9000.0, 9000.0) as i16).collect();
        self.write(path, &wav(&samples));
    }

    /// Writes a file of any content.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.data.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn try_open(&self) -> Result<Dataset, DatasetError> {
        open(&self.data, &self.options)
    }

    pub(crate) fn open(&self) -> Dataset {
        self.try_open().unwrap()
    }
}

/// Opens without progress or cancelling.
pub(crate) fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DatasetError> {
    Dataset::open(folder, options, &|_, _| {}, &AtomicBool::new(false))
}

/// A 16-bit mono WAV file at 16 kHz.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(std::io::Cursor::new(&mut bytes), spec).unwrap();
    samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    bytes
}

/// The folder of real recordings, where there is one: `COARSEGRAIN_TEST_DATA`, or `../shared/data` beside the
/// workspace.
pub(crate) fn real_data(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("COARSEGRAIN_TEST_DATA").map_or_else(beside, PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there is no {}", folder.display());
    None
}

//! What can be wrong with a recording.

use std::path::PathBuf;

/// Why a recording cannot be used, in a sentence for the list of faulty files.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The file cannot be opened or read.
    #[error("cannot read the recording: {source} ({})", path.display())]
    Read {
        /// What the system said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file holds no bytes.
    #[error("the file is empty; record or copy it again ({})", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The content is none of the known formats, whatever the name says.
    #[error("the file is {found}, not {}; convert it or remove it ({})", super::sniff::FORMATS, path.display())]
    NotAudio {
        /// What the first bytes look like.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// A known container with a coding, rate or channel count that is not handled.
    #[error("this {format} file cannot be decoded: {reason}; convert it to 16-bit WAV, for example with `ffmpeg -i FILE NEW.wav` ({})", path.display())]
    Unsupported {
        /// Container.
        format: &'static str,
        /// What is not handled.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The content contradicts itself.
    #[error("the {format} file is damaged: {reason}; record or copy it again ({})", path.display())]
    Damaged {
        /// Container.
        format: &'static str,
        /// What the decoder found.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The header promises more samples than the file holds.
    #[error("the {format} file is cut off: its header promises {expected_samples} samples but {found_samples} are there; copy it again, or rewrite its header with `sox FILE NEW.wav` ({})", path.display())]
    Truncated {
        /// Container.
        format: &'static str,
        /// Samples per channel that the header promises.
        expected_samples: u64,
        /// Samples per channel found.
        found_samples: u64,
        /// The file.
        path: PathBuf,
    },
    /// A well-formed file of zero samples.
    #[error("the recording has 0 samples; record it again ({})", path.display())]
    NoSamples {
        /// The file.
        path: PathBuf,
    },
    /// A floating-point sample is not a number, infinite, or beyond any loudness.
    #[error("sample {index} is {value}, where finite values around -1 to 1 are expected; write the file again, or set data.scale to integers where it holds whole numbers ({})", path.display())]
    BadSample {
        /// Position in the mono recording, before resampling.
        index: u64,
        /// The value.
        value: f32,
        /// The file.
        path: PathBuf,
    },
    /// The recording is longer than the caller takes.
    #[error("the recording is longer than {limit_secs} s; cut it into shorter files ({})", path.display())]
    TooLong {
        /// Longest accepted duration in seconds.
        limit_secs: f64,
        /// The file.
        path: PathBuf,
    },
    /// A pipe that does not end within what is kept of it.
    #[error("more than 4 GB came through the pipe; write it to a file first ({})", path.display())]
    PipeTooLong {
        /// The pipe.
        path: PathBuf,
    },
    /// A sample rate outside what can be resampled.
    #[error("the sample rate is {rate_hz} Hz, where {min} to {max} Hz are handled", min = super::MIN_RATE_HZ, max = super::MAX_RATE_HZ)]
    Rate {
        /// The rate.
        rate_hz: u32,
    },
    /// The file cannot be written.
    #[error("cannot write the recording: {source}; check space and permissions ({})", path.display())]
    Write {
        /// What the system said.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
}

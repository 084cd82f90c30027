//! Sound to numbers that a network reads: log-mel energies and MFCC with Kaldi's conventions.
//!
//! Guarantees: equal to kaldi-native-fbank within 1e-3; the same samples give the same bits, whether they
//! come as a clip or as a stream in any chunks, alone or in batches, with or without wide registers; the
//! frames of an input are placed by one rule for training, evaluation and live listening; no allocation per
//! frame.
//!
//! [`FrontEnd`] computes matrices and inputs of recordings, [`InputStream`] those of a live stream, and
//! [`Normaliser`] brings inputs to unit spread.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod dispatch;
mod error;
mod fft;
mod frame;
mod frontend;
mod kernel;
mod normaliser;
mod placement;
mod spectrum;
mod stream;
mod tables;
mod written;

pub use error::FeatureError;
pub use frame::Scratch;
pub use frontend::{Frames, FrontEnd};
pub use kernel::LOG_FLOOR;
pub use normaliser::Normaliser;
pub use placement::SECOND_SAMPLES;
pub(crate) use spectrum::PowerSpectrum;
pub use stream::{InputStream, StreamFrame};
pub(crate) use written::WrittenFrontEnd;

/// Factor from samples in -1..1 to the 16-bit scale that Kaldi's features are computed on.
pub const SAMPLE_SCALE: f32 = kernel::SAMPLE_SCALE;

const RATE_HZ: f64 = crate::audio::SAMPLE_RATE_HZ as f64;

#[cfg(test)]
mod tests;

//! From a stream of sound to detected words.
//!
//! Guarantees: what is detected does not depend on how the stream was cut into chunks; and the score of a
//! window is the score that file evaluation gives that second of sound, bit for bit, because both go
//! through the same front end, the same normalisation and the same network code.

mod detector;
mod model_scorer;
mod recogniser;
pub mod trial;
mod truth;

pub use detector::{Detection, Detector, WINDOW_SAMPLES, secs_from_samples};
pub use recogniser::{Decision, Heard, Scorer, StreamModel, StreamingRecogniser};
pub use truth::{TruthError, known_words, read_truth};

#[cfg(test)]
mod tests;

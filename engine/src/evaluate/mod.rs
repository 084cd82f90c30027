//! How good a network is: accuracy, confusion, loss, on a named split; and at how few bits.

mod bits;
mod confusion;
mod distributions;
mod measure;
mod origin;
mod predictions;
mod score;
pub mod significance;
mod stream;

pub(crate) use bits::calibration_rows;
pub use bits::{BitsPoint, at_bits, calibration_inputs, requantise, sweep_bits, validation_inputs};
pub use confusion::{ClassFigures, Confusion};
pub use measure::{Measured, measure};
pub use origin::{are_recordings_of, other_recordings_note};
pub use predictions::{ClipPrediction, read_predictions, read_predictions_of, write_predictions};
pub use score::{EvaluateError, Evaluation, score};
pub use stream::{StreamFigures, measure_stream};

//! Fixed-point inference: the network that hardware computes, in integers from the first input code to the last sum.
//!
//! | number | format |
//! |---|---|
//! | weight | integer level of 1 to 16 bits times `2^e_w`, one exponent per layer: see [`crate::quant`] |
//! | input | two's complement code of 4 to 16 bits times `2^e_x`: `floor(x / 2^e_x + 1/2)`, saturated |
//! | activation | unsigned code of 4 to 16 bits times `2^e_y`, one exponent per layer; the rectifier is the lower end of its range |
//! | sum | integer times `2^(e_w + e_x)`, in an accumulator that cannot overflow |
//! | bias | a number of the accumulator's scale, rounded, at most as large as the sum of products can be |
//!
//! An output code is `clamp((sum + 2^(s-1)) >> s, 0, 2^bits - 1)` with `s = e_y - (e_w + e_x)`, an arithmetic shift. The
//! output layer gives its sums, whose order is the order of the scores.
//!
//! With `F` inputs per unit at most, the sum of products is no larger than `M = F * max |weight level| * max |input code|`,
//! a bias no larger than `M`, and the rounding `2^(s-1)` neither; so `1 + bits(3 M)` bits hold every partial sum in any
//! order. This width depends on the shape of the network alone, so the bill is known before training.
//!
//! [`FixedNetwork::reference`] is the definition; [`FixedPredictor`] computes the same bits fast. [`calibrate`] chooses
//! the exponents of activations on training inputs.

mod calibrate;
mod format;
mod kernels;
mod layer;
mod network;
mod predictor;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use calibrate::{MAX_CALIBRATION_CLIPS, MagnitudeHistogram, calibrate, exponents, histograms};
pub use format::{ACTIVATION_BITS, ActivationFormat, EXPONENTS};
pub use layer::{Accumulator, FixedLayer, accumulator_bits, largest_sum};
pub use network::FixedNetwork;
pub use predictor::{FixedPredictor, ShippedPredictor};

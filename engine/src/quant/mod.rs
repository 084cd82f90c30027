//! From float weights to fixed-point codes and back.
//!
//! A [`WeightQuantiser`] maps the float weights of a layer to the values that its codes stand for. Training
//! uses those values in every product, forward and backward, while the optimiser changes the float weights
//! behind them (straight-through estimator); inference uses the same function on the same weights, so the
//! two never differ by a bit.
//!
//! | rule | value of a weight `w` at `n` bits |
//! |---|---|
//! | published | `sign(w) * ceil(\|w\| * 2^(n-1)) / 2^(n-1)`, `w` clamped to `[-1, 1]`: never 0, so `n` bits hold exactly the `2^n` values; `sign(0)` is `+` |
//! | power of two | `c * 2^e`, `c = round(w / 2^e)` clamped to `[-2^(n-1), 2^(n-1) - 1]`, ties to even; `e` is chosen per layer, see [`WeightQuantiser::fit`]. One bit: `c` is -1 or +1 |
//!
//! Source of the published rule: the authors' training code.

mod codes;
mod op;

pub use codes::{Codes, WeightQuantiser, largest_level};
pub use op::FakeQuantise;

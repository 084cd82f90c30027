//! What is timed, once for `coarsegrain bench` and for the Criterion benches: a figure of one is a figure of the other.
//!
//! Guarantees: the dense path of this build is made by the same code as the block path and stands beside it in every
//! list; the cases of one measurement take turns, and the multiply-add peak is measured between the turns, so a
//! machine that drifts drifts for all of them; data are random and fixed by seeds.
//!
//! Threads are those of the rayon pool that the caller works in.

mod case;
mod error;
mod features;
mod kernels;
mod measure;
mod memory;
mod network;

pub use case::{Case, Net, Path, Row};
pub use error::SpeedError;
pub use features::{AUDIO_SECS, feature_cases};
pub use kernels::{KERNEL_BLOCKS, LayerSetting, candle_forward_case, product_cases};
pub use measure::{Measured, Timed, measure};
pub use memory::peak_resident_bytes;
pub use network::{DEFAULT_BLOCK, DEFAULT_DROPS, NetworkSetting, infer_case, train_case};

#[cfg(test)]
mod tests;

//! Made-up snapshots: every state that a place can be in, for tests and for the gallery example.
//!
//! Depends on the engine's types alone, so that `examples/gallery.rs` can include these files as its own.

mod bits;
mod export;
mod live;
mod network;
mod runs;
mod training;

pub use bits::measured;
pub use export::{exported, model};
pub use live::{devices, listened, listening};
pub use runs::{details, runs};
pub use training::{failed, failed_row, finished, interrupted_row, mid_training, preparing};

/// A small generator of even numbers in 0..1, the same everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self) -> f64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.roll() * end as f64) as usize).min(end.saturating_sub(1))
    }
}

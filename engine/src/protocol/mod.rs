//! What a window and the engine say to each other.
//!
//! In: [`Command`], imperative. Out: [`Event`], past tense, for what happened, and a [`Snapshot`] of
//! the latest state, from which everything on screen is drawn.

mod command;
mod event;
mod snapshot;

pub use command::*;
pub use event::*;
pub use snapshot::*;

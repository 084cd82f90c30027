//! What a window and the engine say to each other.
//!
//! In: [`Command`], imperative. Out: [`Event`], past tense, for what happened, and a [`Snapshot`] of
//! the latest state, from which everything on screen is drawn. [`Engine`] owns the threads in between.

mod command;
mod engine;
mod event;
mod latest;
mod model_views;
mod snapshot;
mod workers;

pub use command::*;
pub use engine::{Engine, EngineOptions};
pub use event::*;
pub use latest::{Latest, Waker};
pub use model_views::*;
pub use snapshot::*;

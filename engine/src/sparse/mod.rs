//! Patterns of kept blocks, and the packed weights that live in them.

mod pattern;

pub use pattern::{LayerStructure, Level, Pattern};

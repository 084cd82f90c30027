//! Patterns of kept blocks, and the packed weights that live in them.
//!
//! [`Pattern`] says which blocks exist; [`PackedLayout`] says where their weights lie; [`BlockLinear`] is the
//! layer as a candle op, forward and backward, on nothing but those weights. No dense weight matrix and no mask
//! is ever formed on the way of training or inference.

mod activation;
mod connectivity;
mod density;
mod draw;
mod error;
mod inference;
mod input_panels;
mod kernels;
mod layout;
mod op;
#[cfg(test)]
mod op_tests;
mod pattern;
#[cfg(test)]
mod pattern_tests;
mod product;
pub mod random;
mod tiles;
mod weight_panels;

pub use activation::{Activation, Dropout};
pub use connectivity::Connectivity;
pub(crate) use density::choices;
pub use density::{Density, drop_steps};
pub use error::SparseError;
pub use inference::InferenceLayer;
pub use input_panels::InputPanels;
pub use kernels::{Instructions, Sum, fma_peak};
pub(crate) use kernels::{Loop, Set};
pub(crate) use layout::check_len;
pub use layout::{BlockPlace, PackedLayout};
pub use op::{BlockLinear, rows_from_tiles_tensor, tiles_from_rows_tensor};
pub(crate) use op::{contiguous_f32, vec_from_tensor, with_f32};
pub use pattern::{LayerStructure, Level, MAX_BLOCKS, Pattern};
pub(crate) use product::samples_of_tile;
pub use product::{Product, bias_gradient};
pub use tiles::{
    TILE, TileBuffer, num_tiles, rows_from_tiles, tile_len, tile_rows, tiles_from_rows, tiles_len,
};

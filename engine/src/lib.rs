//! The engine of Coarsegrain Workbench: everything that computes, and nothing that draws.
//!
//! Modules, bottom up: [`files`] (outputs and paths); [`settings`] (configuration); [`audio`] and [`features`] (sound to network
//! inputs); [`dataset`] (recordings, splits, augmentation); [`sparse`], [`quant`] and [`model`]
//! (block-sparse networks); [`fixed`] (the same in integers); [`memory`] (what they cost); [`train`] and [`evaluate`]; [`detect`] (streams
//! to detected words); [`runs`] (folders on disk); [`look`] (how numbers, settings and methods read); [`export`] (what leaves the
//! workbench); [`protocol`] (the threads behind a window); [`speed`] (what is
//! timed).

pub mod audio;
pub mod dataset;
pub mod detect;
pub mod evaluate;
pub mod export;
pub mod features;
pub mod files;
pub mod fixed;
pub mod look;
pub mod memory;
pub mod model;
pub mod protocol;
pub mod quant;
pub mod runs;
pub mod settings;
pub mod sparse;
pub mod speed;
pub mod train;

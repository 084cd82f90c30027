//! The inner loops of the block products, one version per instruction set.
//!
//! [`rows`], [`gradient`], [`sample`] and [`transpose`] hold the loops once, written over [`lanes::Lanes`]; each of
//! [`avx512`], [`avx2`], [`neon`] and [`portable`] compiles them for its registers, and [`Instructions`] picks one at
//! run time. [`reference`] is the plain twin that all of them are tested against.
//!
//! Every version adds the products of one output in the same order, one after another, each with a single fused
//! multiply-add (portable: multiply, then add). The bits of an output therefore depend neither on the batch it
//! was computed in nor on the number of threads.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dispatch;
mod gradient;
mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod peak;
mod portable;
#[cfg(test)]
mod reference;
mod register_tile;
mod rows;
mod sample;
#[cfg(test)]
mod tests;
mod transpose;

pub(crate) use dispatch::Set;
pub use dispatch::{Instructions, fma_peak};
pub(crate) use dispatch::{block_gradient, multiply_rows, multiply_sample, transpose};
pub(crate) use gradient::GradientTask;
pub use gradient::Sum;
pub(crate) use lanes::Loop;
pub(crate) use rows::{Direction, RowTask};
pub(crate) use sample::SampleTask;
pub(crate) use transpose::TransposeTask;

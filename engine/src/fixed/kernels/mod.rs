//! The inner loop of integer inference: bytes times bytes, one version per instruction set.
//!
//! [`dot`] holds the loop once, written over [`dot::Quads`]; [`vnni`], [`avx2`], [`neon`] and [`portable`] compile it for
//! their registers, and [`dispatch`] picks one at run time. All add whole numbers modulo 2^32, so all give the
//! same bits in any order.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod dispatch;
mod dot;
#[cfg(target_arch = "aarch64")]
mod neon;
mod panels;
mod portable;
#[cfg(target_arch = "x86_64")]
mod vnni;

pub(super) use dispatch::{finish_codes, multiply_bytes};
pub(super) use dot::FinishTask;
pub(super) use panels::{BytePanels, INPUT_PADDING};

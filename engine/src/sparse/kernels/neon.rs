//! The loops for 64-bit Arm processors, all of which have NEON.
//!
//! Unsafe because of the intrinsics. The argument: NEON is part of the baseline of every `aarch64` target.

// Some intrinsics are safe where NEON is the baseline, some are not, and that changes between compilers.
#![allow(unused_unsafe)]

use std::arch::aarch64::*;

use super::generic::{self, GradientTask, RowTask};
use super::lanes::Lanes;

/// Four numbers.
#[derive(Clone, Copy)]
pub(super) struct Quad(float32x4_t);

// SAFETY: `load` and `store` touch four numbers at the pointer.
unsafe impl Lanes for Quad {
    const LEN: usize = 4;
    const ROWS: usize = 4;
    const COLS: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: NEON is always there; so below.
        unsafe { Self(vdupq_n_f32(0.0)) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(vdupq_n_f32(value)) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller gives four readable numbers.
        unsafe { Self(vld1q_f32(source)) }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller gives room for four numbers.
        unsafe { vst1q_f32(target, self.0) }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(vfmaq_f32(addend.0, self.0, factor.0)) }
    }

    #[inline(always)]
    unsafe fn sums<const N: usize>(registers: [Self; N]) -> [f32; N] {
        // SAFETY: see `zero`.
        registers.map(|register| unsafe { vaddvq_f32(register.0) })
    }
}

/// See [`generic::multiply_rows`].
pub(super) fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: NEON is always there.
    unsafe { generic::multiply_rows::<Quad>(task, target) }
}

/// See [`generic::block_gradient`].
pub(super) fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: NEON is always there.
    unsafe { generic::block_gradient::<Quad>(task, target) }
}

/// Fused multiply-adds on registers alone; see [`generic::multiply_add_rounds`].
pub(super) fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    // SAFETY: NEON is always there.
    unsafe { generic::multiply_add_rounds::<Quad>(rounds, start) }
}

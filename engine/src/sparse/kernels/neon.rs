//! The loops for 64-bit Arm processors, all of which have NEON.
//!
//! Unsafe because of the intrinsics. The argument: NEON is part of the baseline of every `aarch64` target.

// Some intrinsics are safe where NEON is the baseline, some are not, and that changes between compilers.
#![allow(unused_unsafe)]

use std::arch::aarch64::*;

use super::gradient::{self, GradientTask};
use super::lanes::Lanes;
use super::peak;
use super::rows::{self, RowTask};
use super::sample::{self, SampleTask};
use super::transpose::{self, TransposeTask};

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
    unsafe fn load_parts<const PARTS: usize>(sources: [*const f32; PARTS]) -> Self {
        // SAFETY: a register of four has one part.
        unsafe { Self::load(sources[0]) }
    }

    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        // SAFETY: the caller gives four rows of four numbers on both sides.
        unsafe {
            let a = vld1q_f32(source);
            let b = vld1q_f32(source.add(source_stride));
            let c = vld1q_f32(source.add(2 * source_stride));
            let d = vld1q_f32(source.add(3 * source_stride));
            let (ab, ab_odd) = (vtrn1q_f32(a, b), vtrn2q_f32(a, b));
            let (cd, cd_odd) = (vtrn1q_f32(c, d), vtrn2q_f32(c, d));
            vst1q_f32(target, vcombine_f32(vget_low_f32(ab), vget_low_f32(cd)));
            vst1q_f32(target.add(target_stride), vcombine_f32(vget_low_f32(ab_odd), vget_low_f32(cd_odd)));
            vst1q_f32(target.add(2 * target_stride), vcombine_f32(vget_high_f32(ab), vget_high_f32(cd)));
            vst1q_f32(
                target.add(3 * target_stride),
                vcombine_f32(vget_high_f32(ab_odd), vget_high_f32(cd_odd)),
            );
        }
    }
}

/// See [`rows::multiply_rows`].
pub(super) fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: NEON is always there.
    unsafe { rows::multiply_rows::<Quad>(task, target) }
}

/// See [`gradient::block_gradient`].
pub(super) fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: NEON is always there.
    unsafe { gradient::block_gradient::<Quad>(task, target) }
}

/// See [`transpose::transpose`].
pub(super) fn transpose(task: &TransposeTask<'_>, target: &mut [f32]) {
    // SAFETY: NEON is always there.
    unsafe { transpose::transpose::<Quad>(task, target) }
}

/// See [`sample::multiply_sample`].
pub(super) fn multiply_sample(task: &SampleTask<'_>, outputs: &mut [f32]) {
    // SAFETY: NEON is always there.
    unsafe { sample::multiply_sample::<Quad>(task, outputs) }
}

/// See [`peak::multiply_add_rounds`].
pub(super) fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    // SAFETY: NEON is always there.
    unsafe { peak::multiply_add_rounds::<Quad>(rounds, start) }
}

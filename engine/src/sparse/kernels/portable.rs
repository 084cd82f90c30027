//! The loops for any processor: arrays of four, left to the compiler.

use super::gradient::{self, GradientTask};
use super::lanes::Lanes;
use super::peak;
use super::rows::{self, RowTask};
use super::sample::{self, SampleTask};
use super::transpose::{self, TransposeTask};

/// Four numbers.
#[derive(Clone, Copy)]
pub(super) struct Four([f32; 4]);

// SAFETY: `load` and `store` touch four numbers at the pointer, and no special instruction is used.
unsafe impl Lanes for Four {
    const LEN: usize = 4;
    const ROWS: usize = 4;
    const COLS: usize = 2;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Self([0.0; 4])
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller gives four readable numbers.
        Self(unsafe { source.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller gives room for four numbers.
        unsafe { target.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // Not `f32::mul_add`: without the instruction that is a slow library call.
        Self(std::array::from_fn(|i| self.0[i] * factor.0[i] + addend.0[i]))
    }

    #[inline(always)]
    unsafe fn load_parts<const PARTS: usize>(sources: [*const f32; PARTS]) -> Self {
        // SAFETY: a register of four has one part.
        unsafe { Self::load(sources[0]) }
    }

    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        for row in 0..4 {
            for col in 0..4 {
                // SAFETY: the caller gives four rows of four numbers on both sides.
                unsafe { *target.add(col * target_stride + row) = *source.add(row * source_stride + col) };
            }
        }
    }
}

/// See [`rows::multiply_rows`].
pub(super) fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: no special instruction is used.
    unsafe { rows::multiply_rows::<Four>(task, target) }
}

/// See [`gradient::block_gradient`].
pub(super) fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: no special instruction is used.
    unsafe { gradient::block_gradient::<Four>(task, target) }
}

/// See [`transpose::transpose`].
pub(super) fn transpose(task: &TransposeTask<'_>, target: &mut [f32]) {
    // SAFETY: no special instruction is used.
    unsafe { transpose::transpose::<Four>(task, target) }
}

/// See [`sample::multiply_sample`].
pub(super) fn multiply_sample(task: &SampleTask<'_>, outputs: &mut [f32]) {
    // SAFETY: no special instruction is used.
    unsafe { sample::multiply_sample::<Four>(task, outputs) }
}

/// Multiply-adds on registers alone; see [`peak::multiply_add_rounds`].
pub(super) fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    let mut sums: [f32; 4 * peak::PEAK_REGISTERS] = std::array::from_fn(|i| start + i as f32);
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = *sum * start + start;
        }
    }
    sums.iter().sum()
}

//! The loops for any processor: arrays of four, left to the compiler.

use super::generic::{self, GradientTask, RowTask};
use super::lanes::{Lanes, halving_sum};

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
    unsafe fn sums<const N: usize>(registers: [Self; N]) -> [f32; N] {
        registers.map(|register| halving_sum(&mut register.0.clone()))
    }
}

/// See [`generic::multiply_rows`].
pub(super) fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: no special instruction is used.
    unsafe { generic::multiply_rows::<Four>(task, target) }
}

/// See [`generic::block_gradient`].
pub(super) fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: no special instruction is used.
    unsafe { generic::block_gradient::<Four>(task, target) }
}

/// Multiply-adds on registers alone; see [`generic::multiply_add_rounds`].
pub(super) fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    let mut sums: [f32; 4 * generic::PEAK_REGISTERS] = std::array::from_fn(|i| start + i as f32);
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = *sum * start + start;
        }
    }
    sums.iter().sum()
}

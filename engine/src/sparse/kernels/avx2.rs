//! The loops for x86-64 processors with AVX2 and fused multiply-add.
//!
//! Unsafe because of the intrinsics. The argument: this module's functions run only after
//! [`super::Instructions`] has found `avx2` and `fma` on the processor.

use std::arch::x86_64::*;

use super::generic::{self, GradientTask, RowTask};
use super::lanes::{Lanes, Loop, halving_sum};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Eight(__m256);

// SAFETY: `load` and `store` touch eight numbers at the pointer.
unsafe impl Lanes for Eight {
    const LEN: usize = 8;
    const ROWS: usize = 4;
    const COLS: usize = 2;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller has AVX2; so below.
        unsafe { Self(_mm256_setzero_ps()) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(_mm256_set1_ps(value)) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller gives eight readable numbers.
        unsafe { Self(_mm256_loadu_ps(source)) }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller gives room for eight numbers.
        unsafe { _mm256_storeu_ps(target, self.0) }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(_mm256_fmadd_ps(self.0, factor.0, addend.0)) }
    }

    #[inline(always)]
    fn prefetch(address: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }

    #[inline(always)]
    unsafe fn sums<const N: usize>(registers: [Self; N]) -> [f32; N] {
        // SAFETY: see `zero`.
        unsafe {
            if N == 8 {
                let all: [__m256; 8] = std::array::from_fn(|i| registers[i].0);
                let mut sums = [0.0f32; 8];
                _mm256_storeu_ps(sums.as_mut_ptr(), sums_of_eight(all));
                return std::array::from_fn(|i| sums[i]);
            }
            registers.map(|register| {
                let mut lanes = [0.0f32; 8];
                _mm256_storeu_ps(lanes.as_mut_ptr(), register.0);
                halving_sum(&mut lanes)
            })
        }
    }
}

/// The sums of eight registers, in order, by adding while transposing.
#[inline(always)]
unsafe fn sums_of_eight(v: [__m256; 8]) -> __m256 {
    // SAFETY: the caller has AVX2.
    unsafe {
        let pairs: [__m256; 4] = std::array::from_fn(|i| _mm256_hadd_ps(v[2 * i], v[2 * i + 1]));
        let fours: [__m256; 2] = std::array::from_fn(|i| _mm256_hadd_ps(pairs[2 * i], pairs[2 * i + 1]));
        let low = _mm256_permute2f128_ps::<0x20>(fours[0], fours[1]);
        let high = _mm256_permute2f128_ps::<0x31>(fours[0], fours[1]);
        _mm256_add_ps(low, high)
    }
}

/// See [`generic::multiply_rows`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { generic::multiply_rows::<Eight>(task, target) }
}

/// See [`generic::block_gradient`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { generic::block_gradient::<Eight>(task, target) }
}

/// Runs a loop with these instructions.
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run_loop<L: Loop>(work: L) -> L::Output {
    work.run()
}

/// Fused multiply-adds on registers alone; see [`generic::multiply_add_rounds`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe { generic::multiply_add_rounds::<Eight>(rounds, start) }
}

//! The loops for x86-64 processors with AVX2 and fused multiply-add.
//!
//! Unsafe because of the intrinsics. The argument: this module's functions run only after
//! [`super::Instructions`] has found `avx2` and `fma` on the processor.

use std::arch::x86_64::*;

use super::gradient::{self, GradientTask};
use super::lanes::{Lanes, Loop};
use super::peak;
use super::rows::{self, RowTask};
use super::sample::{self, SampleTask};
use super::transpose::{self, TransposeTask};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Eight(__m256);

// SAFETY: `load` and `store` touch eight numbers at the pointer.
unsafe impl Lanes for Eight {
    const LEN: usize = 8;
    const REGISTERS: usize = 16;

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
    unsafe fn load_parts<const PARTS: usize>(sources: [*const f32; PARTS]) -> Self {
        // SAFETY: the caller gives `8 / PARTS` readable numbers at each place.
        unsafe {
            match PARTS {
                2 => Self(_mm256_loadu2_m128(sources[1], sources[0])),
                _ => Self::load(sources[0]),
            }
        }
    }

    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        // SAFETY: the caller gives eight rows of eight numbers on both sides.
        unsafe {
            // Within every 128-bit part, four rows at a time: number `k` of that part of each. No closures: intrinsics in
            // them would be calls.
            let mut quads = [[_mm256_setzero_ps(); 4]; 2];
            for (index, quad) in quads.iter_mut().enumerate() {
                let source = source.add(4 * index * source_stride);
                let a = _mm256_loadu_ps(source);
                let b = _mm256_loadu_ps(source.add(source_stride));
                let c = _mm256_loadu_ps(source.add(2 * source_stride));
                let d = _mm256_loadu_ps(source.add(3 * source_stride));
                let ab = _mm256_castps_pd(_mm256_unpacklo_ps(a, b));
                let cd = _mm256_castps_pd(_mm256_unpacklo_ps(c, d));
                let ab_high = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
                let cd_high = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
                *quad = [
                    _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)),
                    _mm256_castpd_ps(_mm256_unpacklo_pd(ab_high, cd_high)),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(ab_high, cd_high)),
                ];
            }
            // Registers in iterators may end up as arguments of calls.
            #[allow(clippy::needless_range_loop)]
            for k in 0..4 {
                let (low, high) = (quads[0][k], quads[1][k]);
                let target = target.add(k * target_stride);
                _mm256_storeu_ps(target, _mm256_permute2f128_ps::<0x20>(low, high));
                _mm256_storeu_ps(target.add(4 * target_stride), _mm256_permute2f128_ps::<0x31>(low, high));
            }
        }
    }
}

/// See [`rows::multiply_rows`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { rows::multiply_rows::<Eight>(task, target) }
}

/// See [`gradient::block_gradient`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { gradient::block_gradient::<Eight>(task, target) }
}

/// See [`transpose::transpose`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn transpose(task: &TransposeTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { transpose::transpose::<Eight>(task, target) }
}

/// See [`sample::multiply_sample`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_sample(task: &SampleTask<'_>, outputs: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { sample::multiply_sample::<Eight>(task, outputs) }
}

/// See [`peak::multiply_add_rounds`].
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe { peak::multiply_add_rounds::<Eight>(rounds, start) }
}

/// Runs a loop with these instructions.
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run_loop<L: Loop>(work: L) -> L::Output {
    work.run()
}

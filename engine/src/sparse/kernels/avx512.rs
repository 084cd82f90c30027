//! The loops for x86-64 processors with AVX-512.
//!
//! Unsafe because of the intrinsics. The argument: this module's functions run only after
//! [`super::Instructions`] has found `avx512f` on the processor.

use std::arch::x86_64::*;

use super::generic::{self, GradientTask, RowTask};
use super::lanes::Lanes;

/// Sixteen numbers.
#[derive(Clone, Copy)]
pub(super) struct Sixteen(__m512);

// SAFETY: `load` and `store` touch sixteen numbers at the pointer.
unsafe impl Lanes for Sixteen {
    const LEN: usize = 16;
    const ROWS: usize = 8;
    const COLS: usize = 2;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller has AVX-512; so below.
        unsafe { Self(_mm512_setzero_ps()) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(_mm512_set1_ps(value)) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f32) -> Self {
        // SAFETY: the caller gives sixteen readable numbers.
        unsafe { Self(_mm512_loadu_ps(source)) }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f32) {
        // SAFETY: the caller gives room for sixteen numbers.
        unsafe { _mm512_storeu_ps(target, self.0) }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(_mm512_fmadd_ps(self.0, factor.0, addend.0)) }
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
            // Sixteen at a time; what is missing is zero and folds away.
            let zero = _mm512_setzero_ps();
            let mut sums = [0.0f32; 32];
            let some = std::array::from_fn(|i| if i < N { registers[i].0 } else { zero });
            _mm512_storeu_ps(sums.as_mut_ptr(), sums_of_sixteen(some));
            if N > 16 {
                let rest = std::array::from_fn(|i| if i + 16 < N { registers[i + 16].0 } else { zero });
                _mm512_storeu_ps(sums[16..].as_mut_ptr(), sums_of_sixteen(rest));
            }
            std::array::from_fn(|i| sums[i])
        }
    }
}

/// The sums of sixteen registers, in order, by adding while transposing.
#[inline(always)]
unsafe fn sums_of_sixteen(v: [__m512; 16]) -> __m512 {
    // SAFETY: the caller has AVX-512.
    unsafe {
        // Neighbouring pairs of lanes, two registers at a time: every 128-bit part then holds a0 b0 a1 b1.
        let pairs: [__m512; 8] = std::array::from_fn(|i| {
            let (a, b) = (v[2 * i], v[2 * i + 1]);
            _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b))
        });
        // Four registers to a part: a b c d.
        let fours: [__m512; 4] = std::array::from_fn(|i| {
            let (ab, cd) = (_mm512_castps_pd(pairs[2 * i]), _mm512_castps_pd(pairs[2 * i + 1]));
            let low = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
            let high = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
            _mm512_add_ps(low, high)
        });
        // Add the four parts of each register, and line the registers up.
        let eights: [__m512; 2] = std::array::from_fn(|i| {
            let (x, y) = (fours[2 * i], fours[2 * i + 1]);
            _mm512_add_ps(
                _mm512_shuffle_f32x4::<0b10_00_10_00>(x, y),
                _mm512_shuffle_f32x4::<0b11_01_11_01>(x, y),
            )
        });
        let (x, y) = (eights[0], eights[1]);
        _mm512_add_ps(
            _mm512_shuffle_f32x4::<0b10_00_10_00>(x, y),
            _mm512_shuffle_f32x4::<0b11_01_11_01>(x, y),
        )
    }
}

/// See [`generic::multiply_rows`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { generic::multiply_rows::<Sixteen>(task, target) }
}

/// See [`generic::block_gradient`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { generic::block_gradient::<Sixteen>(task, target) }
}

/// Fused multiply-adds on registers alone: `16 * 16 * rounds` of them. Returns a number that depends on all.
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe { generic::multiply_add_rounds::<Sixteen>(rounds, start) }
}

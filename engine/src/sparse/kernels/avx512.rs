//! The loops for x86-64 processors with AVX-512.
//!
//! Unsafe because of the intrinsics. The argument: this module's functions run only after
//! [`super::Instructions`] has found `avx512f` on the processor.

use std::arch::x86_64::*;

use super::avx2::Eight;
use super::gradient::{self, GradientTask};
use super::lanes::{Lanes, Loop};
use super::peak;
use super::rows::{self, RowTask};
use super::sample::{self, SampleTask};
use super::transpose::{self, TransposeTask};

/// Sixteen numbers.
#[derive(Clone, Copy)]
pub(super) struct Sixteen(__m512);

// SAFETY: `load` and `store` touch sixteen numbers at the pointer.
unsafe impl Lanes for Sixteen {
    const LEN: usize = 16;
    const REGISTERS: usize = 32;

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
    fn prefetch(place: *const f32) {
        // SAFETY: a hint, which reads nothing and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(place.cast()) }
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
    unsafe fn load_parts<const PARTS: usize>(sources: [*const f32; PARTS]) -> Self {
        // SAFETY: the caller gives `16 / PARTS` readable numbers at each place.
        unsafe {
            match PARTS {
                2 => {
                    let low = _mm512_castps256_ps512(_mm256_loadu_ps(sources[0]));
                    Self(insert_half(low, sources[1]))
                }
                4 => {
                    let first = _mm512_castps128_ps512(_mm_loadu_ps(sources[0]));
                    let two = _mm512_insertf32x4::<1>(first, _mm_loadu_ps(sources[1]));
                    let three = _mm512_insertf32x4::<2>(two, _mm_loadu_ps(sources[2]));
                    Self(_mm512_insertf32x4::<3>(three, _mm_loadu_ps(sources[3])))
                }
                _ => Self::load(sources[0]),
            }
        }
    }

    #[inline(always)]
    unsafe fn transpose(source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize) {
        // SAFETY: the caller gives sixteen rows of sixteen numbers on both sides.
        unsafe {
            // Within every 128-bit part, four rows at a time: number `k` of that part of each. No closures: intrinsics in
            // them would be calls.
            let mut quads = [[_mm512_setzero_ps(); 4]; 4];
            for (index, quad) in quads.iter_mut().enumerate() {
                let source = source.add(4 * index * source_stride);
                let a = _mm512_loadu_ps(source);
                let b = _mm512_loadu_ps(source.add(source_stride));
                let c = _mm512_loadu_ps(source.add(2 * source_stride));
                let d = _mm512_loadu_ps(source.add(3 * source_stride));
                let ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
                let cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
                let ab_high = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
                let cd_high = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
                *quad = [
                    _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)),
                    _mm512_castpd_ps(_mm512_unpacklo_pd(ab_high, cd_high)),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(ab_high, cd_high)),
                ];
            }
            // Then the parts: even ones of two registers, odd ones of two registers, and once more.
            const EVEN: i32 = 0b10_00_10_00;
            const ODD: i32 = 0b11_01_11_01;
            let part_stride = 4 * target_stride;
            // Registers in iterators may end up as arguments of calls.
            #[allow(clippy::needless_range_loop)]
            for k in 0..4 {
                let even = _mm512_shuffle_f32x4::<EVEN>(quads[0][k], quads[1][k]);
                let odd = _mm512_shuffle_f32x4::<ODD>(quads[0][k], quads[1][k]);
                let even_high = _mm512_shuffle_f32x4::<EVEN>(quads[2][k], quads[3][k]);
                let odd_high = _mm512_shuffle_f32x4::<ODD>(quads[2][k], quads[3][k]);
                let target = target.add(k * target_stride);
                _mm512_storeu_ps(target, _mm512_shuffle_f32x4::<EVEN>(even, even_high));
                _mm512_storeu_ps(target.add(part_stride), _mm512_shuffle_f32x4::<EVEN>(odd, odd_high));
                _mm512_storeu_ps(target.add(2 * part_stride), _mm512_shuffle_f32x4::<ODD>(even, even_high));
                _mm512_storeu_ps(target.add(3 * part_stride), _mm512_shuffle_f32x4::<ODD>(odd, odd_high));
            }
        }
    }
}

/// `low` with its upper half replaced by eight numbers from memory.
#[inline(always)]
unsafe fn insert_half(low: __m512, high: *const f32) -> __m512 {
    // SAFETY: the caller has AVX-512F, and eight readable numbers at `high`. The half moves as 64-bit numbers,
    // because the instruction for 32-bit ones belongs to another set.
    unsafe {
        let high = _mm256_castps_pd(_mm256_loadu_ps(high));
        _mm512_castpd_ps(_mm512_insertf64x4::<1>(_mm512_castps_pd(low), high))
    }
}

/// See [`rows::multiply_rows`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiply_rows(task: &RowTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { rows::multiply_rows::<Sixteen>(task, target) }
}

/// See [`gradient::block_gradient`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn block_gradient(task: &GradientTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { gradient::block_gradient::<Sixteen>(task, target) }
}

/// See [`transpose::transpose`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn transpose(task: &TransposeTask<'_>, target: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { transpose::transpose::<Sixteen>(task, target) }
}

/// See [`sample::multiply_sample`].
///
/// # Safety
/// The processor has AVX-512F, and so AVX2 and FMA.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn multiply_sample(task: &SampleTask<'_>, outputs: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe {
        // Panels of eight rows would leave half of a register empty.
        if task.panel_height() < Sixteen::LEN {
            sample::multiply_sample::<Eight>(task, outputs)
        } else {
            sample::multiply_sample::<Sixteen>(task, outputs)
        }
    }
}

/// See [`peak::multiply_add_rounds`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiply_add_rounds(rounds: u64, start: f32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe { peak::multiply_add_rounds::<Sixteen>(rounds, start) }
}

/// Runs a loop with these instructions.
///
/// # Safety
/// The processor has AVX-512F, and so AVX2 and FMA.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn run_loop<L: Loop>(work: L) -> L::Output {
    work.run()
}

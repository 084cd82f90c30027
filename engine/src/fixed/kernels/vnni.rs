//! The loop for x86-64 processors with AVX-512 VNNI.
//!
//! Unsafe because of the intrinsics. The argument: this module's functions run only after
//! [`super::dispatch`] knows that the processor has `avx512f` and `avx512vnni`.

use std::arch::x86_64::*;

use super::dot::{self, FinishTask, Quads};
use super::panels::{BytePanels, GROUP, Line};

/// Sums of sixteen rows.
#[derive(Clone, Copy)]
struct Vnni(__m512i);

impl Quads for Vnni {
    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller has AVX-512 VNNI; so below.
        unsafe { Self(_mm512_setzero_si512()) }
    }

    #[inline(always)]
    unsafe fn add_products(self, weights: &Line, inputs: *const u8) -> Self {
        // SAFETY: see `zero`; a line has 64 bytes, and the caller gives four readable ones.
        unsafe {
            let weights = _mm512_load_si512(std::ptr::from_ref(weights).cast());
            let inputs = _mm512_set1_epi32(inputs.cast::<i32>().read_unaligned());
            Self(_mm512_dpbusd_epi32(self.0, inputs, weights))
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self(_mm512_add_epi32(self.0, other.0)) }
    }

    #[inline(always)]
    unsafe fn store(self, sums: &mut [i32; GROUP]) {
        // SAFETY: see `zero`; there is room for sixteen sums.
        unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), self.0) }
    }
}

/// See [`dot::multiply`].
///
/// # Safety
/// The processor has AVX-512F and AVX-512 VNNI.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn multiply(panels: &BytePanels, inputs: &[u8], sums: &mut [i32]) {
    // SAFETY: the caller's promise.
    unsafe { dot::multiply::<Vnni>(panels, inputs, sums) }
}

/// See [`FinishTask`].
///
/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f,avx2")]
pub(super) unsafe fn finish(task: &FinishTask<'_>, sums: &[i32], codes: &mut [u8]) {
    task.run(sums, codes);
}

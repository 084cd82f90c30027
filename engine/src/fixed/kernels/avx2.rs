//! The loop for x86-64 processors with AVX2.
//!
//! Unsafe because of the intrinsics. The argument: this module's functions run only after
//! [`super::dispatch`] knows that the processor has `avx2`.

use std::arch::x86_64::*;

use super::dot::{self, FinishTask, Quads};
use super::panels::{BytePanels, GROUP, Line};

/// Largest weight of which two byte products always fit into 16 bits: `2 * 255 * 64` does.
const SMALL: u8 = 64;

/// Sums of sixteen rows, eight a register. `ARE_SMALL`: no weight is larger than [`SMALL`].
#[derive(Clone, Copy)]
struct Avx2<const ARE_SMALL: bool>([__m256i; 2]);

impl<const ARE_SMALL: bool> Quads for Avx2<ARE_SMALL> {
    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller has AVX2; so below.
        unsafe { Self([_mm256_setzero_si256(); 2]) }
    }

    #[inline(always)]
    unsafe fn add_products(self, weights: &Line, inputs: *const u8) -> Self {
        // SAFETY: see `zero`; a line has 64 bytes, and the caller gives four readable ones.
        unsafe {
            let inputs = _mm256_set1_epi32(inputs.cast::<i32>().read_unaligned());
            // The byte products of two inputs are added in 16 bits with saturation, which 2 * 255 * 127 would reach. So
            // unless weights are small, inputs go in without their upper bit, which is multiplied on its own.
            let low = _mm256_and_si256(inputs, _mm256_set1_epi8(0x7f));
            let high = _mm256_and_si256(_mm256_srli_epi16::<7>(inputs), _mm256_set1_epi8(1));
            let (one, upper) = (_mm256_set1_epi16(1), _mm256_set1_epi16(128));
            let source = std::ptr::from_ref(weights).cast::<__m256i>();
            let mut sums = self.0;
            for (half, sum) in sums.iter_mut().enumerate() {
                let weights = _mm256_load_si256(source.add(half));
                if ARE_SMALL {
                    let products = _mm256_madd_epi16(_mm256_maddubs_epi16(inputs, weights), one);
                    *sum = _mm256_add_epi32(*sum, products);
                    continue;
                }
                let low = _mm256_madd_epi16(_mm256_maddubs_epi16(low, weights), one);
                let high = _mm256_madd_epi16(_mm256_maddubs_epi16(high, weights), upper);
                *sum = _mm256_add_epi32(*sum, _mm256_add_epi32(low, high));
            }
            Self(sums)
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see `zero`.
        unsafe { Self([_mm256_add_epi32(self.0[0], other.0[0]), _mm256_add_epi32(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    unsafe fn store(self, sums: &mut [i32; GROUP]) {
        // SAFETY: see `zero`; there is room for sixteen sums.
        unsafe {
            let target = sums.as_mut_ptr().cast::<__m256i>();
            _mm256_storeu_si256(target, self.0[0]);
            _mm256_storeu_si256(target.add(1), self.0[1]);
        }
    }
}

/// See [`dot::multiply`].
///
/// # Safety
/// The processor has AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn multiply(panels: &BytePanels, inputs: &[u8], sums: &mut [i32]) {
    // SAFETY: the caller's promise.
    unsafe {
        match panels.largest_weight() <= SMALL {
            true => dot::multiply::<Avx2<true>>(panels, inputs, sums),
            false => dot::multiply::<Avx2<false>>(panels, inputs, sums),
        }
    }
}

/// See [`FinishTask`].
///
/// # Safety
/// The processor has AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn finish(task: &FinishTask<'_>, sums: &[i32], codes: &mut [u8]) {
    task.run(sums, codes);
}

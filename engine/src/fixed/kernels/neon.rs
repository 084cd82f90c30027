//! The loop for 64-bit Arm processors.
//!
//! Unsafe because of the intrinsics. The argument: every processor that runs this target has NEON.

use std::arch::aarch64::*;

use super::dot::{self, FinishTask, Quads};
use super::panels::{BytePanels, GROUP, Line};

/// Sums of sixteen rows: each register holds the four products of one row, added up only at the end.
#[derive(Clone, Copy)]
struct Neon([int32x4_t; GROUP]);

impl Quads for Neon {
    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: NEON is there; so below.
        unsafe { Self([vdupq_n_s32(0); GROUP]) }
    }

    #[inline(always)]
    unsafe fn add_products(self, weights: &Line, inputs: *const u8) -> Self {
        // SAFETY: see `zero`; a line has 64 bytes, and the caller gives four readable ones.
        unsafe {
            let quad = vdup_n_u32(inputs.cast::<u32>().read_unaligned());
            let inputs = vget_low_s16(vreinterpretq_s16_u16(vmovl_u8(vreinterpret_u8_u32(quad))));
            let mut sums = self.0;
            for (four, sums) in sums.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let weights = vld1q_s8(weights.0.as_ptr().add(16 * four));
                let (low, high) = (vmovl_s8(vget_low_s8(weights)), vmovl_s8(vget_high_s8(weights)));
                sums[0] = vmlal_s16(sums[0], vget_low_s16(low), inputs);
                sums[1] = vmlal_s16(sums[1], vget_high_s16(low), inputs);
                sums[2] = vmlal_s16(sums[2], vget_low_s16(high), inputs);
                sums[3] = vmlal_s16(sums[3], vget_high_s16(high), inputs);
            }
            Self(sums)
        }
    }

    #[inline(always)]
    unsafe fn add(mut self, other: Self) -> Self {
        for (sum, other) in self.0.iter_mut().zip(other.0) {
            // SAFETY: see `zero`.
            *sum = unsafe { vaddq_s32(*sum, other) };
        }
        self
    }

    #[inline(always)]
    unsafe fn store(self, sums: &mut [i32; GROUP]) {
        for (target, products) in sums.iter_mut().zip(self.0) {
            // SAFETY: see `zero`.
            *target = unsafe { vaddvq_s32(products) };
        }
    }
}

/// See [`dot::multiply`].
pub(super) fn multiply(panels: &BytePanels, inputs: &[u8], sums: &mut [i32]) {
    // SAFETY: NEON is there.
    unsafe { dot::multiply::<Neon>(panels, inputs, sums) }
}

/// See [`FinishTask`].
pub(super) fn finish(task: &FinishTask<'_>, sums: &[i32], codes: &mut [u8]) {
    task.run(sums, codes);
}

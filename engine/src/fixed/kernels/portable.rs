//! The loop in plain Rust.

use super::dot::{self, FinishTask, Quads};
use super::panels::{BytePanels, GROUP, Line, QUAD};

/// Sums of sixteen rows.
#[derive(Clone, Copy)]
struct Plain([i32; GROUP]);

impl Quads for Plain {
    #[inline(always)]
    unsafe fn zero() -> Self {
        Self([0; GROUP])
    }

    #[inline(always)]
    unsafe fn add_products(mut self, weights: &Line, inputs: *const u8) -> Self {
        // SAFETY: the caller gives four readable bytes.
        let inputs = unsafe { inputs.cast::<[u8; QUAD]>().read() };
        for (sum, weights) in self.0.iter_mut().zip(weights.0.as_chunks::<QUAD>().0) {
            for (&weight, &input) in weights.iter().zip(&inputs) {
                *sum = sum.wrapping_add(i32::from(weight) * i32::from(input));
            }
        }
        self
    }

    #[inline(always)]
    unsafe fn add(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(sum, other)| *sum = sum.wrapping_add(other));
        self
    }

    #[inline(always)]
    unsafe fn store(self, sums: &mut [i32; GROUP]) {
        *sums = self.0;
    }
}

/// See [`dot::multiply`].
pub(super) fn multiply(panels: &BytePanels, inputs: &[u8], sums: &mut [i32]) {
    // SAFETY: plain Rust runs anywhere.
    unsafe { dot::multiply::<Plain>(panels, inputs, sums) }
}

/// See [`FinishTask`].
pub(super) fn finish(task: &FinishTask<'_>, sums: &[i32], codes: &mut [u8]) {
    task.run(sums, codes);
}

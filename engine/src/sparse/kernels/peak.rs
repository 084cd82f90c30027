//! How fast multiply-adds can be: the limit that the products are held against.

use super::lanes::Lanes;

/// Fused multiply-adds on registers alone, to measure how fast they can be: `12 * V::LEN * rounds` of them.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn multiply_add_rounds<V: Lanes>(rounds: u64, start: f32) -> f32 {
    // SAFETY: a register has at most sixteen numbers; the caller has the instructions.
    unsafe {
        let factor = V::splat(start);
        let mut sums = [V::zero(); PEAK_REGISTERS];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = V::splat(start + i as f32);
        }
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.multiply_add(factor, factor);
            }
        }
        let mut lanes = [0.0f32; 16];
        let mut total = 0.0;
        for sum in sums {
            sum.store(lanes.as_mut_ptr());
            total += lanes.iter().sum::<f32>();
        }
        total
    }
}

/// Independent sums of [`multiply_add_rounds`]: more than the latency of a multiply-add on two units.
pub(super) const PEAK_REGISTERS: usize = 12;

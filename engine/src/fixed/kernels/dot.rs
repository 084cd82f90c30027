//! The loop over quads, for any registers.
//!
//! Unsafe because of raw pointers in the innermost loop. The argument: [`BytePanels`] are only made by their constructor,
//! which puts one line per group and quad of every block in the order of this loop, and whose blocks lie within the
//! inputs; inputs are padded so that the last quad of a ragged block can be read.

use super::panels::{BytePanels, GROUP, INPUT_PADDING, Line, QUAD, Strip};

/// A register, or a few, that hold the sums of [`GROUP`] rows.
pub(super) trait Quads: Copy {
    /// Sums of zero.
    ///
    /// # Safety
    /// The processor has these instructions; so for all functions here.
    unsafe fn zero() -> Self;

    /// Adds to the sum of each row the products of its four weights with four inputs.
    ///
    /// # Safety
    /// `inputs` has four readable bytes.
    unsafe fn add_products(self, weights: &Line, inputs: *const u8) -> Self;

    /// Adds two registers.
    ///
    /// # Safety
    /// See above.
    unsafe fn add(self, other: Self) -> Self;

    /// The sums, row by row.
    ///
    /// # Safety
    /// See above.
    unsafe fn store(self, sums: &mut [i32; GROUP]);
}

/// Sums of products, modulo 2^32, of all rows: `sums[o] = sum over i of weight[o][i] * inputs[i]`.
///
/// # Safety
/// The processor has the instructions of `Q`.
#[inline(always)]
pub(super) unsafe fn multiply<Q: Quads>(panels: &BytePanels, inputs: &[u8], sums: &mut [i32]) {
    assert!(inputs.len() >= panels.in_features() + INPUT_PADDING, "inputs");
    assert!(sums.len() == panels.out_features(), "sums");
    // Rows of a block row that keeps nothing are in no strip.
    sums.fill(0);
    for strip in panels.strips() {
        let rows = &mut sums[strip.row..strip.row + strip.rows];
        // SAFETY: forwarded from the caller. Two rounds at a time hide the latency of sums where a strip has few rows.
        unsafe {
            match strip.groups {
                4 => multiply_strip::<Q, 4, 2>(panels, strip, inputs, rows),
                2 => multiply_strip::<Q, 2, 4>(panels, strip, inputs, rows),
                _ => multiply_strip::<Q, 1, 8>(panels, strip, inputs, rows),
            }
        }
    }
}

/// `GROUPS` groups of rows, `WAYS` quads at a time.
#[inline(always)]
unsafe fn multiply_strip<Q: Quads, const GROUPS: usize, const WAYS: usize>(
    panels: &BytePanels,
    strip: &Strip,
    inputs: &[u8],
    rows: &mut [i32],
) {
    // SAFETY: lines and inputs of every block exist, see the top of this file.
    unsafe {
        let mut totals = [[Q::zero(); GROUPS]; WAYS];
        let mut lines = panels.lines().as_ptr().add(strip.line);
        for block in panels.blocks(strip) {
            let mut source = inputs.as_ptr().add(block.first_input);
            let mut left = block.quads;
            while left >= WAYS {
                for way in &mut totals {
                    add_quad(way, &mut lines, &mut source);
                }
                left -= WAYS;
            }
            for way in totals.iter_mut().take(left) {
                add_quad(way, &mut lines, &mut source);
            }
        }
        for group in 0..GROUPS {
            let mut total = totals[0][group];
            for way in &totals[1..] {
                total = total.add(way[group]);
            }
            let mut stored = [0; GROUP];
            total.store(&mut stored);
            if let Some(rows) = rows.get_mut(group * GROUP..) {
                rows.iter_mut().zip(stored).for_each(|(row, sum)| *row = sum);
            }
        }
    }
}

/// One quad of inputs times one line of weights per group.
#[inline(always)]
unsafe fn add_quad<Q: Quads, const GROUPS: usize>(
    totals: &mut [Q; GROUPS],
    lines: &mut *const Line,
    source: &mut *const u8,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for total in totals {
            *total = total.add_products(&**lines, *source);
            *lines = lines.add(1);
        }
        *source = source.add(QUAD);
    }
}

/// What makes output codes of sums: `clamp((sum + offset) >> shift)`, modulo 2^32 before the shift.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FinishTask<'a> {
    /// Bias, rounding and the correction of shifted inputs, one per output.
    pub offsets: &'a [i32],
    /// Places to shift down by, below 32.
    pub shift: u32,
    /// Largest output code, at most 255; the smallest is 0.
    pub max_code: i32,
}

impl FinishTask<'_> {
    #[inline(always)]
    pub(super) fn run(&self, sums: &[i32], codes: &mut [u8]) {
        for ((code, &sum), &offset) in codes.iter_mut().zip(sums).zip(self.offsets) {
            *code = (sum.wrapping_add(offset) >> self.shift).clamp(0, self.max_code) as u8;
        }
    }
}

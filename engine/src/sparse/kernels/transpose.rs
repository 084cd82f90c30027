//! Turning matrices over, a square of registers at a time.
//!
//! Unsafe because of raw pointers. The argument: [`TransposeTask`] is only made by a constructor that holds the source
//! against its sizes, and [`transpose`] holds the target against them.

use super::lanes::Lanes;

/// A matrix to be turned over: number `c` of row `r` goes to place `r` of row `c`.
pub(crate) struct TransposeTask<'a> {
    source: &'a [f32],
    source_stride: usize,
    rows: usize,
    cols: usize,
    target_stride: usize,
}

impl<'a> TransposeTask<'a> {
    /// A matrix of `rows` by `cols` numbers whose rows begin `source_stride` numbers apart; rows of the result begin
    /// `target_stride` apart.
    ///
    /// # Panics
    /// The source is too short, or rows overlap: an error of the calling code.
    pub(crate) fn new(
        source: &'a [f32],
        source_stride: usize,
        (rows, cols): (usize, usize),
        target_stride: usize,
    ) -> Self {
        assert!(cols <= source_stride && rows <= target_stride, "rows overlap");
        assert!(rows == 0 || (rows - 1) * source_stride + cols <= source.len(), "rows of the source");
        Self { source, source_stride, rows, cols, target_stride }
    }
}

/// Turns the matrix of `task` over into `target`, whose other numbers stay.
///
/// # Safety
/// The processor has the instructions of `V`.
#[inline(always)]
pub(super) unsafe fn transpose<V: Lanes>(task: &TransposeTask<'_>, target: &mut [f32]) {
    let (rows, cols) = (task.rows, task.cols);
    if rows == 0 || cols == 0 {
        return;
    }
    assert!((cols - 1) * task.target_stride + rows <= target.len(), "rows of the target");
    let (whole_rows, whole_cols) = (rows / V::LEN * V::LEN, cols / V::LEN * V::LEN);
    for row in (0..whole_rows).step_by(V::LEN) {
        for col in (0..whole_cols).step_by(V::LEN) {
            // SAFETY: the square lies within the matrix, whose rows both sides hold.
            unsafe {
                let source = task.source.as_ptr().add(row * task.source_stride + col);
                let target = target.as_mut_ptr().add(col * task.target_stride + row);
                V::transpose(source, task.source_stride, target, task.target_stride);
            }
        }
    }
    let mut one_by_one = |rows: std::ops::Range<usize>, cols: std::ops::Range<usize>| {
        for row in rows {
            for col in cols.clone() {
                target[col * task.target_stride + row] = task.source[row * task.source_stride + col];
            }
        }
    };
    one_by_one(0..whole_rows, whole_cols..cols);
    one_by_one(whole_rows..rows, 0..cols);
}

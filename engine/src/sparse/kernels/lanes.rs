//! What the inner loops need from a vector register.

/// A vector register of `f32`.
///
/// # Safety
/// Implementations read and write exactly `LEN` numbers at the pointer given. Every method may use
/// instructions of its set: it must only run on a processor that has them, and gets them only when inlined
/// into a function compiled for them (hence `inline(always)` everywhere).
pub(super) unsafe trait Lanes: Copy {
    /// Numbers in a register: 4, 8 or 16.
    const LEN: usize;
    /// Vector registers that the processor has: 16 or 32.
    const REGISTERS: usize;

    /// All zeros.
    unsafe fn zero() -> Self;
    /// The same number everywhere.
    unsafe fn splat(value: f32) -> Self;
    /// `LEN` numbers from memory, aligned or not.
    unsafe fn load(source: *const f32) -> Self;
    /// `LEN / PARTS` numbers from each of several places, one after another; `PARTS` is 1, or a divisor of `LEN` that
    /// leaves at least 4 numbers to a part.
    unsafe fn load_parts<const PARTS: usize>(sources: [*const f32; PARTS]) -> Self;
    /// `LEN` numbers to memory, aligned or not.
    unsafe fn store(self, target: *mut f32);
    /// Has the cache line of a place, which need not exist, brought near; nothing where that gains nothing.
    #[inline(always)]
    fn prefetch(_place: *const f32) {}
    /// `self * factor + addend`.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
    /// Turns a square of `LEN` by `LEN` numbers over: number `c` of row `r`, at `source + r * source_stride + c`, goes to
    /// `target + c * target_stride + r`.
    unsafe fn transpose(source: *const f32, source_stride: usize, target: *mut f32, target_stride: usize);
}

/// A loop over numbers, plain Rust, that the compiler turns into vector instructions once it may use them.
///
/// Floating-point results are the same for every instruction set: the compiler neither fuses nor reorders.
pub(crate) trait Loop {
    /// What it computes.
    type Output;
    /// Does the work; implementations are `inline(always)`, or the instructions do not reach them.
    fn run(self) -> Self::Output;
}

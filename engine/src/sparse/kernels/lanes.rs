//! What the inner loops need from a vector register.

/// A vector register of `f32`.
///
/// # Safety
/// Implementations read and write exactly `LEN` numbers at the pointer given. Every method may use
/// instructions of its set: it must only run on a processor that has them, and gets them only when inlined
/// into a function compiled for them (hence `inline(always)` everywhere).
pub(super) unsafe trait Lanes: Copy {
    /// Numbers in a register.
    const LEN: usize;
    /// Output rows of one register tile.
    const ROWS: usize;
    /// Registers of samples of one register tile.
    const COLS: usize;

    /// All zeros.
    unsafe fn zero() -> Self;
    /// The same number everywhere.
    unsafe fn splat(value: f32) -> Self;
    /// `LEN` numbers from memory, aligned or not.
    unsafe fn load(source: *const f32) -> Self;
    /// `LEN` numbers to memory, aligned or not.
    unsafe fn store(self, target: *mut f32);
    /// `self * factor + addend`.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
    /// Asks for the cache line at an address that will be read soon; any address will do.
    #[inline(always)]
    fn prefetch(_address: *const f32) {}
    /// The sum of each register's numbers.
    unsafe fn sums<const N: usize>(registers: [Self; N]) -> [f32; N];
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

/// Halving sums: lane `i` plus lane `i + half`, until one is left.
#[inline(always)]
pub(super) fn halving_sum(lanes: &mut [f32]) -> f32 {
    let mut len = lanes.len();
    while len > 1 {
        len /= 2;
        for i in 0..len {
            lanes[i] += lanes[i + len];
        }
    }
    lanes.first().copied().unwrap_or(0.0)
}

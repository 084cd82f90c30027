//! Which sizes of register tiles are compiled, and which of them comes next.

use super::lanes::Lanes;

/// Most rows, and the number of registers side by side, of the next register tile, where `rows` rows and `registers`
/// registers (at least one of each) are left.
///
/// Additions wait for each other for about four cycles, two begin in each: at least eight sums must be under way. The
/// more of a tile stays in registers, the fewer loads a multiply-add needs.
#[inline(always)]
pub(super) fn tile_of<V: Lanes>(rows: usize, registers: usize) -> (usize, usize) {
    match registers {
        // Heights that six does not divide well are better off with eight.
        4.. if V::REGISTERS == 32 && (rows <= 6 || rows >= 24) => (6, 4),
        2.. if V::REGISTERS == 32 => (8, 2),
        1 if V::REGISTERS == 32 => (8, 1),
        2.. => (4, 2),
        _ => (4, 1),
    }
}

/// Evaluates an expression with the constants `$rows` and `$count` set to a size that [`tile_of`] gives or that is left of
/// it: `with_register_tile!(V, (rows, count), |ROWS, COUNT| body)`. Each size is compiled for itself.
macro_rules! with_register_tile {
    ($lanes:ty, $size:expr, |$rows:ident, $count:ident| $body:expr) => {{
        use super::register_tile::with_register_tile;
        if <$lanes>::REGISTERS == 32 {
            with_register_tile!(@among $size, $rows, $count, $body;
                (1, 1) (2, 1) (3, 1) (4, 1) (5, 1) (6, 1) (7, 1) (8, 1)
                (1, 2) (2, 2) (3, 2) (4, 2) (5, 2) (6, 2) (7, 2) (8, 2)
                (1, 4) (2, 4) (3, 4) (4, 4) (5, 4) (6, 4))
        } else {
            with_register_tile!(@among $size, $rows, $count, $body;
                (1, 1) (2, 1) (3, 1) (4, 1) (1, 2) (2, 2) (3, 2) (4, 2))
        }
    }};
    (@among $size:expr, $rows:ident, $count:ident, $body:expr; $(($r:literal, $c:literal))*) => {
        match $size {
            $(($r, $c) => {
                const $rows: usize = $r;
                const $count: usize = $c;
                $body
            })*
            _ => debug_assert!(false, "no register tile of this size is compiled"),
        }
    };
}
pub(super) use with_register_tile;

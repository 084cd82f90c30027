//! From an instruction set to the loop for it.
//!
//! Unsafe because functions compiled for an instruction set may only run where it exists. The argument: [`Instructions`]
//! ask the processor before they are made, so whoever holds a value may run its functions; AVX-512 includes AVX2, and VNNI
//! is asked for here.

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::panels::BytePanels;
use super::{FinishTask, portable};
#[cfg(target_arch = "x86_64")]
use super::{avx2, vnni};
use crate::sparse::{Instructions, Set};

/// Runs `$function($arguments)` of the module of this instruction set.
macro_rules! run {
    ($instructions:expr, $function:ident($($argument:expr),*)) => {
        match $instructions.set() {
            Set::Portable => portable::$function($($argument),*),
            // SAFETY: the value proves AVX-512, and VNNI was asked for.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 if is_x86_feature_detected!("avx512vnni") => unsafe {
                vnni::$function($($argument),*)
            },
            // SAFETY: the value proves that the processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 | Set::Avx512 => unsafe { avx2::$function($($argument),*) },
            #[cfg(target_arch = "aarch64")]
            Set::Neon => neon::$function($($argument),*),
        }
    };
}

/// Sums of products, modulo 2^32, of all rows of `panels`; `inputs` is padded by [`super::INPUT_PADDING`].
pub(crate) fn multiply_bytes(
    instructions: Instructions,
    panels: &BytePanels,
    inputs: &[u8],
    sums: &mut [i32],
) {
    run!(instructions, multiply(panels, inputs, sums))
}

/// Output codes of sums.
pub(crate) fn finish_codes(
    instructions: Instructions,
    task: &FinishTask<'_>,
    sums: &[i32],
    codes: &mut [u8],
) {
    run!(instructions, finish(task, sums, codes))
}

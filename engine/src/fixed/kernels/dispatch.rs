//! The choice of instruction set, at run time.
//!
//! Unsafe because functions compiled for an instruction set may only run where it exists. The argument:
//! [`ByteInstructions`] can only be made by [`ByteInstructions::available`] and [`ByteInstructions::best`], which ask the
//! processor; so whoever holds a value may run its functions.

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::panels::BytePanels;
use super::{FinishTask, portable};
#[cfg(target_arch = "x86_64")]
use super::{avx2, vnni};

/// An instruction set for products of bytes that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteInstructions(Set);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Vnni,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl ByteInstructions {
    /// All that this processor has, slowest first.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self(Set::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                found.push(Self(Set::Avx2));
            }
            let has_vnni = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni");
            if found.len() == 2 && has_vnni {
                found.push(Self(Set::Vnni));
            }
        }
        #[cfg(target_arch = "aarch64")]
        found.push(Self(Set::Neon));
        found
    }

    /// The fastest that this processor has, within what `COARSEGRAIN_INSTRUCTIONS` allows: see
    /// [`crate::sparse::Instructions::best`], whose `avx512` includes VNNI.
    pub fn best() -> Self {
        static BEST: OnceLock<ByteInstructions> = OnceLock::new();
        *BEST.get_or_init(|| {
            let available = Self::available();
            let wish = std::env::var("COARSEGRAIN_INSTRUCTIONS").unwrap_or_default();
            let name = if wish == "avx512" { "vnni" } else { wish.as_str() };
            let wished = available.iter().find(|set| set.name() == name);
            wished.or(available.last()).copied().unwrap_or(Self(Set::Portable))
        })
    }

    /// `portable`, `avx2`, `vnni` or `neon`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Vnni => "vnni",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "neon",
        }
    }
}

/// Runs `$function($arguments)` of the module of this instruction set.
macro_rules! run {
    ($instructions:expr, $function:ident($($argument:expr),*)) => {
        match $instructions.0 {
            Set::Portable => portable::$function($($argument),*),
            // SAFETY: the value proves that the processor has these instructions.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { avx2::$function($($argument),*) },
            // SAFETY: the value proves that the processor has these instructions.
            #[cfg(target_arch = "x86_64")]
            Set::Vnni => unsafe { vnni::$function($($argument),*) },
            #[cfg(target_arch = "aarch64")]
            Set::Neon => neon::$function($($argument),*),
        }
    };
}

/// Sums of products, modulo 2^32, of all rows of `panels`; `inputs` is padded by [`super::INPUT_PADDING`].
pub(crate) fn multiply_bytes(
    instructions: ByteInstructions,
    panels: &BytePanels,
    inputs: &[u8],
    sums: &mut [i32],
) {
    run!(instructions, multiply(panels, inputs, sums))
}

/// Output codes of sums.
pub(crate) fn finish_codes(
    instructions: ByteInstructions,
    task: &FinishTask<'_>,
    sums: &[i32],
    codes: &mut [u8],
) {
    run!(instructions, finish(task, sums, codes))
}

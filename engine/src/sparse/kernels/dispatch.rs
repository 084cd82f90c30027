//! The choice of instruction set, at run time.
//!
//! Unsafe because functions compiled for an instruction set may only run where it exists. The argument:
//! [`Instructions`] can only be made by [`Instructions::available`] and [`Instructions::best`], which ask the
//! processor; so whoever holds a value may run its functions.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::gradient::GradientTask;
use super::lanes::Loop;
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::peak::PEAK_REGISTERS;
use super::portable;
use super::rows::RowTask;
use super::sample::SampleTask;
use super::transpose::TransposeTask;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instructions(Set);

/// The instruction sets that loops are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Instructions {
    /// All that this processor has, slowest first.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self(Set::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(Self(Set::Avx2));
            }
            if found.len() == 2 && is_x86_feature_detected!("avx512f") {
                found.push(Self(Set::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        found.push(Self(Set::Neon));
        found
    }

    /// The fastest that this processor has. `COARSEGRAIN_INSTRUCTIONS` (`portable`, `avx2`, `avx512`, `neon`) picks
    /// another, if the processor has it.
    pub fn best() -> Self {
        static BEST: OnceLock<Instructions> = OnceLock::new();
        *BEST.get_or_init(|| {
            let available = Self::available();
            let wish = std::env::var("COARSEGRAIN_INSTRUCTIONS").unwrap_or_default();
            let wished = available.iter().find(|set| set.name() == wish);
            wished.or(available.last()).copied().unwrap_or(Self(Set::Portable))
        })
    }

    /// Which set it is: proof that the processor has it.
    pub(crate) fn set(self) -> Set {
        self.0
    }

    /// `portable`, `avx2`, `avx512` or `neon`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "neon",
        }
    }

    /// Runs a loop with the widest registers that pay for it.
    pub(crate) fn run_loop<L: Loop>(self, work: L) -> L::Output {
        match self.0 {
            // SAFETY: the value proves that the processor has these instructions.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { avx2::run_loop(work) },
            // SAFETY: the value proves that the processor has these instructions.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { avx512::run_loop(work) },
            _ => work.run(),
        }
    }

    /// Numbers in one vector register.
    pub fn lanes(self) -> usize {
        match self.0 {
            Set::Portable => 4,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => 8,
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => 16,
            #[cfg(target_arch = "aarch64")]
            Set::Neon => 4,
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
            Set::Avx512 => unsafe { avx512::$function($($argument),*) },
            #[cfg(target_arch = "aarch64")]
            Set::Neon => neon::$function($($argument),*),
        }
    };
}

/// Computes the rows of a [`RowTask`] into `target`, [`TILE`](crate::sparse::TILE) samples each.
pub(crate) fn multiply_rows(instructions: Instructions, task: &RowTask<'_>, target: &mut [f32]) {
    run!(instructions, multiply_rows(task, target))
}

/// Computes the rows of a [`GradientTask`] into `target`.
pub(crate) fn block_gradient(instructions: Instructions, task: &GradientTask<'_>, target: &mut [f32]) {
    run!(instructions, block_gradient(task, target))
}

/// Computes the outputs of one sample.
pub(crate) fn multiply_sample(instructions: Instructions, task: &SampleTask<'_>, outputs: &mut [f32]) {
    run!(instructions, multiply_sample(task, outputs))
}

/// Turns a matrix over.
pub(crate) fn transpose(instructions: Instructions, task: &TransposeTask<'_>, target: &mut [f32]) {
    run!(instructions, transpose(task, target))
}

/// Measures the multiply-add peak of one core in floating-point operations per second (two per multiply-add): the
/// best of several short runs of independent multiply-adds on registers, within about `time`.
pub fn fma_peak(instructions: Instructions, time: Duration) -> f64 {
    const ROUNDS: u64 = 100_000;
    let operations = (2 * PEAK_REGISTERS * instructions.lanes()) as f64 * ROUNDS as f64;
    let begin = Instant::now();
    let mut best = 0.0f64;
    let mut start = 0.5;
    while best == 0.0 || begin.elapsed() < time {
        let run_begin = Instant::now();
        // The result feeds the next run, so that no run can be left out.
        start = 0.5 + std::hint::black_box(run!(instructions, multiply_add_rounds(ROUNDS, start))) * 1e-30;
        best = best.max(operations / run_begin.elapsed().as_secs_f64());
    }
    best
}

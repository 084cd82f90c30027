//! The loops of [`super::kernel`] compiled twice: for every machine, and for 256-bit registers.
//!
//! The plain twin is the kernel itself. Both give the same bits, because the kernels fix the order of every
//! sum and fuse nothing; a test holds that.

use rustfft::num_complex::Complex32;

use super::kernel;
use super::tables::MelBank;

/// Which compilation of the loops runs. Only [`Path::fastest`] makes the wide ones, after asking the
/// processor: that is the safety argument of every `unsafe` block here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Path {
    #[cfg(target_arch = "x86_64")]
    has_avx2: bool,
}

impl Path {
    /// The fastest loops that this processor runs.
    pub(super) fn fastest() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            has_avx2: std::arch::is_x86_feature_detected!("avx2"),
        }
    }

    /// The loops that every processor runs.
    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            has_avx2: false,
        }
    }
}

/// Tables and sizes of the second half of a frame's work.
pub(super) struct Analysis<'a> {
    pub(super) twiddles: &'a [Complex32],
    pub(super) bank: &'a MelBank,
    /// Empty where log energies are the feature.
    pub(super) cosine: &'a [f32],
}

#[inline(always)]
fn analyse_body(
    analysis: &Analysis,
    transform: &[Complex32],
    power: &mut [f32],
    log_mel: &mut [f32],
    ceps: &mut [f32],
) {
    kernel::power_spectrum(transform, analysis.twiddles, power);
    kernel::mel_energies(power, &analysis.bank.filters, &analysis.bank.weights, log_mel);
    kernel::floored_ln(log_mel);
    if !analysis.cosine.is_empty() {
        kernel::cepstrum(&log_mel[..analysis.bank.filters.len()], analysis.cosine, ceps);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Analysis, Complex32, analyse_body, kernel};

    #[target_feature(enable = "avx2")]
    pub(super) fn centre(frame: &[f32], remove_dc: bool, centred: &mut [f32]) -> f32 {
        kernel::centre(frame, remove_dc, centred)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn emphasise(centred: &[f32], preemphasis: f32, window: &[f32], out: &mut [Complex32]) -> f32 {
        kernel::emphasise(centred, preemphasis, window, out)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn analyse(
        analysis: &Analysis,
        transform: &[Complex32],
        power: &mut [f32],
        log_mel: &mut [f32],
        ceps: &mut [f32],
    ) {
        analyse_body(analysis, transform, power, log_mel, ceps);
    }
}

/// See [`kernel::centre`].
#[inline]
pub(super) fn centre(path: Path, frame: &[f32], remove_dc: bool, centred: &mut [f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if path.has_avx2 {
        // SAFETY: `Path::fastest` saw AVX2 on this processor.
        return unsafe { avx2::centre(frame, remove_dc, centred) };
    }
    let _ = path;
    kernel::centre(frame, remove_dc, centred)
}

/// See [`kernel::emphasise`].
#[inline]
pub(super) fn emphasise(
    path: Path,
    centred: &[f32],
    preemphasis: f32,
    window: &[f32],
    out: &mut [Complex32],
) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if path.has_avx2 {
        // SAFETY: `Path::fastest` saw AVX2 on this processor.
        return unsafe { avx2::emphasise(centred, preemphasis, window, out) };
    }
    let _ = path;
    kernel::emphasise(centred, preemphasis, window, out)
}

/// From a transformed frame to its log-mel energies and, where there is a cosine table, its cepstrum.
#[inline]
pub(super) fn analyse(
    path: Path,
    analysis: &Analysis,
    transform: &[Complex32],
    power: &mut [f32],
    log_mel: &mut [f32],
    ceps: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if path.has_avx2 {
        // SAFETY: `Path::fastest` saw AVX2 on this processor.
        return unsafe { avx2::analyse(analysis, transform, power, log_mel, ceps) };
    }
    let _ = path;
    analyse_body(analysis, transform, power, log_mel, ceps);
}

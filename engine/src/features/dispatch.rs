//! Which compilation of the loops of a frame runs: the plain one, or the one for 256-bit registers.

#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::fft::{FftPlan, Values};
use super::kernel::{self, Frame};
use super::tables::MelBank;

/// A choice of loops. Only [`Path::fastest`] chooses the wide ones, after asking the processor: that is the
/// safety argument of every `unsafe` block here.
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

/// Tables of the second half of a frame's work.
pub(super) struct Analysis<'a> {
    pub(super) fft: &'a FftPlan,
    pub(super) bank: &'a MelBank,
    /// Empty where log energies are the feature.
    pub(super) cosine: &'a [f32],
}

/// Working memory between a windowed frame and its mel energies.
#[derive(Debug, Clone)]
pub(super) struct Spectrum {
    /// The windowed frame, then its transform.
    pub(super) values: Values,
    pub(super) spare: Values,
    /// Powers of the lines, zero-padded for the last filter.
    pub(super) power: Vec<f32>,
    /// Partial sums of the filters.
    pub(super) lanes: Vec<f32>,
}

/// See [`kernel::centre`].
#[inline]
pub(super) fn centre(path: Path, samples: &[f32], remove_dc: bool, frame: &mut Frame) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if path.has_avx2 {
        // SAFETY: `Path::fastest` saw AVX2 on this processor.
        return unsafe { avx2::centre(samples, remove_dc, frame) };
    }
    let _ = path;
    kernel::centre(samples, remove_dc, frame, kernel::split, kernel::shift)
}

/// See [`kernel::emphasise`].
#[inline]
pub(super) fn emphasise(
    path: Path,
    frame: &Frame,
    preemphasis: f32,
    window: &[Vec<f32>; 2],
    values: &mut Values,
) {
    #[cfg(target_arch = "x86_64")]
    if path.has_avx2 {
        // SAFETY: `Path::fastest` saw AVX2 on this processor.
        return unsafe { avx2::emphasise(frame, preemphasis, window, values) };
    }
    let _ = path;
    kernel::emphasise(frame, preemphasis, window, values);
}

/// From a windowed frame to its log-mel energies and, where there is a cosine table, its cepstrum.
#[inline]
pub(super) fn analyse(
    path: Path,
    analysis: &Analysis,
    work: &mut Spectrum,
    log_mel: &mut [f32],
    ceps: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if path.has_avx2 {
        // SAFETY: `Path::fastest` saw AVX2 on this processor.
        return unsafe { avx2::analyse(analysis, work, log_mel, ceps) };
    }
    let _ = path;
    let Spectrum { values, spare, power, lanes } = work;
    analysis.fft.powers(values, spare, power);
    kernel::after_power(analysis.bank, analysis.cosine, power, lanes, log_mel, ceps);
}

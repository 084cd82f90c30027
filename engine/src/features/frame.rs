//! One frame of samples to one feature vector.

use super::dispatch::{self, Analysis, Path, Spectrum};
use super::fft::{FftPlan, Values};
use super::kernel::{self, Frame};
use super::tables::{MEL_LANES, MelBank, cosine_transform, window};
use super::{FeatureError, RATE_HZ};
use crate::settings::{FeatureConfig, FeatureKind};

/// Tables, plans and sizes for computing frames; shared by every thread and stream of a front end.
pub(super) struct FramePlan {
    pub(super) frame_length: usize,
    pub(super) frame_shift: usize,
    pub(super) fft_size: usize,
    pub(super) num_mel: usize,
    pub(super) num_coefs: usize,
    kind: FeatureKind,
    use_energy: bool,
    raw_energy: bool,
    remove_dc: bool,
    pub(super) energy_floor: f32,
    pub(super) preemphasis: f32,
    pub(super) window: [Vec<f32>; 2],
    pub(super) fft: FftPlan,
    pub(super) bank: MelBank,
    pub(super) cosine: Vec<f32>,
    path: Path,
}

/// Working memory of one thread; made by [`super::FrontEnd::scratch`].
#[derive(Debug, Clone)]
pub struct Scratch {
    frame: Frame,
    spectrum: Spectrum,
    log_mel: Vec<f32>,
    /// The fitted second, where a clip is not exactly one second long.
    pub(super) second: Vec<f32>,
    /// Energies of the frames of the second.
    pub(super) energies: Vec<f32>,
}

fn samples_from_ms(key: &'static str, ms: f64, min_ms: f64) -> Result<usize, FeatureError> {
    let samples = (ms * RATE_HZ / 1000.0).floor();
    if !(min_ms..=1000.0).contains(&ms) {
        return Err(FeatureError::Value {
            key,
            value: ms,
            expected: "5 to 1000 ms (1 to 1000 for the shift)",
        });
    }
    Ok(samples as usize)
}

impl FramePlan {
    pub(super) fn new(config: &FeatureConfig) -> Result<Self, FeatureError> {
        let frame_length = samples_from_ms("frame_length_ms", config.frame_length_ms, 5.0)?;
        let frame_shift = samples_from_ms("frame_shift_ms", config.frame_shift_ms, 1.0)?;
        let (num_mel, num_ceps) = (config.num_mel, config.num_ceps);
        if num_mel == 0 {
            return Err(FeatureError::Value { key: "num_mel", value: 0.0, expected: "at least 1" });
        }
        let is_mfcc = config.kind == FeatureKind::Mfcc;
        if is_mfcc && (num_ceps == 0 || num_ceps > num_mel) {
            return Err(FeatureError::TooManyCeps { num_ceps, num_mel });
        }
        if !(0.0..=1.0).contains(&config.preemphasis) {
            let value = config.preemphasis;
            return Err(FeatureError::Value { key: "preemphasis", value, expected: "0 to 1" });
        }
        let fft_size = frame_length.next_power_of_two();
        Ok(Self {
            frame_length,
            frame_shift,
            fft_size,
            num_mel,
            num_coefs: if is_mfcc { num_ceps } else { num_mel + usize::from(config.use_energy) },
            kind: config.kind,
            use_energy: config.use_energy,
            raw_energy: config.raw_energy,
            remove_dc: config.remove_dc,
            energy_floor: (config.energy_floor as f32).max(kernel::LOG_FLOOR),
            preemphasis: config.preemphasis as f32,
            window: window(config.window, frame_length),
            fft: FftPlan::new(fft_size),
            bank: MelBank::new(config, fft_size)?,
            cosine: if is_mfcc { cosine_transform(num_ceps, num_mel, config.lifter) } else { Vec::new() },
            path: Path::fastest(),
        })
    }

    pub(super) fn scratch(&self) -> Scratch {
        let half = self.fft_size / 2;
        Scratch {
            frame: Frame::new(self.frame_length),
            spectrum: Spectrum {
                values: Values::new(half),
                spare: Values::new(half),
                power: vec![0.0; half + 1 + MEL_LANES],
                lanes: vec![0.0; self.num_mel * MEL_LANES],
            },
            log_mel: vec![kernel::LOG_FLOOR; self.num_mel.next_multiple_of(MEL_LANES)],
            second: Vec::new(),
            energies: Vec::new(),
        }
    }

    /// Frames that fit wholly into so many samples.
    pub(super) fn num_frames(&self, num_samples: usize) -> usize {
        match num_samples.checked_sub(self.frame_length) {
            None => 0,
            Some(room) => 1 + room / self.frame_shift,
        }
    }

    /// Energy of a frame: the sum of squares after its mean was removed, on the 16-bit scale.
    pub(super) fn energy(&self, samples: &[f32], scratch: &mut Scratch) -> f32 {
        dispatch::centre(self.path, samples, self.remove_dc, &mut scratch.frame)
    }

    /// Features of one frame of `frame_length` samples into `coefs` of `num_coefs` values; returns the
    /// frame's energy. The log-mel energies stay in the scratch.
    pub(super) fn compute(&self, samples: &[f32], scratch: &mut Scratch, coefs: &mut [f32]) -> f32 {
        let energy = self.energy(samples, scratch);
        let Scratch { frame, spectrum, log_mel, .. } = scratch;
        dispatch::emphasise(self.path, frame, self.preemphasis, &self.window, &mut spectrum.values);
        let shown_energy = match (self.use_energy, self.raw_energy) {
            (true, false) => kernel::energy(&spectrum.values),
            _ => energy,
        };
        let analysis = Analysis { fft: &self.fft, bank: &self.bank, cosine: &self.cosine };
        let is_mfcc = self.kind == FeatureKind::Mfcc;
        let ceps = if is_mfcc { &mut coefs[..] } else { &mut [] };
        dispatch::analyse(self.path, &analysis, spectrum, log_mel, ceps);
        if !is_mfcc {
            let first = usize::from(self.use_energy);
            coefs[first..].copy_from_slice(&log_mel[..self.num_mel]);
        }
        if self.use_energy {
            let mut log_energy = [shown_energy.max(self.energy_floor)];
            kernel::floored_ln(&mut log_energy);
            coefs[0] = log_energy[0];
        }
        energy
    }

    /// Log-mel energies of the frame computed last with this scratch.
    pub(super) fn log_mel<'a>(&self, scratch: &'a Scratch) -> &'a [f32] {
        &scratch.log_mel[..self.num_mel]
    }

    #[cfg(test)]
    pub(super) fn with_plain_loops(mut self) -> Self {
        self.path = Path::plain();
        self
    }
}

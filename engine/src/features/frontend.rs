//! Recordings to feature matrices and network inputs.

use std::sync::Arc;

use super::FeatureError;
use super::frame::{FramePlan, Scratch};
use super::placement::{Placed, SECOND_SAMPLES, fit_to_second, loudest_second};
use crate::settings::{FeatureConfig, Placement};

/// The feature matrix of a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frames {
    /// Rows: frames in order of time.
    pub num_frames: usize,
    /// Columns: coefficients.
    pub num_coefs: usize,
    /// Values, frame by frame: `num_frames * num_coefs`.
    pub values: Vec<f32>,
    /// Energy of each frame: sum of squares on the 16-bit scale, after the mean was removed.
    pub energies: Vec<f32>,
}

impl Frames {
    /// The coefficients of each frame.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.num_coefs.max(1))
    }
}

/// Turns samples at 16 kHz into features, with Kaldi's conventions, and into network inputs.
///
/// Frames lie wholly inside the recording (`snip_edges`), samples are on the 16-bit scale, and there is no
/// dither, so the same samples always give the same bits. Cheap to clone; shared by threads, each of which
/// brings its own [`Scratch`].
#[derive(Clone)]
pub struct FrontEnd {
    pub(super) plan: Arc<FramePlan>,
    config: FeatureConfig,
    second_frames: usize,
}

impl FrontEnd {
    /// Plans a front end.
    ///
    /// # Errors
    /// Settings that describe no front end: filters without lines, edges out of order, more frames than a
    /// second has.
    pub fn new(config: &FeatureConfig) -> Result<Self, FeatureError> {
        let plan = FramePlan::new(config)?;
        let second_frames = plan.num_frames(SECOND_SAMPLES);
        if config.num_frames == 0 || config.num_frames > second_frames {
            return Err(FeatureError::TooManyFrames {
                num_frames: config.num_frames,
                available: second_frames,
                frame_length_ms: config.frame_length_ms,
                frame_shift_ms: config.frame_shift_ms,
            });
        }
        Ok(Self { plan: Arc::new(plan), config: config.clone(), second_frames })
    }

    /// The settings it was made from.
    pub fn config(&self) -> &FeatureConfig {
        &self.config
    }

    /// Values of one network input: `num_frames * num_coefs`, 403 by default.
    pub fn num_inputs(&self) -> usize {
        self.config.num_frames * self.plan.num_coefs
    }

    /// Values of one frame.
    pub fn num_coefs(&self) -> usize {
        self.plan.num_coefs
    }

    /// Mel filters, the values of one spectrogram column.
    pub fn num_mel(&self) -> usize {
        self.plan.num_mel
    }

    /// Where each mel filter is highest, in Hz, ascending.
    pub fn mel_centres_hz(&self) -> Vec<f32> {
        super::tables::mel_centres_hz(&self.config)
    }

    /// Frames of one network input.
    pub fn num_frames(&self) -> usize {
        self.config.num_frames
    }

    /// Frames of one second, from which the input's frames are chosen.
    pub fn second_frames(&self) -> usize {
        self.second_frames
    }

    /// Samples from one frame to the next.
    pub fn frame_shift_samples(&self) -> usize {
        self.plan.frame_shift
    }

    /// Samples of one frame.
    pub fn frame_length_samples(&self) -> usize {
        self.plan.frame_length
    }

    /// Points of the Fourier transform: the next power of two from the frame length.
    pub fn fft_size(&self) -> usize {
        self.plan.fft_size
    }

    /// Upper edge of the filterbank in hertz, where the setting may be an offset from half the sampling rate.
    pub fn high_hz(&self) -> f64 {
        super::tables::high_hz(&self.config)
    }

    /// Working memory for one thread.
    pub fn scratch(&self) -> Scratch {
        self.plan.scratch()
    }

    /// The feature matrix of a whole recording of finite samples; no rows where it is shorter than a frame.
    pub fn frames(&self, samples: &[f32]) -> Frames {
        let mut frames = Frames::default();
        self.frames_into(samples, &mut self.scratch(), &mut frames);
        frames
    }

    /// As [`FrontEnd::frames`], into memory that is used again.
    pub fn frames_into(&self, samples: &[f32], scratch: &mut Scratch, frames: &mut Frames) {
        let (plan, num_coefs) = (&self.plan, self.plan.num_coefs);
        frames.num_frames = plan.num_frames(samples.len());
        frames.num_coefs = num_coefs;
        frames.values.resize(frames.num_frames * num_coefs, 0.0);
        frames.energies.resize(frames.num_frames, 0.0);
        let rows = frames.values.chunks_exact_mut(num_coefs).zip(&mut frames.energies);
        for (index, (row, energy)) in rows.enumerate() {
            let start = index * plan.frame_shift;
            *energy = plan.compute(&samples[start..start + plan.frame_length], scratch, row);
        }
    }

    /// The log-mel energies of a whole recording, frame by mel filter: a spectrogram for the eye.
    pub fn log_mel(&self, samples: &[f32]) -> Frames {
        let (plan, mut scratch) = (&self.plan, self.scratch());
        let mut frames = Frames {
            num_frames: plan.num_frames(samples.len()),
            num_coefs: plan.num_mel,
            ..Frames::default()
        };
        let mut coefs = vec![0.0; plan.num_coefs];
        for index in 0..frames.num_frames {
            let start = index * plan.frame_shift;
            let energy = plan.compute(&samples[start..start + plan.frame_length], &mut scratch, &mut coefs);
            frames.energies.push(energy);
            frames.values.extend_from_slice(plan.log_mel(&scratch));
        }
        frames
    }

    /// The network input of a clip, frame by frame, into `out` of [`FrontEnd::num_inputs`] values.
    ///
    /// A clip that is not one second long is fitted: a shorter one gets zeros evenly on both sides, of a
    /// longer one the loudest second (on the grid of frame shifts, the first of equals) is taken. Of that
    /// second, `num_frames` frames are placed by `features.placement`; with `features.mean_norm` each
    /// coefficient then loses its mean over those frames. Does not allocate once the scratch is warm.
    ///
    /// # Panics
    /// Where `out` has another length.
    pub fn input(&self, clip: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
        assert_eq!(out.len(), self.num_inputs(), "length of a network input");
        let mut memory = std::mem::take(&mut scratch.second);
        let second = fit_to_second(clip, self.plan.frame_shift, &mut memory);
        let mut energies = std::mem::take(&mut scratch.energies);
        energies.clear();
        let frame = |index: usize| {
            let start = index * self.plan.frame_shift;
            &second[start..start + self.plan.frame_length]
        };
        if self.config.placement == Placement::Loudest {
            energies.extend((0..self.second_frames).map(|index| self.plan.energy(frame(index), scratch)));
        }
        let placed = self.placed(&energies);
        for (index, row) in out.chunks_exact_mut(self.plan.num_coefs).enumerate() {
            self.plan.compute(frame(placed.frame(index)), scratch, row);
        }
        self.subtract_means(out);
        scratch.second = memory;
        scratch.energies = energies;
    }

    /// The second of a clip that [`FrontEnd::input`] looks at.
    pub fn fit_second(&self, clip: &[f32]) -> Vec<f32> {
        let mut padded = Vec::new();
        fit_to_second(clip, self.plan.frame_shift, &mut padded).to_vec()
    }

    /// The network input from the frames of a second.
    ///
    /// Where there are more frames than a second has, the loudest second's are taken; where fewer, `None`.
    pub fn input_frames(&self, frames: &Frames) -> Option<Vec<f32>> {
        let num_spare = frames.num_frames.checked_sub(self.second_frames)?;
        let start = if num_spare == 0 {
            0
        } else {
            super::placement::loudest_start(&frames.energies, self.second_frames)
        };
        let values = &frames.values[start * self.plan.num_coefs..];
        let mut out = vec![0.0; self.num_inputs()];
        self.place(values, &frames.energies[start..start + self.second_frames], &mut out);
        Some(out)
    }

    /// Which frames of a recording become its input, in order: indices into [`FrontEnd::frames`] of the clip,
    /// or, for a clip shorter than a second, of the second that it is padded to.
    pub fn input_frame_indices(&self, clip: &[f32]) -> Vec<usize> {
        let shift = self.plan.frame_shift;
        let start = if clip.len() > SECOND_SAMPLES { loudest_second(clip, shift).start / shift } else { 0 };
        let mut memory = Vec::new();
        let second = self.frames(fit_to_second(clip, shift, &mut memory));
        let placed = self.placed(&second.energies);
        (0..self.config.num_frames).map(|index| start + placed.frame(index)).collect()
    }

    /// Places frames of a second (rows of `values`, with their energies) into an input.
    pub(super) fn place(&self, values: &[f32], energies: &[f32], out: &mut [f32]) {
        let num_coefs = self.plan.num_coefs;
        let placed = self.placed(energies);
        for (index, row) in out.chunks_exact_mut(num_coefs).enumerate() {
            let start = placed.frame(index) * num_coefs;
            row.copy_from_slice(&values[start..start + num_coefs]);
        }
        self.subtract_means(out);
    }

    /// Frames of the second that become the input, where they are the same for every sound.
    pub(super) fn fixed_frames(&self) -> Option<Vec<usize>> {
        let placed = (self.config.placement != Placement::Loudest).then(|| self.placed(&[]))?;
        Some((0..self.config.num_frames).map(|index| placed.frame(index)).collect())
    }

    fn placed(&self, energies: &[f32]) -> Placed {
        Placed::new(self.config.placement, energies, self.second_frames, self.config.num_frames)
    }

    fn subtract_means(&self, input: &mut [f32]) {
        if !self.config.mean_norm {
            return;
        }
        let num_coefs = self.plan.num_coefs;
        for coef in 0..num_coefs {
            let column = || input[coef..].iter().step_by(num_coefs);
            let mean = column().sum::<f32>() / self.config.num_frames as f32;
            input[coef..].iter_mut().step_by(num_coefs).for_each(|value| *value -= mean);
        }
    }
}

impl std::fmt::Debug for FrontEnd {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FrontEnd").field("config", &self.config).finish_non_exhaustive()
    }
}

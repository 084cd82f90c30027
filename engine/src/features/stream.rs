//! Features of an endless stream, bit for bit those of a recording.

use super::FrontEnd;
use super::frame::Scratch;
use super::placement::{SECOND_SAMPLES, loudest_share};

/// Length of the stretch of [`InputStream::isolation`] in samples: 310 ms, the loudest part of a short word.
const STRETCH_SAMPLES: usize = SECOND_SAMPLES * 31 / 100;

/// A frame that a stream has just completed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamFrame<'a> {
    /// Number of the frame since the stream began; it starts at sample `index * frame shift`.
    pub index: u64,
    /// Its features.
    pub coefs: &'a [f32],
    /// Its log-mel energies, for a spectrogram.
    pub log_mel: &'a [f32],
    /// Its energy: sum of squares on the 16-bit scale.
    pub energy: f32,
}

/// Computes each frame of a stream once, as soon as its samples are there, and keeps the frames of the last
/// second.
///
/// Frames equal those of [`FrontEnd::frames`] on the whole stream, and inputs equal [`FrontEnd::input`] on the
/// second that starts with the oldest kept frame, bit for bit, however the stream was cut into chunks.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use engine::features::{FrontEnd, InputStream};
/// let front_end = FrontEnd::new(&Default::default())?;
/// let mut stream = InputStream::new(&front_end);
/// let mut input = vec![0.0; front_end.num_inputs()];
/// stream.buffer(&[0.0; 16_000]);
/// while stream.advance().is_some() {
///     if stream.input(&mut input) { /* a decision every frame */ }
/// }
/// # assert_eq!(stream.frames_ready(), 98);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct InputStream {
    front_end: FrontEnd,
    scratch: Scratch,
    /// Samples not yet left behind by the next frame's start.
    samples: Vec<f32>,
    /// Where the next frame starts in `samples`; beyond their end where frames are further apart than long.
    next_start: usize,
    /// Frames kept, oldest first from row `first_row`; twice a second's rows, so that moving them to the
    /// front is rare and the kept rows always lie in one piece.
    values: Vec<f32>,
    energies: Vec<f32>,
    first_row: usize,
    num_rows: usize,
    num_frames: u64,
}

impl InputStream {
    /// A stream that has not begun.
    pub fn new(front_end: &FrontEnd) -> Self {
        let rows = 2 * front_end.second_frames();
        Self {
            front_end: front_end.clone(),
            scratch: front_end.scratch(),
            samples: Vec::with_capacity(2 * SECOND_SAMPLES),
            next_start: 0,
            values: vec![0.0; rows * front_end.num_coefs()],
            energies: vec![0.0; rows],
            first_row: 0,
            num_rows: 0,
            num_frames: 0,
        }
    }

    /// Takes the next samples (finite, 16 kHz) without computing frames; [`InputStream::advance`] does.
    pub fn buffer(&mut self, samples: &[f32]) {
        let used = self.next_start.min(self.samples.len());
        self.samples.drain(..used);
        self.next_start -= used;
        self.samples.extend_from_slice(samples);
    }

    /// Computes the next frame, where all its samples are there.
    pub fn advance(&mut self) -> Option<StreamFrame<'_>> {
        let plan = self.front_end.plan.clone();
        let end = self.next_start + plan.frame_length;
        if end > self.samples.len() {
            return None;
        }
        let row = self.new_row();
        let frame = &self.samples[self.next_start..end];
        let coefs = &mut self.values[row * plan.num_coefs..(row + 1) * plan.num_coefs];
        let energy = plan.compute(frame, &mut self.scratch, coefs);
        self.energies[row] = energy;
        self.next_start += plan.frame_shift;
        let index = self.num_frames;
        self.num_frames += 1;
        let log_mel = plan.log_mel(&self.scratch);
        Some(StreamFrame { index, coefs, log_mel, energy })
    }

    /// Takes samples and computes every frame that they complete; returns how many.
    pub fn push(&mut self, samples: &[f32]) -> usize {
        self.buffer(samples);
        let mut num_new = 0;
        while self.advance().is_some() {
            num_new += 1;
        }
        num_new
    }

    /// Frames computed since the stream began.
    pub fn frames_ready(&self) -> u64 {
        self.num_frames
    }

    /// The network input of the last second, by the placement rule of the front end; `false`, with `out`
    /// untouched, before the first second is full.
    ///
    /// # Panics
    /// Where `out` does not have [`FrontEnd::num_inputs`] values.
    pub fn input(&mut self, out: &mut [f32]) -> bool {
        assert_eq!(out.len(), self.front_end.num_inputs(), "length of a network input");
        if self.num_rows < self.front_end.second_frames() {
            return false;
        }
        let rows = self.first_row..self.first_row + self.num_rows;
        let values = &self.values[self.first_row * self.front_end.num_coefs()..];
        self.front_end.place(values, &self.energies[rows], out);
        true
    }

    /// Share of the energy of the last second that its loudest 310 ms hold, 0 to 1: near 1 for a word between
    /// pauses, lower for running speech, about 0.3 for steady noise. 0 for digital silence and before the
    /// first second is full.
    pub fn isolation(&self) -> f32 {
        let second = self.front_end.second_frames();
        if self.num_rows < second {
            return 0.0;
        }
        let num_frames = (STRETCH_SAMPLES / self.front_end.frame_shift_samples()).clamp(1, second);
        loudest_share(&self.energies[self.first_row..self.first_row + second], num_frames)
    }

    /// Forgets everything: the next sample is the first of a new stream.
    pub fn reset(&mut self) {
        self.samples.clear();
        self.next_start = 0;
        self.first_row = 0;
        self.num_rows = 0;
        self.num_frames = 0;
    }

    /// The front end.
    pub fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// Room for one more row behind the kept ones; the oldest leaves where a second is full.
    fn new_row(&mut self) -> usize {
        let second = self.front_end.second_frames();
        if self.num_rows == second {
            self.first_row += 1;
            self.num_rows -= 1;
        }
        if self.first_row + self.num_rows == self.energies.len() {
            let num_coefs = self.front_end.num_coefs();
            let rows = self.first_row..self.first_row + self.num_rows;
            self.values.copy_within(rows.start * num_coefs..rows.end * num_coefs, 0);
            self.energies.copy_within(rows, 0);
            self.first_row = 0;
        }
        let row = self.first_row + self.num_rows;
        self.num_rows += 1;
        row
    }
}

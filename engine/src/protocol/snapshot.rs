//! Snapshots: the latest state of every part, as plain data that a window draws.
//!
//! Each part is shared behind an [`Arc`], so that taking a snapshot copies a handful of pointers and
//! holds no lock while drawing.

use std::path::PathBuf;
use std::sync::Arc;

use crate::audio::SAMPLE_RATE_HZ;
use crate::dataset::{ClipId, Fault, FolderDoubt, FolderRoles, Split};
use crate::evaluate::Confusion;
use crate::look::Method;
use crate::memory::MemoryBits;
use crate::memory::banks::BankPlan;
use crate::protocol::{BitsView, ExportView, ModelSource, Prediction};
use crate::runs::{Comparison, RunId};
pub use crate::runs::{RunRow, RunState};
use crate::settings::{Config, FeatureConfig};
use crate::sparse::Pattern;
use crate::train::{AgainstDense, EpochMetrics};

/// The latest state of everything.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The open dataset and the one being read.
    pub dataset: Arc<DatasetState>,
    /// The clip under inspection.
    pub clip: Arc<ClipState>,
    /// What is playing, if anything.
    pub playback: Arc<Option<PlaybackView>>,
    /// The network of the latest [`super::Command::PlanNetwork`].
    pub plan: Arc<Option<PlanView>>,
    /// Queue and run in progress.
    pub training: Arc<TrainingView>,
    /// All runs in the runs folder.
    pub runs: Arc<RunsView>,
    /// Curves and confusion matrices of the runs asked for.
    pub details: Arc<Vec<Arc<RunDetails>>>,
    /// Runs measured at other bits.
    pub bits: Arc<BitsView>,
    /// The model to be exported, and what was exported.
    pub export: Arc<ExportView>,
    /// Capture devices.
    pub devices: Arc<DevicesView>,
    /// The live stream.
    pub live: Arc<LiveView>,
    /// The download of the full dataset.
    pub fetch: Arc<FetchView>,
}

/// A rectangle of numbers, row by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    /// Rows; time for spectrograms and features.
    pub rows: usize,
    /// Columns; frequency or coefficient.
    pub cols: usize,
    /// `rows * cols` values.
    pub values: Vec<f32>,
}

/// The open dataset and the one being read.
#[derive(Debug, Clone, Default)]
pub struct DatasetState {
    /// What is open.
    pub open: Option<Arc<DatasetView>>,
    /// How far the reading in progress has come.
    pub loading: Option<Progress>,
    /// The folder being read, while one is; `None` is the built-in dataset.
    pub loading_folder: Option<PathBuf>,
}

/// How far a long job has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// What it is doing, as a short phrase.
    pub what: String,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 when not yet known.
    pub total: u64,
    /// Seconds left, once they can be estimated.
    pub left_secs: Option<f64>,
}

/// An open dataset, for tables and lists.
#[derive(Debug, Clone, Default)]
pub struct DatasetView {
    /// Which of the datasets opened since the start it is, from 1: clip ids belong to it.
    pub opening: u64,
    /// Folder.
    pub folder: PathBuf,
    /// Whether it is the built-in demo dataset.
    pub is_demo: bool,
    /// Every readable clip; `ClipId` is the index.
    pub clips: Vec<ClipRow>,
    /// Counts per word.
    pub words: Vec<WordRow>,
    /// Speakers per split, in the order of [`Split::ALL`].
    pub num_speakers: [usize; 3],
    /// Hours of sound.
    pub hours: f64,
    /// Files left out.
    pub faults: Vec<Fault>,
    /// Recordings of background noise, and their length in seconds.
    pub background: Vec<(String, f64)>,
    /// What a person should know: leaking speakers, tiny splits, a rule that made the splits.
    pub notes: Vec<String>,
    /// Those of the notes that tell of recordings a network cannot learn from.
    pub sound_notes: Vec<String>,
    /// Folders whose names mean something else than what they are read as; their texts are among the notes.
    pub doubts: Vec<FolderDoubt>,
    /// What the dataset was told about its folders.
    pub roles: FolderRoles,
    /// Hash of contents and splits.
    pub fingerprint: String,
}

/// One clip in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipRow {
    /// Path relative to the dataset folder.
    pub path: String,
    /// Index into [`DatasetView::words`].
    pub word: u16,
    /// Split.
    pub split: Split,
    /// Speaker.
    pub speaker: Arc<str>,
    /// Length in milliseconds.
    pub length_ms: u32,
}

/// One word in the table of words.
#[derive(Debug, Clone, PartialEq)]
pub struct WordRow {
    /// The word, as its folder is named.
    pub word: String,
    /// Clips per split, in the order of [`Split::ALL`].
    pub counts: [usize; 3],
}

/// A wish to look at a clip: what its pictures depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipWish {
    /// The dataset: [`DatasetView::opening`].
    pub opening: u64,
    /// Which of its clips.
    pub clip: ClipId,
    /// Front end whose features are shown.
    pub features: FeatureConfig,
}

/// The clip under inspection: the latest wish, and what came of it.
///
/// A wish stands here from the moment it is sent, so a window that sends whatever it wants and does not find here
/// misses nothing, whatever was opened, closed or failed meanwhile.
#[derive(Debug, Clone, Default)]
pub struct ClipState {
    /// The latest wish; absent before the first.
    pub wish: Option<ClipWish>,
    /// Its pictures, or one sentence why there are none and what to do; absent while they are being made.
    pub answer: Option<Result<Arc<ClipView>, String>>,
}

/// One clip, looked at closely.
#[derive(Debug, Clone)]
pub struct ClipView {
    /// Samples at 16 kHz, -1 to 1.
    pub samples: Vec<f32>,
    /// Log power spectrum in dB, time by frequency from 0 to 8 kHz.
    pub spectrogram: Grid,
    /// Features, frame by coefficient.
    pub features: Grid,
    /// Indices of the frames that become the network's input.
    pub input_frames: Vec<usize>,
    /// Seconds between two feature frames.
    pub frame_shift_secs: f64,
}

/// Where a sound that is played comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Playing {
    /// A clip of the open dataset.
    Clip(ClipId),
    /// A sound file.
    File,
    /// The latest live stream.
    Stream {
        /// Seconds of the stream at which the sound begins.
        from_secs: f64,
    },
}

/// What is being played.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaybackView {
    /// Where it comes from.
    pub what: Playing,
    /// Name of the sound.
    pub name: String,
    /// Seconds played.
    pub position_secs: f64,
    /// Length in seconds.
    pub length_secs: f64,
}

/// The network of a configuration, before any training.
#[derive(Debug, Clone)]
pub struct PlanView {
    /// The configuration.
    pub config: Config,
    /// Layers and bill, or why there are none.
    pub network: Result<NetworkView, String>,
    /// The network in memory banks, or why it cannot be laid into them and what to do.
    pub banks: Result<BankPlan, String>,
}

/// Layers and bill of a network.
#[derive(Debug, Clone)]
pub struct NetworkView {
    /// Layer by layer, first to last.
    pub layers: Vec<LayerView>,
    /// Bits of the whole network.
    pub bits: MemoryBits,
    /// Bits of the same number of kept weights chosen one by one, with their index.
    pub elementwise: MemoryBits,
    /// Multiply-accumulates per inference.
    pub macs: u64,
    /// Multiply-accumulates of the dense network.
    pub dense_macs: u64,
    /// Kept weights over all weights, requested.
    pub density_requested: f64,
    /// Kept weights over all weights, achieved.
    pub density_achieved: f64,
    /// By level, outer first: the drop probabilities of the hidden layers without levels of their own that make
    /// different patterns, ascending. Empty where every value counts.
    pub drop_steps: Vec<Vec<f64>>,
    /// What should be changed before training, and how.
    pub warnings: Vec<String>,
}

/// One layer of a planned network.
#[derive(Debug, Clone)]
pub struct LayerView {
    /// Its name: `hidden 1`, ..., `output`.
    pub name: String,
    /// Its kept blocks.
    pub pattern: Arc<Pattern>,
    /// Weight bits.
    pub weight_bits: u32,
    /// Bits of each number that the layer reads; 32 is floating point.
    pub activation_bits: u32,
    /// Bits of its accumulator; absent where the network computes in floating point.
    pub accumulator_bits: Option<u32>,
    /// Kept weights.
    pub kept_weights: u64,
    /// Requested density.
    pub density_requested: f64,
    /// Achieved density.
    pub density_achieved: f64,
    /// Why the two differ, and the nearest drop probability that can be met; empty when they agree.
    pub density_reason: String,
    /// By level, outer first: the drop probabilities that make different patterns, ascending. Empty where every value
    /// counts.
    pub drop_steps: Vec<Vec<f64>>,
    /// By level, outer first: the share of blocks that whole blocks drop.
    pub drop_given: Vec<f64>,
    /// Smallest and largest number of inputs of one unit.
    pub fan_in: (u32, u32),
    /// Outputs without any live input.
    pub dead_units: u32,
    /// Inputs that no kept block reads.
    pub unused_inputs: u32,
    /// Bits of this layer.
    pub bits: MemoryBits,
    /// Bits of the same number of kept weights chosen one by one, with their index.
    pub elementwise: MemoryBits,
}

/// The queue, and the run in progress.
#[derive(Debug, Clone, Default)]
pub struct TrainingView {
    /// Waiting runs, first to start first.
    pub queue: Vec<(RunId, Config)>,
    /// The run in progress; after it ends, the last one, until the next starts.
    pub current: Option<CurrentRun>,
}

/// What the run in progress is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPhase {
    /// Reading recordings and learning the normalisation.
    Preparing,
    /// Training steps.
    Training,
    /// Held on request.
    Paused,
    /// Measuring the best weights on the testing split.
    Testing,
    /// Done; the folder is complete.
    Finished,
    /// Ended with an error.
    Failed,
}

/// The run in progress.
#[derive(Debug, Clone)]
pub struct CurrentRun {
    /// Its name.
    pub run: RunId,
    /// Its configuration.
    pub config: Config,
    /// What it is doing.
    pub phase: RunPhase,
    /// How far reading and feature extraction, or the final test, has come; all zero in other phases.
    pub progress: Progress,
    /// Learning rate of the latest step.
    pub learning_rate: f64,
    /// Epoch in progress, from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub num_epochs: usize,
    /// Steps done in this epoch.
    pub batch: usize,
    /// Steps of an epoch.
    pub num_batches: usize,
    /// Training clips per second, over the last seconds.
    pub samples_per_sec: f64,
    /// Median seconds of the gradients and the update of the latest steps.
    pub step_secs: f64,
    /// Share of the last seconds that the trainer waited for inputs, 0 to 1.
    pub wait_share: f64,
    /// How its training step compares with that of the dense network of the same sizes, measured at its beginning.
    pub against_dense: AgainstDense,
    /// Seconds of training so far, pauses excluded.
    pub elapsed_secs: f64,
    /// Seconds left.
    pub left_secs: Option<f64>,
    /// Finished epochs.
    pub history: Vec<EpochMetrics>,
    /// Loss of the latest steps, as (epoch with fraction, loss), thinned to a few hundred points.
    pub step_losses: Vec<(f64, f32)>,
    /// Mean weight magnitudes of every kept innermost block, layer by layer, in the order of `Pattern::block_cols`; all
    /// blocks of a layer are cut into the same number of cells, a square, row by row. Cells beyond a ragged edge are NaN.
    pub block_magnitudes: Arc<Vec<Vec<f32>>>,
    /// Patterns, layer by layer.
    pub patterns: Arc<Vec<Arc<Pattern>>>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// All runs in the runs folder.
#[derive(Debug, Clone, Default)]
pub struct RunsView {
    /// The runs folder.
    pub folder: PathBuf,
    /// Its runs, newest first.
    pub runs: Vec<Arc<RunRow>>,
    /// The built-in models as runs, to compare with.
    pub built_in: Vec<Arc<RunRow>>,
    /// All of them side by side: `runs`, then `built_in`.
    pub comparison: Arc<Comparison>,
    /// Whether the folder is being read.
    pub reading: bool,
}

/// Curves and errors of one run.
#[derive(Debug, Clone)]
pub struct RunDetails {
    /// Which run.
    pub run: RunId,
    /// Epoch by epoch.
    pub history: Vec<EpochMetrics>,
    /// Testing split.
    pub confusion: Confusion,
    /// Every clip of the testing split with what the run took it for.
    pub predictions: Vec<Prediction>,
    /// Why something is missing; empty when all was read.
    pub message: String,
}

/// Capture devices.
#[derive(Debug, Clone, Default)]
pub struct DevicesView {
    /// Devices that can be opened.
    pub devices: Vec<DeviceRow>,
    /// Whether the list is being made.
    pub listing: bool,
    /// Why there is none, and what to do; empty when there is one.
    pub message: String,
}

/// One capture device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// What [`super::StreamSource::Microphone`] takes.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Whether it is the system's default.
    pub is_default: bool,
    /// Formats, such as `48 kHz, 2 channels, f32`.
    pub formats: Vec<String>,
}

/// The live stream.
#[derive(Debug, Clone, Default)]
pub struct LiveView {
    /// Whether a stream is open.
    pub listening: bool,
    /// Name and format of the device, or of the recording.
    pub source: String,
    /// Seconds of sound so far.
    pub position_secs: f64,
    /// Length of the recording; absent for a microphone.
    pub length_secs: Option<f64>,
    /// Peak of the last tenth of a second, 0 to 1.
    pub peak: f32,
    /// Root mean square of the last tenth of a second, 0 to 1.
    pub rms: f32,
    /// Seconds since the last clipped sample, if any in this stream.
    pub clipped_secs_ago: Option<f64>,
    /// Samples lost because the machine could not keep up.
    pub lost_samples: u64,
    /// Why the latest stream ended by itself, and what to do; empty while one is open and after a stop on request.
    pub failure: String,
    /// What is wrong with the sound, and what to do (silent, flat, clipped); empty when all is well.
    pub hint: String,
    /// Log-mel spectrogram, frame by mel filter, up to the latest frame: of the last ten seconds while a stream is open,
    /// and of all that its tape holds once it has ended.
    pub spectrogram: Grid,
    /// Where each mel filter of the spectrogram is highest, in Hz, ascending.
    pub filters_hz: Vec<f32>,
    /// Seconds between two rows of the spectrogram.
    pub frame_shift_secs: f64,
    /// Listening models, in the order given.
    pub models: Vec<LiveModel>,
    /// Detections of all models, newest last.
    pub detections: Vec<LiveDetection>,
    /// Whether the loudspeaker is silenced while a recording is listened to.
    pub is_muted: bool,
    /// Why a recording that is listened to is not heard although it should be; empty where it is heard.
    pub silence_reason: String,
    /// What was heard, once the stream has ended: its pictures then go back as far as this sound does.
    pub tape: Option<Arc<Tape>>,
}

/// The sound of a live stream that has ended: the last minute of a microphone, all of a recording of a quarter of an
/// hour or less.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// Seconds of the stream at which it begins.
    pub start_secs: f64,
    /// Mono, at 16 kHz.
    pub samples: Arc<[f32]>,
}

impl Tape {
    /// Seconds of the stream at which it ends.
    pub fn end_secs(&self) -> f64 {
        self.start_secs + self.samples.len() as f64 / f64::from(SAMPLE_RATE_HZ)
    }

    /// The stretch between two moments of the stream, cut to what there is.
    pub fn between(&self, from_secs: f64, to_secs: f64) -> &[f32] {
        let index = |secs: f64| {
            let samples = ((secs - self.start_secs) * f64::from(SAMPLE_RATE_HZ)).round();
            // Casts of floats saturate, so a moment before the tape is its begin.
            (samples as usize).min(self.samples.len())
        };
        let (from, to) = (index(from_secs), index(to_secs));
        &self.samples[from..to.max(from)]
    }
}

/// One model on the live stream.
#[derive(Debug, Clone)]
pub struct LiveModel {
    /// Which model.
    pub source: ModelSource,
    /// Where it is from: the name of its run or file.
    pub name: String,
    /// What it is: method, block size, drop probability and bits of its first layer.
    pub title: String,
    /// How its first layer is made small, which gives its colour.
    pub method: Method,
    /// Memory of weights, index and biases in bits.
    pub bits: MemoryBits,
    /// Multiply-accumulates per decision.
    pub macs: u64,
    /// Whether it computes in integers throughout.
    pub is_integer: bool,
    /// Median time of one decision's network evaluation in microseconds.
    pub decision_micros: f64,
    /// Labels, silence and unknown included.
    pub labels: Vec<String>,
    /// Times of the decisions shown, which go back as far as the spectrogram, in seconds since the stream began.
    pub times_secs: Vec<f64>,
    /// Smoothed posteriors, decision by label.
    pub posteriors: Grid,
}

/// A word that a model has heard.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveDetection {
    /// Index into [`LiveView::models`].
    pub model: usize,
    /// Seconds since the stream began.
    pub time_secs: f64,
    /// The word.
    pub word: String,
    /// Smoothed posterior, 0 to 1.
    pub score: f32,
}

/// The download of the full dataset.
#[derive(Debug, Clone, Default)]
pub struct FetchView {
    /// What would be fetched.
    pub address: String,
    /// Bytes of the archive.
    pub size_bytes: u64,
    /// SHA-256 of the archive, hexadecimal.
    pub checksum: String,
    /// Progress while it runs.
    pub progress: Option<Progress>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_a_tape_is_cut_to_what_there_is() {
        let samples: Arc<[f32]> = (0..32_000).map(|n| n as f32).collect();
        let tape = Tape { start_secs: 10.0, samples };
        assert_eq!(tape.end_secs(), 12.0);
        let ends = |from, to| {
            let piece = tape.between(from, to);
            (piece.len(), piece.first().copied())
        };
        assert_eq!(ends(10.5, 11.0), (8000, Some(8000.0)));
        assert_eq!(ends(3.0, 10.5), (8000, Some(0.0)));
        assert_eq!(ends(11.5, 99.0), (8000, Some(24_000.0)));
        assert_eq!(ends(11.0, 10.5).0, 0);
        assert_eq!(ends(20.0, 30.0).0, 0);
        assert_eq!(ends(f64::NAN, f64::NAN).0, 0);
    }
}

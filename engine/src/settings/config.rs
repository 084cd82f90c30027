//! The configuration of a run as typed, serialisable values.
//!
//! A [`Config`] is everything needed to repeat a run. It is read from `config.toml`, edited by dotted
//! keys (`sparsity.drop=0.75`), and written back unchanged into the run's folder. Ranges, units and
//! help of every key live in [`super::table`]; this file holds only shapes and defaults.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SettingsError;
use crate::files::{expand_home, path_text};

/// One value, or a list of values with the outermost level first.
///
/// `sparsity.block = 64` is one level; `sparsity.block = [32, 4]` is two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A single level.
    One(T),
    /// Several levels, outer first.
    Many(Vec<T>),
}

impl<T: Copy> OneOrMany<T> {
    /// The values as a list, outer first.
    pub fn to_vec(&self) -> Vec<T> {
        match self {
            Self::One(value) => vec![*value],
            Self::Many(values) => values.clone(),
        }
    }

    /// The shortest form that means the same: a list of one becomes a plain value.
    pub fn from_slice(values: &[T]) -> Self {
        match values {
            [one] => Self::One(*one),
            many => Self::Many(many.to_vec()),
        }
    }
}

/// Everything needed to repeat a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of every random choice of the run: patterns, initial weights, order, augmentation.
    pub seed: u64,
    /// Which recordings, and which words of them.
    pub data: DataConfig,
    /// How sound becomes network inputs.
    pub features: FeatureConfig,
    /// How training clips are varied.
    pub augment: AugmentConfig,
    /// Shape of the network.
    pub model: ModelConfig,
    /// Which weights exist.
    pub sparsity: SparsityConfig,
    /// Widths of weights and activations.
    pub quant: QuantConfig,
    /// How the network is trained.
    pub train: TrainConfig,
    /// How a stream of scores becomes detections.
    pub detect: DetectConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            data: DataConfig::default(),
            features: FeatureConfig::default(),
            augment: AugmentConfig::default(),
            model: ModelConfig::default(),
            sparsity: SparsityConfig::default(),
            quant: QuantConfig::default(),
            train: TrainConfig::default(),
            detect: DetectConfig::default(),
        }
    }
}

/// Recordings and target words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// Dataset folder; empty means the built-in demo dataset.
    pub dir: String,
    /// Target words; every other word becomes `unknown`.
    pub words: Vec<String>,
    /// Folders of background noise beside `_background_noise_`. Written only where there are any, so that the hashes of
    /// older configurations stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noise: Vec<String>,
    /// Folders that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// How samples far outside -1 to 1 are taken. Written only where it is not the default, for the same reason.
    #[serde(skip_serializing_if = "SampleScale::is_default")]
    pub scale: SampleScale,
    /// Most unknown clips of a split, as a share of its keyword clips.
    pub unknown_share: f64,
    /// Silence clips made per split, as a share of its keyword clips.
    pub silence_share: f64,
}

impl DataConfig {
    /// The dataset folder, with `~` resolved; `None` is the built-in demo dataset.
    pub fn folder(&self) -> Option<PathBuf> {
        (!self.dir.is_empty()).then(|| expand_home(Path::new(&self.dir)))
    }

    /// Names a dataset folder by its absolute path, so that it is found from anywhere; `None` is the built-in demo dataset.
    ///
    /// # Errors
    /// The path is not text, which is all that a file of settings can hold.
    pub fn set_folder(&mut self, folder: Option<&Path>) -> Result<(), SettingsError> {
        let Some(folder) = folder else {
            self.dir.clear();
            return Ok(());
        };
        let folder = expand_home(folder);
        let absolute = std::path::absolute(&folder).unwrap_or(folder);
        match absolute.to_str() {
            Some(text) => self.dir = text.to_string(),
            None => return Err(SettingsError::NotText(path_text(&absolute))),
        }
        Ok(())
    }
}

impl Default for DataConfig {
    fn default() -> Self {
        let words = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];
        Self {
            dir: String::new(),
            words: words.map(String::from).to_vec(),
            noise: Vec::new(),
            exclude: Vec::new(),
            scale: SampleScale::default(),
            unknown_share: 0.2,
            silence_share: 0.1,
        }
    }
}

/// Which feature the front end computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureKind {
    /// Mel-frequency cepstral coefficients.
    Mfcc,
    /// Logarithms of mel filterbank energies.
    Logmel,
}

/// Shape that a frame is faded in and out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowKind {
    /// Kaldi's own: Hann raised to 0.85.
    Povey,
    /// Raised cosine that falls to zero.
    Hanning,
    /// Raised cosine on a pedestal.
    Hamming,
    /// Two cosines: lowest side lobes.
    Blackman,
    /// None.
    Rectangular,
}

/// How recordings are taken of which the samples lie far outside -1 to 1: floating-point files that hold whole numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleScale {
    /// As they are: beyond full scale they are clipped.
    #[default]
    AsIs,
    /// As whole numbers of 16, 24 or 32 bits, divided by the full scale of the first that holds them.
    Integers,
}

impl SampleScale {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which frames of a clip become the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// `num_frames` consecutive frames where the clip is loudest.
    Loudest,
    /// `num_frames` consecutive frames in the middle of the clip.
    Centre,
    /// `num_frames` frames spread evenly over the clip.
    Spread,
}

/// The front end, with Kaldi's conventions and names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureConfig {
    /// MFCC or log-mel.
    pub kind: FeatureKind,
    /// Frame length in milliseconds.
    pub frame_length_ms: f64,
    /// Frame shift in milliseconds.
    pub frame_shift_ms: f64,
    /// Mel filters.
    pub num_mel: usize,
    /// Cepstral coefficients kept (MFCC only).
    pub num_ceps: usize,
    /// Lower edge of the filterbank in hertz.
    pub low_hz: f64,
    /// Upper edge of the filterbank in hertz; 0 or less is an offset from half the sampling rate.
    pub high_hz: f64,
    /// MFCC: replace the first coefficient by the log energy of the frame; log-mel: put it in front.
    pub use_energy: bool,
    /// Take that energy before pre-emphasis and window.
    pub raw_energy: bool,
    /// Smallest energy whose logarithm is taken.
    pub energy_floor: f64,
    /// Subtract the mean of each frame from its samples.
    pub remove_dc: bool,
    /// Pre-emphasis coefficient.
    pub preemphasis: f64,
    /// Window of a frame.
    pub window: WindowKind,
    /// Cepstral lifter (MFCC only); 0 switches it off.
    pub lifter: f64,
    /// Frames in one network input.
    pub num_frames: usize,
    /// Where those frames sit in the clip.
    pub placement: Placement,
    /// Subtract from each coefficient its mean over the frames of the input.
    pub mean_norm: bool,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        Self {
            kind: FeatureKind::Mfcc,
            frame_length_ms: 25.0,
            frame_shift_ms: 10.0,
            num_mel: 23,
            num_ceps: 13,
            low_hz: 20.0,
            high_hz: 0.0,
            use_energy: false,
            raw_energy: true,
            energy_floor: 0.0,
            remove_dc: true,
            preemphasis: 0.97,
            window: WindowKind::Povey,
            lifter: 22.0,
            num_frames: 31,
            placement: Placement::Loudest,
            mean_norm: true,
        }
    }
}

/// Variations of training clips, drawn afresh every epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// Probability that background noise is mixed in.
    pub noise_probability: f64,
    /// Largest noise amplitude, as a factor on the recording of the noise; drawn uniformly from 0.
    pub noise_volume: f64,
    /// Largest time shift to either side in milliseconds.
    pub shift_ms: f64,
    /// Largest change of level to either side in decibels.
    pub gain_db: f64,
    /// Largest change of speed (and pitch) to either side, as a share.
    pub speed: f64,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self { noise_probability: 0.8, noise_volume: 0.1, shift_ms: 100.0, gain_db: 6.0, speed: 0.1 }
    }
}

/// Family of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Feed-forward network with rectified linear units.
    Dnn,
}

/// Shape of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Family.
    pub kind: ModelKind,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Inputs; 0 takes them from the front end. Other values are for memory bills only.
    pub inputs: usize,
    /// Outputs; 0 takes them from the words. Other values are for memory bills only.
    pub outputs: usize,
    /// Probability that a hidden unit is zeroed in a training step.
    pub dropout: f64,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self { kind: ModelKind::Dnn, hidden: vec![512, 512], inputs: 0, outputs: 0, dropout: 0.2 }
    }
}

/// How the kept blocks of a pattern are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Selection {
    /// Every block row keeps exactly `K` block columns, drawn without replacement.
    Balanced,
    /// Balanced, with block columns chosen among those that carry signal, least used first.
    Connected,
    /// Every block is dropped on its own.
    Independent,
}

/// Sparsity of the hidden layers, of the output layer, and exceptions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SparsityConfig {
    /// Block size `b`, or a list of block sizes, outer first.
    pub block: OneOrMany<usize>,
    /// Drop probability `p`, or a list, outer first.
    pub drop: OneOrMany<f64>,
    /// Rule that picks the kept blocks.
    pub selection: Selection,
    /// Sparsity of the output layer.
    pub output: OutputSparsity,
    /// Exceptions for single layers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerSparsity>,
}

impl Default for SparsityConfig {
    fn default() -> Self {
        Self {
            block: OneOrMany::One(64),
            drop: OneOrMany::One(0.75),
            selection: Selection::Balanced,
            output: OutputSparsity::default(),
            layers: Vec::new(),
        }
    }
}

/// Sparsity of the output layer.
///
/// Its own setting, because a layer with a dozen outputs has one block row at the usual block sizes: at
/// `b = 64`, `p = 0.75` it would read 128 of 512 hidden units and leave the others without any use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSparsity {
    /// Block size, or list, outer first.
    pub block: OneOrMany<usize>,
    /// Drop probability, or list, outer first. 0 keeps every weight.
    pub drop: OneOrMany<f64>,
}

impl Default for OutputSparsity {
    fn default() -> Self {
        Self { block: OneOrMany::One(64), drop: OneOrMany::One(0.0) }
    }
}

/// Settings of one layer that differ from the rest; absent fields follow the network's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerSparsity {
    /// Layer index, 0 for the first; the output layer is the last.
    pub layer: usize,
    /// Block size, or list, outer first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<OneOrMany<usize>>,
    /// Drop probability, or list, outer first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop: Option<OneOrMany<f64>>,
    /// Rule that picks the kept blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// Weight bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_bits: Option<u32>,
    /// Bits of what the layer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_bits: Option<u32>,
    /// Seed of the layer's pattern, instead of one derived from the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// How a float weight becomes a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantiser {
    /// `sign(w) * ceil(|w| * 2^(bits-1)) / 2^(bits-1)` on weights clamped to `[-1, 1]`.
    Published,
    /// Two's complement codes with one power-of-two scale per layer.
    PowerOfTwo,
}

/// Widths of weights and activations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuantConfig {
    /// Weight bits, 1 to 16; 32 is floating point.
    pub weight_bits: u32,
    /// Activation bits, 4 to 16; 32 is floating point.
    pub activation_bits: u32,
    /// Rule from weights to codes.
    pub quantiser: Quantiser,
}

impl Default for QuantConfig {
    fn default() -> Self {
        Self { weight_bits: 5, activation_bits: 8, quantiser: Quantiser::PowerOfTwo }
    }
}

/// Update rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// Adam with decoupled weight decay.
    Adam,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

/// Learning rate over the epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// The same rate throughout.
    Constant,
    /// Half a cosine from the rate to zero.
    Cosine,
    /// Multiplied by `step_factor` every `step_epochs`.
    Step,
}

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training split.
    pub epochs: usize,
    /// Clips in one step.
    pub batch: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Update rule.
    pub optimiser: Optimiser,
    /// Momentum (SGD only).
    pub momentum: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Learning rate over the epochs.
    pub schedule: Schedule,
    /// Epochs between steps (step schedule only).
    pub step_epochs: usize,
    /// Factor at each step (step schedule only).
    pub step_factor: f64,
    /// Stop after this many epochs without a better validation accuracy; 0 never stops early.
    pub patience: usize,
    /// Share of the target taken from the true label and spread over all labels.
    pub label_smoothing: f64,
    /// Share of the old average kept in each step by the weights that are measured and kept; 0 measures the weights
    /// of the last step.
    pub average: f64,
    /// Worker threads; 0 takes all cores.
    pub threads: usize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 40,
            batch: 256,
            learning_rate: 1e-3,
            optimiser: Optimiser::Adam,
            momentum: 0.9,
            weight_decay: 1e-4,
            schedule: Schedule::Cosine,
            step_epochs: 10,
            step_factor: 0.5,
            patience: 0,
            label_smoothing: 0.0,
            average: 0.995,
            threads: 0,
        }
    }
}

/// How a stream of scores becomes detections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectConfig {
    /// Time between two decisions in milliseconds; a multiple of the frame shift.
    pub hop_ms: f64,
    /// Posteriors are averaged over this time in milliseconds.
    pub smooth_ms: f64,
    /// Smoothed posterior at which a word counts as said.
    pub threshold: f64,
    /// After a detection nothing is reported for this time in milliseconds.
    pub refractory_ms: f64,
    /// Share of the energy of a second, 0 to 1, that its loudest 310 ms must hold for its scores to count.
    pub isolation: f64,
}

impl Default for DetectConfig {
    fn default() -> Self {
        // Chosen on validation recordings: experiments/live-stream.
        Self { hop_ms: 100.0, smooth_ms: 400.0, threshold: 0.6, refractory_ms: 700.0, isolation: 0.8 }
    }
}

//! One thing to time, and what is said about it.

use super::SpeedError;
use crate::settings::{Config, SettingsError};
use crate::sparse::random::Random;

/// Which code computes a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Kept blocks.
    Block,
    /// Kept blocks in integers, one sample after the other.
    Integer,
    /// This build with every block kept: what the block path is held against.
    Dense,
    /// The tensor library's own dense layers.
    Candle,
}

impl Path {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Integer => "integer",
            Self::Dense => "dense",
            Self::Candle => "candle",
        }
    }
}

/// What a case is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which work, such as `forward` or `train-step`.
    pub what: &'static str,
    /// Which code.
    pub path: Path,
    /// Block size.
    pub block: usize,
    /// Drop probability.
    pub drop: f64,
    /// Kept weights over all weights.
    pub density: f64,
    /// Samples computed together; frames for features.
    pub batch: usize,
    /// Threads that share the work.
    pub threads: usize,
    /// Floating-point operations on kept weights per repeat, two per multiply-accumulate; 0 where that is not what the
    /// work consists of.
    pub flops: f64,
    /// Seconds of sound per repeat, for features.
    pub audio_secs: Option<f64>,
}

/// One thing to time: `work` does it once, on memory that is there after the first time.
pub struct Case {
    /// What it is about.
    pub row: Row,
    /// Does it once.
    pub work: Box<dyn FnMut() -> Result<(), SpeedError> + Send>,
}

impl Case {
    pub(super) fn new(row: Row, work: impl FnMut() -> Result<(), SpeedError> + Send + 'static) -> Self {
        Self { row, work: Box::new(work) }
    }
}

/// Networks that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// Keyword spotting, 403-512-512-12.
    Kws,
    /// Speech recognition, 440-1024-1024-1024-1024-1947.
    Asr,
}

impl Net {
    /// Side of the square layer that stands for this network's hidden layers.
    pub fn hidden_side(self) -> usize {
        match self {
            Self::Kws => 512,
            Self::Asr => 1024,
        }
    }

    /// Its sizes as a configuration, with dropout off.
    pub(super) fn config(self) -> Result<Config, SettingsError> {
        let mut config = Config::default();
        config.set("model.dropout", "0.0")?;
        if self == Self::Asr {
            config.set("model.hidden", "[1024, 1024, 1024, 1024]")?;
            config.set("model.inputs", "440")?;
            config.set("model.outputs", "1947")?;
        }
        Ok(config)
    }
}

/// `count` numbers between -0.5 and 0.5.
pub(super) fn random_numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..count).map(|_| random.unit() as f32 - 0.5).collect()
}
